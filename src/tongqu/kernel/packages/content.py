"""From a folder of files to checked content: plain YAML, one JSON Schema for each file, nothing that runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry, Resource

from tongqu.kernel.packages.table_files import read_tables
from tongqu.kernel.packages.wording import Problem, departure, problem
from tongqu.kernel.standards.plain_yaml import PlainYamlError, load_file

SCHEMAS = Path(__file__).resolve().parent / "schemas"
LAW_SCHEMAS = Path(__file__).resolve().parents[1] / "law" / "schemas"
NEEDED = ("package", "form", "materials", "guide", "procedure", "tests")
LAW_FILES = ("rules", "grounds")  # in the law room's own form
ALLOWED = (*NEEDED, *LAW_FILES, "triage", "site_check", "texts")
CHECKED = (*ALLOWED, "tables")  # each by its schema; `tables` is a folder
TEMPLATE_SUFFIXES = {".typ", ".yaml"}
BESIDE = {"README.md", "README.zh-CN.md", "LICENSE"}  # for readers; not part of the definition
MAX_TEMPLATE_BYTES = 256 * 1024

Content = dict[str, Any]


def read_folder(folder: Path) -> tuple[Content, list[Problem]]:
    """{"package": …, "form": …, "tables": {name: rows}, "templates": {name: text}} as far as it can be read, and what
    cannot.

    Symbolic links and files that do not belong are problems: what is published is exactly what is seen.
    """
    content: Content = {}
    problems: list[Problem] = []
    if not folder.is_dir():
        return content, [problem(folder.name, "$", "not-a-folder")]
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in BESIDE:
            continue
        if path.is_symlink():
            problems.append(problem(path.name, "$", "link"))
        elif path.is_dir() and path.name == "templates":
            content["templates"] = _read_templates(path, problems)
        elif path.is_dir() and path.name == "tables":
            content |= {"tables": tables} if (tables := read_tables(path, problems)) else {}
        elif path.is_file() and path.suffix == ".yaml" and path.stem in ALLOWED:
            try:
                content[path.stem] = load_file(path)
            except PlainYamlError as error:
                problems.append(Problem(path.name, f":{error.line}" if error.line else "$", str(error), code="yaml"))
        else:
            problems.append(problem(path.name, "$", "strange-file"))
    unread = {one.file for one in problems}
    for stem in NEEDED:
        if stem not in content and f"{stem}.yaml" not in unread:
            problems.append(problem(f"{stem}.yaml", "$", "missing-file"))
    return content, problems


def schema_problems(content: Content) -> list[Problem]:
    """Every place where a file departs from its published schema."""
    return [one for stem in CHECKED if stem in content for one in _departures(stem, content[stem])]


def validator(stem: str) -> Draft202012Validator:
    """The validator of one file of a package; those of `rules` and `grounds` are the law room's."""
    return _validators()[stem]


@lru_cache(maxsize=1)
def _validators() -> dict[str, Draft202012Validator]:
    folder = {stem: LAW_SCHEMAS if stem in LAW_FILES else SCHEMAS for stem in CHECKED}
    schemas = {stem: json.loads((folder[stem] / f"{stem}.schema.json").read_text(encoding="utf-8")) for stem in CHECKED}
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in schemas.values()
    )
    return {
        stem: Draft202012Validator(schema, registry=registry, format_checker=FormatChecker())
        for stem, schema in schemas.items()
    }


def _departures(stem: str, data: Any) -> Iterator[Problem]:
    for error in sorted(validator(stem).iter_errors(data), key=lambda e: [str(part) for part in e.absolute_path]):
        yield departure(stem if stem == "tables" else f"{stem}.yaml", _plainest(error))


def _plainest(error: ValidationError) -> ValidationError:
    """Of an error made of alternatives, the one that says most; otherwise the error itself."""
    return best_match([error]) or error


def _read_templates(folder: Path, problems: list[Problem]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        name = f"templates/{path.name}"
        if path.name.startswith("."):
            continue
        if path.is_symlink() or not path.is_file() or path.suffix not in TEMPLATE_SUFFIXES:
            problems.append(problem(name, "$", "strange-template"))
        elif path.stat().st_size > MAX_TEMPLATE_BYTES:
            problems.append(problem(name, "$", "large-template"))
        else:
            try:
                found[path.name] = path.read_bytes().decode()
            except UnicodeDecodeError:
                problems.append(problem(name, "$", "not-utf8"))
    return found
