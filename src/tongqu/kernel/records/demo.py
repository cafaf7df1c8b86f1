"""The demonstration's document numbers: the word of each market regulation bureau of the invented city."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.records.operations import set_numbering
from tongqu.kernel.records.templates_in_force import numbering_of

WORDS = {"qx-scjg": "清市监", "lj-scjg": "临市监", "yl-scjg": "云市监", "mc-scjg": "明市监"}


def build(actor: Actor, units: Mapping[str, UUID]) -> None:
    """Set the words that are not set yet; safe to repeat."""
    for code, word in WORDS.items():
        if code in units and not numbering_of(units[code]):
            set_numbering(actor, unit_id=units[code], agency=word)
