"""What the login library tells by signals and not through its adapter: second factors that came or went."""

from __future__ import annotations

from typing import Any

from tongqu.kernel.identity import operations
from tongqu.kernel.identity.actors import actor_for


def second_factor_added(*, user: Any, authenticator: Any, **rest: Any) -> None:
    _note(user, authenticator, added=True)


def second_factor_removed(*, user: Any, authenticator: Any, **rest: Any) -> None:
    _note(user, authenticator, added=False)


def _note(user: Any, authenticator: Any, *, added: bool) -> None:
    if authenticator.type != "recovery_codes":  # they come and go with the factor they stand in for
        operations.note_second_factor(actor_for(user), account_id=user.id, kind=authenticator.type, added=added)
