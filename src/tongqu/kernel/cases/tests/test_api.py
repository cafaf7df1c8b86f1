"""The JSON interface: signed in by the session, changed with a CSRF token, errors as problem details."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from jsonschema import Draft202012Validator

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases.models import Case, CaseMaterial
from tongqu.kernel.cases.tests.world import PDF, World
from tongqu.kernel.identity.actors import ACTING_FOR
from tongqu.kernel.identity.models import Account

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


class Program:
    """A client that signs in as an account of the world and sends JSON."""

    def __init__(self, account_id: UUID | None, *, acting_for: UUID | None = None, csrf: bool = False) -> None:
        self.client = Client(enforce_csrf_checks=csrf)
        if account_id:
            self.client.force_login(Account.objects.get(id=account_id))
        if acting_for:
            session = self.client.session
            session[ACTING_FOR] = str(acting_for)
            session.save()

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(V1 + path, query)

    def send(self, path: str, body: Any, *, key: str | None = None, method: str = "post", **headers: str) -> Any:
        text = body if isinstance(body, str) else json.dumps(body)
        headers |= {"Idempotency-Key": key or str(uuid7())} if key != "" else {}
        return getattr(self.client, method)(V1 + path, text, content_type="application/json", headers=headers)

    def act(self, case_id: UUID, action: str, **more: Any) -> Any:
        body = {"inputs": more.pop("inputs", {}), "expected_version": Case.objects.get(id=case_id).version}
        return self.send(f"/cases/{case_id}/acts/{action}", body | more.pop("body", {}), **more)


@pytest.fixture
def owner(world: World) -> Program:
    return Program(world.owner.account_id, acting_for=world.owner.mandate_id)


@pytest.fixture
def clerk(world: World) -> Program:
    return Program(world.staff["clerk"].account_id)


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.headers["Content-Type"] == "application/problem+json", response.content[:300]
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["status"], body["code"]) == (status, status, code), body
    return body


def test_the_description_is_public_and_complete(world: World) -> None:
    document = Program(None).get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    paths = set(document["paths"])
    for path in ("/cases/mine", "/cases/worklist", "/cases/{case_id}", "/cases/{case_id}/acts/{action}"):
        assert V1 + path in paths
    assert V1 + "/services/{code}/drafts" in paths
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            is_open = path.endswith("/session") or path.startswith(f"{V1}/law/")  # the law is everybody's
            assert operation.get("security") or is_open, f"{method} {path} is open"


def test_a_life_by_program(world: World, owner: Program, clerk: Program) -> None:
    """What the case offers, with the schema it gives, is what it takes."""
    case_id = world.draft()
    seen = owner.get(f"/cases/{case_id}").json()
    assert [o["action"] for o in seen["offers"]] == ["submit"] and seen["offers"][0]["open"]
    schema = seen["offers"][0]["inputs"]
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate({"declaration": ["yes"]})
    assert not Draft202012Validator(schema).is_valid({"declaration": []})
    done = owner.act(case_id, "submit", inputs={"declaration": ["yes"]})
    assert done.status_code == 200 and done.json()["state"] == "received"
    listed = clerk.get("/cases/worklist").json()["items"]
    assert [row["id"] for row in listed] == [str(case_id)] and listed[0]["due_at"]
    here = clerk.get(f"/cases/{case_id}").json()
    assert {"accept", "request_supplement", "not_accept"} <= {o["action"] for o in here["offers"]}
    for offer in here["offers"]:
        Draft202012Validator.check_schema(offer["inputs"])
    asked = next(o for o in here["offers"] if o["action"] == "remind_supplement")
    assert not asked["open"] and asked["blockers"][0]["code"] == "nothing-demanded"
    code = CaseMaterial.objects.filter(case_id=case_id).first().code
    assert clerk.act(case_id, "request_supplement", inputs={f"material__{code}": "看不清"}).status_code == 200
    version = Case.objects.get(id=case_id).version
    answer = owner.client.post(
        f"{V1}/cases/{case_id}/acts/supply/with-files",
        {"expected_version": str(version), code: SimpleUploadedFile("新.pdf", PDF + b"%%")},
        headers={"Idempotency-Key": "supply-by-program"},
    )
    assert answer.status_code == 200, answer.content
    kinds = [line["kind"] for line in owner.get(f"/cases/{case_id}/history").json()]
    assert kinds[-1] == "cases.supply"
    assert [c["rule"].split("@")[0] for c in owner.get(f"/cases/{case_id}").json()["clocks"]] == ["L1"]
    assert owner.get(f"/cases/{case_id}/documents").json() == []


def test_lists_are_paged_by_cursor(world: World, owner: Program) -> None:
    made = {str(world.draft()) for _n in range(3)}
    first = owner.get("/cases/mine", size=2).json()
    second = owner.get("/cases/mine", size=2, after=first["next"]).json()
    assert {row["id"] for row in first["items"] + second["items"]} == made and second["next"] is None
    problem(owner.get("/cases/mine", after="bm9uc2Vuc2U"), 422, "bad-cursor")
    problem(owner.get("/cases/mine", size=100_000), 422, "malformed")


def test_nobody_signed_in_and_no_token(world: World) -> None:
    case_id = world.submitted()
    problem(Program(None).get(f"/cases/{case_id}"), 401, "login-needed")
    guarded = Program(world.owner.account_id, acting_for=world.owner.mandate_id, csrf=True)
    problem(guarded.act(case_id, "withdraw"), 403, "csrf-failed")
    token = guarded.get("/session").json()["csrf_token"]
    assert guarded.act(case_id, "withdraw", **{"X-CSRFToken": token}).status_code == 200


def test_a_stranger_and_another_unit_see_nothing(world: World) -> None:
    case_id = world.submitted()
    for who in (world.stranger, world.staff["outsider"]):
        program = Program(who.account_id)
        for path in ("", "/history", "/documents", "/form", f"/documents/{uuid7()}", f"/materials/{uuid7()}"):
            problem(program.get(f"/cases/{case_id}{path}"), 404, "not-found")
        problem(program.act(case_id, "accept"), 404, "not-found")
        assert program.get("/cases/worklist").json()["items"] == []
    problem(Program(world.stranger.account_id).get("/cases/not-a-uuid"), 404, "not-found")


def test_the_same_key_answers_alike_and_another_body_is_refused(world: World, owner: Program, clerk: Program) -> None:
    case_id = world.submitted()
    version = Case.objects.get(id=case_id).version
    body = {"inputs": {}, "expected_version": version}
    first = clerk.send(f"/cases/{case_id}/acts/accept", body, key="accept-once")
    again = clerk.send(f"/cases/{case_id}/acts/accept", body, key="accept-once")
    assert first.json() == again.json() and first.status_code == again.status_code == 200
    assert Event.objects.filter(kind="cases.accept", subject_id=case_id).count() == 1
    problem(
        clerk.send(f"/cases/{case_id}/acts/accept", body | {"expected_version": 99}, key="accept-once"), 409,
        "idempotency-key-reused",
    )  # fmt: skip
    problem(clerk.send(f"/cases/{case_id}/acts/accept", body, key="accept-twice"), 409, "conflict")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"inputs": {}}, "expected_version"),
        ({"inputs": {}, "expected_version": -1}, "expected_version"),
        ({"inputs": {}, "expected_version": "3"}, "expected_version"),
        ({"inputs": {}, "expected_version": True}, "expected_version"),
        ({"inputs": {}, "expected_version": 1.5}, "expected_version"),
        ({"inputs": [], "expected_version": 3}, "inputs"),
        ({"inputs": {}, "expected_version": 3, "state": "approved"}, "state"),
        ([], "body"),
        (None, "body"),
    ],
)
def test_a_malformed_body_is_named_by_field(world: World, clerk: Program, body: Any, field: str) -> None:
    case_id = world.submitted()
    found = problem(clerk.send(f"/cases/{case_id}/acts/accept", body), 422, "malformed")
    assert field in {e["field"] for e in found["errors"]}
    assert Case.objects.get(id=case_id).state == "received"


def test_what_is_not_json_at_all(world: World, clerk: Program) -> None:
    case_id = world.submitted()
    for text in ("", "{", "\x00", "[" * 5000):
        assert clerk.send(f"/cases/{case_id}/acts/accept", text).status_code in {400, 422}
    problem(clerk.act(case_id, "accept", key=""), 422, "malformed")
    problem(clerk.act(case_id, "accept", key="short"), 422, "malformed")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"inputs": {"\\ud800": "x"}, "expected_version": 3}', "不完整"),
        ('{"inputs": {}, "inputs": {"reason": "x"}, "expected_version": 3}', "两次"),
        ('{"inputs": {"reason": NaN}, "expected_version": 3}', "数字"),
        ('{"inputs": {}, "expected_version": 1e999}', "数字"),
        ('{"inputs": ' + '{"a":' * 3000 + "1" + "}" * 3000 + "}", "太深"),
    ],
)
def test_json_that_means_no_one_thing_is_refused_in_words(
    world: World, owner: Program, clerk: Program, text: str, says: str
) -> None:
    case_id, draft_id = world.submitted(), world.draft()
    for program, path, method in (
        (clerk, f"/cases/{case_id}/acts/not_accept", "post"),
        (owner, f"/cases/{draft_id}/draft", "patch"),
        (owner, f"/services/{world.package.code}/drafts", "post"),
    ):
        found = problem(
            program.send(path, text.replace("inputs", _BODY.get(method, "inputs")), method=method), 422, "not-json"
        )
        assert says in found["title"]
    assert Case.objects.get(id=case_id).state == "received"


_BODY = {"patch": "values"}


def test_too_much_json_is_said_to_be_too_much(world: World, owner: Program, clerk: Program) -> None:
    case_id, draft_id = world.submitted(), world.draft()
    problem(clerk.act(case_id, "not_accept", inputs={"reason": "x" * 3_000_000}), 413, "too-large")
    problem(clerk.act(case_id, "not_accept", inputs={f"k{n}": "x" for n in range(501)}), 422, "malformed")
    many = {"values": {f"k{n}": "x" for n in range(501)}}
    problem(owner.send(f"/cases/{draft_id}/draft", many, method="patch"), 422, "malformed")


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({"ground": "not_accept.no_licence_needed", "reason": ["a", "b"]}, "reason"),
        ({"ground": "not_accept.no_licence_needed", "reason": {"$gt": ""}}, "reason"),
        ({"ground": ["not_accept.no_licence_needed", "x"], "reason": "x"}, "ground"),
        ({"ground": "refuse.quota_used_up", "reason": "x"}, "ground"),
        ({"ground": "not_accept.no_licence_needed", "reason": "x", "decided_at": "2020-01-01"}, "decided_at"),
        ({"ground": "not_accept.no_licence_needed", "reason": "x", "_version": "1"}, "_version"),
        ({"ground": "not_accept.no_licence_needed", "reason": "x", "next": "/"}, "next"),
        ({"reason": "x"}, "ground"),
    ],
)
def test_wrong_inputs_are_named_by_field(world: World, clerk: Program, inputs: Any, field: str) -> None:
    case_id = world.submitted()
    response = clerk.act(case_id, "not_accept", inputs=inputs)
    assert response.status_code == 422 and field in {e["field"] for e in response.json()["errors"]}, response.content
    assert Case.objects.get(id=case_id).state == "received"


def test_a_refusal_cites_its_rule(world: World, clerk: Program) -> None:
    case_id = world.submitted()
    world.act("clerk", case_id, "request_supplement", inputs={"field__area": "请核对"})
    world.act("owner", case_id, "supply", inputs={"area": "90"})
    found = problem(clerk.act(case_id, "request_supplement", inputs={}), 409, "second-supplement")
    assert found["rule"] == "L1"


def test_drafts_by_program(world: World, owner: Program) -> None:
    made = owner.send(f"/services/{world.package.code}/drafts", {"triage": {}})
    problem(made, 409, "past-triage")
    answers = {"what": "serve_meals", "small_by_area": "above", "small_by_kind": "not_small"}
    made = owner.send(f"/services/{world.package.code}/drafts", {"triage": {**answers, "invented": "\x00"}})
    assert made.status_code in {201, 409}, made.content  # the registers may not know this invented shop
    case_id = world.draft()
    row = Case.objects.get(id=case_id)
    saved = owner.send(f"/cases/{case_id}/draft", {"values": {"area": "120"}}, method="patch")
    assert saved.status_code == 200 and saved.json()["version"] == row.version + 1
    problem(
        owner.send(f"/cases/{case_id}/draft", {"values": {"area": "1"}, "expected_version": 1}, method="patch"),
        409, "conflict",
    )  # fmt: skip
    for values, field in (({"unheard": "1"}, "unheard"), ({"name": "别的店名"}, "name"), ({"area": 12}, "area")):
        response = owner.send(f"/cases/{case_id}/draft", {"values": values}, method="patch")
        assert response.status_code == 422 and field in {e["field"] for e in response.json()["errors"]}
    Draft202012Validator.check_schema(owner.get(f"/cases/{case_id}/form").json())

    code = CaseMaterial.objects.filter(case_id=case_id).first().code
    upload = {"file": SimpleUploadedFile("补.pdf", PDF + b"%%")}
    added = owner.client.post(f"{V1}/cases/{case_id}/materials/{code}", upload, headers={"Idempotency-Key": "add-it-1"})
    assert added.status_code == 201, added.content
    file_path = f"/cases/{case_id}/materials/{added.json()['material_id']}"
    kept = owner.get(file_path)
    assert kept.content == PDF + b"%%" and "attachment" in kept.headers["Content-Disposition"]
    assert owner.client.delete(V1 + file_path).status_code == 200
    assert owner.client.delete(f"{V1}/cases/{case_id}/draft").status_code == 204
    problem(owner.get(f"/cases/{case_id}"), 404, "not-found")


def test_staff_get_phone_numbers_masked_and_the_applicant_whole(world: World) -> None:
    from tongqu.kernel.cases.queries import access_case

    case_id = world.submitted()
    by_staff = access_case(world.staff["clerk"], case_id=case_id, purpose="test").entries_shown
    by_owner = access_case(world.owner, case_id=case_id, purpose="test").entries_shown
    assert by_staff["contact_phone"]["value"] == "199****0001"
    assert by_owner["contact_phone"]["value"] == "19900000001"
