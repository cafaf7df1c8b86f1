"""A model as DMN 1.5 XML. What is read back is the same model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from xml.etree import ElementTree

from tongqu.foundation.dmn import model as m

DMN = "https://www.omg.org/spec/DMN/20230324/MODEL/"
XElement = ElementTree.Element


def write_xml(definitions: m.Definitions) -> bytes:
    """UTF-8, indented."""
    root = ElementTree.Element("definitions", _attributes(
        xmlns=DMN, id=definitions.id, name=definitions.name, namespace=definitions.namespace,
        expressionLanguage=definitions.expression_language,
    ))  # fmt: skip
    for one in definitions.imports:
        _add(root, "import", name=one.name, namespace=one.namespace, locationURI=one.location, importType=one.kind)
    for item in definitions.types:
        _item(root, "itemDefinition", item)
    for element in definitions.elements.values():
        _ELEMENTS[type(element)](root, element)
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _attributes(**values: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _add(parent: XElement, tag: str, text: str | None = None, **values: str) -> XElement:
    node = ElementTree.SubElement(parent, tag, _attributes(**values))
    node.text = text
    return node


def _texted(parent: XElement, tag: str, text: str, **values: str) -> XElement:
    """A node whose text stands in a `text` of its own."""
    node = _add(parent, tag, **values)
    _add(node, "text", text)
    return node


def _item(parent: XElement, tag: str, item: m.ItemDefinition) -> None:
    node = _add(parent, tag, name=item.name, isCollection="true" if item.is_collection else "")
    if item.type_ref:
        _add(node, "typeRef", item.type_ref)
    if item.allowed_values:
        _texted(node, "allowedValues", item.allowed_values)
    if item.type_constraint:
        _texted(node, "typeConstraint", item.type_constraint)
    for part in item.components:
        _item(node, "itemComponent", part)
    if item.function is not None:
        parameters, result = item.function
        inner = _add(node, "functionItem", outputTypeRef=result)
        for parameter in parameters:
            _add(inner, "parameters", name=parameter.name, typeRef=parameter.type_ref)


# --- the graph -------------------------------------------------------------------------------------------------------


def _head(root: XElement, tag: str, element: m.Element) -> XElement:
    return _add(root, tag, id=element.id, name=element.name)


def _variable(node: XElement, element: m.Element) -> None:
    _add(node, "variable", name=element.variable, typeRef=element.type_ref)


def _input_data(root: XElement, element: m.InputData) -> None:
    _variable(_head(root, "inputData", element), element)


def _requirements(node: XElement, element: m.Element, inputs: Iterable[str]) -> None:
    known = set(inputs)
    for href in element.required:
        kind = "requiredInput" if href.rpartition("#")[2] in known else "requiredDecision"
        _add(_add(node, "informationRequirement"), kind, href=href)
    for href in element.knowledge:
        _add(_add(node, "knowledgeRequirement"), "requiredKnowledge", href=href)


def _inputs_of(root: XElement) -> list[str]:
    return [child.get("id", "") for child in root if child.tag == "inputData"]


def _decision(root: XElement, element: m.Decision) -> None:
    node = _head(root, "decision", element)
    if element.question:
        _add(node, "question", element.question)
    if element.allowed_answers:
        _add(node, "allowedAnswers", element.allowed_answers)
    _variable(node, element)
    _requirements(node, element, _inputs_of(root))
    _boxed(node, element.expression)


def _knowledge(root: XElement, element: m.Knowledge) -> None:
    node = _head(root, "businessKnowledgeModel", element)
    _variable(node, element)
    if element.function is not None:
        _function(node, element.function, "encapsulatedLogic")
    _requirements(node, element, ())


def _service(root: XElement, element: m.Service) -> None:
    node = _head(root, "decisionService", element)
    _variable(node, element)
    for tag, hrefs in (
        ("outputDecision", element.outputs), ("encapsulatedDecision", element.encapsulated),
        ("inputDecision", element.input_decisions), ("inputData", element.input_data),
    ):  # fmt: skip
        for href in hrefs:
            _add(node, tag, href=href)


_ELEMENTS: dict[type[m.Element], Callable[..., None]] = {
    m.InputData: _input_data, m.Decision: _decision, m.Knowledge: _knowledge, m.Service: _service,
}  # fmt: skip


# --- boxed expressions -----------------------------------------------------------------------------------------------


def _boxed(parent: XElement, boxed: m.Boxed | None) -> None:
    if boxed is not None:
        _BOXED[type(boxed)](parent, boxed)


def _wrapped(parent: XElement, tag: str, boxed: m.Boxed | None) -> None:
    _boxed(_add(parent, tag), boxed)


def _literal(parent: XElement, boxed: m.Text) -> None:
    _texted(parent, "literalExpression", boxed.text, typeRef=boxed.type_ref, expressionLanguage=boxed.language)


def _context(parent: XElement, boxed: m.BoxedContext) -> None:
    node = _add(parent, "context", typeRef=boxed.type_ref)
    for entry in boxed.entries:
        one = _add(node, "contextEntry")
        if entry.name or entry.type_ref:
            _add(one, "variable", name=entry.name, typeRef=entry.type_ref)
        _boxed(one, entry.value)


def _list(parent: XElement, boxed: m.BoxedList) -> None:
    node = _add(parent, "list", typeRef=boxed.type_ref)
    for item in boxed.items:
        _boxed(node, item)


def _relation(parent: XElement, boxed: m.Relation) -> None:
    node = _add(parent, "relation", typeRef=boxed.type_ref)
    for name in boxed.columns:
        _add(node, "column", name=name)
    for cells in boxed.rows:
        row = _add(node, "row")
        for cell in cells:
            _boxed(row, cell)


def _function(parent: XElement, boxed: m.BoxedFunction, tag: str = "functionDefinition") -> None:
    node = _add(parent, tag, kind=boxed.kind if boxed.kind != "FEEL" else "", typeRef=boxed.type_ref)
    for parameter in boxed.parameters:
        _add(node, "formalParameter", name=parameter.name, typeRef=parameter.type_ref)
    _boxed(node, boxed.body)


def _invocation(parent: XElement, boxed: m.Invocation) -> None:
    node = _add(parent, "invocation", typeRef=boxed.type_ref)
    _boxed(node, boxed.function)
    for name, value in boxed.bindings:
        one = _add(node, "binding")
        _add(one, "parameter", name=name)
        _boxed(one, value)


def _conditional(parent: XElement, boxed: m.Conditional) -> None:
    node = _add(parent, "conditional", typeRef=boxed.type_ref)
    for tag, part in (("if", boxed.condition), ("then", boxed.then), ("else", boxed.otherwise)):
        _wrapped(node, tag, part)


def _filter(parent: XElement, boxed: m.BoxedFilter) -> None:
    node = _add(parent, "filter", typeRef=boxed.type_ref)
    _wrapped(node, "in", boxed.source)
    _wrapped(node, "match", boxed.match)


def _iterator(parent: XElement, boxed: m.Iterator) -> None:
    node = _add(parent, boxed.kind, iteratorVariable=boxed.variable, typeRef=boxed.type_ref)
    _wrapped(node, "in", boxed.source)
    _wrapped(node, "return" if boxed.kind == "for" else "satisfies", boxed.body)


def _table(parent: XElement, boxed: m.Table) -> None:
    node = _add(
        parent, "decisionTable", hitPolicy=boxed.hit_policy, aggregation=boxed.aggregation, typeRef=boxed.type_ref,
        outputLabel=boxed.name if boxed.name != boxed.label else "",
    )  # fmt: skip
    for column in boxed.inputs:
        one = _add(node, "input", label=column.label)
        _texted(one, "inputExpression", column.expression, typeRef=column.type_ref)
        if column.values:
            _texted(one, "inputValues", column.values)
    for output in boxed.outputs:
        one = _add(node, "output", name=output.name, label=output.label, typeRef=output.type_ref)
        if output.values:
            _texted(one, "outputValues", output.values)
        if output.default:
            _texted(one, "defaultOutputEntry", output.default)
    for name in boxed.annotations:
        _add(node, "annotation", name=name)
    for rule in boxed.rules:
        row = _add(node, "rule")
        for tag, cells in (("inputEntry", rule.tests), ("outputEntry", rule.outputs),
                           ("annotationEntry", rule.annotations)):  # fmt: skip
            for text in cells:
                _texted(row, tag, text)


_BOXED: dict[type[m.Boxed], Callable[..., None]] = {
    m.Text: _literal, m.BoxedContext: _context, m.BoxedList: _list, m.Relation: _relation,
    m.BoxedFunction: _function, m.Invocation: _invocation, m.Conditional: _conditional, m.BoxedFilter: _filter,
    m.Iterator: _iterator, m.Table: _table,
}  # fmt: skip
