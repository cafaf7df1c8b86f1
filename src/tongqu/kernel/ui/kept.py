"""What somebody typed, kept while they sign in again, so that a session that ended mid-form loses nothing.

It lies in the visitor's new session (sealed by the identity room), for half an hour, one page's worth. It is given back
only to the account that the form was drawn for (`{% keep_owner %}`), so that the next person at a shared computer does
not see it. Files are not kept; the page says so.
"""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, QueryDict

from tongqu.foundation.crypto import blind_index
from tongqu.kernel.acts import keys
from tongqu.kernel.acts.clock import now

KEY = "_key"  # the idempotency key of a form
OWNER = "_owner"  # for whom the form was drawn
_SLOT = "kept_input"
LIFE = timedelta(minutes=30)
MOST = 256 * 1024  # characters


def owner_tag(request: HttpRequest | None) -> str:
    """An opaque mark of the account a page is drawn for; "" for a visitor."""
    actor = getattr(request, "actor", None)
    account = getattr(actor, "account_id", None)
    return blind_index(keys.master("ui/kept-owner"), str(account))[:32] if account else ""


def keep(request: HttpRequest) -> bool:
    """Keep this POST for its own address. False if there was nothing worth keeping or too much."""
    data = _without_secrets(request.POST)
    text = data.urlencode()
    if not text or len(text) > MOST or has_secrets(request.POST):
        return False
    request.session[_SLOT] = {
        "path": request.get_full_path(),
        "owner": request.POST.get(OWNER, ""),
        "until": (now() + LIFE).timestamp(),
        "files": bool(request.FILES),
        "data": text,
    }
    return True


def take(request: HttpRequest) -> QueryDict | None:
    """What was kept for this address and this person; None otherwise. It stays until the form is posted again."""
    if not request.session.session_key:
        return None
    found: dict[str, Any] | None = request.session.get(_SLOT)
    if not found or found["path"] != request.get_full_path():
        return None
    if found["until"] < now().timestamp() or not _same(found["owner"], owner_tag(request)):
        drop(request)
        return None
    return QueryDict(found["data"])


def had_files(request: HttpRequest) -> bool:
    return bool((request.session.get(_SLOT) or {}).get("files"))


def drop(request: HttpRequest) -> None:
    if request.session.session_key and _SLOT in request.session:
        del request.session[_SLOT]


def fields_of(data: QueryDict) -> list[tuple[str, str]]:
    """(name, value) pairs for hidden inputs, without the CSRF token and secrets."""
    return [(name, value) for name, values in _without_secrets(data).lists() for value in values]


def shown_of(data: QueryDict) -> list[str]:
    """The values a person would recognise, for reading before sending again."""
    return [value for name, value in fields_of(data) if value and not name.startswith("_") and name != "next"]


def has_secrets(data: QueryDict) -> bool:
    return any("password" in name.lower() for name in data)


def _without_secrets(data: QueryDict) -> QueryDict:
    out = data.copy()
    for name in list(out):
        if name == "csrfmiddlewaretoken" or "password" in name.lower():
            del out[name]
    return out


def _same(posted: str, mine: str) -> bool:
    """A form drawn for nobody may go to whoever signs in next; one drawn for an account only to that account."""
    return not posted or hmac.compare_digest(posted.encode(), mine.encode())
