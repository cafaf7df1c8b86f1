"""What went wrong and how to mend it, in one line: the only way a command fails on purpose."""

from __future__ import annotations


class Trouble(Exception):
    """`what` happened and the `mend`, both in plain words, Chinese and English."""

    def __init__(self, what: str, mend: str = "", *, status: int = 1) -> None:
        self.what, self.mend, self.status = what, mend, status
        super().__init__(what)

    def __str__(self) -> str:
        return f"{self.what} → {self.mend}" if self.mend else self.what
