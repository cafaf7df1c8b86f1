"""Recompute a whole log from the events themselves, and name the first entry that is not what was logged.

One pass in the order of the log, 4096 entries at a time with two queries for each such chunk; memory does not grow with
the log. The leaves may be recomputed in several processes (`apart`), the rest is one walk. Four things are held against
each other: the event as it stands, the stored leaf hash, the stored chain (which pins a change to its entry), and the
signed heads (which nobody without the node's key can make anew). What lies after the last signed head rests on the
stored hashes alone; heads kept elsewhere can be given to check as well.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q

from tongqu.foundation.checkpoint import NoteError, NoteKey, open_checkpoint
from tongqu.foundation.merkle import Frontier
from tongqu.kernel.acts.models import Event, Outbox
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.jobs.models import Job, State
from tongqu.kernel.ledger import apart
from tongqu.kernel.ledger.findings import Finding, Head, Report, What
from tongqu.kernel.ledger.models import LedgerEntry, LedgerNode, LedgerState, SignedHead
from tongqu.kernel.ledger.queries import keys_named
from tongqu.kernel.ledger.recompute import Row
from tongqu.kernel.ledger.rules import NO_CHAIN, TILE_HEIGHT, chained
from tongqu.kernel.ledger.writer import SUBSCRIBER, origin_for

CHUNK = 4096
Progress = Callable[[int, int], None]


def verify_all(
    progress: Progress | None = None, *, tenant_id: UUID | None = None, kept: Sequence[str] = (), processes: int = 1
) -> Report:
    """Verify a tenant's log (this node's own, unless told otherwise). `progress(entries done, entries in all)`.

    `processes`: how many may recompute beside this one; they see what is committed only.

    `kept` are checkpoints that someone saved earlier: the log must still begin with each of them. Raises NoteError for
    one that this log's keys did not sign.
    """
    tenant = tenant_id or default_tenant()
    top = SignedHead.objects.filter(tenant_id=tenant).aggregate(top=Max("size"))["top"] or 0  # before the state: a
    state = LedgerState.objects.filter(tenant_id=tenant).first()  # head signed from now on is not looked at
    origin = state.origin if state else origin_for(tenant)
    keys = keys_named(origin)
    heads = heapq.merge(_stored_heads(tenant, top, keys), sorted(_kept_heads(kept, keys)))
    walk = _Walk(tenant, state.size if state else _last_seq(tenant) + 1, heads)
    walk.run(progress, processes)
    finding = walk.finding or walk.lesser or _loose_ends(tenant, state, walk)
    return Report(
        tenant_id=tenant,
        origin=origin,
        size=walk.size,
        checked=walk.frontier.size,
        heads=walk.heads_seen,
        signed_size=walk.good_size,
        waiting=Outbox.objects.filter(event__tenant_id=tenant).count(),
        finding=finding,
    )


class _Head(NamedTuple):
    size: int
    root: bytes
    genuine: bool


class _Walk:
    """One pass over the log. `frontier` and `chain` grow from the stored leaves; `actual` from the events, once the
    two differ. The walk ends at the first signed head after a finding, which then judges it."""

    def __init__(self, tenant_id: UUID, size: int, heads: Iterator[_Head]) -> None:
        self.tenant_id = tenant_id
        self.size = size
        self.heads = heads
        self.next_head = next(heads, None)
        self.frontier = Frontier()
        self.actual: Frontier | None = None
        self.chain = NO_CHAIN
        self.finding: Finding | None = None
        self.judged = False
        self.lesser: Finding | None = None  # a wrong head or tree node: reported when no entry is wrong
        self.tiles: dict[tuple[int, int], bytes] = {}  # completed since the last comparison with the stored ones
        self.wrong_tile: tuple[int, int] | None = None  # the entries under the first that differs
        self.good_size = 0
        self.heads_seen = 0

    def run(self, progress: Progress | None, processes: int) -> None:
        self._meet_heads()
        for chunk in apart.chunks(self.tenant_id, self.size, width=CHUNK, processes=processes):
            if not chunk:
                break
            for row in chunk:
                if row.seq != self.frontier.size:
                    self._end_at_gap()
                    return
                self._take(row)
                if self.judged:
                    return
            self._compare()
            if progress:
                progress(self.frontier.size, self.size)
        if self.frontier.size < self.size or self.next_head:
            self._end_at_gap()
        elif self.wrong_tile:
            self._blame_tile(*self.wrong_tile)

    def _blame_tile(self, first: int, last: int) -> None:
        """A stored tile is not over the present entries. Where a head vouches for them, the tile is what is wrong."""
        if last < self.good_size:
            self.lesser = self.lesser or Finding(What.NODE, first, last, head_size=self.good_size)
        elif self.finding is None:
            self.finding = Finding(What.REWRITTEN, max(first, self.good_size), last)

    def _take(self, row: Row) -> None:
        stored, leaf = row.stored, row.leaf
        if self.finding is None:
            self.chain = chained(self.chain, leaf or stored)
            if leaf is None:
                self._found(What.EVENT_MISSING, row)
            elif leaf != stored:
                self._found(What.EVENT_ALTERED, row)
                self.actual = self.frontier.copy()
            elif self.chain != row.chain:
                self._found(What.FORGED, row)
        for node, value in self.frontier.append(stored):
            if node.height % TILE_HEIGHT == 0:
                self.tiles[node.height // TILE_HEIGHT, node.position] = value
        if self.actual is not None:
            if leaf:
                self.actual.append(leaf)
            else:
                self.actual = None
        if self.next_head and self.next_head.size <= self.frontier.size:
            self._meet_heads()

    def _found(self, what: What, row: Row) -> None:
        event_id = row.event_id if isinstance(row.event_id, UUID) else UUID(row.event_id)
        self.finding = Finding(what, row.seq, event_id=event_id)

    def _meet_heads(self) -> None:
        """Hold every head of the present size against the tree."""
        while self.next_head and self.next_head.size <= self.frontier.size and not self.judged:
            head, self.next_head = self.next_head, next(self.heads, None)
            if not head.genuine:
                self.lesser = self.lesser or Finding(What.HEAD, head_size=head.size)
            elif self.finding:
                self._judge(head)
            elif head.root == self.frontier.root():
                self.good_size, self.heads_seen = head.size, self.heads_seen + 1
            else:
                self._compare()
                first, last = self.good_size, head.size - 1
                if self.wrong_tile and self.wrong_tile[1] >= first:
                    first, last = max(first, self.wrong_tile[0]), min(last, self.wrong_tile[1])
                self.finding = Finding(What.REWRITTEN, first, last, head=Head.DISAGREES, head_size=head.size)
                self.judged = True

    def _judge(self, head: _Head) -> None:
        """Say what a signed head thinks of the finding: which of event and stored entry is the signed one."""
        assert self.finding is not None
        chain_alone = self.finding.what is What.FORGED and head.root == self.frontier.root()
        leaf_alone = self.actual is not None and head.root == self.actual.root()
        if chain_alone or leaf_alone:
            self.finding = self.finding.judged(Head.CONFIRMS, head.size, what=What.ENTRY_ALTERED)
        else:
            self.finding = self.finding.judged(Head.DISAGREES, head.size)
        self.judged = True

    def _end_at_gap(self) -> None:
        """The next entry is not there. A genuine head beyond it proves that it was."""
        while self.next_head and not self.next_head.genuine:
            self.lesser = self.lesser or Finding(What.HEAD, head_size=self.next_head.size)
            self.next_head = next(self.heads, None)
        if self.finding is None and (self.next_head or self.frontier.size < self.size):
            self.finding = Finding(What.ENTRY_MISSING, self.frontier.size)
        if self.finding and self.next_head:
            self.finding = self.finding.judged(Head.DISAGREES, self.next_head.size)
        self.judged = True

    def _compare(self) -> None:
        """Hold the tiles completed since the last time against the stored ones. 1 query."""
        tiles, self.tiles = self.tiles, {}
        if not tiles or self.wrong_tile or self.finding:
            return
        places = Q()
        for level, position in tiles:
            places |= Q(tenant_id=self.tenant_id, level=level, position=position)
        rows = LedgerNode.objects.filter(places).values_list("level", "position", "hash")
        stored = {(level, position): bytes(value) for level, position, value in rows}
        for (level, position), value in tiles.items():
            if stored.get((level, position)) != value:
                width = 1 << (TILE_HEIGHT * level)
                self.wrong_tile = (position * width, (position + 1) * width - 1)
                return


def _stored_heads(tenant_id: UUID, top: int, keys: Sequence[NoteKey]) -> Iterator[_Head]:
    for row in SignedHead.objects.filter(tenant_id=tenant_id, size__lte=top).order_by("size").iterator(chunk_size=500):
        try:
            said = open_checkpoint(row.note, keys)
        except NoteError:
            genuine = False
        else:
            genuine = (said.size, said.root) == (row.size, bytes(row.root)) and said.origin == keys[0].name
        yield _Head(row.size, bytes(row.root), genuine)


def _kept_heads(notes: Iterable[str], keys: Sequence[NoteKey]) -> Iterator[_Head]:
    for note in notes:
        said = open_checkpoint(note, keys)
        yield _Head(said.size, said.root, True)


def _loose_ends(tenant_id: UUID, state: LedgerState | None, walk: _Walk) -> Finding | None:
    """What no single entry shows: the state row, entries past the end, events that never came in. At most 6 queries."""
    last = _last_seq(tenant_id)
    now_size = LedgerState.objects.filter(tenant_id=tenant_id).values_list("size", flat=True).first() or 0
    if state is None:
        if last >= 0:
            return Finding(What.STATE, head_size=walk.good_size)
    elif (state.frontier, bytes(state.chain)) != (walk.frontier.serialise(), walk.chain):
        return Finding(What.STATE, head_size=walk.good_size)
    outside = Q(seq__lt=0) | Q(seq__gte=now_size) if last >= now_size else Q(seq__lt=0)
    if extra := LedgerEntry.objects.filter(outside, tenant_id=tenant_id).order_by("seq").first():
        return Finding(What.EXTRA, extra.seq, event_id=extra.event_id)
    return _unlogged(tenant_id)


def _last_seq(tenant_id: UUID) -> int:
    """The highest place taken, -1 when there is none. 1 query."""
    last: int | None = LedgerEntry.objects.filter(tenant_id=tenant_id).aggregate(last=Max("seq"))["last"]
    return -1 if last is None else last


def _unlogged(tenant_id: UUID) -> Finding | None:
    """The first event that is neither in the log, nor on its way there, nor parked after a failed delivery."""
    logged = LedgerEntry.objects.filter(event_id=OuterRef("id"))
    on_its_way = Outbox.objects.filter(event_id=OuterRef("id"))
    strays = Event.objects.filter(~Exists(logged), ~Exists(on_its_way), tenant_id=tenant_id).order_by("id")
    parked = Job.objects.filter(kind="acts.redeliver", args__subscriber=SUBSCRIBER).exclude(
        state__in=[State.DONE, State.ABANDONED]
    )
    for event_id in strays.values_list("id", flat=True).iterator(chunk_size=500):
        if not parked.filter(args__event_id=str(event_id)).exists():
            return Finding(What.UNLOGGED, event_id=event_id)
    return None
