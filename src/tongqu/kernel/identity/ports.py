"""What identity needs of the outside: somebody who knows who a citizen is, and somebody who sends him a code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from django.http import HttpRequest

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import Text
from tongqu.kernel.acts.operation import Act


@dataclass(frozen=True, slots=True)
class Verified:
    """What a real-name provider established. `id_kind` is one of `numbers.OF_PERSONS`; `provider` its code."""

    name: str
    id_kind: str
    id_no: str
    provider: str
    country: str = ""  # the issuing state of a foreign passport

    def __repr__(self) -> str:
        return f"Verified({self.provider}, {self.id_kind})"


class RealNameProvider(Protocol):
    """Port: a national identity platform, an e-ID card, a bank. It takes the browser away and sends it back.

    Neither call may put personal data into an address: addresses end up in logs.
    """

    @property
    def label(self) -> Text:
        """What the button says."""
        ...

    def begin(self, request: HttpRequest, *, return_to: str) -> str:
        """The address to send the browser to; it must come back to `return_to`, a path on this site."""
        ...

    def finish(self, request: HttpRequest) -> Verified:
        """The browser is back: what was established, told once. Raises Invalid when nothing credible was."""
        ...


class ItemsOffered(Protocol):
    """Port: the service items that a mandate's scope may name."""

    def items(self) -> list[tuple[str, str]]:
        """(code, title in the language in force), by title; 1 query."""
        ...


class CodeSender(Protocol):
    """Port: sends a login or registration code to a phone. It is called outside any transaction."""

    def send(self, request: HttpRequest | None, *, phone: str, text: str) -> None:
        """Raises Unavailable."""
        ...


class CopyKeeper(Protocol):
    """Port: keeps the file of a copy sealed under its person's key (records answers)."""

    def keep(self, act: Act, *, data: bytes, filename: str, holder_party_id: UUID) -> UUID:
        """Its id. Raises vault.Erased."""
        ...

    def read(self, tenant_id: UUID, file_id: UUID) -> bytes:
        """Raises NotFound, vault.Erased."""
        ...

    def drop(self, act: Act, file_id: UUID) -> None:
        """Remove it for good."""
        ...


class RequestDesk(Protocol):
    """Port: files a request about one's own data as a case (cases answers)."""

    def file(
        self,
        actor: Actor,
        *,
        key: str,
        kind: str,
        values: Mapping[str, Any],
        uploads: Sequence[tuple[str, bytes]],
        e_service: bool = False,
    ) -> UUID:
        """The case's id. `kind`: correct, erase or object; `uploads`: (name, bytes); `e_service`: the answer may be
        served in the account. Raises Invalid by field."""
        ...

    def link(self, case_id: UUID) -> str:
        """Where its person follows it."""
        ...
