"""The counter: filing for somebody without an account, by the clerk's own page requests and by the verbs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from tongqu.domains.services.counter import filing as filings
from tongqu.domains.services.counter.models import Filing
from tongqu.foundation.identifiers import citizen_id_check
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import clock, relay
from tongqu.kernel.acts.errors import Conflict, NotFound, NotPermitted, Refused
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases import definition
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.tests.world import MONDAY, PDF, SYSTEM, World, complete_values
from tongqu.kernel.directory.models import MatterLead
from tongqu.kernel.identity.models import Account, Mandate, Party, PartyIdentifier
from tongqu.kernel.identity.operations import tie_staff_account
from tongqu.kernel.identity.queries import head_of
from tongqu.kernel.jobs import worker

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]

ITEM = "food-business-licence"
OWNER_ID = "99010219850915002"
OWNER_ID += citizen_id_check(OWNER_ID)
SHOP = "92990102MA7DEM016U"
FIRM = "91990102MA7DEM024R"  # in the demonstration's register; its head is 顾云帆


def number(first17: str) -> str:
    return first17 + citizen_id_check(first17)


def signed_in(who: str) -> Client:
    client = Client()
    account = Account.objects.get(username=f"t-{who}")
    client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def papers(**other: str) -> dict[str, str]:
    """What the clerk takes down for the head of a firm nobody has met yet."""
    taken = {
        "_key": str(uuid7()), "channel": "counter", "id_kind": "citizen_id", "id_no": number("99010219841130551"),
        "name": "顾云帆", "capacity": "head", "credit_code": FIRM,
    }  # fmt: skip
    return {**taken, **other}


def opened(client: Client, **other: str) -> Filing:
    before = set(Filing.objects.values_list("id", flat=True))
    reply = client.post(f"/desk/counter/new/{ITEM}", papers(**other))
    assert reply.status_code == 302, reply.content.decode()
    return Filing.objects.exclude(id__in=before).get()


def screen(row: Filing) -> str:
    return f"/desk/counter/filings/{row.id}"


def typed(world: World, row: Filing, do: str = "receive", **other: Any) -> dict[str, Any]:
    version = Case.objects.get(id=row.case_id).version
    return {**complete_values(world.package), "_do": do, "_key": str(uuid7()), "_version": str(version), **other}


def file(name: str = "图.pdf", data: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "application/pdf")


def received(client: Client, world: World, **other: str) -> Case:
    row = opened(client, **other)
    extra = {m: file() for m in ("premises_plan", "declaration")}
    reply = client.post(screen(row), typed(world, row, **extra))
    assert reply.status_code == 302 and reply["Location"].endswith("/done"), reply.content.decode()[:3000]
    return Case.objects.get(id=row.case_id)


# --- the walk-in -----------------------------------------------------------------------------------------------------


def test_a_walk_in_without_an_account_is_received(world: World) -> None:
    clerk = signed_in("clerk")
    case = received(clerk, world)
    row = Filing.objects.get(case_id=case.id)
    assert case.state == "received" and case.channel == "counter" and row.state == "submitted"
    page = clerk.get(f"{screen(row)}/done").content.decode()
    assert str(case.receipt_no) in page and str(case.upper_no) in page and "papers.pdf" not in page
    world.act("clerk", case.id, "accept")
    relay.drain()
    worker.run_pending()
    assert f"/desk/cases/{case.id}/papers.pdf" in clerk.get(f"{screen(row)}/done").content.decode()
    assert clerk.get(screen(row)).status_code == 302
    person = PartyIdentifier.objects.get(kind="citizen_id", party__name="顾云帆").party
    assert case.help["person"] == str(person.id) and head_of(case.applicant_id) == person.id
    assert Party.objects.get(id=case.applicant_id).name == "明川禾和餐饮管理有限公司"


def test_whose_words_they_are_is_on_record(world: World) -> None:
    case = received(signed_in("clerk"), world)
    account = str(world.staff["clerk"].account_id)
    values = definition.all_values(case)
    assert values["area"]["source"] == "helper" and values["area"]["helper"] == account
    assert values["area"]["confirmed_by"] == case.help["person"] != account
    assert values["name"]["source"] == "prefilled"
    submitted = Event.objects.get(subject_id=case.id, kind="cases.submit")
    assert submitted.actor["channel"] == "counter" and submitted.actor["account"] == account
    assert submitted.actor["on_behalf_of"] == str(case.applicant_id)
    said = submitted.body["help"]
    assert said["mandate"] == "window_helper" and said["capacity"] == "head"
    assert (
        said["identity"]
        == {"kind": "citizen_id", "how": "typed", "by": account, "at": MONDAY.isoformat().replace("T02", "T02")}
        or said["identity"]["how"] == "typed"
    )
    assert said["confirmed"]["how"] == "paper" and said["confirmed"]["material"]
    assert "顾云帆" not in str(submitted.body) and "99010219841130551" not in str(submitted.body)


def test_the_person_comes_back_with_an_account_and_sees_everything(world: World) -> None:
    case = received(signed_in("clerk"), world, id_no=OWNER_ID, name="陈立秋", credit_code=SHOP)
    assert case.applicant_id == world.shop
    page = signed_in("owner").get(f"/my/cases/{case.id}")
    assert page.status_code == 200 and str(case.case_no) in page.content.decode()


def test_known_people_and_firms_are_not_entered_twice(world: World) -> None:
    parties = Party.objects.count()
    received(signed_in("clerk"), world)
    assert Party.objects.count() == parties + 2
    received(signed_in("clerk2"), world)
    assert Party.objects.count() == parties + 2


def test_an_agent_shows_his_letter_of_authority(world: World) -> None:
    who = {"id_no": number("99010219930412117"), "name": "周明远甲", "capacity": "agent", "letter_until": "2026-06-30"}
    row = opened(signed_in("clerk"), **who)
    case = Case.objects.get(id=row.case_id)
    mandate = Mandate.objects.get(id=case.mandate_id)
    assert mandate.kind == "proxy" and mandate.scope == {"items": [ITEM]} and case.mandate_is_proxy
    assert mandate.proof["kind"] == "letter_of_authority_seen" and case.agent_id == mandate.agent_id
    assert str(mandate.valid_to.astimezone(clock.SHANGHAI).date()) == "2026-07-01"


def test_who_only_brings_the_papers_gets_no_rights(world: World) -> None:
    mandates = Mandate.objects.count()
    row = opened(signed_in("clerk"), id_no=number("99010219930412117"), name="周明远甲", capacity="bearer")
    case = Case.objects.get(id=row.case_id)
    assert case.agent_id is None and case.mandate_id is None and Mandate.objects.count() == mandates


@pytest.mark.parametrize(
    ("other", "field", "says"),
    [
        ({"id_no": "990102198411305511"}, "id_no", "校验位"), ({"id_no": ""}, "id_no", "请填写"),
        ({"name": ""}, "name", "请填写"), ({"name": "\u202e\u0000"}, "name", "字符"),
        ({"id_kind": "soul"}, "id_kind", "证件类型"),
        ({"capacity": "king"}, "capacity", "身份"), ({"capacity": "self"}, "capacity", "身份"),
        ({"credit_code": "91990102MA7DEM024X"}, "credit_code", "统一社会信用代码"),
        ({"name": "顾云凡"}, "capacity", "不是来人"),
        ({"firm_name": "别的公司"}, "firm_name", "明川禾和餐饮管理有限公司"),
        ({"capacity": "agent"}, "letter_until", "截止日期"),
        ({"capacity": "agent", "letter_until": "2026-01-01"}, "letter_until", "过期"),
        ({"capacity": "agent", "letter_until": "31/12/2026"}, "letter_until", "截止日期"),
        ({"phone": "123"}, "phone", "手机号码"), ({"id_no": OWNER_ID, "name": "陈立秋"}, "capacity", "不是来人"),
        ({"id_no": OWNER_ID, "name": "别人"}, "name", "不一致"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_entered(
    other: dict[str, str], field: str, says: str, world: World
) -> None:
    parties, events = Party.objects.count(), Event.objects.count()
    reply = signed_in("clerk").post(f"/desk/counter/new/{ITEM}", papers(**other))
    page = reply.content.decode()
    assert reply.status_code == 422, page[:500]
    assert says in page and f'href="#f-{field}"' in page
    assert "陈立秋" not in page or other.get("name") == "陈立秋", "a registered name is not told to who guesses it"
    assert not Filing.objects.exists() and Party.objects.count() == parties and Event.objects.count() == events


def test_a_firm_the_register_does_not_know_is_taken_from_its_licence_and_makes_nobody_its_head(world: World) -> None:
    code = "92990102MA7DEM067C"
    from tongqu.foundation.identifiers import credit_code_check

    code = code[:17] + credit_code_check(code[:17])
    assert signed_in("clerk").post(f"/desk/counter/new/{ITEM}", papers(credit_code=code)).status_code == 422
    row = opened(signed_in("clerk"), credit_code=code, firm_name="清溪区新张小馆")
    case = Case.objects.get(id=row.case_id)
    assert case.applicant_name == "清溪区新张小馆" and case.applicant_kind == "sole_trader"
    assert head_of(case.applicant_id) is None, "who may act on line comes from the register, not from a clerk's word"


# --- what is needed for receipt --------------------------------------------------------------------------------------


def test_nothing_is_received_without_the_applicants_confirmation(world: World) -> None:
    clerk = signed_in("clerk")
    row = opened(clerk)
    reply = clerk.post(screen(row), typed(world, row, premises_plan=file()))
    assert reply.status_code == 422 and 'href="#f-declaration"' in reply.content.decode()
    assert Case.objects.get(id=row.case_id).state == "draft"
    helper = filings.helper_of(world.staff["clerk"], Case.objects.get(id=row.case_id))
    with pytest.raises(Refused) as refused:
        cases.act(helper, case_id=row.case_id, action="submit", inputs={"declaration": ["yes"]})
    assert refused.value.code == "not-confirmed"


def test_a_change_after_the_signature_needs_a_new_one(world: World) -> None:
    clerk = signed_in("clerk")
    row = opened(clerk)
    clerk.post(screen(row), typed(world, row, "check", premises_plan=file(), declaration=file()))
    assert Case.objects.get(id=row.case_id).help.get("confirmed")
    reply = clerk.post(screen(row), typed(world, row, area="999"))
    assert reply.status_code == 422 and "重新确认" in reply.content.decode()
    assert not Case.objects.get(id=row.case_id).help.get("confirmed")
    assert clerk.post(screen(row), typed(world, row, area="999", declaration=file("新.pdf"))).status_code == 302
    assert Case.objects.get(id=row.case_id).state == "received"


def test_errors_stand_at_their_fields_and_nothing_typed_or_sent_is_lost(world: World) -> None:
    clerk = signed_in("clerk")
    row = opened(clerk)
    reply = clerk.post(screen(row), typed(world, row, area="很大", premises_plan=file()))
    page = reply.content.decode()
    assert reply.status_code == 422 and 'href="#f-area"' in page and 'value="很大"' in page and "图.pdf" in page
    again = clerk.get(screen(row)).content.decode()
    assert 'value="很大"' in again and "图.pdf" in again


def test_autosave_tells_what_is_missing(world: World) -> None:
    clerk = signed_in("clerk")
    row = opened(clerk)
    said = clerk.post(f"{screen(row)}/autosave", typed(world, row)).json()
    assert [m["id"] for m in said["missing"]] == ["f-premises_plan", "f-declaration"]
    assert said["version"] == Case.objects.get(id=row.case_id).version
    sent = clerk.post(f"{screen(row)}/files", {"premises_plan": file()}).json()
    assert [m["id"] for m in sent["missing"]] == ["f-declaration"] and sent["files"]["premises_plan"][0][
        "name"
    ] == "图.pdf"
    signed = clerk.post(f"{screen(row)}/files", {"declaration": file(), "c_how": "pad", "c_device": "PAD-1"}).json()
    assert signed["missing"] == [] and signed["confirmed"]
    assert Case.objects.get(id=row.case_id).help["confirmed"]["device"] == "PAD-1"


def test_a_file_that_is_refused_is_said_and_the_others_stay(world: World) -> None:
    clerk = signed_in("clerk")
    row = opened(clerk)
    bad = SimpleUploadedFile("表.exe", b"MZ" * 100)
    said = clerk.post(f"{screen(row)}/files", {"premises_plan": bad})
    assert said.status_code == 422 and "表.exe" in said.json()["error"]
    assert not said.json()["files"]


def test_nothing_but_a_draft_and_its_receipt_is_a_helpers(world: World) -> None:
    case = received(signed_in("clerk"), world)
    helper = filings.helper_of(world.staff["clerk"], case)
    for action in ("withdraw", "supply", "rate"):
        with pytest.raises((NotPermitted, Conflict)):
            cases.act(helper, case_id=case.id, action=action)
    with pytest.raises(NotFound):
        cases.save_draft(helper, case_id=case.id, values={"area": "1"})


# --- other hands -----------------------------------------------------------------------------------------------------


def test_another_units_clerk_is_told_whose_matter_it_is_and_enters_nobody(world: World) -> None:
    parties = Party.objects.count()
    reply = signed_in("outsider").post(f"/desk/counter/new/{ITEM}", papers())
    assert reply.status_code == 409 and "市场监督管理局" in reply.content.decode()
    assert Party.objects.count() == parties and not Case.objects.exists()


def test_a_counter_offers_what_its_unit_leads_and_nothing_else(world: World) -> None:
    """Else the first key would open another organ's matter, to be refused when all is typed."""
    here = f'href="/desk/counter/new/{ITEM}"'
    assert here in signed_in("clerk").get("/desk/counter").content.decode()
    assert here in signed_in("outsider").get("/desk/counter").content.decode(), "another district's bureau leads it too"
    MatterLead.objects.filter(unit_id=world.staff["clerk"].unit_id).update(valid_to=MONDAY.date() - timedelta(days=1))
    elsewhere = signed_in("clerk").get("/desk/counter").content.decode()
    assert here not in elsewhere and "您的窗口没有牵头受理的事项" in elsewhere


@pytest.mark.parametrize("path", ["", "/done", "/statement", "/drop"])
def test_another_units_clerk_finds_no_filing(path: str, world: World) -> None:
    row = opened(signed_in("clerk"))
    assert signed_in("outsider").get(f"{screen(row)}{path}").status_code == 404
    for client in (signed_in("reviewer"), signed_in("owner"), signed_in("officer")):
        assert client.get(f"{screen(row)}{path}").status_code == 403
    assert Client().get(f"{screen(row)}{path}").status_code == 302


@pytest.mark.parametrize("path", ["", "/autosave", "/files", "/take", "/drop", "/code", "/originals"])
def test_another_units_clerk_changes_nothing(path: str, world: World) -> None:
    row = opened(signed_in("clerk"))
    version, events = Case.objects.get(id=row.case_id).version, Event.objects.count()
    assert signed_in("outsider").post(f"{screen(row)}{path}", typed(world, row, what="x")).status_code == 404
    assert Case.objects.get(id=row.case_id).version == version and Event.objects.count() == events


def test_two_clerks_on_one_filing_the_second_is_told_who_has_it(world: World) -> None:
    first, second = signed_in("clerk"), signed_in("clerk2")
    row = opened(first)
    page = second.get(screen(row)).content.decode()
    assert "clerk某" in page and "接手" in page
    reply = second.post(screen(row), typed(world, row, area="77"))
    assert reply.status_code == 409 and "clerk某" in reply.content.decode()
    assert "area" not in definition.all_values(Case.objects.get(id=row.case_id))
    assert second.post(f"{screen(row)}/take", {"_version": str(row.version)}).status_code == 302
    late = first.post(screen(row), typed(world, row, area="55"))
    assert late.status_code == 409 and "clerk2某" in late.content.decode() and "55" in late.content.decode()
    assert second.post(screen(row), typed(world, row, "check", area="77")).status_code == 302
    assert definition.plain_values(Case.objects.get(id=row.case_id))["area"] == "77"
    taken = Event.objects.get(kind="cases.helper_changed")
    assert taken.body["from"] == str(world.staff["clerk"].account_id)


def test_two_take_it_over_at_once_and_one_is_told(world: World) -> None:
    row = opened(signed_in("clerk"))
    assert signed_in("clerk2").post(f"{screen(row)}/take", {"_version": "1"}).status_code == 302
    assert signed_in("clerk").post(f"{screen(row)}/take", {"_version": "1"}).status_code == 409


def test_an_old_page_does_not_overwrite_a_newer_one(world: World) -> None:
    clerk = signed_in("clerk")
    row = opened(clerk)
    old = typed(world, row, "check", area="11")
    clerk.post(screen(row), typed(world, row, "check", area="22"))
    assert clerk.post(screen(row), old).status_code == 409
    assert definition.plain_values(Case.objects.get(id=row.case_id))["area"] == "22"


def test_sent_twice_is_received_once(world: World) -> None:
    clerk = signed_in("clerk")
    row = opened(clerk)
    clerk.post(screen(row), typed(world, row, "check", premises_plan=file(), declaration=file()))
    form = typed(world, row)
    places = {clerk.post(screen(row), form)["Location"] for _ in range(3)}
    assert places == {f"{screen(row)}/done"}
    assert Event.objects.filter(kind="cases.submit").count() == 1


def test_the_papers_sent_in_twice_open_one_filing(world: World) -> None:
    clerk, form = signed_in("clerk"), papers()
    assert {clerk.post(f"/desk/counter/new/{ITEM}", form).status_code for _ in range(3)} == {302}
    assert Filing.objects.count() == 1
    other = clerk.post(f"/desk/counter/new/{ITEM}", {**form, "name": "顾云帆", "phone": "19900000009"})
    assert other.status_code == 409


def test_a_clerk_does_not_file_his_own_affair(world: World) -> None:
    account = world.staff["clerk"].account_id
    tie_staff_account(SYSTEM, account_id=account, party_id=world.owner.party_id)
    reply = signed_in("clerk").post(
        f"/desk/counter/new/{ITEM}", papers(id_no=OWNER_ID, name="陈立秋", credit_code=SHOP)
    )
    assert reply.status_code == 409 and "回避" in reply.content.decode()
    row = opened(signed_in("clerk2"), id_no=OWNER_ID, name="陈立秋", credit_code=SHOP)
    assert signed_in("clerk").post(f"{screen(row)}/take").status_code == 409


@override_settings(TQ_MAX_COUNTER_DRAFTS=3)
def test_unfinished_filings_have_a_limit_with_a_clear_answer(world: World) -> None:
    clerk = signed_in("clerk")
    for _ in range(3):
        opened(clerk)
    reply = clerk.post(f"/desk/counter/new/{ITEM}", papers())
    assert reply.status_code == 409 and "3 份" in reply.content.decode() and "作废" in reply.content.decode()
    assert Filing.objects.count() == 3


def test_what_is_thrown_away_is_wiped(world: World) -> None:
    clerk = signed_in("clerk")
    row = opened(clerk)
    clerk.post(screen(row), typed(world, row, "check"))
    assert clerk.post(f"{screen(row)}/drop").status_code == 302
    assert definition.all_values(Case.objects.get(id=row.case_id)) == {}
    assert "明川禾和" not in clerk.get("/desk/counter").content.decode()
