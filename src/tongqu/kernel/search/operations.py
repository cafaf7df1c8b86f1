"""Putting things into the index and taking them out. The index is derived: it emits no events of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from tongqu.foundation import han
from tongqu.foundation.canonical import digest
from tongqu.kernel.acts.actor import Scope
from tongqu.kernel.acts.inserting import insert
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.statements import add, fetch_one
from tongqu.kernel.search import rules
from tongqu.kernel.search.models import Document, Posting

Text = str | Mapping[str, str]  # one language, or a language map {zh-Hans, en}
SUMMARY_LENGTH = 160


@operation("search.index")
def index(
    act: Act,
    *,
    kind: str,
    ref: str,
    title: Text,
    url: str,
    body: Text = "",
    keywords: Iterable[str] = (),
    audience: str | Scope = "public",
    boost: int = 0,
    terms: Iterable[str] = (),
    verb: str = "",
) -> UUID:
    """Make a thing findable, or renew it: `kind` and `ref` name it. Returns the document's id.

    `audience`: "public", "staff", or a Scope with a unit (its staff) or a party (that party alone). With `verb` the
    scope is where that right must be held, and `find` must name it: nothing of it shows in other searches. `terms` are
    kept as they are, for `exactly`. `boost` -10 … 10 moves it among equals. Inside another operation that one's right
    covers it; by itself it is for the platform and staff with `search.index`. 1 query when nothing changed, else 4.
    """
    _authorise(act)
    titles, bodies, to = _languages(title), _languages(body), _audience(audience, verb)
    place = (audience.region_code or "") if isinstance(audience, Scope) else ""
    fixed = sorted({term[: rules.TERM_LENGTH] for term in terms})
    words = sorted(han.normalise(rules.clean(word, rules.BODY_LENGTH)) for word in keywords)
    mark = digest([rules.EDITION, titles, bodies, words, to, boost, url, fixed, place])
    known = fetch_one(Document, tenant_id=act.actor.tenant_id, kind=kind, ref=ref)
    if known is not None and known.digest == mark:
        return known.id
    row = known or Document(tenant_id=act.actor.tenant_id, kind=kind, ref=ref)
    row.title, row.url, row.audience, row.boost, row.digest = titles, url, to, max(-10, min(boost, 10)), mark
    row.summary = {language: " ".join(text.split())[:SUMMARY_LENGTH] for language, text in bodies.items()}
    if known is None:
        add([row])
    else:
        row.save(force_update=True)
        Posting.objects.filter(document=row).delete()
    found = rules.postings(titles.values(), words, bodies.values()) | dict.fromkeys(fixed, rules.TITLE)
    same = (row.tenant_id.hex, to, place, kind, row.id.hex)
    insert(
        Posting, ("tenant_id", "audience", "place", "kind", "document", "term", "weight"),
        ((*same, term, weight) for term, weight in found.items()),
    )  # fmt: skip
    return row.id


@operation("search.remove")
def remove(act: Act, *, kind: str, ref: str) -> None:
    """Take a thing out of the index; nothing happens when it is not in it."""
    _authorise(act)
    Document.objects.filter(tenant_id=act.actor.tenant_id, kind=kind, ref=ref).delete()


@operation("search.remove_many")
def remove_many(act: Act, *, kind: str, refs: Iterable[str]) -> int:
    """Take several things of one kind out of the index; how many there were."""
    _authorise(act)
    rows = Document.objects.filter(tenant_id=act.actor.tenant_id, kind=kind, ref__in=list(refs))
    count = rows.count()
    rows.delete()
    return count


def _authorise(act: Act) -> None:
    if act.verb.startswith("search."):
        act.require("search.index")
        act.unchanged()


def _languages(text: Text) -> dict[str, str]:
    """Raises ValueError for a language map without the source language."""
    if isinstance(text, str):
        text = {"zh-Hans": text}
    if "zh-Hans" not in text:
        raise ValueError("a language map needs zh-Hans")
    return {language: han.normalise(rules.clean(words, rules.BODY_LENGTH)) for language, words in text.items()}


def _audience(audience: str | Scope, verb: str) -> str:
    if verb:
        if not isinstance(audience, Scope) or audience.unit_id is None:
            raise ValueError("a right is held at a unit")
        return rules.held_at(verb, audience.unit_id)
    if isinstance(audience, Scope):
        if audience.unit_id is not None:
            return f"unit:{audience.unit_id}"
        if audience.party_id is not None:
            return f"party:{audience.party_id}"
    elif audience in {"public", "staff"}:
        return audience
    raise ValueError('an audience is "public", "staff", or a Scope with a unit or a party')
