"""One situation: the answers that count, the facts of the case, and what the package's tables make of them.

What tables look at is three-valued. A field that is shown, must be answered and is not, is unknown; one that hangs on
such a field is, too. What the form does not ask here, or leaves open to the applicant, is null, of a list: empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from tongqu.foundation.conditions import Condition, holds, names_in, typed
from tongqu.foundation.feel.values import Unknown, unknown
from tongqu.kernel.packages.names import CASE_FACTS, values_of
from tongqu.kernel.packages.package import Package
from tongqu.kernel.packages.rules.fields import effective, field_kinds_of, fields_of, is_needed, kinds_of
from tongqu.kernel.packages.tables import Decided, Deciding, PackageTables, read_all

Values = Mapping[str, Any]
When = Condition | list[Condition] | None

_TABLES: dict[str, PackageTables] = {}  # by the package's hash


def tables_of(package: Package) -> PackageTables:
    """The package's tables, compiled; worked out once for each version."""
    found = _TABLES.get(package.hash)
    if found is None:
        if len(_TABLES) > 200:
            _TABLES.clear()
        content = package.content.get("tables") or {}
        found = _TABLES[package.hash] = read_all(content, kinds_of(package), values_of(package.form))
    return found


class Situation(Mapping[str, Any]):
    """Stored values by name: fields, derived values, facts of the case, and results of tables, each of those worked
    out when it is first asked for. Iterating gives the first three alone."""

    def __init__(self, package: Package, values: Values, facts: Mapping[str, str] | None = None) -> None:
        self.package = package
        self._plain = effective(package, values, facts)
        self.tables = tables_of(package)
        self._kinds = {**kinds_of(package), **self.tables.kinds}
        self._values, self._facts = values, facts

    @classmethod
    def of(cls, package: Package, values: Values, facts: Mapping[str, str] | None = None) -> Situation:
        """The values themselves where they are a situation already, so that a table is worked out once for all."""
        return values if isinstance(values, cls) else cls(package, values, facts)

    @cached_property
    def _deciding(self) -> Deciding:
        return Deciding(self.tables, facts_of(self.package, self._values, self._facts, plain=self._plain))

    def __getitem__(self, name: str) -> Any:
        if name in self._plain:
            return self._plain[name]
        if name not in self.tables.given:
            raise KeyError(name)
        value = self._deciding.stored(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._plain)

    def __len__(self) -> int:
        return len(self._plain)

    def holds(self, when: When) -> bool:
        """Whether a condition, or each of several, holds for certain. None: always."""
        if isinstance(when, list | tuple):
            return all(self.holds(one) for one in when)
        if when is None or "feel" not in when:
            return holds(when, self, self._kinds)
        return holds(when, _Open(self), self._kinds)

    def decided(self, table: str) -> Decided:
        """What one table came to. Raises KeyError."""
        return self._deciding.decided(table)

    def decisions(self) -> list[Decided]:
        """What each table came to, in the order of their names."""
        return [self.decided(name) for name in self.tables.by_name]

    def result(self, name: str) -> Any:
        """A table's output as FEEL has it, or Unknown. Raises KeyError."""
        return self._deciding.result(name)


class _Open(Mapping[str, Any]):
    """The situation as expressions see it: an open result is unknown, so that `not(…)` of it is not true either."""

    def __init__(self, situation: Situation) -> None:
        self._situation = situation

    def __getitem__(self, name: str) -> Any:
        given = self._situation.tables.given
        if name in given and type(found := self._situation.result(name)) is Unknown:
            return found
        return self._situation[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._situation)

    def __len__(self) -> int:
        return len(self._situation)


# --- what tables look at ---------------------------------------------------------------------------------------------


def facts_of(
    package: Package, values: Values, facts: Mapping[str, str] | None = None, *, plain: Values | None = None
) -> dict[str, Any]:
    """{name: FEEL value or Unknown} of every field, derived value and fact of the case. `plain`: what `effective` makes
    of the same, where it is known already."""
    kinds, known = kinds_of(package), dict[str, Any]()
    seen: dict[str, Any] = {}
    for field in fields_of(package.form):
        name = field["name"]
        if holds(field.get("show"), seen, field_kinds_of(package)):
            seen[name] = values.get(name)
            owed = "prefill" in field or is_needed(field, seen, package)
            known[name] = _given(seen[name], kinds[name], Unknown(frozenset([name])) if owed else None)
        else:
            known[name] = _unsettled(field.get("show"), known, kinds) or _nothing(kinds[name])
    for name in CASE_FACTS:
        known[name] = _given((facts or {}).get(name), kinds[name], Unknown(frozenset([name])))
    plain = effective(package, values, facts) if plain is None else plain
    for rule in package.form.get("derived", ()):
        known[rule["name"]] = _derived(rule, known, plain, kinds)
    return known


def _given(value: Any, kind: str, otherwise: Unknown | None) -> Any:
    if value is None or value == "" or value == []:
        return otherwise or _nothing(kind)
    found = typed(value, kind)
    return _nothing(kind) if found is None else found


def _nothing(kind: str) -> Any:
    return [] if kind == "list" else None


def _derived(rule: Mapping[str, Any], known: Mapping[str, Any], plain: Values, kinds: Mapping[str, str]) -> Any:
    if "union" in rule:
        parts = [known[name] for name in rule["union"]]
        return unknown(parts) or list(dict.fromkeys(one for part in parts for one in part))
    for case in rule["cases"]:
        if holds(case.get("when"), plain, kinds):
            return known[case["from"]] if "from" in case else _given(case["value"], kinds[rule["name"]], None)
        if open_ := _unsettled(case.get("when"), known, kinds):
            return open_
    return _nothing(kinds[rule["name"]])


def _unsettled(when: When, known: Mapping[str, Any], kinds: Mapping[str, str]) -> Unknown | None:
    """What a condition that does not hold still waits for."""
    conditions = when if isinstance(when, list | tuple) else [when] if when is not None else []
    names = (name for one in conditions for name in names_in(one, kinds))
    return unknown(known.get(name) for name in names)
