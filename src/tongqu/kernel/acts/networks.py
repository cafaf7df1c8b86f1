"""Two networks, one house: which routes, which accounts and which static files this process serves.

`TQ_FACE` says it: `all` (one process for everybody, the demonstration's way), `public` (residents and firms), `staff`.
Every route names its side where it is listed, and a route without one stops the start:

    urlpatterns = public(path("my/cases", …)) + both(path("law/rules", …)) + staff(path("desk", …))

    @router.get("/cases/worklist", …)
    @staff_only
    def work_list(request): ...

A route of the other side does not exist in a process: no address, no name to link to, 404 as for any nonsense.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern

Side = Literal["public", "staff", "both"]
FACES = ("all", "public", "staff")
# Addresses of the staff begin so, and no others: a proxy in front can hold the line too, and a slip in a list is seen.
STAFF_PREFIX = "desk"
# Static files of rooms that only staff see, by the folder their room keeps them in.
STAFF_FILES = ("workbench/", "cockpit/", "counter/")
_View = TypeVar("_View", bound=Callable[..., Any])


# --- saying it ------------------------------------------------------------------------------------------------------
def public(*routes: URLPattern) -> list[URLPattern]:
    """Routes for residents and firms."""
    return _marked(routes, "public")


def staff(*routes: URLPattern) -> list[URLPattern]:
    """Routes for officials: their addresses begin with `desk`."""
    return _marked(routes, "staff")


def both(*routes: URLPattern) -> list[URLPattern]:
    """Routes that either side needs: signing in, reading the law, checking a paper."""
    return _marked(routes, "both")


def public_only(view: _View) -> _View:
    """An endpoint of the JSON interface for residents and firms; below the router's decorator."""
    return _told(view, "public")


def staff_only(view: _View) -> _View:
    """An endpoint for officials."""
    return _told(view, "staff")


def on_both(view: _View) -> _View:
    """An endpoint for either side; what it gives depends on who asks."""
    return _told(view, "both")


def _marked(routes: Iterable[URLPattern], side: Side) -> list[URLPattern]:
    marked = list(routes)
    for route in marked:
        address = str(route.pattern)
        if (side == "staff") != (address.split("/")[0] == STAFF_PREFIX) and not (side == "staff" and not address):
            raise ImproperlyConfigured(
                f"the route {address!r} is declared {side}: addresses of the staff, and only they, begin with "
                f"{STAFF_PREFIX!r}"
            )
        route.side = side  # type: ignore[attr-defined]
    return marked


def _told(view: _View, side: Side) -> _View:
    view.side = side  # type: ignore[attr-defined]
    return view


# --- asking ---------------------------------------------------------------------------------------------------------
def face() -> str:
    """`all`, `public` or `staff`."""
    return str(settings.TQ_FACE)


def side_of(thing: Any, named: str) -> Side:
    """The side a route or an endpoint declares. Raises ImproperlyConfigured when it declares none."""
    side: Side | None = getattr(thing, "side", None)
    if side is None:
        raise ImproperlyConfigured(
            f"{named} does not say which network it belongs to: list it in public(…), staff(…) or both(…), or mark "
            "the endpoint with @public_only, @staff_only or @on_both (tongqu.kernel.acts.networks)"
        )
    return side


def serves(side: Side, *, by: str | None = None) -> bool:
    """Whether a process with this face (default: this process) serves what is on `side`."""
    return (by or face()) in ("all", side) or side == "both"


def serves_kind(kind: str) -> bool:
    """Whether accounts of this kind (`person`, `staff`) may be signed in here."""
    return serves("staff" if kind == "staff" else "public")


def serves_file(name: str) -> bool:
    """Whether the static file `workbench/x.css` is given out here."""
    return serves("staff" if name.startswith(STAFF_FILES) else "both")


# --- addresses ------------------------------------------------------------------------------------------------------
def absolute(path: str) -> str:
    """The whole address of a path of ours, on the host of its side; for messages, whichever process writes them."""
    address = urlsplit(path).path.lstrip("/")
    first = address.split("/")[0]
    return f"{settings.TQ_STAFF_URL if first == STAFF_PREFIX else settings.TQ_PUBLIC_URL}{path}"
