"""`tongqu package check|publish`: definition packages, for those who write them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True)
    for name, words in (("check", "检查并测试 check and test it"), ("publish", "发布为新版本 publish it as a version")):
        one = what.add_parser(name, help=words)
        one.add_argument("folder", type=Path)


def run(options: argparse.Namespace) -> int:
    from tongqu.kernel.packages import cli

    return (cli.check if options.what == "check" else cli.publish)(options.folder, sys.stdout)
