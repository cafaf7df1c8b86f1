"""The demonstration's legal-entity register (法人库): invented businesses (`data/demo_register.yaml`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.identity.queries import access_number
from tongqu.kernel.standards.facts import CreditCodeOf, Fact
from tongqu.kernel.standards.plain_yaml import load_file
from tongqu.kernel.standards.register import HERE

FILE = HERE / "data" / "demo_register.yaml"
# The register's own column for each element it answers.
COLUMNS = {
    "party.name": "name",
    "party.credit_code": "credit_code",
    "party.kind": "kind",
    "party.holder": "holder",
    "party.domicile": "domicile",
    "party.domicile_region": "domicile_region",
    "party.business_scope": "business_scope",
    "party.established_on": "established_on",
    "party.status": "status",
}


@dataclass(frozen=True, slots=True)
class LegalEntity:
    """`kind`: sole_trader, firm, branch or public_body; `holder`: operator, legal representative or head."""

    credit_code: str
    name: str
    kind: str
    holder: str
    domicile: str
    domicile_region: str
    established_on: str
    status: str
    business_scope: str
    registered_by: str


@lru_cache(maxsize=1)
def entities() -> tuple[LegalEntity, ...]:
    """All businesses of the demonstration, in the file's order. No database query."""
    return tuple(LegalEntity(**row) for row in _file()["entities"])


def entity(credit_code: str) -> LegalEntity | None:
    return next((one for one in entities() if one.credit_code == credit_code), None)


def credit_code_of(actor: Actor, party_id: UUID, purpose: str) -> str | None:
    """As identity tells it; 2 queries, and 1 for the read log unless it is the actor himself. Raises NotFound."""
    return access_number(actor, party_id, "credit_code", purpose=purpose)


class DemoLegalEntityRegister:
    """Answers the FactSource port for parties that have a credit code in the file."""

    def __init__(self, find: CreditCodeOf = credit_code_of) -> None:
        self._credit_code_of = find

    def facts(self, actor: Actor, *, party_id: UUID, elements: Sequence[str], purpose: str) -> list[Fact]:
        """The queries of `credit_code_of`, which also keeps the reading on record; the file itself needs none."""
        code = self._credit_code_of(actor, party_id, purpose)
        found = entity(code) if code else None
        if found is None:
            return []
        file = _file()
        as_of = date.fromisoformat(file["as_of"])
        return [
            Fact(name, getattr(found, COLUMNS[name]), file["source"], found.credit_code, as_of)
            for name in elements
            if name in COLUMNS
        ]


@lru_cache(maxsize=1)
def _file() -> dict[str, Any]:
    data: dict[str, Any] = load_file(FILE)
    return data
