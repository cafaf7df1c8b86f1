"""Starting an application: whose it is, what government already knows, which unit is competent.

The registers are asked here, before any transaction; what they said goes into the draft with where it came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts import reading
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import today
from tongqu.kernel.acts.errors import LoginNeeded, NotPermitted, Refused, Unavailable
from tongqu.kernel.acts.ports import PortMissing
from tongqu.kernel.cases import definition, renewing
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.queries import CaseView, Reach, access_case, unchecked
from tongqu.kernel.identity.actors import ACTING_FOR, attach
from tongqu.kernel.identity.queries import Standing, parties_of
from tongqu.kernel.identity.rules import PERSON
from tongqu.kernel.packages import queries as packages
from tongqu.kernel.packages.package import Package
from tongqu.kernel.packages.rules import NextQuestion, next_step
from tongqu.kernel.standards.facts import Fact, fetch

PAST_TRIAGE = "past-triage"
PROXIES = {"proxy", "guardian", "window_helper", "stand_in"}


def who_applies(actor: Actor) -> Standing:
    """The party the actor stands for now. Raises LoginNeeded, NotPermitted."""
    if actor.kind == "anonymous":
        raise LoginNeeded()
    for standing in parties_of(actor):
        if standing.party_id == actor.represented and standing.mandate_id == actor.mandate_id:
            return standing
    raise NotPermitted(_("请用个人账号办理"), remedy=_("工作人员账号不能提交申请"))


def stand_for(request: HttpRequest, chosen: str) -> None:
    """Act from here on for the party under this mandate (its id), or in one's own name (""); kept in the session.

    Raises NotPermitted for a mandate that is not the visitor's.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if chosen == str(actor.mandate_id or ""):
        return
    if chosen not in {str(s.mandate_id or "") for s in parties_of(actor)}:
        raise NotPermitted(_("您不能以这一身份办理"))
    if chosen:
        request.session[ACTING_FOR] = chosen
    else:
        request.session.pop(ACTING_FOR, None)
    attach(request)


def own_case(request: HttpRequest, case_id: UUID, *, purpose: str) -> CaseView:
    """A case of the party the visitor stands for, or of another he may act for: then he stands for that one from here.

    Raises NotFound, and the try is logged, for everybody else's.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = unchecked(actor.tenant_id, case_id)
    if row is not None and (row.applicant_id != actor.represented or not actor.covers(row.item_code)):
        for standing in parties_of(actor):
            if standing.party_id == row.applicant_id and standing.covers(row.item_code):
                stand_for(request, str(standing.mandate_id or ""))
                break
    return access_case(request.actor, case_id=case_id, row=row, purpose=purpose)  # type: ignore[attr-defined]


def parties_for(actor: Actor) -> Reach:
    """Every party whose cases the actor may see as its own, and of which items: himself wholly, others as far as his
    mandates reach. One query."""
    found: dict[UUID, frozenset[str] | None] = {}
    for standing in parties_of(actor):
        known = found.get(standing.party_id, frozenset())
        found[standing.party_id] = None if known is None or standing.items is None else known | standing.items
    return found


def _way_in(package: Package, given: Mapping[str, str]) -> dict[str, str] | None:
    """The answers of the triage that led to applying, and no others; None when they do not lead there. One query."""
    if package.triage is None:
        return {}
    step = next_step(package, given, adopted=packages.adopted(package.code, settings.TQ_REGION))
    if isinstance(step, NextQuestion) or not step.may_apply:
        return None
    return {name: given[name] for name in step.asked}


def known_facts(actor: Actor, package: Package, party_id: UUID) -> list[Fact]:
    """What the registers say about the applicant; nothing when they do not answer or none is connected."""
    try:
        return fetch(
            actor, party_id=party_id, elements=definition.elements_to_fetch(package), purpose=f"apply:{package.code}"
        )
    except (Unavailable, PortMissing):
        return []


def begin(
    actor: Actor, package: Package, *, triage: Mapping[str, str], licence: str = "", key: str | None = None
) -> dict[str, Any]:
    """Open a draft for the party the actor stands for; of an item that renews, with the number of the licence filled
    in: the one given, or the only one whose time has come.

    Raises Refused where the triage does not lead to applying (code PAST_TRIAGE) and for a kind of party the item does
    not serve.
    """
    who = who_applies(actor)
    answers = _way_in(package, triage)
    if answers is None:
        raise Refused(_("请先回答办理前的几个问题，确认需要申请本事项"), code=PAST_TRIAGE, remedy=_("请从办事指南开始"))
    if who.kind not in package.item["served"]:
        raise _not_served(who)
    if not actor.covers(package.code):
        raise NotPermitted(_("您的代理权限不包括这一事项"))
    with reading.with_the_act():
        facts = known_facts(actor, package, who.party_id)
        made: dict[str, Any] = cases.open_draft(
            actor,
            key=key,
            package_version_id=package.id,
            applicant_id=who.party_id,
            applicant_name=who.name,
            applicant_kind=who.kind,
            by_proxy=who.mandate_kind in PROXIES,
            region_code=settings.TQ_REGION if who.kind == PERSON else region_of(facts),
            triage=answers,
            facts=[fact.as_json() for fact in facts],
        )
    if number := _licence_to_renew(actor, package, who.party_id, licence):
        field = package.procedure["renews"]["number_from"]
        made |= cases.save_draft(actor, case_id=UUID(made["case_id"]), values={field: number})
    return made


def _licence_to_renew(actor: Actor, package: Package, party_id: UUID, given: str) -> str:
    """One query for an item that renews, none for others."""
    if renewing.spec_of(package) is None:
        return ""
    numbers = [one.number for one in renewing.renewable(package, actor.tenant_id, party_id, today().date())]
    return given if given in numbers else numbers[0] if len(numbers) == 1 else ""


def _not_served(who: Standing) -> Refused:
    """The item is for others: who, and how one comes to stand for such a party."""
    if who.kind == PERSON:
        return Refused(
            _("本事项由经营主体申请，您现在以个人身份办理"),
            code="wrong-party",
            remedy=_("请先在“以谁的身份办理”中选择您的企业或个体工商户"),
        )
    return Refused(
        _("本事项由个人申请，您现在代表%(name)s办理") % {"name": who.name},
        code="wrong-party",
        remedy=_("请先在“以谁的身份办理”中选择您本人"),
    )


def refresh(actor: Actor, package: Package, case_id: UUID, party_id: UUID) -> None:
    """Ask the registers again for a draft that was left for a while."""
    if facts := known_facts(actor, package, party_id):
        cases.refresh_facts(actor, case_id=case_id, facts=[fact.as_json() for fact in facts])


def region_of(facts: list[Fact]) -> str:
    """The county in whose register the applicant stands: digits 3 to 8 of the credit code (GB 32100).

    Raises Refused when no register knows the applicant.
    """
    code = next((str(f.value) for f in facts if f.element.endswith("credit_code")), "")
    if not code:
        raise Refused(
            _("没有查到您的登记信息"),
            code="not-registered",
            remedy=_("请先办理营业执照；刚办好的，请稍后再试或到窗口办理"),
        )
    return f"{code[2:8]}000000"
