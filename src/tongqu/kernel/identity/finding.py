"""Finding a party by its name: the present one or an earlier one, in Han, spelled, in pinyin, by initials.

A separate index from `search`: names of people are found by staff who may know parties, never by the public.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from tongqu.foundation import names
from tongqu.foundation.names import Asked
from tongqu.kernel.acts.actor import Actor, Scope
from tongqu.kernel.acts.errors import LoginNeeded, NotPermitted
from tongqu.kernel.acts.models import ReadLog
from tongqu.kernel.identity import numbers
from tongqu.kernel.identity.models import NameTerm, Party, PartyIdentifier, PartyName

CANDIDATES = 60
LIMIT = 20
_LEAST = 0.6  # how many of the asked pairs a name must have


@dataclass(frozen=True, slots=True)
class Found:
    """One party that a name led to. `by` is the name that was asked for where it is not the present one."""

    party_id: UUID
    kind: str
    name: str
    by: str
    papers: tuple[str, ...]  # "居民身份证 990***********21", masked


def find_parties(actor: Actor, typed: str, *, purpose: str, limit: int = LIMIT) -> list[Found]:
    """Parties called as somebody typed, closest first, then in the order of their names; 4 queries, 1 for nothing.

    For staff who read cases or manage accounts, and the platform; each party shown goes on the read log. Raises
    LoginNeeded, NotPermitted.
    """
    if actor.kind == "anonymous":
        raise LoginNeeded()
    if not may_look_up(actor):
        raise NotPermitted(_("您没有按姓名查找主体的权限"))
    asked = names.ask(typed)
    ids: dict[UUID, float] = {}
    for one in asked:
        for party_id, share in _candidates(actor, one):
            ids[party_id] = max(share, ids.get(party_id, 0.0))
    if not ids:
        return []
    parties = {p.id: p for p in Party.objects.filter(id__in=ids, merged_into=None, erased_at=None)}
    called: dict[UUID, list[str]] = {}
    for party_id, name in PartyName.objects.filter(party_id__in=parties).order_by("id").values_list("party_id", "name"):
        called.setdefault(party_id, []).append(name)
    ranked = sorted(
        parties.values(),
        key=lambda p: (-_closeness(asked, called.get(p.id, [p.name])), -ids[p.id], p.sort_key, str(p.id)),
    )[: max(0, limit)]
    papers = _papers(p.id for p in ranked)
    _log(actor, [p.id for p in ranked], purpose)
    return [
        Found(p.id, p.kind, p.name, _by(asked, p.name, called.get(p.id, [])), tuple(papers.get(p.id, ())))
        for p in ranked
    ]


def may_look_up(actor: Actor) -> bool:
    """0 queries."""
    if actor.kind == "system":
        return True
    return actor.is_staff and (
        actor.units_for("cases.read") != frozenset() or actor.may("identity.manage_accounts", Scope())
    )


def _candidates(actor: Actor, asked: Asked) -> Iterable[tuple[UUID, float]]:
    """(party, share of the asked terms it has); 1 query."""
    wanted = Q(term__in=asked.terms)
    if asked.begins:  # a range instead of LIKE: the index serves it on every database
        wanted |= Q(term__gt=asked.begins, term__lt=asked.begins[:-1] + chr(ord(asked.begins[-1]) + 1))
    rows: Any = (
        NameTerm.objects.filter(wanted, tenant_id=actor.tenant_id)
        .values("party_id").annotate(has=Count("term", distinct=True)).order_by("-has", "party_id")
    )  # fmt: skip
    for row in rows[:CANDIDATES]:
        share = min(1.0, int(str(row["has"])) / max(1, len(asked.terms)))
        if share >= _LEAST:
            yield UUID(str(row["party_id"])), share


def _closeness(asked: tuple[Asked, ...], called: list[str]) -> int:
    """3: so called; 2: its name begins so; 1: it sounds or is spelled so; over all its names."""
    best = 1
    for name in called:
        text = names.comparable(name)
        terms = names.terms(name)
        for one in asked:
            if one.text == text or f"={one.text}" in terms or one.text in terms:
                best = max(best, 3)
            elif text.startswith(one.text):
                best = max(best, 2)
    return best


def _by(asked: tuple[Asked, ...], present: str, called: list[str]) -> str:
    """The earlier name that answers better than the present one, "" when none does."""
    own = _closeness(asked, [present]), _shared(asked, present)
    others = [(_closeness(asked, [name]), _shared(asked, name), name) for name in called if name != present]
    best = max(others, default=(0, 0, ""))
    return best[2] if best[:2] > own else ""


def _shared(asked: tuple[Asked, ...], name: str) -> int:
    terms = names.terms(name)
    return max((len(one.terms & terms) for one in asked), default=0)


def _papers(party_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for row in PartyIdentifier.objects.filter(party_id__in=list(party_ids), valid_to=None).order_by("id"):
        found.setdefault(row.party_id, []).append(f"{numbers.LABELS[row.kind]} {row.masked}")
    return found


def _log(actor: Actor, party_ids: list[UUID], purpose: str) -> None:
    """One line for each party shown, as `log_read` writes it, in one query."""
    ReadLog.objects.bulk_create(
        ReadLog(
            tenant_id=actor.tenant_id, actor=actor.as_json(), account_id=actor.account_id, subject_kind="party",
            subject_id=party_id, party_id=party_id, purpose=purpose[:80],
        )
        for party_id in party_ids
    )  # fmt: skip
