"""Signing in, on the network the account belongs to and on no other."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from tongqu.kernel.acts import networks
from tongqu.kernel.identity.models import Account


class AccountBackend(AuthenticationBackend):  # type: ignore[misc]
    """The login library's, for accounts of this process's network. One of the other is as unknown as a misspelt name,
    in words and in the time it takes; and a session that names one is nobody's."""

    def _check_password(self, user: Account | None, password: str) -> Account | None:
        if user is not None and not networks.serves_kind(user.kind):
            user = None  # what an unknown name costs is then paid by `authenticate`
        found: Account | None = super()._check_password(user, password)
        return found

    def get_user(self, user_id: Any) -> Account | None:
        user: Account | None = super().get_user(user_id)
        return user if user is not None and networks.serves_kind(user.kind) else None
