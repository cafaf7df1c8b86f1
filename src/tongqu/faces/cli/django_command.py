"""`tongqu django …`: Django's own management commands, on the same data folder and settings."""

from __future__ import annotations

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs=argparse.REMAINDER, help="例如 for example: shell, dbshell, makemigrations")


def run(options: argparse.Namespace) -> int:
    from django.core.management import ManagementUtility

    ManagementUtility(["tq django", *options.words]).execute()
    return 0
