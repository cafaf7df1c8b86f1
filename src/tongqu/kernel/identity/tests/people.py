"""Invented people for tests: numbers under the unassigned prefix 990102 with valid check digits."""

from __future__ import annotations

from itertools import count
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password

from tongqu.foundation.identifiers import body_code_check, citizen_id_check, credit_code_check
from tongqu.kernel.acts.actor import TWO_FACTOR, Actor, Grant
from tongqu.kernel.identity import operations
from tongqu.kernel.identity.models import Account

PASSWORD = "a long enough one"
_serial = count(1)


def system() -> Actor:
    return Actor.system(UUID(settings.TQ_TENANT_ID))


def nobody() -> Actor:
    return Actor(tenant_id=UUID(settings.TQ_TENANT_ID))


def staff_with(*verbs: str, strength: int = TWO_FACTOR, account_id: UUID | None = None) -> Actor:
    """A member of staff with these verbs everywhere."""
    return Actor(
        tenant_id=UUID(settings.TQ_TENANT_ID),
        kind="staff",
        account_id=account_id or UUID(int=next(_serial)),
        login_strength=strength,
        grants=tuple(Grant(verb) for verb in verbs),
    )


def citizen_no(born: str = "19880214") -> str:
    first = f"990102{born}{next(_serial) % 1000:03d}"
    return first + citizen_id_check(first)


def credit_no(kind: str = "92") -> str:
    body = f"MA7T{next(_serial):04d}"
    first = f"{kind}990102{body}{body_code_check(body)}"
    return first + credit_code_check(first)


def phone_no() -> str:
    return f"199{next(_serial):08d}"


def person(name: str = "陈立秋", **more: Any) -> UUID:
    more.setdefault("id_no", citizen_no())
    made = operations.register_person(system(), name=name, id_kind="citizen_id", **more)
    return UUID(made["party_id"])


def sole_trader(head: UUID | None = None, name: str = "清溪区秋实小馆") -> UUID:
    made = operations.register_firm(system(), kind="sole_trader", name=name, credit_code=credit_no(), head_id=head)
    return UUID(made["party_id"])


def citizen(username: str, name: str = "陈立秋", *, verified: bool = True, phone: str = "") -> Account:
    """A citizen's account that signs in with PASSWORD."""
    account: Account = operations.register_account(
        nobody(),
        username=username,
        name=name,
        password_hash=make_password(PASSWORD),
        phone=phone,
        phone_verified=bool(phone),
    )
    if verified:
        operations.register_person(
            system(), name=name, id_kind="citizen_id", id_no=citizen_no(), phone=phone, account_id=account.id
        )
        account.refresh_from_db()
    return account


def officer(username: str, name: str = "周望") -> Account:
    account: Account = operations.open_staff_account(
        system(), username=username, name=name, password_hash=make_password(PASSWORD)
    )
    return account
