"""Pictures read by their segments, never unpacked: how large one is (a small file can ask for gigabytes), and the
picture without what cameras and programs write beside it."""

from __future__ import annotations

import re
from typing import Literal

MOST_PARTS = 100_000  # segments or chunks that are looked at; pictures have some thousand at the utmost
MOST_PIXELS = 100_000_000  # an A3 sheet at 600 dpi has 70 million
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOFn (ITU-T T.81, table B.1)
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length


def dimensions(data: bytes) -> tuple[int, int] | None:
    """(width, height) of a PNG or JPEG. None when the header does not say, so that nobody could draw it."""
    found = _png(data) if data[:4] == b"\x89PNG" else _jpeg(data)
    return found if found and all(found) else None


def _png(data: bytes) -> tuple[int, int] | None:
    if data[12:16] != b"IHDR" or len(data) < 24:
        return None
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def _jpeg(data: bytes) -> tuple[int, int] | None:
    place = 2
    for _ in range(MOST_PARTS):
        if place + 9 > len(data) or data[place] != 0xFF:
            return None
        marker = data[place + 1]
        if marker == 0xFF:  # fill
            place += 1
        elif marker in _BARE:
            place += 2
        elif marker in _FRAMES:
            return int.from_bytes(data[place + 7 : place + 9]), int.from_bytes(data[place + 5 : place + 7])
        else:
            place += 2 + int.from_bytes(data[place + 2 : place + 4])
    return None


# --- the picture alone ----------------------------------------------------------------------------------------------

_JPEG_KEPT = frozenset({0xE0, 0xE2, 0xEE})  # JFIF, colour profile, Adobe's note on colours: they change how it looks
_SCAN, _END, _EXIF, _COMMENT = 0xDA, 0xD9, 0xE1, 0xFE
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # the next marker that does not belong to the coded picture
_PNG_KEPT = frozenset(
    {b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs"}
)  # besides the critical ones
_ORIENTATION = 0x0112


def plain(data: bytes) -> bytes | None:
    """The picture as it looks, and nothing besides: no place, time, device, preview or comment, nothing after its end.

    Not coded anew; a telephone's note on which side is up stays. None for one that does not come to an end.
    """
    return _plain_png(data) if data[:4] == b"\x89PNG" else _plain_jpeg(data)


def _plain_png(data: bytes) -> bytes | None:
    kept, place = [data[:8]], 8
    for _ in range(MOST_PARTS):
        if place + 12 > len(data):
            return None
        end = place + 12 + int.from_bytes(data[place : place + 4])
        kind = data[place + 4 : place + 8]
        if end > len(data):
            return None
        if kind[:1].isupper() or kind in _PNG_KEPT:
            kept.append(data[place:end])
        if kind == b"IEND":
            return b"".join(kept)
        place = end
    return None


def _plain_jpeg(data: bytes) -> bytes | None:
    kept, place, turned = [data[:2]], 2, b""
    for _ in range(MOST_PARTS):
        if place + 4 > len(data) or data[place] != 0xFF or data[place + 1] in _BARE:
            return None  # no marker without a length belongs outside of the coded picture
        marker = data[place + 1]
        if marker == 0xFF:  # fill
            place += 1
            continue
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4])
        if marker == _EXIF and not turned and (turned := _turned(data[place + 4 : end])):
            kept.append(turned)
        if marker in _JPEG_KEPT or not (0xE0 <= marker <= 0xEF or marker == _COMMENT):
            kept.append(data[place:end])
        place = end
        if marker == _SCAN:
            following = _AFTER_SCAN.search(data, place)
            if following is None:
                return None
            kept.append(data[place : following.start()])
            place = following.start()
            if data[place + 1] == _END:
                return b"".join([*kept, b"\xff\xd9"])
    return None


def _turned(exif: bytes) -> bytes:
    """An Exif segment that says which side is up and nothing else; empty where this one does not turn the picture."""
    body = exif[6:]
    order: Literal["little", "big"] = "little" if body[:2] == b"II" else "big"
    if exif[:6] != b"Exif\0\0" or len(body) < 10:
        return b""
    first = int.from_bytes(body[4:8], order)
    count = int.from_bytes(body[first : first + 2], order)
    for n in range(min(count, 200)):
        entry = body[first + 2 + 12 * n : first + 14 + 12 * n]
        if len(entry) == 12 and int.from_bytes(entry[:2], order) == _ORIENTATION:
            way = int.from_bytes(entry[8:10], order)
            return _EXIF_HEAD + way.to_bytes(2) + bytes(6) if 2 <= way <= 8 else b""
    return b""


# Marker, length, "Exif", big-endian TIFF with a directory of one entry: orientation, SHORT, one value (it follows)
_EXIF_HEAD = b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01" + _ORIENTATION.to_bytes(2) + b"\0\x03\0\0\0\x01"
