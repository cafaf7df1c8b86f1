"""Keys for very many rows, and how many are written at once: the national tree is 1.3 million."""

from __future__ import annotations

from tongqu.foundation.uuid7 import uuid7

BATCH = 5_000


def ids(count: int) -> list[str]:
    """That many new UUIDv7s in order, as 32 hex digits: one made properly, the others counted on from it."""
    first = uuid7().int & ~0xFFFFFFFF  # room to count without touching the bits above
    return [f"{first + n:032x}" for n in range(count)]
