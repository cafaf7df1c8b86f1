"""Forged, foreign and expired answers of a provider, and settings that cannot be."""

from __future__ import annotations

import hmac
import json
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from tongqu.kernel.identity.outside import protocol
from tongqu.kernel.identity.outside import settings as trusted
from tongqu.kernel.identity.tests.conftest import ENTRY, OURS, SECRET

pytestmark = pytest.mark.django_db

# --- forged answers --------------------------------------------------------------------------------------------------

KEY = RSAKey.generate_key(2048, parameters={"kid": "one"}, private=True)
OTHER = RSAKey.generate_key(2048, parameters={"kid": "one"}, private=True)
HERE = "https://id.example.gov.cn"


@pytest.fixture
def one(trust: Any, monkeypatch: pytest.MonkeyPatch) -> trusted.Provider:
    """A provider whose keys are KEY, without a wire."""
    monkeypatch.setattr(protocol, "_get_json", lambda address: described(address, [KEY]))
    return trust(HERE)  # type: ignore[no-any-return]


def described(address: str, keys: list[Any]) -> dict[str, Any]:
    if address.endswith("openid-configuration"):
        return {"issuer": HERE, "authorization_endpoint": f"{HERE}/a", "token_endpoint": f"{HERE}/t",
                "jwks_uri": f"{HERE}/k"}  # fmt: skip
    return KeySet(keys).as_dict()  # type: ignore[return-value]


def token(key: Any = KEY, header: dict[str, Any] | None = None, **claims: Any) -> str:
    now = int(time.time())
    good = {"iss": HERE, "aud": "tongqu", "sub": "s-1", "iat": now, "exp": now + 300, "nonce": "n"}
    said = {name: value for name, value in (good | claims).items() if value is not None}
    head = {"alg": "RS256", "kid": "one"} | (header or {})
    return str(jwt.encode(head, said, key, algorithms=[head["alg"]]))


def test_a_good_token_is_read(one: trusted.Provider) -> None:
    assert protocol.verified(one, token(), nonce="n", access_token=None)["sub"] == "s-1"


MUCH_LATER = 4_000_000_000  # in 2096; not reckoned from now, or two workers would name the test differently


@pytest.mark.parametrize(
    "claims",
    [{"iss": "https://evil.example"}, {"aud": "another"}, {"aud": ["tongqu", "another"]}, {"azp": "another"},
     {"nonce": "m"}, {"nonce": None}, {"exp": None}, {"exp": 1}, {"iat": None}, {"iat": MUCH_LATER},
     {"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "x" * 300}, {"exp": "tomorrow"}, {"nbf": MUCH_LATER},
     {"at_hash": "AAAA"}, {"aud": None}, {"iss": None}],
    ids=lambda claims: "-".join(f"{k}={str(v)[:12]}" for k, v in claims.items()),
)  # fmt: skip
def test_a_token_that_is_not_for_us_now_is_refused(one: trusted.Provider, claims: dict[str, Any]) -> None:
    with pytest.raises(protocol.Fault):
        protocol.verified(one, token(**claims), nonce="n", access_token="t")


def test_a_token_that_the_provider_did_not_sign_is_refused(one: trusted.Provider) -> None:
    def b64(data: Any) -> str:
        return protocol._url64(json.dumps(data).encode())

    good = token()
    head, claims, signature = good.split(".")
    by_public_key = f"{b64({'alg': 'HS256', 'kid': 'one'})}.{claims}"
    mac = hmac.digest(KEY.as_pem(private=False), by_public_key.encode(), "sha256")
    forged = [
        token(OTHER), f"{b64({'alg': 'none'})}.{claims}.", f"{b64({'alg': 'none', 'kid': 'one'})}.{claims}.{signature}",
        f"{by_public_key}.{protocol._url64(mac)}", token(ECKey.generate_key("P-256"), {"alg": "ES256"}),
        token(OTHER, {"kid": "two"}), f"{head}.{b64({'sub': 'admin'})}.{signature}", good[:-4], "", "a.b.c", "." * 9,
        "9" * 5000, f"{head}.{claims}.{signature}.{signature}", good.replace("e", "ｅ"),
    ]  # fmt: skip
    for one_of_them in forged:
        with pytest.raises(protocol.Fault):
            protocol.verified(one, one_of_them, nonce="n", access_token=None)


def test_keys_rotate(one: trusted.Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that names a key we have not seen has the keys asked for once more, and not for each such token."""
    new = RSAKey.generate_key(2048, parameters={"kid": "two"}, private=True)
    assert protocol.verified(one, token(), nonce="n", access_token=None)
    asked: list[str] = []

    def described_anew(address: str) -> dict[str, Any]:
        asked.append(address)
        return described(address, [KEY, new])

    monkeypatch.setattr(protocol, "_get_json", described_anew)
    protocol._of(one).keys_at -= protocol.KEYS_AT_MOST + 1
    assert protocol.verified(one, token(new, {"kid": "two"}), nonce="n", access_token=None)
    for _ in range(5):
        with pytest.raises(protocol.Fault):
            protocol.verified(one, token(OTHER, {"kid": "three"}), nonce="n", access_token=None)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "description",
    [{"issuer": "https://evil.example"}, {"token_endpoint": "http://id.example.gov.cn/t"}, {"jwks_uri": None},
     {"authorization_endpoint": 7}],
    ids=str,
)  # fmt: skip
def test_a_description_that_is_not_this_issuers_is_not_followed(
    description: dict[str, Any], trust: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "_get_json", lambda address: described(address, [KEY]) | description)
    with pytest.raises(protocol.Away):
        protocol.begin(trust(HERE), f"{OURS}/back")


# --- the settings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [({"issuer": "http://id.example.gov.cn"}, "https"), ({"secret_env": "TQ_NOT_SET"}, "TQ_NOT_SET"),
     ({"assurance": {}}, "assurance"), ({"assurance": {"x": "strong"}}, "strong"), ({"claims": {}}, "claims"),
     ({"algorithms": ["none"]}, "none"), ({"algorithms": ["HS256"]}, "HS256"), ({"scopes": ["profile"]}, "profile"),
     ({"surprise": 1}, "surprise"), ({"code": "A B"}, "A B")],
    ids=str,
)  # fmt: skip
def test_settings_that_cannot_be_stop_the_start_and_say_why(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=said):
        trusted.read({"providers": [ENTRY | {"issuer": HERE} | change]}, SECRET)


def test_a_provider_named_twice_or_a_file_that_is_none_is_refused(settings: Any, tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="twice"):
        trusted.read({"providers": [ENTRY | {"issuer": HERE}] * 2}, SECRET)
    settings.TQ_OIDC_FILE = str(tmp_path / "missing.yaml")
    with pytest.raises(ImproperlyConfigured, match="missing"):
        trusted.providers()
