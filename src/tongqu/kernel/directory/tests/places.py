"""What the tests of this room share: actors, a small tree, units made in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.actor import TWO_FACTOR, Actor, Grant
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.directory import load
from tongqu.kernel.directory.operations import create_post, create_unit, name_lead
from tongqu.kernel.directory.rules.editions import Edition, Where, edition

START = date(2020, 1, 1)
TREE = {
    "98": "试验省",
    "9801": "试验市",
    "980102": "东区",
    "980103": "西区",
    "980102001": "一街道",
    "980102002": "二街道",
    "980103001": "三街道",
    "980102001001": "甲社区",
    "980102001002": "乙社区",
    "980103001001": "丙社区",
}
EAST, WEST, CITY = "980102000000", "980103000000", "980100000000"


def day(offset: int) -> date:
    return START + timedelta(days=offset)


def listed(
    names: Mapping[str, str],
    *,
    on: date | None = START,
    whole: bool = True,
    successions: Sequence[tuple[str, str, str]] = (),
    tree: str = "statistical",
) -> Edition:
    rows = [(code, name, "", Where("test", n, "item")) for n, (code, name) in enumerate(names.items(), start=1)]
    return edition(rows, title="test", tree=tree, whole=whole, valid_from=on, successions=successions)


def plant(names: Mapping[str, str] = TREE, **how: Any) -> load.Loaded:
    return load.apply(listed(names, **how))


def system(tenant: UUID | None = None) -> Actor:
    return Actor.system(tenant or default_tenant())


def staff(*verbs: str, unit_id: UUID | None = None) -> Actor:
    return Actor(
        tenant_id=default_tenant(),
        kind="staff",
        account_id=uuid7(),
        login_strength=TWO_FACTOR,
        grants=tuple(Grant(verb, unit_id=unit_id) for verb in verbs),
    )


def found(
    name: str, *, actor: Actor | None = None, code: str = "", region: str = EAST, on: date = START, **more: Any
) -> UUID:
    made = create_unit(
        actor or system(), code=code or uuid7().hex, name=name, kind="department", region_code=region, on=on, **more
    )
    return UUID(made["unit_id"])


def post(unit_id: UUID, *roles: str, actor: Actor | None = None, on: date = START, code: str = "p") -> UUID:
    made = create_post(actor or system(), unit_id=unit_id, code=code, title="岗位", roles=roles, on=on)
    return UUID(made["post_id"])


def leads(unit_id: UUID, matter: str, *, actor: Actor | None = None, region: str = EAST, on: date = START) -> UUID:
    made = name_lead(actor or system(), matter=matter, region_code=region, unit_id=unit_id, on=on)
    return UUID(made["lead_id"])
