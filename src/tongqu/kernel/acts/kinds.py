"""Every event kind has a global name and a sentence for people; an event of an unknown kind cannot be written."""

from __future__ import annotations

from dataclasses import dataclass

from tongqu.kernel.acts.errors import Text


@dataclass(frozen=True, slots=True)
class Kind:
    """`seen_by`: who may read it in a subject's history: `staff`, `party` (applicant and staff) or `public`."""

    name: str
    sentence: Text
    seen_by: str = "staff"
    schema_version: int = 1


_kinds: dict[str, Kind] = {}


class UnknownKind(LookupError):
    """An event kind that no room has declared."""


def declare(name: str, sentence: Text, *, seen_by: str = "staff", schema_version: int = 1) -> str:
    """Declare an event kind and return its name. Called at import of a room's `events.py`."""
    if name in _kinds and _kinds[name].sentence is not sentence and str(_kinds[name].sentence) != str(sentence):
        raise ValueError(f"event kind declared twice: {name}")
    _kinds[name] = Kind(name, sentence, seen_by, schema_version)
    return name


def kind(name: str) -> Kind:
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownKind(name) from None


def all_kinds() -> list[Kind]:
    return sorted(_kinds.values(), key=lambda k: k.name)
