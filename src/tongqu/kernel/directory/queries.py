"""Reads of the directory. Names, places and duties of public bodies are public; who sits in which post is for staff.

`on` is a day in Asia/Shanghai, today if left out. Nothing is cached: a reorganisation is true in every process at once.
Answers are plain frozen values, not rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateField, Q, QuerySet, UUIDField
from django.utils.translation import gettext as _

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.acts.kept_queries import Kept, Param, Several
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.acts.statements import fetch
from tongqu.kernel.directory.models import Appointment, MatterLead, Post, Unit, UnitChange, UnitVersion
from tongqu.kernel.directory.rules import codes
from tongqu.kernel.directory.rules.dating import in_force
from tongqu.kernel.directory.tree import (
    RegionView,
    administrative_of,
    children,
    region,
    region_history,
    region_path,
    regions,
)
from tongqu.kernel.ui import languages

__all__ = [
    "AppointmentView",
    "LeadView",
    "PostView",
    "RegionView",
    "UnitView",
    "administrative_of",
    "appointments_of",
    "children",
    "lead",
    "lead_unit",
    "posts_of",
    "region",
    "region_history",
    "region_path",
    "regions",
    "staff_of",
    "successors",
    "unit",
    "unit_by_code",
    "unit_code",
    "unit_history",
    "units",
    "units_in",
    "unled",
]


COUNTER = ("counter_name", "counter_address", "counter_hours", "counter_phone")
_VERSION = (
    "name", "short_name", "region_code", "phone", "address", "kind", "parent_id", "names", "credit_code", "valid_from",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class UnitView:
    """A unit as it was on the day asked for. `ended_on`: it had ended by then, and this is its last name."""

    id: UUID
    name: str
    short_name: str
    region_code: str
    phone: str
    address: str
    kind: str
    parent_id: UUID | None
    names: dict[str, str]
    credit_code: str
    valid_from: date
    ended_on: date | None = None

    @property
    def local_name(self) -> str:
        """The name in the language of the page, if the unit has one there; else its legal name."""
        return languages.said({"zh-Hans": self.name, **self.names})


@dataclass(frozen=True, slots=True)
class LeadView:
    """Who leads a matter, where the duty is laid down (`region_code`), and the counter."""

    unit: UnitView
    matter: str
    region_code: str
    counter_name: str
    counter_address: str
    counter_hours: str
    counter_phone: str


@dataclass(frozen=True, slots=True)
class PostView:
    id: UUID
    unit_id: UUID
    code: str
    title: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AppointmentView:
    """An account in a post, with the roles the post gives there; `region_code` is where its unit stands."""

    id: UUID
    account_id: UUID
    post_id: UUID
    post_code: str
    title: str
    role_codes: tuple[str, ...]
    unit_id: UUID
    region_code: str
    valid_from: date
    valid_to: date | None


# --- units ------------------------------------------------------------------------------------------------------------


def unit(unit_id: UUID, on: date | None = None) -> UnitView:
    """The unit as of a day. One query. Raises NotFound for an unknown unit or a day before it was founded."""
    found = units([unit_id], on)
    if not found:
        raise NotFound(_("找不到该单位"))
    return found[unit_id]


def units(unit_ids: Iterable[UUID], on: date | None = None) -> dict[UUID, UnitView]:
    """Several units as of a day, those unknown or not yet founded left out. One query."""
    day, wanted = _day(on), tuple(set(unit_ids))
    if not wanted:
        return {}
    rows = fetch(UnitVersion, order=("valid_from", "id"), unit_id__in=wanted, valid_from__lte=day)
    latest: dict[UUID, UnitVersion] = {}
    for row in rows:
        if row.valid_to is None or row.valid_to > row.valid_from:
            latest[row.unit_id] = row
    return {unit_id: _unit_view(row, day) for unit_id, row in latest.items()}


def unit_by_code(code: str, on: date | None = None, *, tenant_id: UUID | None = None) -> UnitView:
    """The unit another system knows by this code. One query. Raises NotFound."""
    day = _day(on)
    row = UnitVersion.objects.filter(
        in_force(day), tenant_id=tenant_id or default_tenant(), unit__code=code
    ).first()  # fmt: skip
    if row is None:
        raise NotFound(_("找不到该单位"))
    return _unit_view(row, day)


def unit_code(unit_id: UUID) -> str:
    """What other systems call this unit. One query. Raises NotFound."""
    found = Unit.objects.filter(id=unit_id).values_list("code", flat=True).first()
    if found is None:
        raise NotFound(_("找不到该单位"))
    return found


def units_in(region_code: str, on: date | None = None, *, tenant_id: UUID | None = None) -> list[UnitView]:
    """Units standing in a region or below it, by place and name. One query."""
    day = _day(on)
    prefix = codes.significant(codes.normalise(region_code))
    rows = UnitVersion.objects.filter(
        in_force(day), tenant_id=tenant_id or default_tenant(), region_code__startswith=prefix
    ).order_by("region_code", "name", "id")
    return [_unit_view(row, day) for row in rows]


def unit_history(unit_id: UUID) -> list[UnitView]:
    """Every version that was ever in force, oldest first. One query."""
    rows = UnitVersion.objects.filter(unit_id=unit_id).order_by("valid_from", "id")
    return [_unit_view(row, None) for row in rows if row.valid_to is None or row.valid_to > row.valid_from]


def successors(unit_id: UUID, on: date | None = None) -> list[UUID]:
    """Who carries on a unit's work on a day: itself while it stands, else its heirs, however often that went on.

    One query for each generation of reorganisation (most often one).
    """
    day = _day(on)
    standing: list[UUID] = []
    asked: set[UUID] = set()
    waiting = {unit_id}
    while waiting:
        heirs: defaultdict[UUID, list[UUID]] = defaultdict(list)
        links = UnitChange.objects.filter(predecessor_id__in=waiting, effective_on__lte=day).order_by("id")
        for before, after in links.values_list("predecessor_id", "successor_id"):
            heirs[before].append(after)
        standing += [one for one in waiting if one not in heirs and one not in standing]
        asked |= waiting
        waiting = {heir for found in heirs.values() for heir in found} - asked
    return standing


# --- who leads what ---------------------------------------------------------------------------------------------------


def lead_unit(matter: str, region_code: str, on: date | None = None, *, tenant_id: UUID | None = None) -> UnitView:
    """The one unit that leads a matter in a place: its own, else that of the nearest place above. One query.

    Raises NotFound when nobody leads it.
    """
    return lead(matter, region_code, on, tenant_id=tenant_id).unit


def matters_of(unit_ids: Iterable[UUID], on: date | None = None, *, tenant_id: UUID | None = None) -> set[str]:
    """The matters that any of these units leads somewhere. One query."""
    rows = MatterLead.objects.filter(in_force(_day(on)), tenant_id=tenant_id or default_tenant(), unit_id__in=unit_ids)
    return set(rows.values_list("matter", flat=True))


def lead(matter: str, region_code: str, on: date | None = None, *, tenant_id: UUID | None = None) -> LeadView:
    """Like `lead_unit`, with the counter. One query. Raises NotFound."""
    places = codes.line(codes.normalise(region_code))
    rows = _LEADS(day=_day(on), tenant=tenant_id or default_tenant(), matter=matter, places=places)
    if not rows:
        raise NotFound(_("该地区尚未确定这一事项的牵头单位"))
    unit_id, place, *more = rows[0]
    return LeadView(
        unit=UnitView(id=unit_id, **dict(zip(_VERSION, more[len(COUNTER) :], strict=True))),
        matter=matter,
        region_code=place,
        **dict(zip(COUNTER, more, strict=False)),
    )


def _leads(day: Any, tenant: Param, matter: Param, places: list[Param]) -> QuerySet[MatterLead, Any]:
    version = "unit__versions__"
    found = MatterLead.objects.filter(
        in_force(day), in_force(day, version), tenant_id=tenant, matter=matter, region_code__in=places
    )
    # of a place and its superiors the largest code is the nearest
    return found.order_by("-region_code").values_list(
        "unit_id", "region_code", *COUNTER, *(version + name for name in _VERSION)
    )[:1]


_LEADS = Kept(_leads, day=DateField(), tenant=UUIDField(), matter=CharField(), places=Several(CharField(), 5))


def unled(
    matters: Iterable[str], region_codes: Iterable[str], on: date | None = None, *, tenant_id: UUID | None = None
) -> list[tuple[str, str]]:
    """Pairs of matter and region for which no unit answers, here or above: the gaps in the duty ledger. One query."""
    day = _day(on)
    places = {codes.normalise(code): codes.line(codes.normalise(code)) for code in region_codes}
    named = list(matters)
    held = set(
        MatterLead.objects.filter(
            in_force(day),
            tenant_id=tenant_id or default_tenant(),
            matter__in=named,
            region_code__in={above for line in places.values() for above in line},
        ).values_list("matter", "region_code")
    )
    return [
        (matter, code)
        for matter in named
        for code, line in places.items()
        if not any((matter, above) in held for above in line)
    ]


# --- posts and people -------------------------------------------------------------------------------------------------


def appointments_of(account_id: UUID, on: date | None = None) -> list[AppointmentView]:
    """The posts an account holds on a day, in units that stand on it. One query."""
    return [_appointment(*row) for row in _HELD(account=account_id, day=_day(on))]


def staff_of(unit_id: UUID, role: str | None = None, on: date | None = None) -> list[AppointmentView]:
    """Who holds a post in the unit on a day, all or only those whose post carries `role`. One query."""
    found = [_appointment(*row) for row in _STAFF(unit=unit_id, day=_day(on))]
    return [held for held in found if role is None or role in held.role_codes]


def posts_of(unit_id: UUID, on: date | None = None) -> list[PostView]:
    """The posts of a unit on a day, held or vacant. One query."""
    rows = Post.objects.filter(in_force(_day(on)), unit_id=unit_id).order_by("code", "id")
    return [PostView(row.id, row.unit_id, row.code, row.title, tuple(row.roles)) for row in rows]


_APPOINTMENT = (
    "id", "account_id", "post_id", "post__code", "post__title", "post__roles", "post__unit_id",
    "post__unit__versions__region_code", "valid_from", "valid_to",
)  # fmt: skip


def _appointments(which: Q, day: Any) -> QuerySet[Appointment, Any]:
    return (
        Appointment.objects.filter(
            which, in_force(day), in_force(day, "post__"), in_force(day, "post__unit__versions__")
        )
        .order_by("post__unit__versions__name", "post__code", "id")
        .values_list(*_APPOINTMENT)
    )


def _held(account: Param, day: Param) -> QuerySet[Appointment, Any]:
    return _appointments(Q(account_id=account), day)


def _staff(unit: Param, day: Param) -> QuerySet[Appointment, Any]:
    return _appointments(Q(post__unit_id=unit), day)


_HELD = Kept(_held, account=UUIDField(), day=DateField())
_STAFF = Kept(_staff, unit=UUIDField(), day=DateField())


def _appointment(
    held: UUID, account: UUID, post: UUID, code: str, title: str, roles: list[str], *of_unit_and_days: Any
) -> AppointmentView:
    return AppointmentView(held, account, post, code, title, tuple(roles), *of_unit_and_days)


def _unit_view(row: UnitVersion, day: date | None) -> UnitView:
    ended = row.valid_to if day is not None and row.valid_to is not None and row.valid_to <= day else None
    return UnitView(
        id=row.unit_id,
        name=row.name,
        short_name=row.short_name,
        region_code=row.region_code,
        phone=row.phone,
        address=row.address,
        kind=row.kind,
        parent_id=row.parent_id,
        names=row.names,
        credit_code=row.credit_code,
        valid_from=row.valid_from,
        ended_on=ended,
    )


def _day(on: date | None) -> date:
    return on or clock.today().date()
