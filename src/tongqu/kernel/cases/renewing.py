"""延续: an item that renews a licence. Which licence it is, when it may be asked for, and what the new one takes over.

The item's package says so in `procedure.yaml` (`renews`: the field with the number, and the rules that open and close
the time to apply). Whoever applies by the closing day has the organ's silence until expiry count as consent (L15);
whoever applies later does not, and the case goes on all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.cases import definition
from tongqu.kernel.cases.facts import Blocker
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.ruling import base_of
from tongqu.kernel.law import register
from tongqu.kernel.law.overlay_rules import region_of
from tongqu.kernel.law.rules import Rule, china_date, due
from tongqu.kernel.packages.package import Package
from tongqu.kernel.records.models import ELicence
from tongqu.kernel.records.queries import licence_numbered, licences_of, status_on
from tongqu.kernel.ui.templatetags.ui import day

CITED = "L15.apply"  # the right to renew, cited where the item has no nearer rule


@dataclass(frozen=True, slots=True)
class Window:
    """When renewal may be asked for: the first day and the last one that is in time; the rules that say so."""

    opens: date
    closes: date
    open_rule: Rule
    close_rule: Rule

    @property
    def rules(self) -> tuple[Rule, Rule]:
        return self.open_rule, self.close_rule


def spec_of(package: Package) -> Mapping[str, Any] | None:
    """What the item says about the licence that it renews; None for an item that renews none."""
    spec: Mapping[str, Any] | None = package.procedure.get("renews")
    return spec


def midnight(on: date) -> datetime:
    return datetime.combine(on, time(), SHANGHAI)


def window(package: Package, valid_to: date, region: str = "") -> Window:
    """The time to apply for a licence that is valid to this day, by the rules in force then in the region."""
    opening, closing = (_end(rule, valid_to) for rule in window_rules(package, valid_to, region))
    return Window(opening[0], closing[0], opening[1], closing[1])


def window_rules(package: Package, on: date | None = None, region: str = "") -> tuple[Rule, Rule]:
    """The rules that open and close the time to apply. No query."""
    spec = package.procedure["renews"]
    return register.rule(spec["open"]["rule"], on, region=region), register.rule(
        spec["close"]["rule"], on, region=region
    )


def _end(rule: Rule, valid_to: date) -> tuple[date, Rule]:
    """Where the window begins or ends, and the rule behind it.

    What is set otherwise in a region takes nothing back to before it holds: neither may one ask by it sooner, nor is
    a day lost that had passed when it came into force.
    """
    last = due(rule, midnight(valid_to), calendar=register.calendar()).last_day
    begins = rule.effective_from
    if rule.authority is None or begins is None or begins <= last:
        return last, rule
    base = base_of(rule)
    usual = due(base, midnight(valid_to), calendar=register.calendar()).last_day
    return (usual, base) if usual <= begins else (begins, rule)


def regions_of(package: Package, licences: Sequence[ELicence]) -> Mapping[UUID, str]:
    """{licence: the region whose organ granted it}, which is asked to renew it. One query where some region has set
    the window otherwise; none, and empty, where all go by the same rules."""
    spec = package.procedure["renews"]
    if not any(register.overlays_of(spec[end]["rule"]) for end in ("open", "close")):
        return {}
    cases = Case.objects.filter(id__in={one.case_id for one in licences if one.case_id})
    known = dict(cases.values_list("id", "region_code"))
    return {one.id: known.get(one.case_id, "") for one in licences if one.case_id}


def open_somewhere(package: Package, valid_to: date, on: date) -> bool:
    """Whether a licence valid to this day may be renewed, by the common rule or that of any region. No query."""
    spec = package.procedure["renews"]
    elsewhere = {region_of(one) for one in register.overlays_of(spec["open"]["rule"])}
    return any(window(package, valid_to, region).opens <= on for region in {"", *elsewhere})


def open_now(package: Package, licences: Sequence[ELicence], on: date) -> list[tuple[ELicence, Window]]:
    """Those of the licences that the item may renew on this day, each with its window. Queries of `regions_of`."""
    kind = definition.licence_type(package)
    mine = [one for one in licences if one.licence_type == kind and one.valid_to and status_on(one, on) == "valid"]
    regions = regions_of(package, mine)
    found = [(one, window(package, one.valid_to, regions.get(one.id, ""))) for one in mine if one.valid_to]
    return [(one, when) for one, when in found if when.opens <= on]


def typed_number(package: Package, values: Mapping[str, Any]) -> str:
    """The number as licences write it: without blanks, in capitals."""
    return "".join(str(values.get(package.procedure["renews"]["number_from"]) or "").split()).upper()


def named_licence(case: Case, package: Package, values: Mapping[str, Any]) -> ELicence | None:
    """The applicant's own licence of the item's kind under the number in the form, whatever its state. One query."""
    if case.renews:
        return ELicence.objects.filter(tenant_id=case.tenant_id, id=case.renews).first()
    found = licence_numbered(case.tenant_id, definition.licence_type(package), typed_number(package, values))
    return found if found and found.holder_id == case.applicant_id else None


def fault(case: Case, licence: ELicence | None, package: Package, on: date) -> Blocker | None:
    """Why this licence cannot be renewed: before it is asked for everything, afterwards only that it still stands.

    Up to one query. Another's licence and an unknown number give the same answer.
    """
    if licence is None:
        return Blocker("licence-unknown", _("您名下没有这个编号的许可证，请对照许可证再看一遍编号"), CITED)
    if licence.state != "valid":
        return Blocker("licence-not-valid", _("这张许可证已经撤回、撤销、注销或者换发，不能延续"), CITED)
    if case.state != "draft":
        return None
    if licence.valid_to is None:
        return Blocker("licence-without-end", _("这张许可证长期有效，不需要延续"), CITED)
    if licence.valid_to < on:
        return Blocker("licence-expired", _("这张许可证的有效期已经届满，不能延续，请重新申请许可"), CITED)
    when = window(package, licence.valid_to, case.region_code)
    if on < when.opens:
        return Blocker(
            "renewal-too-early", _("还没有到申请延续的时间，%(day)s起可以申请") % {"day": day(when.opens)},
            when.open_rule.cite,
        )  # fmt: skip
    other = Case.objects.filter(renews=licence.id, ended_at=None).exclude(id=case.id).values_list("case_no").first()
    if other:
        return Blocker(
            "renewal-running", _("这张许可证的延续正在办理，办件编号%(number)s") % {"number": other[0]}, CITED
        )
    return None


def in_time(package: Package, valid_to: date, received: date, region: str) -> bool:
    """Whether the organ's silence until expiry counts as consent: asked for by the closing day."""
    return received <= window(package, valid_to, region).closes


def expiry_to_watch(case: Case, package: Package, at: datetime) -> datetime | None:
    """The day on which the licence of this case expires, where the time to decide ends with it; None for an item
    that renews nothing, a late application, and a day that is over. One query where the item renews."""
    if spec_of(package) is None or case.renews is None or case.received_at is None:
        return None
    licence = ELicence.objects.filter(id=case.renews).only("valid_to").first()
    if licence is None or licence.valid_to is None or licence.valid_to < china_date(at):
        return None
    received = china_date(case.received_at)
    return midnight(licence.valid_to) if in_time(package, licence.valid_to, received, case.region_code) else None


def stands(case_id: UUID) -> bool:
    """Whether the licence that the case renews is still valid. One query."""
    return ELicence.objects.filter(id__in=Case.objects.filter(id=case_id).values("renews"), state="valid").exists()


def lines_anew(old: ELicence, fresh: Mapping[str, str]) -> list[dict[str, str]]:
    """The lines of the old licence with what the platform writes on the new one: term, issuer, day."""
    return [{**line, "value": fresh.get(line.get("from", line["name"]), line["value"])} for line in old.lines]


def renewable(package: Package, tenant_id: UUID, party_id: UUID, on: date) -> list[ELicence]:
    """The party's licences that the item may renew today. One query, and that of `regions_of`."""
    return [one for one, _when in open_now(package, licences_of(tenant_id, [party_id]), on)]
