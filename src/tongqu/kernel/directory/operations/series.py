"""What the operations share: lock what a change uses up, close the open row, open the next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Protocol, TypeVar
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext as _

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, Text
from tongqu.kernel.acts.operation import Act
from tongqu.kernel.directory.models import OPEN, RegionVersion, Unit, UnitVersion
from tongqu.kernel.directory.rules import dating
from tongqu.kernel.directory.rules.codes import normalise
from tongqu.kernel.ui.forms import cleaning


class Dated(Protocol):
    valid_from: Any
    valid_to: Any


D = TypeVar("D", bound=Dated)
# What a later version of a unit takes over from the one before it.
CARRIED = ("name", "short_name", "names", "kind", "region_code", "parent_id", "phone", "address", "credit_code")


def effective(on: date | None) -> date:
    """The day a change takes effect: today in Asia/Shanghai unless said otherwise."""
    return on or clock.today().date()


def close_row(row: D, on: date) -> D:
    """Set `valid_to` on a locked, open row (not yet saved). Raises Conflict, see `dating.close`."""
    row.valid_to = dating.close(dating.Span(row.valid_from, row.valid_to), on).end
    return row


def lock_units(act: Act, ids: Iterable[UUID]) -> dict[UUID, Unit]:
    """These units, locked in order of id so that two reorganisations cannot deadlock. Raises NotFound."""
    wanted = set(ids)
    rows = Unit.objects.select_for_update().filter(tenant_id=act.actor.tenant_id, id__in=wanted).order_by("id")
    found = {unit.id: unit for unit in rows}
    if len(found) != len(wanted):
        raise NotFound(_("找不到该单位"), field="unit_id")
    return found


def open_versions(act: Act, ids: Iterable[UUID]) -> dict[UUID, UnitVersion]:
    """The open version of each unit; a unit that has ended has none."""
    rows = UnitVersion.objects.filter(OPEN, tenant_id=act.actor.tenant_id, unit_id__in=set(ids))
    return {row.unit_id: row for row in rows}


def standing(versions: dict[UUID, UnitVersion], unit_id: UUID, on: date) -> UnitVersion:
    """The open version of a unit that may change on `on`. Raises Conflict: it has ended, or a later change is known."""
    version = versions.get(unit_id)
    if version is None:
        raise _gone()
    dating.close(dating.Span(version.valid_from), on)
    return version


def present(act: Act, unit_id: UUID, on: date) -> UnitVersion:
    """The open version of a unit, locked, that exists on `on` and goes on: what others may be attached to.

    Raises NotFound, Conflict (it has ended, or was not yet founded on the day).
    """
    lock_units(act, [unit_id])
    rows = UnitVersion.objects.filter(unit_id=unit_id).filter(OPEN | dating.in_force(on)).order_by("-valid_from", "-id")
    found = list(rows)
    if not found or found[0].valid_to is not None:
        raise _gone()
    if not any(dating.Span(row.valid_from, row.valid_to).holds(on) for row in found):
        raise Conflict(_("该单位在 %(on)s 尚未设立") % {"on": on}, code="not-founded", remedy="", field="unit_id")
    return found[0]


def next_version(act: Act, current: UnitVersion, on: date, **changed: Any) -> UnitVersion:
    """Close a unit's open version on `on` and open one that differs in `changed`; the unit's version number goes up."""
    close_row(current, on).save(update_fields=["valid_to"])
    carried = {name: getattr(current, name) for name in CARRIED}
    Unit.objects.filter(id=current.unit_id).update(version=F("version") + 1)
    return UnitVersion.objects.create(
        tenant_id=act.actor.tenant_id, unit_id=current.unit_id, valid_from=on, **{**carried, **changed}
    )


def expect(unit: Unit, version: int | None) -> None:
    """Raise Conflict when the caller saw another version of the unit than there is."""
    if version is not None and unit.version != version:
        raise Conflict()


def region_in_force(code: str, on: date) -> str:
    """The 12-digit code, if either tree has it in force on `on`. Raises Invalid."""
    full = normalise(code)
    if not RegionVersion.objects.filter(dating.in_force(on), code=full, tree__in=_TREES).exists():
        raise Invalid(
            _("区划代码 %(code)s 在 %(on)s 不存在") % {"code": full, "on": on}, code="unknown-region",
            field="region_code",
        )  # fmt: skip
    return full


def _gone() -> Conflict:
    return Conflict(_("该单位已经撤销或并入其他单位"), code="ended", remedy="", field="unit_id")


def text(value: str, *, field: str, label: Text, limit: int, optional: bool = False) -> str:
    """A trimmed text of at most `limit` characters. Raises Invalid for the named field."""
    try:
        value = cleaning.one_line(value)
    except cleaning.Unreadable:
        raise Invalid(_("%(label)s含有无法显示的字符") % {"label": label}, field=field) from None
    if not value and not optional:
        raise Invalid(_("请填写%(label)s") % {"label": label}, field=field)
    if len(value) > limit:
        raise Invalid(_("%(label)s不能超过 %(limit)d 个字") % {"label": label, "limit": limit}, field=field)
    return value


_TREES = ("statistical", "administrative")
