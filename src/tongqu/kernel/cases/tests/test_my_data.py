"""My data: what is held with where it came from, who read it and why, and the copy, as pages and as a ZIP."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from jsonschema import Draft202012Validator

from tests.rig.queries import count_queries
from tongqu.kernel.acts import clock
from tongqu.kernel.acts.errors import Conflict, NotFound, NotPermitted, StrongerLoginNeeded
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases.queries import access_case
from tongqu.kernel.cases.tests.persons import NAME, PHONE, PersonWorld, person_world
from tongqu.kernel.cases.tests.test_papers import work
from tongqu.kernel.cases.tests.world import MONDAY, SYSTEM, World
from tongqu.kernel.identity import copying, operations, queries_rights
from tongqu.kernel.identity.models import Account, DataCopy
from tongqu.kernel.identity.tests import people
from tongqu.kernel.identity.vault import Erased
from tongqu.kernel.identity.work import drop_copies
from tongqu.kernel.records.queries import blob

MANAGER = "白书宁"


@pytest.fixture
def own(world: World, settings: Any, tmp_path: Path) -> Iterator[PersonWorld]:
    settings.TQ_BLOB_DIR = tmp_path / "blobs"
    with clock.at(MONDAY):
        yield person_world(world)


@pytest.fixture
def client(own: PersonWorld) -> Client:
    account = Account.objects.get(id=own.owner.account_id)
    account.set_password(people.PASSWORD)
    account.save()
    client = Client()
    client.post(reverse("account_login"), {"login": account.username, "password": people.PASSWORD})
    return client


def prove_again(client: Client) -> None:
    response = client.post(reverse("account_reauthenticate"), {"password": people.PASSWORD, "next": "/account/data"})
    assert response.status_code == 302


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


# --- pages -----------------------------------------------------------------------------------------------------------


def test_the_overview_names_every_category_with_its_ground_and_takes_a_fixed_number_of_queries(
    own: PersonWorld, client: Client
) -> None:
    own.submitted()
    with count_queries() as first:
        page = client.get(reverse("my_data")).content.decode()
    for title in ("身份信息", "联系方式", "办理的事项", "交来的文件", "电子档案", "消息", "个人信息保护法"):
        assert title in page
    for _n in range(3):
        own.submitted()
    with count_queries() as second:
        client.get(reverse("my_data"))
    assert len(second.statements) == len(first.statements) <= 45


def test_a_case_shows_each_value_with_where_it_came_from_and_a_way_to_say_it_is_wrong(
    own: PersonWorld, client: Client
) -> None:
    case_id = own.submitted()
    page = client.get(reverse("my_data_section", args=["cases"])).content.decode()
    assert NAME in page and "截至2026-03-01" in page and "您填写" in page
    assert PHONE not in page and "199****5678" in page
    assert f"about=case%3A{case_id}%3Acontact_phone" in page
    with count_queries() as one:
        client.get(reverse("my_data_section", args=["cases"]))
    own.submitted()
    own.submitted()
    with count_queries() as three:
        client.get(reverse("my_data_section", args=["cases"]))
    assert len(three.statements) == len(one.statements)


def test_whole_numbers_only_after_proving_oneself_again_and_on_record(own: PersonWorld, client: Client) -> None:
    from tongqu.kernel.acts.models import ReadLog

    masked = client.get(reverse("my_data_section", args=["identity"])).content.decode()
    assert own.id_no not in masked
    response = client.get(reverse("my_data_numbers"))
    assert response.status_code == 302 and response["Location"].startswith(reverse("account_reauthenticate"))
    prove_again(client)
    page = client.get(reverse("my_data_numbers"))
    assert own.id_no in page.content.decode() and PHONE in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert ReadLog.objects.filter(party_id=own.shop, subject_kind="party.citizen_id", purpose="reveal").count() == 1


def test_who_read_it_is_told_by_unit_and_purpose_without_names_and_with_refused_tries(
    own: PersonWorld, client: Client
) -> None:
    case_id = own.submitted()
    access_case(own.staff["clerk"], case_id=case_id, purpose="desk")
    with pytest.raises(NotFound):
        access_case(own.stranger, case_id=case_id, purpose="own_case")
    page = client.get(reverse("my_data_readings")).content.decode()
    assert "市场监督管理局的工作人员" in page and "办理您的事项" in page
    assert "其他用户" in page and "被拒绝，没有看到内容" in page
    assert own.staff["clerk"].name not in page and own.stranger.name not in page
    own_visits = client.get(reverse("my_data_readings") + "?own=1").content.decode()
    assert own_visits.count("card__title") >= page.count("card__title")


@pytest.mark.parametrize("code", ["nonsense", "cases; drop", "../etc", "identity"])
def test_strange_addresses_and_cursors_are_answered_plainly(own: PersonWorld, client: Client, code: str) -> None:
    response = client.get(f"/account/data/held/{code}?after=%00forged")
    assert response.status_code in {400, 404, 422}


def test_nobody_else_comes_near(own: PersonWorld) -> None:
    with pytest.raises(NotPermitted):
        queries_rights.access_own(own.staff["clerk"])
    with pytest.raises(StrongerLoginNeeded):
        queries_rights.access_own(people.nobody().__class__(tenant_id=SYSTEM.tenant_id, kind="person"))
    assert Client().get(reverse("my_data")).status_code == 302
    made = operations.ask_copy(own.owner, party_id=own.shop)
    other = own.stranger
    with pytest.raises(NotPermitted):
        operations.ask_copy(other, party_id=own.shop)
    with pytest.raises(NotFound):
        operations.take_copy(other, copy_id=UUID(made["copy_id"]))


# --- the copy --------------------------------------------------------------------------------------------------------


def test_the_copy_fits_its_schema_holds_the_files_and_nobody_elses_data(own: PersonWorld) -> None:
    case_id = own.granted(manager_is="other", manager_name=MANAGER)
    work()
    steps: list[tuple[int, int]] = []
    packed = copying.pack(queries_rights.subject_of(own.shop), progress=lambda done, total: steps.append((done, total)))
    parts = unpacked(packed.data)
    told = json.loads(parts["data.json"])
    schema = json.loads(parts["schema.json"])
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(told)
    assert packed.sha256 == hashlib.sha256(packed.data).hexdigest()
    assert own.id_no in parts["data.json"].decode() and PHONE in parts["data.json"].decode()
    for name in ("data.json", "index.html"):
        text = parts[name].decode()
        assert MANAGER not in text and "990102" in text
        assert not any(actor.name in text for actor in own.staff.values())
    cases = next(s for s in told["sections"] if s["code"] == "cases")["records"]
    assert [row["id"] for row in cases] == [str(case_id)]
    phone = next(d for d in cases[0]["data"] if d["element"] == "contact.phone")
    assert (phone["value"], phone["source"], phone["shown"]) == (PHONE, "typed", "199****5678")
    prefilled = [d for d in cases[0]["data"] if d["source"] == "prefilled"]
    assert prefilled and all(d["as_of"] == "2026-03-01" and d["source_name"] for d in prefilled)
    assert told["files"] and all(not f["missing"] for f in told["files"])
    for file in told["files"]:
        assert hashlib.sha256(parts[file["path"]]).hexdigest() == file["sha256"]
        assert file["path"].startswith("files/") and ".." not in file["path"]
    assert "<script" not in parts["index.html"].decode()
    assert steps == sorted(steps) and steps[-1][0] == steps[-1][1]


def test_asking_making_taking_and_the_end_of_a_copy(own: PersonWorld, client: Client) -> None:
    own.submitted()
    ask = client.get(reverse("my_data_copy")).content.decode()
    key = ask.split('name="_key" value="')[1].split('"')[0]
    refused = client.post(reverse("my_data_copy"), {"_key": key})
    assert refused["Location"].startswith(reverse("account_reauthenticate")) and not DataCopy.objects.exists()
    prove_again(client)
    for _press in range(2):
        assert client.post(reverse("my_data_copy"), {"_key": key}).status_code == 302
    row = DataCopy.objects.get()
    assert row.state == DataCopy.State.WAITING
    again = operations.ask_copy(own.owner, party_id=own.shop)  # the other tab: the same one
    assert again["copy_id"] == str(row.id)
    with pytest.raises(Conflict):
        operations.take_copy(own.owner, copy_id=row.id)
    work()
    row.refresh_from_db()
    assert row.state == DataCopy.State.READY and row.done == row.total > 10
    taken = client.get(reverse("my_data_download", args=[row.id]))
    assert taken.status_code == 200 and taken["Content-Type"] == "application/zip"
    assert "no-store" in taken["Cache-Control"] and hashlib.sha256(taken.content).hexdigest() == row.sha256
    assert Event.objects.filter(kind="identity.copy_taken").count() == 1
    assert str(row.id) in client.get(reverse("my_data_copy")).content.decode()
    another = Client()
    other = people.citizen("another", phone=people.phone_no())
    another.post(reverse("account_login"), {"login": other.username, "password": people.PASSWORD})
    prove_again(another)
    assert another.get(reverse("my_data_download", args=[row.id])).status_code == 404
    with clock.at(MONDAY + timedelta(days=8)):
        with pytest.raises(Conflict):
            operations.take_copy(own.owner, copy_id=row.id)
        assert drop_copies.function() == 1
        row.refresh_from_db()
        assert (row.state, row.blob_id) == (DataCopy.State.GONE, None)


def test_a_copy_goes_with_the_person_whether_made_or_waiting(own: PersonWorld) -> None:
    made = operations.ask_copy(own.owner, party_id=own.shop)
    work()
    row = DataCopy.objects.get(id=made["copy_id"])
    assert row.state == DataCopy.State.READY and row.blob_id is not None
    blob_id = row.blob_id
    operations.ask_copy(own.owner, party_id=own.shop)
    operations.destroy_person_key(SYSTEM, party_id=own.shop, ground="erase.purpose_met")
    with pytest.raises(Erased):
        blob(own.owner.tenant_id, blob_id)
    work()  # the job of the second finds nothing to do
    assert set(DataCopy.objects.values_list("state", flat=True)) == {DataCopy.State.GONE}


def test_a_file_that_is_lost_costs_the_copy_only_itself(own: PersonWorld, settings: Any) -> None:
    own.submitted()
    next(p for p in Path(settings.TQ_BLOB_DIR).rglob("*") if p.is_file()).unlink()
    told = json.loads(unpacked(copying.pack(queries_rights.subject_of(own.shop)).data)["data.json"])
    assert [f["missing"] for f in told["files"]].count(True) == 1


def test_what_the_platform_did_by_itself_says_so_with_its_rule(own: PersonWorld, client: Client) -> None:
    from tongqu.kernel.law.work import sweep

    own.submitted()
    with clock.at(MONDAY + timedelta(days=10)):
        sweep()
    page = client.get(reverse("my_data_section", args=["automatic"])).content.decode()
    assert "视为受理" in page and "没有人工判断" in page and "行政许可法" in page
    assert reverse("my_data_request", args=["object"]) in page


def test_what_the_pages_ask_of_the_database_is_on_record(own: PersonWorld, client: Client, visit: Any) -> None:
    case_id = own.submitted()
    access_case(own.staff["clerk"], case_id=case_id, purpose="desk")
    for url in ("/account/data", "/account/data/readings", "/account/data/copy", "/account/data/request/erase"):
        assert visit(client, url).status_code == 200
    for code in ("cases", "identity", "sign_ins", "automatic", "files"):
        assert visit(client, f"/account/data/held/{code}", label=code).status_code == 200
    about = f"?about=case:{case_id}:contact_phone"
    assert visit(client, f"/account/data/request/correct{about}", label="correct").status_code == 200
    prove_again(client)
    assert visit(client, "/account/data/numbers").status_code == 200
