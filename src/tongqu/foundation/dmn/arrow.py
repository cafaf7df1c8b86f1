"""Arrow in and out: anything with `__arrow_c_stream__` as columns of facts, and answers as such a stream.

DuckDB reads and writes the stream, so that no other Arrow library is needed. Numbers stay exact: DECIMAL becomes whole
numbers of its scale, and back. Needs the extra `columns`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Protocol

import duckdb
import numpy as np

from tongqu.foundation.dmn.sql_expressions import quoted
from tongqu.foundation.dmn.vectors import (
    MOST,
    Coded,
    Codes,
    Computed,
    Days,
    Flags,
    Mixed,
    Numbers,
    Vector,
    coded,
    vector,
)
from tongqu.foundation.feel.functions.conversion import said
from tongqu.foundation.feel.temporal import Date
from tongqu.foundation.feel.values import EXACT, Unknown, number

WHOLE = ("tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger")
WIDE = ("ubigint", "hugeint", "uhugeint", "decimal")
MOST_SCALE = 18
DIGITS = 38  # of a DECIMAL
EPOCH = "DATE '1970-01-01'"


class NotArrow(ValueError):
    """A column of a type that FEEL's facts cannot have."""


class Stream(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class Bare:
    """A stream and nothing more: DuckDB will not read a relation of its own that belongs to another connection."""

    def __init__(self, source: Stream) -> None:
        self._source = source

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._source.__arrow_c_stream__(requested_schema)


# --- in --------------------------------------------------------------------------------------------------------------


def columns_of(
    source: Stream, *, wanted: Callable[[str], bool] = lambda path: True, missing: str = "unknown",
    memory: str = "2GB", threads: int = 2,
) -> dict[str, Vector]:  # fmt: skip
    """The stream's columns by path, a struct's fields by theirs (`申请人.年龄`); those not `wanted` are left out.

    `missing`: what a null of Arrow is, "unknown" or "null"; a float that is NaN is null. The stream is read once and
    whole. Raises NotArrow.
    """
    with duckdb.connect(config={"memory_limit": memory, "threads": threads}) as link:
        link.from_arrow(Bare(source)).create("facts")
        table = link.table("facts")
        found: dict[str, Vector] = {}
        for name, kind in zip(table.columns, table.types, strict=True):
            _read(link, name, quoted(name), kind, missing == "unknown", wanted, found)
        return found


def _read(
    link: Any, path: str, at: str, kind: Any, open_: bool, wanted: Callable[[str], bool], found: dict[str, Vector]
) -> None:
    if kind.id == "struct":
        for name, own in kind.children:
            _read(link, f"{path}.{name}", f"{at}.{quoted(name)}", own, open_, wanted, found)
        return
    if not wanted(path):
        return
    work = _READERS.get(kind.id)
    if work is None:
        raise NotArrow(f"“{path}”: {kind}")
    found[path] = work(_Column(link, at, kind, open_))


class _Column:
    """One column of the table that was read. `open`: its nulls are unknown."""

    def __init__(self, link: Any, at: str, kind: Any, open_: bool) -> None:
        self.link, self.at, self.kind, self.open = link, at, kind, open_

    def fetched(self, sql: str) -> tuple[Any, Flags | None]:
        """The values of an expression, and where it is null."""
        found = self.link.execute(f"SELECT {sql} AS found FROM facts").fetchnumpy()["found"]  # noqa: S608
        if not isinstance(found, np.ma.MaskedArray):
            return found, None
        mask = np.ma.getmaskarray(found)
        return found.filled(0) if found.dtype != object else found.data, mask if mask.any() else None

    def absent(self, flags: Flags | None) -> dict[str, Flags | None]:
        return {"unknown" if self.open else "null": flags}

    def coded(self, codes: Any, absent: Flags | None, values: tuple[Any, ...]) -> Coded:
        if absent is None:
            return Coded(codes, values)
        found: Codes = np.where(absent, len(values), codes).astype(np.int32)
        return Coded(found, (*values, Unknown(frozenset()) if self.open else None))


def _whole(column: _Column) -> Vector:
    data, absent = column.fetched(column.at)
    if column.kind.id == "bigint" and len(data) and (int(data.max()) > MOST or int(data.min()) < -MOST):
        return _wide(column)
    return Numbers(data, 0, **column.absent(absent))


def _wide(column: _Column) -> Vector:
    """Exact where it fits whole numbers of 62 bits at its scale; the other rows keep their own value."""
    scale = dict(column.kind.children)["scale"] if column.kind.id == "decimal" else 0
    if scale > MOST_SCALE:
        sql, scale = "NULL::BIGINT", 0
    else:
        sql = (
            f"TRY_CAST(TRY_CAST({column.at} AS DECIMAL(19, {scale})) * {10**scale}::DECIMAL({scale + 1}, 0) AS BIGINT)"
        )
    absent = np.asarray(column.fetched(f"({column.at} IS NULL)")[0], bool)
    data, beyond = column.fetched(sql)
    odd = np.abs(data.astype(np.float64)) > MOST * 0.99
    odd = (odd if beyond is None else odd | beyond) & ~absent
    return Numbers(np.where(odd, 0, data), scale, alone=odd if odd.any() else None, given=_own(column, odd),
                   **column.absent(absent if absent.any() else None))  # fmt: skip


def _own(column: _Column, rows: Flags) -> dict[int, Decimal]:
    """The values of some rows, by their number."""
    places = np.flatnonzero(rows)
    if not len(places):
        return {}
    texts = column.fetched(f"{column.at}::VARCHAR")[0]
    return {place: number(texts[place]) for place in places.tolist()}


def _floats(column: _Column) -> Vector:
    data, absent = column.fetched(f"{column.at}::DOUBLE")
    found = vector(data if absent is None else np.where(absent, np.nan, data))
    if absent is None or not column.open:
        return found
    assert isinstance(found, Numbers)
    nan = found.null & ~absent if found.null is not None else None
    return Numbers(found.data, found.scale, nan, absent, found.alone, found.given)


def _booleans(column: _Column) -> Vector:
    data, absent = column.fetched(column.at)
    return column.coded(data.astype(np.int8), absent, (False, True))


def _texts(column: _Column) -> Vector:
    distinct = f"SELECT DISTINCT {column.at}::VARCHAR AS v FROM facts WHERE v IS NOT NULL ORDER BY v"  # noqa: S608
    values = [value for (value,) in column.link.execute(distinct).fetchall()]
    if not values:
        return _nothing(column)
    column.link.execute("DROP TYPE IF EXISTS words")
    column.link.execute(f"CREATE TYPE words AS ENUM ({distinct})")
    codes, absent = column.fetched(f"enum_code({column.at}::words)::INTEGER")
    return column.coded(codes, absent, tuple(values))


def _days(column: _Column) -> Vector:
    data, absent = column.fetched(f"{column.at} - {EPOCH}")
    return Days(data.astype(np.int64), **column.absent(absent))


def _nothing(column: _Column) -> Vector:
    rows = len(column.fetched("1")[0])
    return column.coded(np.zeros(rows, np.int8), np.ones(rows, bool), ())


_READERS: dict[str, Callable[[_Column], Vector]] = {
    **dict.fromkeys(WHOLE, _whole), **dict.fromkeys(WIDE, _wide), "float": _floats, "double": _floats,
    "boolean": _booleans, "varchar": _texts, "enum": _texts, "date": _days, "null": _nothing,
}  # fmt: skip


# --- out -------------------------------------------------------------------------------------------------------------


def relation(columns: Mapping[str, Coded | Mixed], keys: Mapping[str, Any] = {}) -> Any:
    """A DuckDB relation, which any Arrow consumer reads by its `__arrow_c_stream__`: `keys` (arrays) as they are, and
    for each column its values and, as `…_needs`, the facts that a row still needs, null where its value is known.

    Values of one kind are DECIMAL, VARCHAR, BOOLEAN or DATE; of several kinds, lists and contexts, the text of each.
    """
    given: dict[str, Any] = {}
    link, parts = duckdb.connect(), [f"k{n} AS {quoted(name)}" for n, name in enumerate(keys)]
    found: dict[str, Any] = {f"k{n}": values for n, values in enumerate(keys.values())}
    for place, (name, column) in enumerate(columns.items()):
        found[f"c{place}"] = column.codes
        value, needs = _written(place, column, found, given)
        parts += [f"{value} AS {quoted(name)}", f"{needs} AS {quoted(f'{name}_needs')}"]
    link.execute(f"CREATE TABLE answers AS SELECT {', '.join(parts)} FROM found", given)  # noqa: S608
    return link.table("answers")


def _written(place: int, column: Coded | Mixed, found: dict[str, Any], given: dict[str, Any]) -> tuple[str, str]:
    """The SQL of a column's values and of what they need; its texts are put among what is `given`."""
    computed = column.computed if isinstance(column, Mixed) else ()
    known = [v for v in column.values if v is not None and not isinstance(v, Unknown | Computed)]
    kinds = {type(v) for v in known} | {Date if isinstance(one, Days) else Decimal for one in computed}
    kind = _type(kinds, known, computed)
    if computed and (kind == "VARCHAR" or any(isinstance(c, Numbers) and c.alone is not None for c in computed)):
        column, computed = coded(column), ()
        found[f"c{place}"] = column.codes
    given[f"v{place}"] = [_text(v, kind) for v in column.values]
    given[f"n{place}"] = [sorted(v.needs) if isinstance(v, Unknown) else None for v in column.values]
    at = f"c{place}::INTEGER + 1"
    sql = f"list_extract($v{place}::VARCHAR[], {at})"
    sql = f"({EPOCH} + {sql}::INTEGER)" if kind == "DATE" else f"{sql}::{kind}"
    for number_, one in enumerate(computed):
        found[f"d{place}_{number_}"] = one.data
        own = f"({EPOCH} + d{place}_{number_}::INTEGER)" if isinstance(one, Days) else (
            f"(d{place}_{number_}::DECIMAL(19, 0) * {_unit(one.scale)})::{kind}")  # fmt: skip
        codes = [code for code, v in enumerate(column.values) if isinstance(v, Computed) and v.place == number_]
        sql = f"CASE WHEN c{place} IN ({', '.join(map(str, codes))}) THEN {own} ELSE {sql} END"
    return sql, f"list_extract($n{place}::VARCHAR[][], {at})"


def _unit(scale: int) -> str:
    """10 to the power of -scale, as a DECIMAL that makes the product exact."""
    return f"{Decimal(1).scaleb(-scale):f}::DECIMAL({scale + 1}, {scale})"


def _type(kinds: set[type], known: list[Any], computed: tuple[Numbers | Days, ...]) -> str:
    if kinds == {bool}:
        return "BOOLEAN"
    if kinds == {Date}:
        return "DATE"
    if kinds == {Decimal}:
        plain = [EXACT.normalize(v).as_tuple() for v in known]
        scale = max([0, *(-int(v.exponent) for v in plain), *(c.scale for c in computed if isinstance(c, Numbers))])
        before = max([19 if computed else 1, *(len(v.digits) + int(v.exponent) for v in plain)])
        if before + scale <= DIGITS:
            return f"DECIMAL({DIGITS}, {scale})"
    return "VARCHAR"


def _text(value: Any, kind: str) -> str | None:
    if value is None or isinstance(value, Unknown | Computed):
        return None
    if kind == "DATE":
        return str(value.number)
    return value if isinstance(value, str) else said(value)
