"""Small pure shapes behind the components: steps on a path, counted days, a mask read aloud."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.ui import languages

STATES = {"done": "is-done", "now": "is-now", "ahead": "is-ahead"}


def path(steps: Iterable[Any]) -> list[dict[str, Any]]:
    """Each step with its CSS state; a step without a state is drawn as part of a guide."""
    return [
        {
            "title": of(step, "title"), "text": of(step, "text"), "time": of(step, "time"),
            "state": STATES.get(of(step, "state") or "", ""), "now": of(step, "state") == "now",
            "done": of(step, "state") == "done",
        }
        for step in steps
    ]  # fmt: skip


def numbered_days(explanation: Any) -> list[dict[str, Any]]:
    """The days of an explanation, counted ones numbered from 1, the due day marked: the one of `due_at` (or of law's
    `due.at`) if it is among them, else the last counted. A long period has no list of days."""
    if of(explanation, "is_long"):
        return []
    rows: list[dict[str, Any]] = []
    number = 0
    for note in of(explanation, "days") or ():
        counted = bool(of(note, "counted"))
        number += counted
        rows.append(
            {"date": of(note, "date"), "counted": counted, "number": number, "text": said(note, "text"), "due": False}
        )
    due_at = of(explanation, "due_at") or of(of(explanation, "due"), "at")
    last = due_at.astimezone(SHANGHAI).date() if due_at else None
    due = [row for row in rows if row["date"] == last] or [row for row in rows if row["counted"]]
    if due:
        due[-1]["due"] = True
    return rows


def spoken_mask(value: str) -> str:
    """ "330***********1234" as words, so that a screen reader does not read eleven asterisks."""
    return re.sub(r"[*•●]+", lambda run: _("（隐去 %(n)s 位）") % {"n": len(run.group())}, value)


def said(thing: Any, name: str) -> str:
    """A text under its own name, or as name_zh / name_en in the language in force."""
    if text := of(thing, name):
        return str(text)
    return str(of(thing, f"{name}_en") or "") if languages.english() else languages.ours(of(thing, f"{name}_zh") or "")


def of(thing: Any, name: str) -> Any:
    """A key of a mapping or an attribute of an object; None when absent."""
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)
