"""What a grant leads to: its validity, the licence with its number, delivery and the archive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import Conflict, Invalid
from tongqu.kernel.acts.statements import change, fetch_one
from tongqu.kernel.cases import definition, numbers, renewing
from tongqu.kernel.cases.context import Ctx, LoadedFacts
from tongqu.kernel.cases.models import Case, Decision
from tongqu.kernel.cases.operations import serving
from tongqu.kernel.identity.vault import in_hand
from tongqu.kernel.law import register
from tongqu.kernel.law.grounds import ground
from tongqu.kernel.law.rules import due
from tongqu.kernel.packages.package import Package
from tongqu.kernel.records import operations as records
from tongqu.kernel.records.typeset import MissingGlyph


def validity(ctx: Ctx) -> tuple[date, date | None]:
    """Issue date = date of the decision; the term by the item's rule, in whole years. No end where no rule sets one."""
    start = ctx.at.astimezone(SHANGHAI).date()
    rule_id = definition.parameters(ctx.package).get("validity")
    return start, _term_end(ctx, str(rule_id), ctx.at) if rule_id else None


def validity_after(ctx: Ctx) -> tuple[date, date | None]:
    """The term of a licence that is deemed renewed: the next one, counted from the last day of the old."""
    old = ctx.facts.renewed_licence
    if old is None or old.valid_to is None:
        raise Conflict()
    rule_id = definition.parameters(ctx.package).get("validity")
    return old.valid_to, _term_end(ctx, str(rule_id), renewing.midnight(old.valid_to)) if rule_id else None


def ban_until(ctx: Ctx, rule_id: str) -> date | None:
    """The last day of a ban that begins now; None where the rule has no number (for life)."""
    return _term_end(ctx, rule_id, ctx.at) if ctx.rule(rule_id).quantity else None


def _term_end(ctx: Ctx, rule_id: str, start: datetime) -> date:
    return due(ctx.rule(rule_id), start, calendar=register.calendar()).at.astimezone(SHANGHAI).date()


def issue(ctx: Ctx) -> None:
    """Number, make, sign and register the licence of a granted case."""
    decision = _granted(ctx.case)
    if decision is None or decision.licence_id:
        raise Conflict()
    old = ctx.facts.renewed_licence
    if old is not None:
        records.replace_licence(ctx.act, licence_id=old.id, rule_id=ctx.rule_id("$renew") or renewing.CITED)
        ctx.body["renews"] = old.id
    number = old.number if old else _licence_number(ctx.case, ctx.package, ctx.facts, numbers.take)
    licence = records.issue_licence(
        ctx.act,
        **_printed(ctx.case, ctx.package, ctx.facts, decision, number),
        licence_type=definition.licence_type(ctx.package),
        holder_party_id=ctx.case.applicant_id,
        holder_kind=ctx.case.applicant_kind,
        issuer_unit_id=ctx.case.unit_id,
        number=number,
        valid_to=decision.valid_to,
        case_id=ctx.case.id,
        drawn=ctx.ahead if isinstance(ctx.ahead, records.Drawn) else None,
    )
    named = {"licence_no": number, "licence_id": licence.id, "licence_token": licence.token}
    change(Decision, named, id=decision.id)
    if licence.document is None:
        raise LookupError(f"licence {licence.id} has no paper")
    serving.owe(ctx.act, ctx.case, licence.document, licence=True)
    ctx.body |= {"licence": licence.id, "licence_no": number}


def draw_ahead(case: Case) -> records.Drawn | None:
    """The licence that `issue` will most likely make of this case, typeset and stored now, so that nobody waits for
    that with the database locked. None where there is none to make or it cannot be typeset: the act says why."""
    decision = _granted(case)
    if decision is None or decision.licence_id:
        return None
    package = definition.package_of(case)
    facts = LoadedFacts(case, package)
    try:
        with in_hand():
            old = facts.renewed_licence
            number = old.number if old else _licence_number(case, package, facts, numbers.likely_next)
            return records.draw_licence(**_printed(case, package, facts, decision, number))
    except MissingGlyph:
        return None


def _granted(case: Case) -> Decision | None:
    return fetch_one(Decision, order=("-id",), case=case, kind="grant")


def _printed(case: Case, package: Package, facts: LoadedFacts, decision: Decision, number: str) -> dict[str, Any]:
    """What stands on the licence; one that takes an old one's place has its lines, with the platform's own anew."""
    old = facts.renewed_licence
    if old is not None:
        lines = renewing.lines_anew(old, definition.platform_names(case, decision, number))
    else:
        lines = definition.licence_lines(package, facts.values, case, decision, number)
    return {
        "title": package.item["result"]["name"], "issuer_name": case.unit_name, "holder_name": case.applicant_name,
        "valid_from": decision.valid_from, "lines": lines,
    }  # fmt: skip


def _licence_number(case: Case, package: Package, facts: LoadedFacts, serial: Callable[[UUID, str], int]) -> str:
    """The next number of the kind and county, with its check digit, as the package's pattern says."""
    spec = definition.licence_number(package, facts.values)
    county = case.region_code[:6]
    return spec.make(county, serial(case.tenant_id, f"licence:{spec.series}:{county}"))


ENDS = {"retract": "retracted", "annul": "revoked", "deregister": "cancelled"}
TAKEN_BACK = "deregister.taken_back"
EXPIRED = "deregister.expired"


def end_licence(ctx: Ctx) -> None:
    """End the licence of the case, on the rule behind the chosen ground. Raises Invalid for a ground that is not so."""
    decision = _granted(ctx.case)
    if decision is None or decision.licence_id is None:
        raise Conflict()
    chosen = ctx.inputs["ground"]
    taken_back = any(ctx.case.tally.get(code) for code in ("retract", "annul"))
    if chosen == TAKEN_BACK and not taken_back:
        raise Invalid(_("许可没有被撤销或者撤回，不能以此注销"), field="ground")
    if chosen == EXPIRED and not (decision.valid_to and decision.valid_to < ctx.at.astimezone(SHANGHAI).date()):
        raise Invalid(_("许可还在有效期内，不能以届满未延续注销"), field="ground")
    rule_id = ground(chosen).rule_id or ctx.action.rule or "L19"
    records.end_licence(
        ctx.act, licence_id=decision.licence_id, how=ENDS[ctx.action.code], rule_id=rule_id,
        region_code=ctx.case.region_code,
    )  # fmt: skip
    ctx.body["licence"] = decision.licence_id


def archive(ctx: Ctx) -> None:
    """Close the file: the self-describing package with its four-property check and how long it is kept."""
    from tongqu.kernel.cases.archiving import file_archive

    archived = file_archive(ctx)
    ctx.case.retain_until = archived.retain_until
    ctx.body |= {"archive": archived.id}
