"""Units: founded, renamed, changed, closed. Each change opens a new version from its day; the old ones stay."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import Scope
from tongqu.kernel.acts.errors import Conflict, Invalid, Refused
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.directory import events
from tongqu.kernel.directory.models import OPEN, Appointment, MatterLead, Post, Unit, UnitVersion
from tongqu.kernel.directory.operations.series import (
    close_row,
    effective,
    expect,
    lock_units,
    next_version,
    open_versions,
    present,
    region_in_force,
    standing,
    text,
)
from tongqu.kernel.directory.rules import dating, duties


@operation("directory.create_unit")
def create_unit(
    act: Act,
    *,
    code: str,
    name: str,
    kind: str,
    region_code: str,
    short_name: str = "",
    names: Mapping[str, str] | None = None,
    parent_id: UUID | None = None,
    phone: str = "",
    address: str = "",
    credit_code: str = "",
    on: date | None = None,
) -> dict[str, Any]:
    """Found a unit from `on`. Answers {"unit_id"}. Raises Invalid, Conflict for a code in use, NotFound (superior)."""
    day = effective(on)
    region = region_in_force(region_code, day)
    act.require("directory.manage", Scope(unit_id=parent_id, region_code=region))
    if kind not in Unit.Kind.values:
        raise Invalid(_("没有“%(kind)s”这一单位类型") % {"kind": kind}, field="kind")
    name = _name(name)
    if parent_id is not None:
        present(act, parent_id, day)
    try:
        with transaction.atomic():
            unit = Unit.objects.create(
                tenant_id=act.actor.tenant_id, code=text(code, field="code", label=_("单位编码"), limit=40)
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict(_("单位编码已被使用"), code="unit-code-used", remedy="", field="code") from error
    version = UnitVersion.objects.create(
        tenant_id=act.actor.tenant_id,
        unit=unit,
        name=name,
        short_name=_short(short_name) or name[:40],
        names=dict(names or {}),
        kind=kind,
        region_code=region,
        parent_id=parent_id,
        phone=_phone(phone),
        address=_address(address),
        credit_code=credit_code,
        valid_from=day,
    )
    body = {"unit_version": version.id, "code": unit.code, "region_code": region, "parent": parent_id, "on": day}
    act.emit(events.UNIT_CREATED, subject=("unit", unit.id), body=body)
    return {"unit_id": str(unit.id)}


@operation("directory.rename_unit")
def rename_unit(
    act: Act,
    *,
    unit_id: UUID,
    name: str,
    short_name: str = "",
    names: Mapping[str, str] | None = None,
    on: date | None = None,
    expected_version: int | None = None,
) -> dict[str, Any]:
    """From `on` the unit is called `name`; before, it keeps its old one. Raises NotFound, Conflict, Invalid.

    A name put wrong is put right by renaming on the day the wrong one began.
    """
    unit, current, day = _begin(act, unit_id, on, expected_version)
    name = _name(name)
    short = _short(short_name) or name[:40]
    other = dict(names or {})
    if (name, short, other) == (current.name, current.short_name, current.names):
        act.unchanged()
        return {"unit_id": str(unit.id)}
    version = next_version(act, current, day, name=name, short_name=short, names=other)
    _tell(act, events.UNIT_RENAMED, unit, current, version, day)
    return {"unit_id": str(unit.id)}


@operation("directory.change_unit")
def change_unit(
    act: Act,
    *,
    unit_id: UUID,
    changes: Mapping[str, Any],
    on: date | None = None,
    expected_version: int | None = None,
) -> dict[str, Any]:
    """From `on`, another `phone`, `address`, `credit_code`, `region_code` or `parent_id` (None: no superior).

    Raises Invalid for another key, Refused when a unit would come to stand under itself, NotFound, Conflict.
    """
    if unknown := changes.keys() - {"phone", "address", "credit_code", "region_code", "parent_id"}:
        raise Invalid(_("不能更改 %(fields)s") % {"fields": "、".join(sorted(unknown))})
    changes = dict(changes)
    unit, current, day = _begin(act, unit_id, on, expected_version, whole_tree="parent_id" in changes)
    if "phone" in changes:
        changes["phone"] = _phone(changes["phone"])
    if "address" in changes:
        changes["address"] = _address(changes["address"])
    if "region_code" in changes:
        changes["region_code"] = region_in_force(changes["region_code"], day)
    if parent_id := changes.get("parent_id"):
        present(act, parent_id, day)
        check_tree(act, {unit_id: parent_id})
    if all(getattr(current, key) == value for key, value in changes.items()):
        act.unchanged()
        return {"unit_id": str(unit.id)}
    version = next_version(act, current, day, **changes)
    _tell(act, events.UNIT_CHANGED, unit, current, version, day)
    return {"unit_id": str(unit.id)}


@operation("directory.close_unit")
def close_unit(
    act: Act, *, unit_id: UUID, on: date | None = None, expected_version: int | None = None
) -> dict[str, Any]:
    """End a unit that nobody succeeds. Raises Refused while it leads a matter, has units under it or people in post."""
    unit, current, day = _begin(act, unit_id, on, expected_version)
    mine = {"tenant_id": act.actor.tenant_id}
    if MatterLead.objects.filter(OPEN, unit_id=unit_id, **mine).exists():
        raise Refused(_("该单位仍牵头办理事项，请先确定新的牵头单位"), code="still-leads")
    if UnitVersion.objects.filter(OPEN, parent_id=unit_id, **mine).exists():
        raise Refused(_("该单位仍有下属单位，请先调整隶属关系"), code="still-superior")
    if Appointment.objects.filter(dating.after(day), post__unit_id=unit_id, **mine).exists():
        raise Refused(_("该单位仍有在岗人员，请先结束任职"), code="still-staffed")
    for post in Post.objects.select_for_update().filter(OPEN, unit_id=unit_id, **mine):
        close_row(post, day).save(update_fields=["valid_to"])
        act.emit(events.POST_CLOSED, subject=("post", post.id), body={"unit": unit_id, "on": day})
    end_version(act, unit, current, day)
    act.emit(events.UNIT_CLOSED, subject=("unit", unit_id), version=unit.version, body={"on": day})
    return {"unit_id": str(unit.id)}


def end_version(act: Act, unit: Unit, current: UnitVersion, day: date) -> None:
    """Close a unit's last version: from `day` it is no more."""
    close_row(current, day).save(update_fields=["valid_to"])
    unit.version += 1
    unit.save(update_fields=["version"])


def check_tree(act: Act, planned: Mapping[UUID, UUID | None]) -> None:
    """Raise Refused when the tenant's units with these superiors would form a ring.

    The caller holds the lock on all of them: two moves that are each sound could together close one.
    """
    rows = UnitVersion.objects.filter(OPEN, tenant_id=act.actor.tenant_id).values_list("unit_id", "parent_id")
    if duties.cycle({**dict(rows), **planned}):
        raise Refused(_("单位不能隶属于自己或自己的下级"), code="unit-ring", remedy="")


def lock_tree(act: Act) -> None:
    """Take every unit of the tenant; needed only where superiors change."""
    list(Unit.objects.select_for_update().filter(tenant_id=act.actor.tenant_id).order_by("id").values_list("id"))


def _begin(
    act: Act, unit_id: UUID, on: date | None, expected: int | None, *, whole_tree: bool = False
) -> tuple[Unit, UnitVersion, date]:
    if whole_tree:
        lock_tree(act)
    unit = lock_units(act, [unit_id])[unit_id]
    versions = open_versions(act, [unit_id])
    place = versions[unit_id].region_code if unit_id in versions else None
    act.require("directory.manage", Scope(unit_id=unit_id, region_code=place))
    expect(unit, expected)
    day = effective(on)
    return unit, standing(versions, unit_id, day), day


def _tell(act: Act, kind: str, unit: Unit, old: UnitVersion, new: UnitVersion, day: date) -> None:
    body = {"from": old.id, "to": new.id, "on": day}
    act.emit(kind, subject=("unit", unit.id), version=unit.version + 1, body=body)


def _name(value: str) -> str:
    return text(value, field="name", label=_("单位名称"), limit=100)


def _short(value: str) -> str:
    return text(value, field="short_name", label=_("单位简称"), limit=40, optional=True)


def _phone(value: str) -> str:
    return text(value, field="phone", label=_("电话"), limit=40, optional=True)


def _address(value: str) -> str:
    return text(value, field="address", label=_("地址"), limit=200, optional=True)
