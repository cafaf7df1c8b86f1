"""The English of every room is complete, and no template says anything that cannot be translated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tongqu.faces.cli import i18n

ROOT = i18n.SOURCE.parents[1]
HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff，。；：、“”（）《》！？]")
SPOKEN = [
    r"\{%\s*comment\b.*?endcomment\s*%\}",
    r"\{#.*?#\}",
    r"\{%\s*blocktranslate\b.*?endblocktranslate\s*%\}",
    r"""\{%\s*translate\s+(?:"[^"]*"|'[^']*')[^%]*%\}""",
    r"""_\((?:"[^"]*"|'[^']*')\)""",
]
EXAMPLES = ("kernel/ui/templates/ui/gallery.html", "kernel/ui/templates/ui/sample_")  # drawn to look at, not served


def test_every_sentence_has_its_english_and_the_compiled_file_is_fresh() -> None:
    assert i18n.problems() == []


def test_traditional_sentences_are_those_that_people_reviewed() -> None:
    assert i18n.unreviewed() == []


def test_an_unreviewed_sentence_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "messages", lambda: {(None, "干什么都行", None): []})
    monkeypatch.setattr(i18n, "_definitions", lambda: ["水果的谷子"])
    assert i18n.unreviewed() == ["…干什么都行… → 幹"]


def test_gathering_misses_no_sentence_of_a_template() -> None:
    gathered = {key[1].replace("%%", "%") for key in i18n.messages()}
    pattern = re.compile(r"""(?:\b_\(|\{%\s*translate\s+)("[^"]*"|'[^']*')""")
    for path in _templates():
        for found in pattern.findall(path.read_text(encoding="utf-8")):
            assert found[1:-1].replace("%%", "%") in gathered, f"{path.name}: {found}"


def test_templates_say_nothing_outside_translation() -> None:
    found = []
    for path in _templates():
        name, text = path.relative_to(i18n.SOURCE).as_posix(), path.read_text(encoding="utf-8")
        if name.startswith(EXAMPLES):
            continue
        for spoken in SPOKEN:
            text = re.sub(spoken, lambda match: "\n" * match.group().count("\n"), text, flags=re.DOTALL)
        found += [f"{name}:{n}: {line[:80]}" for n, line in enumerate(text.splitlines(), 1) if HAN.search(line)]
    assert found == []


@pytest.mark.parametrize(
    "path",
    sorted([*ROOT.glob("packages/**/*.yaml"), *i18n.SOURCE.rglob("*.yaml")]),
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_language_maps_have_real_english(path: Path) -> None:
    faults = list(_untold(yaml.safe_load(path.read_text(encoding="utf-8")), ""))
    assert faults == []


def _untold(node: Any, where: str) -> Iterator[str]:
    if isinstance(node, dict):
        if "zh-Hans" in node and not str(node.get("en") or "").strip():
            yield f"{where}: no English for {node['zh-Hans']}"
        if isinstance(node.get("en"), str) and HAN.search(re.sub("“[^”]*”", "", node["en"])):
            yield f"{where}: {node['en']}"
        for key, inner in node.items():
            yield from _untold(inner, f"{where}.{key}")
    elif isinstance(node, list):
        for n, inner in enumerate(node):
            yield from _untold(inner, f"{where}[{n}]")


def _templates() -> Iterator[Path]:
    for path in sorted(i18n.SOURCE.rglob("templates/**/*")):
        if path.suffix in {".html", ".txt", ".svg"}:
            yield path
