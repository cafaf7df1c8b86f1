"""The papers of cases: which kinds there are (`data/documents.yaml`), and which of them an event calls for."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tongqu.kernel.acts.models import Event
from tongqu.kernel.records import catalogue
from tongqu.kernel.records.catalogue import Kind
from tongqu.kernel.records.wording import PLACE, Place
from tongqu.kernel.standards.plain_yaml import load_file

FILE = Path(__file__).parent / "data" / "documents.yaml"


@functools.cache
def kinds() -> Mapping[tuple[str, str], Kind]:
    """{(procedure, kind): what is declared of it}."""
    raw = load_file(FILE)
    places = {name: _place(name, p) for name, p in raw["places"].items()}
    return {
        (procedure, code): _kind(procedure, code, spec, places)
        for procedure, papers in raw["procedures"].items()
        for code, spec in papers.items()
    }


def register() -> None:
    """Hand the kinds over to the records room, which checks them. Called once, at start."""
    catalogue.register(kinds().values())


def papers_for(procedure: str, event: Event) -> list[Kind]:
    """The papers that this event of a case under this procedure calls for."""
    return [
        kind
        for (of, _code), kind in kinds().items()
        if of == procedure and event.kind in kind.on and (not kind.when or event.body.get(kind.when))
    ]


def calls(procedure: str, event: str) -> bool:
    """Whether an event of this kind may call for a paper under this procedure."""
    return any(of == procedure and event in kind.on for (of, _code), kind in kinds().items())


def calling() -> frozenset[str]:
    """The events that call for a paper in any procedure."""
    return frozenset(event for kind in kinds().values() for event in kind.on)


def _place(name: str, raw: Mapping[str, Any]) -> Place:
    sample = raw["sample"]
    return Place(
        name, raw["meaning"], tuple(sample) if isinstance(sample, list) else sample, raw.get("numbered", False)
    )


def _kind(procedure: str, code: str, raw: Mapping[str, Any], places: Mapping[str, Place]) -> Kind:
    body = raw.get("text", "").strip()
    return Kind(
        procedure=procedure, kind=code, name=raw["name"], title=raw["name"]["zh-Hans"], body=body,
        places=_fitting(places, raw, body), word=raw["word"], seal=raw.get("seal", ""),
        binds=tuple(raw.get("binds", ())), basis=tuple(raw.get("basis", ())), needs=tuple(raw.get("needs", ())),
        serve=raw.get("serve", False), remedies=raw.get("remedies", ""), receipt_line=raw.get("receipt_line", False),
        layout=raw.get("layout", "notice"), on=tuple(raw.get("on", ())), when=raw.get("when", ""),
        to=raw.get("to", ""),
    )  # fmt: skip


ALWAYS = ("item", "case_no", "receipt_no", "received_day", "basis", "contact")


def _fitting(places: Mapping[str, Place], raw: Mapping[str, Any], body: str) -> dict[str, Place]:
    """The places that make sense in this kind: what every case has, what its text uses, what its laws ask."""
    laws = [place for rule in raw.get("binds", ()) for place in catalogue.LAWS[rule].places]
    wanted = {*ALWAYS, *PLACE.findall(body), *raw.get("needs", ()), *laws, *raw.get("places", ())}
    return {name: place for name, place in places.items() if name in wanted}
