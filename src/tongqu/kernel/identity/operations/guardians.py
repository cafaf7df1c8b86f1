"""A counter enters a guardian it has before it: who he is and that he is one, together or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tongqu.kernel.acts.clock import today
from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.identity import events, rules
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
    ward_born: date | None = None,
) -> dict[str, Any]:
    """`ward_born`: where no number of the ward's tells it. Returns {"mandate_id"}.

    Raises what `note_birth`, `find_or_register_person` and `give_mandate` raise; then nothing is kept.
    """
    act.allow(records.may_register(act.actor))
    if ward_born is not None:
        note_birth(act, party_id=ward_id, born=ward_born)
    guardian = find_or_register_person(act, name=name, id_kind=id_kind, id_no=id_no, country=country)
    given: dict[str, Any] = give_mandate(
        act, principal_id=ward_id, agent_id=UUID(guardian["party_id"]), kind="guardian", valid_to=valid_to, proof=proof
    )
    return given


@operation("identity.note_birth")
def note_birth(act: Act, *, party_id: UUID, born: date) -> dict[str, Any]:
    """Enter when a person was born, by a paper the counter has seen, where no number tells it.

    Returns {"party_id"}. Raises Invalid (not a person, impossible, another day is on record).
    """
    act.allow(records.may_register(act.actor))
    party = records.locked(party_id)
    if party.kind != rules.PERSON or party.erased_at is not None:
        raise Invalid(_("只有自然人才有出生日期"), code="born-kind", field="born")
    known = records.birth_of(party)
    if known == born:
        act.unchanged()
        return {"party_id": str(party.id)}
    if known is not None:
        raise Invalid(_("与已登记的出生日期不一致，请核对证件"), code="born-differs", field="born")
    if not rules.possible_birth(born, today().date()):
        raise Invalid(_("出生日期不正确，请核对"), code="born", field="born")
    records.note_birth(party, records.key_of(party), born)
    party.version += 1
    party.save(update_fields=["version", "born"])
    act.emit(
        events.BIRTH_NOTED, subject=("party", party.id), version=party.version, body={},
        sealed=(party.id, {"born": born.isoformat()}),
    )  # fmt: skip
    return {"party_id": str(party.id)}
