"""The pages of supervision: the list, a card and its explanation, the settings."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest

from tests.rig.queries import Visit
from tongqu.faces.workbench.tests.test_desk import signed_in
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import clock as clocks
from tongqu.kernel.acts.models import Event, ReadLog
from tongqu.kernel.cases.models import Case, SupervisionCard, WarningDays
from tongqu.kernel.cases.tests.world import World
from tongqu.kernel.law import misses
from tongqu.kernel.law.models import Clock

WHERE = "/desk/supervision"
pytestmark = pytest.mark.django_db


def body(response: Any) -> str:
    return str(response.content.decode())


def overdue(world: World) -> SupervisionCard:
    case_id = world.reviewed()
    with clocks.at(Clock.objects.get(subject_id=case_id, name="decide").due_at + timedelta(hours=9)):
        misses.sweep()
    return SupervisionCard.objects.get(case_id=case_id, clock_name="decide")


def test_an_empty_list_says_that_all_is_in_time(world: World) -> None:
    page = body(signed_in(world, "clerk").get(WHERE))
    assert "没有黄牌和红牌" in page and "设定提前几天预警" not in page


def test_the_list_and_a_card(world: World, visit: Visit) -> None:
    red = overdue(world)
    clerk = signed_in(world, "clerk")
    clerk.get(WHERE)
    page = body(visit(clerk, WHERE))
    assert "红牌" in page and "最迟作出决定" in page and red.case.case_no in page
    assert red.case.applicant_name not in page, "a list of deadlines names nobody"
    for tab, shown in (("red", True), ("yellow", False), ("closed", False), ("nonsense", False)):
        assert (str(red.case.case_no) in body(clerk.get(WHERE, {"tab": tab}))) is shown
    one = body(visit(clerk, f"{WHERE}/{red.id}"))
    for drawn in (page, one):
        assert "市场监督管理局" in drawn and "zh-Hans&" not in drawn and "{" not in drawn.split("<main", 1)[1]
    assert "红牌" in one and "提交说明" not in one
    assert signed_in(world, "outsider").get(f"{WHERE}/{red.id}").status_code == 404
    assert clerk.get(f"{WHERE}/{uuid7()}").status_code == 404


def test_the_cards_as_a_file_for_the_meeting(world: World, visit: Visit) -> None:
    red = overdue(world)
    where = f"{WHERE}/export"
    head = signed_in(world, "head")
    sent = {"text": "=核查设备故障", "version": red.version, "_key": str(uuid7())}
    assert head.post(f"{WHERE}/{red.id}", sent).status_code == 302
    assert "下载 Excel 文件" in body(head.get(WHERE))
    answer = visit(head, where, {"form": "xlsx", "tab": "red"}, method="post")
    assert "attachment" in answer.headers["Content-Disposition"] and "no-store" in answer.headers["Cache-Control"]
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active  # type: ignore[attr-defined]
    rows = [[cell.value or "" for cell in row] for row in sheet.iter_rows()]
    assert sheet.title == "期限督办" and rows[0][0] == "办件编号"
    line = dict(zip(rows[0], rows[1], strict=True))
    assert (line["办件编号"], line["牌"], line["说明"]) == (red.case.case_no, "红牌", "=核查设备故障")
    assert line["期限"] == "最迟作出决定" and line["依据"] == red.rule.partition("@")[0] and not line["办结时间"]
    assert red.case.applicant_name not in str(rows)
    assert ReadLog.objects.filter(subject_id=red.case_id, purpose="export").count() == 1
    text = b"".join(head.post(where, {"form": "csv"}).streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert "'=核查设备故障" in text, "no spreadsheet runs it"
    for tab in ("yellow", "closed", "nonsense"):
        found = b"".join(head.post(where, {"form": "csv", "tab": tab}).streaming_content)  # type: ignore[attr-defined]
        assert str(red.case.case_no) not in found.decode("utf-8-sig")
    other = b"".join(signed_in(world, "outsider").post(where, {"form": "csv"}).streaming_content)  # type: ignore[attr-defined]
    assert str(red.case.case_no) not in other.decode("utf-8-sig")
    assert head.get(where).status_code == 405
    assert Event.objects.filter(kind="workbench.list_exported").count() == 6


def test_saying_why_it_is_late(world: World) -> None:
    red = overdue(world)
    head = signed_in(world, "head")
    assert "提交说明" in body(head.get(f"{WHERE}/{red.id}"))
    empty = head.post(f"{WHERE}/{red.id}", {"text": " ", "version": red.version, "_key": str(uuid7())})
    assert empty.status_code == 422 and "请写明超期的原因" in body(empty)
    sent = {"text": "核查<b>设备</b>故障", "version": red.version, "_key": str(uuid7())}
    assert head.post(f"{WHERE}/{red.id}", sent).status_code == 302
    assert head.post(f"{WHERE}/{red.id}", sent).status_code == 302, "the same form twice"
    stale = head.post(f"{WHERE}/{red.id}", {**sent, "text": "另写", "_key": str(uuid7())})
    assert stale.status_code == 422 and "另写" in body(stale) and "已由其他人改动" in body(stale)
    for version in ("", "x", "9" * 30):
        assert head.post(f"{WHERE}/{red.id}", {**sent, "version": version, "_key": str(uuid7())}).status_code == 422
    page = body(head.get(f"/desk/cases/{red.case_id}"))
    assert "核查&lt;b&gt;设备&lt;/b&gt;故障" in page and "承办单位说明如下" in page


def test_a_unit_sets_how_early_it_is_warned(world: World, visit: Visit) -> None:
    where = f"{WHERE}/warnings"
    assert signed_in(world, "clerk").get(where).status_code == 403
    head = signed_in(world, "head")
    head.get(where)
    first = body(visit(head, where))
    assert "还没有设定" in first
    unit = str(Case.objects.get(id=world.submitted()).unit_id)
    for wrong in ({"days": "31"}, {"days": "三"}, {"days": "-1"}, {"unit": str(uuid7())}, {"item": "no-such-item"}):
        sent = {"unit": unit, "item": "", "days": "4", **wrong, "_key": str(uuid7())}
        assert head.post(where, sent).status_code == 422, wrong
    assert not WarningDays.objects.exists()
    assert head.post(where, {"unit": unit, "item": "", "days": "4", "_key": str(uuid7())}).status_code == 302
    assert "提前4个工作日" in body(head.get(where))
    assert head.post(where, {"unit": unit, "item": "", "days": "", "_key": str(uuid7())}).status_code == 302
    assert not WarningDays.objects.exists()


def test_the_promised_day_stands_beside_the_laws_on_the_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from tongqu.kernel.cases import definition

    monkeypatch.setattr(definition, "promise", lambda _package, clock: (4, "day") if clock == "decide" else None)
    page = body(signed_in(world, "clerk").get(f"/desk/cases/{world.accepted()}"))
    assert "承诺期限：<strong>2026年3月6日</strong>" in page and "2026年3月16日" in page
