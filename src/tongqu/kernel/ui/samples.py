"""Invented content for the gallery and the sample pages, from samples.yaml. Nothing here reads the database."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.errors import Conflict
from tongqu.kernel.acts.paging import Page
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.navigation import Drawn
from tongqu.kernel.ui.templatetags.ui import render_due, render_tag


@cache
def content() -> dict[str, Any]:
    """The file as it is. Read it, do not change it."""
    found: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("samples.yaml").read_text(encoding="utf-8"))
    return found


def gallery() -> dict[str, Any]:
    """Everything /ui/gallery shows."""
    raw = content()
    return {
        **{k: raw[k] for k in ("history", "steps", "facts", "form_steps", "tabs", "files", "flash_samples")},
        **_form(),
        "explanation": _explanation(),
        "guide_steps": [{k: v for k, v in step.items() if k != "state"} for step in raw["steps"]],
        "worklist": _worklist(),
        "dues": [now() + timedelta(days=n) for n in (-2.2, 0.01, 1.5, 6)],
        "cards": raw["home"]["services"],
        "page": Page(rows=[], next="eyJuZXh0IjoxfQ"),
    }


def page(name: str) -> dict[str, Any] | None:
    """The context of the sample page `ui/sample_<name>.html`; None for an unknown name."""
    match name:
        case "home":
            found = dict(content()["home"])
        case "desk" | "case" | "guide" | "form":
            found = gallery()
        case "conflict":
            found = {"error": Conflict(), "back_url": "/", "typed": ["同意受理", "材料齐全"]}
        case "confirm":
            found = {**content()["confirm"], "facts": content()["facts"]}
        case _:
            return None
    return {"menus": _menus(), **found}


def _form() -> dict[str, Any]:
    raw = content()
    form, values, choices = raw["form"], raw["values"], raw["choices"]
    _values, errors = forms.parse(form, values, given=values, choices=choices)
    sources = {name: raw["register"] for name in values if name.startswith("holder_")}
    return {"sections": forms.build(form, values, errors, sources, choices=choices), "errors": errors}


def _explanation() -> dict[str, Any]:
    raw = content()["explanation"]
    dates = [raw["first"] + timedelta(days=n) for n in range(raw["length"])]
    return {**raw, "days": [{"date": d, "counted": d.weekday() < 5, "text": "周末"} for d in dates]}


def _worklist() -> dict[str, Any]:
    rows = []
    for number, who, state, tone, left, level in content()["worklist"]["rows"]:
        at = None if left is None else now() + timedelta(days=left)
        due = render_due(at, state="paused" if at is None else "running")
        rows.append(
            {"cells": [number, "食品经营许可（新办）", who, render_tag(state, tone), due], "url": "#", "level": level}
        )
    return {"columns": content()["worklist"]["columns"], "rows": rows}


def _menus() -> dict[str, list[Drawn]]:
    """Menus as a full node would have them, so that the sample pages show the whole frame."""
    return {
        area: [Drawn(str(n), label, "#", icon, n == 1, count) for n, (label, icon, count) in enumerate(rows)]
        for area, rows in content()["menus"].items()
    }
