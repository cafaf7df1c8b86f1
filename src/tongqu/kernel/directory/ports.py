"""What the directory asks of later rooms."""

from __future__ import annotations

from datetime import date
from typing import Protocol
from uuid import UUID

from tongqu.kernel.acts import ports


class RolesElsewhere(Protocol):
    """Roles a person holds other than through this account's posts: grants, and other accounts of the same person."""

    def roles_of(self, account_id: UUID, start: date, until: date | None) -> frozenset[str]:
        """Role codes held on any day from `start` up to, not including, `until` (None: without end)."""
        ...


def roles_elsewhere(account_id: UUID, start: date, until: date | None) -> frozenset[str]:
    """As the port says; none while nobody has registered for it."""
    try:
        return ports.adapter(RolesElsewhere).roles_of(account_id, start, until)  # type: ignore[type-abstract]
    except ports.PortMissing:
        return frozenset()
