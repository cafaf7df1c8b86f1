"""Ports of the records room."""

from __future__ import annotations

from typing import Protocol


class VirusScanner(Protocol):
    """Looks at uploaded bytes before they are kept."""

    def scan(self, data: bytes) -> str | None:
        """The name of what was found, or None."""
        ...


class TestSignatureScanner:
    """The default: knows only the industry's harmless test file, so that the path can be seen working."""

    def scan(self, data: bytes) -> str | None:
        marker = b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE"
        return "EICAR" if marker in data else None
