"""Each action from each state by each role, through the one verb: what is not declared is refused and changes nothing.

Nothing here is listed by hand but the roles: states, actions and who may take them come from the procedure, and what a
member of staff may do from the book of roles. States are set on the row of a case that has been through a site check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import clock
from tongqu.kernel.acts.actor import PASSWORD, Actor
from tongqu.kernel.acts.errors import (
    Conflict,
    Invalid,
    LoginNeeded,
    NotFound,
    NotPermitted,
    Refused,
    StrongerLoginNeeded,
    TongquError,
)
from tongqu.kernel.acts.models import Event, Outbox
from tongqu.kernel.cases import models
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.procedure import Action, latest
from tongqu.kernel.cases.tests.world import SYSTEM, TENANT, World
from tongqu.kernel.identity import roles
from tongqu.kernel.law.models import Clock
from tongqu.kernel.records.models import Blob, Document, ELicence

pytestmark = pytest.mark.django_db
PROCEDURE = latest("licensing")
EARLY = {"draft", "received", "supplement_requested"}  # before any check was assigned
DECLARED = {by for action in PROCEDURE.actions.values() for by in action.by}
TABLES = [
    models.Case, models.CaseParty, models.CaseUnit, models.CaseMaterial, models.Opinion, models.SiteCheck,
    models.CheckOfficer, models.Decision, models.Hearing, models.CaseDocument, models.Rating, models.ReapplicationBan,
    models.NumberSeries, Clock, Blob, Document, ELicence, Outbox,
]  # fmt: skip


@dataclass(frozen=True)
class Role:
    """An actor and what the procedure knows it as; `place` holds names of `by`, empty for one who knows nothing."""

    actor: Actor
    place: frozenset[str] = frozenset()
    reads: bool = False
    involved: bool = False


@pytest.fixture(scope="module")
def scene(built: World) -> tuple[dict[str, Role], Mapping[str, UUID]]:
    """The roles, and a case for each state: a draft, one before acceptance, one that all later states share."""
    later, early = built.checked(), built.submitted()
    special = {"draft": built.draft(), "received": early, "supplement_requested": early}
    return _roles(built), {state: later for state in PROCEDURE.states} | special


def _roles(world: World) -> dict[str, Role]:
    from tongqu.kernel.identity.operations import give_mandate

    def proxy(items: tuple[str, ...]) -> Actor:
        made = give_mandate(
            world.owner, principal_id=world.shop, agent_id=world.stranger.party_id, kind="proxy",
            scope={"items": list(items)}, valid_from=clock.now(), valid_to=clock.now() + timedelta(days=30),
        )  # fmt: skip
        return world.stranger.acting_for(world.shop, UUID(made["mandate_id"]), items)

    def staff(name: str, role: str, *more: str) -> Role:
        verbs = set(roles.role(role).verbs)
        return Role(world.staff[name], frozenset((verbs | set(more)) & (DECLARED | set(more))), reads=True)

    def administrator(role: str) -> Role:
        grants = tuple(roles.grants_of(role, unit_id=None, region_prefix=""))
        return Role(Actor(TENANT, "staff", uuid7(), login_strength=3, grants=grants))

    applicant = frozenset({"applicant"})
    clerk = staff("clerk", "window_clerk")
    return {
        "applicant": Role(world.owner, applicant),
        "applicant by password": Role(replace(world.owner, login_strength=PASSWORD), applicant),
        "proxy": Role(proxy((world.package.code,)), applicant),
        "proxy for another item": Role(proxy(("another",))),
        "stranger": Role(world.stranger),
        "anonymous": Role(Actor(TENANT)),
        "clerk": clerk,
        "reviewer": staff("reviewer", "reviewer"),
        "officer of the check": staff("officer", "site_officer", "officer"),
        "another officer": replace(
            staff("officer", "site_officer"), actor=replace(world.staff["officer"], account_id=uuid7())
        ),
        "head": staff("head", "head"),
        "archivist": staff("archivist", "archivist"),
        "clerk of another unit": Role(world.staff["outsider"]),
        "clerk whose case it is": replace(
            clerk, actor=replace(clerk.actor, party_id=world.owner.party_id), involved=True
        ),
        "system administrator": administrator("system_admin"),
        "security administrator": administrator("security_admin"),
        "audit administrator": administrator("audit_admin"),
        "system": Role(SYSTEM, frozenset({"system"})),
    }  # fmt: skip


def expected(role: Role, state: str, action: Action) -> type[TongquError] | None:
    """What the refusal must be; None where the procedure declares the act for this role in this state."""
    if not role.place and not role.reads or (state == "draft" and role.reads):
        return NotFound
    place = role.place - {"officer"} if state in EARLY else role.place
    if place.isdisjoint(action.by):
        return NotPermitted
    if role.involved:
        return Refused
    return None if state in action.from_ else Conflict


def snapshot() -> dict[str, Any]:
    """Every row that an act could touch, but the record of refusals."""
    kept = {model.__name__: list(model.objects.order_by("pk").values()) for model in TABLES if model is not Outbox}
    told = Event.objects.exclude(kind="cases.act_refused")
    return kept | {"events": sorted(told.values_list("id", flat=True))}


@pytest.mark.parametrize("state", PROCEDURE.states)
def test_what_is_not_declared_is_refused_and_changes_nothing(
    state: str, scene: tuple[dict[str, Role], Mapping[str, UUID]]
) -> None:
    everybody, cases_by_state = scene
    case_id = cases_by_state[state]
    models.Case.objects.filter(id=case_id).update(state=state)
    before, taken = snapshot(), set()
    for name, role in everybody.items():
        declared = []
        for action in [*PROCEDURE.actions.values(), replace(next(iter(PROCEDURE.actions.values())), code="unheard_of")]:
            wanted = NotFound if action.code == "unheard_of" else expected(role, state, action)
            if wanted is None:
                declared.append(action)
                continue
            with pytest.raises(TongquError) as refused:
                cases.act(role.actor, case_id=case_id, action=action.code)
            known = wanted if wanted is not NotFound or name != "anonymous" else (NotFound, LoginNeeded)
            assert isinstance(refused.value, known), f"{name} tried {action.code} in {state}: {refused.value!r}"
        assert snapshot() == before, f"{name} changed something in {state}"
        for action in declared:
            if _try_declared(name, role, state, action, case_id):
                taken.add(action.code)
    assert snapshot() == before
    assert TAKEN.get(state, set()) <= taken, f"in {state} nobody could take {sorted(TAKEN[state] - taken)}"


def _try_declared(name: str, role: Role, state: str, action: Action, case_id: UUID) -> bool:
    """A declared act is taken, with its one event and its state, or what stands in its way is said; then undone."""
    done = False
    where = f"{name} tried {action.code} in {state}"
    weak = role.actor.kind == "person" and role.actor.login_strength == PASSWORD and action.login != "password"
    before = Event.objects.filter(kind=f"cases.{action.code}").count()
    with transaction.atomic():
        try:
            answer = cases.act(role.actor, case_id=case_id, action=action.code, inputs=INPUTS.get(action.code))
        except TongquError as error:
            assert isinstance(error, StrongerLoginNeeded if weak else (Invalid, Refused, Conflict)), (
                f"{where}: {error!r}"
            )
            assert Event.objects.filter(kind=f"cases.{action.code}").count() == before, where
        else:
            assert not weak, where
            assert answer["state"] == (state if action.to == "same" else action.to), where
            assert Event.objects.filter(kind=f"cases.{action.code}").count() == before + 1, where
            done = True
        transaction.set_rollback(True)
    return done


INPUTS: dict[str, dict[str, Any]] = {
    "submit": {"declaration": ["yes"]},
    "rate": {"level": "5"},
    "not_accept": {"ground": "not_accept.no_licence_needed", "reason": "不需要许可"},
    "request_supplement": {"field__area": "请核对"},
    "give_opinion": {"recommendation": "grant", "reason": "符合条件"},
    "pause": {"ground": "pause.hearing", "expected_days": "5"},
    "extend": {"ground": "extend.complex", "reason": "需向上级请示"},
    "deliver": {"mode": "electronic"},
    "tell_hearing": {"reason": "相邻住户的采光"},
}  # fmt: skip
# What must have been taken by somebody in a state, so that the refusals are not refusals of everything.
TAKEN: dict[str, set[str]] = {
    "draft": {"submit"},
    "received": {"withdraw", "accept", "not_accept", "request_supplement"},
    "accepted": {"withdraw", "extend", "give_opinion"},
    "under_review": {"withdraw", "extend", "give_opinion", "pause"},
    "delivered": {"rate", "archive"},
}
