"""Rows of a party and of its numbers, written and looked up inside an operation that has checked the right to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound
from tongqu.kernel.acts.operation import Act
from tongqu.kernel.identity import events, numbers, rules, vault
from tongqu.kernel.identity.models import Party, PartyContact, PartyIdentifier, PartyName, PersonKey


def clean_name(text: str) -> str:
    """Raises Invalid with the sentence for the field `name`."""
    try:
        return rules.clean_name(text)
    except ValueError as error:
        sentences = {
            "empty": _("请填写姓名或名称"),
            "too_long": _("姓名或名称不能超过 %(most)d 个字") % {"most": rules.NAME_LENGTH},
            "characters": _("姓名或名称中有不能使用的字符，请检查后重新填写"),
        }
        raise Invalid(sentences[str(error)], code=f"name-{error}", field="name") from None


def may_manage(actor: Actor) -> bool:
    """Who may change what the register says of a party and of its head: the platform and account managers."""
    return actor.may("identity.manage_accounts")


def may_register(actor: Actor) -> bool:
    """Who may enter new parties for others: whoever manages them, and a counter that receives cases."""
    return actor.may("identity.manage_accounts") or actor.units_for("cases.receive") != frozenset()


def put_party(
    act: Act, *, kind: str, name: str, numbers_given: Mapping[str, str], contacts: Mapping[str, str]
) -> Party:
    """A new party with its name, key, numbers ({kind: clean text}) and contacts; 5 or 6 inserts and one event.

    Raises Conflict when one of its numbers is already registered.
    """
    party = Party(id=uuid7(), tenant_id=act.actor.tenant_id, kind=kind, name=name)
    key_row, key = vault.new_key_row(party.id)
    key_row.tenant_id = party.tenant_id
    party.save(force_insert=True)
    key_row.save(force_insert=True)
    PartyName.objects.create(tenant_id=party.tenant_id, party=party, name=name, valid_from=act.at)
    add_identifiers(party, key, numbers_given)
    for contact_kind, text in contacts.items():
        add_contact(party, key, contact_kind, text, act.at)
    act.emit(
        events.PARTY_REGISTERED,
        subject=("party", party.id),
        body={"kind": kind, "identifiers": sorted(numbers_given), "contacts": sorted(contacts)},
        # Sealed with the key at hand: the row that holds it was written a moment ago.
        sealed=(party.id, {"name": name, **dict(numbers_given), **dict(contacts)}),
    )
    return party


def add_identifiers(party: Party, key: bytes, given: Mapping[str, str]) -> None:
    """Raises Conflict when another party has one of these numbers."""
    rows = []
    for kind, text in given.items():
        row = PartyIdentifier(id=uuid7(), tenant_id=party.tenant_id, party=party, kind=kind)
        row.box = vault.seal_text(key, text, row.id)
        row.blind_index = vault.index_of(kind, text)
        row.masked = numbers.masked(kind, text)
        rows.append(row)
    try:
        with transaction.atomic():
            PartyIdentifier.objects.bulk_create(rows)
    except IntegrityError:
        raise Conflict(_("这个证件号码已经登记过"), code="identifier-known", field="id_no", remedy="") from None


def add_contact(party: Party, key: bytes, kind: str, text: str, at: datetime) -> PartyContact:
    """The new contact; an earlier one of the same kind ends."""
    PartyContact.objects.filter(party=party, kind=kind, valid_to=None).update(valid_to=at)
    row = PartyContact(id=uuid7(), tenant_id=party.tenant_id, party=party, kind=kind, valid_from=at)
    row.box = vault.seal_text(key, text, row.id)
    row.blind_index = vault.index_of(kind, text)
    row.masked = numbers.masked(kind, text)
    row.save(force_insert=True)
    return row


def locked(party_id: UUID) -> Party:
    """The party, held until the transaction ends. Raises NotFound for one unknown, merged away or erased."""
    party = Party.objects.select_for_update().filter(id=party_id, merged_into=None, erased_at=None).first()
    if party is None:
        raise NotFound(_("找不到这一主体"))
    return party


def key_of(party: Party) -> bytes:
    """Raises vault.Erased."""
    return vault.opened(PersonKey.objects.get(party=party))


def owner_of(kind: str, text: str) -> Party | None:
    """Whose number this is."""
    found = PartyIdentifier.objects.select_related("party").filter(
        kind=kind, blind_index=vault.index_of(kind, text)
    )  # fmt: skip
    row: Any = found.first()
    return row.party if row else None
