"""`./tq test`: every check, then the tests on SQLite and on PostgreSQL, and a summary at the end.

With arguments (`./tq test src/tongqu/kernel/law -k due`, `./tq test --update-baseline`) only pytest runs, on SQLite,
with these arguments.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.rig import browser, postgres

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
RUFF = str(Path(PYTHON).with_name("ruff"))
WORKERS = ["-n", "2", "--dist", "loadgroup"]
NO_TESTS = 5  # pytest's status when it found none


@dataclass(frozen=True, slots=True)
class Outcome:
    name: str
    verdict: str  # passed | FAILED | skipped
    note: str = ""


def main(arguments: Sequence[str]) -> int:
    os.chdir(ROOT)
    os.environ.pop("TQ_DATABASE_URL", None)
    if arguments:
        return subprocess.run([PYTHON, "-m", "pytest", *arguments], env=_without_postgres()).returncode
    with tempfile.TemporaryDirectory(prefix="tongqu-suite-") as folder:
        settings = {"TQ_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "tongqu.assembly.settings"}
        stages: list[Callable[[], Outcome]] = [
            lambda: _stage("ruff check", [RUFF, "check", "."]),
            lambda: _stage("ruff format", [RUFF, "format", "--check", "."]),
            lambda: _stage("mypy", [PYTHON, "-m", "mypy"], settings),
            lambda: _stage("import contracts", [PYTHON, "-c", _LINT_IMPORTS], {"NO_COLOR": "1"}),
            lambda: _stage("migrations", [PYTHON, "-m", "django", "makemigrations", "--check", "--dry-run"], settings),
            lambda: _stage("translations", [PYTHON, "-m", "tongqu.faces.cli", "i18n", "check"], settings),
            _sqlite,
            _postgres,
        ]
        outcomes = []
        for stage in stages:
            outcomes.append(stage())
    if browser.chromium() is None:
        outcomes.append(Outcome("browser tests", "skipped", "no Chromium here: install chromium, or set TQ_CHROMIUM"))
    return _summary(outcomes)


_LINT_IMPORTS = "import importlinter.cli as c, sys; sys.exit(c.lint_imports(cache_dir='.cache/imports', no_logo=True))"


def _sqlite() -> Outcome:
    return _stage("tests on SQLite", [PYTHON, "-m", "pytest", *WORKERS], remove=("TQ_TEST_POSTGRES",))


def _postgres() -> Outcome:
    """On the server named by TQ_TEST_POSTGRES, else on one from the wheel; skipped, and said so, when there is none."""
    name = "tests on PostgreSQL"
    with ExitStack() as stack:
        url = os.environ.get("TQ_TEST_POSTGRES", "")
        if url:
            where = "the server in TQ_TEST_POSTGRES"
            if trouble := postgres.too_old(url):
                return Outcome(name, "FAILED", trouble)
        else:
            where = "a server from the wheel"
            try:
                url = stack.enter_context(postgres.server())
            except postgres.NoServer as reason:
                return Outcome(name, "skipped", f"{reason}; name a server in TQ_TEST_POSTGRES to run them")
        command = [PYTHON, "-m", "pytest", *WORKERS, "--create-db", "-m", "not browser"]
        outcome = _stage(name, command, {"TQ_TEST_POSTGRES": url})
        return Outcome(name, outcome.verdict, f"{outcome.note}, {where}")


def _stage(
    name: str, command: Sequence[str], more: Mapping[str, str] | None = None, *, remove: Sequence[str] = ()
) -> Outcome:
    print(f"\n── {name} ── {shlex.join(Path(w).name if w == PYTHON else w for w in command)[:120]}", flush=True)
    env = {key: value for key, value in os.environ.items() if key not in remove}
    begin = time.monotonic()
    status = subprocess.run(command, env={**env, **(more or {})}, stdin=subprocess.DEVNULL).returncode
    return Outcome(name, "FAILED" if status else "passed", f"{time.monotonic() - begin:.1f} s")


def _without_postgres() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "TQ_TEST_POSTGRES"}


def _summary(outcomes: Sequence[Outcome]) -> int:
    words = {"passed": "通过 passed ", "FAILED": "失败 FAILED ", "skipped": "跳过 skipped"}
    print("\n── 汇总 summary ──")
    for outcome in outcomes:
        print(f"  {words[outcome.verdict]}  {outcome.name:<20} {outcome.note}")
    failed = [outcome.name for outcome in outcomes if outcome.verdict == "FAILED"]
    print(f"  → {'失败 failed: ' + ', '.join(failed) if failed else '全部通过 all passed'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
