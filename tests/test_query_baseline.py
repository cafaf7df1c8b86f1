"""Every route that answers a GET has its number of queries in the baseline, or a reason why not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.rig.queries import Visit
from tests.walk.test_queries import delivered, signed_in
from tongqu.kernel.cases.models import CaseDocument
from tongqu.kernel.cases.tests.conftest import built, world  # noqa: F401
from tongqu.kernel.cases.tests.world import World

pytestmark = pytest.mark.django_db

BASELINE = Path(__file__).parent / "baseline" / "queries.json"

# Routes without a line, each with its reason.
WITHOUT: dict[str, str] = {
    "static/": "served without the database",
    "ui/": "the gallery and its samples; demonstration and debugging only",
    "demo/": "pages of the demonstration only",
    "account/": "the login library's pages; its queries are its own",
    "api/v1/docs": "the interface's own description",
    "api/v1/openapi.json": "the interface's own description",
    "preferences": "changes a cookie only",
}
POSTED = {  # routes that only take what is sent
    "services/<slug:code>/start",
    "my/cases/<uuid:case_id>/autosave",
    "my/cases/<uuid:case_id>/materials/<uuid:material_id>/remove",
}


@pytest.mark.parametrize("name", ["session", "cases/mine", "cases/{id}", "cases/{id}/form", "cases/{id}/history"])
def test_the_interface_for_an_applicant(name: str, world: World, visit: Visit) -> None:  # noqa: F811
    owner = signed_in("owner")
    case_id = _in_his_name(owner, world)
    url = f"/api/v1/{name.format(id=case_id)}"
    owner.get(url)
    visit(owner, url, label="applicant")


@pytest.mark.parametrize("name", ["cases/worklist", "cases/{id}", "cases/{id}/documents"])
def test_the_interface_for_staff(name: str, world: World, visit: Visit) -> None:  # noqa: F811
    clerk, case_id = signed_in("clerk"), delivered(world)
    url = f"/api/v1/{name.format(id=case_id)}"
    clerk.get(url)
    visit(clerk, url, label="staff")


def test_files_and_papers_of_the_desk_and_of_the_interface(world: World, visit: Visit) -> None:  # noqa: F811
    clerk, case_id = signed_in("clerk"), world.checked()
    material = world_material(case_id)
    for url in (f"/desk/cases/{case_id}/reveal/contact_phone", f"/api/v1/cases/{case_id}/materials/{material}"):
        clerk.get(url)
        visit(clerk, url, label="staff")
    assert not CaseDocument.objects.exists()


def world_material(case_id: UUID) -> UUID:
    from tongqu.kernel.cases.models import CaseMaterial

    return CaseMaterial.objects.filter(case_id=case_id).values_list("id", flat=True)[0]


def _in_his_name(owner: Client, world: World) -> UUID:  # noqa: F811
    case_id = world.submitted()
    owner.get(f"/my/cases/{case_id}")  # the page makes him stand for the shop
    return case_id


def _routes(patterns: Any, before: str = "") -> Iterator[str]:
    for one in patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _routes(one.url_patterns, route)
        elif isinstance(one, URLPattern):
            yield route


def test_every_other_route_is_known_to_have_no_line_yet() -> None:
    """The routes not yet in the baseline are known by name: a new one must be added there, or here."""
    counted = {key.split(" ")[1].lstrip("/") for key in json.loads(BASELINE.read_text())}
    missing = {
        route
        for route in _routes(get_resolver().url_patterns)
        if route.lstrip("^").rstrip("$") not in counted
        and route not in POSTED
        and not any(route.startswith(prefix) for prefix in WITHOUT)
    }
    assert missing == set(json.loads((BASELINE.parent / "not_yet.json").read_text()))
