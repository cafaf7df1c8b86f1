"""What packages needs from later rooms: the names of procedures and their actions (the case engine answers)."""

from __future__ import annotations

from typing import Protocol

from tongqu.kernel.acts import ports


class Procedures(Protocol):
    """Port: which procedures exist, and what a package may say about them."""

    def actions(self, procedure: str) -> frozenset[str]:
        """Codes of all actions. Raises LookupError for an unknown procedure."""
        ...

    def clocks(self, procedure: str) -> frozenset[str]:
        """Names of the clocks that a package may give a rule for. Raises LookupError."""
        ...


def procedures() -> Procedures | None:
    """The case engine's answer, or None where no engine is there (a definition can be checked without one)."""
    try:
        return ports.adapter(Procedures)  # type: ignore[type-abstract]
    except ports.PortMissing:
        return None
