"""How the fonts here were made, for whoever renews them: `python make_subset.py NotoSerifCJK-Regular.ttc`.

Needs fonttools (not a dependency of the platform). Writes the two OTF files, `coverage.json` (which characters they
have, as ranges) and `manifest.json` (hashes). The source is the Simplified Chinese face of Noto Serif CJK (OFL 1.1).
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from fontTools import subset  # type: ignore[import-not-found]
from fontTools.ttLib import TTCollection  # type: ignore[import-not-found]

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


def main(source: str) -> None:
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
    have = write(source, index, common, HERE / "TongquSerif-Common.otf", "Tongqu Serif")
    have |= write(source, index, rare, HERE / "TongquSerif-Rare.otf", "Tongqu Serif Rare")
    (HERE / "coverage.json").write_text(json.dumps(ranges(have), separators=(",", ":")) + "\n")
    hashes = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(HERE.glob("*.otf"))}
    (HERE / "manifest.json").write_text(
        json.dumps({"source": "Noto Serif CJK SC Regular", "sha256": hashes}, indent=2) + "\n"
    )


if __name__ == "__main__":
    main(sys.argv[1])
