"""Is a package fit to publish? Schemas first; if they hold, the references between its files and to the platform."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tongqu.kernel.packages.content import Content, read_folder, schema_problems
from tongqu.kernel.packages.package import Package
from tongqu.kernel.packages.rules import form_checks, graph_checks, reference_checks, table_checks
from tongqu.kernel.packages.rules.testing import run_tests
from tongqu.kernel.packages.wording import Problem, problem


class NotFit(ValueError):
    """The package has problems; they are in `problems`."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(map(str, problems[:5])))


def check(folder: Path) -> list[Problem]:
    """Everything that stands in the way of publishing; [] when nothing does. The package's own tests are included."""
    content, problems = read_folder(Path(folder))
    if not problems and content["package"].get("code") != Path(folder).name:
        problems.append(problem("package.yaml", "$.code", "folder-name"))
    return problems or check_content(content)


def warnings(folder: Path) -> list[Problem]:
    """What should be mended in a folder that is fit to publish."""
    content, problems = read_folder(Path(folder))
    return [] if problems else [*form_checks.warnings(content), *table_checks.warnings(content)]


def check_content(content: Content) -> list[Problem]:
    """The same for content that is already read, for example adopted from another region."""
    return schema_problems(content) or list(_cross(content)) or _failed_tests(content)


def load(folder: Path) -> Package:
    """The package of a folder. Raises NotFit."""
    content, problems = read_folder(Path(folder))
    if problems := problems or check(folder):
        raise NotFit(problems)
    return Package.of(content)


def _cross(content: Content) -> Iterator[Problem]:
    tables = table_checks.tables_in(content)
    yield from table_checks.problems(content, tables)
    yield from form_checks.problems(content, tables)
    yield from graph_checks.problems(content)
    yield from reference_checks.problems(content, tables)


def _failed_tests(content: Content) -> list[Problem]:
    failed = [one for one in run_tests(Package.of(content)) if not one.passed]
    return [problem("tests.yaml", one.name, "test-failed", what=one.message) for one in failed]
