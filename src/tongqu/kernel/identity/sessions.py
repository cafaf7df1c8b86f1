"""Sessions in the database, encrypted: what somebody typed into a form, or a number being verified, lies in them.

The row's name and its seal come from the secret of this process's network (`SECRET_KEY`): the cookie of one network
finds nothing on the other, and whoever reads the table learns no cookie.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import hmac
import json
from typing import Any, cast

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as TableStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from tongqu.foundation import crypto
from tongqu.kernel.acts.statements import fetch_one

_CONTEXT = b"identity/session"


def row_name(session_key: str) -> str:
    """The name of the row that holds the session of this cookie, 40 characters."""
    return hmac.new(_secret("name"), session_key.encode(), hashlib.sha256).hexdigest()[:40]


@functools.lru_cache(maxsize=8)
def _derived(secret: str, use: str) -> bytes:
    return crypto.derive(hashlib.sha256(secret.encode()).digest(), f"identity/session/{use}")


def _secret(use: str) -> bytes:
    return _derived(settings.SECRET_KEY, use)


class SessionStore(TableStore):
    """Django's table of sessions with sealed contents and names; one that does not open counts as none."""

    def _get_session_from_db(self) -> Session | None:
        found = fetch_one(Session, session_key=self._row(), expire_date__gt=timezone.now())
        if found is None:
            self._session_key = None
        return found

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(session_key=row_name(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        made = cast(Session, super().create_model_instance(data))
        made.session_key = row_name(made.session_key)
        return made

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            Session.objects.filter(session_key=row_name(key)).delete()

    def _row(self) -> str:
        return row_name(self.session_key or "")

    def encode(self, session_dict: dict[str, Any]) -> str:
        data = json.dumps(session_dict, separators=(",", ":")).encode()
        return base64.b64encode(crypto.seal(_secret("seal"), data, _CONTEXT)).decode()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        try:
            box = base64.b64decode(session_data, validate=True)
            found: dict[str, Any] = json.loads(crypto.open_(_secret("seal"), box, _CONTEXT))
        except (crypto.CryptoError, binascii.Error, ValueError):
            return {}
        return found
