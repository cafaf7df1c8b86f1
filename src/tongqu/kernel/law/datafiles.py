"""Reads a YAML file against a published schema and says what is wrong in plain words: which file, row and field."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from tongqu.kernel.acts.errors import Invalid

HERE = Path(__file__).parent
SCHEMAS = HERE / "schemas"
DATA = HERE / "data"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: `row` is the row's own name (L7) or its place (第3行), `field` the path inside it."""

    file: str
    row: str
    field: str
    message: str

    def __str__(self) -> str:
        return "：".join(part for part in (self.file, self.row, self.field, self.message) if part)


class BadFile(Invalid):
    """A file of law was not taken, none of it; `problems` says why."""

    code = "bad-file"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            _("文件没有载入，共发现%(count)d处问题") % {"count": len(self.problems)},
            remedy="\n".join(str(p) for p in self.problems),
            fields={f"{p.row}.{p.field}".strip("."): p.message for p in self.problems},
        )

    def __str__(self) -> str:
        return "\n".join(str(p) for p in self.problems)


class _Reader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML in which dates stay text and a key said twice is a mistake, not a silent choice."""


_Reader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _mapping(reader: Any, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[str] = set()
    for key_node, _value in node.value:
        if key_node.value in seen and key_node.tag != "tag:yaml.org,2002:merge":
            raise yaml.constructor.ConstructorError(None, None, f"“{key_node.value}”", key_node.start_mark)
        seen.add(key_node.value)
    reader.flatten_mapping(node)
    return dict(reader.construct_pairs(node, deep=True))


_Reader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def parse(text: str, file: str) -> Any:
    """The plain value of a YAML text. Raises BadFile, with the line, where it cannot be read."""
    try:
        return yaml.load(text, _Reader)  # noqa: S506  (a SafeLoader)
    except yaml.constructor.ConstructorError as error:
        raise BadFile([Problem(file, _line(error), "", _("%(key)s写了两次") % {"key": error.problem})]) from error
    except yaml.YAMLError as error:
        message = _("这一行不是合法的YAML：%(what)s") % {"what": getattr(error, "problem", "") or type(error).__name__}
        raise BadFile([Problem(file, _line(error), "", message)]) from error


def is_day(text: str) -> bool:
    """Whether this is a day as files and forms write one: 2026-01-31."""
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


def read(path: Path) -> Any:
    """The plain value of a YAML file. Raises BadFile."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile([Problem(path.name, "", "", _("文件打不开或者不是UTF-8文本"))]) from error
    return parse(text, path.name)


def check(value: Any, schema: str, file: str, *, rows: str, name: str) -> list[Problem]:
    """What a schema (`rules`, `grounds`, `calendar`) finds wrong. `rows` is the list, `name` a row's key."""
    errors = sorted(_validator(schema).iter_errors(value), key=lambda e: [str(p) for p in e.absolute_path])
    problems = [_plain(error, value, file, rows, name) for error in errors]
    return list(dict.fromkeys(problems))


@cache
def _validator(schema: str) -> Draft202012Validator:
    document = json.loads((SCHEMAS / f"{schema}.schema.json").read_text(encoding="utf-8"))
    return Draft202012Validator(document, format_checker=FormatChecker())


def _plain(error: ValidationError, value: Any, file: str, rows: str, name: str) -> Problem:
    error = _innermost(error)
    path = list(error.absolute_path)
    row = ""
    if len(path) >= 2 and path[0] == rows and isinstance(path[1], int):
        found = value[rows][path[1]]
        row = str(found.get(name, "")) if isinstance(found, dict) else ""
        row = row or _("第%(number)d行") % {"number": path[1] + 1}
        path = path[2:]
    field, message = _words(error, ".".join(str(p) for p in path))
    return Problem(file, row, field, message)


def _innermost(error: ValidationError) -> ValidationError:
    """For “one of these forms”, the complaint of the form that is not plain null."""
    for inner in error.context or ():
        if inner.validator != "type" or inner.validator_value != "null":
            return _innermost(inner)
    return error


def _words(error: ValidationError, field: str) -> tuple[str, str]:
    rule, wanted, got = str(error.validator), error.validator_value, error.instance
    if rule == "required" and isinstance(wanted, list):
        missing = [key for key in wanted if not isinstance(got, dict) or key not in got]
        return ".".join(filter(None, (field, missing[0]))), _("缺少这一项")
    if rule == "additionalProperties" and isinstance(got, dict):
        known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
        extra = next((key for key in got if key not in known), "")
        return ".".join(filter(None, (field, str(extra)))), _("没有这一项，请检查拼写")
    if rule == "enum" and isinstance(wanted, list):
        choices = "、".join(str(w) for w in wanted if w is not None)
        return field, _("“%(got)s”不在可选值之内：%(choices)s") % {"got": got, "choices": choices}
    if rule == "const":
        return field, _("应当是“%(wanted)s”") % {"wanted": wanted}
    if rule == "type":
        return field, _("应当是%(kind)s，现在是“%(got)s”") % {"kind": _kind(wanted), "got": _short(got)}
    if rule == "format":
        return field, _("“%(got)s”不是日期，应当写成2026-01-31的样子") % {"got": got}
    if rule == "pattern":
        return field, _("“%(got)s”的写法不对") % {"got": _short(got)}
    if rule in {"minimum", "maximum"}:
        return field, _("数值%(got)s超出范围") % {"got": got}
    if rule in {"minItems", "minLength"}:
        return field, _("不能为空")
    if rule == "maxLength":
        return field, _("太长，最多%(limit)s个字") % {"limit": wanted}
    if rule == "uniqueItems":
        return field, _("有重复的内容")
    return field, _("这一项不符合要求")


def _kind(wanted: Any) -> str:
    names = {
        "string": _("文字"), "integer": _("整数"), "array": _("列表"), "object": _("若干项的组合"),
        "boolean": _("true或者false"), "null": _("空"),
    }  # fmt: skip
    return "、".join(names.get(w, str(w)) for w in ([wanted] if isinstance(wanted, str) else wanted))


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return _("第%(number)d行") % {"number": mark.line + 1} if mark else ""
