"""The menus. A room adds its entries in `apps.ready()`; the layouts draw them without knowing the room.

navigation.add("public", key="services", label=_("办事"), url="/services", icon="apply", order=20)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from tongqu.kernel.acts import networks
from tongqu.kernel.acts.errors import Text

Area = Literal["public", "staff", "account", "footer"]
AREAS: tuple[Area, ...] = ("public", "staff", "account", "footer")
_entries: dict[tuple[str, str], Entry] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """One menu entry. `url` is a path or a URL name; `shown` and `count` are asked at each drawing, without queries."""

    area: Area
    key: str
    label: Text
    url: str
    icon: str = ""
    order: int = 50
    shown: Callable[[HttpRequest], bool] | None = None
    count: Callable[[HttpRequest], int] | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """An entry as the templates need it."""

    key: str
    label: Text
    url: str
    icon: str
    current: bool
    count: int


def add(
    area: Area,
    *,
    key: str,
    label: Text,
    url: str,
    icon: str = "",
    order: int = 50,
    shown: Callable[[HttpRequest], bool] | None = None,
    count: Callable[[HttpRequest], int] | None = None,
) -> None:
    """Add or replace the entry `key` of a menu. Phones show the first five of "public" as a tab bar."""
    _entries[(area, key)] = Entry(area, key, label, url, icon, order, shown, count)


def drawn(area: Area, request: HttpRequest) -> list[Drawn]:
    """The entries this visitor sees, in order, the one whose page this is marked.

    Where the staff alone are served, pages that either side has (the law, the account) carry the staff's menu.
    """
    if area == "public" and networks.face() == "staff":
        area = "staff"
    seen = [e for e in _entries.values() if e.area == area and (e.shown is None or e.shown(request))]
    placed = [(e, url) for e in sorted(seen, key=lambda e: (e.order, e.key)) if (url := _path(e.url))]
    here = max((url for _e, url in placed if _covers(url, request.path)), key=len, default=None)
    return [Drawn(e.key, e.label, url, e.icon, url == here, e.count(request) if e.count else 0) for e, url in placed]


def _path(url: str) -> str:
    """A URL name becomes a path; one that no room serves yet is left out of the menu."""
    if url.startswith("/"):
        return url
    try:
        return reverse(url)
    except NoReverseMatch:
        return ""


def _covers(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))
