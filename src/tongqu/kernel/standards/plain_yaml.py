"""Plain YAML: only strings, integers, true/false, null, lists and maps, so that a file means one thing to everyone.

Ordinary YAML reads `no` as false, `2026-01-01` as a date, 1.10 as 1.1, and lets a short file swell to gigabytes by
aliases. A definition that another region adopts must not depend on such turns: `no` stays a string, dates stay
strings, and floats, aliases, tags and repeated keys are refused with file and line.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 40
_MOST_DIGITS = 18  # what every database and every reader of JSON can hold
# Control characters that an escape can smuggle in, halves of characters, and marks that turn the direction
_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


class PlainYamlError(ValueError):
    """The text is not plain YAML. `line` counts from 1; 0 when there is no line to name."""

    def __init__(self, message: str, line: int = 0) -> None:
        self.line = line
        super().__init__(message)


class _Loader(yaml.SafeLoader):
    """SafeLoader with its guesses taken away."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise PlainYamlError(_("不能使用YAML别名（*名称）"), self.line + 1)
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "anchor", None):
            raise PlainYamlError(_("不能使用YAML锚点（&名称）"), event.start_mark.line + 1)
        if getattr(event, "tag", None):
            raise PlainYamlError(_("不能使用YAML标签（!名称）"), event.start_mark.line + 1)
        if _UNSHOWN.search(getattr(event, "value", "")):
            raise PlainYamlError(_("有无法显示的字符"), event.start_mark.line + 1)
        self._depth = getattr(self, "_depth", 0) + 1
        if self._depth > MAX_DEPTH:
            raise PlainYamlError(_("层次太深"), event.start_mark.line + 1)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or key.tag != "tag:yaml.org,2002:str":
                raise PlainYamlError(_("键应当是普通文字"), line)
            if key.value in seen:
                raise PlainYamlError(_("“%(key)s”写了两次") % {"key": key.value}, line)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_FLOAT = "tag:tongqu,float"
_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^(?:0|-?[1-9][0-9]*)$"), list("-0123456789"))
_Loader.add_implicit_resolver(
    _FLOAT, re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]+)$"), list("-+.0123456789")
)


def _int(loader: _Loader, node: yaml.Node) -> int:
    if len(node.value) > _MOST_DIGITS:
        raise PlainYamlError(_("数字太大"), node.start_mark.line + 1)
    return int(node.value)


def _refuse_float(loader: _Loader, node: yaml.Node) -> Any:
    raise PlainYamlError(_("小数要写在引号里，才能保持精确"), node.start_mark.line + 1)


_Loader.add_constructor(_FLOAT, _refuse_float)
_Loader.add_constructor("tag:yaml.org,2002:int", _int)


def load_text(text: str) -> Any:
    """The value a YAML text holds. Raises PlainYamlError."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise PlainYamlError(_("文件超过了1 MB"))
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except PlainYamlError:
        raise
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or type(error).__name__
        raise PlainYamlError(_("不是合法的YAML：%(what)s") % {"what": what}, mark.line + 1 if mark else 0) from error
    except ValueError as error:  # an escape beyond the last character there is
        raise PlainYamlError(_("不是合法的YAML：%(what)s") % {"what": type(error).__name__}) from None


def load_file(path: Path) -> Any:
    """The value a YAML file holds. Raises PlainYamlError, also for a file that is not UTF-8; OSError if unreadable."""
    if path.stat().st_size > MAX_BYTES:
        raise PlainYamlError(_("文件超过了1 MB"))
    try:
        return load_text(path.read_bytes().decode())
    except UnicodeDecodeError as error:
        raise PlainYamlError(_("文件不是UTF-8文本")) from error
