"""What a PDF could do besides being read: run a script, start a program, carry other files, hide behind a password.

A net, not a proof: names are looked for in the whole file, escapes undone, and inside compressed object streams, the
only streams that can hold objects (ISO 32000-1, 7.5.7). Pictures are not unpacked further than their first bytes, so a
scan is never taken for a script.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator

SCRIPT, PROGRAM, FILES, MEDIA, FORM = "script", "program", "files", "media", "form"
ENCRYPTED, UNREADABLE = "encrypted", "unreadable"
NAMES = {
    b"JavaScript": SCRIPT, b"Rendition": SCRIPT, b"Launch": PROGRAM, b"ImportData": PROGRAM, b"GoToR": PROGRAM,
    b"SubmitForm": FORM, b"EmbeddedFile": FILES,
    b"EmbeddedFiles": FILES, b"FileAttachment": FILES, b"GoToE": FILES, b"RichMedia": MEDIA, b"XFA": FORM,
    b"Encrypt": ENCRYPTED,
}  # fmt: skip
MOST = 64 * 1024 * 1024  # bytes unpacked from one file; ordinary object streams have some hundred kilobytes
MOST_STREAMS = 50_000


def _spelt(names: Iterable[bytes]) -> re.Pattern[bytes]:
    """Any of these names, each letter plain or as `#61`, in one pattern: a file may hold millions of names."""
    ways = (b"".join(b"(?:%c|#(?i:%02x))" % (letter, letter) for letter in name) for name in names)
    return re.compile(rb"/(?:" + b"|".join(ways) + rb")(?=[\x00\t\n\f\r ()<>\[\]{}/%]|$)")


_KNOWN = _spelt(NAMES)
_OBJECTS = _spelt([b"First", b"ObjStm"])  # without /First nobody finds the objects in a stream
_PREDICTED = _spelt([b"Predictor"])
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream[ \t]*(?:\r\n?|\n)")  # a word to begin with is found far faster than "not after end"
_LISTS_OBJECTS = re.compile(rb"(?:\s|%[^\r\n]*[\r\n])*\d+\s+\d+\s")  # how every object stream begins, declared or not
_PIECE = 64 * 1024
_FIRST_PIECE = 512
_OVERLAP = 512  # longer than any escaped name we look for


def finding(data: bytes, *, most: int = MOST) -> str | None:
    """The first reason not to take this PDF: one of the words above. None for a quiet one."""
    if found := _known(data):
        return found
    left = most
    for count, (head, body) in enumerate(_streams(data)):
        declared = bool(_OBJECTS.search(head))
        if count >= MOST_STREAMS or (declared and _PREDICTED.search(head)):
            return UNREADABLE
        size, tail = 0, b""
        for piece in _inflated(data, body, left):
            if not size and not declared and not _LISTS_OBJECTS.match(piece):
                break
            size += len(piece)
            if found := _known(tail + piece):
                return found
            tail = piece[-_OVERLAP:]
        left -= size
        if left <= 0 or (declared and not size):
            return UNREADABLE
    return None


def _known(data: bytes) -> str | None:
    found = _KNOWN.search(data)
    return NAMES[_ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), found[0][1:])] if found else None


def _streams(data: bytes) -> Iterator[tuple[bytes, int]]:
    """For each stream its dictionary and where its body begins."""
    begun = 0
    for match in _STREAM.finditer(data):
        if data.endswith(b"end", 0, match.start()):
            continue
        place = data.rfind(b"obj", begun, match.start())
        yield data[begun if place < 0 else place : match.start()], match.end()
        begun = match.end()


def _inflated(data: bytes, start: int, most: int) -> Iterator[bytes]:
    """The unpacked stream in pieces, `most` bytes and one piece at the utmost; what comes before damage is given."""
    engine = zlib.decompressobj()
    given, rest = 0, b""
    try:
        while not engine.eof and given <= most:
            if not rest:
                step = _PIECE if given else _FIRST_PIECE
                rest, start = data[start : start + step], start + step
            if not rest:
                return
            piece = engine.decompress(rest, _PIECE if given else _FIRST_PIECE)
            rest = engine.unconsumed_tail
            given += len(piece)
            if piece:
                yield piece
    except zlib.error:
        return
