"""核验码 The code printed on each paper: 60 random bits as 12 characters, easy to read aloud and to type."""

from __future__ import annotations

import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: they look like digits or like each other
LENGTH = 12
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_token() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown_token(token: str) -> str:
    """In groups of four, as it is printed."""
    return "-".join(token[i : i + 4] for i in range(0, len(token), 4))


def read_token(text: str) -> str | None:
    """The token somebody typed or pasted, forgiving case, width, spaces, dashes, O for 0, I and L for 1, and the whole
    address of the page. None when it cannot be one."""
    text = unicodedata.normalize("NFKC", text[:200]).partition("?")[0].rstrip("/ ").rpartition("/")[2]
    return clean(text, LENGTH)


def clean(text: str, length: int) -> str | None:
    """What was typed in the alphabet, forgiving case, width, spaces and dashes; None for what is not that long."""
    text = unicodedata.normalize("NFKC", text[:200])
    kept = "".join(c for c in text.upper() if c.isalnum()).translate(_ALIKE)
    return kept if len(kept) == length and set(kept) <= set(ALPHABET) else None
