"""Which kinds of paper there are, as the rooms that need them declare: kernel rooms register theirs at start.

A kind belongs to one procedure, so that two procedures may each have a notice of acceptance. What a law asks of a kind
that it binds (`LAWS`) is checked when the kind is registered and again whenever a text of it is published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tongqu.kernel.records import wording
from tongqu.kernel.records.wording import Place

SEALS = {
    "acceptance": "行政许可受理专用章",
    "approval": "行政审批专用章",
    "organ": "",  # the organ's own seal bears its name alone
}


@dataclass(frozen=True, slots=True)
class Law:
    """What a rule asks of each paper that it binds: places that the text must have, and a special seal with number."""

    places: tuple[str, ...] = ()
    seal: bool = False


# 行政许可法 第32条第2款: in writing, special seal, date. 第38条第2款: reasons, and the right to remedies.
# 个人信息保护法 第50条: who refuses gives the reasons, and the person may sue.
# 政府信息公开条例 第36条、第51条: an answer that does not give what was asked says why, and may be contested.
LAWS = {
    "L3": Law(seal=True),
    "L12": Law(places=("reason", "remedies"), seal=True),
    "D23": Law(places=("reason", "remedies")),
    "I16": Law(places=("reason", "remedies")),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of paper. `title` and `body` are the shipped text, version 1 for every unit.

    `word` is the part of the document number that tells the kind (许受); `seal` one of SEALS or empty for a record that
    is signed and not sealed; `serve`: it must be served on the party; `remedies`: being served starts the periods in
    which it may be contested; `receipt_line`: a line for the recipient's signature is printed. `to`: whom it addresses
    where that is not the party (`consulted`); it is then not for the party to read.
    """

    procedure: str
    kind: str
    name: Mapping[str, str]
    title: str
    body: str
    places: Mapping[str, Place]
    word: str
    seal: str = ""
    binds: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    serve: bool = False
    remedies: str = ""
    receipt_line: bool = False
    layout: str = "notice"
    on: tuple[str, ...] = ()
    when: str = ""
    to: str = ""
    order: int = 0
    samples: Mapping[str, str] = field(default_factory=dict)

    @property
    def required(self) -> tuple[str, ...]:
        """The places without which no text of this kind may be published."""
        asked = [*self.needs, *(place for rule in self.binds if rule in LAWS for place in LAWS[rule].places)]
        return tuple(dict.fromkeys(asked))

    @property
    def editable(self) -> bool:
        """Records that are a table throughout (site check, proof of service) have no running text of their own."""
        return self.layout == "notice"


class BadKind(ValueError):
    """A kind of paper is declared so that it could not be lawful."""


class UnknownKind(LookupError):
    """No room declared this kind."""


_kinds: dict[tuple[str, str], Kind] = {}


def register(found: Iterable[Kind]) -> None:
    """Take kinds over. Raises BadKind for one that does not give what the laws that bind it ask."""
    for one in found:
        if faults := faults_of(one):
            raise BadKind(f"{one.procedure}/{one.kind}: {'; '.join(faults)}")
        _kinds[one.procedure, one.kind] = one


def kind(procedure: str, code: str) -> Kind:
    """Raises UnknownKind."""
    try:
        return _kinds[procedure, code]
    except KeyError:
        raise UnknownKind(f"{procedure}/{code}") from None


def kinds() -> list[Kind]:
    """All of them, in the order of their files."""
    return list(_kinds.values())


def faults_of(one: Kind) -> list[str]:
    """What keeps a kind from being lawful, in words for its author."""
    found = wording.faults_of(one.title, one.body, one.places, one.required) if one.editable else {}
    faults = [f"{name}: {text}" for name, text in found.items()]
    if one.seal and one.seal not in SEALS:
        faults.append(f"unknown seal {one.seal}")
    for rule in one.binds:
        if rule not in LAWS:
            faults.append(f"unknown law {rule}")
        elif LAWS[rule].seal and not one.seal:
            faults.append(f"{rule} asks for a special seal and the date")
    if not one.word:
        faults.append("no word for its number")
    return faults
