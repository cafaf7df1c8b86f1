"""Decisions of a model over columns: each decision it requires is a column for the next, as one evaluation has values.

Tables, literal expressions, invocations of knowledge models, conditionals and contexts with a result run over columns,
null and unknown included. What cannot is evaluated row by row, and `Population.left` says which part and why. Needs
the extra `columns`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.column_boxed import Boxes, Left, Space
from tongqu.foundation.dmn.column_types import converted, fitting, named, nulled
from tongqu.foundation.dmn.deciding import Answers, one_by_one
from tongqu.foundation.dmn.graph import SECONDS, Address, Evaluation, Models, midnight
from tongqu.foundation.dmn.lanes import NotColumns
from tongqu.foundation.dmn.reading_xml import ModelError
from tongqu.foundation.dmn.vectors import Coded, Mixed, Vector, facts_of, length, vector
from tongqu.foundation.feel.evaluating import bounded
from tongqu.foundation.feel.running import Frame, Limits, Run
from tongqu.foundation.feel.temporal import Date, DateTime, now_here
from tongqu.foundation.feel.types import ANY
from tongqu.foundation.feel.values import Unknown

Parts = dict[str, Vector]  # path within the value → column; "" for the value itself


@dataclass(frozen=True, slots=True)
class Population:
    """A decision's answers, those of the decisions it needed, by name, and what was left to one row after another."""

    answers: Answers
    decisions: Mapping[str, Answers]
    left: tuple[Left, ...] = ()

    def value(self, row: int) -> Any:
        return self.answers.value(row)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The answers of each decision, and what they still need: see `arrow.relation`."""
        from tongqu.foundation.dmn.arrow import relation

        return relation({name: one.column() for name, one in self.decisions.items()}).__arrow_c_stream__(
            requested_schema
        )

    def counts(self) -> list[tuple[Any, int]]:
        return self.answers.counts()


class ColumnModels:
    """A model ready to decide columns. What it has worked out of the model is kept for the next call."""

    def __init__(self, models: Models) -> None:
        self.models = models
        self._boxes = Boxes(models)

    def decide(
        self, name: str, facts: Mapping[str, Any] | Any, *, namespace: str = "", threads: int = 2,
        clock: Callable[[], DateTime] = now_here, as_of: Date | None = None, missing: str = "unknown",
    ) -> Population:  # fmt: skip
        """An answer for each row, as `Models.decide(…, partial=True)` gives it. `facts`: columns by the name of the
        input data or decision, or by the path of what lies within (`申请人.年龄`); others are left out. Or an Arrow
        stream of such (see `arrow`), in which null is what `missing` says.

        Raises ModelError for a name that is no decision, LimitExceeded, ValueError for a fact that is given twice,
        NotArrow.
        """
        if hasattr(facts, "__arrow_c_stream__"):
            from tongqu.foundation.dmn.arrow import columns_of

            facts = columns_of(facts, wanted=lambda path: _placed(self.models, path) is not None, missing=missing,
                               threads=threads)  # fmt: skip
        address = self.models.named(name, (m.Decision,), namespace)
        moment = midnight(as_of)() if as_of is not None else clock()
        return _Deciding(self.models, self._boxes, facts, lambda: moment, threads).population(address)


def _placed(models: Models, name: str) -> tuple[Address, str] | None:
    """Which element a column is given for, and the path within it."""
    words = name.split(".")
    for size in range(len(words), 0, -1):
        address = models.fact(".".join(words[:size]))
        if address is not None:
            return address, ".".join(words[size:])
    return None


class _Deciding:
    """One run over one set of columns."""

    def __init__(
        self, models: Models, boxes: Boxes, facts: Mapping[str, Any], clock: Callable[[], DateTime], threads: int
    ) -> None:
        self.models, self.boxes, self.clock, self.threads = models, boxes, clock, threads
        self.given: dict[Address, Parts] = {}
        self.rows = 0
        for name, values in facts.items():
            self._give(name, vector(values))
        self.done: dict[Address, Answers] = {}
        self.left: list[Left] = []
        self._inputs: dict[Address, Parts] = {}
        self._named: dict[Address, tuple[str, Parts]] = {}

    def population(self, address: Address) -> Population:
        if self._circular(address, ()):
            why = "决策互相需要 decisions require each other"
            found = one_by_one(lambda row: self._alone(address, row), self.rows, why)
            self.done[address] = found
            self.left.append(Left(self.models.at(address).name, found.alone, found.why))
        else:
            found = self._answers(address)
        decisions: dict[str, Answers] = {}
        for one, answers in self.done.items():
            name = self.models.at(one).name
            decisions[name if name not in decisions else f"{one[0]}#{name}"] = answers
        return Population(found, decisions, tuple(self.left))

    # --- what is given ----------------------------------------------------------------------------------------------

    def _give(self, name: str, column: Vector) -> None:
        self.rows = max(self.rows, length(column))
        placed = _placed(self.models, name)
        if placed is None:
            return
        parts, path = self.given.setdefault(placed[0], {}), placed[1]
        if path in parts or "" in parts or (not path and parts):
            raise ValueError(f"“{name}”重复了 is given twice")
        parts[path] = column

    def _circular(self, address: Address, above: tuple[Address, ...]) -> bool:
        if address in above:
            return True
        try:
            element = self.models.at(address)
        except ModelError:
            return False
        if not isinstance(element, m.Decision) or address in self.given:
            return False
        definitions = self.models.by_namespace[address[0]]
        needed = [self.models.address(definitions, href) for href in element.required]
        return any(self._circular(one, (*above, address)) for one in needed)

    # --- one row ----------------------------------------------------------------------------------------------------

    def _evaluation(self, row: int, needed: Iterable[Address]) -> Evaluation:
        """The row with what it was given, and what was worked out, of the elements that are needed."""
        found = Evaluation({}, Run(Limits(seconds=SECONDS), self.clock), partial=True)
        for address in needed:
            if address in self.done:
                found.done[address] = self.done[address].value(row)
            elif address in self.given:
                name, columns = self._facts(address)
                found.given[address] = facts_of(columns, row)[name]
        return found

    def _facts(self, address: Address) -> tuple[str, Parts]:
        """The name that decisions see, and the columns of what was given by their path from it."""
        found = self._named.get(address)
        if found is None:
            name = self.models.at(address).variable
            columns = {f"{name}.{path}" if path else name: one for path, one in self.given[address].items()}
            found = self._named[address] = name, columns
        return found

    def _alone(self, address: Address, row: int) -> Any:
        e = self._evaluation(row, {**self.given, **self.done})
        return bounded(lambda: self.models.value(address, e), e.run)

    def _frame(self, address: Address, row: int) -> Frame:
        """What a decision or a knowledge model sees in a row."""
        element, definitions = self.models.at(address), self.models.by_namespace[address[0]]
        e = self._evaluation(row, [self.models.address(definitions, href) for href in element.required])
        values: dict[str, Any] = {}
        if isinstance(element, m.Knowledge):
            values[element.variable] = None
        values |= self.models.requirements(definitions, element, e)
        if isinstance(element, m.Knowledge):
            values[element.variable] = self.models.value(address, e)
        return Frame(values, e.run, self.models.dated(e.run))

    # --- all rows ---------------------------------------------------------------------------------------------------

    def _answers(self, address: Address) -> Answers:
        found = self.done.get(address)
        if found is None:
            element = self.models.at(address)
            assert isinstance(element, m.Decision)
            found = self.done[address] = self._decided(address, element)
            if found.alone:
                self.left.append(Left(element.name, found.alone, found.why))
        return found

    def _decided(self, address: Address, element: m.Decision) -> Answers:
        definitions = self.models.by_namespace[address[0]]
        wanted = self.models.types(definitions)(element.type_ref) or ANY
        try:
            if address in self.given:
                return self._as_given(address, element)
            space = self.space(address)
        except NotColumns as error:
            return one_by_one(lambda row: self._alone(address, row), self.rows, str(error))
        answers = self.boxes.answers(self, element.expression, space)
        return answers.of(converted(answers.column(), wanted)[0])

    def _as_given(self, address: Address, element: m.Decision) -> Answers:
        """A decision that is asked for and given. Raises NotColumns."""
        parts = self._seen(address, element)
        if "" not in parts:
            raise NotColumns("是一组事实", "it is a group of facts")
        column = nulled(parts[""], np.ones(self.rows, bool))
        return Answers(column.codes, column.values, computed=column.computed if isinstance(column, Mixed) else ())

    def space(self, address: Address) -> Space:
        """What a decision or a knowledge model sees. Raises NotColumns."""
        element, definitions = self.models.at(address), self.models.by_namespace[address[0]]
        columns, open_, functions, names = self._dated(), set[str](), dict[str, Address](), []
        for href in (*element.required, *element.knowledge):
            target = self.models.address(definitions, href)
            try:
                needed = self.models.at(target)
            except ModelError:
                continue
            space = ""
            if target[0] != definitions.namespace:
                space = next((i.name for i in definitions.imports if i.namespace == target[0]), "")
            name = f"{space}.{needed.variable}" if space else needed.variable
            names.append(space or name)
            columns.pop(name, None)
            if isinstance(needed, m.Knowledge):
                functions[name] = target
            elif not isinstance(needed, m.Service):
                seen = self._seen(target, needed)
                if space and "" not in seen:
                    raise NotColumns(f"“{name}”是一组事实", f"“{name}” is a group of facts")
                columns |= {f"{name}.{path}" if path else name: one for path, one in seen.items()}
                if "" not in seen:
                    open_.add(name)
        if isinstance(element, m.Knowledge):
            names.append(element.variable)
        dated = {name: one.value(0) for name, one in self._dated().items() if name not in names} if self.rows else {}
        scope = replace(self.models.scope(address, names), constants=dated)
        return Space(address, columns, frozenset(open_), functions, scope, lambda row: self._frame(address, row))

    def _dated(self) -> dict[str, Vector]:
        """The parameters of the day, the same in all rows."""
        if self.models.parameters is None:
            return {}
        facts, same = self.models.parameters.facts(self.clock().date), np.zeros(self.rows, np.int8)
        return {name: Coded(same, (facts[name],)) for name in self.models.parameters.names}

    def _seen(self, address: Address, element: m.Element) -> Parts:
        """The columns of input data or a decision, named."""
        if isinstance(element, m.Decision) and address not in self.given:
            return {"": self._answers(address).column()}
        found = self._inputs.get(address)
        if found is None:
            found = self._inputs[address] = self._given(address, element)
        return found

    def _given(self, address: Address, element: m.Element) -> Parts:
        if address not in self.given:
            needs = Unknown(frozenset([element.variable]))
            return {"": Coded(np.zeros(self.rows, np.int8), (needs,))}
        parts = {path: named(one, f"{element.variable}.{path}" if path else element.variable)
                 for path, one in self.given[address].items()}  # fmt: skip
        if isinstance(element, m.Decision):
            return parts
        wanted = self.models.types(self.models.by_namespace[address[0]])(element.type_ref) or ANY
        if "" in parts:
            return {"": converted(parts[""], wanted)[0]}
        kept = fitting(parts, wanted)
        return {path: nulled(one, kept) for path, one in parts.items()}
