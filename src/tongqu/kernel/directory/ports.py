"""What the directory asks of later rooms."""

from __future__ import annotations

from datetime import date
from typing import Protocol
from uuid import UUID

from tongqu.kernel.acts import ports


class RolesElsewhere(Protocol):
    """Roles an account holds other than through its posts (identity's role grants)."""

    def roles_of(self, account_id: UUID, on: date) -> frozenset[str]: ...


def roles_elsewhere(account_id: UUID, on: date) -> frozenset[str]:
    """As the port says; none while nobody has registered for it."""
    try:
        return ports.adapter(RolesElsewhere).roles_of(account_id, on)
    except ports.PortMissing:
        return frozenset()
