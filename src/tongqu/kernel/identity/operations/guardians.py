"""A counter enters a guardian it has before it: who he is and that he is one, together or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.identity.operations import records
from tongqu.kernel.identity.operations.mandates import give_mandate
from tongqu.kernel.identity.operations.parties import find_or_register_person


@operation("identity.register_guardian")
def register_guardian(
    act: Act,
    *,
    ward_id: UUID,
    name: str,
    id_kind: str,
    id_no: str,
    proof: Mapping[str, Any],
    country: str = "",
    valid_to: datetime | None = None,
) -> dict[str, Any]:
    """Returns {"mandate_id"}. Raises what `find_or_register_person` and `give_mandate` raise; then nothing is kept."""
    act.allow(records.may_register(act.actor))
    guardian = find_or_register_person(act, name=name, id_kind=id_kind, id_no=id_no, country=country)
    given: dict[str, Any] = give_mandate(
        act, principal_id=ward_id, agent_id=UUID(guardian["party_id"]), kind="guardian", valid_to=valid_to, proof=proof
    )
    return given
