"""What is wrong with a decision table before anybody uses it: gaps, overlaps, rules that never fire, wrong types.

Each input's column is cut into segments on which all its cells agree (`analysis.py`); a rule is a box of segments, and
the checks are about boxes. A cell that is no plain value or interval cannot be judged so: it is named instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.analysis import Choices, Column, Segments, Simple, column, constant, simple
from tongqu.foundation.dmn.item_types import Types
from tongqu.foundation.feel.diagnostics import FeelError
from tongqu.foundation.feel.functions import BUILTINS
from tongqu.foundation.feel.functions.conversion import said
from tongqu.foundation.feel.nodes import Node, free_names
from tongqu.foundation.feel.reading import read_expression, read_tests
from tongqu.foundation.feel.temporal import Date
from tongqu.foundation.feel.types import ANY, Type, conforms
from tongqu.foundation.feel.values import Range, kind

MOST_FOUND = 50
MOST_STEPS = 200_000  # of the search for gaps, and again of that for rules that never fire
Cells = tuple[tuple[int, int], ...]  # (rule, column), from 1; rule 0: the head of the column


@dataclass(frozen=True, slots=True)
class Finding:
    """`code`: gap, overlap, unreachable, type, unreadable, unknown-name, never, unchecked.

    `severity`: error or warning.
    """

    code: str
    severity: str
    cells: Cells
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} {self.en}"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an input's column on which the same rules hold; of an ordered one, the segment with this number."""

    mask: int
    zh: str = ""
    en: str = ""
    segment: int = -1


def check_table(
    table: m.Table, names: Sequence[str] = (), *, types: Types | None = None, members: Sequence[str] = ()
) -> list[Finding]:
    """All findings, errors first. `names`: what its expressions may use."""
    check = _Check(table, names, types or Types(m.Definitions("", "")), members)
    found = [*check.cells(), *check.never(), *check.overlaps(), *check.unreachable(), *check.gaps()]
    return sorted(found, key=lambda one: one.severity != "error")[: 4 * MOST_FOUND]


class _TooLarge(Exception):
    """The search for cases without a rule has used up its steps."""


class _Check:
    def __init__(self, table: m.Table, names: Sequence[str], types: Types, members: Sequence[str]) -> None:
        self.table, self.names, self.types, self.members = table, tuple(names), types, tuple(members)
        self.known = {*self.names, *BUILTINS, "?"}
        self.tests: list[list[Node | None]] = []  # by input, then by rule
        self.results: list[list[Node | None]] = [[None] * len(table.rules) for _output in table.outputs]
        self.simple: list[list[Simple | None]] = []  # by input, then by rule
        self.unreadable: list[Finding] = []
        for n in range(len(table.inputs)):
            self.tests.append([None] * len(table.rules))
            self.simple.append([self._simple(r, n) for r in range(len(table.rules))])
        self.columns = [self._column(n) for n in range(len(table.inputs))]
        self.allowed = [self._allowed(i.values) for i in table.inputs]
        self.parts = [self._parts(n) for n in range(len(table.inputs))]

    def _simple(self, rule: int, n: int) -> Simple | None:
        try:
            tests = read_tests(self.table.rules[rule].tests[n], self.names, members=self.members, types=self.types)
            self.tests[n][rule] = tests
            return simple(tests)
        except FeelError as error:
            zh, en = error.problem.zh, error.problem.en
            self.unreadable.append(self._at("unreadable", "error", [(rule + 1, n + 1)], zh, en))
            return None

    def _column(self, n: int) -> Column | None:
        """With the cells that are not simple left out of its cuts."""
        return column([cell for cell in self.simple[n] if cell is not None])

    def _allowed(self, text: str) -> list[Any] | None:
        """The single values that an input may have; None where any."""
        if not text.strip():
            return None
        try:
            known, values = constant(read_expression(f"[{text}]"))
        except FeelError:
            return None
        return values if known and not any(isinstance(v, Range) for v in values) else None

    def _at(self, code: str, severity: str, cells: Sequence[tuple[int, int]], zh: str, en: str) -> Finding:
        where = "、".join(f"第{r}条第{c}列" if r else f"第{c}列" for r, c in cells[:6])
        place = ", ".join(f"rule {r} column {c}" if r else f"column {c}" for r, c in cells[:6])
        return Finding(
            code, severity, tuple(cells), f"{where}：{zh}" if where else zh, f"{place}: {en}" if place else en
        )

    # --- single cells -----------------------------------------------------------------------------------------------

    def cells(self) -> Iterator[Finding]:
        """Cells that cannot be read, are of the wrong type, or cannot be judged."""
        yield from self.unreadable
        for n, one in enumerate(self.table.inputs):
            yield from self._typed(n, self.types(one.type_ref) if one.type_ref else ANY)
        yield from self._outputs()
        yield from self._strange()
        opaque = [
            (r + 1, n + 1) for n, cells in enumerate(self.simple) for r, cell in enumerate(cells)
            if cell is None and not any((r + 1, n + 1) in f.cells for f in self.unreadable)
        ]  # fmt: skip
        if opaque:
            yield self._at("unchecked", "warning", opaque, "这些格是算式，不检查重叠和遗漏",
                           "expressions: overlaps and gaps are not checked for them")  # fmt: skip

    def _strange(self) -> Iterator[Finding]:
        """Cells with a name that neither an input nor anything known has: most often a word without its marks. It may
        be a dated parameter's."""
        if not self.names:
            return
        first = len(self.table.inputs) + 1
        for r, rule in enumerate(self.table.rules):
            nodes = [(n + 1, self.tests[n][r]) for n in range(first - 1)]
            nodes += [(first + c, self.results[c][r]) for c in range(len(rule.outputs))]
            for column_, node in nodes:
                for name in sorted(free_names(node) - self.known) if node is not None else ():
                    yield self._at(
                        "unknown-name", "warning", [(r + 1, column_)],
                        f"不认识的名字“{name}”：是文字就加引号，是带日期的数值就不用管",
                        f"unknown name “{name}”: put a text in quotation marks; a dated parameter is fine",
                    )  # fmt: skip

    def _typed(self, n: int, wanted: Type | None) -> Iterator[Finding]:
        if wanted is None:
            ref = self.table.inputs[n].type_ref
            yield self._at("type", "error", [(0, n + 1)], f"不认识的类型“{ref}”", f"unknown type “{ref}”")
            return
        kinds: dict[str, list[tuple[int, int]]] = {}
        for r, cell in enumerate(self.simple[n]):
            for value in _constants(cell):
                if wanted != ANY and not conforms(value, wanted, limited=False):
                    yield self._at("type", "error", [(r + 1, n + 1)], f"{said(value)}不是{wanted}类型",
                                   f"{said(value)} is no {wanted}")  # fmt: skip
                kinds.setdefault(kind(value), []).append((r + 1, n + 1))
        if wanted == ANY and len(kinds) > 1:
            fewest = min(kinds.values(), key=len)
            yield self._at(
                "type", "error", fewest, "和同一列其他格的类型不一样", "of another type than the rest of the column"
            )

    def _outputs(self) -> Iterator[Finding]:
        first = len(self.table.inputs) + 1
        for c, output in enumerate(self.table.outputs):
            wanted = self.types(output.type_ref) if output.type_ref else ANY
            allowed = self._allowed(output.values)
            for r, rule in enumerate(self.table.rules):
                yield from self._output(rule.outputs[c], (r + 1, first + c), wanted or ANY, allowed)

    def _output(self, text: str, cell: tuple[int, int], wanted: Type, allowed: list[Any] | None) -> Iterator[Finding]:
        if not text.strip():
            return
        try:
            node = read_expression(text, self.names, members=self.members, types=self.types)
        except FeelError as error:
            yield self._at("unreadable", "error", [cell], error.problem.zh, error.problem.en)
            return
        rule, column_ = cell
        self.results[column_ - len(self.table.inputs) - 1][rule - 1] = node
        known, value = constant(node)
        if not known or value is None:
            return
        if not conforms(value, wanted, limited=False):
            yield self._at("type", "error", [cell], f"{said(value)}不是{wanted}类型", f"{said(value)} is no {wanted}")
        elif allowed is not None and value not in allowed:
            yield self._at("never", "error", [cell], f"{said(value)}不在这一列的取值里",
                           f"{said(value)} is not among the values of the output")  # fmt: skip

    def never(self) -> Iterator[Finding]:
        """Cells that no allowed value fits."""
        for n, allowed in enumerate(self.allowed):
            for r, cell in enumerate(self.simple[n]):
                strange = [v for v in _constants(cell) if allowed is not None and v not in allowed]
                if strange and cell is not None and not cell.intervals:
                    yield self._at("never", "error", [(r + 1, n + 1)], f"{said(strange[0])}不在这一列的取值里",
                                   f"{said(strange[0])} is not among the values of the input")  # fmt: skip
                elif cell is not None and cell.intervals and not any(p.mask >> r & 1 for p in self.parts[n]):
                    yield self._at("never", "error", [(r + 1, n + 1)], "没有能符合这一格的值",
                                   "no value fits this cell")  # fmt: skip

    # --- boxes ------------------------------------------------------------------------------------------------------

    def _parts(self, n: int) -> list[Part]:
        """The parts of an input's column, with a bit for each rule of the table."""
        found = self.columns[n]
        opaque = sum(1 << r for r, cell in enumerate(self.simple[n]) if cell is None)
        clear = [r for r, cell in enumerate(self.simple[n]) if cell is not None]
        parts: list[Part] = []
        for part in _worded(found, self.allowed[n]):
            spread = sum(1 << clear[bit] for bit in range(len(clear)) if part.mask >> bit & 1)
            parts.append(replace(part, mask=spread | opaque))
        if found is None:
            parts = [Part((1 << len(self.table.rules)) - 1, "任何情况", "any")]
        return parts

    def _opaque(self, rule: int) -> bool:
        return any(cells[rule] is None for cells in self.simple) or any(
            c is None for n, c in enumerate(self.columns) if not (self.simple[n][rule] or Simple()).everything
        )

    def overlaps(self) -> Iterator[Finding]:
        """Two rules for one case, where the hit policy allows one."""
        if self.table.hit_policy not in ("UNIQUE", "ANY"):
            return
        count = 0
        rules = self.table.rules
        for one in range(len(rules)):
            if self._opaque(one):
                continue
            others = self._meeting(one)
            for other in range(one + 1, len(rules)):
                if not others >> other & 1 or self._opaque(other):
                    continue
                if self.table.hit_policy == "ANY" and rules[one].outputs == rules[other].outputs:
                    continue
                cells = [(one + 1, n + 1) for n in range(len(self.table.inputs))]
                yield Finding("overlap", "error", tuple(cells), f"第{one + 1}条和第{other + 1}条规则有同时符合的情况",
                              f"rules {one + 1} and {other + 1} can match at once")  # fmt: skip
                count += 1
                if count >= MOST_FOUND:
                    return

    def _meeting(self, one: int) -> int:
        """A bit for each rule that has a case in common with this one, column by column."""
        meeting = (1 << len(self.table.rules)) - 1
        for parts in self.parts:
            reach = 0
            for part in parts:
                if part.mask >> one & 1:
                    reach |= part.mask
            meeting &= reach
        return meeting

    def unreachable(self) -> Iterator[Finding]:
        """Rules that earlier ones leave nothing for, where the first match counts."""
        if self.table.hit_policy != "FIRST":
            return
        budget = [MOST_STEPS]
        for rule in range(1, len(self.table.rules)):
            if self._opaque(rule):
                continue
            before = sum(1 << r for r in range(rule) if not self._opaque(r))
            try:
                left = next(self._uncovered(before, rule, budget), None)
            except _TooLarge:
                yield Finding("unchecked", "warning", (),
                              f"表太大，第{rule + 1}条规则起没有检查会不会轮不到",
                              f"the table is too large: rules from {rule + 1} on are not checked")  # fmt: skip
                return
            if left is None:
                yield Finding("unreachable", "error", tuple((rule + 1, n + 1) for n in range(len(self.table.inputs))),
                              f"第{rule + 1}条规则永远轮不到：前面的规则已经包括了它的全部情况",
                              f"rule {rule + 1} never fires: earlier rules cover all its cases")  # fmt: skip

    def gaps(self) -> Iterator[Finding]:
        """Cases that no rule is for."""
        if any(o.default.strip() for o in self.table.outputs) or self.table.hit_policy in ("COLLECT", "RULE ORDER"):
            return
        everyone = (1 << len(self.table.rules)) - 1
        try:
            yield from self._gaps(everyone)
        except _TooLarge:
            yield Finding("unchecked", "warning", (), "表太大，没有查完有没有遗漏",
                          "the table is too large: not all of it is checked for gaps")  # fmt: skip

    def _gaps(self, everyone: int) -> Iterator[Finding]:
        for count, words in enumerate(self._uncovered(everyone, None, [MOST_STEPS])):
            if count >= 10:
                return
            names = [i.label or i.expression.strip() for i in self.table.inputs]
            said_zh = "，".join(f"{name}：{zh}" for name, (zh, _en) in zip(names, words, strict=True) if zh)
            said_en = ", ".join(f"{name}: {en}" for name, (_zh, en) in zip(names, words, strict=True) if en)
            yield Finding("gap", "warning", (), f"没有规则管这种情况：{said_zh or '任何情况'}",
                          f"no rule for: {said_en or 'anything'}")  # fmt: skip

    def _uncovered(self, rules: int, within: int | None, budget: list[int]) -> Iterator[list[tuple[str, str]]]:
        """Cases (words for each input) that none of the rules covers; `within`: only cases of this rule. Raises
        _TooLarge when the steps in `budget` are used up."""
        columns = self.parts

        def go(n: int, left: int, words: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
            budget[0] -= 1
            if budget[0] < 0:
                raise _TooLarge
            if not left:
                yield words + [("", "")] * (len(columns) - n)
                return
            if n == len(columns):
                return
            for mask, zh, en in _merged(columns[n], self.columns[n], left, within):
                yield from go(n + 1, left & mask, [*words, (zh, en)])

        yield from go(0, rules, [])


def _merged(
    parts: Sequence[Part], found: Column | None, left: int, within: int | None
) -> Iterator[tuple[int, str, str]]:
    """Parts on which the same of the remaining rules hold, as one: neighbours as one interval."""
    groups: dict[int, list[Part]] = {}
    for part in parts:
        if within is None or part.mask >> within & 1:
            groups.setdefault(part.mask & left, []).append(part)
    nothing_in = _nothing_in(found) if isinstance(found, Segments) else set()
    for mask, row in groups.items():
        if len(row) == len(parts):
            yield mask, "", ""
        elif isinstance(found, Segments):
            said_ = [_interval(found.points, first, last) for first, last in _runs(row, nothing_in)]
            yield mask, " 或 ".join(said_[:4]), " or ".join(said_[:4])
        else:
            yield mask, " 或 ".join(p.zh for p in row[:4]), " or ".join(p.en for p in row[:4])


def _nothing_in(found: Segments) -> set[int]:
    """The segments between a day and the next one: no day lies there."""
    if found.kind is not Date:
        return set()
    return {2 * n + 2 for n, (one, other) in enumerate(pairwise(found.points)) if one.number + 1 == other.number}


def _runs(row: Sequence[Part], nothing_in: set[int]) -> Iterator[tuple[int, int]]:
    """First and last of the segments that follow one another."""
    first = last = row[0].segment
    for part in row[1:]:
        if part.segment != last + (2 if last + 1 in nothing_in else 1):
            yield first, last
            first = part.segment
        last = part.segment
    yield first, last


def _interval(points: Sequence[Any], first: int, last: int) -> str:
    """The segments from first to last in FEEL's words."""
    low, high = (first + 1) // 2 - 1 if first % 2 == 0 else first // 2, last // 2
    if first == last and first % 2:
        return said(points[low])
    low_in, high_in = first % 2 == 1, last % 2 == 1
    if low < 0:
        return f"{'<=' if high_in else '<'} {said(points[high])}"
    if high >= len(points):
        return f"{'>=' if low_in else '>'} {said(points[low])}"
    return f"{'[' if low_in else '('}{said(points[low])}..{said(points[high])}{']' if high_in else ')'}"


def _constants(cell: Simple | None) -> list[Any]:
    """The values that a cell names."""
    if cell is None:
        return []
    ends = [end for one in cell.intervals for end in (one.low, one.high) if end is not None]
    return [value for value in (*cell.values, *ends) if value is not None]


def _worded(found: Column | None, allowed: list[Any] | None) -> Iterator[Part]:
    """The parts of a column. Null is none: a missing fact is no gap in a table."""
    if isinstance(found, Segments):
        empty = _nothing_in(found)
        yield from (Part(mask, segment=n) for n, mask in enumerate(found.masks) if n not in empty)
    elif isinstance(found, Choices):
        values = allowed if allowed is not None else [*found.masks, *([] if found.kind is not bool else [True, False])]
        for value in dict.fromkeys(values):
            yield Part(found.masks.get(value, found.other), said(value), said(value))
        if allowed is None and found.kind is not bool:
            yield Part(found.other, "其他", "anything else")
