"""The verbs for whoever loads regions: read a file or take rows, then run the operation. Reading happens outside its
transaction, so that SQLite's one write lock is held only while writing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.operation import Act
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.directory import sources
from tongqu.kernel.directory.operations.regions import import_edition
from tongqu.kernel.directory.rules.codes import STATISTICAL
from tongqu.kernel.directory.rules.editions import Edition, Where, edition


@dataclass(frozen=True, slots=True)
class Loaded:
    """What an import read and changed. `listed` counts places by level, `folded` rows that repeated their superior;
    `rare` are codes of names with characters that no font shows."""

    edition_id: str | None  # None: everything was already so
    valid_from: str | None
    listed: dict[str, int]
    folded: dict[str, int]
    rare: list[str]
    added: int
    renamed: int
    recoded: int
    merged: int
    split: int
    ended: int

    @property
    def unchanged(self) -> bool:
        return self.edition_id is None


def import_regions(
    source: Path | str | Iterable[tuple[str, str]],
    *,
    actor: Actor | Act | None = None,
    tree: str = STATISTICAL,
    valid_from: date | None = None,
    changes: Path | None = None,
    accept_ended: int | None = None,
) -> Loaded:
    """Load a file (see `sources.read`) or rows of (code, name), which only add and rename.

    Raises Invalid for a list that is wrong, Refused or Conflict for one that cannot be applied; then nothing changed.
    """
    if isinstance(source, (str, Path)):
        found = sources.read(Path(source), tree=tree, valid_from=valid_from, changes=changes)
    else:
        rows = ((code, name, "", Where("-", n, "item")) for n, (code, name) in enumerate(source, start=1))
        found = edition(rows, title="-", tree=tree, valid_from=valid_from)
    return apply(found, actor=actor, accept_ended=accept_ended)


def load_shipped(*, actor: Actor | Act | None = None) -> Loaded:
    """Load the provinces to towns that come with the platform; a second call changes nothing."""
    return apply(sources.read_shipped(), actor=actor)


def apply(found: Edition, *, actor: Actor | Act | None = None, accept_ended: int | None = None) -> Loaded:
    answer: dict[str, Any] = import_edition(
        actor or Actor.system(default_tenant(), channel="cli"), edition=found, accept_ended=accept_ended
    )
    return Loaded(**answer)
