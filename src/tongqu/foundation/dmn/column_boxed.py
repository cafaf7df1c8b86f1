"""Boxed expressions over columns: each gives a column, from the columns that it sees.

Calls of knowledge models are taken out of an expression first: each is a column of its own, which the rest reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.boxed import Scope, compile_boxed
from tongqu.foundation.dmn.column_expressions import Facts
from tongqu.foundation.dmn.column_types import converted, nulled
from tongqu.foundation.dmn.deciding import Answers, Ready, one_by_one
from tongqu.foundation.dmn.graph import Address, Models
from tongqu.foundation.dmn.lanes import NotColumns
from tongqu.foundation.dmn.plan import NoPlan, Plan, expression_plan, path_of, plan_of
from tongqu.foundation.dmn.tables import compile_table
from tongqu.foundation.dmn.vectors import Vector, coded
from tongqu.foundation.feel import nodes as n
from tongqu.foundation.feel.compiling import Work, compile_node
from tongqu.foundation.feel.diagnostics import FeelError, Span
from tongqu.foundation.feel.evaluating import bounded
from tongqu.foundation.feel.reading import read_expression
from tongqu.foundation.feel.running import Frame
from tongqu.foundation.feel.types import ANY, Type
from tongqu.foundation.feel.values import Unknown


@dataclass(frozen=True, slots=True)
class Left:
    """Rows of a decision or a knowledge model that were evaluated one by one, and why."""

    name: str
    alone: int
    why: tuple[str, ...]

    def __str__(self) -> str:
        return f"“{self.name}”: {'; '.join(self.why)}"


@dataclass(frozen=True, slots=True)
class Space:
    """What an expression sees: columns by their path, those groups of which parts may be missing, knowledge models,
    the scope its texts are read in, and the frame of one row. `calling`: the knowledge models that it is within."""

    address: Address
    columns: dict[str, Vector]
    open: frozenset[str]
    functions: Mapping[str, Address]
    scope: Scope
    frame: Callable[[int], Frame]
    calling: tuple[Address, ...] = ()

    def with_column(self, name: str, column: Vector) -> Space:
        """Seeing one more name, before all others."""
        kept = {path: one for path, one in self.columns.items() if path != name and not path.startswith(f"{name}.")}
        outer = self.frame

        def frame(row: int) -> Frame:
            around = outer(row)
            return Frame({name: column.value(row)}, around.run, around)

        functions = {one: address for one, address in self.functions.items() if one != name}
        return replace(self, columns={**kept, name: column}, open=self.open - {name}, functions=functions, frame=frame,
                       scope=self.scope.with_names([name]))  # fmt: skip


class Population(Protocol):
    """What an evaluation over columns lends to the boxes."""

    rows: int
    threads: int
    left: list[Left]

    def space(self, address: Address) -> Space: ...


@dataclass(frozen=True, slots=True)
class Called:
    """A call of a knowledge model, and the name that its column goes by."""

    name: str
    address: Address
    arguments: tuple[n.Node, ...]
    names: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Made:
    """An expression ready to run over columns, and what it calls first."""

    ready: Ready
    calls: tuple[Called, ...]


@dataclass(slots=True)
class Boxes:
    """The boxed expressions of a model over columns; what was made of each is kept."""

    models: Models
    _made: dict[tuple[Address, int, str], Made] = field(default_factory=dict)

    def answers(self, run: Population, boxed: m.Boxed | None, space: Space) -> Answers:
        """The expression's value in each row, as its own type wants it."""
        work: list[Work] = []

        def one(row: int) -> Any:
            if not work:
                work.append(compile_boxed(boxed, space.scope))
            frame = space.frame(row)
            return bounded(lambda: work[0](frame), frame.run)

        try:
            found = self._over_columns(run, boxed, space, one)
        except (NoPlan, NotColumns) as error:
            found = one_by_one(one, run.rows, f"{error.zh} {error.en}")
        if boxed is None or not boxed.type_ref:
            return found
        return found.of(converted(found.column(), space.scope.types(boxed.type_ref) or ANY)[0])

    def _over_columns(self, run: Population, boxed: m.Boxed | None, space: Space, one: Callable[[int], Any]) -> Answers:
        if isinstance(boxed, m.BoxedContext):
            return self._context(run, boxed, space)
        if isinstance(boxed, m.Conditional):
            return self._conditional(run, boxed, space, one)
        if isinstance(boxed, m.Invocation):
            return self._invocation(run, boxed, space, one)
        key = (space.address, id(boxed), repr(space.scope.constants))
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = _made(_plan(boxed, space.scope), space.functions)
        return self._run(run, made, space, one)

    def _run(self, run: Population, made: Made, space: Space, one: Callable[[int], Any]) -> Answers:
        columns = dict(space.columns)
        for call in made.calls:
            columns[call.name] = self._called(run, call, replace(space, columns=columns))
        facts = Facts(columns, run.rows, made.ready.paths(), space.open)
        return made.ready.decided(facts, one, run.threads)

    def _context(self, run: Population, boxed: m.BoxedContext, space: Space) -> Answers:
        """The entry without a name, which sees those before it."""
        if not any(not entry.name for entry in boxed.entries):
            raise NotColumns("结果是一组值", "its result is a context")
        answers: Answers | None = None
        for entry in boxed.entries:
            answers = self.answers(run, entry.value, space)
            answers = answers.of(converted(answers.column(), space.scope.types(entry.type_ref) or ANY)[0])
            if not entry.name:
                break
            self._tell(run, entry.name, answers)
            space = space.with_column(entry.name, answers.column())
        assert answers is not None
        return answers

    def _conditional(self, run: Population, boxed: m.Conditional, space: Space, one: Callable[[int], Any]) -> Answers:
        parts = {"(if)": boxed.condition, "(then)": boxed.then, "(else)": boxed.otherwise}
        space = self._with_parts(run, parts, space)
        if any(v is not None and type(v) not in (bool, Unknown) for v in coded(space.columns["(if)"]).values):
            raise NotColumns("条件不是真或者假", "a condition that is not true or false")
        node = n.If(Span(0, 0, boxed.label), *(n.Name(Span(0, 0), name) for name in parts))
        return self._run(run, Made(Ready(expression_plan(boxed.label, node)), ()), space, one)

    def _invocation(self, run: Population, boxed: m.Invocation, space: Space, one: Callable[[int], Any]) -> Answers:
        parts = {f"(={name})": value for name, value in boxed.bindings}
        space = self._with_parts(run, parts, space)
        names = tuple(name for name, _value in boxed.bindings)
        given = tuple(n.Name(Span(0, 0), name) for name in parts)
        node = n.Call(Span(0, 0, boxed.label), _node(boxed.function, space.scope), given, names or None)
        return self._run(run, _made(expression_plan(boxed.label, node), space.functions), space, one)

    def _with_parts(self, run: Population, parts: Mapping[str, m.Boxed | None], space: Space) -> Space:
        """Seeing the values of the parts, by names that no text can say."""
        columns = dict(space.columns)
        for name, part in parts.items():
            answers = self.answers(run, part, space)
            self._tell(run, name, answers)
            columns[name] = answers.column()
        return replace(space, columns=columns)

    # --- calls ------------------------------------------------------------------------------------------------------

    def _called(self, run: Population, call: Called, space: Space) -> Vector:
        """What a knowledge model gives for its arguments. Raises NotColumns."""
        element = self.models.at(call.address)
        assert isinstance(element, m.Knowledge)
        function = element.function
        if call.address in space.calling:
            raise NotColumns(f"“{element.name}”调用自己", f"“{element.name}” calls itself")
        if function is None or function.kind not in ("FEEL", ""):
            raise NotColumns(f"“{element.name}”不是FEEL", f"“{element.name}” is not FEEL")
        given = _in_order(call, function)
        inner, kept = self._inside(call, space, run.space(call.address)), None
        for formal, node in zip(function.parameters, given, strict=True):
            column, fits = converted(self._argument(run, node, space), inner.scope.types(formal.type_ref) or ANY)
            kept = fits if kept is None else kept if fits is None else kept & fits
            inner = inner.with_column(formal.name, column)
        answers = self.answers(run, function.body, inner)
        answers = answers.of(converted(answers.column(), self._result(element, inner.scope))[0])
        self._tell(run, element.name, answers)
        return nulled(answers.column(), kept)

    def _inside(self, call: Called, space: Space, own: Space) -> Space:
        return replace(own, calling=(*space.calling, call.address))

    def _result(self, element: m.Knowledge, scope: Scope) -> Type:
        wanted = scope.types(element.type_ref) or ANY
        return (wanted.result or ANY) if wanted.name == "function" else wanted

    def _argument(self, run: Population, node: n.Node, space: Space) -> Vector:
        path = path_of(node)
        if path is not None and ".".join(path) in space.columns:
            return space.columns[".".join(path)]
        work = compile_node(node)

        def one(row: int) -> Any:
            frame = space.frame(row)
            return bounded(lambda: work(frame), frame.run)

        made = _made(expression_plan("", node), space.functions)
        answers = self._run(run, made, space, one)
        self._tell(run, "()", answers)
        return answers.column()

    def _tell(self, run: Population, name: str, answers: Answers) -> None:
        if answers.alone:
            run.left.append(Left(name, answers.alone, answers.why))


def _in_order(call: Called, function: m.BoxedFunction) -> list[n.Node]:
    """The arguments in the order of the parameters. Raises NotColumns."""
    wanted = [formal.name for formal in function.parameters]
    names = call.names if call.names is not None else wanted
    if len(call.arguments) != len(wanted) or sorted(names) != sorted(wanted):
        raise NotColumns("参数对不上", "arguments that do not fit")
    given = dict(zip(names, call.arguments, strict=True))
    return [given[name] for name in wanted]


# --- plans -----------------------------------------------------------------------------------------------------------


def _plan(boxed: m.Boxed | None, scope: Scope) -> Plan:
    """Raises NoPlan, NotColumns."""
    if boxed is None:
        return expression_plan("", n.Literal(Span(0, 0), None))
    if isinstance(boxed, m.Table):
        return plan_of(compile_table(boxed, replace(scope, problems=[])))
    return expression_plan(boxed.label, _node(boxed, scope))


def _node(boxed: m.Boxed | None, scope: Scope) -> n.Node:
    """The tree of a text. Raises NotColumns."""
    if not isinstance(boxed, m.Text) or (boxed.language and not boxed.language.rstrip("/").endswith("FEEL")):
        raise NotColumns(f"这种框: {type(boxed).__name__}", f"this kind of box: {type(boxed).__name__}")
    if not boxed.text.strip():
        return n.Literal(Span(0, 0), None)
    try:
        return read_expression(boxed.text, scope.names, members=scope.members, types=scope.types, where=boxed.label)
    except FeelError as error:
        raise NotColumns("读不懂", f"it cannot be read: {error}") from None


def _made(plan: Plan, functions: Mapping[str, Address]) -> Made:
    """The plan with each call of a knowledge model as a fact."""
    calls: list[Called] = []

    def change(node: n.Node) -> n.Node | None:
        if not isinstance(node, n.Call):
            return None
        path = path_of(node.function)
        address = functions.get(".".join(path)) if path is not None else None
        if address is None:
            return None
        calls.append(Called(f"({len(calls)})", address, node.arguments, node.names))
        return n.Name(node.span, calls[-1].name)

    if functions:
        inputs = tuple(replace(i, node=n.rewritten(i.node, change)) if i.node is not None else i for i in plan.inputs)
        outputs = {rule: n.rewritten(node, change) for rule, node in plan.outputs.items()}
        plan = replace(plan, inputs=inputs, outputs=outputs)
    return Made(Ready(plan), tuple(calls))
