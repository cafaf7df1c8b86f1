"""The people of the demonstration city: see data/demo.yaml. Made by the same operations as anybody; safe to repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from django.conf import settings
from django.contrib.auth.hashers import make_password

from tongqu.foundation.identifiers import citizen_id_check
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.directory.demo import DemoCity
from tongqu.kernel.directory.operations import appoint
from tongqu.kernel.directory.queries import appointments_of
from tongqu.kernel.identity import queries
from tongqu.kernel.identity.models import Account, Mandate
from tongqu.kernel.identity.operations import (
    give_mandate,
    open_staff_account,
    register_account,
    register_firm,
    register_person,
)

SOURCE = Path(__file__).with_name("data") / "demo.yaml"
PREFIX = "990102"


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """One line of what `tq up` prints."""

    who: str
    login: str
    password: str
    name: str


@dataclass(frozen=True, slots=True)
class DemoPeople:
    """Ids by which later rooms and tests find the people."""

    accounts: Mapping[str, UUID] = field(default_factory=dict)  # login → account
    parties: Mapping[str, UUID] = field(default_factory=dict)  # login or key ("qiushi") → party
    logins: tuple[DemoLogin, ...] = ()


def build(city: DemoCity) -> DemoPeople:
    """Make whoever is missing and answer who is where. Raises RuntimeError outside a demonstration: the one password
    of all these accounts is in the source."""
    if not settings.TQ_DEMO:
        raise RuntimeError("the demonstration's people have a published password")
    source = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    # One hash for all: the password is published, so a salt for each account would protect nothing, and hashing is
    # slow on purpose (seventeen of them would be most of the demonstration's start).
    everybody = [row["login"] for row in (*source["citizens"], *source["staff"])]
    complete = Account.objects.filter(username__in=everybody).count() == len(everybody)
    hashed = "" if complete else make_password(source["password"])
    people: DemoPeople = _build(Actor.system(UUID(settings.TQ_TENANT_ID)), city=city, source=source, hashed=hashed)
    return people


def citizen_no(row: Mapping[str, Any]) -> str:
    """The invented number of a person in the source."""
    first = f"{PREFIX}{row['born']}{row['serial']:03d}"
    return first + citizen_id_check(first)


@operation("identity.build_demo")
def _build(act: Act, *, city: DemoCity, source: Mapping[str, Any], hashed: str) -> DemoPeople:
    act.require("identity.manage_accounts")
    act.unchanged()  # no event is owed when everybody was there
    parties: dict[str, UUID] = {}
    for row in (*source["citizens"], *source["others"]):
        key = row.get("login") or row["key"]
        parties[key] = _person(act, row, hashed)
    for row in source["businesses"]:
        parties[row["key"]] = _business(act, row, parties)
    for row in source["mandates"]:
        _mandate(act, row, parties)
    for row in source["staff"]:
        _officer(act, row, city, hashed)
    logins = [row["login"] for row in (*source["citizens"], *source["staff"])]
    accounts = dict(Account.objects.filter(username__in=logins).values_list("username", "id"))
    return DemoPeople(
        accounts=accounts,
        parties=parties,
        logins=tuple(
            DemoLogin(f"{row['who']} {row['en']}", row["login"], source["password"], row["name"])
            for row in (*source["citizens"], *source["staff"])
        ),
    )


def _person(act: Act, row: Mapping[str, Any], password_hash: str) -> UUID:
    number = citizen_no(row)
    if (known := queries.party_by_identifier("citizen_id", number)) is not None:
        return known
    account_id, phone = None, row.get("phone", "")
    if "login" in row:
        account: Account = register_account(
            act, username=row["login"], name=row["name"], password_hash=password_hash, phone=phone, phone_verified=True
        )
        account_id = account.id
    made = register_person(
        act, name=row["name"], id_kind="citizen_id", id_no=number, phone=phone, account_id=account_id
    )
    return UUID(made["party_id"])


def _business(act: Act, row: Mapping[str, Any], parties: Mapping[str, UUID]) -> UUID:
    if (known := queries.party_by_identifier("credit_code", row["code"])) is not None:
        return known
    made = register_firm(
        act,
        kind=row["kind"],
        name=row["name"],
        credit_code=row["code"],
        head_id=parties[row["head"]],
        phone=row.get("phone", ""),
        proof={"kind": "register"},
    )
    return UUID(made["party_id"])


def _mandate(act: Act, row: Mapping[str, Any], parties: Mapping[str, UUID]) -> None:
    principal, agent = parties[row["principal"]], parties[row["agent"]]
    if not Mandate.objects.filter(principal_id=principal, agent_id=agent, kind=row["kind"]).exists():
        give_mandate(
            act,
            principal_id=principal,
            agent_id=agent,
            kind=row["kind"],
            valid_to=act.at + timedelta(days=row["days"]),
            proof={"kind": "power_of_attorney"},
        )


def _officer(act: Act, row: Mapping[str, Any], city: DemoCity, password_hash: str) -> None:
    account = Account.objects.filter(username=row["login"]).first()
    if account is None:
        account = open_staff_account(act, username=row["login"], name=row["name"], password_hash=password_hash)
    if not appointments_of(account.id):
        appoint(act, account_id=account.id, post_id=city.posts[row["post"]])
