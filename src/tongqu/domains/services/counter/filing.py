"""One filing at a counter: opened from the papers shown, typed, confirmed by the person, received.

`begin` → the draft's own verbs (`cases.save_draft`, `add_material`) by `helper_of` → `confirm` → `finish`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from tongqu.domains.services.counter import events, visitors
from tongqu.domains.services.counter.models import Filing
from tongqu.domains.services.counter.ports import Business, find_business
from tongqu.domains.services.counter.visitors import Visitor
from tongqu.kernel.acts.actor import PASSWORD, Actor, Scope
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import Conflict, NotFound, Refused, Unavailable
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.ports import PortMissing
from tongqu.kernel.cases import counter, definition, numbers
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.cases.models import Case, CaseMaterial
from tongqu.kernel.cases.operations import upper
from tongqu.kernel.cases.queries import CaseView, access_case, unchecked
from tongqu.kernel.directory.queries import lead_unit
from tongqu.kernel.identity.queries import consenting_guardian
from tongqu.kernel.identity.vault import in_hand
from tongqu.kernel.packages import queries as packages
from tongqu.kernel.packages.package import Package
from tongqu.kernel.standards.facts import Fact, fetch


def at_window(actor: Actor) -> Actor:
    """The clerk as he acts here."""
    return replace(actor, channel="counter")


def helper_of(actor: Actor, case: Case) -> Actor:
    """The clerk as he types for the applicant of this draft."""
    return replace(at_window(actor), on_behalf_of=case.applicant_id)


# --- opening ---------------------------------------------------------------------------------------------------------


def begin(actor: Actor, package: Package, visitor: Visitor, *, key: str | None = None) -> dict[str, Any]:
    """Open a filing: {"filing_id", "case_id"}. Registers are asked before and after the transaction, never in it.

    Raises Invalid at the field of the identity form, Refused (not this organ's, too many, one's own affair).
    """
    clerk = at_window(actor)
    business = find_business(visitor.credit_code) if visitor.credit_code else None
    made: dict[str, Any] = open_filing(
        clerk, key=key, package_version_id=package.id, visitor=visitor, business=business
    )  # fmt: skip
    refresh(clerk, UUID(made["case_id"]))
    return made


@operation("counter.open_filing")
@in_hand()
def open_filing(
    act: Act, *, package_version_id: UUID, visitor: Visitor, business: Business | None = None
) -> dict[str, Any]:
    """Enter who stands there, open the draft, put it into the queue."""
    package = packages.version(package_version_id)
    channel = "phone" if visitor.by_phone else "counter"
    if channel not in package.item["channels"]:
        raise Refused(_("本事项不能以这种方式办理"), code="channel", remedy=_("请查看办事指南"))
    region = f"{visitor.credit_code[2:8]}000000" if visitor.credit_code else settings.TQ_REGION
    unit = lead_unit(package.item["matter"], region, tenant_id=act.actor.tenant_id)
    if not act.actor.may(counter.RECEIVE, Scope(unit_id=unit.id, region_code=region)):
        act.allow(act.actor.is_staff and act.actor.units_for(counter.RECEIVE) != frozenset())
        raise Refused(
            _("本窗口不受理这一事项，应当向%(organ)s申请") % {"organ": unit.local_name}, code="not-this-organ",
            remedy=_("请告知申请人到该单位的窗口办理，或者在网上申请"), rule="L1",
        )  # fmt: skip
    act.require(counter.RECEIVE, Scope(unit_id=unit.id, region_code=region), login=PASSWORD)
    _limit(act)
    served = list(package.item["served"])
    seen = visitors.establish(act, visitor, business=business, item_code=package.code, item_kinds=served)
    help_ = {
        "mandate": counter.MANDATE, "channel": channel, "account": str(act.actor.account_id), "unit": str(unit.id),
        "person": str(seen.person.id), "capacity": visitor.capacity, "identity": visitors.identity_of(act, visitor),
    }  # fmt: skip
    made = cases.open_draft(
        act, package_version_id=package_version_id, applicant_id=seen.applicant.id,
        applicant_name=seen.applicant.name, applicant_kind=seen.applicant.kind,
        by_proxy=visitor.capacity in {"agent", "person_agent"}, region_code=region, help=help_,
        agent_id=seen.person.id if seen.person.id != seen.applicant.id and visitor.capacity != "bearer" else None,
        mandate_id=seen.mandate_id,
    )  # fmt: skip
    row = Filing(
        tenant_id=act.actor.tenant_id, case_id=UUID(made["case_id"]), queue_no=_queue_no(act, unit.id),
        unit_id=unit.id, clerk_id=act.actor.account_id, person_id=seen.person.id,
        applicant_name=seen.applicant.name, item_code=package.code, item_title=dict(package.title), channel=channel,
        touched_at=act.at, created_at=act.at,
    )  # fmt: skip
    row.save(force_insert=True)
    act.emit(
        events.FILING_OPENED, subject=("filing", row.id),
        body={"case": row.case_id, "unit": unit.id, "channel": channel, "item": package.code, "queue_no": row.queue_no},
    )  # fmt: skip
    return {"filing_id": str(row.id), "case_id": made["case_id"]}


def _limit(act: Act) -> None:
    held = Filing.objects.filter(tenant_id=act.actor.tenant_id, clerk_id=act.actor.account_id, state="open").count()
    if held >= settings.TQ_MAX_COUNTER_DRAFTS:
        raise Refused(
            _("您手上未完成的收件已有 %(most)s 份，不能再开新的") % {"most": settings.TQ_MAX_COUNTER_DRAFTS},
            code="too-many-filings", remedy=_("请先完成、交给同事或作废其中一些"),
        )  # fmt: skip


def _queue_no(act: Act, unit_id: UUID) -> str:
    day = act.at.astimezone(SHANGHAI).strftime("%m%d")
    year = act.at.astimezone(SHANGHAI).year
    return f"{day}-{numbers.take(act.actor.tenant_id, f'filing:{unit_id}:{year}{day}'):03d}"


def refresh(actor: Actor, case_id: UUID) -> bool:
    """Ask the registers about the applicant and fill in what they say. False when they are silent."""
    case = unchecked(actor.tenant_id, case_id)
    if case is None:
        raise NotFound()
    helper = helper_of(actor, case)
    package = definition.package_of(case)
    facts = _known(helper, package, case.applicant_id)
    if facts:
        cases.refresh_facts(helper, case_id=case_id, facts=[fact.as_json() for fact in facts])
    return bool(facts)


def _known(helper: Actor, package: Package, party_id: UUID) -> Sequence[Fact]:
    try:
        return fetch(
            helper, party_id=party_id, elements=definition.elements_to_fetch(package), purpose=f"counter:{package.code}"
        )
    except (Unavailable, PortMissing):
        return []


# --- finding it again ------------------------------------------------------------------------------------------------


def access_filing(actor: Actor, filing_id: UUID) -> Filing:
    """A filing of a counter where the actor receives cases. Raises NotFound for every other. One query."""
    row = Filing.objects.filter(tenant_id=actor.tenant_id, id=filing_id).first()
    if row is None or not is_here(actor, row.unit_id):
        raise NotFound()
    return row


def is_here(actor: Actor, unit_id: UUID) -> bool:
    places = actor.places_for(counter.RECEIVE)
    return actor.is_staff and any(unit in (None, unit_id) for unit, _region in places)


def in_hand_of(actor: Actor, row: Filing) -> CaseView:
    """The draft, for the clerk who has it. Raises Conflict, naming him, for a colleague's; the reading is logged."""
    if row.state != "open":
        raise Conflict(_("这份收件已经办完"), code="filing-closed", remedy="")
    case = unchecked(actor.tenant_id, row.case_id)
    if case is None or case.ended_at is not None:
        raise NotFound()
    if row.clerk_id != actor.account_id:
        from tongqu.kernel.cases.operations.at_counter import name_of

        raise Conflict(_("这份收件现在由%(name)s办理") % {"name": name_of(case)}, code="typed-by-another", remedy="")
    return access_case(helper_of(actor, case), case_id=case.id, row=case, purpose="counter")


@operation("counter.take_over")
def take_over(act: Act, *, filing_id: UUID, expected_version: int | None = None) -> dict[str, Any]:
    """Take a colleague's unfinished filing over. Raises NotFound, Conflict (he or somebody else was faster)."""
    row = locked(act, filing_id)
    if expected_version is not None and expected_version != row.version:
        raise Conflict()
    if row.state != "open":
        raise Conflict(_("这份收件已经办完"), code="filing-closed", remedy="")
    cases.change_helper(act, case_id=row.case_id)
    before = row.clerk_id
    row.clerk_id = act.actor.account_id  # type: ignore[assignment]
    _touch(act, row, ["clerk_id"])
    act.emit(
        events.FILING_TAKEN, subject=("filing", row.id), version=row.version,
        body={"case": row.case_id, "unit": row.unit_id, "from": before, "to": row.clerk_id},
    )  # fmt: skip
    return {"filing_id": str(row.id), "version": row.version}


@operation("counter.drop_filing")
def drop_filing(act: Act, *, filing_id: UUID) -> dict[str, Any]:
    """Throw an unfinished filing away, what was typed with it."""
    row = locked(act, filing_id)
    cases.drop_draft(act, case_id=row.case_id)
    row.state = "dropped"
    _touch(act, row, ["state"])
    act.emit(
        events.FILING_DROPPED, subject=("filing", row.id), version=row.version,
        body={"case": row.case_id, "unit": row.unit_id},
    )  # fmt: skip
    return {"filing_id": str(row.id)}


@operation("counter.take_declaration")
@in_hand()
def take_declaration(
    act: Act, *, filing_id: UUID, upload: Upload, how: str, device: str = "", expected_version: int | None = None
) -> dict[str, Any]:
    """Keep the person's signature under what is typed now; an earlier one is replaced. Raises Invalid, Conflict."""
    row = locked(act, filing_id)
    earlier = CaseMaterial.objects.filter(case_id=row.case_id, code=definition.DECLARATION, replaced_at=None)
    if expected_version is not None and not Case.objects.filter(id=row.case_id, version=expected_version).exists():
        raise Conflict()
    for material_id in earlier.values_list("id", flat=True):
        cases.remove_material(act, case_id=row.case_id, material_id=material_id)
    cases.add_material(act, case_id=row.case_id, code=definition.DECLARATION, upload=upload)
    done: dict[str, Any] = cases.confirm_at_counter(act, case_id=row.case_id, how=how, device=device[:80])
    return done


# --- receiving -------------------------------------------------------------------------------------------------------


def receive(actor: Actor, row: Filing, view: CaseView, *, key: str) -> dict[str, Any]:
    """Submit what the person confirmed: the number from above first, outside the transaction; then one operation."""
    may = any(offer.action.code == "submit" and offer.open for offer in view.offers)
    helper = helper_of(actor, view.case)
    done: dict[str, Any] = upper.bring(
        upper.fetch_before_receipt(view.case) if may else None,
        lambda brought: finish(helper, key=key, filing_id=row.id, brought=brought),
    )
    return done


@operation("counter.finish")
@in_hand()
def finish(act: Act, *, filing_id: UUID, upper_no: str | None = None) -> dict[str, Any]:
    """Submit the draft and close the filing. Raises as `cases.act`: Invalid, Refused with the rule, Conflict."""
    row = locked(act, filing_id)
    if row.state != "open":
        raise Conflict(_("这份收件已经办完"), code="filing-closed", remedy="")
    # The signed statement is the applicant's declaration, and his guardian's consent; the engine refuses without it.
    given = {"declaration": ["yes"]} | ({"child_consent": ["yes"]} if consents_for_child(act, row) else {})
    done = cases.act(act, case_id=row.case_id, action="submit", inputs=given, upper_no=upper_no)
    row.state = "submitted"
    _touch(act, row, ["state"])
    act.emit(
        events.FILING_FINISHED, subject=("filing", row.id), version=row.version,
        body={"case": row.case_id, "unit": row.unit_id, "case_no": done["case_no"]},
    )  # fmt: skip
    return {"case_id": done["case_id"], "case_no": done["case_no"]}


def consents_for_child(act: Act, row: Filing) -> bool:
    case = unchecked(act.actor.tenant_id, row.case_id)
    return case is not None and consenting_guardian(case.mandate_id, case.applicant_id, act.at) is not None


def locked(act: Act, filing_id: UUID) -> Filing:
    row = Filing.objects.select_for_update().filter(tenant_id=act.actor.tenant_id, id=filing_id).first()
    if row is None or not is_here(act.actor, row.unit_id):
        act.allow(act.actor.kind != "anonymous")
        raise NotFound()
    act.allow(True, login=PASSWORD)
    return row


def _touch(act: Act, row: Filing, fields: list[str]) -> None:
    row.version += 1
    row.touched_at = act.at
    values = {name: getattr(row, name) for name in (*fields, "version", "touched_at")}
    if not Filing.objects.filter(id=row.id, version=row.version - 1).update(**values):
        raise Conflict()
