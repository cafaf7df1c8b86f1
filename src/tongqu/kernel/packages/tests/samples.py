"""A small package of its own for tests, and a way to break it in one place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings

from tongqu.foundation.dmn.grid import from_grid
from tongqu.foundation.dmn.sheets import to_csv
from tongqu.kernel.packages.content import read_folder

FOOD = settings.TQ_PACKAGES_DIR / "food-business-licence"
Content = dict[str, Any]


def food() -> Content:
    """The shipped package's content, free to change."""
    content, problems = read_folder(FOOD)
    assert problems == []
    return content


def fields(content: Content) -> dict[str, dict[str, Any]]:
    return {f["name"]: f for p in content["form"]["pages"] for s in p["sections"] for f in s["fields"]}


def write(folder: Path, content: Content, *, code: str | None = None) -> Path:
    """Content as a folder of files. JSON is YAML, so the files stay plain."""
    target = folder / (code or content["package"]["code"])
    target.mkdir()
    for name, rows in content.get("tables", {}).items():
        (target / "tables").mkdir(exist_ok=True)
        (target / "tables" / f"{name}.csv").write_text(to_csv(from_grid(rows)), encoding="utf-8")
    for stem, data in content.items():
        if stem not in ("templates", "tables"):
            (target / f"{stem}.yaml").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return target


def changed(change: Callable[[Content], Any]) -> Content:
    content = food()
    change(content)
    return content
