"""What the command line offers for packages: check a folder, publish it."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import TongquError
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.packages import operations
from tongqu.kernel.packages.rules import checking
from tongqu.kernel.packages.rules.testing import run_tests


def check(path: Path | str, out: TextIO) -> int:
    """Print every problem, one a line, and return the exit code: 0 fit to publish, 1 not."""
    problems = checking.check(Path(path))
    for problem in problems:
        print(problem, file=out)
    if problems:
        print(_("共%(count)d处问题，不能发布") % {"count": len(problems)}, file=out)
        return 1
    for warning in checking.warnings(Path(path)):
        print(_("提醒：%(what)s") % {"what": warning}, file=out)
    package = checking.load(Path(path))
    facts = {"code": package.code, "version": package.version, "count": len(run_tests(package))}
    print(_("%(code)s %(version)s可以发布，%(count)d个例子全部通过") % facts, file=out)
    print(f"sha256 {package.hash}", file=out)
    return 0


def publish(path: Path | str, out: TextIO, *, actor: Actor | None = None) -> int:
    """Publish a folder as the platform itself (or as `actor`), print the version, return the exit code."""
    who = actor or Actor.system(default_tenant(), channel="cli")
    try:
        row = operations.publish(who, folder=Path(path))
    except operations.NotFit as error:
        for problem in error.problems:
            print(problem, file=out)
        return 1
    except TongquError as error:
        print(f"{error.message} {error.remedy}".strip(), file=out)
        return 1
    facts = {"code": row.code, "version": row.number, "id": row.id}
    print(_("%(code)s %(version)s已发布，编号%(id)s") % facts, file=out)
    print(f"sha256 {row.hash}", file=out)
    return 0
