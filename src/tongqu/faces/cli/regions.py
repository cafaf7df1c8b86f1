"""`tongqu regions import|show`: the tree of places."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True)
    load = what.add_parser("import", help="导入区划，缺省为自带的省至镇 from a file, else the shipped list")
    load.add_argument("file", nargs="?", type=Path)
    load.add_argument("--administrative", action="store_true", help="民政区划，而非统计区划 the administrative tree")
    load.add_argument("--valid-from", type=date.fromisoformat, help="生效日 in force from: 2026-01-01")
    load.add_argument("--changes", type=Path, help="变更对照表 what became what")
    load.add_argument("--accept-ended", type=int, help="确认终止的数目 how many endings you expect")
    show = what.add_parser("show", help="一个地方及其沿革 one place and its history")
    show.add_argument("code")
    show.add_argument("--on", type=date.fromisoformat, help="某日 as of a day: 2026-01-01")
    show.add_argument("--administrative", action="store_true")


def run(options: argparse.Namespace) -> int:
    from tongqu.kernel.directory import cli
    from tongqu.kernel.directory.rules.codes import ADMINISTRATIVE, STATISTICAL

    tree = ADMINISTRATIVE if options.administrative else STATISTICAL
    if options.what == "show":
        return cli.show_region(options.code, sys.stdout, on=options.on, in_tree=tree)
    return cli.import_regions(
        options.file,
        sys.stdout,
        in_tree=tree,
        valid_from=options.valid_from,
        changes=options.changes,
        accept_ended=options.accept_ended,
    )
