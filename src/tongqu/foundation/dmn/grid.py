"""A decision table as a sheet: rows of text cells, there and back without loss.

The first column says what a row is: 表 Table, 命中 Hit, 列 Column, 名称 Label, 表达式 Expression, 类型 Type,
取值 Values, 默认 Default; then a row for each rule, with its number. Readers take either language, in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.typed_signs import plain_signs
from tongqu.foundation.feel.diagnostics import FeelError
from tongqu.foundation.feel.reading import read_tests

HEADS = {
    "table": "表 Table", "hit": "命中 Hit", "column": "列 Column", "label": "名称 Label",
    "expression": "表达式 Expression",
    "type": "类型 Type", "values": "取值 Values", "default": "默认 Default",
}  # fmt: skip
KINDS = {"input": "条件 Input", "output": "结果 Output", "annotation": "备注 Note"}
POLICY_WORDS = {
    "UNIQUE": "唯一", "FIRST": "取第一条", "PRIORITY": "按优先级", "ANY": "任一", "COLLECT": "汇集",
    "RULE ORDER": "按规则顺序", "OUTPUT ORDER": "按结果顺序",
}  # fmt: skip
_SHORT = tuple(f"C{sign}" for sign in m.AGGREGATIONS.values())
MOST_ROWS, MOST_COLUMNS = 100_000, 500
Rows = Sequence[Sequence[str]]


class SheetError(ValueError):
    """The sheet is no table; `cell` as in B3, `zh` and `en` say what is wrong there."""

    def __init__(self, row: int, column: int, zh: str, en: str) -> None:
        self.cell = f"{letters(column)}{row + 1}"
        self.zh, self.en = f"{self.cell}：{zh}", f"{self.cell}: {en}"
        super().__init__(f"{self.zh} {self.en}")


def letters(column: int) -> str:
    """The name of a column as spreadsheets have it: A, B … Z, AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


# --- writing ---------------------------------------------------------------------------------------------------------


def to_grid(table: m.Table) -> list[list[str]]:
    """The rows of the sheet, all of one length."""
    inputs, outputs, notes = table.inputs, table.outputs, _notes(table)
    policy = f"{POLICY_WORDS[table.hit_policy]} {table.hit_policy} {table.aggregation}".strip()
    rows = [
        [HEADS["table"], table.name or table.label],
        [HEADS["hit"], policy],
        [HEADS["column"], *[KINDS["input"]] * len(inputs), *[KINDS["output"]] * len(outputs),
         *[KINDS["annotation"]] * len(notes)],
        [HEADS["label"], *(i.label for i in inputs), *(o.label for o in outputs), *notes],
        [HEADS["expression"], *(i.expression for i in inputs), *(o.name for o in outputs)],
        [HEADS["type"], *(i.type_ref for i in inputs), *(o.type_ref for o in outputs)],
        [HEADS["values"], *(_as_read(i.values, i.type_ref) for i in inputs),
         *(_as_read(o.values, o.type_ref) for o in outputs)],
        [HEADS["default"], *[""] * len(inputs), *(_as_read(o.default, o.type_ref) for o in outputs)],
    ]  # fmt: skip
    for number, rule in enumerate(table.rules, 1):
        tests = (_as_read(text, i.type_ref) for text, i in zip(rule.tests, inputs, strict=True))
        results = (_as_read(text, o.type_ref) for text, o in zip(rule.outputs, outputs, strict=True))
        rows.append([str(number), *tests, *results, *rule.annotations])
    if table.type_ref:
        rows[0].append(table.type_ref)
    width = max(map(len, rows))
    return [row + [""] * (width - len(row)) for row in rows]


def _as_read(text: str, type_ref: str) -> str:
    """A cell that would be read as something else, in parentheses, which reading takes away again: a name in a column
    of texts, which is no word."""
    return text if worded(text, type_ref) == text else f"({text})"


def _notes(table: m.Table) -> tuple[str, ...]:
    most = max((len(rule.annotations) for rule in table.rules), default=0)
    return table.annotations + ("",) * (most - len(table.annotations))


# --- reading ---------------------------------------------------------------------------------------------------------


def from_grid(rows: Rows) -> m.Table:
    """The table of a sheet. Raises SheetError with the cell at fault.

    In a column of texts, bare words count as texts (低保 as "低保"), also several apart by commas.
    """
    if len(rows) > MOST_ROWS:
        raise SheetError(MOST_ROWS, 0, "行数太多", "too many rows")
    head, body = _heads(rows)
    if "column" not in head:
        raise SheetError(0, 0, "缺少“列 Column”这一行", "the row “列 Column” is missing")
    kinds = _kinds(rows, head["column"])
    cell = _cells(rows, head)
    policy, aggregation = _policy(rows, head)
    table = m.Table(
        label=cell("table", 1), name=cell("table", 1), type_ref=cell("table", 2),
        hit_policy=policy, aggregation=aggregation,
        inputs=tuple(
            m.Input(
                cell("expression", c) or cell("label", c), cell("type", c), worded(cell("values", c), cell("type", c)),
                cell("label", c),
            )
            for c in kinds["input"]
        ),
        outputs=tuple(
            m.Output(
                cell("expression", c), cell("type", c), worded(cell("values", c), cell("type", c)),
                worded(cell("default", c), cell("type", c)), cell("label", c),
            )
            for c in kinds["output"]
        ),
        annotations=_trimmed(tuple(cell("label", c) for c in kinds["annotation"])),
    )  # fmt: skip
    if not table.outputs:
        raise SheetError(head["column"], 1, "至少要有一列结果", "one output column at least")
    return replace(table, rules=tuple(_rule(rows, row, kinds, table) for row in body))


def _trimmed(names: tuple[str, ...]) -> tuple[str, ...]:
    return names if any(names) else ()


def _cells(rows: Rows, head: dict[str, int]) -> Callable[[str, int], str]:
    def cell(name: str, column: int) -> str:
        return _at(rows, head[name], column) if name in head else ""

    return cell


def _at(rows: Rows, row: int, column: int) -> str:
    line = rows[row]
    return str(line[column]).strip() if column < len(line) else ""


def _heads(rows: Rows) -> tuple[dict[str, int], list[int]]:
    """Where each row of the head is, and the rows of rules."""
    head: dict[str, int] = {}
    body: list[int] = []
    for number, row in enumerate(rows):
        first = _at(rows, number, 0)
        if not any(str(cell).strip() for cell in row):
            continue
        found = next((name for name, said in HEADS.items() if first and first.casefold() in _either(said)), None)
        if found is not None:
            if found in head:
                raise SheetError(number, 0, f"“{first}”出现了两次", f"“{first}” is there twice")
            head[found] = number
        elif first and not first.rstrip(".0").replace("0", "").isdigit() and not first.isdigit():
            raise SheetError(number, 0, f"不认识的行“{first}”", f"unknown row “{first}”")
        else:
            body.append(number)
    return head, body


def _either(said: str) -> set[str]:
    zh, _sep, en = said.partition(" ")
    return {zh, en.casefold(), said.casefold()}


def _kinds(rows: Rows, row: int) -> dict[str, list[int]]:
    kinds: dict[str, list[int]] = {"input": [], "output": [], "annotation": []}
    for column in range(1, len(rows[row])):
        said = _at(rows, row, column)
        if not said:
            continue
        if column > MOST_COLUMNS:
            raise SheetError(row, column, "列数太多", "too many columns")
        found = next((kind for kind, words in KINDS.items() if said.casefold() in _either(words)), None)
        if found is None:
            raise SheetError(row, column, "应当是条件、结果或者备注", "input, output or note")
        kinds[found].append(column)
    return kinds


def _policy(rows: Rows, head: dict[str, int]) -> tuple[str, str]:
    """The hit policy, and how results are aggregated."""
    if "hit" not in head:
        return "UNIQUE", ""
    said = _at(rows, head["hit"], 1)
    words = said.upper()
    for policy in sorted(m.HIT_POLICIES, key=len, reverse=True):
        short = words.split()[:1] == [m.HIT_POLICIES[policy]] or (policy == "COLLECT" and words in _SHORT)
        if policy in words or POLICY_WORDS[policy] in said or short:
            rest = words.replace(policy, " ").split()
            how = next((a for a, sign in m.AGGREGATIONS.items() if a in rest or sign in words), "")
            return policy, how if policy == "COLLECT" else ""
    raise SheetError(head["hit"], 1, f"不认识的命中方式“{said}”", f"unknown hit policy “{said}”")


def _rule(rows: Rows, row: int, kinds: dict[str, list[int]], table: m.Table) -> m.Rule:
    tests = tuple(
        worded(_at(rows, row, c) or "-", i.type_ref) for c, i in zip(kinds["input"], table.inputs, strict=True)
    )
    outputs = tuple(worded(_at(rows, row, c), o.type_ref) for c, o in zip(kinds["output"], table.outputs, strict=True))
    notes = tuple(_at(rows, row, c) for c in kinds["annotation"])
    return m.Rule(tests, outputs, notes)


def worded(text: str, type_ref: str) -> str:
    """FEEL's own signs, and bare words of a column of texts in quotation marks; everything else as it is."""
    inner = text[1:-1]
    if text.startswith("(") and text.endswith(")") and inner != worded(inner, type_ref):
        return inner
    return _read_as(text, type_ref)


def _read_as(text: str, type_ref: str) -> str:
    text = plain_signs(text, words=type_ref == "string")
    if type_ref != "string" or not text or text == "-" or any(sign in text for sign in '."()[]<>=?{'):
        return text
    if text in ("null", "true", "false"):
        return text
    parts = [part.strip() for part in text.replace("，", ",").replace("、", ",").split(",")]
    quoted = ", ".join(f'"{part}"' for part in parts if part)
    try:
        read_tests(quoted)
    except FeelError:
        return text
    return quoted
