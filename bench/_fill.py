"""Fill a prepared demonstration database with many cases quickly: invented ones, copied from a few real lives.

`to(count)` brings the database up to `count` cases. A few cases go through the engine, act by act, and end in different
states; every further case is a copy of one of them with ids, numbers, names, places, units and dates of its own,
written in bulk past the engine (rows of the case, its parties, its unit, its clocks and its decision; no events, files
or papers). About 85 % have ended. SQLite is written without fsync meanwhile; what is measured afterwards is not.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

BATCH = 5_000
UNITS, COUNTIES, TOWNS = 120, 12, 15
SHARES = {  # of the cases, by what has become of them
    "submitted": 4, "asked": 1, "accepted": 3, "checked": 3, "reviewed": 3, "granted": 1, "refused": 5, "delivered": 80,
}  # fmt: skip


class Place(NamedTuple):
    unit_id: UUID
    county: str


def units() -> list[Place]:
    """The invented units that the cases are spread over: the same at each call."""
    dice = random.Random(7)
    return [Place(UUID(int=dice.getrandbits(128)), f"9901{n % COUNTIES + 2:02d}") for n in range(UNITS)]


def to(count: int) -> None:
    """Bring the database up to this many cases (submitted ones, of the bench and others)."""
    from tongqu.kernel.cases.models import Case

    have = Case.objects.count()
    if have >= count:
        return
    began = time.perf_counter()
    Filler(_templates()).write(count - have)
    taken = time.perf_counter() - began
    print(f"filled {count - have:,} cases in {taken:.0f} s; the database now holds {size_mb():,.0f} MB", flush=True)


def size_mb() -> float:
    from django.db import connection

    if connection.vendor == "sqlite":
        files = [Path(str(connection.settings_dict["NAME"]) + end) for end in ("", "-wal")]
        return sum(file.stat().st_size for file in files if file.exists()) / 1e6
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return float(cursor.fetchone()[0]) / 1e6


class Table:
    """One model's columns, in the form its database keeps them in."""

    def __init__(self, model: Any) -> None:
        self.name = model._meta.db_table
        self.columns = [f.column for f in model._meta.concrete_fields if not f.generated]

    def rows(self, where: str, value: Any) -> list[dict[str, Any]]:
        from django.db import connection

        with connection.cursor() as cursor:
            columns = ", ".join(f'"{c}"' for c in self.columns)
            cursor.execute(f'SELECT {columns} FROM "{self.name}" WHERE {where} = %s', [_id(value)])
            return [dict(zip(self.columns, row, strict=True)) for row in cursor.fetchall()]


class Template(NamedTuple):
    """One life as rows, by table: the values, and at which positions which columns are each copy's own."""

    rows: dict[str, list[tuple[list[Any], list[tuple[int, str]]]]]
    is_open: bool


OWN = {
    "id", "case_id", "subject_id", "unit_id", "region_code", "applicant_id", "party_id", "applicant_name", "case_no",
    "receipt_no", "received_at", "updated_at", "touched_at", "created_at", "decided_at", "city", "county", "town",
    "changed_at",
}  # fmt: skip


class Filler:
    def __init__(self, templates: Sequence[tuple[Template, int]]) -> None:
        self.templates = [t for t, _ in templates]
        self.weights = [w for _, w in templates]
        self.dice = random.Random(11)
        self.places = units()
        self.place_weights = [1 / (n + 3) for n in range(len(self.places))]
        self.parties = [UUID(int=self.dice.getrandbits(128)) for _ in range(50_000)]
        self.tables = {t.name: t for t in _tables()}
        self.start = datetime(2026, 3, 2, 2, tzinfo=UTC)

    def write(self, count: int) -> None:
        from django.db import connection

        cases = self.cases(count)
        connection.ensure_connection()
        if connection.vendor == "sqlite":
            connection.cursor().execute("PRAGMA synchronous=OFF")
        try:
            while batch := list(islice(cases, BATCH)):
                for name in self.tables:
                    rows = [row for case in batch for row in case[name]]
                    (_insert if connection.vendor == "sqlite" else _copy)(self.tables[name], rows)
        finally:
            if connection.vendor == "sqlite":
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.cursor().execute("PRAGMA synchronous=FULL")
                connection.cursor().execute("ANALYZE")
                connection.close()
            else:
                connection.cursor().execute("VACUUM ANALYZE")

    def cases(self, count: int) -> Iterator[dict[str, list[list[Any]]]]:
        from tongqu.foundation.uuid7 import uuid7

        run = uuid7().hex[:10]
        for n in range(count):
            template = self.dice.choices(self.templates, self.weights)[0]
            yield self.one(template, uuid7(), f"B{run}{n:08d}", uuid7)

    def one(self, template: Template, case_id: UUID, number: str, uuid7: Any) -> dict[str, list[list[Any]]]:
        """One case's rows as tuples, by table."""
        dice = self.dice
        place = dice.choices(self.places, self.place_weights)[0]
        region = f"{place.county}{dice.randrange(1, TOWNS + 1):03d}{dice.randrange(1, 20):03d}"
        party = _id(self.parties[dice.randrange(len(self.parties))])
        moved = self.start - timedelta(minutes=dice.randrange(60 * 24 * 900))
        end = datetime(2026, 3, 2, 16, tzinfo=UTC) + timedelta(days=dice.randrange(-10, 50))
        name = f"{dice.choice(_FIRST)}{dice.choice(_LAST)}{dice.choice(_TRADES)}"
        own, at, due = _id(case_id), _at(moved), _at(end)
        changed = {
            "case_id": own, "subject_id": own, "unit_id": _id(place.unit_id), "region_code": region,
            "applicant_id": party, "party_id": party, "applicant_name": name, "case_no": number,
            "receipt_no": f"R{number}", "received_at": at, "updated_at": at, "touched_at": at, "created_at": at,
            "decided_at": at, "changed_at": at, "due_at": due,
            "city": region[:4], "county": region[:6], "town": region[:9],
        }  # fmt: skip
        found: dict[str, list[list[Any]]] = {}
        for table, rows in template.rows.items():
            found[table], case = [], table == "cases_case"
            for values, places in rows:
                copy = list(values)
                for position, column in places:
                    copy[position] = changed[column] if column != "id" else own if case else _id(uuid7())
                found[table].append(copy)
        return found


def _tables() -> list[Table]:
    from tongqu.kernel.cases.models import Case, CaseParty, CaseUnit, Decision
    from tongqu.kernel.law.models import Clock

    return [Table(model) for model in (Case, CaseParty, CaseUnit, Clock, Decision)]


def _templates() -> list[tuple[Template, int]]:
    """A few cases through the engine, one for each share."""
    from bench import _city

    world, found = _city.world(), []
    tables = _tables()
    for at, weight in SHARES.items():
        case_id = _city.brought_to(world, at)
        rows = {t.name: t.rows("id" if n == 0 else "subject_id" if t.name.endswith("clock") else "case_id", case_id)
                for n, t in enumerate(tables)}  # fmt: skip
        party = next(t.name for t in tables if t.name.endswith("caseparty"))
        rows[party] = rows[party][:1]
        is_open = bool(next(iter(rows[tables[2].name]))["is_open"])
        own = OWN | {"due_at"} if is_open else OWN
        cut = {
            name: [
                (list(row.values()), [(n, c) for n, c in enumerate(row) if c in own and row[c] is not None])
                for row in of_one
            ]
            for name, of_one in rows.items()
        }
        found.append((Template(cut, is_open), weight))
    return found


def _insert(table: Table, rows: list[list[Any]]) -> None:
    from django.db import connection, transaction

    columns, marks = ", ".join(f'"{c}"' for c in table.columns), ", ".join("?" * len(table.columns))
    with transaction.atomic():
        connection.connection.executemany(f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})', rows)


def _copy(table: Table, rows: list[list[Any]]) -> None:
    from django.db import connection, transaction
    from psycopg.types.json import Jsonb

    columns = ", ".join(f'"{c}"' for c in table.columns)
    with (
        transaction.atomic(),
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy,
    ):
        for row in rows:
            copy.write_row([Jsonb(v) if isinstance(v, (dict, list)) else v for v in row])


def _id(value: Any) -> Any:
    from django.db import connection

    if not isinstance(value, UUID):
        return value
    return value.hex if connection.vendor == "sqlite" else value


def _at(moment: datetime) -> Any:
    from django.db import connection

    return str(moment.replace(tzinfo=None)) if connection.vendor == "sqlite" else moment


_FIRST = ["清溪", "石桥", "槐荫", "南浦", "云栖", "金沙", "双塔", "柳林", "望江", "白鹤"]
_LAST = ["秋实", "顺和", "永丰", "小满", "听雨", "三味", "百川", "长乐", "万象", "春晓"]
_TRADES = ["小馆", "食府", "餐饮店", "茶楼", "面馆", "超市", "烘焙坊", "食堂"]

if __name__ == "__main__":
    from bench import _city

    _city.open_city()
    to(int(sys.argv[1]))
