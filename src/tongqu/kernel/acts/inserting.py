"""Many rows of one table at once: COPY on PostgreSQL, one prepared statement on SQLite.

One statement with a mark for each value costs more than the rows themselves, once there are many.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from tongqu.kernel.acts import statements

FEW = 20  # up to so many rows one INSERT is as quick
BATCH = 5_000


def insert_rows(rows: Sequence[Model]) -> None:
    """Insert new rows of one model, keys set, as `bulk_create` does. Raises IntegrityError as that does."""
    if not rows:
        return
    model = type(rows[0])
    if len(rows) <= FEW:
        statements.add(rows)
        return
    fields = statements.written(model)
    insert(
        model,
        [field.name for field in fields],
        ([f.get_db_prep_save(f.pre_save(row, True), connection) for f in fields] for row in rows),
    )
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def insert(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert `rows`, whose values are as the driver takes them; a UUID may be 32 hex digits, a date ISO text.

    All of them or none: whoever goes on after the error goes on with nothing of it. Raises IntegrityError.
    """
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    fields = {field.name: str(field.column) for field in model._meta.concrete_fields}
    names = ", ".join(quote(fields[name]) for name in columns)
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Django wraps the errors of execute() but not those of copy().
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(columns))
            statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608  # names come from the model
            for block in _blocks(rows):
                cursor.executemany(statement, block)


def _blocks(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    waiting = iter(rows)
    while block := list(islice(waiting, BATCH)):
        yield block
