"""Reads of the region tree. Places are public, and the tree has no tenant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.directory.models import RegionChange, RegionMapping, RegionVersion
from tongqu.kernel.directory.rules import codes
from tongqu.kernel.directory.rules.codes import ADMINISTRATIVE, STATISTICAL
from tongqu.kernel.directory.rules.dating import in_force


@dataclass(frozen=True, slots=True)
class RegionView:
    """A place as it was on the day asked for. `id` stays when its code or name changes."""

    id: UUID
    code: str
    name: str
    level: int  # 1 province … 5 village
    parent_id: UUID | None
    tree: str
    valid_from: date
    valid_to: date | None

    @property
    def fictional(self) -> bool:
        """An invented place of the demonstration; pages say so beside the name."""
        return codes.is_fictional(self.code)

    @property
    def category(self) -> str:
        return codes.category(self.code)

    @property
    def significant(self) -> str:
        return codes.significant(self.code)


@dataclass(frozen=True, slots=True)
class RegionHistory:
    """Every version of a place, oldest first, and how it came from and went into others."""

    versions: list[RegionView]
    changes: list[RegionChange]


def region(code: str, on: date | None = None, *, tree: str = STATISTICAL) -> RegionView:
    """The place with this code (2 to 12 digits). One query. Raises NotFound, Invalid for what is no code."""
    full = codes.normalise(code)
    found = regions([full], on, tree=tree)
    if not found:
        raise NotFound(_("区划树中没有代码 %(code)s") % {"code": full}, field="region_code")
    return found[full]


def regions(region_codes: Iterable[str], on: date | None = None, *, tree: str = STATISTICAL) -> dict[str, RegionView]:
    """Several places by 12-digit code, unknown ones left out. One query."""
    wanted = {codes.normalise(code) for code in region_codes}
    rows = RegionVersion.objects.filter(in_force(_day(on)), tree=tree, code__in=wanted)
    return {row.code: _view(row) for row in rows}


def children(code: str = "", on: date | None = None, *, tree: str = STATISTICAL) -> list[RegionView]:
    """The places directly below, by code; without a code the provinces. One query; an unknown place has none."""
    rows = RegionVersion.objects.filter(in_force(_day(on)), tree=tree)
    if code:
        above = RegionVersion.objects.filter(in_force(_day(on)), tree=tree, code=codes.normalise(code))
        rows = rows.filter(parent_id__in=above.values("region_id"))
    else:
        rows = rows.filter(level=1)
    return [_view(row) for row in rows.order_by("code")]


def region_path(code: str, on: date | None = None, *, tree: str = STATISTICAL) -> list[RegionView]:
    """The province down to the place itself. One query. Raises NotFound, Invalid."""
    full = codes.normalise(code)
    found = regions(codes.line(full), on, tree=tree)
    if full not in found:
        raise NotFound(_("区划树中没有代码 %(code)s") % {"code": full}, field="region_code")
    return [found[key] for key in sorted(found)]


def region_history(code: str, on: date | None = None, *, tree: str = STATISTICAL) -> RegionHistory:
    """What became of a place and where it came from. Three queries. Raises NotFound, Invalid."""
    place = region(code, on, tree=tree)
    rows = RegionVersion.objects.filter(region_id=place.id).order_by("valid_from", "id")
    changes = RegionChange.objects.filter(predecessor_id=place.id) | RegionChange.objects.filter(successor_id=place.id)
    return RegionHistory(
        [_view(row) for row in rows if row.valid_to is None or row.valid_to > row.valid_from],
        list(changes.order_by("effective_on", "id")),
    )


def administrative_of(code: str, on: date | None = None) -> RegionView:
    """The administrative place that answers for a statistical one: by the nearest mapping, else the same code.

    At most two queries. Raises NotFound when neither is known.
    """
    day, full = _day(on), codes.normalise(code)
    mapped = (
        RegionMapping.objects.filter(
            in_force(day),
            in_force(day, "statistical__versions__"),
            statistical__versions__code__in=codes.line(full),
        )
        .order_by("-statistical__versions__code")
        .values("administrative_id")[:1]
    )
    outer = RegionVersion.objects.filter(in_force(day), tree=ADMINISTRATIVE, region_id__in=mapped).first()
    return _view(outer) if outer else region(full, day, tree=ADMINISTRATIVE)


def _view(row: RegionVersion) -> RegionView:
    return RegionView(
        row.region_id, row.code, row.name, row.level, row.parent_id, row.tree, row.valid_from, row.valid_to
    )  # fmt: skip


def _day(on: date | None) -> date:
    return on or clock.today().date()
