"""Callers, the day book, shifts and originals, readers that sign."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import override_settings

from tongqu.domains.services.counter import daybook, readers, shifts
from tongqu.domains.services.counter import filing as filings
from tongqu.domains.services.counter.models import DayLine, Filing, Handover, HandoverLine, HeldOriginal
from tongqu.domains.services.tests.test_counter import (
    OWNER_ID,
    SHOP,
    file,
    number,
    opened,
    papers,
    received,
    screen,
    signed_in,
    typed,
)
from tongqu.foundation.canonical import canonical_bytes
from tongqu.foundation.crypto import Ed25519Signer
from tongqu.kernel.acts import clock, relay
from tongqu.kernel.acts.errors import Conflict, NotFound, NotPermitted
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.tests.world import MONDAY, World
from tongqu.kernel.notices.models import DemoMessage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]

CALLER = {
    "channel": "phone", "id_no": OWNER_ID, "name": "陈立秋", "credit_code": SHOP, "questions": ["born", "id_tail"],
}  # fmt: skip


def code_sent() -> str:
    text = DemoMessage.objects.order_by("-id").values_list("text", flat=True)[0]
    return re.findall(r"\d{6}", text)[0]


# --- callers ---------------------------------------------------------------------------------------------------------


def test_a_caller_confirms_by_the_code_sent_to_his_own_telephone(world: World) -> None:
    clerk = signed_in("clerk")
    row = opened(clerk, **CALLER)
    clerk.post(screen(row), typed(world, row, "check", premises_plan=file()))
    page = clerk.post(f"{screen(row)}/code", typed(world, row), follow=True).content.decode()
    assert "199****0001" in page and code_sent() not in page
    assert clerk.post(screen(row), typed(world, row, c_code=code_sent())).status_code == 302
    case = Case.objects.get(id=row.case_id)
    assert case.state == "received" and case.help["confirmed"]["how"] == "code"
    assert case.help["identity"]["how"] == "phone" and case.help["identity"]["questions"] == ["born", "id_tail"]
    assert code_sent() not in str(list(Event.objects.values_list("body", flat=True)))


@pytest.mark.parametrize(
    ("other", "status", "says"),
    [
        ({"questions": ["born"]}, 422, "至少核对对 2 个"), ({"questions": []}, 422, "至少"),
        ({"questions": ["born", "born"]}, 422, "至少"), ({"questions": ["x", "y", "z"]}, 422, "至少"),
        ({"capacity": "bearer"}, 422, "电话"),
        ({"id_no": number("99010219930412117"), "name": "没登记的人"}, 409, "已在本平台登记"),
        ({"capacity": "agent", "letter_until": "2026-12-31", "id_no": number("99010219900307001"), "name": "周明远"},
         409, "代理权限"),
    ],
)  # fmt: skip
def test_what_may_not_be_done_by_telephone(other: dict[str, Any], status: int, says: str, world: World) -> None:
    reply = signed_in("clerk").post("/desk/counter/new/food-business-licence", papers(**{**CALLER, **other}))
    assert reply.status_code == status and says in reply.content.decode()
    assert not Filing.objects.exists()


def test_codes_wrong_old_and_too_many(world: World) -> None:
    clerk = signed_in("clerk")
    row = opened(clerk, **CALLER)
    clerk.post(screen(row), typed(world, row, "check", premises_plan=file()))
    none = clerk.post(screen(row), typed(world, row, "code", c_code="123456"))
    assert none.status_code == 422 and "失效" in none.content.decode()
    clerk.post(f"{screen(row)}/code", typed(world, row))
    right = code_sent()
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(5):
        reply = clerk.post(screen(row), typed(world, row, "code", c_code=wrong))
        assert reply.status_code == 422 and "验证码不对" in reply.content.decode()
    locked = clerk.post(screen(row), typed(world, row, "code", c_code=right))
    assert locked.status_code == 422 and "次数太多" in locked.content.decode()
    clerk.post(f"{screen(row)}/code", typed(world, row))
    with clock.at(MONDAY.replace(hour=11)):
        late = clerk.post(screen(row), typed(world, row, "code", c_code=code_sent()))
    assert late.status_code == 422 and "失效" in late.content.decode()
    clerk.post(f"{screen(row)}/code", typed(world, row))
    assert clerk.post(f"{screen(row)}/code", typed(world, row)).status_code == 409
    assert Event.objects.filter(kind="counter.code_wrong").count() == 5


def test_a_code_confirms_what_was_there_and_no_later_change(world: World) -> None:
    clerk = signed_in("clerk")
    row = opened(clerk, **CALLER)
    clerk.post(screen(row), typed(world, row, "check", premises_plan=file()))
    clerk.post(f"{screen(row)}/code", typed(world, row))
    used = code_sent()
    assert clerk.post(screen(row), typed(world, row, "code", c_code=used)).status_code == 302
    assert clerk.post(screen(row), typed(world, row, area="500")).status_code == 422
    assert clerk.post(screen(row), typed(world, row, area="500", c_code=used)).status_code == 422, "used up"


# --- readers that sign ----------------------------------------------------------------------------------------------


def reading(world: World, signer: Ed25519Signer | None, **other: str) -> str:
    card = {"kind": "citizen_id", "name": "顾云帆", "number": number("99010219841130551")}
    nonce = readers.new_nonce(str(world.staff["clerk"].account_id))
    said: dict[str, Any] = {**card, "device": "R-1", "nonce": nonce, "read_at": "2026-03-02T10:00:00+08:00", **other}
    if signer:
        made = signer.sign(canonical_bytes({n: said[n] for n in readers.SIGNED}))
        said["signature"] = {"alg": made.alg, "key_id": made.key_id, "value": base64.b64encode(made.value).decode()}
    return json.dumps(said)


@pytest.fixture
def signer(tmp_path: Path) -> Iterator[Ed25519Signer]:
    made = Ed25519Signer.generate()
    keys = tmp_path / "readers.yaml"
    keys.write_text(f'readers:\n  - {{device: R-1, public_key: "{base64.b64encode(made.public_bytes).decode()}"}}\n')
    with override_settings(TQ_BRIDGE_READERS=str(keys)):
        yield made


def identity_of(row: Filing) -> dict[str, Any]:
    return Case.objects.get(id=row.case_id).help["identity"]  # type: ignore[no-any-return]


def test_a_signed_reading_is_on_record_with_its_device(world: World, signer: Ed25519Signer) -> None:
    said = identity_of(opened(signed_in("clerk"), reading=reading(world, signer)))
    assert (said["how"], said["device"], said["signed"]) == ("reader", "R-1", "good")


def test_an_unsigned_reading_is_a_readers_without_a_signature(world: World) -> None:
    said = identity_of(opened(signed_in("clerk"), reading=reading(world, None)))
    assert (said["how"], said["signed"]) == ("reader", "")


def test_what_was_changed_after_the_reading_counts_as_typed(world: World, signer: Ed25519Signer) -> None:
    raw = reading(world, signer)
    row = opened(signed_in("clerk"), reading=raw, id_no=OWNER_ID, name="陈立秋", credit_code=SHOP)
    assert identity_of(row)["how"] == "typed"


def test_forged_foreign_and_old_readings_are_refused(world: World, signer: Ed25519Signer) -> None:
    clerk, url = signed_in("clerk"), "/desk/counter/new/food-business-licence"
    forged = reading(world, Ed25519Signer.generate())
    altered = json.dumps({**json.loads(reading(world, signer)), "device": "R-2"})
    foreign = reading(world, signer, nonce=readers.new_nonce(str(world.staff["clerk2"].account_id)))
    made_up = reading(world, signer, nonce="x" * 40)
    for raw in (forged, altered, foreign, made_up):
        reply = clerk.post(url, papers(reading=raw))
        assert reply.status_code == 422 and "请重新读卡" in reply.content.decode(), raw
    assert not Filing.objects.exists()


@pytest.mark.parametrize("raw", ["{", "[]", "null", "1" * 5000, '{"kind": {}}', '{"signature": 7}', "\ud800" * 3])
def test_readings_that_are_none_count_as_typed(raw: str, world: World) -> None:
    kept = raw.encode("utf-8", "replace").decode()
    assert identity_of(opened(signed_in("clerk"), reading=kept))["how"] == "typed"


@pytest.mark.parametrize("device", ["R\x00", "\ud800"])
def test_a_reading_whose_device_cannot_be_stored_is_none(device: str, world: World) -> None:
    row = opened(signed_in("clerk"), reading=reading(world, None, device=device))
    assert identity_of(row)["how"] == "typed" and "device" not in identity_of(row)


# --- the day book ---------------------------------------------------------------------------------------------------


def test_the_day_book_tells_what_was_taken_told_and_given(world: World) -> None:
    clerk = signed_in("clerk")
    case = received(clerk, world)
    world.act("clerk", case.id, "accept")
    received(signed_in("clerk2"), world)
    relay.drain()
    mine = daybook.access_book(world.staff["clerk"], unit_id=UUID(str(case.unit_id)), day=MONDAY.date(),
                               clerk_id=world.staff["clerk"].account_id)  # fmt: skip
    assert mine.groups == {"took": 1, "told": 1} and [line.case_no for line in mine.lines] == [case.case_no] * 2
    everybody = daybook.access_book(world.staff["clerk"], unit_id=UUID(str(case.unit_id)), day=MONDAY.date())
    assert everybody.groups == {"took": 2, "told": 1}
    page = clerk.get("/desk/counter/daybook?clerk=all").content.decode()
    assert page.count(str(case.case_no)) >= 2 and "clerk2某" in page
    assert "这一天没有记录" in clerk.get("/desk/counter/daybook?day=2026-03-01").content.decode()
    assert "日期写法有误" in clerk.get("/desk/counter/daybook?day=gestern&clerk=x").content.decode()


def test_the_day_book_is_the_events_and_can_be_made_anew(world: World) -> None:
    received(signed_in("clerk"), world)
    relay.drain()
    before = list(DayLine.objects.order_by("event_id").values_list("event_id", "what", "group", "clerk_id"))
    DayLine.objects.all().delete()
    assert daybook.rebuild(world.staff["clerk"].tenant_id, MONDAY.date()) == len(before) > 0
    daybook.rebuild(world.staff["clerk"].tenant_id, MONDAY.date())
    assert list(DayLine.objects.order_by("event_id").values_list("event_id", "what", "group", "clerk_id")) == before


def test_the_day_book_offers_no_person_that_is_none(world: World) -> None:
    page = signed_in("clerk").get("/desk/counter/daybook").content.decode()
    chosen = re.findall(r"<select.*?</select>", page, re.S)[0]
    assert "请选择" not in chosen and "整个窗口" in chosen


@pytest.mark.parametrize("typed_as", ["3", "3号", "3号窗口"])
def test_a_window_is_called_by_its_number(typed_as: str, world: World) -> None:
    shifts.open_shift(filings.at_window(world.staff["clerk"]), unit_id=unit_of(world), window=typed_as)
    page = signed_in("clerk").get("/desk/counter/shift").content.decode()
    assert "3号窗口" in page and "号号" not in page


def test_another_unit_reads_no_day_book(world: World) -> None:
    case = received(signed_in("clerk"), world)
    relay.drain()
    with pytest.raises(NotPermitted):
        daybook.access_book(world.staff["outsider"], unit_id=UUID(str(case.unit_id)), day=MONDAY.date())
    assert str(case.case_no) not in signed_in("outsider").get("/desk/counter/daybook?clerk=all").content.decode()


def test_the_day_book_as_excel_holds_text_and_no_formulas(world: World) -> None:
    clerk = signed_in("clerk")
    case = received(clerk, world)
    Case.objects.filter(id=case.id).update(applicant_name="=HYPERLINK(1)")
    relay.drain()
    reply = clerk.get("/desk/counter/daybook.xlsx")
    book = zipfile.ZipFile(io.BytesIO(reply.content))
    strings = book.read("xl/sharedStrings.xml").decode()
    assert str(case.case_no) in strings and "=HYPERLINK(1)" in strings
    assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()


# --- shifts ---------------------------------------------------------------------------------------------------------


def unit_of(world: World) -> UUID:
    return UUID(str(world.staff["clerk"].unit_id))


def on_shift(world: World, who: str = "clerk") -> str:
    actor = filings.at_window(world.staff[who])
    return str(shifts.open_shift(actor, unit_id=unit_of(world), window="3")["shift_id"])


def handed(world: World) -> Handover:
    """clerk hands a draft and an original to clerk2."""
    on_shift(world)
    clerk = signed_in("clerk")
    row = opened(clerk)
    assert clerk.post(f"{screen(row)}/originals", {"what": "营业执照正本"}).status_code == 302
    taker = str(world.staff["clerk2"].account_id)
    reply = clerk.post("/desk/counter/shift", {"_do": "close", "taker": taker, "note": "请接着催材料"})
    assert reply.status_code == 302, reply.content.decode()[:2000]
    return Handover.objects.get()


def test_a_shift_is_handed_over_line_by_line(world: World) -> None:
    made = handed(world)
    lines = {line.kind: line for line in HandoverLine.objects.all()}
    assert set(lines) == {"draft", "original"}
    taker = signed_in("clerk2")
    assert "等您确认" in taker.get("/desk/counter/shift").content.decode()
    url = f"/desk/counter/handovers/{made.id}"
    half = taker.post(url, {f"state_{lines['draft'].id}": "confirmed"})
    assert half.status_code == 302 and Filing.objects.get().clerk_id == world.staff["clerk2"].account_id
    bare = taker.post(url, {f"state_{lines['original'].id}": "disputed"})
    assert bare.status_code == 422 and "请写明异议" in bare.content.decode()
    full = {f"state_{lines['original'].id}": "disputed", f"remark_{lines['original'].id}": "没有见到"}
    assert taker.post(url, full).status_code == 302
    made.refresh_from_db()
    assert made.answered_at and HeldOriginal.objects.get().holder_id == world.staff["clerk"].account_id
    kinds = list(Event.objects.filter(subject_kind="handover").order_by("id").values_list("kind", flat=True))
    assert kinds == ["counter.handover_signed", "counter.line_confirmed", "counter.line_disputed"]
    assert "没有见到" in signed_in("clerk").get(url).content.decode()


def test_what_is_not_answered_stays_with_the_giver(world: World) -> None:
    handed(world)
    assert Filing.objects.get().clerk_id == HeldOriginal.objects.get().holder_id == world.staff["clerk"].account_id


def test_a_line_is_answered_once_and_by_the_taker_only(world: World) -> None:
    made = handed(world)
    line = str(HandoverLine.objects.filter(kind="draft").values_list("id", flat=True)[0])
    answers = {line: {"state": "confirmed", "remark": ""}}
    for who in ("clerk", "outsider", "reviewer"):
        with pytest.raises(NotFound):
            shifts.answer_lines(filings.at_window(world.staff[who]), handover_id=made.id, answers=answers)
    taker = filings.at_window(world.staff["clerk2"])
    shifts.answer_lines(taker, handover_id=made.id, answers=answers)
    with pytest.raises(Conflict):
        shifts.answer_lines(taker, handover_id=made.id, answers=answers)
    assert signed_in("outsider").get(f"/desk/counter/handovers/{made.id}").status_code == 404


def test_a_shift_needs_a_taker_while_something_is_open(world: World) -> None:
    clerk = signed_in("clerk")
    on_shift(world)
    opened(clerk)
    outsider = str(world.staff["outsider"].account_id)
    for taker in ("", "x", outsider, str(world.staff["clerk"].account_id)):
        reply = clerk.post("/desk/counter/shift", {"_do": "close", "taker": taker})
        assert reply.status_code == 422 and "接班的同事" in reply.content.decode()
    assert not Handover.objects.exists()


def test_an_empty_shift_ends_without_a_list_and_only_once_is_open(world: World) -> None:
    clerk = signed_in("clerk")
    assert clerk.post("/desk/counter/shift", {"_do": "open", "window": ""}).status_code == 422
    assert clerk.post("/desk/counter/shift", {"_do": "open", "window": "3"}).status_code == 302
    assert clerk.post("/desk/counter/shift", {"_do": "open", "window": "4"}).status_code == 409
    assert clerk.post("/desk/counter/shift", {"_do": "close"}).status_code == 302
    assert not Handover.objects.exists()
    assert clerk.post("/desk/counter/shift", {"_do": "close"}).status_code == 422


def test_an_original_goes_back_from_the_hands_it_is_in(world: World) -> None:
    handed(world)
    held = HeldOriginal.objects.get()
    url = f"/desk/counter/originals/{held.id}/return"
    assert signed_in("clerk2").post(url).status_code == 409
    assert signed_in("outsider").post(url).status_code == 404
    assert signed_in("clerk").post(url).status_code == 302
    assert signed_in("clerk").post(url).status_code == 409
