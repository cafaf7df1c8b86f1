"""Every route that answers a GET has its number of queries in the baseline, or a reason why not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.rig.queries import Visit
from tests.walk.test_queries import delivered, signed_in
from tongqu.foundation.identifiers import citizen_id_check
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases import progress, work
from tongqu.kernel.cases.models import Case, CaseDocument
from tongqu.kernel.cases.tests.conftest import built, world  # noqa: F401
from tongqu.kernel.cases.tests.world import PDF, SYSTEM, World
from tongqu.kernel.identity.models import Account, Mandate, PartyIdentifier
from tongqu.kernel.identity.operations import grant_role
from tongqu.kernel.identity.tests import people

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
    "api/v1/": "the interface's root: the description's redirect",
}
EXACT = {"api/v1/"}
POSTED = {
    "acting-for/agents/<uuid:mandate_id>/revoke",  # routes that only take what is sent
    "services/<slug:code>/start",
    "desk/cases/<uuid:case_id>/service/<uuid:document_id>/receipt",
    "my/cases/<uuid:case_id>/autosave",
    "desk/cases/<uuid:case_id>/take",
    "desk/jobs/settle",
    "desk/documents/templates/<uuid:template_id>/cancel",
    "my/cases/<uuid:case_id>/materials/<uuid:material_id>/remove",
    "desk/counter/filings/<uuid:filing_id>/autosave",
    "desk/counter/filings/<uuid:filing_id>/code",
    "desk/counter/filings/<uuid:filing_id>/files",
    "desk/counter/filings/<uuid:filing_id>/files/<uuid:material_id>/remove",
    "desk/counter/filings/<uuid:filing_id>/originals",
    "desk/counter/filings/<uuid:filing_id>/take",
    "desk/counter/originals/<uuid:original_id>/return",
    "desk/messages/read",
    "desk/supervision/export",
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


def program(**headers: str) -> dict[str, Any]:
    """What a program sends along with each write."""
    return {"content_type": "application/json", "headers": {"Idempotency-Key": str(uuid7()), **headers}}


def test_an_application_by_program(world: World, visit: Visit) -> None:  # noqa: F811
    """Begin, save, hand in, take out, submit, supply with a file, throw away: the writes of the interface."""
    owner = signed_in("owner")
    _in_his_name(owner, world)
    api, case_id = "/api/v1/cases", world.draft()
    triage = {"what": "serve_meals", "small_by_area": "above", "small_by_kind": "not_small"}
    visit(
        owner,
        f"/api/v1/services/{world.package.code}/drafts",
        {"triage": triage},
        method="post",
        status=201,
        **program(),
    )
    visit(owner, f"{api}/{case_id}/draft", {"values": {"area": "120"}}, method="patch", **program())
    files = {"headers": {"Idempotency-Key": str(uuid7())}}
    extra = SimpleUploadedFile("另一份.pdf", PDF + b"%2", "application/pdf")
    added = visit(
        owner, f"{api}/{case_id}/materials/premises_plan", {"file": extra}, method="post", status=201, **files
    )
    visit(owner, f"{api}/{case_id}/materials/{added.json()['material_id']}", method="delete")
    visit(
        owner,
        f"{api}/{case_id}/acts/submit",
        _act(case_id, declaration=["yes"]),
        method="post",
        label="submit",
        **program(),
    )
    world.act("clerk", case_id, "request_supplement", inputs={"material__premises_plan": "看不清"})
    better = SimpleUploadedFile("清楚的.pdf", PDF + b"%3", "application/pdf")
    sent = {"expected_version": str(_version(case_id)), "premises_plan": better}
    files = {"headers": {"Idempotency-Key": str(uuid7())}}
    visit(owner, f"{api}/{case_id}/acts/supply/with-files", sent, method="post", label="supply", **files)
    visit(owner, f"{api}/{world.draft()}/draft", method="delete", status=204)


def test_papers_licences_and_messages(world: World, visit: Visit) -> None:  # noqa: F811
    case_id = delivered(world)
    owner, clerk = signed_in("owner"), signed_in("clerk")
    owner.get(f"/my/cases/{case_id}")
    event = Event.objects.get(subject_id=case_id, kind="cases.accept")
    paper = work.put_paper(SYSTEM, event_id=event.id, kind="acceptance_notice")["document_id"]
    for client, url in [
        (owner, f"/my/cases/{case_id}/licence"),
        (owner, f"/api/v1/cases/{case_id}/documents/{paper}"),
        (clerk, f"/desk/cases/{case_id}/papers/{paper}"),
    ]:
        client.get(url)
        visit(client, url)
    first = owner.get("/my/notices").context["page"].rows[0]
    visit(owner, f"/my/notices/{first.id}", label="first reading")
    visit(owner, f"/my/notices/{first.id}", label="again")
    visit(owner, "/my/notices/read", method="post", status=302)


def test_the_audit_administrators_page(world: World, visit: Visit) -> None:  # noqa: F811
    """Two reads, however long the log."""
    case_id = world.submitted()
    for name in ("clerk", "clerk2"):
        signed_in(name).get(f"/desk/cases/{case_id}")
    auditor = Account.objects.create(username="t-auditor", name="审计员", kind="staff", password=make_password(None))
    grant_role(SYSTEM, account_id=auditor.id, role="audit_admin")
    client = signed_in("auditor")
    client.get("/desk/audit")
    visit(client, "/desk/audit")
    visit(client, "/desk/audit?refused=1", label="refused")


def test_proving_ones_real_name(world: World, visit: Visit) -> None:  # noqa: F811
    Account.objects.create(username="t-newcomer", name="新来的", kind="person", password=make_password(None))
    newcomer = signed_in("newcomer")
    visit(newcomer, "/real-name")
    visit(newcomer, "/real-name", method="post", status=302)
    first = "99010219920505001"
    number = first + citizen_id_check(first)
    newcomer.post("/demo/real-name", {"name": "林新来", "id_kind": "citizen_id", "id_no": number})
    visit(newcomer, "/real-name/return", status=302)


def test_progress_by_number(world: World, visit: Visit) -> None:  # noqa: F811
    case_id, client = world.accepted(), Client()
    visit(client, "/progress")
    sent = {"number": str(Case.objects.get(id=case_id).receipt_no), "code": progress.code_of(case_id)}
    visit(client, "/progress", sent, method="post")


def test_agreeing_to_service_later(world: World, visit: Visit) -> None:  # noqa: F811
    case_id, owner, clerk = world.submitted(delivery_way="counter"), signed_in("owner"), signed_in("clerk")
    visit(clerk, f"/desk/cases/{case_id}/service/agreement")
    sent = {"statement": "确认书 7", "_key": "a" * 20}
    visit(clerk, f"/desk/cases/{case_id}/service/agreement", sent, method="post", status=302)
    visit(owner, f"/my/cases/{case_id}/service")
    back = {"_do": "withdraw", "_key": "b" * 20}
    visit(owner, f"/my/cases/{case_id}/service", back, method="post", status=302)


def _enter_papers_and_a_guardian(visit: Visit, clerk: Client) -> None:
    child = people.person("陈小满", id_no=people.citizen_no("20180214"))
    where, seen = f"/desk/parties/{child}", {"seen": "on", "id_kind": "cn_passport", "id_no": "EA1234567"}
    visit(clerk, f"{where}/guardian")
    visit(clerk, f"{where}/paper", seen | {"_key": "p" * 20}, method="post", status=302)
    paper = PartyIdentifier.objects.get(party_id=child, kind="cn_passport")
    visit(clerk, f"{where}/end/{paper.id}")
    ended = {"ground": "void", "seen": "on", "_key": "q" * 20}
    visit(clerk, f"{where}/end/{paper.id}", ended, method="post", status=302)
    guardian = {"name": "陈知秋", "id_kind": "citizen_id", "id_no": people.citizen_no(), "seen": "on",
                "proof": "birth_certificate", "_key": "r" * 20}  # fmt: skip
    assert clerk.post(f"{where}/guardian", guardian).status_code == 302
    manager = people.officer("manager")
    grant_role(people.system(), account_id=manager.id, role="system_admin")
    client = Client()
    client.force_login(manager, "allauth.account.auth_backends.AuthenticationBackend")
    mandate = Mandate.objects.get(principal_id=child)
    visit(client, f"{where}/mandates/{mandate.id}/end")
    visit(client, f"{where}/mandates/{mandate.id}/end", {"_key": "s" * 20}, method="post", status=302)


def _act(case_id: UUID, **inputs: Any) -> dict[str, Any]:
    return {"inputs": inputs, "expected_version": _version(case_id)}


def _version(case_id: UUID) -> int:
    return Case.objects.values_list("version", flat=True).get(id=case_id)


def test_what_the_desk_finds_keeps_and_gives_out(world: World, visit: Visit) -> None:  # noqa: F811
    from tongqu.faces.workbench.models import PrintBatch
    from tongqu.faces.workbench.tests.test_out import with_papers

    clerk, officer, case_id = signed_in("clerk"), signed_in("officer"), with_papers(world)
    case_no = Case.objects.get(id=case_id).case_no
    visit(clerk, f"/desk/cases/{case_id}/take", {"_do": "take"}, method="post", status=302)
    visit(clerk, f"/desk/cases/{case_id}/handover")
    to = {"to": str(world.staff["clerk2"].account_id), "_seen": str(world.staff["clerk"].account_id)}
    visit(clerk, f"/desk/cases/{case_id}/handover", to | {"_key": "h" * 20}, method="post", status=302)
    visit(signed_in("clerk2"), "/desk/handover")
    back = {"to": to["_seen"], "holder": to["to"], "_key": "i" * 20}
    visit(signed_in("clerk2"), "/desk/handover", back, method="post", status=302)
    visit(clerk, "/desk/parties")
    visit(clerk, "/desk/parties", {"q": "秋实"}, method="post")
    who = Case.objects.get(id=case_id).applicant_id
    visit(clerk, f"/desk/parties/{who}")
    _enter_papers_and_a_guardian(visit, clerk)
    saved = {"name": "待办", "query": "state=accepted"}
    visit(clerk, "/desk/views", saved, method="post", status=302)
    for url, label in {
        "/desk?state=accepted&due=within&handler=me": "filtered", f"/desk?number={case_no}": "number",
        "/desk?name=qiushi": "name", "/desk/search?q=qiushi": "words", f"/desk/search?q={case_no}": "number",
        "/desk/views": "", "/desk/export": "", f"/desk/print?case={case_id}": "",
        f"/desk/cases/{case_id}/papers.pdf": "",
    }.items():  # fmt: skip
        clerk.get(url)
        visit(clerk, url, label=label)
    visit(clerk, "/desk/export", {"form": "xlsx", "query": ""}, method="post")
    visit(clerk, "/desk/print", {"case": str(case_id), "_key": "k" * 20}, method="post", status=302)
    batch = PrintBatch.objects.get()
    visit(clerk, f"/desk/print/{batch.id}")
    visit(clerk, f"/desk/print/{batch.id}/papers.pdf")
    officers = [str(world.staff[n].account_id) for n in ("officer", "officer2")]
    world.act("reviewer", case_id, "assign_check", inputs={"officers": officers})
    for url in (
        f"/desk/checks/{case_id}",
        f"/desk/checks/{case_id}/state",
        "/desk/checks/saved",
        "/desk/checks/worker.js",
    ):
        officer.get(url)
        visit(officer, url)


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


def test_every_other_route_has_its_line() -> None:
    """A new route is visited by a test here or in the walk, or is named above with the reason why not."""
    counted = {key.split(" ")[1].lstrip("/") for key in json.loads(BASELINE.read_text())}
    missing = {
        route
        for route in _routes(get_resolver().url_patterns)
        if route.lstrip("^").rstrip("$") not in counted
        and route not in POSTED
        and route not in WITHOUT
        and not any(route.startswith(prefix) for prefix in WITHOUT.keys() - EXACT)
    }
    assert not missing, "no number of queries is on record for: " + ", ".join(sorted(missing))
