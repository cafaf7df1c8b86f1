"""Roles as data: `data/roles.yaml` says which verbs a role gives, how far it reaches and which roles exclude others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from tongqu.kernel.acts.actor import ANONYMOUS, PASSWORD, REAL_NAME, TWO_FACTOR, Grant
from tongqu.kernel.ui import languages

FILE = Path(__file__).with_name("data") / "roles.yaml"
_LOGINS = {"password": PASSWORD, "real_name": REAL_NAME, "two_factor": TWO_FACTOR}


class BadRolesFile(ValueError):
    """`roles.yaml` says something that cannot be; the message names the role."""


class UnknownRole(LookupError):
    """No such role."""


@dataclass(frozen=True, slots=True)
class Role:
    """`reach`: "unit" (the post's unit) or "node" (everywhere, unless a grant narrows it)."""

    code: str
    name: Mapping[str, str]
    reach: str
    verbs: tuple[str, ...]

    @property
    def label(self) -> str:
        """The role's name in the language in force."""
        return languages.said(self.name) or self.code


@dataclass(frozen=True, slots=True)
class Roles:
    by_code: Mapping[str, Role]
    exclusive: tuple[frozenset[str], ...]
    login: Mapping[str, int]


@cache
def book() -> Roles:
    """All roles, read once. Raises BadRolesFile."""
    return read(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def read(data: Mapping[str, Any]) -> Roles:
    """Check and build. Raises BadRolesFile."""
    by_code = {}
    for code, facts in data["roles"].items():
        verbs = tuple(facts["verbs"])
        if facts["reach"] not in {"unit", "node"} or not verbs or any("." not in verb for verb in verbs):
            raise BadRolesFile(f"role {code}: a reach of unit or node and verbs like room.verb are needed")
        by_code[code] = Role(code, dict(facts["name"]), facts["reach"], verbs)
    exclusive = tuple(frozenset(group) for group in data.get("exclusive", ()))
    if unknown := {code for group in exclusive for code in group} - by_code.keys():
        raise BadRolesFile(f"exclusive names unknown roles: {', '.join(sorted(unknown))}")
    for code, role in by_code.items():
        if any(code in group for group in exclusive) and role.reach == "unit":
            raise BadRolesFile(f"role {code}: an administrator's role reaches the node")
    try:
        login = {verb: _LOGINS[name] for verb, name in data.get("login", {}).items()}
    except KeyError as error:
        raise BadRolesFile(f"unknown login strength {error}") from None
    return Roles(by_code, exclusive, login)


def role(code: str) -> Role:
    """Raises UnknownRole."""
    try:
        return book().by_code[code]
    except KeyError:
        raise UnknownRole(code) from None


def login_for(verb: str) -> int:
    """The weakest login that an act of this verb accepts."""
    return book().login.get(verb, ANONYMOUS)


def grants_of_post(role_codes: Iterable[str], unit_id: UUID) -> list[Grant]:
    """What a post's roles give. A role that no longer exists gives nothing."""
    found = [book().by_code[code] for code in role_codes if code in book().by_code]
    return [Grant(verb, unit_id if r.reach == "unit" else None, "", r.code) for r in found for verb in r.verbs]


def grants_of(code: str, *, unit_id: UUID | None, region_prefix: str) -> list[Grant]:
    """What a role granted by itself gives, at the place the grant names."""
    found = book().by_code.get(code)
    return [Grant(verb, unit_id, region_prefix, code) for verb in found.verbs] if found else []
