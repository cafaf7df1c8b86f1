"""What `tongqu regions …` does. The cli room wires the arguments; these print to `out` and return an exit code."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _

from tongqu.kernel.acts.errors import TongquError
from tongqu.kernel.directory import load, tree
from tongqu.kernel.directory.rules.codes import LEVEL_NAMES, STATISTICAL


def import_regions(
    path: Path | str | None,
    out: TextIO,
    *,
    in_tree: str = STATISTICAL,
    valid_from: date | None = None,
    changes: Path | None = None,
    accept_ended: int | None = None,
) -> int:
    """Load the file, or without one the list that comes with the platform. 0, or 1 with one clear line."""
    began = time.monotonic()
    try:
        if path is None:
            loaded = load.load_shipped()
        else:
            loaded = load.import_regions(
                Path(path), tree=in_tree, valid_from=valid_from, changes=changes, accept_ended=accept_ended
            )
    except TongquError as error:
        return _failed(error, out)
    listed = "，".join(
        _("%(level)s %(count)s") % {"level": LEVEL_NAMES[int(level)], "count": f"{count:,}"}
        for level, count in loaded.listed.items()
    )
    print(_("已读取：%(listed)s") % {"listed": listed}, file=out)
    if folded := sum(loaded.folded.values()):
        print(_("另有 %(count)d 条与上级同码同名，已并入上级") % {"count": folded}, file=out)
    if loaded.rare:
        print(
            _("%(count)d 个名称含有字库中没有的字，请核对：%(codes)s")
            % {"count": len(loaded.rare), "codes": "、".join(loaded.rare[:10])},
            file=out,
        )
    if loaded.unchanged:
        print(_("与现有区划一致，没有变化"), file=out)
        return 0
    print(
        _(
            "自 %(on)s 起生效：新增 %(added)s，更名 %(renamed)s，代码变更 %(recoded)s，并入 %(merged)s，"
            "析置 %(split)s，终止 %(ended)s；用时 %(seconds).1f 秒"
        )
        % {
            "on": loaded.valid_from,
            **{
                name: f"{getattr(loaded, name):,}"
                for name in ("added", "renamed", "recoded", "merged", "split", "ended")
            },
            "seconds": time.monotonic() - began,
        },
        file=out,
    )
    return 0


def show_region(code: str, out: TextIO, *, on: date | None = None, in_tree: str = STATISTICAL) -> int:
    """Print a place: where it lies, what is below it, what it was called. 0, or 1 when there is none."""
    try:
        path = tree.region_path(code, on, tree=in_tree)
        place = path[-1]
        below = tree.children(place.code, on, tree=in_tree)
        history = tree.region_history(place.code, on, tree=in_tree)
    except TongquError as error:
        return _failed(error, out)
    print(" / ".join(step.name for step in path) + (_("（演示，虚构）") if place.fictional else ""), file=out)
    print(f"{place.code}  {LEVEL_NAMES[place.level]}", file=out)
    if below:
        names = "、".join(child.name for child in below[:10]) + ("……" if len(below) > 10 else "")
        print(_("下辖 %(count)d 个：%(names)s") % {"count": len(below), "names": names}, file=out)
    for version in history.versions:
        span = f"{version.valid_from} —" + (f" {version.valid_to}" if version.valid_to else "")
        print(f"  {span}  {version.code}  {version.name}", file=out)
    for change in history.changes:
        inferred = _("（推断）") if change.inferred else ""
        print(
            f"  {change.effective_on}  {change.get_kind_display()}{inferred}  {change.old_code} → {change.new_code}",
            file=out,
        )
    return 0


def _failed(error: TongquError, out: TextIO) -> int:
    print(f"{error.message}" + (f"（{error.remedy}）" if error.remedy else ""), file=out)
    return 1
