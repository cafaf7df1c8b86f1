"""Papers of a person: several at a time, and a new number in place of an old one without losing either."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.identity import events, numbers, rules
from tongqu.kernel.identity.models import Party, PartyIdentifier
from tongqu.kernel.identity.operations import records
from tongqu.kernel.identity.operations.records import clean_number


@operation("identity.add_identifier")
def add_identifier(
    act: Act,
    *,
    party_id: UUID,
    id_kind: str,
    id_no: str,
    country: str = "",
    proof: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Enter another paper of a person. A counter names the paper it has seen in `proof` ({"kind", "ref"}).

    Returns {"identifier_id", "masked", "version"}. Raises Invalid (id_kind, id_no, country), Conflict (somebody has
    this number; the person has a running one of this kind: `replace_identifier`), NotFound.
    """
    _allow(act, proof)
    number, place = clean_number(id_kind, id_no, country)
    party = _person(party_id)
    if _running(party, id_kind, place) is not None:
        raise Conflict(
            _("已登记有一个同类证件；换发了新证的，请用“更换证件号码”办理"),
            code="identifier-kind-known", field="id_kind", remedy="",
        )  # fmt: skip
    return _added(act, party, id_kind, number, place, events.IDENTIFIER_ADDED, {})


@operation("identity.replace_identifier")
def replace_identifier(
    act: Act,
    *,
    party_id: UUID,
    id_kind: str,
    id_no: str,
    ground: str,
    country: str = "",
    proof: Mapping[str, Any] | None = None,
    expected_version: int | None = None,
) -> dict[str, Any]:
    """A new number in place of the running one of the same kind (and country): a new passport, a corrected number.

    `ground` is one of numbers.END_GROUNDS. The old number stays with its dates and still finds the person.
    Returns {"identifier_id", "masked", "version"}. Raises Invalid, Conflict (changed since; somebody has this number),
    NotFound (no running number of this kind).
    """
    _allow(act, proof)
    number, place = clean_number(id_kind, id_no, country)
    _check_ground(ground)
    party = _person(party_id)
    if expected_version not in {None, party.version}:
        raise Conflict()
    old = _running(party, id_kind, place)
    if old is None:
        raise NotFound(_("没有可以更换的同类证件"))
    _end(act, old, ground)
    return _added(
        act, party, id_kind, number, place, events.IDENTIFIER_REPLACED, {"ended": old.id, "ground": ground}
    )  # fmt: skip


@operation("identity.end_identifier")
def end_identifier(
    act: Act, *, identifier_id: UUID, ground: str, proof: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A paper is void and none took its place. The last running one stays: nobody could be told apart by then.

    Raises Invalid, Conflict, NotFound.
    """
    _allow(act, proof)
    _check_ground(ground)
    row = PartyIdentifier.objects.filter(id=identifier_id, valid_to=None, kind__in=numbers.OF_PERSONS).first()
    if row is None:
        raise NotFound(_("找不到这一证件"))
    party = _person(row.party_id)
    if not PartyIdentifier.objects.filter(party=party, valid_to=None).exclude(id=row.id).exists():
        raise Conflict(_("这是唯一有效的证件，请先登记新的证件"), code="identifier-last", remedy="")
    _end(act, row, ground)
    party.version += 1
    party.save(update_fields=["version"])
    act.emit(
        events.IDENTIFIER_ENDED,
        subject=("party", party.id),
        version=party.version,
        body={"kind": row.kind, "identifier": row.id, "ground": ground},
    )
    return {"party_id": str(party.id), "version": party.version}


def _allow(act: Act, proof: Mapping[str, Any] | None) -> None:
    seen = bool(proof) and records.may_register(act.actor)
    act.allow(records.may_manage(act.actor) or seen)


def _check_ground(ground: str) -> None:
    if ground not in numbers.END_GROUNDS:
        raise Invalid(_("请选择更换或注销证件的原因"), code="ground-missing", field="ground")


def _person(party_id: UUID) -> Party:
    party = records.locked(party_id)
    if party.kind != rules.PERSON:
        raise Invalid(_("只有自然人可以登记这类证件"), code="party-kind", field="party_id")
    return party


def _running(party: Party, kind: str, country: str) -> PartyIdentifier | None:
    return PartyIdentifier.objects.filter(party=party, kind=kind, country=country, valid_to=None).first()


def _end(act: Act, row: PartyIdentifier, ground: str) -> None:
    row.valid_to, row.end_ground = act.at, ground
    row.save(update_fields=["valid_to", "end_ground"])


def _added(
    act: Act, party: Party, kind: str, number: str, country: str, event: str, more: Mapping[str, Any]
) -> dict[str, Any]:
    key = records.key_of(party)
    row = records.add_identifiers(party, key, {kind: number}, act.at, country=country)[0]
    born = numbers.born_from(kind, number)
    if party.born is None and born is not None:
        records.note_birth(party, key, born)
    party.version += 1
    party.save(update_fields=["version", "born"])
    act.emit(
        event,
        subject=("party", party.id),
        version=party.version,
        body={"kind": kind, "identifier": row.id, "country": country, **more},
        sealed=(party.id, {kind: number}),
    )
    return {"identifier_id": str(row.id), "masked": row.masked, "version": party.version}
