"""Counting database queries, and the checked baseline of what each page and endpoint may use.

    with count_queries() as count:
        client.get("/law/rules/L7")
    assert count <= 3, count

    def test_page(visit, client):
        visit(client, "/law/rules/L7")          # counted, and compared with tests/baseline/queries.json

Sessions, the signed-in account and the words around a transaction are not counted. A page that uses more than its
baseline, or has none, fails; `./tq test --update-baseline` writes what was measured, and the diff is then reviewed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

BASELINE = Path(__file__).resolve().parents[1] / "baseline" / "queries.json"
_AROUND = re.compile(r"^\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA|SET )", re.IGNORECASE)
_TABLES = re.compile(r'\b(?:FROM|JOIN|INTO|UPDATE)\s+"?(\w+)"?', re.IGNORECASE)
_NOT_COUNTED = {"django_session", "identity_account"}


@dataclass(slots=True)
class Count:
    """The statements that counted. Compares like a number and prints them all."""

    statements: list[str] = field(default_factory=list)

    def __int__(self) -> int:
        return len(self.statements)

    def __le__(self, most: int) -> bool:
        return len(self.statements) <= most

    def __eq__(self, other: object) -> bool:
        return len(self.statements) == other

    def __str__(self) -> str:
        lines = [f"  {n}. {' '.join(s.split())[:240]}" for n, s in enumerate(self.statements, 1)]
        return "\n".join([f"{len(self.statements)} queries", *lines])


def counts(sql: str) -> bool:
    """Whether a statement is one of ours to count."""
    if _AROUND.match(sql):
        return False
    tables = set(_TABLES.findall(sql))
    return not tables or not tables <= _NOT_COUNTED


@contextmanager
def count_queries() -> Iterator[Count]:
    """Count the statements that run inside, on the default database."""
    count = Count()

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if counts(sql):
            count.statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield count


class Baseline:
    """The baseline file, read once; what was measured is kept and written at the end when that is asked for."""

    def __init__(self, path: Path = BASELINE, *, update: bool = False) -> None:
        self.path, self.update = path, update
        self.known: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
        self.measured: dict[str, int] = {}

    def check(self, name: str, count: Count) -> None:
        """Fail the test when `name` used more queries than its baseline, or has none."""
        used = int(count)
        self.measured[name] = max(used, self.measured.get(name, 0))
        if self.update:
            return
        if name not in self.known:
            pytest.fail(f"{name} has no query baseline; ./tq test --update-baseline writes it.\n{count}", pytrace=False)
        if used > self.known[name]:
            pytest.fail(f"{name} may use {self.known[name]} queries but used {count}", pytrace=False)

    def write(self) -> None:
        """Rewrite the file with what was measured; names not measured in this run stay."""
        if not self.update or not self.measured:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        merged = {**self.known, **self.measured}
        self.path.write_text(json.dumps(dict(sorted(merged.items())), indent=1, ensure_ascii=False) + "\n")


@dataclass(slots=True)
class Visit:
    """Make a request with a Django test client, count its queries and hold them against the baseline.

    The name in the baseline is the method and the route (`GET /law/rules/<str:rule_id>`), with `label` after it when
    one route has several faces (who asks, which state).
    """

    baseline: Baseline

    def __call__(
        self, client: Any, path: str, data: Any = None, *, method: str = "get", label: str = "", status: int = 200,
        **more: Any,
    ) -> Any:  # fmt: skip
        with count_queries() as count:
            response = getattr(client, method)(path, data, **more)
        assert response.status_code == status, f"{method.upper()} {path} answered {response.status_code}"
        match = response.resolver_match
        route = "/" + match.route if match else path
        self.baseline.check(" ".join(part for part in (method.upper(), route, label) if part), count)
        return response
