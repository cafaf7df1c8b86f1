"""How the fonts here were made, for whoever renews them; each command makes its own files anew:

    python make_subset.py noto NotoSerifCJK-Regular.ttc
    python make_subset.py hanazono HanaMinA.ttf HanaMinB.ttf

Needs fonttools (not a dependency of the platform). `coverage.json` (which characters the files have, as ranges) and
`manifest.json` (hashes) follow from the files that are here. Sources: the Simplified Chinese face of Noto Serif CJK;
for what it lacks of implementation level 3 of GB 18030-2022 and of the letters in foreign names, Hanazono Mincho. Both
are under the OFL 1.1.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

from fontTools import subset  # type: ignore[import-not-found]
from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-not-found]

HERE = Path(__file__).resolve().parent


def gb2312() -> set[int]:
    found = set()
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes([high, low]).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found


def latin() -> set[int]:
    return {*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x2010, 0x2040), *range(0x2460, 0x2474), 0x20AC, 0x2116}


def write(font_path: str, index: int, wanted: set[int], out: Path, family: str) -> set[int]:
    options = subset.Options(
        layout_features=["kern", "vert"], hinting=False, notdef_outline=True, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14]
    )
    options.drop_tables += ["VORG", "BASE"]
    options.font_number = index
    font = subset.load_font(font_path, options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted)
    cutter.subset(font)
    for record in font["name"].names:
        if record.nameID in (1, 4):
            record.string = family
        elif record.nameID == 6:
            record.string = family.replace(" ", "")
    subset.save_font(font, str(out), options)
    return set(font.getBestCmap())


def ranges(points: set[int]) -> list[list[int]]:
    result: list[list[int]] = []
    for point in sorted(points):
        if result and result[-1][1] == point - 1:
            result[-1][1] = point
        else:
            result.append([point, point])
    return result


def noto(source: str) -> None:
    faces = TTCollection(source).fonts
    index = next(i for i, f in enumerate(faces) if "SC" in str(f["name"].getDebugName(1)))
    common = gb2312() | latin()
    rare = set(faces[index].getBestCmap()) - common
    rare = {
        c
        for c in rare
        if 0x3400 <= c <= 0x9FFF
        or 0xF900 <= c <= 0xFAFF
        or 0x20000 <= c <= 0x323AF
        or 0x3000 <= c <= 0x33FF
        or 0xFF00 <= c <= 0xFFEF
    }
    write(source, index, common, HERE / "TongquSerif-Common.otf", "Tongqu Serif")
    write(source, index, rare, HERE / "TongquSerif-Rare.otf", "Tongqu Serif Rare")


def hanazono(letters: str, extended: str) -> None:
    """What Noto has not: all extensions up to F, radicals, and Latin letters with marks (Nguyễn)."""
    have = {c for path in HERE.glob("*.otf") for c in TTFont(path, lazy=True).getBestCmap()}
    wanted = {*range(0x180, 0x250), *range(0x1E00, 0x1F00), *range(0x2F00, 0x2FD6)} - have
    write(letters, -1, wanted, HERE / "TongquSerif-Letters.ttf", "Tongqu Serif Letters")
    write(extended, -1, {*range(0x20000, 0x2EBE1)} - have, HERE / "TongquSerif-Extended.ttf", "Tongqu Serif Extended")


def record() -> None:
    """Say what is here now."""
    files = sorted([*HERE.glob("*.otf"), *HERE.glob("*.ttf")])
    have = {c for path in files for c in TTFont(path, lazy=True).getBestCmap()}
    (HERE / "coverage.json").write_text(json.dumps(ranges(have), separators=(",", ":")) + "\n")
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    source = "*.otf: Noto Serif CJK SC Regular; *.ttf: Hanazono Mincho (HanaMinA, HanaMinB) 2017-09-04"
    (HERE / "manifest.json").write_text(json.dumps({"source": source, "sha256": hashes}, indent=2) + "\n")


if __name__ == "__main__":
    commands: dict[str, Callable[..., None]] = {"noto": noto, "hanazono": hanazono}
    commands[sys.argv[1]](*sys.argv[2:])
    record()
