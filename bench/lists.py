"""How long a list of 100 cases takes, first page and last, for readers of every width: `bench/lists.py [sizes]`.

Sizes are 100,000 unless told otherwise (`bench/lists.py 100000 1000000`; at a million the database takes 9 GB and some
minutes to fill). Each list is measured as the query alone and as the whole answer over HTTP: JSON of 100 cases
from the product's own web process, one client, and the desk's page of 50. SQLite, or what TQ_DATABASE_URL names.
"""

from __future__ import annotations

import http.client
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

ROUNDS = 60
SIZE = 100


def main(sizes: list[int]) -> None:
    from bench import _city, _fill
    from bench._calibration import around

    _city.open_city()
    world = _city.world()
    for size in sizes:
        _fill.to(size)
        with around(f"lists at {size:,}"):
            _queries(world, size)
            _answers(size)


def readers(world: Any) -> Iterator[tuple[str, Any]]:
    """Rights of every width: (name, actor)."""
    from bench._fill import units
    from tongqu.kernel.acts.actor import Grant

    places = units()
    clerk = world.staff["clerk"]
    for name, grants in {
        "node": [Grant("cases.read")],
        "city 9901": [Grant("cases.read", None, "9901")],
        "county 990103": [Grant("cases.read", None, "990103")],
        "town 990103002": [Grant("cases.read", None, "990103002")],
        "a large unit": [Grant("cases.read", places[0].unit_id)],
        "a small unit": [Grant("cases.read", places[-1].unit_id)],
        "five units": [Grant("cases.read", place.unit_id) for place in places[3:8]],
    }.items():
        yield name, replace(clerk, grants=tuple(grants))


def _queries(world: Any, size: int) -> None:
    from tongqu.kernel.cases.queries import public_decisions
    from tongqu.kernel.cases.worklist import Worklist, state_counts, worklist

    for wanted, what in (
        (Worklist(), "open"),
        (Worklist(ended=True), "ended"),
        (Worklist(state="received"), "received"),
    ):
        for name, actor in readers(world):
            first = worklist(actor, wanted, size=SIZE)
            last = last_cursor(actor, wanted)
            _say(f"query, {what}, {name}, first page ({len(first.rows)})", partial(worklist, actor, wanted, size=SIZE))
            _say(f"query, {what}, {name}, late page", partial(worklist, actor, wanted, after=last, size=SIZE))
    for name, actor in readers(world):
        _say(f"query, tabs, {name}", partial(state_counts, actor))
    _say("query, public decisions", lambda: public_decisions(world.owner.tenant_id, size=SIZE))


def last_cursor(actor: Any, wanted: Any) -> str:
    """The cursor of the page that holds the last 100: found from the other end of the list, not by walking there."""
    from tongqu.kernel.acts.paging import _cursor
    from tongqu.kernel.cases.lanes import readable
    from tongqu.kernel.cases.models import CaseUnit

    rows = CaseUnit.objects.filter(
        readable(actor.places_for("cases.read")), tenant_id=actor.tenant_id, is_open=not wanted.ended
    )
    rows = rows.filter(state=wanted.state) if wanted.state else rows
    found = list(rows.order_by("-due_at", "-id")[: SIZE + 1])
    return _cursor(found[-1], ("due_at", "id"))


def _answers(size: int) -> None:
    """Over HTTP, as a reader of the whole node and as one of one unit."""
    from bench import _city

    cookies = {name: f"sessionid={_city.session_of(login)}" for name, login in readers_with_accounts().items()}
    with _city.server() as (address, _):
        connection = http.client.HTTPConnection(address, timeout=60)
        for name, cookie in cookies.items():
            for what, path in (
                ("JSON, 100 open", f"/api/v1/cases/worklist?size={SIZE}"),
                ("JSON, 100 ended", f"/api/v1/cases/worklist?size={SIZE}&ended=true"),
                ("desk, 50 open", "/desk"),
                ("desk, 50 ended", "/desk?ended=1"),
            ):
                _say(f"HTTP, {what}, {name}", partial(_get, connection, path, cookie))


def readers_with_accounts() -> dict[str, str]:
    """Accounts whose granted roles read the node, a county, a unit: {name: login}. Made once."""
    from bench._fill import units
    from tongqu.kernel.acts.clock import now
    from tongqu.kernel.acts.rows import default_tenant
    from tongqu.kernel.identity.models import Account, RoleGrant

    wanted = {
        "node": {}, "county": {"region_prefix": "990103"}, "town": {"region_prefix": "990103002"},
        "unit": {"unit_id": units()[0].unit_id},
    }  # fmt: skip
    for name, where in wanted.items():
        account, made = Account.objects.get_or_create(username=f"bench-{name}", name=name, kind="staff")
        if made:
            RoleGrant.objects.create(
                tenant_id=default_tenant(),
                account=account,
                role="reviewer",
                valid_from=now() - timedelta(days=1),
                **where,
            )
    return {name: f"bench-{name}" for name in wanted}


def _get(connection: http.client.HTTPConnection, path: str, cookie: str) -> bytes:
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, (answer.status, body[:300])
    return body


def _say(what: str, work: Callable[[], Any]) -> None:
    from bench._calibration import quantile

    work()
    taken, busy = [], time.process_time()
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    busy = (time.process_time() - busy) * 1000 / ROUNDS
    print(
        f"{what:<60} median {quantile(taken, 0.5):6.1f} ms, p95 {quantile(taken, 0.95):6.1f} ms, here {busy:5.1f} ms",
        flush=True,
    )


if __name__ == "__main__":
    sys.path.insert(0, str(__import__("pathlib").Path(__file__).parents[1]))
    main([int(word) for word in sys.argv[1:]] or [100_000])
