"""`tongqu decide`: run a decision, check and convert tables, run the conformance kit. Needs no data folder."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tongqu.faces.cli.trouble import Trouble

BEIJING = ZoneInfo("Asia/Shanghai")


def arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="what", required=True, metavar="tck|run|check|convert")
    tck = commands.add_parser("tck", help="一致性测试集 run a folder of the DMN conformance kit")
    tck.add_argument("folder", type=Path)
    tck.add_argument("--csv", type=Path, help="逐项结果写入文件 write each result to a file")
    tck.add_argument("--all", action="store_true", help="逐项列出 list every case, not only those that fail")
    run = commands.add_parser("run", help="作一次决策 evaluate a decision of a model, or a table")
    run.add_argument("file", type=Path, help=".dmn, .xlsx, .csv")
    run.add_argument("decision", nargs="?", help="决策名称，表格文件不用写 its name; none for a table's file")
    run.add_argument("--facts", default="{}", help="事实：JSON，或者@文件 facts as JSON, or @FILE")
    run.add_argument("--as-of", help="按哪一天的数值计算 the day whose parameters count, such as 2026-01-01")
    run.add_argument("--parameters", type=Path, help="带日期的数值（CSV） dated parameters")
    run.add_argument("--partial", action="store_true", help="没有给的事实算作未知 facts not given are unknown")
    run.add_argument("--json", action="store_true", help="以JSON输出，含过程 as JSON, with the trace")
    check = commands.add_parser("check", help="检查模型或者表格 find gaps, overlaps and errors")
    check.add_argument("file", type=Path)
    convert = commands.add_parser("convert", help="表格互转 a table as .xlsx, .csv, .html or .dmn")
    convert.add_argument("file", type=Path)
    convert.add_argument("target", type=Path)
    convert.add_argument("--decision", help="模型里的哪一张表 which table of a model")


def run(options: argparse.Namespace) -> int:
    return _COMMANDS[options.what](options)


# --- the conformance kit ---------------------------------------------------------------------------------------------


def _tck(options: argparse.Namespace) -> int:
    """Each case with its outcome, and the totals with and without the cases that expect an error."""
    from tongqu.foundation.dmn import kit

    folder: Path = options.folder
    if not folder.is_dir():
        raise Trouble(f"没有这个文件夹 no such folder: {folder}", status=2)
    try:
        verdicts = list(kit.run_folder(folder))
    except FileNotFoundError:
        raise Trouble(f"里面没有测试集的用例 no cases of the kit in {folder}", status=2) from None
    for one in verdicts:
        if options.all or one.outcome != "passed":
            print(f"{one.outcome:<7} {one.folder}/{one.file} {one.case} {one.result} {one.detail}".rstrip())
    if options.csv:
        with options.csv.open("w", encoding="utf-8", newline="") as stream:
            kit.write_csv(verdicts, stream)
    totals = kit.totals(verdicts)
    print(f"全部用例 all cases: {totals.passed} / {totals.cases} 通过 passed ({_share(totals.passed, totals.cases)}), "
          f"{totals.failed} 不符 failed, {totals.errors} 出错 errors")  # fmt: skip
    print(f"不含预期出错的 without those that expect an error: {totals.passed_plain} / {totals.plain} 通过 passed "
          f"({_share(totals.passed_plain, totals.plain)})")  # fmt: skip
    return 0 if totals.passed == totals.cases else 1


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "-"


# --- deciding --------------------------------------------------------------------------------------------------------


def _run(options: argparse.Namespace) -> int:
    from tongqu.foundation.dmn.graph import Models
    from tongqu.foundation.feel.functions.conversion import said
    from tongqu.foundation.feel.reading_temporal import read_date
    from tongqu.foundation.feel.temporal import of_python

    as_of = read_date(options.as_of) if options.as_of else None
    if options.as_of and as_of is None:
        raise Trouble(f"“{options.as_of}”不是日期 is no date", "2026-01-01", status=2)
    models: Models = _models(options.file, options.parameters)
    name = options.decision or _only_decision(models)
    answer = models.decide(
        name, _facts(options.facts), partial=options.partial, trace=options.json, as_of=as_of,
        clock=lambda: of_python(datetime.now(BEIJING)),
    )  # fmt: skip
    if options.json:
        print(json.dumps(_as_json(answer), ensure_ascii=False, indent=2))
    else:
        print(said(answer.value, inside=True))
        if answer.needs:
            print("还需要 still needed: " + "、".join(answer.needs))
    for note in answer.notes:
        print(note, file=sys.stderr)
    return 0


def _models(file: Path, parameters: Path | None = None) -> Any:
    from tongqu.foundation.dmn import model as m
    from tongqu.foundation.dmn.graph import Models
    from tongqu.foundation.dmn.parameters import ParameterError, from_csv
    from tongqu.foundation.dmn.reading_xml import ModelError, read_xml

    try:
        dated = from_csv(parameters.read_text(encoding="utf-8")) if parameters else None
        if file.suffix == ".dmn":
            beside = [read_xml(path.read_bytes()) for path in sorted(file.parent.glob("*.dmn")) if path != file]
            return Models(read_xml(file.read_bytes()), beside, parameters=dated)
    except (ModelError, ParameterError) as error:
        raise Trouble(f"{file}: {error}") from None
    table = _table(file)
    names = dict.fromkeys(_roots(table))
    elements: dict[str, m.Element] = {name: m.InputData(name, name, name) for name in names}
    elements["table"] = m.Decision("table", table.label, table.label, "", tuple(f"#{n}" for n in names), (), table)
    return Models(m.Definitions(table.label, "urn:tongqu:decision", elements=elements), parameters=dated)


def _roots(table: Any) -> Iterable[str]:
    """The facts that a table's inputs name."""
    from tongqu.foundation.feel import nodes as n
    from tongqu.foundation.feel.diagnostics import FeelError
    from tongqu.foundation.feel.functions import BUILTINS
    from tongqu.foundation.feel.nodes import walk
    from tongqu.foundation.feel.reading import read_expression

    for one in table.inputs:
        try:
            node = read_expression(one.expression)
        except FeelError as error:
            raise Trouble(f"{one.expression}: {error}") from None
        yield from (part.name for part in walk(node) if isinstance(part, n.Name) and part.name not in BUILTINS)


def _table(file: Path) -> Any:
    from tongqu.foundation.dmn.grid import SheetError
    from tongqu.foundation.dmn.sheets import from_csv, from_xlsx

    readers = {".csv": from_csv, ".xlsx": from_xlsx}
    if file.suffix not in readers:
        raise Trouble(f"不认识的文件类型 unknown kind of file: {file}", ".dmn .xlsx .csv", status=2)
    try:
        return readers[file.suffix](file.read_bytes())
    except SheetError as error:
        raise Trouble(f"{file}: {error}") from None


def _only_decision(models: Any) -> str:
    from tongqu.foundation.dmn import model as m

    names = [one.name for one in models.main.elements.values() if isinstance(one, m.Decision)]
    if len(names) != 1:
        raise Trouble("请写明决策名称 name the decision: " + "、".join(names), status=2)
    return names[0]


def _facts(text: str) -> Any:
    """JSON, its numbers exact; a text that begins with @ names a file. Texts that are at-literals stay texts."""
    try:
        raw = Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text
        found = json.loads(raw, parse_float=Decimal, parse_int=Decimal)
    except (OSError, ValueError) as error:
        raise Trouble(f"事实应当是JSON facts are JSON: {error}", '{"年龄": 70}', status=2) from None
    if not isinstance(found, dict):
        raise Trouble("事实应当是一组名称和值 facts are names with values", '{"年龄": 70}', status=2)
    return {name: _value(value) for name, value in found.items()}


def _value(value: Any) -> Any:
    """A text written as a date is one, as JSON has none of its own."""
    from tongqu.foundation.feel.reading_temporal import read_date

    if isinstance(value, str):
        return read_date(value) or value
    if isinstance(value, list):
        return [_value(item) for item in value]
    return {name: _value(one) for name, one in value.items()} if isinstance(value, dict) else value


def _as_json(answer: Any) -> dict[str, Any]:
    from tongqu.foundation.dmn.tables import Fired

    return {
        "value": _plain(answer.value), "needs": list(answer.needs),
        "notes": [{"code": n.code, "where": n.span.where, "at": n.span.start + 1, "zh": n.zh, "en": n.en}
                  for n in answer.notes],
        "trace": [
            {"table": t.table, "inputs": {name: _plain(value) for name, value in t.inputs}, "matched": list(t.matched),
             "open": list(t.open), "result": _plain(t.result), "cites": list(t.cites)}
            if isinstance(t, Fired) else {"decision": t.decision, "value": _plain(t.value)}
            for t in answer.trace
        ],
    }  # fmt: skip


def _plain(value: Any) -> Any:
    """A value in JSON: numbers as numbers where they are whole, else as texts that lose nothing."""
    from tongqu.foundation.feel.functions.conversion import said
    from tongqu.foundation.feel.values import Unknown

    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 2**53 else said(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Unknown):
        return {"unknown": sorted(value.needs)}
    return {name: _plain(one) for name, one in value.items()} if isinstance(value, dict) else said(value)


# --- checking and converting -----------------------------------------------------------------------------------------


def _check(options: argparse.Namespace) -> int:
    """Every finding with its cell; 1 where there is an error among them."""
    from tongqu.foundation.dmn.checks import check_table

    worst = 0
    for label, table, names, types in _tables(options.file):
        findings = check_table(table, names, types=types)
        for one in findings:
            print(f"{'错误 error' if one.severity == 'error' else '提醒 warning'}  {label}  {one}")
            worst = max(worst, int(one.severity == "error"))
        if not findings:
            print(f"没有问题 nothing found  {label}")
    return worst


def _tables(file: Path) -> Iterable[tuple[str, Any, list[str], Any]]:
    """(label, table, names that it may use, types) of a file."""
    from tongqu.foundation.dmn import model as m
    from tongqu.foundation.dmn.item_types import Types

    if file.suffix != ".dmn":
        table = _table(file)
        yield table.label or str(file), table, list(_roots(table)), None
        return
    models = _models(file)
    types: Types = models.types(models.main)
    names = [one.variable for one in models.main.elements.values()]
    for element in models.main.elements.values():
        held = getattr(element, "expression", None) or getattr(getattr(element, "function", None), "body", None)
        if isinstance(held, m.Table):
            parameters = [p.name for p in getattr(getattr(element, "function", None), "parameters", ())]
            yield element.name, held, [*names, *parameters], types


def _convert(options: argparse.Namespace) -> int:
    from tongqu.foundation.dmn.html import to_html
    from tongqu.foundation.dmn.sheets import to_csv, to_xlsx
    from tongqu.foundation.dmn.writing_xml import write_xml

    target: Path = options.target
    if target.suffix == ".dmn":
        target.write_bytes(write_xml(_models(options.file).main))
        return 0
    found = [(label, table) for label, table, _n, _t in _tables(options.file) if options.decision in (None, label)]
    if len(found) != 1:
        raise Trouble(
            "请用 --decision 写明哪一张表 say which table: " + "、".join(label for label, _t in found), status=2
        )
    table = found[0][1]
    writers: dict[str, Any] = {
        ".csv": lambda: to_csv(table).encode(), ".xlsx": lambda: to_xlsx(table),
        ".html": lambda: to_html(table).encode(),
    }  # fmt: skip
    if target.suffix not in writers:
        raise Trouble(f"不认识的文件类型 unknown kind of file: {target}", ".xlsx .csv .html .dmn", status=2)
    target.write_bytes(writers[target.suffix]())
    return 0


_COMMANDS = {"tck": _tck, "run": _run, "check": _check, "convert": _convert}
