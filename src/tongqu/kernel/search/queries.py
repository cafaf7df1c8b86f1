"""Finding things. Who may see what is part of the question to the database, never a filter afterwards."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, FloatField, Max, Q, QuerySet, Value, When
from django.db.models.functions import Greatest

from tongqu.foundation import han, hant
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.search import rules
from tongqu.kernel.search.models import Document, Posting
from tongqu.kernel.search.rules import Plan, Reading, Slot
from tongqu.kernel.ui import languages

CANDIDATES = 60  # ranked by the database, then looked at closely
LEAST = 0.25  # how much of a question a hit must answer …
LEAST_OF_BEST = 0.4  # … and how much of what the best hit answers


@dataclass(frozen=True, slots=True)
class Hit:
    kind: str
    ref: str
    title: str
    summary: str
    url: str
    score: float


def find(
    actor: Actor,
    text: str,
    *,
    kinds: Collection[str] | None = None,
    limit: int = 20,
    verb: str = "",
    titles_only: bool = False,
) -> list[Hit]:
    """What the actor may see and the text asks for, best first; 2 queries, 1 without a hit, 0 for an empty question.

    `verb` asks among what was indexed for holders of that right, where the actor holds it, and nothing else.
    `titles_only` leaves out what stands in the body.
    """
    plan = rules.plan(text)
    if not plan:
        return []
    candidates = _candidates(_in_reach(actor, kinds, verb, titles_only), plan)
    rows = list(candidates[: max(CANDIDATES, limit)])
    answers = {row["document_id"]: float(row["answer"]) for row in rows}
    best = max(answers.values(), default=0.0)
    answers = {key: value for key, value in answers.items() if value >= max(LEAST, LEAST_OF_BEST * best)}
    if not answers:
        return []
    found = [(_score(plan, row, answers[row.id]), row) for row in Document.objects.filter(id__in=answers)]
    found.sort(key=lambda pair: (-pair[0], str(pair[1].id)))
    return [_hit(row, score) for score, row in found[: max(0, limit)]]


def exactly(actor: Actor, term: str, *, kinds: Collection[str], verb: str = "", limit: int = 20) -> list[str]:
    """The refs of what was indexed under this very term and the actor may see, newest first. One query."""
    rows = _in_reach(actor, kinds, verb, titles_only=False).filter(term=term)
    return list(rows.order_by("-document_id").values_list("document__ref", flat=True)[: max(0, limit)])


def _in_reach(actor: Actor, kinds: Collection[str] | None, verb: str, titles_only: bool) -> QuerySet[Posting]:
    rows = Posting.objects.filter(_reach_of(actor, verb), tenant_id=actor.tenant_id)
    if kinds is not None:
        rows = rows.filter(kind__in=kinds)
    return rows.filter(weight__gt=rules.BODY) if titles_only else rows


def _reach_of(actor: Actor, verb: str) -> Q:
    """What the actor may find: by audience; with a verb, by the places in which he holds it."""
    if not verb:
        audiences = audiences_of(actor)
        return Q() if audiences is None else Q(audience__in=audiences)
    places = actor.places_for(verb)
    wide = Q(audience__startswith=f"{verb}@")
    if (None, "") in places:
        return wide
    found = Q(audience__in=sorted(rules.held_at(verb, unit) for unit, region in places if unit and not region))
    for unit, region in places:
        if region:
            found |= Q(place__startswith=region) & (Q(audience=rules.held_at(verb, unit)) if unit else wide)
    return found


def _candidates(rows: QuerySet[Posting], plan: Plan) -> QuerySet[Posting, Any]:
    """For each document how much of the best reading it answers, 0 … 1."""
    slots = [slot for reading in plan.readings for slot in reading.slots]
    terms = {term for slot in slots for term in slot.terms}
    wanted = Q(term__in=terms)
    for beginning in {slot.begins for slot in slots if slot.begins}:
        wanted |= _begins(beginning)
    rows = rows.filter(wanted)
    numbered = {id(slot): f"slot_{number}" for number, slot in enumerate(slots)}
    filled = {numbered[id(slot)]: Max(_filling(slot)) for slot in slots}
    answers = [_answer(reading, numbered) for reading in plan.readings]
    answer = Greatest(*answers) if len(answers) > 1 else answers[0]
    return (
        rows.values("document_id").annotate(**filled).annotate(answer=answer)
        .values("document_id", "answer").order_by("-answer", "document_id")
    )  # fmt: skip


def _filling(slot: Slot) -> Case:
    """How well one posting fills the slot: the field's weight times how well the term does."""
    by_worth: dict[float, list[str]] = {}
    for term, worth in slot.terms.items():
        by_worth.setdefault(worth, []).append(term)
    whens = [When(term__in=terms, then=_worth(worth)) for worth, terms in sorted(by_worth.items(), reverse=True)]
    if slot.begins:
        whens.insert(1, When(_begins(slot.begins), then=_worth(rules.BEGINS)))
    return Case(*whens, default=Value(0.0), output_field=FloatField())


def _worth(worth: float) -> Any:
    return F("weight") * Value(worth / rules.TITLE, output_field=FloatField())


def _begins(beginning: str) -> Q:
    """A range instead of LIKE: the index serves it on every database."""
    return Q(term__gt=beginning, term__lt=beginning[:-1] + chr(ord(beginning[-1]) + 1))


def _answer(reading: Reading, numbered: dict[int, str]) -> Any:
    total: Any = Value(0.0, output_field=FloatField())
    for slot in reading.slots:
        total = total + F(numbered[id(slot)]) * Value(
            slot.weight * reading.worth / reading.weight, output_field=FloatField()
        )
    return total


def audiences_of(actor: Actor) -> list[str] | None:
    """Whose things the actor may find; None: everybody's (the platform itself)."""
    if actor.kind == "system":
        return None
    seen = ["public"]
    if actor.is_staff:
        units = {grant.unit_id for grant in actor.grants if grant.unit_id} | {actor.unit_id} - {None}
        seen += ["staff", *(f"unit:{unit}" for unit in sorted(units, key=str))]
    if actor.represented is not None:
        seen.append(f"party:{actor.represented}")
    return seen


def _score(plan: Plan, row: Document, answer: float) -> float:
    """The answer, moved by what the database does not see: the title as a whole, its length, the boost."""
    closest = max((_closeness(plan.text, title) for title in row.title.values()), default=0.0)
    return round(answer + closest + row.boost * 0.05 - min(len(row.title["zh-Hans"]), 60) * 0.002, 4)


def _closeness(question: str, title: str) -> float:
    folded = han.fold(hant.simplified(title))
    if folded == question:
        return 0.5
    if question.isascii():
        spoken = (han.initials(title), "".join(han.pinyin(title)))
        if question in spoken:
            return 0.4
        if any(text.startswith(question) for text in spoken):
            return 0.2
    if folded.startswith(question):
        return 0.25
    return 0.15 if question in folded else 0.0


def _hit(row: Document, score: float) -> Hit:
    return Hit(row.kind, row.ref, _in_language(row.title), _in_language(row.summary), row.url, score)


def _in_language(text: dict[str, str]) -> str:
    return languages.said(text) if len(text) > 1 else text.get("zh-Hans", "")  # in one language: as it was entered
