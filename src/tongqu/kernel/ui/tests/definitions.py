"""Small form definitions for tests."""

from __future__ import annotations

from typing import Any


def text(zh: str, en: str = "") -> dict[str, str]:
    return {"zh-Hans": zh, "en": en or zh}


def field(name: str, widget: str = "text", *, options: str = "", **more: Any) -> dict[str, Any]:
    """`options`: values separated by spaces."""
    made: dict[str, Any] = {"name": name, "element": f"t.{name}", "widget": widget, "label": text(f"字段{name}", name)}
    if options:
        made["options"] = [{"value": v, "label": text(f"选项{v}", v)} for v in options.split()]
    return {**made, **more}


def form(*fields: dict[str, Any], second: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """One page, or two when `second` names the fields of another."""

    def page(name: str, inside: tuple[dict[str, Any], ...]) -> dict[str, Any]:
        return {
            "id": name,
            "title": text(name),
            "sections": [{"id": f"{name}_s", "title": text(name), "fields": list(inside)}],
        }

    return {"pages": [page("one", fields), *([page("two", second)] if second else [])]}
