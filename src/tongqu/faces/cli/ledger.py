"""`tongqu ledger verify`: recompute the whole log of evidence and say whether anything was altered."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True)
    verify = what.add_parser("verify", help="重算全部存证 recompute everything")
    verify.add_argument("--kept", type=Path, action="append", default=[], help="以前存下的树头 a head saved earlier")


def run(options: argparse.Namespace) -> int:
    from tongqu.kernel.ledger import cli

    return cli.verify_command(sys.stdout, kept=options.kept, processes=min(os.cpu_count() or 1, 8))
