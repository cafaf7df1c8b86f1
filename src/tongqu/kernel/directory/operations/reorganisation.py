"""Reorganisation 机构改革: units merge or split on a day, and what they led, their posts, people and units move along.

The old unit keeps its rows, its past and its name on old documents; `UnitChange` links it to its successors.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import Scope
from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.directory import events
from tongqu.kernel.directory.models import OPEN, Appointment, MatterLead, Post, Unit, UnitChange, UnitVersion
from tongqu.kernel.directory.operations.leads import COUNTER
from tongqu.kernel.directory.operations.series import (
    close_row,
    effective,
    lock_units,
    next_version,
    open_versions,
    present,
    standing,
)
from tongqu.kernel.directory.operations.units import check_tree, end_version, lock_tree
from tongqu.kernel.directory.rules import dating


@dataclass(frozen=True, slots=True)
class Share:
    """What one successor takes over in a split: leads, posts and subordinate units, by id."""

    unit_id: UUID
    leads: tuple[UUID, ...] = ()
    posts: tuple[UUID, ...] = ()
    units: tuple[UUID, ...] = ()


@dataclass(slots=True)
class _Estate:
    """What ending units leave: everything of theirs still open."""

    leads: list[MatterLead]
    posts: list[Post]
    units: list[UnitVersion]


@operation("directory.merge_units")
def merge_units(act: Act, *, unit_ids: Sequence[UUID], into: UUID, on: date | None = None) -> dict[str, Any]:
    """From `on`, the units `unit_ids` are part of `into` (one of them, another, or one founded for it) and end.

    All that they lead, their posts, the people in them and the units under them move to `into`.
    Raises Conflict (a unit has ended, or a later change is on record), Refused (a ring), Invalid (nothing to merge).
    """
    ending = [unit_id for unit_id in dict.fromkeys(unit_ids) if unit_id != into]
    if not ending:
        raise Invalid(_("请选择要并入的单位"), field="unit_ids")
    day = effective(on)
    units, versions = _take(act, ending, [into], day)
    estate = _estate(act, ending)
    heirs = {lead.id: into for lead in estate.leads} | {post.id: into for post in estate.posts}
    heirs |= {child.unit_id: into for child in estate.units if child.unit_id != into}
    _hand_over(act, estate, heirs, versions, ending, [into], day)
    for unit_id in ending:
        _end(act, units[unit_id], versions[unit_id], [into], UnitChange.Kind.MERGED, day)
    return {"unit_id": str(into)}


@operation("directory.split_unit")
def split_unit(act: Act, *, unit_id: UUID, shares: Sequence[Share], on: date | None = None) -> dict[str, Any]:
    """From `on`, the unit ends and each successor takes its share. Whatever nobody takes is named in the error.

    Raises Invalid (fewer than two successors; something taken twice, by none, or not the unit's), Conflict, Refused.
    """
    successors = [share.unit_id for share in shares]
    if len(set(successors)) < 2 or len(set(successors)) != len(successors) or unit_id in successors:
        raise Invalid(_("拆分应有两个以上新单位承接"), field="shares")
    day = effective(on)
    units, versions = _take(act, [unit_id], successors, day)
    estate = _estate(act, [unit_id])
    heirs: dict[UUID, UUID] = {}
    for share in shares:
        for thing in (*share.leads, *share.posts, *share.units):
            if thing in heirs:
                raise Invalid(_("同一职责、岗位或下属单位只能由一个单位承接"), field="shares", code="taken-twice")
            heirs[thing] = share.unit_id
    _check_complete(estate, heirs, successors)
    _hand_over(act, estate, heirs, versions, [unit_id], successors, day)
    _end(act, units[unit_id], versions[unit_id], successors, UnitChange.Kind.SPLIT, day)
    return {"unit_id": str(unit_id)}


def _take(
    act: Act, ending: Sequence[UUID], heirs: Sequence[UUID], day: date
) -> tuple[dict[UUID, Unit], dict[UUID, UnitVersion]]:
    """Lock the tenant's units (superiors change); check the right over each and that each stands on the day."""
    lock_tree(act)
    units = lock_units(act, [*ending, *heirs])
    versions = {unit_id: present(act, unit_id, day) for unit_id in heirs}
    held = open_versions(act, ending)
    versions |= {unit_id: standing(held, unit_id, day) for unit_id in ending}
    for unit_id, version in versions.items():
        act.require("directory.manage", Scope(unit_id=unit_id, region_code=version.region_code))
    return units, versions


def _estate(act: Act, ending: Iterable[UUID]) -> _Estate:
    mine: dict[str, Any] = {"tenant_id": act.actor.tenant_id}
    ids = list(ending)
    return _Estate(
        leads=list(MatterLead.objects.select_for_update().filter(OPEN, unit_id__in=ids, **mine).order_by("id")),
        posts=list(Post.objects.select_for_update().filter(OPEN, unit_id__in=ids, **mine).order_by("id")),
        units=[
            row
            for row in UnitVersion.objects.filter(OPEN, parent_id__in=ids, **mine).order_by("unit_id")
            if row.unit_id not in ids
        ],
    )


def _check_complete(estate: _Estate, heirs: dict[UUID, UUID], successors: Sequence[UUID]) -> None:
    leads = {lead.id: lead.matter for lead in estate.leads}
    posts = {post.id: post.title for post in estate.posts}
    children = {child.unit_id: child.name for child in estate.units if child.unit_id not in successors}
    things = {**leads, **posts, **children}
    if strange := heirs.keys() - things.keys():
        raise Invalid(
            _("有 %(count)d 项不属于被拆分的单位") % {"count": len(strange)}, field="shares", code="not-its-own"
        )
    if missing := [name for thing, name in things.items() if thing not in heirs]:
        raise Invalid(
            _("以下职责、岗位或下属单位尚无单位承接：%(names)s") % {"names": "、".join(missing[:20])},
            field="shares",
            code="not-taken",
        )


def _hand_over(
    act: Act,
    estate: _Estate,
    heirs: dict[UUID, UUID],
    versions: dict[UUID, UnitVersion],
    ending: Sequence[UUID],
    successors: Sequence[UUID],
    day: date,
) -> None:
    superiors: dict[UUID, UUID | None] = {
        child.unit_id: heirs[child.unit_id] for child in estate.units if child.unit_id in heirs
    }
    for unit_id in successors:  # one that stood under an ending unit now stands where that one stood
        above = versions[unit_id].parent_id
        while above is not None and above in ending:
            above = versions[above].parent_id
        superiors[unit_id] = above
    check_tree(act, {**superiors, **dict.fromkeys(ending)})
    current = versions | {child.unit_id: child for child in estate.units}
    for unit_id, superior in superiors.items():
        old = current[unit_id]
        if old.parent_id != superior:
            new = next_version(act, old, day, parent_id=superior)
            versions[unit_id] = new
            act.emit(
                events.UNIT_CHANGED, subject=("unit", unit_id), body={"from": old.id, "to": new.id, "on": day}
            )  # fmt: skip
    for lead in estate.leads:
        _move_lead(act, lead, heirs[lead.id], day)
    for post in estate.posts:
        _move_post(act, post, heirs[post.id], day)


def _move_lead(act: Act, lead: MatterLead, to: UUID, day: date) -> None:
    close_row(lead, day).save(update_fields=["valid_to"])
    counter = {name: getattr(lead, name) for name in COUNTER}
    new = MatterLead.objects.create(
        tenant_id=lead.tenant_id, matter=lead.matter, region_code=lead.region_code, unit_id=to, valid_from=day,
        **counter,
    )  # fmt: skip
    body = {
        "lead": new.id, "matter": lead.matter, "region_code": lead.region_code, "before": lead.unit_id, "on": day,
    }  # fmt: skip
    act.emit(events.LEAD_MOVED, subject=("unit", to), body=body)


def _move_post(act: Act, post: Post, to: UUID, day: date) -> None:
    """The post goes on in its new unit, and with it everyone who holds it or is to hold it."""
    close_row(post, day).save(update_fields=["valid_to"])
    new = Post.objects.create(
        tenant_id=post.tenant_id, unit_id=to, code=post.code, title=post.title, roles=post.roles,
        separated_role=post.separated_role, predecessor=post, valid_from=day,
    )  # fmt: skip
    body = {"from": post.id, "before": post.unit_id, "unit": to, "on": day}
    act.emit(events.POST_MOVED, subject=("post", new.id), body=body)
    held = Appointment.objects.select_for_update().filter(post=post).order_by("id")
    for old in held:
        rest = dating.Span(old.valid_from, old.valid_to).overlap(dating.Span(day))
        if rest is None:
            continue
        old.valid_to = max(day, old.valid_from)
        old.save(update_fields=["valid_to"])
        moved = Appointment.objects.create(
            tenant_id=old.tenant_id, account_id=old.account_id, post=new, predecessor=old,
            valid_from=rest.start, valid_to=rest.end,
        )  # fmt: skip
        act.emit(
            events.APPOINTMENT_MOVED,
            subject=("appointment", moved.id),
            body={"from": old.id, "account": old.account_id, "post": new.id, "unit": to, "on": day},
        )


def _end(
    act: Act, unit: Unit, version: UnitVersion, successors: Sequence[UUID], kind: UnitChange.Kind, day: date
) -> None:
    end_version(act, unit, version, day)
    UnitChange.objects.bulk_create(
        UnitChange(
            tenant_id=act.actor.tenant_id, kind=kind, predecessor=unit, successor_id=successor, effective_on=day
        )  # fmt: skip
        for successor in successors
    )
    act.emit(
        events.UNIT_MERGED if kind == UnitChange.Kind.MERGED else events.UNIT_SPLIT,
        subject=("unit", unit.id),
        version=unit.version,
        body={"successors": list(successors), "on": day},
    )
