"""What the case engine needs from outside: a number from the platform above, before receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class NumberAsked:
    """One question. The same `request_id` must always be answered with the same number: it is asked again after a
    timeout, at a second press of the button, and by the job. No personal data: an item, a place, a unit's code."""

    request_id: UUID
    item_code: str
    region_code: str


class UpperNumber(Protocol):
    """Port: the upper platform (省、市级平台) gives each case its number there (申办流水号)."""

    def wants(self, item_code: str, region_code: str) -> bool:
        """Whether cases of this item are numbered there at all. Answered from configuration, without asking."""
        ...

    def fetch(self, asked: NumberAsked, *, timeout: float) -> str:
        """The number, 1 to 64 characters, within `timeout` seconds. Raises acts.errors.Unavailable."""
        ...
