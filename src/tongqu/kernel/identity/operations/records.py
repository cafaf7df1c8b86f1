"""Rows of a party and of its numbers, written and looked up inside an operation that has checked the right to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tongqu.foundation import names
from tongqu.foundation.names import BadName
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound
from tongqu.kernel.acts.operation import Act
from tongqu.kernel.identity import events, numbers, rules, vault
from tongqu.kernel.identity.models import NameTerm, Party, PartyContact, PartyIdentifier, PartyName, PersonKey


def clean_name(text: str, *, field: str = "name") -> str:
    """Raises Invalid with the sentence for the field `field`."""
    try:
        return rules.clean_name(text)
    except BadName as error:
        raise Invalid(_what_is_wrong(error), code=f"name-{error.code}", field=field) from None


def _what_is_wrong(error: BadName) -> str:
    facts = {"most": rules.NAME_LENGTH, "at": error.at, "point": error.point}
    if error.code == "empty":
        return _("请填写姓名或名称")
    if error.code == "too_long":
        return _("姓名或名称不能超过 %(most)d 个字") % facts
    if error.code == "private":
        return (
            _("第 %(at)d 个字（%(point)s）是本机自造字，别的电脑上看不到；请改用国家标准中的字，找不到时请到窗口登记")
            % facts
        )
    if error.point:
        return _("第 %(at)d 个字符（%(point)s）不能用在姓名或名称中，请删去或改正") % facts
    return _("姓名或名称中有不能使用的字符，请检查后重新填写")


def settled_note(text: str) -> str:
    """What to tell somebody whose name held characters of an old encoding that were replaced; "" when none was."""
    try:
        found = [one for one in names.read(text).settled if one.private]
    except BadName:
        return ""
    if not found:
        return ""
    pairs = "、".join(f"U+{ord(one.found):04X} → {one.put}（U+{ord(one.put):04X}）" for one in found)
    return _("姓名中有旧编码的生僻字，已换成国家标准（GB 18030-2022）中的字：%(pairs)s。请核对是否正确。") % {
        "pairs": pairs
    }


def may_manage(actor: Actor) -> bool:
    """Who may change what the register says of a party and of its head: the platform and account managers."""
    return actor.may("identity.manage_accounts")


def may_register(actor: Actor) -> bool:
    """Who may enter new parties for others: whoever manages them, and a counter that receives cases."""
    return actor.may("identity.manage_accounts") or actor.units_for("cases.receive") != frozenset()


def put_party(
    act: Act,
    *,
    kind: str,
    name: str,
    numbers_given: Mapping[str, str],
    contacts: Mapping[str, str],
    country: str = "",
    born: date | None = None,
) -> Party:
    """A new party with its name, key, numbers ({kind: clean text}) and contacts; 6 or 7 inserts and one event.

    `country` belongs to a passport among the numbers; `born` to a person whose number does not tell it. Raises Conflict
    when one of its numbers is already registered.
    """
    party = Party(id=uuid7(), tenant_id=act.actor.tenant_id, kind=kind)
    show_name(party, name)
    key_row, key = vault.new_key_row(party.id)
    key_row.tenant_id = party.tenant_id
    born = next(filter(None, (numbers.born_from(k, text) for k, text in numbers_given.items())), born)
    if born is not None:
        note_birth(party, key, born)
    party.save(force_insert=True)
    key_row.save(force_insert=True)
    _put_name(party, rules.LEGAL, name, act.at)
    add_identifiers(party, key, numbers_given, act.at, country=country)
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


def clean_number(id_kind: str, id_no: str, country: str) -> tuple[str, str]:
    """A person's number and its issuing state, each in its stored form. Raises Invalid (id_kind, id_no, country)."""
    if id_kind not in numbers.OF_PERSONS:
        raise Invalid(_("证件类型有误"), code="identifier-kind", field="id_kind")
    place = numbers.country_of(id_kind, country, field="country")
    return numbers.clean(id_kind, id_no, field="id_no"), place


def birth_of(party: Party) -> date | None:
    """When a person was born, where that is known; 0 queries for a row read with its `key`, else 1."""
    if party.born is None or party.erased_at is not None:
        return None
    return date.fromisoformat(vault.open_text(vault.opened(party.key), party.born, party.id))


def note_birth(party: Party, key: bytes, born: date) -> None:
    """The row is saved by the caller."""
    party.born = vault.seal_text(key, born.isoformat(), party.id)


def show_name(party: Party, name: str) -> None:
    """Make this the party's present name, with the place it has in a list. The row is saved by the caller."""
    party.name, party.sort_key = name, names.sort_key(name, person=party.kind == rules.PERSON)


def add_name(party: Party, kind: str, name: str, since: datetime | None, until: datetime | None = None) -> PartyName:
    """One more name of a saved party, findable from now on; 3 queries."""
    have = frozenset(NameTerm.objects.filter(party=party).values_list("term", flat=True))
    return _put_name(party, kind, name, since, until, have)


def _put_name(
    party: Party,
    kind: str,
    name: str,
    since: datetime | None,
    until: datetime | None = None,
    have: frozenset[str] = frozenset(),
) -> PartyName:
    """The name and the terms it is found by, without those the party has already; 2 queries."""
    row = PartyName.objects.create(
        tenant_id=party.tenant_id, party=party, kind=kind, name=name, valid_from=since, valid_to=until
    )
    NameTerm.objects.bulk_create(
        NameTerm(tenant_id=party.tenant_id, party=party, term=term)
        for term in sorted(names.terms(name, person=party.kind == rules.PERSON) - have)
    )
    return row


def add_identifiers(
    party: Party, key: bytes, given: Mapping[str, str], at: datetime, *, country: str = ""
) -> list[PartyIdentifier]:
    """Raises Conflict when a party, this one included, has or had one of these numbers."""
    rows = []
    for kind, text in given.items():
        row = PartyIdentifier(id=uuid7(), tenant_id=party.tenant_id, party=party, kind=kind, valid_from=at)
        row.country = country if kind in numbers.OF_A_COUNTRY else ""
        row.box = vault.seal_text(key, text, row.id)
        row.blind_index = vault.index_of(kind, text)
        row.masked = numbers.masked(kind, text)
        rows.append(row)
    for row in rows:  # the constraint sees the rest: it cannot tell a passport without a country from one with it
        if row.kind in numbers.OF_A_COUNTRY and owner_of_index(row.kind, row.blind_index, row.country) is not None:
            raise _known()
    try:
        with transaction.atomic():
            PartyIdentifier.objects.bulk_create(rows)
    except IntegrityError:
        raise _known() from None
    return rows


def _known() -> Conflict:
    return Conflict(_("这个证件号码已经登记过"), code="identifier-known", field="id_no", remedy="")


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


def owner_of(kind: str, text: str, country: str = "") -> Party | None:
    """Whose number this is, or was before it was replaced. Raises Conflict where countries gave out the same one."""
    return owner_of_index(kind, vault.index_of(kind, text), country)


def owner_of_index(kind: str, index: str, country: str) -> Party | None:
    """As `owner_of`. A passport whose country was not said is the same as one whose country was; 1 query."""
    found = PartyIdentifier.objects.select_related("party").filter(kind=kind, blind_index=index)
    if country:
        found = found.filter(country__in=[country, ""])
    owners = {row.party_id: row.party for row in found[:3]}
    if len(owners) > 1:
        raise Conflict(
            _("不止一个国家或地区签发过这个号码的护照，请补充签发国家或地区"),
            code="passport-country-missing", field="country", remedy="",
        )  # fmt: skip
    return next(iter(owners.values()), None)
