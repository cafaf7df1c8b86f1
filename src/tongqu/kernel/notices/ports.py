"""What this room needs from outside: people's numbers, and somebody who carries an SMS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


class ContactBook(Protocol):
    """How to reach a party now; None when there is no way, also after erasure. Asked at the moment of sending."""

    def phone(self, party_id: UUID) -> str | None: ...

    def email(self, party_id: UUID) -> str | None: ...


@dataclass(frozen=True, slots=True)
class ProviderReceipt:
    """The provider has taken the message. `delivered` when it already knows that it arrived."""

    reference: str
    delivered: bool = False


class NotDeliverable(Exception):
    """The provider refuses this message for good; `code` says why (at most 60 characters, never a number)."""

    def __init__(self, code: str) -> None:
        self.code = code[:60]
        super().__init__(self.code)


class SmsGateway(Protocol):
    """Carries one SMS. A repeated `message_id` must not reach the phone twice. Any other error is tried again later.

    One that does not answer within 20 s raises such an error: other messages wait for the same few threads.
    """

    def send(self, message_id: UUID, phone: str, text: str) -> ProviderReceipt:
        """Raises NotDeliverable."""
        ...
