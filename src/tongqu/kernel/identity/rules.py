"""What is decided without a database: names, mandates, terms, roles that exclude each other, strength of a login."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tongqu.foundation import names
from tongqu.kernel.acts.actor import PASSWORD, REAL_NAME, TWO_FACTOR

PERSON, SOLE_TRADER, FIRM, BRANCH, PUBLIC_BODY = "person", "sole_trader", "firm", "branch", "public_body"
PARTY_KINDS = (PERSON, SOLE_TRADER, FIRM, BRANCH, PUBLIC_BODY)
NAME_LENGTH = names.LENGTH

# --- mandates ------------------------------------------------------------------------------------------------------

HEADS = ("legal_representative", "operator", "person_in_charge")
HELPERS = ("family_helper", "window_helper")  # help somebody who is there: named items, a short term
_OTHERS = ("proxy", "window_helper", "stand_in")
_MANDATES: Mapping[str, tuple[str, ...]] = {
    PERSON: ("guardian", "family_helper", *_OTHERS),
    SOLE_TRADER: ("operator", *_OTHERS),
    FIRM: ("legal_representative", *_OTHERS),
    BRANCH: ("person_in_charge", *_OTHERS),
    PUBLIC_BODY: ("legal_representative", "person_in_charge", *_OTHERS),
}


def mandate_kinds(party_kind: str) -> tuple[str, ...]:
    """Which mandates a party of this kind may give.

    A 个体工商户 is run by its operator and is no legal person, so it has no legal representative; a branch has a person
    in charge; only a natural person has a guardian. Source: 民法典 arts. 34, 54, 61, 74, 163.
    """
    return _MANDATES[party_kind]


def head_kind(party_kind: str) -> str | None:
    """The mandate of whoever stands at the head of such a party; None for a person, who stands for himself."""
    return next((kind for kind in _MANDATES[party_kind] if kind in HEADS), None)


def controls(mandate_kind: str) -> bool:
    """Whether the holder of such a mandate may himself give and revoke mandates for the principal."""
    return mandate_kind in {*HEADS, "guardian"}


GUARDIAN_PROOFS = ("household_register", "birth_certificate", "court_decision", "appointment")
COURT_PROOFS = frozenset({"court_decision"})  # what a guardian of an adult shows


def possible_birth(born: date, on: date) -> bool:
    """Whether somebody alive can have been born then: not to come, and not before 1850."""
    return date(1850, 1, 1) <= born <= on


def covers(scope: Mapping[str, Any], *, item: str | None = None) -> bool:
    """Whether a mandate's scope reaches a service item. `{}` is everything; `{"items": [...]}` those items only."""
    items = reach(scope)
    return items is None or (item is not None and item in items)


def reach(scope: Mapping[str, Any]) -> frozenset[str] | None:
    """The service items that a mandate's scope names; None: all."""
    items = scope.get("items")
    return None if items is None else frozenset(items)


def in_force(start: datetime, end: datetime | None, at: datetime) -> bool:
    """From `start` until, and without, `end`."""
    return start <= at and (end is None or at < end)


def overlap(a: tuple[datetime, datetime | None], b: tuple[datetime, datetime | None]) -> bool:
    """Whether two half-open terms share a moment. A term that ends before it starts shares none."""
    start, ends = max(a[0], b[0]), [end for end in (a[1], b[1]) if end is not None]
    return not ends or start < min(ends)


# --- roles ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """A role somebody holds or is to hold, and when."""

    role: str
    start: datetime
    end: datetime | None = None


def clashing(held: Iterable[Held], exclusive: Iterable[frozenset[str]]) -> frozenset[str]:
    """Roles that one person would hold at one time although they exclude each other; empty when all is well.

    Source: GB/T 22239-2019 8.1.5 (system, security and audit administrators are separate people).
    """
    rows = list(held)
    found: set[str] = set()
    for group in exclusive:
        members = [row for row in rows if row.role in group]
        for i, one in enumerate(members):
            for other in members[i + 1 :]:
                if one.role != other.role and overlap((one.start, one.end), (other.start, other.end)):
                    found |= {one.role, other.role}
    return frozenset(found)


def strength(*, staff: bool, real_name: bool, second_factor: bool) -> int:
    """How strongly somebody signed in. A second factor says nothing of who a citizen is, so it never replaces the
    real-name check; staff are known to the unit that opened their account."""
    if staff:
        return TWO_FACTOR if second_factor else PASSWORD
    if not real_name:
        return PASSWORD
    return TWO_FACTOR if second_factor else REAL_NAME


# --- names ---------------------------------------------------------------------------------------------------------

_USERNAME = re.compile(r"[a-z][a-z0-9_.-]{2,39}")
NAME_KINDS = (LEGAL, FORMER, ALIAS) = ("legal", "former", "alias")


def clean_name(text: str) -> str:
    """A name in the one form in which it is stored. Raises names.BadName, a ValueError, for what is no name."""
    return names.read(text).text


def clean_username(text: str) -> str:
    """A login name: 3 to 40 of a–z, 0–9, `_.-`, starting with a letter (so never a phone number). Raises ValueError."""
    name = unicodedata.normalize("NFKC", text).strip().lower()
    if not _USERNAME.fullmatch(name):
        raise ValueError("characters")
    return name
