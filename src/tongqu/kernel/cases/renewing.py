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
from tongqu.kernel.law import register
from tongqu.kernel.law.rules import china_date, due
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
    open_rule: str
    close_rule: str


def spec_of(package: Package) -> Mapping[str, Any] | None:
    """What the item says about the licence that it renews; None for an item that renews none."""
    spec: Mapping[str, Any] | None = package.procedure.get("renews")
    return spec


def midnight(on: date) -> datetime:
    return datetime.combine(on, time(), SHANGHAI)


def window(package: Package, valid_to: date) -> Window:
    """The time to apply for a licence that is valid to this day, by the rules in force then."""
    spec = package.procedure["renews"]
    calendar = register.calendar()
    days = {}
    for end in ("open", "close"):
        rule = register.rule(spec[end]["rule"], on=valid_to)
        days[end] = due(rule, midnight(valid_to), calendar=calendar).last_day
    return Window(days["open"], days["close"], spec["open"]["rule"], spec["close"]["rule"])


def open_now(package: Package, licences: Sequence[ELicence], on: date) -> list[ELicence]:
    """Those of the licences that the item may renew on this day."""
    kind = definition.licence_type(package)
    return [
        one for one in licences
        if one.licence_type == kind and one.valid_to and status_on(one, on) == "valid"
        and window(package, one.valid_to).opens <= on
    ]  # fmt: skip


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
    spec = package.procedure["renews"]
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
    opens = window(package, licence.valid_to).opens
    if on < opens:
        return Blocker(
            "renewal-too-early", _("还没有到申请延续的时间，%(day)s起可以申请") % {"day": day(opens)},
            spec["open"]["rule"],
        )  # fmt: skip
    other = Case.objects.filter(renews=licence.id, ended_at=None).exclude(id=case.id).values_list("case_no").first()
    if other:
        return Blocker(
            "renewal-running", _("这张许可证的延续正在办理，办件编号%(number)s") % {"number": other[0]}, CITED
        )
    return None


def in_time(package: Package, valid_to: date, received: date) -> bool:
    """Whether the organ's silence until expiry counts as consent: asked for by the closing day."""
    return received <= window(package, valid_to).closes


def expiry_to_watch(case: Case, package: Package, at: datetime) -> datetime | None:
    """The day on which the licence of this case expires, where the time to decide ends with it; None for an item
    that renews nothing, a late application, and a day that is over. One query where the item renews."""
    if spec_of(package) is None or case.renews is None or case.received_at is None:
        return None
    licence = ELicence.objects.filter(id=case.renews).only("valid_to").first()
    if licence is None or licence.valid_to is None or licence.valid_to < china_date(at):
        return None
    return midnight(licence.valid_to) if in_time(package, licence.valid_to, china_date(case.received_at)) else None


def stands(case_id: UUID) -> bool:
    """Whether the licence that the case renews is still valid. One query."""
    return ELicence.objects.filter(id__in=Case.objects.filter(id=case_id).values("renews"), state="valid").exists()


def lines_anew(old: ELicence, fresh: Mapping[str, str]) -> list[dict[str, str]]:
    """The lines of the old licence with what the platform writes on the new one: term, issuer, day."""
    return [{**line, "value": fresh.get(line.get("from", line["name"]), line["value"])} for line in old.lines]


def renewable(package: Package, tenant_id: UUID, party_id: UUID, on: date) -> list[ELicence]:
    """The party's licences that the item may renew today. One query."""
    return open_now(package, licences_of(tenant_id, [party_id]), on)
