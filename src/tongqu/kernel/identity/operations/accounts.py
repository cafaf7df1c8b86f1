"""Accounts: registering, phones, passwords, the real-name check, staff accounts. The login library comes in here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tongqu.foundation import names
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, NotPermitted
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.identity import events, numbers, roles, rules, vault
from tongqu.kernel.identity.models import Account, Party
from tongqu.kernel.identity.operations import records
from tongqu.kernel.identity.operations.parties import put_person, tie_account
from tongqu.kernel.identity.ports import Verified


@operation("identity.register_account")
def register_account(
    act: Act, *, name: str, password_hash: str, phone: str = "", username: str = "", phone_verified: bool = False
) -> Account:
    """A citizen's new account, open to anyone. Without `username` one is made up; the phone number then signs in.

    `password_hash` comes from Django's make_password, run before the transaction: hashing is slow on purpose.

    Raises Invalid (name, phone, username), Conflict (the login name is taken).
    """
    act.allow(True)
    account = put_account(act, kind="person", username=username, name=name, password_hash=password_hash)
    if phone:
        set_phone(account, numbers.clean("phone", phone, field="phone"), verified=phone_verified)
    act.emit(events.ACCOUNT_REGISTERED, subject=("account", account.id), body={"kind": "person"})
    return account


@operation("identity.open_staff_account")
def open_staff_account(act: Act, *, username: str, name: str, password_hash: str) -> Account:
    """An account for a member of staff; what he may do comes from posts and granted roles. Raises Invalid, Conflict."""
    act.require("identity.manage_accounts", login=roles.login_for("identity.manage_accounts"))
    account = put_account(act, kind="staff", username=username, name=name, password_hash=password_hash)
    act.emit(events.ACCOUNT_OPENED, subject=("account", account.id), body={"kind": "staff"})
    return account


@operation("identity.close_account")
def close_account(act: Act, *, account_id: UUID) -> dict[str, Any]:
    """Let an account sign in no more; its sessions end with it. Raises NotFound."""
    act.require("identity.manage_accounts", login=roles.login_for("identity.manage_accounts"))
    if not Account.objects.filter(id=account_id, is_active=True).update(is_active=False):
        raise NotFound(_("找不到这一账号"))
    act.emit(events.ACCOUNT_CLOSED, subject=("account", account_id))
    return {"account_id": str(account_id)}


@operation("identity.verify_real_name")
def verify_real_name(act: Act, *, account_id: UUID, verified: Verified) -> dict[str, Any]:
    """Take over what a real-name provider established: find or enter the person, tie the account, note who said so.

    A phone number already verified on the account becomes the person's contact. Returns {"party_id"}. Raises Conflict
    when the person is tied to another account, or has another name under this number.
    """
    act.allow(act.actor.account_id == account_id)
    return confirm(act, account_id, verified)


def confirm(act: Act, account_id: UUID, verified: Verified) -> dict[str, Any]:
    """The account is this person's: what `verify_real_name` does, within an operation that has its own right."""
    party = registered(verified) or put_person(
        act, name=records.clean_name(verified.name), id_kind=verified.id_kind, id_no=verified.id_no, phone="",
        country=verified.country,
    )  # fmt: skip
    account = tie_account(act, account_id=account_id, party=party)
    account.real_name_by = verified.provider
    account.save(update_fields=["real_name_by"])
    if account.phone_verified and account.phone_box is not None and not party.contacts.filter(valid_to=None).exists():
        records.add_contact(party, records.key_of(party), "phone", phone_of(account), act.at)
    act.emit(
        events.REAL_NAME_VERIFIED,
        subject=("account", account_id),
        body={"party": party.id, "provider": verified.provider, "id_kind": verified.id_kind},
    )
    return {"party_id": str(party.id)}


def registered(verified: Verified) -> Party | None:
    """Whom we know under the number that was verified. Raises Conflict for one of another name."""
    number = numbers.clean(verified.id_kind, verified.id_no, field="id_no")
    name = records.clean_name(verified.name)
    party = records.owner_of(verified.id_kind, number, verified.country)
    if party is not None and names.comparable(party.name) != names.comparable(name):
        raise Conflict(
            _("该证件登记的姓名与本次认证的姓名不一致，请携带证件到政务服务窗口核实"), code="name-differs", remedy=""
        )
    return party


@operation("identity.change_phone")
def change_phone(act: Act, *, account_id: UUID, phone: str) -> dict[str, Any]:
    """Enter a phone number that is still to be verified. Raises Invalid."""
    account = _own(act, account_id)
    set_phone(account, numbers.clean("phone", phone, field="phone"), verified=False)
    act.emit(events.PHONE_CHANGED, subject=("account", account_id))
    return {"account_id": str(account_id)}


@operation("identity.verify_phone")
def verify_phone(act: Act, *, account_id: UUID, phone: str) -> dict[str, Any]:
    """The code sent to this number came back: it signs this account in from now on. Raises Conflict if another's."""
    account = _own(act, account_id)
    text = numbers.clean("phone", phone, field="phone")
    if Account.objects.filter(phone_index=vault.index_of("phone", text), phone_verified=True).exclude(
        id=account_id
    ).exists():  # fmt: skip
        raise Conflict(_("这个手机号码不能使用，请更换"), code="phone-taken", field="phone", remedy="")
    set_phone(account, text, verified=True)
    act.emit(events.PHONE_VERIFIED, subject=("account", account_id))
    return {"account_id": str(account_id)}


@operation("identity.change_password")
def change_password(act: Act, *, account_id: UUID, password_hash: str) -> dict[str, Any]:
    """The login library has asked for the old one. All other sessions of the account end."""
    account = _own(act, account_id)
    account.password = password_hash
    account.save(update_fields=["password"])
    act.emit(events.PASSWORD_CHANGED, subject=("account", account_id))
    return {"account_id": str(account_id)}


@operation("identity.sign_in")
def note_sign_in(act: Act, *, account_id: UUID, ways: list[str] | None = None) -> None:
    """Put a sign-in on record; the actor tells how strong it was, `ways` how (password, mfa, qr, socialaccount)."""
    act.allow(act.actor.account_id == account_id)
    act.emit(events.SIGNED_IN, subject=("account", account_id), body={"ways": ways or []})


@operation("identity.second_factor")
def note_second_factor(act: Act, *, account_id: UUID, added: bool, kind: str = "totp") -> None:
    """Put on record that a one-time code or a passkey was set up or taken away; the login library has done it."""
    act.allow(act.actor.account_id == account_id)
    if kind == "webauthn":
        event = events.PASSKEY_ADDED if added else events.PASSKEY_REMOVED
    else:
        event = events.SECOND_FACTOR_ADDED if added else events.SECOND_FACTOR_REMOVED
    act.emit(event, subject=("account", account_id))


def phone_of(account: Account) -> str:
    """The account's phone number in clear, "" for none. For signing in and for sending codes only."""
    if account.phone_box is None:
        return ""
    return vault.open_text(vault.account_key(), account.phone_box, account.id)


def set_phone(account: Account, text: str, *, verified: bool) -> None:
    """`text` is the clean number. Raises Conflict when another account has verified it meanwhile."""
    account.phone_box = vault.seal_text(vault.account_key(), text, account.id)
    account.phone_index = vault.index_of("phone", text)
    account.phone_verified = verified
    try:
        with transaction.atomic():
            account.save(update_fields=["phone_box", "phone_index", "phone_verified"])
    except IntegrityError:
        raise Conflict(_("这个手机号码不能使用，请更换"), code="phone-taken", field="phone", remedy="") from None


def _own(act: Act, account_id: UUID) -> Account:
    act.allow(act.actor.account_id == account_id)
    account = Account.objects.select_for_update().filter(id=account_id, is_active=True).first()
    if account is None:
        raise NotPermitted()
    return account


def put_account(act: Act, *, kind: str, username: str, name: str, password_hash: str) -> Account:
    account = Account(id=uuid7(), tenant_id=act.actor.tenant_id, kind=kind, name=records.clean_name(name))
    account.sort_key = names.sort_key(account.name)
    try:
        # 20 of the 32 digits: the random half of a UUIDv7, which tells nothing of when or how many.
        account.username = rules.clean_username(username) if username else f"u{account.id.hex[12:]}"
    except ValueError:
        raise Invalid(
            _("登录名应为 3 至 40 位小写字母、数字或“_.-”，并以字母开头"), code="username", field="username"
        ) from None
    account.password = password_hash
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError:
        raise Conflict(_("这个登录名已被使用"), code="username-taken", field="username", remedy="") from None
    return account


def lock_accounts(account_ids: Collection[UUID]) -> None:
    """Inside a transaction: nobody else changes what stands beside these accounts until it ends."""
    list(
        Account.objects.select_for_update(no_key=True).filter(id__in=set(account_ids)).order_by("id").values_list("id")
    )


def keep_unread(counts: Mapping[UUID, int]) -> None:
    """Put beside each account how many messages wait for it, for the menus; a statement for each number."""
    for count in set(counts.values()):
        Account.objects.filter(id__in=[one for one, held in counts.items() if held == count]).update(unread=count)
