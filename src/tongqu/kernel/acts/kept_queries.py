"""A query of the ORM that is compiled once a thread and asked again with other values.

For reads that join and lie on the way of each request; one table alone is `statements.fetch`.

    def _rows(account: Param, day: Param) -> QuerySet[Appointment]:
        return Appointment.objects.filter(account_id=account, valid_from__lte=day).select_related("post")

    APPOINTMENTS = Kept(_rows, account=UUIDField(), day=DateField())
    APPOINTMENTS(account=…, day=…)      # instances, or tuples where the query ends in values_list()

A parameter stands where the value would; nothing of the query may depend on what it is, and none may be null. What else
the query says (a manager's filter, a setting) is as it was at the first call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, QuerySet, Value
from django.db.models.query import get_related_populators


class Param(Value):
    """The place of a value; of several with one name, for an `__in`, the place of the nth."""

    def __init__(self, name: str, field: Field[Any, Any], place: int = 0) -> None:
        super().__init__((name, place), output_field=field)
        self.name, self.place = name, place

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]

    def prepared(self, given: Any, connection: BaseDatabaseWrapper) -> Any:
        return self.output_field.get_db_prep_value(given, connection)


class Several:
    """For `__in`: up to so many values."""

    def __init__(self, field: Field[Any, Any], most: int) -> None:
        self.field, self.most = field, most

    def filled(self, given: Sequence[Any]) -> Sequence[Any]:
        """As many as there are marks: the last is asked for again. Raises ValueError for too many, or none."""
        if not 0 < len(given) <= self.most:
            raise ValueError(f"1 to {self.most} values, not {len(given)}")
        return [*given, *[given[-1]] * (self.most - len(given))]


class Kept:
    """The query that `build` makes of its parameters; called with their values it answers a list. One query."""

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], **fields: Field[Any, Any] | Several) -> None:
        self._build, self._fields = build, fields
        self._local = threading.local()  # what is compiled belongs to a connection, and each thread has its own

    def __call__(self, **given: Any) -> list[Any]:
        connection = connections[DEFAULT_DB_ALIAS]
        compiled = self._compiled(connection)
        known = {
            name: field.filled(given[name]) if isinstance(field, Several) else (given[name],)
            for name, field in self._fields.items()
        }
        marks = [
            one.prepared(known[one.name][one.place], connection) if isinstance(one, Param) else one
            for one in compiled.marks
        ]
        with connection.cursor() as cursor:
            cursor.execute(compiled.statement, marks)
            rows = [list(row) for row in cursor.fetchall()]
        return compiled.read(rows, connection)

    def _compiled(self, connection: BaseDatabaseWrapper) -> _Compiled:
        known: dict[str, _Compiled] = self._local.__dict__.setdefault("known", {})
        if connection.vendor not in known:
            params = {name: _params(name, field) for name, field in self._fields.items()}
            known[connection.vendor] = _Compiled(self._build(**params), connection)
        return known[connection.vendor]


def _params(name: str, field: Field[Any, Any] | Several) -> Param | list[Param]:
    if isinstance(field, Several):
        return [Param(name, field.field, place) for place in range(field.most)]
    return Param(name, field)


class _Compiled:
    def __init__(self, query: QuerySet[Any, Any], connection: BaseDatabaseWrapper) -> None:
        compiler = query.query.get_compiler(connection=connection)
        self.statement, self.marks = compiler.as_sql()
        columns = [one[0] for one in compiler.select]
        converters = compiler.get_converters(columns)
        self._converters = [(place, *converters[place]) for place in converters]
        self._whole = compiler.klass_info if query._fields is None else None  # type: ignore[attr-defined]
        if self._whole:
            places = self._whole["select_fields"]
            self._model, self._places = self._whole["model"], (places[0], places[-1] + 1)
            self._names = [column.target.attname for column in columns[places[0] : places[-1] + 1]]
            self._related = get_related_populators(self._whole, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]

    def read(self, rows: list[list[Any]], connection: BaseDatabaseWrapper) -> list[Any]:
        for place, converters, column in self._converters:
            for row in rows:
                for convert in converters:
                    row[place] = convert(row[place], column, connection)
        return [self._instance(row) for row in rows] if self._whole else [tuple(row) for row in rows]

    def _instance(self, row: list[Any]) -> Any:
        first, last = self._places
        found = self._model.from_db(DEFAULT_DB_ALIAS, self._names, row[first:last])
        for related in self._related:
            related.populate(row, found)
        return found
