"""A whole model compiled: its decisions, knowledge and services evaluated by name, with what they require.

Source: DMN 1.5, 10.4. A decision sees what it requires and nothing else. Each is computed once in an evaluation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.boxed import Scope, as_type, compile_boxed
from tongqu.foundation.dmn.item_types import Types
from tongqu.foundation.dmn.parameters import CALL, Parameters
from tongqu.foundation.dmn.reading_xml import ModelError
from tongqu.foundation.feel.calling import entered, invoke
from tongqu.foundation.feel.compiling import Work
from tongqu.foundation.feel.diagnostics import Diagnostic, Span, diagnostic
from tongqu.foundation.feel.evaluating import Answer, bounded
from tongqu.foundation.feel.running import Frame, Limits, Run
from tongqu.foundation.feel.scanning import Names
from tongqu.foundation.feel.temporal import UTC, Date, DateTime, Time, now_here
from tongqu.foundation.feel.types import ANY
from tongqu.foundation.feel.values import Function, Parameter, Unknown, unknown_within

Address = tuple[str, str]  # (namespace, id)
SECONDS = 2.0  # of processor time for one decision of a model, with all that it requires


@dataclass(frozen=True, slots=True)
class Outcome(Answer):
    """An answer with its trace, and the facts that are still needed, most settling first."""

    trace: tuple[Any, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """A line of the trace: what a decision came to."""

    decision: str
    value: Any


def midnight(day: Date) -> Callable[[], DateTime]:
    return lambda: DateTime(day, Time(0, 0, 0, 0, UTC))


class Evaluation:
    """One evaluation of a model: facts given, decisions worked out so far."""

    def __init__(self, given: dict[Address, Any], run: Run, *, partial: bool) -> None:
        self.given, self.run, self.partial = given, run, partial
        self.done: dict[Address, Any] = {}
        self.working: set[Address] = set()

    def inside(self, given: dict[Address, Any]) -> Evaluation:
        """A service's own evaluation: it sees what it was given."""
        return Evaluation(given, self.run, partial=self.partial)


class Models:
    """One model and those it imports, ready to decide. Compiled as needed; `problems` is what could not be read."""

    def __init__(
        self, main: m.Definitions, imported: Iterable[m.Definitions] = (), *, parameters: Parameters | None = None
    ) -> None:
        self.main, self.parameters = main, parameters
        self.by_namespace = {one.namespace: one for one in (*imported, main)}
        self.problems: list[Diagnostic] = []
        self._types: dict[str, Types] = {}
        self._compiled: dict[Address, Work] = {}

    # --- looking up -------------------------------------------------------------------------------------------------

    def types(self, definitions: m.Definitions) -> Types:
        found = self._types.get(definitions.namespace)
        if found is None:
            imported: dict[str, Types] = {}
            found = self._types[definitions.namespace] = Types(definitions, imported)
            for one in definitions.imports:  # which may import this one in turn
                if one.namespace in self.by_namespace and one.namespace != definitions.namespace:
                    imported[one.name] = self.types(self.by_namespace[one.namespace])
        return found

    def address(self, definitions: m.Definitions, href: str) -> Address:
        namespace, _sep, id_ = href.rpartition("#")
        return (namespace or definitions.namespace, id_)

    def at(self, address: Address) -> m.Element:
        """Raises ModelError."""
        definitions = self.by_namespace.get(address[0])
        found = definitions.elements.get(address[1]) if definitions else None
        if found is None:
            raise ModelError(f"没有找到“{address[1]}”", f"“{address[1]}” was not found")
        return found

    def named(self, name: str, kinds: tuple[type[m.Element], ...], namespace: str = "") -> Address:
        """By the name, in the model or in one it imports (`import.name`). Raises ModelError."""
        wanted = " ".join(name.split())
        definitions = self.by_namespace.get(namespace, self.main)
        for id_, element in definitions.elements.items():
            if isinstance(element, kinds) and wanted in (element.name, element.variable):
                return definitions.namespace, id_
        for one in definitions.imports:
            if wanted.startswith(f"{one.name}.") and one.namespace in self.by_namespace:
                return self.named(wanted[len(one.name) + 1 :], kinds, one.namespace)
        raise ModelError(f"模型里没有“{name}”", f"the model has no “{name}”")

    # --- deciding ---------------------------------------------------------------------------------------------------

    def decide(
        self, name: str, facts: Mapping[str, Any] = {}, *, namespace: str = "", partial: bool = False,
        trace: bool = False, limits: Limits | None = None, clock: Callable[[], DateTime] = now_here,
        as_of: Date | None = None,
    ) -> Outcome:  # fmt: skip
        """A decision's answer by its name. Facts are those of input data, by name; with `partial`, those not given are
        unknown rather than null. `as_of`: the day whose parameters count, and which `today()` is.

        Raises ModelError for a name that is no decision, LimitExceeded.
        """
        address = self.named(name, (m.Decision,), namespace)
        if as_of is not None:
            clock = midnight(as_of)
        return self._run(lambda e: self.value(address, e), facts, partial, trace, limits, clock)

    def serve(
        self, name: str, facts: Mapping[str, Any] = {}, *, namespace: str = "", partial: bool = False,
        trace: bool = False, limits: Limits | None = None, clock: Callable[[], DateTime] = now_here,
        as_of: Date | None = None,
    ) -> Outcome:  # fmt: skip
        """A decision service's answer. Everything else as in `decide`."""
        address = self.named(name, (m.Service,), namespace)
        service = self.at(address)
        assert isinstance(service, m.Service)

        def work(e: Evaluation) -> Any:
            if not e.partial:  # what a service takes and was not given is null, never worked out
                for href in (*service.input_data, *service.input_decisions):
                    e.given.setdefault(self.address(self.by_namespace[address[0]], href), None)
            return self._served(address, service, e)

        if as_of is not None:
            clock = midnight(as_of)
        return self._run(work, facts, partial, trace, limits, clock)

    def apply(self, name: str, arguments: Mapping[str, Any], *, namespace: str = "") -> Outcome:
        """A knowledge model's answer for arguments by name."""
        address = self.named(name, (m.Knowledge,), namespace)

        def work(e: Evaluation) -> Any:
            function = self.value(address, e)
            return invoke(e.run, Span(0, 0, name), function, list(arguments.values()), list(arguments))

        return self._run(work, {}, False, False, None, now_here)

    def _run(
        self, work: Callable[[Evaluation], Any], facts: Mapping[str, Any], partial: bool, trace: bool,
        limits: Limits | None, clock: Callable[[], DateTime],
    ) -> Outcome:  # fmt: skip
        run = Run(limits or Limits(seconds=SECONDS), clock, trace=[] if trace else None)
        evaluation = Evaluation(self._given(facts), run, partial=partial)
        value = bounded(lambda: work(evaluation), run)
        if run.trace:
            bounded(lambda: [one.value if isinstance(one, Decided) else one.result for one in run.trace or ()], run)
        needs: tuple[str, ...] = ()
        open_ = unknown_within(value) if partial else None
        if open_ is not None:
            needs = tuple(sorted(open_.needs, key=lambda name: (-run.needs.get(name, 0), name)))
        return Outcome(value, tuple(run.notes), tuple(run.trace or ()), needs)

    def _given(self, facts: Mapping[str, Any]) -> dict[Address, Any]:
        found = {self.fact(name): value for name, value in facts.items()}
        return {address: value for address, value in found.items() if address is not None}

    def fact(self, name: str) -> Address | None:
        """The input data or the decision that a fact of this name is given for; None for no such."""
        kinds = (m.InputData, m.Decision)
        try:
            return self.named(name, kinds)
        except ModelError:
            return next((a for d in self.by_namespace.values() if (a := self._in(d, name, kinds)) is not None), None)

    def _in(self, definitions: m.Definitions, name: str, kinds: tuple[type[m.Element], ...]) -> Address | None:
        for id_, element in definitions.elements.items():
            if isinstance(element, kinds) and name in (element.name, element.variable):
                return definitions.namespace, id_
        return None

    # --- values of elements -----------------------------------------------------------------------------------------

    def value(self, address: Address, e: Evaluation) -> Any:
        """What an element stands for in this evaluation."""
        if address in e.done:
            return e.done[address]
        if address in e.working:
            e.run.notes.append(diagnostic("circular", Span(0, 0), name=address[1]))
            return None
        e.working.add(address)
        try:
            value = self._fresh(address, e)
        finally:
            e.working.discard(address)
        e.done[address] = value
        return value

    def _fresh(self, address: Address, e: Evaluation) -> Any:
        try:
            element = self.at(address)
        except ModelError:
            e.run.notes.append(diagnostic("missing-requirement", Span(0, 0), name=address[1]))
            return None
        if isinstance(element, m.InputData):
            return self._input(address, element, e)
        if address in e.given and isinstance(element, m.Decision):
            wanted = self.types(self.by_namespace[address[0]])(element.type_ref) or ANY
            return as_type(e.run, Span(0, 0, element.name), e.given[address], wanted)
        if isinstance(element, m.Decision):
            return self._decided(address, element, e)
        if isinstance(element, m.Knowledge):
            return self._known(address, element, e)
        assert isinstance(element, m.Service)
        return self._service(address, element, e)

    def _input(self, address: Address, element: m.InputData, e: Evaluation) -> Any:
        if address not in e.given:
            return Unknown(frozenset([element.variable])) if e.partial else None
        wanted = self.types(self.by_namespace[address[0]])(element.type_ref) or ANY
        return as_type(e.run, Span(0, 0, element.name), e.given[address], wanted)

    def _decided(self, address: Address, element: m.Decision, e: Evaluation) -> Any:
        definitions = self.by_namespace[address[0]]
        values = self.requirements(definitions, element, e)
        value = self._work(address, element.expression, values)(Frame(values, e.run, self.dated(e.run)))
        wanted = self.types(definitions)(element.type_ref) or ANY
        value = as_type(e.run, Span(0, 0, element.name), value, wanted)
        if e.run.trace is not None:
            e.run.trace.append(Decided(element.name, value))
        return value

    def dated(self, run: Run) -> Frame | None:
        """The parameters as of the day of the evaluation."""
        return Frame(self.parameters.facts(run.now().date), run) if self.parameters is not None else None

    def requirements(self, definitions: m.Definitions, element: m.Element, e: Evaluation) -> dict[str, Any]:
        """Name → value of what the element requires; of an imported model, inside a context of the import's name."""
        values: dict[str, Any] = {}
        for href in (*element.required, *element.knowledge):
            address = self.address(definitions, href)
            try:
                name = self.at(address).variable
            except ModelError:
                e.run.notes.append(diagnostic("missing-requirement", Span(0, 0, element.name), name=href))
                continue
            spaces = [i.name for i in definitions.imports if i.namespace == address[0]]
            if address[0] == definitions.namespace or not spaces:
                spaces = [""]
            for space in spaces:
                into = values.setdefault(space, {}) if space else values
                into[name] = self.value(address, e)
        return values

    def _work(self, address: Address, boxed: m.Boxed | None, values: Mapping[str, Any]) -> Work:
        found = self._compiled.get(address)
        if found is None:
            found = self._compiled[address] = compile_boxed(boxed, self.scope(address, values))
        return found

    def scope(self, address: Address, names: Iterable[str]) -> Scope:
        types = self.types(self.by_namespace[address[0]])
        members = {*types.member_names()}
        for definitions in self.by_namespace.values():
            members.update(element.variable for element in definitions.elements.values())
        dated = (*self.parameters.names, CALL) if self.parameters is not None else ()
        return Scope((*names, *dated), Names(members), types, self.problems)

    # --- functions --------------------------------------------------------------------------------------------------

    def _known(self, address: Address, element: m.Knowledge, e: Evaluation) -> Any:
        definitions = self.by_namespace[address[0]]
        if element.function is None:
            return None
        values: dict[str, Any] = {}
        values[element.variable] = None
        values |= self.requirements(definitions, element, e)
        function = self._work(address, element.function, values)(Frame(values, e.run, self.dated(e.run)))
        if isinstance(function, Function):
            wanted = self.types(definitions)(element.type_ref) or ANY
            result = wanted.result if wanted.name == "function" else wanted
            function = Function(element.name, function.parameters, function.call, result if result != ANY else None)
        values[element.variable] = function
        return function

    def _service(self, address: Address, element: m.Service, e: Evaluation) -> Function:
        definitions = self.by_namespace[address[0]]
        takes = [self.address(definitions, href) for href in (*element.input_data, *element.input_decisions)]
        types = self.types(definitions)
        parameters = tuple(Parameter(self.at(a).variable, types(self.at(a).type_ref) or ANY) for a in takes)

        def call(run: Run, span: Span, values: list[Any]) -> Any:
            inner = e.inside(dict(zip(takes, values, strict=True)))
            return self._served(address, element, inner)

        return Function(element.name, parameters, call)

    def _served(self, address: Address, element: m.Service, e: Evaluation) -> Any:
        definitions = self.by_namespace[address[0]]
        outputs = [self.address(definitions, href) for href in element.outputs]

        def work() -> Any:
            values = {self.at(one).variable: self.value(one, e) for one in outputs}
            return next(iter(values.values())) if len(values) == 1 else values

        value = entered(e.run, Span(0, 0, element.name), work)
        wanted = self.types(definitions)(element.type_ref) or ANY
        if wanted.name == "function":
            wanted = wanted.result or ANY
        return as_type(e.run, Span(0, 0, element.name), value, wanted)
