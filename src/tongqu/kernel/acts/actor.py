"""Who acts: the account, the party it stands for, its post, its mandate, the channel and how strongly it logged in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

# Login strength, weakest first. An act may ask for at least one of them.
ANONYMOUS, PASSWORD, REAL_NAME, TWO_FACTOR = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an act happens. None means "not tied to one"; `region_code` is the 12-digit code of the place."""

    unit_id: UUID | None = None
    region_code: str | None = None
    party_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What an actor may do and where: a verb (or `room.*`), a unit (None: any) and a region subtree ("": any)."""

    verb: str
    unit_id: UUID | None = None
    region_prefix: str = ""
    role: str = ""

    def covers(self, verb: str, scope: Scope | None) -> bool:
        if self.verb != verb and not (self.verb.endswith(".*") and verb.startswith(self.verb[:-1])):
            return False
        if self.unit_id is not None and (scope is None or scope.unit_id != self.unit_id):
            return False
        return not self.region_prefix or (
            scope is not None and (scope.region_code or "").startswith(self.region_prefix)
        )


@dataclass(frozen=True, slots=True)
class Actor:
    """Stored on each event. Identity builds it from the session; `grants` is what `may` answers from."""

    tenant_id: UUID
    kind: str = "anonymous"  # anonymous | person | staff | system
    account_id: UUID | None = None
    party_id: UUID | None = None
    post_id: UUID | None = None
    unit_id: UUID | None = None
    on_behalf_of: UUID | None = None
    mandate_id: UUID | None = None
    mandate_items: tuple[str, ...] | None = None  # the service items the mandate reaches; None: all
    channel: str = "web"  # web | counter | api | worker | cli
    login_strength: int = ANONYMOUS
    name: str = ""  # how the actor is called on screen; never written to an event
    grants: tuple[Grant, ...] = ()

    @classmethod
    def system(cls, tenant_id: UUID, *, channel: str = "worker") -> Actor:
        """The platform itself. It acts only where a rule says so, and every such act cites it."""
        return cls(tenant_id=tenant_id, kind="system", channel=channel, login_strength=TWO_FACTOR)

    @property
    def represented(self) -> UUID | None:
        """The party whose business this is: the principal under a mandate, else the person."""
        return self.on_behalf_of or self.party_id

    @property
    def is_staff(self) -> bool:
        return self.kind == "staff"

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(grant.role for grant in self.grants)

    def may(self, verb: str, scope: Scope | None = None) -> bool:
        """Whether a role gives this verb at this place. The system may: its acts rest on rules instead."""
        return self.kind == "system" or any(grant.covers(verb, scope) for grant in self.grants)

    def units_for(self, verb: str) -> frozenset[UUID] | None:
        """The units in which the actor may do this; None: not limited to units, though perhaps to a region. It answers
        "anywhere at all?"; a list is scoped by `places_for`."""
        units = {unit for unit, _region in self.places_for(verb)}
        return None if None in units else frozenset(u for u in units if u)

    def places_for(self, verb: str) -> frozenset[tuple[UUID | None, str]]:
        """(unit, region prefix) of each grant of this verb; (None, ""): everywhere. A list must filter by both."""
        if self.kind == "system":
            return frozenset({(None, "")})
        found = (g for g in self.grants if g.covers(verb, Scope(g.unit_id, g.region_prefix or None)))
        return frozenset((g.unit_id, g.region_prefix) for g in found)

    def covers(self, item_code: str) -> bool:
        """Whether what the actor does for somebody else lies within the mandate it does it under."""
        return self.mandate_id is None or self.mandate_items is None or item_code in self.mandate_items

    def acting_for(self, party_id: UUID, mandate_id: UUID | None, items: tuple[str, ...] | None = None) -> Actor:
        return replace(self, on_behalf_of=party_id, mandate_id=mandate_id, mandate_items=items)

    def as_json(self) -> dict[str, Any]:
        """Ids and codes only, as written on events."""
        pairs = {
            "kind": self.kind, "account": self.account_id, "party": self.party_id, "post": self.post_id,
            "unit": self.unit_id, "on_behalf_of": self.on_behalf_of, "mandate": self.mandate_id,
            "channel": self.channel, "login_strength": self.login_strength,
        }  # fmt: skip
        return {k: str(v) if isinstance(v, UUID) else v for k, v in pairs.items() if v is not None}
