"""Ports: a room says what it needs as a Protocol; a later room, a domain or the assembly registers who answers."""

from __future__ import annotations

from typing import Any, TypeVar, cast

T = TypeVar("T")
_adapters: dict[type[Any], Any] = {}


class PortMissing(RuntimeError):
    """Nobody has registered for a port that is called."""


def register(port: type[T], adapter: T) -> None:
    """Let `adapter` answer for `port`; a later call replaces it (configuration decides which one comes last)."""
    _adapters[port] = adapter


def adapter(port: type[T]) -> T:
    """Who answers for this port. Raises PortMissing."""
    try:
        return cast(T, _adapters[port])
    except KeyError:
        raise PortMissing(f"no adapter is registered for {port.__qualname__}") from None
