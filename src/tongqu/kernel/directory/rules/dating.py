"""Effective dating. A row is in force from `valid_from` up to, not including, `valid_to` (None: still open).

A series (the names of a unit, who leads a matter) only grows at its end: a change closes the open row on the day it
takes effect and opens the next. A change on the very day a row began leaves that row empty, [d, d): never in force,
but kept, so that a wrong entry can be put right without being erased.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q
from django.utils.translation import gettext as _

from tongqu.kernel.acts.errors import Conflict


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `start` up to, not including, `end`."""

    start: date
    end: date | None = None

    def holds(self, on: date) -> bool:
        return self.start <= on and (self.end is None or on < self.end)

    def meets(self, other: Span) -> bool:
        """Whether the two share a day."""
        return self.overlap(other) is not None

    def overlap(self, other: Span) -> Span | None:
        start = max(self.start, other.start)
        ends = [span.end for span in (self, other) if span.end is not None]
        end = min(ends) if ends else None
        return None if end is not None and end <= start else Span(start, end)


def in_force(on: date, prefix: str = "") -> Q:
    """The same question asked of the database; `prefix` leads to the dated row (`unit__versions__`)."""
    return Q(**{f"{prefix}valid_from__lte": on}) & (
        Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gt": on})
    )


def after(on: date, prefix: str = "") -> Q:
    """Rows in force on some day from `on` onwards."""
    return Q(**{f"{prefix}valid_to__isnull": True}) | (
        Q(**{f"{prefix}valid_to__gt": on}) & Q(**{f"{prefix}valid_to__gt": F(f"{prefix}valid_from")})
    )


def close(open_span: Span, on: date) -> Span:
    """The open row of a series as a change on `on` leaves it.

    Raises Conflict (code `ended` or `later-change`): a series that has ended or already holds a later change cannot
    be changed underneath it.
    """
    if open_span.end is not None:
        raise Conflict(
            _("该记录已于 %(end)s 终止，不能再变更") % {"end": open_span.end}, code="ended", remedy="", field="on"
        )
    if on < open_span.start:
        raise Conflict(
            _("已登记自 %(start)s 起生效的变更，生效日期不能早于这一天") % {"start": open_span.start},
            code="later-change",
            remedy="",
            field="on",
        )
    return Span(open_span.start, on)


def broken(series: Iterable[Span]) -> Sequence[tuple[Span, Span]]:
    """Neighbours in a series that overlap or leave a gap; empty for a sound one. Empty spans count for nothing."""
    spans = sorted((s for s in series if s.end is None or s.end > s.start), key=lambda s: s.start)
    return [(a, b) for a, b in zip(spans, spans[1:], strict=False) if a.end != b.start]
