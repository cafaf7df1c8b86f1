"""Facts that government already has: the FactSource port, and the one call that asks it.

A fact carries where it came from and as of when, so that a form can show it, a case can keep its provenance, and
nobody types it again (L21). Later the exchange room answers under a grant; in the demonstration the legal-entity
register of `legal_entities.py` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from tongqu.kernel.acts import ports
from tongqu.kernel.acts.actor import Actor, Scope
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.standards.register import element

FETCH = "standards.fetch_facts"  # the verb a role needs to fetch facts about somebody else


@dataclass(frozen=True, slots=True)
class Fact:
    """`source` is the code of a declared source, `source_ref` names the record in it, `as_of` its date."""

    element: str
    value: Any
    source: str
    source_ref: str
    as_of: date

    def as_json(self) -> dict[str, Any]:
        return {
            "element": self.element, "value": self.value, "source": self.source, "source_ref": self.source_ref,
            "as_of": self.as_of.isoformat(),
        }  # fmt: skip


class FactSource(Protocol):
    """Port: what government knows about a party. Never called inside a transaction: a register may be far away."""

    def facts(self, actor: Actor, *, party_id: UUID, elements: Sequence[str], purpose: str) -> list[Fact]:
        """At most one fact for each element, in the order asked; an element not known is left out.

        Raises Unavailable when the register does not answer.
        """
        ...


# How a register that files by credit code finds a party's: (actor, party_id, purpose) -> code, None where it has none.
CreditCodeOf = Callable[[Actor, UUID, str], str | None]


def fetch(actor: Actor, *, party_id: UUID, elements: Sequence[str], purpose: str) -> list[Fact]:
    """Ask the registered source, for one's own party or one a mandate covers, or by a role that gives
    `standards.fetch_facts`. `purpose` is a code such as "apply:food-business-licence" and is kept with the reading.

    Raises NotFound for a party the actor has no business with, UnknownStandard for an unknown element, PortMissing.
    """
    if not purpose:
        raise ValueError("a purpose is needed")
    if actor.represented != party_id and not actor.may(FETCH, Scope(party_id=party_id)):
        raise NotFound()
    for code in elements:
        element(code)
    wanted = list(dict.fromkeys(elements))
    return ports.adapter(FactSource).facts(actor, party_id=party_id, elements=wanted, purpose=purpose)  # type: ignore[type-abstract]
