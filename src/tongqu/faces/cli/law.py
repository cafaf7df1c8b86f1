"""`tongqu law list|show|due`: the rule register, and what a period of it comes to."""

from __future__ import annotations

import argparse
import contextlib


def arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True)
    listed = what.add_parser("list", help="现行规则 the rules in force")
    listed.add_argument("prefix", nargs="?", default="")
    listed.add_argument("--trust", default="", help="只列某一核实程度 only rules checked this far")
    shown = what.add_parser("show", help="一条规则 one rule in full")
    shown.add_argument("rule_id")
    shown.add_argument("--version")
    shown.add_argument("--on", default="", help="某一天有效的版本 the version in force on a day")
    due = what.add_parser("due", help="期限何时届满、为什么 when a period ends, and why")
    due.add_argument("rule_id")
    due.add_argument("begun", nargs="?", default="", metavar="START", help="2026-03-02")
    due.add_argument("--start", default="", help="2026-02-10T16:00")
    due.add_argument("--pause", type=_pause, action="append", default=[], metavar="FROM..TO[:GROUND]")
    due.add_argument("--extend", action="store_true", help="依法延长一次 extended as the rule allows")
    due.add_argument("--extended-by", type=int, default=0)
    due.add_argument("--days", action="store_true", help="逐日说明 each day")
    year = what.add_parser("calendar", help="一年的节假日安排 the notice of a year: preview, or load it")
    year.add_argument("file", help="YAML，样子见 law/data/calendars")
    year.add_argument("--load", action="store_true", help="载入并重新计算 load it, work running clocks out again")
    otherwise = what.add_parser("overlay", help="一地另行设定一条规则 a rule set otherwise: preview, or put on record")
    otherwise.add_argument("file", help="YAML，样子见 law/schemas/overlay.example.yaml")
    otherwise.add_argument("--load", action="store_true", help="记录 put it on record")
    for parser_of_one in (shown, due):
        parser_of_one.add_argument("--region", default="", help="某地适用的 as it is set in a region")
    listed.add_argument("--instrument", default="", help="只列出自这一法规的 only rules of this instrument")
    for parser_of_one in (listed, shown, due):
        parser_of_one.add_argument("--json", action="store_true")


def _pause(text: str) -> tuple[str, ...]:
    from tongqu.kernel.law.answers import pause_written

    found = pause_written(text)
    if found is None:
        raise argparse.ArgumentTypeError("2026-03-05..2026-03-10:hearing")
    return found


def run(options: argparse.Namespace) -> int:
    from tongqu.kernel.law import cli

    _take_package_rules()
    if options.what == "list":
        print(cli.list_(options.prefix, trust=options.trust, instrument=options.instrument, as_json=options.json))
    elif options.what == "calendar":
        print(cli.calendar(options.file, load=options.load))
    elif options.what == "overlay":
        print(cli.overlay(options.file, load=options.load))
    elif options.what == "show":
        print(
            cli.show(
                options.rule_id, version=options.version, on=options.on, region=options.region, as_json=options.json
            )
        )
    else:
        print(
            cli.due(
                options.rule_id,
                options.start or options.begun,
                pauses=options.pause,
                extended_by=options.extended_by,
                extend=options.extend,
                days=options.days,
                region=options.region,
                as_json=options.json,
            )
        )
    return 0


def _take_package_rules() -> None:
    """Rules that published packages ship are known too, where there is a data folder that holds any."""
    from django.db.utils import OperationalError, ProgrammingError

    from tongqu.kernel.law import watching
    from tongqu.kernel.packages import law_rows

    with contextlib.suppress(OperationalError, ProgrammingError):  # no tables yet: the shipped rules alone
        law_rows.take_all()
        watching.refresh()
