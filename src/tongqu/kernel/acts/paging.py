"""Keyset paging: the last page costs what the first does, and no count is taken.

A list that no single stretch of an index holds in order (several units, several states) is read by `merged_page`: each
*lane* is such a stretch, and the database merges the first few rows of each.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db import connection
from django.db.models import BooleanField, F, Field, Func, Model, Q, QuerySet, UUIDField, Value
from django.db.models.expressions import RawSQL

from tongqu.kernel.acts.errors import Invalid

M = TypeVar("M", bound=Model)
MAX_SIZE = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    rows: list[M]
    next: str | None  # the cursor of the page after this one


def page_of(rows: QuerySet[M], *, order: tuple[str, ...], after: str | None = None, size: int = 50) -> Page[M]:
    """One page of `rows` by `order` ("-due_at", "id"), which must end in a unique column and hold no NULLs.

    Raises Invalid for a cursor that we did not make.
    """
    size = max(1, min(size, MAX_SIZE))
    if after:
        rows = rows.filter(_beyond(order, _read(after, rows.model, order), rows.model))
    return _cut(list(rows.order_by(*order)[: size + 1]), order, size)


@dataclass(frozen=True, slots=True)
class Lane(Generic[M]):
    """Rows that an index has in order. With `each` (a column, text or UUID, and values), one such lane a value."""

    rows: QuerySet[M]
    each: tuple[str, Sequence[Any]] | None = None


def merged_page(
    lanes: Sequence[Lane[M]],
    *,
    order: tuple[str, ...],
    dress: Callable[[QuerySet[M]], QuerySet[M]],
    after: str | None = None,
    size: int = 50,
    apart: bool = False,
) -> Page[M]:
    """One page of the rows that lie in any of `lanes`, each once. One query.

    Of each lane `size` + 1 entries are read at most. `dress` adds what the page draws (joins, columns) and is applied
    to the rows of the page alone. `apart`: no row lies in two lanes, so the database need not look for such.
    """
    if len(lanes) == 1 and lanes[0].each is None:
        return page_of(dress(lanes[0].rows), order=order, after=after, size=size)
    if not lanes:
        return Page([], None)
    model = lanes[0].rows.model
    size = max(1, min(size, MAX_SIZE))
    if after:
        past = _beyond(order, _read(after, model, order), model)
        lanes = [Lane(lane.rows.filter(past), lane.each) for lane in lanes]
    sql, values = joined(lanes, order=order, columns=_columns(order), limit=size + 1, apart=apart)
    ordered = ", ".join(f"{_quoted(c.lstrip('-'))} {'DESC' if c.startswith('-') else 'ASC'}" for c in order)
    ids = RawSQL(  # noqa: S611  compiled by Django, values apart
        f"SELECT {_quoted(order[-1].lstrip('-'))} FROM ({sql} ORDER BY {ordered} LIMIT %s) AS merged",  # noqa: S608
        (*values, size + 1),
    )
    return _cut(list(dress(model._default_manager.filter(id__in=ids)).order_by(*order)), order, size)


def every_page(read: Callable[[str | None, int], Page[M]], *, most: int, size: int = 200) -> Iterator[Sequence[M]]:
    """The rows of one page after another, up to `most`; for files. `read`: the page after a cursor, of so many rows."""
    after: str | None = None
    while most > 0:
        found = read(after, min(size, most))
        yield found.rows
        most, after = most - len(found.rows), found.next
        if after is None:
            return


def joined(
    lanes: Sequence[Lane[Any]], *, order: tuple[str, ...], columns: tuple[str, ...], limit: int, apart: bool
) -> tuple[str, tuple[Any, ...]]:
    """The first `limit` rows of each lane as the SQL of one UNION, and its values.

    Django cannot put a limit into a part of a UNION on SQLite: it compiles one part for each lane, joined here.
    """
    parts: list[str] = []
    values: list[Any] = []
    for lane in lanes:
        rows, mark, each = _held_open(lane)
        sql, own = rows.order_by(*order).values(*columns)[:limit].query.sql_with_params()
        for value in each:
            parts.append(f"SELECT * FROM ({sql}) AS lane{len(parts)}")  # noqa: S608  compiled by Django, values apart
            values += [value if mark is not None and one == mark else one for one in own]
    return (" UNION ALL " if apart else " UNION ").join(parts), tuple(values)


def _held_open(lane: Lane[M]) -> tuple[QuerySet[M], Any, list[Any]]:
    """The rows with a mark where each value goes, the mark, and the values as the driver takes them."""
    if lane.each is None:
        return lane.rows, None, [None]
    column, each = lane.each
    field: Field[Any, Any] = lane.rows.model._meta.get_field(column)  # type: ignore[assignment]
    mark = _NOBODY if isinstance(field, UUIDField) else "\x01each"  # no row of ours holds either
    ready = [field.get_db_prep_value(value, connection) for value in (mark, *each)]
    return lane.rows.filter(**{column: mark}), ready[0], ready[1:]


_NOBODY = UUID("6c616e65-0000-7000-8000-000000000000")


def _columns(order: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(column.lstrip("-") for column in order)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _cut(found: list[M], order: tuple[str, ...], size: int) -> Page[M]:
    more = len(found) > size
    found = found[:size]
    return Page(found, _cursor(found[-1], order) if more else None)


class _Row(Func):
    """(a, b) > (x, y): what an index on (a, b) answers by going straight there, which an OR of cases is not."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, columns: Sequence[str], values: Sequence[Value], *, past: str) -> None:
        row = "({})".format(", ".join(["%s"] * len(columns)))
        self.row = f"{row} {past} {row}"
        super().__init__(*(F(column) for column in columns), *values)

    def as_sql(  # type: ignore[override]
        self, compiler: Any, connection: Any, **context: Any
    ) -> tuple[str, list[Any]]:
        parts = [compiler.compile(expression) for expression in self.source_expressions]
        return self.row % tuple(sql for sql, _ in parts), [value for _, values in parts for value in values]


def _beyond(order: tuple[str, ...], values: list[Any], model: type[Model]) -> Q | _Row:
    """(a, b, c) after (x, y, z): a past x, or a = x and (b past y, or …)."""
    if len({column.startswith("-") for column in order}) == 1:
        names = _columns(order)
        fields: list[Field[Any, Any]] = [model._meta.get_field(name) for name in names]  # type: ignore[misc]
        held = [Value(value, output_field=field) for value, field in zip(values, fields, strict=True)]
        return _Row(names, held, past="<" if order[0].startswith("-") else ">")
    condition = Q()
    for column, value in reversed(list(zip(order, values, strict=True))):
        name, past = column.lstrip("-"), "lt" if column.startswith("-") else "gt"
        beyond = Q(**{f"{name}__{past}": value})
        condition = beyond | (Q(**{name: value}) & condition) if condition else beyond
    return condition


def _cursor(row: Model, order: tuple[str, ...]) -> str:
    values = [_plain(getattr(row, column.lstrip("-"))) for column in order]
    body = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    return _signer(type(row), order).sign(body)


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value) if isinstance(value, (UUID, Decimal)) else value


def _read(cursor: str, model: type[Model], order: tuple[str, ...]) -> list[Any]:
    """The values of a cursor. It is signed for its list: anything else could carry values no column can hold."""
    try:
        body = _signer(model, order).unsign(cursor)
    except BadSignature:
        raise Invalid(code="bad-cursor", field="after") from None
    values = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    fields = [model._meta.get_field(column.lstrip("-")) for column in order]
    return [field.to_python(value) for field, value in zip(fields, values, strict=True)]  # type: ignore[union-attr]


def _signer(model: type[Model], order: tuple[str, ...]) -> Signer:
    return Signer(sep=".", salt=f"tongqu.paging:{model._meta.label}:{','.join(order)}")
