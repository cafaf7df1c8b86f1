"""How an event enters the log, and how a head of it is signed. Both lock the log's state row, so order is one order.

The relay hands every event over in the transaction that takes it out of the outbox: an event is in the outbox or in the
log, never in both or neither. A batch of some hundred costs about five queries; a head costs one more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction

from tongqu.foundation.checkpoint import Checkpoint, sign_checkpoint
from tongqu.foundation.merkle import Frontier
from tongqu.kernel.acts import keys, relay
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.inserting import insert_rows
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.statements import change, fetch_one, fetch_values
from tongqu.kernel.ledger.models import LedgerEntry, LedgerNode, LedgerState, SignedHead
from tongqu.kernel.ledger.rules import TILE_HEIGHT, chained, leaf_of

SUBSCRIBER = "ledger.append"
SIGN_EVERY = 256  # a head is signed with the batch that brings this many new entries; a schedule signs the rest


@relay.subscribe(SUBSCRIBER, ["*"])
def append(events: Sequence[Event]) -> None:
    """Add the events that are not in the log yet, in the order given; each tenant's to its own log.

    4 queries for each tenant, one more with a full tile or a head (SQLite splits an insert of more than 199 rows).
    """
    for tenant_id, own in groupby(sorted(events, key=attrgetter("tenant_id")), key=attrgetter("tenant_id")):
        with transaction.atomic():
            _append(tenant_id, list(own))


def sign_head(tenant_id: UUID) -> SignedHead | None:
    """Sign the log as it stands; None when it has not grown since the last head. 4 queries."""
    with transaction.atomic():
        state = fetch_one(LedgerState, lock=True, tenant_id=tenant_id)
        if state is None or state.size == state.head_size:
            return None
        head = _sign(state, Frontier.parse(state.frontier), now())
        state.save(update_fields=["head_size"])
        return head


def sign_heads() -> int:
    """Sign every log that has grown, and return how many there were."""
    grown = LedgerState.objects.exclude(size=0).values_list("tenant_id", "size", "head_size")
    return sum(sign_head(tenant_id) is not None for tenant_id, size, head_size in grown if size > head_size)


def origin_for(tenant_id: UUID) -> str:
    """The name a new log gets: TQ_LEDGER_ORIGIN, else where it is served; a second tenant's ends in its id."""
    own = settings.TQ_LEDGER_ORIGIN or f"{urlsplit(settings.TQ_PUBLIC_URL).netloc}/ledger"
    return own if str(tenant_id) == settings.TQ_TENANT_ID else f"{own}/{tenant_id}"


def _append(tenant_id: UUID, events: list[Event]) -> None:
    state = _locked_state(tenant_id)
    known = {one for (one,) in fetch_values(LedgerEntry, ("event_id",), event_id__in=[e.id for e in events])}
    frontier, chain = Frontier.parse(state.frontier), bytes(state.chain)
    entries: list[LedgerEntry] = []
    tiles: list[LedgerNode] = []
    for event in events:
        if event.id in known:
            continue
        leaf = leaf_of(event)
        chain = chained(chain, leaf)
        entries.append(
            LedgerEntry(event_id=event.id, tenant_id=tenant_id, seq=frontier.size, leaf_hash=leaf, chain=chain)
        )
        for node, value in frontier.append(leaf):
            if node.height % TILE_HEIGHT == 0:
                level = node.height // TILE_HEIGHT
                tiles.append(LedgerNode(tenant_id=tenant_id, level=level, position=node.position, hash=value))
    if not entries:
        return
    insert_rows(entries)
    LedgerNode.objects.bulk_create(tiles)
    state.size, state.frontier, state.chain = frontier.size, frontier.serialise(), chain
    if state.size - state.head_size >= SIGN_EVERY:
        _sign(state, frontier, now())
    grown = {name: getattr(state, name) for name in ("size", "frontier", "chain", "head_size")}
    change(LedgerState, grown, id=state.id)


def _locked_state(tenant_id: UUID) -> LedgerState:
    if state := fetch_one(LedgerState, lock=True, tenant_id=tenant_id):
        return state
    fresh = LedgerState(tenant_id=tenant_id, origin=origin_for(tenant_id))
    LedgerState.objects.bulk_create([fresh], ignore_conflicts=True)  # someone else may begin the log just now
    return LedgerState.objects.select_for_update().get(tenant_id=tenant_id)


def _sign(state: LedgerState, frontier: Frontier, at: datetime) -> SignedHead:
    root = frontier.root()
    note = sign_checkpoint(Checkpoint(state.origin, frontier.size, root), keys.signer())
    state.head_size = frontier.size
    return SignedHead.objects.create(tenant_id=state.tenant_id, size=frontier.size, root=root, note=note, signed_at=at)
