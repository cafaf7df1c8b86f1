"""A demonstration city of one's own to measure on: prepared by the product's own command, then opened in this process.

Its data folder is TQ_DATA_DIR (a temporary one under `./tq bench`), its database SQLite in it, or the PostgreSQL one
that TQ_DATABASE_URL names.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

ROOT = Path(__file__).resolve().parents[1]


def open_city(*, prepare: bool = True) -> None:
    """Prepare the city if it is not there yet and set Django up on it, with the rules of its packages."""
    os.environ.update(
        TQ_DEMO="1", DJANGO_SETTINGS_MODULE="tongqu.assembly.settings", PYTHONPATH=f"{ROOT}/src:{ROOT}",
        TQ_MAX_DRAFTS="1000000",
    )  # fmt: skip
    os.environ.setdefault("TQ_LOG_LEVEL", "ERROR")
    for folder in (str(ROOT), str(ROOT / "src")):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    from tongqu.faces.cli import data

    data.Folder.named().claim(demo=True)
    if prepare:
        command = [sys.executable, "-m", "tongqu.faces.cli", "prepare", "--demo"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    import django

    django.setup()
    from tongqu.kernel.packages import law_rows

    law_rows.take_all()


def world() -> Any:
    """The city's people as the engine's own tests know them."""
    from tests.walk import backstage

    return backstage._world()


def brought_to(world: Any, at: str) -> UUID:
    """A new case of the restaurant, brought to a step through the engine."""
    if at == "asked":
        case_id = world.submitted()
        world.act("clerk", case_id, "request_supplement", inputs={"field__area": "面积和图纸不一致，请核对"})
    elif at == "refused":
        case_id = world.reviewed()
        world.act("head", case_id, "refuse", inputs={"ground": "refuse.conditions_not_met", "reason": "没有洗消设施"})
    elif at == "delivered":
        case_id = world.granted()
        world.act("system", case_id, "issue")
        world.act("system", case_id, "deliver", inputs={"mode": "electronic"})
    else:
        case_id = getattr(world, at)()
    return case_id  # type: ignore[no-any-return]


def session_of(username: str, *, acting_for: UUID | None = None) -> str:
    """A signed-in session's cookie value for this login: what signing in would give, without its slow hash."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from tongqu.kernel.identity.actors import ACTING_FOR
    from tongqu.kernel.identity.models import Account
    from tongqu.kernel.identity.sessions import SessionStore

    account = Account.objects.get(username=username)
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    if acting_for:
        session[ACTING_FOR] = str(acting_for)
    session.create()
    return str(session.session_key)


@contextmanager
def server(*, threads: int = 4, processes: int = 1, workers: int = 0) -> Iterator[tuple[str, list[int]]]:
    """The product's own web process on this data: (host:port, process ids); `workers`: processes for its background
    work."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = [sys.executable, "-m", "tongqu.faces.cli"]
    env = {**os.environ, "TQ_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    web = ["web", "--port", str(port), "--threads", str(threads), "--processes", str(processes)]
    family = [subprocess.Popen([*base, *web], env=env)]
    try:
        _wait(port)
        if workers:
            family.append(subprocess.Popen([*base, "worker", "--processes", str(workers)], env=env))
        yield f"127.0.0.1:{port}", [one.pid for one in family]
    finally:
        for one in family:
            one.send_signal(signal.SIGTERM)
        for one in family:
            try:
                one.wait(20)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()


def _wait(port: int) -> None:
    until = time.monotonic() + 180
    while time.monotonic() < until:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("GET", "/")
            if connection.getresponse().status < 500:
                return
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise RuntimeError("the web process does not answer")
