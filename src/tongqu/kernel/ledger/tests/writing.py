"""Events written the way all state is written: by an operation, sealed for a person, through the outbox."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongqu.foundation import crypto
from tongqu.foundation.canonical import canonical_bytes
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.kinds import declare
from tongqu.kernel.acts.operation import Act, operation

NOTED = declare("ledger_test.noted", _("测试事件"))


class OneKeyEach:
    """A sealer with one key for each party, which a test may destroy."""

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
