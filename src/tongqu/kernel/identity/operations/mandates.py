"""Mandates: giving one, which the principal or whoever controls it does, and revoking it, which either side may."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from tongqu.foundation import names
from tongqu.kernel.acts.actor import REAL_NAME, Actor
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, Refused
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.identity import capacity, events, rules
from tongqu.kernel.identity.models import Mandate, Party
from tongqu.kernel.identity.operations import records
from tongqu.kernel.identity.operations.records import birth_of, clean_number

_SCOPE_FIELDS = {"items"}


@operation("identity.give_mandate")
def give_mandate(
    act: Act,
    *,
    principal_id: UUID,
    agent_id: UUID,
    kind: str,
    scope: Mapping[str, Any] | None = None,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    proof: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Let `agent`, a person, act for `principal` from `valid_from` (None: now) until `valid_to`.

    `scope`: {} everything, {"items": [codes]} those service items only. `proof`: {"kind", "ref"}, codes and numbers of
    papers. Heads (operator, legal representative) come from registration, so only who manages parties enters them; a
    counter enters the others, naming the paper it has seen in `proof`.

    A guardian shows one of rules.GUARDIAN_PROOFS; of a minor he is guardian until that one comes of age (CP17), of an
    adult by a court's decision alone (CP24). A helper (rules.HELPERS) has named items and a term of at most
    settings.TQ_HELPER_DAYS. A minor gives none himself; his guardian does.

    Returns {"mandate_id"}. Raises NotFound, Refused (such a party has no such mandate), Invalid, Conflict (held).
    """
    counter = kind not in rules.HEADS and bool(proof) and records.may_register(act.actor)
    staff = counter or records.may_manage(act.actor)
    by_owner = kind not in rules.HEADS and kind != "guardian" and controls_party(act.actor, principal_id, act.at)
    act.allow(staff or by_owner, login=0 if staff else REAL_NAME)
    ordered = {party_id: records.locked(party_id) for party_id in sorted({principal_id, agent_id})}
    if not staff:
        _check_of_age(act, ordered[principal_id])
    mandate = put_mandate(
        act,
        principal=ordered[principal_id],
        agent=ordered[agent_id],
        kind=kind,
        scope=scope or {},
        valid_from=valid_from,
        valid_to=valid_to,
        proof=proof or {},
    )
    return {"mandate_id": str(mandate.id)}


def put_mandate(
    act: Act,
    *,
    principal: Party,
    agent: Party,
    kind: str,
    scope: Mapping[str, Any] | None = None,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    proof: Mapping[str, Any],
) -> Mandate:
    """The new row and its event, once the rules hold. Raises Refused, Invalid, Conflict."""
    start = valid_from or act.at
    _check(principal, agent, kind, scope or {}, start, valid_to)
    rule = None
    if kind == "guardian":
        valid_to, rule = _as_guardian(principal, agent, start, valid_to, proof)
    elif kind in rules.HELPERS:
        _check_helper(scope or {}, start, valid_to)
    if kind not in rules.HEADS and _held(principal, agent, kind, scope or {}, start, valid_to):
        raise Conflict(
            _("对方已经有一份有效的同类委托，请先终止原来的再重新委托"),
            code="mandate-held", field="agent_id", remedy="",
        )  # fmt: skip
    if kind in rules.HEADS and _head_meanwhile(principal, kind, start, valid_to):
        raise Conflict(_("该主体已登记有在任的负责人，请先办理变更"), code="head-taken", field="agent_id", remedy="")
    mandate = Mandate.objects.create(
        tenant_id=act.actor.tenant_id,
        principal=principal,
        agent=agent,
        kind=kind,
        scope=dict(scope or {}),
        valid_from=start,
        valid_to=valid_to,
        proof=dict(proof),
    )
    act.emit(
        events.MANDATE_GIVEN,
        subject=("mandate", mandate.id),
        body={
            "principal": principal.id, "agent": agent.id, "kind": kind, "from": start, "to": valid_to,
            "items": sorted(rules.reach(scope or {}) or ()) or None, "proof": proof.get("kind"),
        },
        rule=rule,
    )  # fmt: skip
    return mandate


def _as_guardian(
    ward: Party, guardian: Party, start: datetime, end: datetime | None, proof: Mapping[str, Any]
) -> tuple[datetime | None, str]:
    """(end of the mandate, the rule it rests on). Raises Invalid, Refused."""
    if proof.get("kind") not in rules.GUARDIAN_PROOFS:
        raise Invalid(_("请选择监护关系的证明：户口簿、出生医学证明、法院裁判或指定文书"), code="proof", field="proof")
    day = start.astimezone(SHANGHAI).date()
    born, of_guardian = birth_of(ward), birth_of(guardian)
    if born is None:
        raise Invalid(_("请填写被监护人的出生日期"), code="born-missing", field="principal_id")
    if of_guardian is not None and not capacity.is_adult(of_guardian, day):
        raise Refused(_("监护人应当是成年人"), code="guardian-minor", remedy="", rule=capacity.ADULT_RULE)
    if capacity.is_adult(born, day):
        if proof.get("kind") not in rules.COURT_PROOFS:
            raise Refused(
                _("被监护人已经成年：成年人的监护人凭人民法院的裁判登记"),
                code="ward-adult", remedy=_("本人愿意的，可以改办委托代理"), rule=capacity.COURT_RULE,
            )  # fmt: skip
        return end, capacity.COURT_RULE
    grown = capacity.comes_of_age(born, day)
    if proof.get("kind") in rules.COURT_PROOFS and end is not None and end > grown:
        return end, capacity.COURT_RULE  # a court may let it run on
    return grown if end is None else min(end, grown), capacity.ADULT_RULE


def _check_helper(scope: Mapping[str, Any], start: datetime, end: datetime | None) -> None:
    """Raises Invalid."""
    if not scope.get("items"):
        raise Invalid(_("请选择帮办哪些事项"), code="scope-missing", field="items")
    if end is None or end > start + timedelta(days=settings.TQ_HELPER_DAYS):
        raise Invalid(
            _("帮办期限最长 %(days)d 天，请填写终止日期") % {"days": settings.TQ_HELPER_DAYS},
            code="helper-term", field="valid_to",
        )  # fmt: skip


def _held(
    principal: Party, agent: Party, kind: str, scope: Mapping[str, Any], start: datetime, end: datetime | None
) -> bool:
    """Whether the same was given already for a part of this time. Another scope is another mandate."""
    others = Mandate.objects.filter(principal=principal, agent=agent, kind=kind, revoked_at=None)
    return any(
        rules.overlap((start, end), (row.valid_from, row.valid_to)) and rules.reach(row.scope) == rules.reach(scope)
        for row in others
    )


def _check_of_age(act: Act, principal: Party) -> None:
    """For the principal himself, not for his guardian. Raises as `refuse_minor`."""
    if act.actor.party_id == principal.id:
        refuse_minor(act, principal)


def refuse_minor(act: Act, principal: Party) -> None:
    """Raises Refused: who is a minor is represented by his guardian, and gives nobody a mandate himself."""
    born = birth_of(principal)
    if born is not None and not capacity.is_adult(born, act.at.astimezone(SHANGHAI).date()):
        raise Refused(
            _("未成年人不能自行委托他人，请由监护人办理"), code="minor", remedy="", rule=capacity.ADULT_RULE
        )  # fmt: skip


@operation("identity.appoint_agent")
def appoint_agent(
    act: Act,
    *,
    principal_id: UUID,
    name: str,
    id_kind: str,
    id_no: str,
    kind: str,
    items: list[str] | None,
    valid_to: datetime,
    country: str = "",
) -> dict[str, Any]:
    """Whoever controls a party names its agent by name and paper: a proxy, or for a person a family helper.

    `items`: the service items he may handle; None: all. Who is unknown here, or known under another name, is answered
    alike, so that nobody learns who is registered. Returns {"mandate_id"}. Raises Invalid, Conflict, Refused.
    """
    act.allow(controls_party(act.actor, principal_id, act.at), login=REAL_NAME)
    if kind not in {"proxy", "family_helper"}:
        raise Invalid(_("请选择委托方式"), code="mandate-kind", field="kind")
    wanted = names.comparable(records.clean_name(name))
    number, place = clean_number(id_kind, id_no, country)
    agent = records.owner_of(id_kind, number, place)
    if agent is None or agent.erased_at is not None or names.comparable(agent.name) != wanted:
        raise Invalid(
            _("没有找到这样的实名用户：请核对姓名和证件号码，或请对方先登录本站完成实名认证"),
            code="agent-unknown", field="id_no",
        )  # fmt: skip
    ordered = {party_id: records.locked(party_id) for party_id in sorted({principal_id, agent.id})}
    _check_of_age(act, ordered[principal_id])
    mandate = put_mandate(
        act,
        principal=ordered[principal_id],
        agent=ordered[agent.id],
        kind=kind,
        scope={} if items is None else {"items": sorted(set(items))},
        valid_to=valid_to,
        proof={"kind": "online"},
    )
    return {"mandate_id": str(mandate.id)}


def _check(
    principal: Party, agent: Party, kind: str, scope: Mapping[str, Any], start: datetime, end: datetime | None
) -> None:
    if kind not in rules.mandate_kinds(principal.kind):
        raise Refused(
            _("这类主体不设此种代理人：个体工商户由经营者办理，没有法定代表人")
            if principal.kind == rules.SOLE_TRADER
            else _("这类主体不能设立此种代理关系"),
            code="mandate-kind",
            remedy="",
        )
    if agent.kind != rules.PERSON:
        raise Invalid(_("代理人应当是自然人"), code="agent-kind", field="agent_id")
    if agent.id == principal.id:
        raise Invalid(_("不能委托本人代理本人"), code="agent-self", field="agent_id")
    if end is not None and end <= start:
        raise Invalid(_("终止时间应当晚于开始时间"), code="term", field="valid_to")
    items = scope.get("items", [])
    if set(scope) - _SCOPE_FIELDS or not isinstance(items, list) or not all(isinstance(i, str) for i in items):
        raise Invalid(_("授权范围有误"), code="scope", field="scope")


def _head_meanwhile(principal: Party, kind: str, start: datetime, end: datetime | None) -> bool:
    others = Mandate.objects.filter(principal=principal, kind=kind, revoked_at=None)
    return any(rules.overlap((start, end), (row.valid_from, row.valid_to)) for row in others)


def controls_party(actor: Actor, principal_id: UUID, at: datetime) -> bool:
    """Whether the actor is the principal, or now acts for it under a mandate that lets him give others."""
    if actor.party_id is None:
        return False
    if actor.party_id == principal_id:
        return True
    held = Mandate.objects.filter(principal_id=principal_id, agent_id=actor.party_id, revoked_at=None)
    return any(rules.controls(m.kind) and rules.in_force(m.valid_from, m.valid_to, at) for m in held)


@operation("identity.revoke_mandate")
def revoke_mandate(act: Act, *, mandate_id: UUID, expected_version: int | None = None) -> dict[str, Any]:
    """End a mandate now: the principal takes it back, the agent lays it down, or staff enter that it ended.

    Heads are ended by staff alone, as registration shows. Raises NotFound, Conflict (ended already, changed since).
    """
    mandate = Mandate.objects.select_for_update().filter(id=mandate_id).first()
    if mandate is None or not _may_revoke(act, mandate):
        act.allow(act.actor.kind != "anonymous")
        raise NotFound(_("找不到这一代理关系"))
    act.allow(True)
    if mandate.revoked_at is not None or expected_version not in {None, mandate.version}:
        raise Conflict()
    mandate.revoked_at, mandate.revoked_by = act.at, act.actor.account_id
    mandate.version += 1
    mandate.save(update_fields=["revoked_at", "revoked_by", "version"])
    act.emit(
        events.MANDATE_REVOKED,
        subject=("mandate", mandate.id),
        version=mandate.version,
        body={"principal": mandate.principal_id, "agent": mandate.agent_id, "kind": mandate.kind},
    )
    return {"mandate_id": str(mandate_id), "version": mandate.version}


def _may_revoke(act: Act, mandate: Mandate) -> bool:
    if records.may_manage(act.actor):
        return True
    if mandate.kind in rules.HEADS or mandate.kind == "guardian" or act.actor.party_id is None:
        return False
    return act.actor.party_id == mandate.agent_id or controls_party(act.actor, mandate.principal_id, act.at)
