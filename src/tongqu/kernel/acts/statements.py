"""Rows of one table by the values of their columns, fetched, added, changed: each statement is written once a process.

The ORM builds and compiles a statement anew at each call, which takes several times as long as the row itself. These
are for the acts and pages that people wait for; whatever joins, groups or negates stays with the ORM.

    case = fetch_one(Case, lock=True, tenant_id=…, id=…)
    clocks = fetch(Clock, order=("started_at", "id"), subject_kind="case", subject_id=…, ended_at=None)
    changed = change(Case, {"state": "received"}, id=…, version=3)

A condition is the name of a field, alone (equal; None: is null) or with `__lt`, `__lte`, `__gt`, `__gte`, `__in`. A row
given for a foreign key is found again on the rows fetched, as the ORM does it. What comes back are ordinary instances.
No manager adds a filter of its own: whose rows are meant is said here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Model

M = TypeVar("M", bound=Model)
Condition = tuple[str, int]  # a name as given, and how many marks its value takes; none: is null
_COMPARED = {"": "=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_ONE_NULL, _ONE_VALUE = 0, 1


def fetch(
    model: type[M], *, order: tuple[str, ...] = (), most: int | None = None, lock: bool = False, **wanted: Any
) -> list[M]:
    """Every row of which this is true, at `most` so many. `order`: names, "-" before one for the latest first.

    `lock`: held to the end of the transaction. One query. Raises LookupError for a name that is no field.
    """
    names = _attnames(model)
    found = _selected(model, names, order, most, lock, wanted)
    known = {name: value for name, value in wanted.items() if isinstance(value, Model)}
    rows = [model.from_db(DEFAULT_DB_ALIAS, names, values) for values in found]
    for name, value in known.items():
        for row in rows:
            setattr(row, name, value)
    return rows


def fetch_one(model: type[M], *, order: tuple[str, ...] = (), lock: bool = False, **wanted: Any) -> M | None:
    """The row, or the first in this order, or None. One query."""
    return next(iter(fetch(model, order=order, most=1, lock=lock, **wanted)), None)


def fetch_values(
    model: type[Model], names: tuple[str, ...], *, order: tuple[str, ...] = (), most: int | None = None, **wanted: Any
) -> list[tuple[Any, ...]]:
    """These columns alone of such rows. One query."""
    return [tuple(row) for row in _selected(model, names, order, most, False, wanted)]


def change(model: type[Model], changes: Mapping[str, Any], **wanted: Any) -> int:
    """Write these values into every such row; returns how many there were. One query. Raises IntegrityError."""
    fields, connection = _fields(model), _connection()
    statement = _update(model, connection.vendor, tuple(changes), _shape(wanted))
    given = [_saved(fields[name], value, connection) for name, value in changes.items()]
    with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS), connection.cursor() as cursor:
        cursor.execute(statement, given + _given(model, wanted, connection))
        return int(cursor.rowcount)


def remove(model: type[Model], **wanted: Any) -> int:
    """Delete every such row, and nothing that hangs on it; returns how many there were. One query. Raises
    IntegrityError."""
    connection = _connection()
    statement = _delete(model, connection.vendor, _shape(wanted))
    with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS), connection.cursor() as cursor:
        cursor.execute(statement, _given(model, wanted, connection))
        return int(cursor.rowcount)


def add(rows: Sequence[Model]) -> None:
    """Insert a few new rows of one model, keys set, in one query. Raises IntegrityError."""
    if not rows:
        return
    model, connection = type(rows[0]), _connection()
    fields = written(model)
    given = [_saved(field, field.pre_save(row, True), connection) for row in rows for field in fields]
    with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS), connection.cursor() as cursor:
        cursor.execute(_insert(model, connection.vendor, len(rows)), given)
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def add_if_new(row: Model) -> bool:
    """Insert it unless a row with one of its unique keys is there; whether it was inserted. One query, no savepoint.

    On PostgreSQL it waits for another transaction that is inserting the same.
    """
    model, connection = type(row), _connection()
    given = [_saved(field, field.pre_save(row, True), connection) for field in written(model)]
    with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS), connection.cursor() as cursor:
        cursor.execute(f"{_insert(model, connection.vendor, 1)} ON CONFLICT DO NOTHING", given)
        inserted = bool(cursor.rowcount)
    if inserted:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return inserted


_AS_IT_IS: Mapping[type, type] = {
    models.CharField: str,
    models.TextField: str,
    models.BooleanField: bool,
    models.PositiveIntegerField: int,
    models.PositiveSmallIntegerField: int,
}


def _saved(field: Field[Any, Any], value: Any, connection: BaseDatabaseWrapper) -> Any:
    """What the driver takes for a value. Most are that already: the field is not asked."""
    if value is None or _AS_IT_IS.get(type(field)) is type(value):
        return value
    return field.get_db_prep_save(value, connection)


def _connection() -> BaseDatabaseWrapper:
    """This thread's own: what Django gives everybody looks it up anew at each word."""
    return connections[DEFAULT_DB_ALIAS]


# --- the statements --------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _select(
    model: type[Model], vendor: str, names: tuple[str, ...], shape: tuple[Condition, ...], order: tuple[str, ...],
    most: int | None, lock: bool,
) -> str:  # fmt: skip
    columns = ", ".join(_column(model, name) for name in names)
    sorting = ", ".join(f"{_column(model, name.lstrip('-'))}{' DESC' * name.startswith('-')}" for name in order)
    parts = [f"SELECT {columns} FROM {_quote(model._meta.db_table)}{_where(model, shape)}"]  # noqa: S608
    if sorting:
        parts.append(f"ORDER BY {sorting}")
    if most is not None:
        parts.append(f"LIMIT {most}")
    if lock and _connection().features.has_select_for_update:
        parts.append("FOR UPDATE")
    return " ".join(parts)


@lru_cache(maxsize=1024)
def _update(model: type[Model], vendor: str, names: tuple[str, ...], shape: tuple[Condition, ...]) -> str:
    changes = ", ".join(f"{_column(model, name)} = %s" for name in names)
    return f"UPDATE {_quote(model._meta.db_table)} SET {changes}{_where(model, shape)}"  # noqa: S608  # the model's names


@lru_cache(maxsize=1024)
def _delete(model: type[Model], vendor: str, shape: tuple[Condition, ...]) -> str:
    return f"DELETE FROM {_quote(model._meta.db_table)}{_where(model, shape)}"  # noqa: S608  # the model's names


@lru_cache(maxsize=1024)
def _insert(model: type[Model], vendor: str, count: int) -> str:
    fields = written(model)
    columns = ", ".join(_quote(str(field.column)) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    return f"INSERT INTO {_quote(model._meta.db_table)} ({columns}) VALUES {', '.join([row] * count)}"  # noqa: S608


def _where(model: type[Model], shape: tuple[Condition, ...]) -> str:
    if not shape:
        raise LookupError(f"which rows of {model.__name__}?")
    return " WHERE " + " AND ".join(_condition(model, *one) for one in shape)


def _condition(model: type[Model], name: str, marks: int) -> str:
    plain, _sep, how = name.partition("__")
    column = _column(model, plain)
    if how == "in":
        return f"{column} IN ({', '.join(['%s'] * marks)})" if marks else "1 = 0"
    if how and not marks:
        raise LookupError(f"{name}: nothing is before or after null")
    return f"{column} {_COMPARED[how]} %s" if marks else f"{column} IS NULL"


def _shape(wanted: Mapping[str, Any]) -> tuple[Condition, ...]:
    return tuple(
        (name, len(value) if name.endswith("__in") else _ONE_NULL if value is None else _ONE_VALUE)
        for name, value in wanted.items()
    )


def _given(model: type[Model], wanted: Mapping[str, Any], connection: BaseDatabaseWrapper) -> list[Any]:
    fields, found = _fields(model), []
    for name, value in wanted.items():
        field = fields[name.partition("__")[0]]
        several: Collection[Any] = value if name.endswith("__in") else () if value is None else (value,)
        found += [field.get_db_prep_value(one.pk if isinstance(one, Model) else one, connection) for one in several]
    return found


def _column(model: type[Model], name: str) -> str:
    return _quote(str(_fields(model)[name].column))


def _quote(name: str) -> str:
    return str(_connection().ops.quote_name(name))


@lru_cache(maxsize=512)
def _fields(model: type[Model]) -> Mapping[str, Field[Any, Any]]:
    """By name and by the name of the column's own attribute (`case`, `case_id`)."""
    fields = model._meta.concrete_fields
    return {field.name: field for field in fields} | {field.attname: field for field in fields}


@lru_cache(maxsize=512)
def written(model: type[Model]) -> tuple[Field[Any, Any], ...]:
    """The fields that an INSERT names: all but those that the database works out."""
    return tuple(field for field in model._meta.concrete_fields if not field.generated)


@lru_cache(maxsize=512)
def _attnames(model: type[Model]) -> tuple[str, ...]:
    return tuple(field.attname for field in model._meta.concrete_fields)


# --- what comes back -------------------------------------------------------------------------------------------------

Converter = Callable[[Any, Any, Any], Any]
_local = threading.local()  # converters belong to a connection, and each thread has its own


def _selected(
    model: type[Model], names: tuple[str, ...], order: tuple[str, ...], most: int | None, lock: bool,
    wanted: Mapping[str, Any],
) -> list[list[Any]]:  # fmt: skip
    connection = _connection()
    if lock and not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a row is locked inside a transaction only")
    statement = _select(model, connection.vendor, names, _shape(wanted), order, most, lock)
    with connection.cursor() as cursor:
        cursor.execute(statement, _given(model, wanted, connection))
        rows = [list(row) for row in cursor.fetchall()]
    for place, column, converters in _converters(model, names, connection):
        for row in rows:
            for convert in converters:
                row[place] = convert(row[place], column, connection)
    return rows


def _converters(
    model: type[Model], names: tuple[str, ...], connection: BaseDatabaseWrapper
) -> list[tuple[int, Any, list[Converter]]]:
    """(place in the row, expression, converters) of each column that the database does not give as Python has it."""
    known: dict[Any, Any] = _local.__dict__.setdefault("known", {})
    key = (model, connection.vendor, names)
    if key not in known:
        table, fields = model._meta.db_table, _fields(model)
        columns = [(place, fields[name].get_col(table)) for place, name in enumerate(names)]
        known[key] = [
            (place, column, found)
            for place, column in columns
            if (found := [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)])
        ]
    return known[key]  # type: ignore[no-any-return]
