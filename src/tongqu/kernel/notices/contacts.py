"""The contact book that identity keeps. Each look-up is on its read log, as the platform's."""

from __future__ import annotations

from uuid import UUID

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.identity import queries
from tongqu.kernel.identity.vault import Erased


class IdentityContacts:
    """A party's own number, else that of the person at its head (a sole trader's operator)."""

    def phone(self, party_id: UUID) -> str | None:
        return self._find(party_id, "phone")

    def email(self, party_id: UUID) -> str | None:
        return self._find(party_id, "email")

    def _find(self, party_id: UUID, kind: str) -> str | None:
        if own := self._read(party_id, kind):
            return own
        head = queries.head_of(party_id)
        return self._read(head, kind) if head else None

    def _read(self, party_id: UUID, kind: str) -> str | None:
        try:
            return queries.reveal(Actor.system(default_tenant()), party_id, kind, purpose="notices.send") or None
        except (NotFound, Erased):
            return None
