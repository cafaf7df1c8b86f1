"""`tongqu migrate`: bring the tables to the shape this version needs."""

from __future__ import annotations

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="只检查，不更改 only say whether it is needed")


def run(options: argparse.Namespace) -> int:
    waiting = pending()
    if options.check:
        print("\n".join(waiting) if waiting else "数据库已是最新 up to date")
        return 1 if waiting else 0
    apply()
    print(f"已应用 applied: {len(waiting)}")
    return 0


def pending() -> list[str]:
    """The migrations not yet applied, as `app.name`, oldest first. One query."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def apply() -> None:
    """Apply every pending migration. Safe to run twice."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
