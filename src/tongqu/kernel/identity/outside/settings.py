"""Which logins elsewhere this node trusts: the file that TQ_OIDC_FILE names, read once and checked whole."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from jsonschema import Draft202012Validator

from tongqu.kernel.acts.actor import PASSWORD, REAL_NAME, TWO_FACTOR
from tongqu.kernel.ui import languages

SCHEMA = Path(__file__).resolve().parents[1] / "schemas" / "oidc.schema.json"
STRENGTHS = {"password": PASSWORD, "real_name": REAL_NAME, "two_factor": TWO_FACTOR}
ALGORITHMS = ("RS256", "PS256", "ES256")
SIGN_IN, CONFIRM = "sign_in", "real_name"
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class UnknownProvider(LookupError):
    """This node trusts no such login."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One login elsewhere. `assurance`: what its `acr` is worth here; `unknown`: the same for one that is not listed,
    None to refuse it. `claims`: our name of a fact → the provider's name of the claim."""

    code: str
    names: Mapping[str, str]
    issuer: str
    client_id: str
    secret: str = field(repr=False)
    assurance: Mapping[str, int]
    unknown: int | None = None
    auth_method: str = "client_secret_basic"
    scopes: tuple[str, ...] = ("openid",)
    uses: tuple[str, ...] = (SIGN_IN, CONFIRM)
    userinfo: bool = False
    algorithms: tuple[str, ...] = ALGORITHMS
    acr_values: tuple[str, ...] = ()
    claims: Mapping[str, str] = field(default_factory=dict)
    id_kinds: Mapping[str, str] = field(default_factory=dict)
    id_kind: str = "citizen_id"

    @property
    def label(self) -> str:
        """Its name in the language in force."""
        return languages.said(self.names) or self.code


def providers(use: str | None = None) -> list[Provider]:
    """All of them, or those for one use, in the file's order. Raises ImproperlyConfigured."""
    return [one for one in _read(settings.TQ_OIDC_FILE) if use is None or use in one.uses]


def provider(code: str, use: str) -> Provider:
    """Raises UnknownProvider."""
    for one in providers(use):
        if one.code == code:
            return one
    raise UnknownProvider(code)


@cache
def _read(path: str) -> tuple[Provider, ...]:
    if not path:
        return ()
    try:
        data = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ImproperlyConfigured(f"TQ_OIDC_FILE: {error}") from None
    return read(data, os.environ)


def read(data: Any, environment: Mapping[str, str]) -> tuple[Provider, ...]:
    """Check the file's contents and build. Raises ImproperlyConfigured with every fault and its place."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    wrong = Draft202012Validator(schema).iter_errors(data)
    faults = [f"{'/'.join(map(str, one.path)) or '.'}: {one.message}" for one in wrong]
    if not faults:
        faults = [fault for one in data["providers"] for fault in _faults(one, environment)]
        codes = [one["code"] for one in data["providers"]]
        faults += [f"{code}: named twice" for code in {c for c in codes if codes.count(c) > 1}]
    if faults:
        raise ImproperlyConfigured("TQ_OIDC_FILE: " + "; ".join(faults))
    return tuple(_built(one, environment) for one in data["providers"])


def _faults(one: Mapping[str, Any], environment: Mapping[str, str]) -> list[str]:
    found = []
    address = urlsplit(one["issuer"])
    if address.scheme != "https" and address.hostname not in _LOOPBACK:
        found.append(f"{one['code']}: the issuer must have an https address")
    if not environment.get(one["secret_env"]):
        found.append(f"{one['code']}: set the client's secret in the environment as {one['secret_env']}")
    strong = {"real_name", "two_factor"} & set(one["assurance"].values())
    if strong and not {"name", "id_no"} <= set(one.get("claims", {})):
        found.append(f"{one['code']}: an assurance of real_name needs the claims name and id_no")
    return found


def _built(one: Mapping[str, Any], environment: Mapping[str, str]) -> Provider:
    given: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in one.items()
        if key not in {"label", "secret_env", "assurance", "unknown_assurance"}
    }
    return Provider(
        **given,
        names=one["label"],
        secret=environment[one["secret_env"]],
        assurance={acr: STRENGTHS[name] for acr, name in one["assurance"].items()},
        unknown=PASSWORD if one.get("unknown_assurance") == "password" else None,
    )
