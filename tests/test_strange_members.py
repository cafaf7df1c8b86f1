"""The same for those who are signed in: whatever a member or an officer sends to a real case is answered."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from tests.test_strange_requests import routes
from tongqu.kernel.cases.tests.conftest import built, world  # noqa: F401
from tongqu.kernel.cases.tests.world import World
from tongqu.kernel.identity.models import Account

pytestmark = pytest.mark.django_db
LEFT_OUT = {"/account/logout"}
SENT = {
    "_version": "²", "_do": "\x00", "_page": "x" * 300, "next": "//evil.example/", "after": "%%%", "state": "x" * 300,
    "number": "x" * 300, "party": "\x00", "mandate": "\x00", "declaration": "\x00", "reason": "\x00 \ufffe",
    "level": "9" * 40, "area": "9" * 5000, "contact_phone": "\x00", "kind": "\x00", "officers": "\x00", "mode": "\x00",
    "tq_what": "\x00",
}  # fmt: skip


def filled(route: str, case_id: UUID, text: str) -> str:
    parts = [route.split("<")[0]]
    for piece in route.split("<")[1:]:
        inside, _, after = piece.partition(">")
        kind, _, name = inside.rpartition(":")
        value = {"uuid": str(case_id if name == "case_id" else uuid4()), "int": "7"}.get(kind, text)
        parts.append(value + after)
    return "".join(parts)


@pytest.mark.parametrize(
    ("who", "text"),
    [("owner", "withdraw"), ("owner", "food-business-licence"), ("clerk", "accept"), ("head", "x" * 300)],
    ids=range(4),
)
def test_no_page_falls_over_what_a_member_sends(world: World, who: str, text: str) -> None:  # noqa: F811
    case_id = world.draft() if who == "owner" else world.submitted()
    actor = world.owner if who == "owner" else world.staff[who]
    client = Client(raise_request_exception=False)
    account = Account.objects.get(id=actor.account_id)
    account.password = make_password("a long enough one")
    account.save()
    broken, seen = {}, set()
    for route in sorted(set(routes()) - LEFT_OUT):
        path = filled(route, case_id, text)
        client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
        for method, sent in (("get", SENT), ("post", SENT | {"_key": str(uuid4())})):
            response = getattr(client, method)(path, {**sent} if method == "post" else _shown(sent))
            seen.add(response.status_code)
            if response.status_code >= 500:
                broken[f"{method} {path}"] = response.status_code
    assert not broken
    assert {200, 302, 404} <= seen  # it was let in


def _shown(sent: dict[str, str]) -> dict[str, str]:
    """An address cannot carry a NUL (that is refused before); everything else."""
    return {name: value.replace("\x00", "") for name, value in sent.items()}
