"""Many rows at once: COPY on PostgreSQL, one prepared statement on SQLite. Only the region import needs it.

The ORM writes about 20,000 rows a second; the national tree is 1.3 million.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.db import connection
from django.db.models import Model

from tongqu.foundation.uuid7 import uuid7

Value = str | int | None
BATCH = 5_000


def ids(count: int) -> list[str]:
    """That many new UUIDv7s in order, as 32 hex digits: one made properly, the others counted on from it."""
    first = uuid7().int & ~0xFFFFFFFF  # room to count without touching the bits above
    return [f"{first + n:032x}" for n in range(count)]


def insert(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """Insert `rows`, whose values are as the database stores them: a UUID as 32 hex digits, a date as ISO text.

    Strings may not hold control characters (the caller has checked).
    """
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    fields = {field.name: str(field.column) for field in model._meta.concrete_fields}
    names = ", ".join(quote(fields[name]) for name in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Django wraps the errors of execute() but not those of copy().
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for block in _blocks(rows):
                    copy.write("".join(map(_line, block)))
        else:
            marks = ", ".join(["%s"] * len(columns))
            statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608  # names come from the model
            for block in _blocks(rows):
                cursor.executemany(statement, block)


def _blocks(rows: Iterable[Sequence[Value]]) -> Iterator[list[Sequence[Value]]]:
    waiting = iter(rows)
    while block := list(islice(waiting, BATCH)):
        yield block


def _line(row: Sequence[Value]) -> str:
    return "\t".join(["\\N" if v is None else str(v).replace("\\", "\\\\") for v in row]) + "\n"
