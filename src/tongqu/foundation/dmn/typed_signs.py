"""What Chinese keyboards put into a cell in place of FEEL's signs: ＞＝60, “本市”，“外市”, ［60..70）.

FEEL takes full-width signs for letters of a name, so that such a cell would be read as an unknown name and its rule
would never fire. Names may hold full-width brackets (标准（2026）): those stay, save where they can only belong to a
range or to `not`.
"""

from __future__ import annotations

import re

ANYTHING = frozenset(["—", "——", "－", "–", "―"])
_LITERAL = r'"(?:[^"\\]|\\.)*"'
_QUOTED = re.compile(rf"{_LITERAL}|[“”＂]([^“”＂]*)[“”＂]")
_ALL_QUOTED = re.compile(
    rf"\s*(?:{_LITERAL}|[“”＂][^“”＂]*[“”＂])(?:\s*[,，、]\s*(?:{_LITERAL}|[“”＂][^“”＂]*[“”＂]))*\s*"
)
_COMPARES = re.compile(r"\s*(?:[<>=＜＞＝≥≤≠]|！＝|!=|not\s*[(（])")
_NUMBER = re.compile(r"(?<!\w)[－−]?[0-9０-９]+(?:[．.][0-9０-９]+)?(?!\w)")
_SIGNS = {
    "＞": ">", "＜": "<", "＝": "=", "≥": ">=", "≤": "<=", "≠": "!=", "！＝": "!=", "［": "[", "］": "]", "【": "[",
    "】": "]", "，": ",", "、": ",", "．．": "..",
}  # fmt: skip
_SIGN = re.compile("|".join(map(re.escape, _SIGNS)))
_DIGITS = str.maketrans("０１２３４５６７８９．－−", "0123456789.--")


def plain_signs(text: str, *, words: bool) -> str:
    """The cell with FEEL's own signs. `words`: of a column of texts, where bare words count as they are written."""
    if text.strip() in ANYTHING:
        return "-"
    if text.isascii() or (words and not _ALL_QUOTED.fullmatch(text) and not _COMPARES.match(text)):
        return text
    parts: list[str] = []
    at = 0
    for literal in _QUOTED.finditer(text):
        parts += [_outside(text[at : literal.start()]), _quoted(literal)]
        at = literal.end()
    return _brackets("".join([*parts, _outside(text[at:])]))


def _quoted(literal: re.Match[str]) -> str:
    inner = literal.group(1)
    return literal.group() if inner is None else '"' + inner.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _outside(text: str) -> str:
    plain = _SIGN.sub(lambda sign: _SIGNS[sign.group()], text)
    return _NUMBER.sub(lambda number: number.group().translate(_DIGITS), plain)


def _brackets(text: str) -> str:
    """Those around a range, or after `not`."""
    inner = text.strip()
    if ".." in inner and inner[0] in "（([" and inner[-1] in "）)]":
        return f"{inner[0].replace('（', '(')}{inner[1:-1]}{inner[-1].replace('）', ')')}"
    if re.match(r"not\s*（", inner) and inner.endswith("）"):
        return inner.replace("（", "(", 1)[:-1] + ")"
    return text
