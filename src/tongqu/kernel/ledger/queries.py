"""What the log says of an event, of itself, and of any stretch of its tree."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db.models import Q

from tongqu.foundation import merkle
from tongqu.foundation.checkpoint import InclusionProof, NoteKey
from tongqu.kernel.acts import keys
from tongqu.kernel.acts.models import Event
from tongqu.kernel.ledger.models import LedgerEntry, LedgerNode, LedgerState, SignedHead
from tongqu.kernel.ledger.rules import Span, hash_of, spans_of


class Standing(StrEnum):
    UNKNOWN = "unknown"  # there is no such event
    WAITING = "waiting"  # recorded, on its way into the log
    LOGGED = "logged"  # in the log; no signed head covers it yet
    PROVED = "proved"  # under a signed head, with the proof at hand
    BROKEN = "broken"  # the stored hashes do not lead to the signed head: verify the log


@dataclass(frozen=True, slots=True)
class Inclusion:
    """How an event stands in the log. `proof` is there when it is PROVED, `seq` once it is logged."""

    standing: Standing
    seq: int | None = None
    proof: InclusionProof | None = None


def inclusion_of(event_id: UUID) -> Inclusion:
    """Whether and how an event is in the log, with a proof that needs nobody's word. At most 4 queries."""
    entry = LedgerEntry.objects.filter(event_id=event_id).first()
    if entry is None:
        recorded = Event.objects.filter(id=event_id).exists()
        return Inclusion(Standing.WAITING if recorded else Standing.UNKNOWN)
    head = latest_head(entry.tenant_id)
    if head is None or head.size <= entry.seq:
        return Inclusion(Standing.LOGGED, entry.seq)
    plan = merkle.inclusion_plan(entry.seq, head.size)
    nodes = [node for group in plan for node in group]
    stored = stored_hashes(entry.tenant_id, spans_of(nodes))
    try:
        path = merkle.proof(plan, {node: hash_of(node, stored) for node in nodes})
    except KeyError:
        return Inclusion(Standing.BROKEN, entry.seq)
    if not merkle.verify_inclusion(bytes(entry.leaf_hash), entry.seq, head.size, path, bytes(head.root)):
        return Inclusion(Standing.BROKEN, entry.seq)
    return Inclusion(Standing.PROVED, entry.seq, InclusionProof(entry.seq, tuple(path), head.note))


def latest_head(tenant_id: UUID) -> SignedHead | None:
    """The newest signed head. 1 query."""
    return SignedHead.objects.filter(tenant_id=tenant_id).order_by("-size").first()


def note_keys(tenant_id: UUID) -> list[NoteKey]:
    """The keys to check this log's heads with, retired ones too; none before the log begins. 1 query."""
    origin = LedgerState.objects.filter(tenant_id=tenant_id).values_list("origin", flat=True).first()
    return [] if origin is None else keys_named(origin)


def keys_named(origin: str) -> list[NoteKey]:
    """The node's present and retired keys, as the log `origin` signs with them."""
    return [NoteKey(origin, public) for public in keys.public_keys().values()]


def stored_hashes(tenant_id: UUID, spans: Iterable[Span]) -> dict[tuple[int, int], bytes]:
    """{(level, position): hash} of these stretches of the tree, as far as they are stored. At most 2 queries."""
    leaves, tiles = [], []
    for span in spans:  # the tenant in each: SQLite then looks each span up in the index instead of reading the log
        if span.level:
            tiles.append(Q(tenant_id=tenant_id, level=span.level, position__gte=span.start, position__lt=span.end))
        else:
            leaves.append(Q(tenant_id=tenant_id, seq__gte=span.start, seq__lt=span.end))
    found: dict[tuple[int, int], bytes] = {}
    if leaves:
        rows = LedgerEntry.objects.filter(functools.reduce(operator.or_, leaves))
        found.update(((0, seq), bytes(value)) for seq, value in rows.values_list("seq", "leaf_hash"))
    if tiles:
        nodes = LedgerNode.objects.filter(functools.reduce(operator.or_, tiles))
        found.update(
            ((level, position), bytes(value))
            for level, position, value in nodes.values_list("level", "position", "hash")
        )
    return found
