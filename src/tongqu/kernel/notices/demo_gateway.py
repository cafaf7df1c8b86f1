"""The demonstration's SMS gateway: every message lands on the page /demo/outbox, its number masked."""

from __future__ import annotations

from uuid import UUID

from tongqu.foundation.identifiers import mask
from tongqu.kernel.acts.statements import add_if_new
from tongqu.kernel.notices.models import DemoMessage
from tongqu.kernel.notices.ports import NotDeliverable, ProviderReceipt


class VisibleOutbox:
    """Takes a repeated message id as the same message, as a real provider must."""

    def send(self, message_id: UUID, phone: str, text: str) -> ProviderReceipt:
        message = DemoMessage(message_id=message_id, phone_masked=mask("mobile", phone), text=text[:500])
        add_if_new(message)
        return ProviderReceipt(reference=f"demo-{message_id}", delivered=True)


class NoGateway:
    """Where no provider is configured: the message fails, visibly, and is not tried again and again."""

    def send(self, message_id: UUID, phone: str, text: str) -> ProviderReceipt:
        raise NotDeliverable("no-gateway")
