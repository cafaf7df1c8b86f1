"""A log with something in it, written the way all state is written: by an operation, through the outbox."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest
from django.utils.translation import gettext_lazy as _

from tongqu.foundation import crypto
from tongqu.foundation.canonical import canonical_bytes
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import ports, relay
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.kinds import declare
from tongqu.kernel.acts.operation import Act, Sealer, operation
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.ledger import writer

NOTED = declare("ledger_test.noted", _("测试事件"))


class TestSealer:
    """Seals under one key for each party, which a test may destroy."""

    __test__ = False

    def __init__(self) -> None:
        self.keys: dict[UUID, bytes] = {}

    def seal(self, party_id: UUID, values: Mapping[str, Any]) -> dict[str, Any]:
        key = self.keys.setdefault(party_id, crypto.new_key())
        made = crypto.commit(canonical_bytes(dict(values)))
        box = crypto.seal(key, made.salt + canonical_bytes(dict(values)), party_id.bytes)
        return {"party": str(party_id), "commitment": made.value, "box": base64.b64encode(box).decode()}


@operation("ledger_test.note")
def note(act: Act, *, count: int, party_id: UUID | None) -> list[UUID]:
    act.allow(True)
    sealed = (party_id, {"phone": "13800000000"}) if party_id else None
    return [
        act.emit(NOTED, subject=("thing", uuid7()), body={"n": n, "名": "云桥"}, sealed=sealed, rule="L1@test").id
        for n in range(count)
    ]


@pytest.fixture
def sealer() -> Iterator[TestSealer]:
    before = ports._adapters.get(Sealer)
    made = TestSealer()
    ports.register(Sealer, made)
    yield made
    if before is None:
        del ports._adapters[Sealer]
    else:
        ports.register(Sealer, before)


@pytest.fixture
def write(db: None, sealer: TestSealer) -> Callable[..., list[UUID]]:
    """`write(5)` records five events and brings them into the log; `relayed=False` leaves them in the outbox."""

    def make(count: int, *, party_id: UUID | None = None, relayed: bool = True, signed: bool = False) -> list[UUID]:
        found = note(Actor.system(default_tenant()), count=count, party_id=party_id)
        if relayed:
            relay.drain()
        if signed:
            writer.sign_head(default_tenant())
        return found

    return make
