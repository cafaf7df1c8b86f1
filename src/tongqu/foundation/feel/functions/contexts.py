"""Functions of contexts (DMN 1.5, 10.3.4.10)."""

from __future__ import annotations

from typing import Any

from tongqu.foundation.feel.calling import Calling
from tongqu.foundation.feel.functions.registry import builtin
from tongqu.foundation.feel.values import MOST_NESTED, Partial

Entries = dict[str, Any]


@builtin("get value", "m: context", "key: string", knows_unknown=True)
def get_value(call: Calling, m: Entries, key: str) -> Any:
    if key in m:
        return m[key]
    return m.missing(key) if type(m) is Partial else call.fail(f"没有“{key}”", f"there is no “{key}”")


@builtin("get entries", "m: context")
def get_entries(call: Calling, m: Entries) -> list[Entries]:
    return [{"key": key, "value": value} for key, value in m.items()]


@builtin("context", "entries: list<context>")
def context(call: Calling, entries: list[Entries | None]) -> Entries | None:
    found: Entries = {}
    for entry in entries:
        if entry is None or type(entry.get("key")) is not str or "value" not in entry or entry["key"] in found:
            return call.fail("每一项要有不重复的key和value", "each entry has a key of its own and a value")
        found[entry["key"]] = entry["value"]
    return found


@builtin("context put", "context: context", "key: string", "value: Any")
def context_put(call: Calling, m: Entries, key: str, value: Any) -> Entries:
    return {**m, key: value}


@builtin("context put", "context: context", "keys: list<string>", "value: Any")
def context_put_deep(call: Calling, m: Entries, keys: list[str | None], value: Any) -> Entries | None:
    if not keys or any(key is None for key in keys):
        return call.fail("路径不能为空", "the path is not empty")
    if len(keys) > MOST_NESTED:
        return call.fail("路径太长", "the path is too long")
    key, rest = str(keys[0]), keys[1:]
    if not rest:
        return {**m, key: value}
    inner = m.get(key)
    if inner is None and key not in m:
        inner = {}
    if not isinstance(inner, dict):
        return call.fail(f"“{key}”里面不能再放", f"“{key}” holds no entries")
    deeper = context_put_deep(call, inner, rest, value)
    return None if deeper is None else {**m, key: deeper}


@builtin("context merge", "contexts: list<context>")
def context_merge(call: Calling, contexts: list[Entries | None]) -> Entries | None:
    found: Entries = {}
    for one in contexts:
        if one is None:
            return call.fail("只能合并成组的数据", "only contexts can be merged")
        found.update(one)
    return found
