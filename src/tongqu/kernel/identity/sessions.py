"""Sessions in the database, encrypted: what somebody typed into a form, or a number being verified, lies in them."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as TableStore

from tongqu.foundation import crypto
from tongqu.kernel.acts import keys

_CONTEXT = b"identity/session"


class SessionStore(TableStore):
    """Django's table of sessions with sealed contents; one that does not open counts as none."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        data = json.dumps(session_dict, separators=(",", ":")).encode()
        return base64.b64encode(crypto.seal(keys.master("identity/session"), data, _CONTEXT)).decode()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        try:
            box = base64.b64decode(session_data, validate=True)
            found: dict[str, Any] = json.loads(crypto.open_(keys.master("identity/session"), box, _CONTEXT))
        except (crypto.CryptoError, binascii.Error, ValueError):
            return {}
        return found
