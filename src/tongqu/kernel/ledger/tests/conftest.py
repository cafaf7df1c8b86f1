"""A log with something in it. The rooms are imported inside: they are not loaded yet when this file is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest


@pytest.fixture
def sealer() -> Iterator[Any]:
    from tongqu.kernel.acts import ports
    from tongqu.kernel.acts.operation import Sealer
    from tongqu.kernel.ledger.tests.writing import OneKeyEach

    before = ports._adapters.get(Sealer)
    made = OneKeyEach()
    ports.register(Sealer, made)
    yield made
    if before is None:
        del ports._adapters[Sealer]
    else:
        ports.register(Sealer, before)


@pytest.fixture
def write(db: None, sealer: Any) -> Callable[..., list[UUID]]:
    """`write(5)` records five events and brings them into the log; `relayed=False` leaves them in the outbox."""
    from tongqu.kernel.acts import relay
    from tongqu.kernel.acts.actor import Actor
    from tongqu.kernel.acts.rows import default_tenant
    from tongqu.kernel.ledger import writer
    from tongqu.kernel.ledger.tests.writing import note

    def make(count: int, *, party_id: UUID | None = None, relayed: bool = True, signed: bool = False) -> list[UUID]:
        found = note(Actor.system(default_tenant()), count=count, party_id=party_id)
        if relayed:
            relay.drain()
        if signed:
            writer.sign_head(default_tenant())
        return found

    return make
