"""`tongqu ledger verify`: the words and the exit code; `verify.py` does the work."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _

from tongqu.foundation.checkpoint import NoteError
from tongqu.kernel.ledger.verify import Progress, verify_all


def verify_command(
    out: TextIO, *, kept: Iterable[Path] = (), progress: Progress | None = None, processes: int = 1
) -> int:
    """Verify this node's log and say so in one line. 0: sound. 1: the line names the first entry that is not.

    `kept` are files with checkpoints saved earlier; one that cannot be read or that this node did not sign gives 2.
    """
    notes: list[str] = []
    for path in kept:
        try:
            notes.append(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            out.write(_("无法读取树头文件 %(path)s") % {"path": path} + "\n")
            return 2
    try:
        report = verify_all(progress, kept=notes, processes=processes)
    except NoteError:
        out.write(_("所给的树头不是本账本签名的") + "\n")
        return 2
    if report.finding is not None:
        out.write(report.finding.sentence + "\n")
        return 1
    facts = {
        "size": report.size, "heads": report.heads, "signed": report.signed_size, "waiting": report.waiting,
        "origin": report.origin,
    }  # fmt: skip
    line = _(
        "账本 %(origin)s 完好：%(size)s 条全部重算相符，%(heads)s 个签名树头相符（至第 %(signed)s 条），"
        "%(waiting)s 件等待入账"
    )
    out.write(line % facts + "\n")
    return 0
