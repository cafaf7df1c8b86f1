"""How large a picture is once unpacked, read from its header alone: a small file can ask for gigabytes."""

from __future__ import annotations

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
    while place + 9 <= len(data) and data[place] == 0xFF:
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
