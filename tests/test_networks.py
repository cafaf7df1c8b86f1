"""Every route, endpoint and static file has its side, and settings of the two networks share nothing that signs in."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from django.urls import URLPattern, URLResolver, path

from tests.rig.live import clean_environment
from tests.rig.networks import endpoints, routes
from tongqu.assembly.routes import pages
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import networks, shared_cache
from tongqu.kernel.acts.actor import TWO_FACTOR, Actor, Grant
from tongqu.kernel.acts.errors import NotPermitted
from tongqu.kernel.acts.models import Event, SharedValue
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.acts.shared_cache import TableCache
from tongqu.kernel.identity.models import Account
from tongqu.kernel.identity.operations import open_staff_account
from tongqu.kernel.ui.static_files import StaticFiles

SOURCE = Path(__file__).resolve().parents[1] / "src" / "tongqu"
APART = ["SECRET_KEY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "CACHES"]
NAMES = [*APART, "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_DOMAIN"]
FOR_EVERYBODY = {"ui", "identity"}  # folders of static files that either side needs


def served(face: str) -> Iterator[str]:
    def walk(patterns: list[Any]) -> Iterator[str]:
        for entry in patterns:
            if isinstance(entry, URLResolver):
                yield from walk(entry.url_patterns)
            elif isinstance(entry, URLPattern):
                yield str(entry.pattern)

    yield from walk(pages(face))


def test_every_route_says_its_side() -> None:
    known = [(route.address, route.side) for route in routes() + endpoints()]
    assert len(known) > 70 and {side for _address, side in known} == {"public", "staff", "both"}
    assert not [address for address, side in known if side == "public" and address.startswith("desk")]


def test_a_face_serves_its_own_routes_and_no_others() -> None:
    sides = {(r.address, r.side) for r in routes()}
    for face, other in (("public", "staff"), ("staff", "public")):
        here = set(served(face))
        assert here == {address for address, side in sides if side in (face, "both")}
        assert not here & ({a for a, side in sides if side == other} - {a for a, side in sides if side != other})
    assert set(served("all")) == {address for address, _side in sides}


@pytest.mark.parametrize(
    ("mark", "address"), [(networks.public, "desk"), (networks.both, "desk/x"), (networks.staff, "my/cases")]
)
def test_an_address_that_belies_its_side_stops_the_start(mark: Any, address: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="begin with 'desk'"):
        mark(path(address, lambda request: None))


def test_a_route_without_a_side_stops_the_start() -> None:
    with pytest.raises(ImproperlyConfigured, match="does not say which network"):
        networks.side_of(path("somewhere", lambda request: None), "the route 'somewhere'")


def test_every_folder_of_static_files_has_its_side() -> None:
    folders = {one.name for one in SOURCE.glob("*/*/static/*") if one.is_dir()}
    assert folders and folders <= FOR_EVERYBODY | {name.rstrip("/") for name in networks.STAFF_FILES}


def settings_of(**environment: str) -> dict[str, Any]:
    """What the settings come to in a process of its own."""
    told = f"{{n: getattr(settings, n) for n in {NAMES}}}"
    ask = f"import json; from django.conf import settings; print(json.dumps({told}))"
    done = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True,
        env=clean_environment(DJANGO_SETTINGS_MODULE="tongqu.assembly.settings", **environment),
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr.splitlines()[-1])
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.mark.parametrize("given", [{}, {"TQ_SECRET_KEY": "the same secret in both, by mistake"}], ids=["made", "given"])
def test_the_two_faces_share_nothing_that_signs_in(tmp_path: Path, given: dict[str, str]) -> None:
    both = {
        "TQ_DATA_DIR": str(tmp_path), "TQ_PUBLIC_URL": "https://zwfw.example", "TQ_STAFF_URL": "https://desk.example",
        **given,
    }  # fmt: skip
    public, staff = settings_of(TQ_FACE="public", **both), settings_of(TQ_FACE="staff", **both)
    for name in (
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "CSRF_TRUSTED_ORIGINS",
        "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_NAME",
        "CACHES",
    ):
        assert public[name] != staff[name], name
    assert public["ALLOWED_HOSTS"] == ["zwfw.example"] and staff["ALLOWED_HOSTS"] == ["desk.example"]
    assert staff["CSRF_TRUSTED_ORIGINS"] == ["https://desk.example"]
    for face in (public, staff):
        assert face["SESSION_COOKIE_SECURE"] and face["CSRF_COOKIE_SECURE"]
        assert face["SESSION_COOKIE_DOMAIN"] is None and face["CSRF_COOKIE_DOMAIN"] is None
        assert face["SESSION_COOKIE_NAME"].startswith("__Host-") and face["CSRF_COOKIE_NAME"].startswith("__Host-")


def test_a_face_that_is_none_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="TQ_FACE must be all, public or staff"):
        settings_of(TQ_FACE="internal", TQ_DATA_DIR=str(tmp_path))


@override_settings(TQ_PUBLIC_URL="https://zwfw.example", TQ_STAFF_URL="https://desk.example")
def test_links_in_messages_lead_to_the_side_of_the_page() -> None:
    assert networks.absolute("/my/cases/7?tab=papers") == "https://zwfw.example/my/cases/7?tab=papers"
    assert networks.absolute("/desk/cases/7#clock") == "https://desk.example/desk/cases/7#clock"
    assert networks.absolute("/desks") == "https://zwfw.example/desks"


def test_nobody_of_the_staff_acts_through_a_public_process(db: None) -> None:
    """Whatever way an actor came there: the operation itself refuses, and nothing has changed."""
    grant = Grant("identity.manage_accounts")
    admin = Actor(
        tenant_id=default_tenant(), kind="staff", account_id=uuid7(), grants=(grant,), login_strength=TWO_FACTOR
    )
    with override_settings(TQ_FACE="public"), pytest.raises(NotPermitted):
        open_staff_account(admin, username="newcomer", name="新来", password_hash="x")
    assert not Event.objects.exists() and not Account.objects.exists()
    with override_settings(TQ_FACE="staff"):
        assert open_staff_account(admin, username="newcomer", name="新来", password_hash="x").kind == "staff"


def test_files_for_the_staff_are_given_out_to_the_staff_alone(tmp_path: Path) -> None:
    for name in ("ui/ui.css", "workbench/desk.js", "workbench/desk.0a1b2c.js.gz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    for face, number in (("public", 1), ("staff", 3), ("all", 3)):
        with override_settings(TQ_FACE=face, STATIC_ROOT=str(tmp_path)):
            known = StaticFiles(lambda request: None)
            assert len({url for url in known.files if url.startswith("/static/")}) == number
            assert ("/static/workbench/desk.js" in known.files) == (face != "public")


def test_both_databases_count_alike(db: None) -> None:
    """The table: values, running out, and counting in one statement."""
    kept = TableCache("", {"KEY_PREFIX": "public"})
    assert kept.add("a", [1.5, 2], 60) and not kept.add("a", 3, 60) and kept.get("a") == [1.5, 2]
    kept.set("a", {"n": True}, 60)
    assert kept.get("a") == {"n": True} and "a" in kept and kept.get("b", "none") == "none"
    assert kept.touch("a", 0) and kept.get("a") is None and kept.add("a", 7, 60) and kept.incr("a", 3) == 10
    assert [kept.count("n", 60) for _ in range(3)] == [1, 2, 3]
    assert TableCache("", {"KEY_PREFIX": "staff"}).count("n", 60) == 1, "the other network counts for itself"
    assert kept.count("gone", 0) == 1 and kept.count("gone", 60) == 1 and kept.count("gone", 60) == 2
    with pytest.raises(ValueError, match="no such key"):
        kept.incr("never")
    with pytest.raises(TypeError):
        kept.set("a", object(), 60)
    assert kept.delete("a") and not kept.delete("a")
    kept.set("short", 1, -1)
    assert shared_cache.forget() == 1
    kept.clear()
    assert not SharedValue.objects.exists()


def test_no_address_of_a_visitor_is_in_the_table(db: None) -> None:
    TableCache("", {}).count("records/verify/203.0.113.77", 60)
    row = SharedValue.objects.get()
    assert "203" not in row.value and re.fullmatch(r"[0-9a-f]{48}", row.name)
