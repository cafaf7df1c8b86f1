"""OpenID Connect Core 1.0 as the client: the code flow with PKCE (RFC 7636), state and nonce; tokens by RFC 7519.

    asked, address = begin(provider, redirect_uri)       keep `asked` in the session, send the browser to `address`
    told = finish(provider, asked, query)                what the browser brought back, exchanged and verified

Nothing that comes back is believed before its signature, issuer, audience, times and nonce have been checked. Times are
the machine's own: a demonstration's clock may have been moved, the provider's has not. Certificates are checked against
the system's, so that an office can add its own authority there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

TIMEOUT = 8  # seconds for one call to the provider
LARGEST = 256 * 1024  # bytes of one answer
LEEWAY = 60  # seconds that clocks may differ
KEPT = 3600  # seconds for which a provider's description and keys are not asked for again
KEYS_AT_MOST = 30  # seconds between two askings for keys that we did not know
WAIT = 600  # seconds between leaving for the provider and coming back


class Fault(Exception):
    """What came back is not to be believed. `code` says why, for the log and for tests; it holds nothing personal."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Declined(Fault):
    """The person, or the provider on its own, did not let us in."""


class Away(Exception):
    """The provider does not answer, or not as one."""


class Trusted(Protocol):
    """What of a provider's settings the protocol needs."""

    @property
    def issuer(self) -> str: ...
    @property
    def client_id(self) -> str: ...
    @property
    def secret(self) -> str: ...
    @property
    def auth_method(self) -> str: ...
    @property
    def scopes(self) -> tuple[str, ...]: ...
    @property
    def algorithms(self) -> tuple[str, ...]: ...
    @property
    def acr_values(self) -> tuple[str, ...]: ...
    @property
    def userinfo(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What this browser left with; kept in its session until it is back, used once."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    at: float
    again: bool = False

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Told:
    """Verified claims of the provider, and the token itself for signing out there."""

    claims: Mapping[str, Any] = field(repr=False)
    id_token: str = field(repr=False)


def begin(trusted: Trusted, redirect_uri: str, *, again: bool = False) -> tuple[Asked, str]:
    """What to keep, and the provider's address to send the browser to. `again`: not on the strength of a session there.

    Raises Away.
    """
    state, nonce, verifier = (secrets.token_urlsafe(size) for size in (32, 32, 48))
    asked = Asked(state, nonce, verifier, redirect_uri, time.time(), again)
    query = {
        "response_type": "code", "client_id": trusted.client_id, "redirect_uri": redirect_uri,
        "scope": " ".join(trusted.scopes), "state": asked.state, "nonce": asked.nonce,
        "code_challenge": _url64(hashlib.sha256(asked.verifier.encode()).digest()), "code_challenge_method": "S256",
    }  # fmt: skip
    if trusted.acr_values:
        query["acr_values"] = " ".join(trusted.acr_values)
    if again:
        query |= {"prompt": "login", "max_age": "0"}
    return asked, _with_query(_description(trusted)["authorization_endpoint"], query)


def finish(trusted: Trusted, asked: Asked, query: Mapping[str, str]) -> Told:
    """Exchange the code that came back and verify what it gives. Raises Fault, Declined, Away."""
    if not hmac.compare_digest(query.get("state", "").encode(), asked.state.encode()):
        raise Fault("state")
    if not 0 <= time.time() - asked.at <= WAIT:
        raise Fault("late")
    if "error" in query:
        raise Declined("declined" if query["error"] == "access_denied" else "provider-error")
    if query.get("iss", trusted.issuer) != trusted.issuer:  # RFC 9207: an answer of another provider
        raise Fault("iss")
    if not query.get("code"):
        raise Fault("code")
    tokens = _exchange(trusted, asked, query["code"])
    token, access = tokens.get("id_token"), tokens.get("access_token")
    if not isinstance(token, str):
        raise Fault("id-token-missing")
    claims = verified(trusted, token, nonce=asked.nonce, access_token=access if isinstance(access, str) else None)
    if asked.again and not _recent(claims.get("auth_time"), asked.at):
        raise Fault("auth-time")
    if trusted.userinfo:
        claims = {**_userinfo(trusted, access, claims["sub"]), **claims}
    return Told(claims, token)


def verified(trusted: Trusted, token: str, *, nonce: str, access_token: str | None) -> dict[str, Any]:
    """The claims of an ID token once everything about it holds. Raises Fault, Away."""
    try:
        claims, header = _opened(trusted, token)
        jwt.JWTClaimsRegistry(
            now=int(time.time()), leeway=LEEWAY,
            iss={"essential": True, "value": trusted.issuer}, aud={"essential": True, "value": trusted.client_id},
            sub={"essential": True}, exp={"essential": True}, iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(claims)  # fmt: skip
    except JoseError as error:
        raise Fault(f"token-{error.error}") from None
    except (ValueError, TypeError, KeyError):
        raise Fault("token-unreadable") from None
    _check(trusted, claims, header, access_token)
    return claims


def sign_out_address(trusted: Trusted, *, id_token: str, back: str) -> str | None:
    """Where the browser signs out at the provider too, None where that is not offered (RP-Initiated Logout 1.0)."""
    try:
        address = _description(trusted).get("end_session_endpoint")
    except Away:
        return None
    if not isinstance(address, str):
        return None
    query = {"id_token_hint": id_token, "client_id": trusted.client_id, "post_logout_redirect_uri": back}
    return _with_query(address, query)


def _with_query(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(query)}"


def _recent(moment: Any, since: float) -> bool:
    return isinstance(moment, (int, float)) and moment >= since - LEEWAY


# --- the token -------------------------------------------------------------------------------------------------------


def _opened(trusted: Trusted, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Claims and header once the signature holds. Keys that we do not know are asked for once more: they rotate."""
    algorithms = list(trusted.algorithms)
    try:
        opened = jwt.decode(token, _keys(trusted, fresh=False), algorithms=algorithms)
    except InvalidKeyIdError:
        opened = jwt.decode(token, _keys(trusted, fresh=True), algorithms=algorithms)
    return dict(opened.claims), dict(opened.header)


def _check(trusted: Trusted, claims: Mapping[str, Any], header: Mapping[str, Any], access_token: str | None) -> None:
    """What the registry of claims does not look at: for whom it was issued, and which access token it goes with."""
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if claims.get("azp", trusted.client_id) != trusted.client_id or (len(audience) > 1 and "azp" not in claims):
        raise Fault("azp")
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
        raise Fault("sub")
    issued = claims["iat"]
    if not isinstance(issued, (int, float)) or issued > time.time() + LEEWAY:
        raise Fault("iat")
    if (said := claims.get("at_hash")) is not None and access_token is not None and header.get("alg") != "EdDSA":
        half = hashlib.new(f"sha{header['alg'][2:]}", access_token.encode()).digest()
        if not isinstance(said, str) or not hmac.compare_digest(said, _url64(half[: len(half) // 2])):
            raise Fault("at-hash")


# --- the provider's endpoints ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Known:
    description: dict[str, Any] = field(default_factory=dict)
    described_at: float = -KEPT
    keys: KeySet | None = None
    keys_at: float = -KEPT


_known: dict[str, _Known] = {}
_guard = threading.Lock()


def forget() -> None:
    """Ask every provider anew (tests; a provider that has changed)."""
    _known.clear()


def _of(trusted: Trusted) -> _Known:
    with _guard:
        return _known.setdefault(trusted.issuer, _Known())


def _description(trusted: Trusted) -> dict[str, Any]:
    """OpenID Connect Discovery 1.0. One that is too old stands in while the provider does not answer."""
    known = _of(trusted)
    if time.monotonic() - known.described_at > KEPT:
        try:
            found = _get_json(f"{trusted.issuer.rstrip('/')}/.well-known/openid-configuration")
            _check_description(trusted, found)
        except Away:
            if not known.description:
                raise
        else:
            known.description, known.described_at = found, time.monotonic()
    return known.description


def _check_description(trusted: Trusted, found: Mapping[str, Any]) -> None:
    if found.get("issuer") != trusted.issuer:
        raise Away("the description is another issuer's")
    plain = urlsplit(trusted.issuer).scheme == "http"  # on loopback alone, see settings.py
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        address = found.get(name)
        if not isinstance(address, str) or urlsplit(address).scheme not in ({"https", "http"} if plain else {"https"}):
            raise Away(f"the description has no {name}")


def _keys(trusted: Trusted, *, fresh: bool) -> KeySet:
    known = _of(trusted)
    age = time.monotonic() - known.keys_at
    if known.keys is None or age > KEPT or (fresh and age > KEYS_AT_MOST):
        try:
            known.keys = KeySet.import_key_set(_get_json(_description(trusted)["jwks_uri"]))  # type: ignore[arg-type]
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Away("the keys cannot be read") from error
        known.keys_at = time.monotonic()
    return known.keys


def _exchange(trusted: Trusted, asked: Asked, code: str) -> dict[str, Any]:
    body = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": asked.redirect_uri,
        "code_verifier": asked.verifier,
    }  # fmt: skip
    head = {"Content-Type": "application/x-www-form-urlencoded"}
    if trusted.auth_method == "client_secret_post":
        body |= {"client_id": trusted.client_id, "client_secret": trusted.secret}
    else:
        pair = f"{quote(trusted.client_id, safe='')}:{quote(trusted.secret, safe='')}"  # RFC 6749 2.3.1
        head["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return _json(_description(trusted)["token_endpoint"], head, urlencode(body).encode(), refused="code-refused")


def _userinfo(trusted: Trusted, access_token: Any, subject: str) -> dict[str, Any]:
    address = _description(trusted).get("userinfo_endpoint")
    if not isinstance(address, str) or not isinstance(access_token, str):
        raise Fault("userinfo-missing")
    found = _json(address, {"Authorization": f"Bearer {access_token}"}, None, refused="userinfo-refused")
    if found.get("sub") != subject:  # Core 5.3.2: else it may be somebody else's
        raise Fault("userinfo-sub")
    return found


def _get_json(address: str) -> dict[str, Any]:
    return _json(address, {}, None, refused="")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


_http = urllib.request.build_opener(_NoRedirects)


def _json(address: str, head: Mapping[str, str], body: bytes | None, *, refused: str) -> dict[str, Any]:
    """The object an endpoint answers with. Raises Away; Fault(refused) where it says that we are wrong."""
    request = urllib.request.Request(address, data=body, headers={"Accept": "application/json", **head})  # noqa: S310
    try:
        with _http.open(request, timeout=TIMEOUT) as answer:
            raw = answer.read(LARGEST + 1)
    except urllib.error.HTTPError as error:
        error.close()
        if refused and error.code in {400, 401, 403}:
            raise Fault(refused) from None
        raise Away(f"answered {error.code}") from None
    except (OSError, ValueError) as error:
        raise Away(type(error).__name__) from None
    try:
        said = json.loads(raw) if len(raw) <= LARGEST else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise Away("answered with something else")
    return said


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
