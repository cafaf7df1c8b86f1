"""A decision model as it is written: decisions, inputs, knowledge, services, types, boxed expressions (DMN 1.5)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Boxed:
    """A boxed expression. `label`: where it stands, for diagnostics; `type_ref`: what it gives, "" where not said."""

    label: str = ""
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class Text(Boxed):
    """A literal expression in FEEL. `language`: another one is refused when it is evaluated."""

    text: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a boxed context; without a name it is the context's result."""

    name: str
    type_ref: str
    value: Boxed | None


@dataclass(frozen=True, slots=True)
class BoxedContext(Boxed):
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class BoxedList(Boxed):
    items: tuple[Boxed | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Relation(Boxed):
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Boxed | None, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Formal:
    """A formal parameter."""

    name: str
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class BoxedFunction(Boxed):
    """`kind`: FEEL, Java or PMML; the last two are refused."""

    parameters: tuple[Formal, ...] = ()
    body: Boxed | None = None
    kind: str = "FEEL"


@dataclass(frozen=True, slots=True)
class Invocation(Boxed):
    function: Boxed | None = None
    bindings: tuple[tuple[str, Boxed | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Conditional(Boxed):
    condition: Boxed | None = None
    then: Boxed | None = None
    otherwise: Boxed | None = None


@dataclass(frozen=True, slots=True)
class BoxedFilter(Boxed):
    source: Boxed | None = None
    match: Boxed | None = None


@dataclass(frozen=True, slots=True)
class Iterator(Boxed):
    """`kind`: for, some, every."""

    kind: str = "for"
    variable: str = ""
    source: Boxed | None = None
    body: Boxed | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """An input column: its expression, and the values it may have (a text of unary tests, "" where any)."""

    expression: str
    type_ref: str = ""
    values: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """An output column. `values`: in the order of their priority, the first the highest; `default`: an expression."""

    name: str = ""
    type_ref: str = ""
    values: str = ""
    default: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: a text of unary tests for each input, an expression for each output, and remarks."""

    tests: tuple[str, ...]
    outputs: tuple[str, ...]
    annotations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table(Boxed):
    """A decision table. `hit_policy`: U F P A C R O as in `HIT_POLICIES`; `aggregation`: "", SUM, MIN, MAX, COUNT."""

    name: str = ""
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    rules: tuple[Rule, ...] = ()
    hit_policy: str = "UNIQUE"
    aggregation: str = ""
    annotations: tuple[str, ...] = ()


HIT_POLICIES = {
    "UNIQUE": "U", "FIRST": "F", "PRIORITY": "P", "ANY": "A", "COLLECT": "C", "RULE ORDER": "R", "OUTPUT ORDER": "O",
}  # fmt: skip
AGGREGATIONS = {"SUM": "+", "MIN": "<", "MAX": ">", "COUNT": "#"}


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """A named type: another one, a structure of components, or a function; with the values it is limited to."""

    name: str
    type_ref: str = ""
    is_collection: bool = False
    allowed_values: str = ""
    type_constraint: str = ""
    components: tuple[ItemDefinition, ...] = ()
    function: tuple[tuple[Formal, ...], str] | None = None


@dataclass(frozen=True, slots=True)
class Element:
    """Something in the graph. `required`: hrefs of what it needs, in the model's order."""

    id: str
    name: str
    variable: str
    type_ref: str = ""
    required: tuple[str, ...] = ()
    knowledge: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InputData(Element):
    pass


@dataclass(frozen=True, slots=True)
class Decision(Element):
    expression: Boxed | None = None
    question: str = ""
    allowed_answers: str = ""


@dataclass(frozen=True, slots=True)
class Knowledge(Element):
    """A business knowledge model: a function."""

    function: BoxedFunction | None = None


@dataclass(frozen=True, slots=True)
class Service(Element):
    """A decision service: hrefs of what it answers, keeps inside, and takes."""

    outputs: tuple[str, ...] = ()
    encapsulated: tuple[str, ...] = ()
    input_decisions: tuple[str, ...] = ()
    input_data: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Import:
    name: str
    namespace: str
    location: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Definitions:
    """One model."""

    name: str
    namespace: str
    id: str = ""
    types: tuple[ItemDefinition, ...] = ()
    imports: tuple[Import, ...] = ()
    elements: dict[str, Element] = field(default_factory=dict)
    expression_language: str = ""
