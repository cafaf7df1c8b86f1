"""Finding cases by what people remember of them: a number or its end, a name as it sounds, words of the address.

Numbers are answered from the case's own columns at once and, by their last digits, from the index; everything else
from the index, which a subscriber keeps (`indexing`). Both are scoped in the query to where the actor may read cases.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.cases import numbers, patterns
from tongqu.kernel.cases.lanes import readable
from tongqu.kernel.cases.models import Case, CaseUnit
from tongqu.kernel.search import queries as index

KIND = "case"
VERB = "cases.read"
MOST = 200  # cases that one question gives
TAIL = 6  # the last digits that people read out
LONGEST = 100  # characters of a question that are looked at
_DIGIT = re.compile(r"[0-9]")
FEWEST_DIGITS = 4  # a text with fewer is a word: patterns, ours and those above, put letters and Han wherever they like


@dataclass(frozen=True, slots=True)
class Found:
    """A case that answers a question; `why` is number, tail or words."""

    row: CaseUnit
    score: float
    why: str


def as_number(text: str) -> str:
    """The text as a number is kept: width, case and separators made alike; "" when it is none."""
    folded = patterns.fold(text[:LONGEST])
    return folded if len(_DIGIT.findall(folded)) >= FEWEST_DIGITS else ""


def find_cases(actor: Actor, text: str, *, size: int = 50) -> list[Found]:
    """What the actor may see of the cases asked for, best first. At most five queries, none for an empty question."""
    scores: dict[UUID, tuple[float, str]] = {}
    if number := as_number(text):
        scores = {case_id: (3.0 if why == "number" else 2.0, why) for case_id, why in _numbered(actor, number).items()}
    if not scores:
        hits = index.find(actor, text[:LONGEST], kinds=[KIND], verb=VERB, limit=size)
        scores = {UUID(hit.ref): (hit.score, "words") for hit in hits}
    rows = CaseUnit.objects.select_related("case").filter(
        readable(actor.places_for(VERB)), tenant_id=actor.tenant_id, until=None, case_id__in=list(scores)
    )
    found = [Found(row, *scores[row.case_id]) for row in rows] if scores else []
    found.sort(key=lambda one: (-one.score, not one.row.is_open, -one.row.changed_at.timestamp()))
    return found[:size]


def numbered(actor: Actor, text: str) -> Sequence[UUID]:
    """Ids of the cases with this number, or whose number ends so. Two queries."""
    number = as_number(text)
    return list(_numbered(actor, number)) if number else []


def named(actor: Actor, text: str) -> Sequence[UUID]:
    """Ids of the cases whose applicant's name answers the text, at most MOST. Two queries."""
    hits = index.find(actor, text[:LONGEST], kinds=[KIND], verb=VERB, limit=MOST, titles_only=True)
    return [UUID(hit.ref) for hit in hits]


def _numbered(actor: Actor, number: str) -> dict[UUID, str]:
    """{case id: number or tail}. Ids alone: whoever shows them asks for the rows he may see."""
    exact = Case.objects.filter(numbers.asked_for(number), tenant_id=actor.tenant_id).order_by("-id")
    why = "number" if len(number) > TAIL else "tail"
    found = dict.fromkeys(exact.values_list("id", flat=True)[:MOST], why)
    if not found:  # numbers that only the index knows, such as a licence's
        refs = index.exactly(actor, number_term(number), kinds=[KIND], verb=VERB, limit=MOST)
        found = dict.fromkeys(map(UUID, refs), why)
    return found


def number_term(number: str) -> str:
    """The term under which the index keeps a number, or its end."""
    return f"#{number}"[:40]


def number_terms(*numbers: str | None) -> set[str]:
    """The terms of a case's numbers: each whole, and its last digits."""
    plain = {n for n in (as_number(number or "") for number in numbers) if n}
    return {number_term(n) for n in plain} | {number_term(n[-TAIL:]) for n in plain if len(n) > TAIL}
