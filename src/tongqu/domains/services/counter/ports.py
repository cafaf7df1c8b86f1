"""What the counter asks of others: the register of businesses, by the code on the licence that somebody shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tongqu.kernel.acts import ports
from tongqu.kernel.acts.errors import Unavailable
from tongqu.kernel.acts.ports import PortMissing
from tongqu.kernel.standards.legal_entities import entity


@dataclass(frozen=True, slots=True)
class Business:
    """`holder`: the operator, legal representative or person in charge as registered."""

    credit_code: str
    name: str
    kind: str
    holder: str


class BusinessRegister(Protocol):
    """Port: who stands in the register under this code. Called outside any transaction."""

    def find(self, credit_code: str) -> Business | None:
        """None when the register does not know it. Raises Unavailable."""
        ...


def find_business(credit_code: str) -> Business | None:
    """What the register says; None also when it is silent or none is connected: the papers shown must do then."""
    try:
        return ports.adapter(BusinessRegister).find(credit_code)  # type: ignore[type-abstract]
    except (Unavailable, PortMissing):
        return None


class DemoBusinessRegister:
    """The demonstration's register."""

    def find(self, credit_code: str) -> Business | None:
        found = entity(credit_code)
        return Business(found.credit_code, found.name, found.kind, found.holder) if found else None
