"""Typesetting: data in, PDF out. One compiler with one set of fonts is kept per process; data goes in as data, never as
markup.

A character that no shipped font has stops the document: a name with an empty box in it is not a name.
"""

from __future__ import annotations

import bisect
import functools
import json
import threading
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext_lazy as _

from tongqu.foundation import qr
from tongqu.kernel.acts.errors import TongquError

HERE = Path(__file__).resolve().parent
FONTS = HERE / "fonts"
PAPERS = HERE / "papers"
_lock = threading.Lock()


class MissingGlyph(TongquError):
    """Characters that no shipped font can draw; `characters` names them. `str()` gives only their code points: a log is
    no place for a piece of somebody's name."""

    code, status = "missing-glyph", 422

    def __init__(self, characters: str) -> None:
        self.characters = characters
        self.code_points = tuple(f"U+{ord(c):04X}" for c in characters)
        named = "、".join(f"{c}（{point}）" for c, point in zip(characters, self.code_points, strict=True))
        super().__init__(
            _("有 %(count)s 个字无法制版：%(chars)s") % {"count": len(characters), "chars": named},
            remedy=_("请联系系统管理员补充字库"),
        )

    def __str__(self) -> str:
        return f"{self.code}: {', '.join(self.code_points)}"


class UnknownPaper(LookupError):
    """No template of this name."""


def render(template: str, data: Mapping[str, Any]) -> bytes:
    """The PDF of a template from `papers/` with this JSON-shaped data. Raises MissingGlyph, UnknownPaper.

    The bytes depend on template, data and fonts only: the document's date is `data["date_iso"]`, not the clock's.
    """
    if missing := uncovered(data):
        raise MissingGlyph(missing)
    if template not in _templates():
        raise UnknownPaper(template)
    with _lock:
        pdf = _compiler().compile(input=_main(template, data), format="pdf", pdf_standards="a-2b")
    assert isinstance(pdf, bytes)  # one file; pages apart come with image formats only
    return pdf


@functools.lru_cache(256)  # a paper drawn before its transaction asks for the same one inside
def qr_svg(text: str) -> str:
    """A QR code as an SVG drawing, error correction M."""
    return qr.svg(text, dark="#1a1a1a")


def uncovered(data: Any) -> str:
    """The characters anywhere in the data that no shipped font has, each once, in order of appearance."""
    texts = list(_texts(data))
    if all(map(_covered, set().union(*texts))):
        return ""
    return "".join(dict.fromkeys(c for text in texts for c in text if not _covered(c)))


def _main(template: str, data: Mapping[str, Any]) -> bytes:
    """The document: this paper with these data. They are JSON in one string, which nothing in them can end.

    Data on a line of their own stay out of the lines that an error shows; as inputs of the compiler they would make it
    forget what it knows of the templates.
    """
    text = json.dumps(data, ensure_ascii=False).replace("\\", "\\\\").replace('"', '\\"')
    return f'#import "{template}.typ": paper\n#let data = json(bytes("{text}"))\n#paper(data)'.encode()


@functools.cache
def _templates() -> frozenset[str]:
    return frozenset(path.stem for path in PAPERS.glob("*.typ"))


@functools.cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(root=str(PAPERS), font_paths=[str(FONTS)], ignore_system_fonts=True)


@functools.cache
def _ranges() -> tuple[list[int], list[int]]:
    pairs = json.loads((FONTS / "coverage.json").read_text())
    return [first for first, _last in pairs], [last for _first, last in pairs]


@functools.lru_cache(maxsize=16_384)
def _covered(character: str) -> bool:
    if character in "\n\t" or unicodedata.category(character) in {"Zs"}:
        return True
    firsts, lasts = _ranges()
    place = bisect.bisect_right(firsts, ord(character)) - 1
    return place >= 0 and ord(character) <= lasts[place]


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            if not str(key).endswith("_svg"):
                yield from _texts(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _texts(value)
