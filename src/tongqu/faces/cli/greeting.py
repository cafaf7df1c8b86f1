"""What `up` prints when the platform answers: addresses and, for a demonstration, who can sign in with what."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from pathlib import Path


def table(url: str, folder: Path, *, demo: bool, seconds: float, desk: str = "") -> str:
    """The whole greeting as text."""
    lines = [
        "",
        f"通衢 Tongqu 已启动 is up ({seconds:.1f} s)",
        "",
        *_columns(
            [
                ("门户 portal", f"{url}/"),
                ("工作台 workbench", f"{desk or url}/desk"),
                ("数据 data", str(folder)),
            ]
        ),
    ]
    logins = _logins(folder) if demo else []
    if logins:
        lines += ["", "演示账号 demo logins", *_columns([("身份 who", "账号 login", "密码 password"), *logins])]
    return "\n".join([*lines, "", "Ctrl-C 停止 to stop", ""])


def _logins(folder: Path) -> list[tuple[str, str, str]]:
    try:
        said = json.loads((folder / "prepared.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [(row["who"], row["login"], row["password"]) for row in said.get("logins", [])]


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(_width(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  " + "  ".join(cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=True)).rstrip()
            for row in rows]  # fmt: skip


def _width(text: str) -> int:
    """Columns on a terminal: Han characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
