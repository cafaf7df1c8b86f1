"""Who stands under whom and which duties one person may not hold together."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import TypeVar

from django.utils.translation import gettext as _

from tongqu.kernel.acts.errors import Refused

K = TypeVar("K", bound=Hashable)

# 三员分立: system, security and audit administrator are never one person (GB/T 22239-2019, level 3; RULES N10).
SEPARATED = frozenset({"system_admin", "security_admin", "audit_admin"})
SEPARATION_RULE = "N10"


def cycle(parents: Mapping[K, K | None]) -> list[K]:
    """One ring of the tree child → parent, or an empty list when there is none."""
    sound: set[K] = set()
    for start in parents:
        path: list[K] = []
        seen: set[K] = set()
        node: K | None = start
        while node is not None and node not in sound:
            if node in seen:
                return path[path.index(node) :]
            path.append(node)
            seen.add(node)
            node = parents.get(node)
        sound |= seen
    return []


def separated(roles: Iterable[str]) -> str:
    """The separated administrator among a post's roles, or "". Raises Refused when there are two."""
    found = sorted(SEPARATED.intersection(roles))
    if len(found) > 1:
        raise _together()
    return found[0] if found else ""


def check_separation(wanted: Iterable[str], held: Collection[str]) -> None:
    """Raise Refused when someone who holds `held` may not also be given `wanted`."""
    new = SEPARATED.intersection(wanted)
    if new and len(new | SEPARATED.intersection(held)) > 1:
        raise _together()


def _together() -> Refused:
    return Refused(
        _("系统管理员、安全管理员、审计管理员三员分立，不得由同一人担任"),
        code="three-admins",
        remedy=_("请另行指定人员"),
        rule=SEPARATION_RULE,
    )
