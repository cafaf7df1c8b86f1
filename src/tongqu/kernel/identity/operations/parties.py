"""Parties: registering, renaming, merging, their contacts, and lawful erasure."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tongqu.foundation import names
from tongqu.kernel.acts.clock import today
from tongqu.kernel.acts.errors import Conflict, Invalid, Refused
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.identity import events, numbers, roles, rules, vault
from tongqu.kernel.identity.models import (
    Account,
    Mandate,
    NameTerm,
    Party,
    PartyContact,
    PartyIdentifier,
)
from tongqu.kernel.identity.operations import records
from tongqu.kernel.identity.operations.mandates import controls_party, put_mandate


@operation("identity.register_person")
def register_person(
    act: Act,
    *,
    name: str,
    id_kind: str,
    id_no: str,
    phone: str = "",
    account_id: UUID | None = None,
    country: str = "",
    born: date | None = None,
) -> dict[str, Any]:
    """Enter a natural person whose papers somebody has seen; with `account_id`, tie that citizen's account to it.

    `country`: the issuing state of a foreign passport. `born`: for papers whose number does not tell it. For staff and
    the platform; a citizen comes in through `verify_real_name`. Returns {"party_id"}. Raises Invalid (name, id_no,
    country, born, phone), Conflict (the number is already registered, the account is already tied).
    """
    act.allow(records.may_register(act.actor))
    party = put_person(act, name=name, id_kind=id_kind, id_no=id_no, phone=phone, country=country, born=born)
    if account_id is not None:
        tie_account(act, account_id=account_id, party=party)
    return {"party_id": str(party.id)}


@operation("identity.register_firm")
def register_firm(
    act: Act,
    *,
    kind: str,
    name: str,
    credit_code: str,
    head_id: UUID | None = None,
    phone: str = "",
    proof: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Enter a 个体工商户, firm, branch or public body as its register shows it, and who stands at its head.

    A counter names the paper it has seen in `proof` ({"kind", "ref"}).

    `head_id` is a person: the operator of a sole trader, else the legal representative or person in charge.
    Returns {"party_id", "mandate_id" or None}. Raises Invalid, Conflict.
    """
    act.allow(records.may_manage(act.actor) or (records.may_register(act.actor) and bool(proof)))
    if kind not in rules.PARTY_KINDS or kind == rules.PERSON:
        raise Invalid(_("主体类型有误"), code="party-kind", field="kind")
    code = numbers.clean("credit_code", credit_code, field="credit_code")
    if (kind == rules.SOLE_TRADER) != numbers.is_sole_trader(code):
        raise Invalid(
            _("统一社会信用代码与主体类型不符：个体工商户的代码以 92 开头"), code="code-kind", field="credit_code"
        )
    contacts = {"phone": numbers.clean("phone", phone, field="phone")} if phone else {}
    party = records.put_party(
        act, kind=kind, name=records.clean_name(name), numbers_given={"credit_code": code}, contacts=contacts
    )
    mandate = None
    if head_id is not None:
        head = rules.head_kind(kind)
        assert head is not None  # only a person has none
        mandate = put_mandate(act, principal=party, agent=records.locked(head_id), kind=head, proof=proof or {})
    return {"party_id": str(party.id), "mandate_id": str(mandate.id) if mandate else None}


@operation("identity.find_or_register_person")
def find_or_register_person(
    act: Act, *, name: str, id_kind: str, id_no: str, phone: str = "", country: str = "", born: date | None = None
) -> dict[str, Any]:
    """Whoever holds this paper: the person registered with it, else a new one. For a counter that has seen the paper.

    An ended number finds its holder too, and any name he has or had is good. Returns {"party_id", "registered" (whether
    just now), "ended" (whether the number was replaced since)}. Raises Invalid as `register_person`, Conflict when the
    number is registered under another name.
    """
    act.allow(records.may_register(act.actor))
    number, place = records.clean_number(id_kind, id_no, country)
    party = records.owner_of(id_kind, number, place)
    if party is None:
        party = put_person(act, name=name, id_kind=id_kind, id_no=number, phone=phone, country=place, born=born)
        return {"party_id": str(party.id), "registered": True, "ended": False}
    wanted = names.comparable(records.clean_name(name))
    if all(names.comparable(known) != wanted for known in party.names.values_list("name", flat=True)):
        raise Conflict(
            _("该证件号码登记在另一个姓名之下，请核对证件；确已改名的，请先办理姓名变更"),
            code="name-differs", field="name", remedy="",
        )  # fmt: skip
    act.unchanged()
    running = party.identifiers.filter(
        kind=id_kind, blind_index=vault.index_of(id_kind, number), valid_to=None
    ).exists()  # fmt: skip
    return {"party_id": str(party.id), "registered": False, "ended": not running}


def put_person(
    act: Act, *, name: str, id_kind: str, id_no: str, phone: str, country: str = "", born: date | None = None
) -> Party:
    """A new natural person. Raises Invalid, Conflict."""
    number, place = records.clean_number(id_kind, id_no, country)
    contacts = {"phone": numbers.clean("phone", phone, field="phone")} if phone else {}
    if born is not None and not rules.possible_birth(born, today().date()):
        raise Invalid(_("出生日期不正确，请核对"), code="born", field="born")
    told = numbers.born_from(id_kind, number)
    if born is not None and told is not None and told != born:
        raise Invalid(_("出生日期与证件号码中的不一致，请核对"), code="born-differs", field="born")
    return records.put_party(
        act,
        kind=rules.PERSON,
        name=records.clean_name(name),
        numbers_given={id_kind: number},
        contacts=contacts,
        country=place,
        born=born,
    )


def tie_account(act: Act, *, account_id: UUID, party: Party) -> Account:
    """Tie a citizen's account to a person. Raises Invalid, Conflict."""
    account = Account.objects.select_for_update().filter(id=account_id, kind="person").first()
    if account is None:
        raise Invalid(_("找不到这一账号"), code="account-unknown", field="account_id")
    taken = Account.objects.filter(party=party, kind="person").exclude(id=account_id).exists()
    if taken or account.party_id not in {None, party.id}:
        raise Conflict(_("这个身份已经绑定其他账号，请用原账号登录"), code="party-tied", remedy="")
    account.party, account.name, account.real_name_at = party, party.name, act.at
    account.sort_key = party.sort_key
    account.save(update_fields=["party", "name", "sort_key", "real_name_at"])
    return account


@operation("identity.tie_staff_account")
def tie_staff_account(act: Act, *, account_id: UUID, party_id: UUID) -> dict[str, Any]:
    """Say which person a staff account belongs to, so that its holder stays out of cases of his own (回避).

    Raises Invalid (no such staff account, or not a person), Conflict (tied to somebody else).
    """
    act.allow(records.may_manage(act.actor))
    account = Account.objects.select_for_update().filter(id=account_id, kind="staff").first()
    party = Party.objects.filter(id=party_id, kind=rules.PERSON).first()
    if account is None or party is None:
        raise Invalid(_("找不到这一账号"), code="account-unknown", field="account_id")
    if account.party_id not in {None, party.id}:
        raise Conflict(_("这个身份已经绑定其他账号，请用原账号登录"), code="party-tied", remedy="")
    account.party = party
    account.save(update_fields=["party"])
    act.emit(events.ACCOUNT_TIED, subject=("account", account.id), body={"party": party.id})
    return {"account_id": str(account.id), "party_id": str(party.id)}


@operation("identity.change_contact")
def change_contact(act: Act, *, party_id: UUID, kind: str, value: str) -> dict[str, Any]:
    """Replace a party's phone number or e-mail address; the party itself, whoever stands at its head, or staff. A proxy
    may not: what the principal is told would reach the proxy instead. Raises Invalid."""
    act.allow(controls_party(act.actor, party_id, act.at) or records.may_manage(act.actor))
    if kind not in numbers.CONTACTS:
        raise Invalid(_("联系方式类型有误"), code="contact-kind", field="kind")
    party, text = records.locked(party_id), numbers.clean(kind, value, field="value")
    row = records.add_contact(party, records.key_of(party), kind, text, act.at)
    act.emit(
        events.CONTACT_CHANGED,
        subject=("party", party.id),
        version=party.version,
        body={"kind": kind, "contact": row.id},
        sealed=(party.id, {kind: text}),
    )
    return {"party_id": str(party_id), "masked": row.masked}


@operation("identity.merge_parties")
def merge_parties(act: Act, *, keep_id: UUID, absorb_id: UUID) -> dict[str, Any]:
    """Two entries turn out to be one party: `absorb` points to `keep` from now on and hands over what is current.

    Nothing is lost: the absorbed row keeps its names, its ended mandates and its key (old events stay readable), and
    the event lists what moved. Raises Refused when they cannot be one party.
    """
    act.require("identity.manage_accounts", login=roles.login_for("identity.manage_accounts"))
    if keep_id == absorb_id:
        raise Invalid(_("不能把主体与其自身合并"), code="same-party")
    first, second = (records.locked(party_id) for party_id in sorted({keep_id, absorb_id}))
    keep, absorb = (first, second) if first.id == keep_id else (second, first)
    _check_one_party(keep, absorb)
    _take_over_names(keep, absorb)
    moved = {
        "identifiers": _resealed(PartyIdentifier.objects.filter(party=absorb), keep, absorb),
        "contacts": _resealed(PartyContact.objects.filter(party=absorb, valid_to=None), keep, absorb),
        "mandates": [],
        "accounts": [],
    }
    for side in ("principal", "agent"):
        rows = Mandate.objects.filter(**{side: absorb}, revoked_at=None)
        moved["mandates"] += [str(row_id) for row_id in rows.values_list("id", flat=True)]
        rows.update(**{side: keep})
    accounts = Account.objects.filter(party=absorb)
    moved["accounts"] = [str(row_id) for row_id in accounts.values_list("id", flat=True)]
    accounts.update(party=keep, name=keep.name, sort_key=keep.sort_key)
    if keep.born is None and absorb.born is not None:
        born = vault.open_text(records.key_of(absorb), absorb.born, absorb.id)
        keep.born = vault.seal_text(records.key_of(keep), born, keep.id)
    absorb.merged_into, absorb.version = keep, absorb.version + 1
    absorb.save(update_fields=["merged_into", "version"])
    keep.version += 1
    keep.save(update_fields=["version", "born"])
    Party.objects.filter(merged_into=absorb).update(merged_into=keep)
    act.emit(
        events.PARTIES_MERGED,
        subject=("party", keep.id),
        version=keep.version,
        body={"absorbed": absorb.id, "moved": moved},
    )
    return {"party_id": str(keep.id)}


def _check_one_party(keep: Party, absorb: Party) -> None:
    own, others = (
        set(PartyIdentifier.objects.filter(party=party, valid_to=None).values_list("kind", "country"))
        for party in (keep, absorb)
    )
    accounts = Account.objects.filter(party__in=[keep, absorb], kind="person").count()
    if keep.kind != absorb.kind or own & others or accounts > 1:
        raise Refused(_("两个主体的类型、同类证件或账号互相冲突，不能合并"), code="not-one-party", remedy="")
    if Mandate.objects.filter(principal__in=[keep, absorb], agent__in=[keep, absorb], revoked_at=None).exists():
        raise Refused(_("两个主体之间存在代理关系，不能合并"), code="not-one-party", remedy="")


def _take_over_names(keep: Party, absorb: Party) -> None:
    """What the absorbed party was called finds the other from now on; as an alias, unless it is a name already."""
    known = {names.comparable(name) for name in keep.names.values_list("name", flat=True)}
    for row in absorb.names.order_by("id"):
        if row.name and names.comparable(row.name) not in known:
            kind = rules.ALIAS if row.kind == rules.LEGAL else row.kind
            records.add_name(keep, kind, row.name, row.valid_from, row.valid_to)
    NameTerm.objects.filter(party=absorb).delete()


def _resealed(rows: Any, keep: Party, absorb: Party) -> list[str]:
    """Move rows to `keep`, their values sealed anew under its key."""
    old, new = records.key_of(absorb), records.key_of(keep)
    moved = []
    for row in rows:
        row.box = vault.seal_text(new, vault.open_text(old, row.box, row.id), row.id)
        row.party = keep
        row.save(update_fields=["box", "party"])
        moved.append(str(row.id))
    return moved
