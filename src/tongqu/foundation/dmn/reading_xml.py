"""DMN's XML, 1.2 to 1.5, into a model. Raises ModelError with plain words for what is no DMN."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree
from xml.parsers import expat

from tongqu.foundation.dmn import model as m

NAMESPACES = {
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}
MOST_BYTES = 50_000_000
PIECE = 512
XElement = ElementTree.Element


class ModelError(ValueError):
    """The file is no decision model that can be read; `zh` and `en` say why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} {en}")
        self.zh, self.en = zh, en


def read_xml(data: bytes | str) -> m.Definitions:
    """Raises ModelError."""
    root = parsed(data)
    space, name = _split(root.tag)
    if name != "definitions" or space not in NAMESPACES:
        raise ModelError("不是DMN 1.2到1.5的模型", "not a DMN model of version 1.2 to 1.5")
    try:
        return _definitions(root)
    except RecursionError:
        raise ModelError("模型嵌套太深", "the model is nested too deeply") from None


def parsed(data: bytes | str) -> XElement:
    """The tree of an XML text. Raises ModelError; a document type declaration, and with it any entity, is refused."""
    raw = data.encode() if isinstance(data, str) else data
    if len(raw) > MOST_BYTES:
        raise ModelError("文件太大", "the file is too large")
    try:
        if has_doctype(raw):
            raise ModelError("文件带有DOCTYPE，出于安全不读", "a file with a DOCTYPE is refused for safety")
        return ElementTree.fromstring(raw)  # noqa: S314 (no document type, so no entities)
    except (ElementTree.ParseError, expat.ExpatError, ValueError, LookupError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"不是正确的XML：{error}", f"not well-formed XML: {error}") from error


def has_doctype(raw: bytes) -> bool:
    """Whether a document type declaration stands before the root, whatever the encoding: read piece by piece, so that
    no entity of it is ever expanded."""
    found: list[bool] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_names: found.append(True)
    parser.StartElementHandler = lambda *_element: found.append(False)
    for at in range(0, len(raw), PIECE):
        parser.Parse(raw[at : at + PIECE], False)
        if found:
            return found[0]
    return False


def _split(tag: str) -> tuple[str, str]:
    space, _sep, name = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
    return space, name


def _local(node: XElement) -> str:
    return _split(node.tag)[1] if isinstance(node.tag, str) else ""


def _all(node: XElement | None, name: str) -> Iterator[XElement]:
    return (child for child in node if _local(child) == name) if node is not None else iter(())


def _one(node: XElement | None, name: str) -> XElement | None:
    return next(_all(node, name), None)


def _text(node: XElement | None, name: str = "text") -> str:
    child = _one(node, name)
    return (child.text or "") if child is not None else ""


def _href(node: XElement | None) -> str:
    return node.get("href", "") if node is not None else ""


def _type_ref(node: XElement | None) -> str:
    return " ".join(node.get("typeRef", "").split()) if node is not None else ""


def _name(node: XElement | None) -> str:
    return " ".join(node.get("name", "").split()) if node is not None else ""


def _definitions(root: XElement) -> m.Definitions:
    elements: dict[str, m.Element] = {}
    readers = {
        "inputData": _input_data, "decision": _decision, "businessKnowledgeModel": _knowledge,
        "decisionService": _service,
    }  # fmt: skip
    for child in root:
        reader = readers.get(_local(child))
        if reader is not None:
            found = reader(child)
            elements[found.id or f"_{_local(child)}_{found.name}"] = found
    return m.Definitions(
        name=_name(root), namespace=root.get("namespace", ""), id=root.get("id", ""),
        types=tuple(_item(child) for child in _all(root, "itemDefinition")),
        imports=tuple(
            m.Import(_name(one), one.get("namespace", ""), one.get("locationURI", ""), one.get("importType", ""))
            for one in _all(root, "import")
        ),
        elements=elements, expression_language=root.get("expressionLanguage", ""),
    )  # fmt: skip


def _item(node: XElement) -> m.ItemDefinition:
    function = _one(node, "functionItem")
    return m.ItemDefinition(
        name=_name(node), type_ref=" ".join(_text(node, "typeRef").split()),
        is_collection=node.get("isCollection", "false") in ("true", "1"),
        allowed_values=_text(_one(node, "allowedValues")), type_constraint=_text(_one(node, "typeConstraint")),
        components=tuple(_item(child) for child in _all(node, "itemComponent")),
        function=None if function is None else (
            tuple(m.Formal(_name(p), _type_ref(p)) for p in _all(function, "parameters")),
            " ".join(function.get("outputTypeRef", "").split()),
        ),
    )  # fmt: skip


# --- the graph -------------------------------------------------------------------------------------------------------


def _variable(node: XElement) -> tuple[str, str]:
    variable = _one(node, "variable")
    return _name(variable) or _name(node), _type_ref(variable)


def _required(node: XElement) -> tuple[str, ...]:
    found: list[str] = []
    for one in _all(node, "informationRequirement"):
        found += [_href(_one(one, "requiredInput")) or _href(_one(one, "requiredDecision"))]
    return tuple(href for href in found if href)


def _needed(node: XElement) -> tuple[str, ...]:
    return tuple(_href(_one(one, "requiredKnowledge")) for one in _all(node, "knowledgeRequirement"))


def _input_data(node: XElement) -> m.InputData:
    name, type_ref = _variable(node)
    return m.InputData(node.get("id", ""), _name(node), name, type_ref)


def _decision(node: XElement) -> m.Decision:
    name, type_ref = _variable(node)
    return m.Decision(
        node.get("id", ""), _name(node), name, type_ref, _required(node), _needed(node),
        expression=expression_in(node, _name(node)), question=_text(node, "question"),
        allowed_answers=_text(node, "allowedAnswers"),
    )  # fmt: skip


def _knowledge(node: XElement) -> m.Knowledge:
    name, type_ref = _variable(node)
    logic = _one(node, "encapsulatedLogic")
    function = _function(logic, _name(node)) if logic is not None else None
    return m.Knowledge(node.get("id", ""), _name(node), name, type_ref, (), _needed(node), function=function)


def _service(node: XElement) -> m.Service:
    name, type_ref = _variable(node)

    def hrefs(kind: str) -> tuple[str, ...]:
        return tuple(_href(one) for one in _all(node, kind))

    return m.Service(
        node.get("id", ""), _name(node), name, type_ref, outputs=hrefs("outputDecision"),
        encapsulated=hrefs("encapsulatedDecision"), input_decisions=hrefs("inputDecision"),
        input_data=hrefs("inputData"),
    )  # fmt: skip


# --- boxed expressions -----------------------------------------------------------------------------------------------


def expression_in(node: XElement | None, label: str) -> m.Boxed | None:
    """The boxed expression among the children."""
    for child in node if node is not None else ():
        reader = _BOXED.get(_local(child))
        if reader is not None:
            return reader(child, label)
    return None


def _literal(node: XElement, label: str) -> m.Text:
    return m.Text(label, _type_ref(node), _text(node), node.get("expressionLanguage", ""))


def _context(node: XElement, label: str) -> m.BoxedContext:
    entries = []
    for one in _all(node, "contextEntry"):
        variable = _one(one, "variable")
        name = _name(variable)
        entries.append(m.Entry(name, _type_ref(variable), expression_in(one, f"{label}.{name}" if name else label)))
    return m.BoxedContext(label, _type_ref(node), tuple(entries))


def _children(node: XElement, label: str) -> tuple[m.Boxed | None, ...]:
    found: list[m.Boxed | None] = []
    for child in node:
        reader = _BOXED.get(_local(child))
        if reader is not None:
            found.append(reader(child, label))
    return tuple(found)


def _list(node: XElement, label: str) -> m.BoxedList:
    return m.BoxedList(label, _type_ref(node), _children(node, label))


def _relation(node: XElement, label: str) -> m.Relation:
    columns = tuple(_name(one) for one in _all(node, "column"))
    return m.Relation(label, _type_ref(node), columns, tuple(_children(row, label) for row in _all(node, "row")))


def _function(node: XElement, label: str) -> m.BoxedFunction:
    parameters = tuple(m.Formal(_name(p), _type_ref(p)) for p in _all(node, "formalParameter"))
    return m.BoxedFunction(label, _type_ref(node), parameters, expression_in(node, label), node.get("kind", "FEEL"))


def _invocation(node: XElement, label: str) -> m.Invocation:
    bindings = tuple((_name(_one(one, "parameter")), expression_in(one, label)) for one in _all(node, "binding"))
    return m.Invocation(label, _type_ref(node), expression_in(node, label), bindings)


def _conditional(node: XElement, label: str) -> m.Conditional:
    parts = (expression_in(_one(node, name), label) for name in ("if", "then", "else"))
    return m.Conditional(label, _type_ref(node), *parts)


def _filter(node: XElement, label: str) -> m.BoxedFilter:
    source, match = expression_in(_one(node, "in"), label), expression_in(_one(node, "match"), label)
    return m.BoxedFilter(label, _type_ref(node), source, match)


def _iterator(node: XElement, label: str) -> m.Iterator:
    kind = _local(node)
    body = expression_in(_one(node, "return" if kind == "for" else "satisfies"), label)
    variable = " ".join(node.get("iteratorVariable", "").split())
    return m.Iterator(label, _type_ref(node), kind, variable, expression_in(_one(node, "in"), label), body)


def _table(node: XElement, label: str) -> m.Table:
    inputs = []
    for one in _all(node, "input"):
        expression = _one(one, "inputExpression")
        inputs.append(
            m.Input(_text(expression), _type_ref(expression), _text(_one(one, "inputValues")), one.get("label", ""))
        )
    outputs = [
        m.Output(
            _name(one), _type_ref(one), _text(_one(one, "outputValues")), _text(_one(one, "defaultOutputEntry")),
            one.get("label", ""),
        )
        for one in _all(node, "output")
    ]  # fmt: skip
    rules = tuple(
        m.Rule(
            tuple(_text(cell) for cell in _all(rule, "inputEntry")),
            tuple(_text(cell) for cell in _all(rule, "outputEntry")),
            tuple(_text(cell) for cell in _all(rule, "annotationEntry")),
        )
        for rule in _all(node, "rule")
    )
    _fits(node, label, len(inputs), len(outputs), rules)
    return m.Table(
        label, _type_ref(node), node.get("outputLabel", "") or label, tuple(inputs), tuple(outputs), rules,
        node.get("hitPolicy", "UNIQUE"), node.get("aggregation", ""),
        tuple(_name(one) for one in _all(node, "annotation")),
    )  # fmt: skip


def _fits(node: XElement, label: str, inputs: int, outputs: int, rules: tuple[m.Rule, ...]) -> None:
    """Raises ModelError for a hit policy that is none, and for a rule with a cell too many or too few."""
    policy, how = node.get("hitPolicy", "UNIQUE"), node.get("aggregation", "")
    if policy not in m.HIT_POLICIES or (how and how not in m.AGGREGATIONS):
        said = f"{policy} {how}".strip()
        raise ModelError(f"“{label}”的命中方式“{said}”不认识", f"“{label}” has an unknown hit policy “{said}”")
    for number, rule in enumerate(rules, 1):
        if len(rule.tests) != inputs or len(rule.outputs) != outputs:
            raise ModelError(
                f"“{label}”第{number}条规则的格数不对：应当有{inputs}个条件、{outputs}个结果",
                f"rule {number} of “{label}” does not have {inputs} conditions and {outputs} results",
            )


_BOXED = {
    "literalExpression": _literal, "context": _context, "list": _list, "relation": _relation,
    "functionDefinition": _function, "invocation": _invocation, "conditional": _conditional, "filter": _filter,
    "for": _iterator, "some": _iterator, "every": _iterator, "decisionTable": _table,
}  # fmt: skip
