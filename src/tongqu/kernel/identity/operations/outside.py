"""Signing in with an account elsewhere: whose account here it opens, and taking the tie away again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tongqu.kernel.acts.errors import Conflict, NotFound
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.identity import events, vault
from tongqu.kernel.identity.models import Account, OutsideLogin, Party
from tongqu.kernel.identity.operations.accounts import confirm, put_account, registered
from tongqu.kernel.identity.outside.reading import Seen
from tongqu.kernel.identity.ports import Verified


@operation("identity.sign_in_outside")
def sign_in_outside(act: Act, *, seen: Seen) -> Account:
    """The account that a verified sign-in elsewhere opens; the page then signs it in.

    The one it is tied to; else that of the very person the provider established; else a new one without a password. A
    name, a phone number or an e-mail address alone ties nothing. Open to anyone: the provider vouches for him.

    Raises Conflict where the provider and we do not mean the same person.
    """
    act.allow(True)
    row = _ties(seen).select_for_update(of=("self",)).select_related("account").first()
    party = registered(seen.person) if seen.person is not None else None
    if row is None:
        account = _account_for(act, party, seen)
        _tie(act, account, seen)
    else:
        account = row.account
        act.unchanged()
    if seen.person is not None:
        _same_person(act, account, party, seen.person)
    account.refresh_from_db()
    return account


@operation("identity.unlink_outside")
def unlink_outside(act: Act, *, login_id: UUID) -> dict[str, Any]:
    """Take the tie away. The last way to sign in stays. Raises NotFound, Conflict."""
    row = OutsideLogin.objects.select_for_update(of=("self",)).select_related("account").filter(id=login_id).first()
    act.allow(act.actor.account_id is not None)
    if row is None or row.account_id != act.actor.account_id:
        raise NotFound()
    account = row.account
    others = account.outside_logins.exclude(id=row.id).exists() or Authenticator.objects.filter(
        user=account, type=Authenticator.Type.WEBAUTHN
    ).exists()  # fmt: skip
    if not (account.has_usable_password() or others):
        raise Conflict(
            _("这是您唯一的登录方式，取消以后就无法登录"), code="last-way",
            remedy=_("请先设置密码或者添加通行密钥"),
        )  # fmt: skip
    row.delete()
    act.emit(events.OUTSIDE_UNLINKED, subject=("account", account.id), body={"provider": row.provider})
    return {"account_id": str(account.id)}


def outside_account(seen: Seen) -> UUID | None:
    """The account this login is tied to; 1 query."""
    return _ties(seen).values_list("account_id", flat=True).first()


def _ties(seen: Seen) -> QuerySet[OutsideLogin]:
    return OutsideLogin.objects.filter(
        tenant_id=default_tenant(), provider=seen.provider, subject_index=_index(seen)
    )  # fmt: skip


def _index(seen: Seen) -> str:
    return vault.index_of(f"outside:{seen.provider}", seen.subject)


def _account_for(act: Act, party: Party | None, seen: Seen) -> Account:
    known = Account.objects.filter(party=party, kind="person").first() if party is not None else None
    if known is not None:
        return known
    name = seen.person.name if seen.person else _("未实名用户")
    account = put_account(act, kind="person", username="", name=name, password_hash=make_password(None))
    act.emit(events.ACCOUNT_REGISTERED, subject=("account", account.id), body={"kind": "person"})
    return account


def _tie(act: Act, account: Account, seen: Seen) -> None:
    try:
        with transaction.atomic():
            OutsideLogin.objects.create(
                tenant_id=act.actor.tenant_id, account=account, provider=seen.provider, subject_index=_index(seen),
                created_at=act.at,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict() from None  # the same sign-in twice at once; the other one has won
    act.emit(events.OUTSIDE_LINKED, subject=("account", account.id), body={"provider": seen.provider})


def _same_person(act: Act, account: Account, party: Party | None, person: Verified) -> None:
    """An account that is nobody's yet becomes this person's. Raises Conflict for one that is another's."""
    if account.party_id is None:
        confirm(act, account.id, person)
    elif party is None or account.party_id not in {party.id, party.merged_into_id}:
        raise Conflict(
            _("这个登录在本站关联的是另一个人的账号"), code="person-differs",
            remedy=_("请用原来的方式登录，或者携带证件到政务服务窗口核实"),
        )  # fmt: skip
