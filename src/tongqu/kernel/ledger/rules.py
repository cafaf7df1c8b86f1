"""What exactly is logged, and which stored hashes a proof needs. Values in, values out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from tongqu.foundation import merkle
from tongqu.foundation.canonical import MAX_INTEGER, NotCanonical, canonical_bytes
from tongqu.foundation.merkle import Node

FORMAT = "tongqu-event-1"
TILE_HEIGHT = 8  # c2sp.org/tlog-tiles: 256 hashes a tile
TILE_WIDTH = 1 << TILE_HEIGHT
NO_CHAIN = bytes(32)


class Recorded(Protocol):
    """The event, as acts stores it."""

    id: UUID
    tenant_id: UUID
    recorded_at: datetime
    effective_at: datetime
    actor: Any
    kind: str
    schema_version: int
    subject_kind: str
    subject_id: UUID
    subject_version: int
    cause: UUID | None
    rule: str | None
    body: Any
    sealed: Any


def entry_of(event: Recorded) -> bytes:
    """The log entry for an event: canonical JSON of all it says, of sealed values the party and the commitment alone.

    Never raises: a body that has no canonical form (a float, say) is first written out as text.
    """
    said = {
        "format": FORMAT,
        "id": event.id,
        "tenant": event.tenant_id,
        "recorded_at": event.recorded_at,
        "effective_at": event.effective_at,
        "actor": event.actor,
        "kind": event.kind,
        "schema_version": event.schema_version,
        "subject": {"kind": event.subject_kind, "id": event.subject_id, "version": event.subject_version},
        "cause": event.cause,
        "rule": event.rule,
        "body": event.body,
        "sealed": _promise(event.sealed),
    }
    try:
        return canonical_bytes(said)
    except NotCanonical:
        return canonical_bytes(_exact(said))


def leaf_of(event: Recorded) -> bytes:
    """The leaf hash of the event's entry."""
    return merkle.leaf_hash(entry_of(event))


def chained(before: bytes, leaf: bytes) -> bytes:
    """The chain value of an entry: a second, linear commitment to everything up to it."""
    return hashlib.sha256(before + leaf).digest()


class Span(NamedTuple):
    """Stored hashes side by side: leaves at level 0, tile roots above. [start, end)"""

    level: int
    start: int
    end: int


def span_of(node: Node) -> Span:
    """The stored hashes under a perfect subtree."""
    level, above = divmod(node.height, TILE_HEIGHT)
    return Span(level, node.position << above, (node.position + 1) << above)


def spans_of(nodes: Iterable[Node]) -> list[Span]:
    """What to fetch for these subtrees, neighbouring spans joined."""
    joined: list[Span] = []
    for span in sorted(map(span_of, nodes)):
        if joined and joined[-1].level == span.level and joined[-1].end >= span.start:
            span = Span(span.level, joined[-1].start, max(span.end, joined.pop().end))
        joined.append(span)
    return joined


def hash_of(node: Node, stored: Mapping[tuple[int, int], bytes]) -> bytes:
    """A subtree's hash from the stored ones, {(level, position): hash}. Raises KeyError for one that is not there."""
    span = span_of(node)
    return merkle.root_of(stored[span.level, position] for position in range(span.start, span.end))


def tile_place(path: str) -> tuple[int, int | None] | None:
    """Read `x001/x234/067` or `x001/x234/067.p/5` (tlog-tiles) as (tile index, width or None for a full one)."""
    place, partial, width = path.partition(".p/")
    parts = place.split("/")
    if len(parts) > 5 or not all(part.startswith("x") for part in parts[:-1]):
        return None
    digits = [part.removeprefix("x") for part in parts[:-1]] + parts[-1:]
    if not all(len(part) == 3 and part.isascii() and part.isdigit() for part in digits):
        return None
    if len(digits) > 1 and digits[0] == "000":
        return None
    if not partial:
        return int("".join(digits)), None
    if not (width.isascii() and width.isdigit() and not width.startswith("0") and 0 < int(width[:4]) < TILE_WIDTH):
        return None
    return int("".join(digits)), int(width)


def _promise(sealed: Any) -> Any:
    if not isinstance(sealed, dict):
        return sealed
    return {"party": sealed.get("party"), "commitment": sealed.get("commitment")}


def _as_any_store_reads_it(value: float) -> float:
    """PostgreSQL's jsonb gives 1e16 back as 10000000000000000 and -0.0 as 0.0; the leaf must not differ for that."""
    if isinstance(value, float) and value.is_integer() and abs(value) > MAX_INTEGER:
        return int(Decimal(repr(value)))
    return value + 0


def _exact(value: Any) -> Any:
    """The same value with everything that JSON cannot carry exactly written out as text."""
    if isinstance(value, dict):
        return {str(_exact(str(key))): _exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_exact(item) for item in value]
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > MAX_INTEGER):
        return f"number:{_as_any_store_reads_it(value)!r}"
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return value
