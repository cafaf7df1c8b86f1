"""The notice of a new year: typed or from a file, previewed, loaded; the clocks that rest on it move, on record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.rig.queries import Visit
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import clock as clocks
from tongqu.kernel.acts.actor import Actor, Grant
from tongqu.kernel.acts.errors import Conflict, Invalid, NotPermitted
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.jobs.worker import run_pending
from tongqu.kernel.law import calendars, cli, datafiles, recounting, register
from tongqu.kernel.law import operations as law
from tongqu.kernel.law.models import CalendarNotice, Clock
from tongqu.kernel.law.rules import CHINA

TENANT = default_tenant()
SYSTEM = Actor.system(TENANT)
# An invented notice: the shape of one, a year that has none yet.
TYPED = {
    "year": "2027", "notice": "某年部分节假日安排的通知（示例）", "issued": "2026-11-05",
    "holidays": "元旦 2027-01-01 2027-01-03\n春节 2027-02-05 至 2027-02-11\n\n国庆节 2027-10-01—2027-10-07",
    "workdays": "2027-02-13，2027-02-14 2027-10-09", "checked": True,
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_calendar(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has a calendar of its own, the shipped one to begin with."""
    monkeypatch.setattr(register, "_calendar", register.calendar())
    monkeypatch.setattr(calendars, "_seen", [])
    yield


def start(rule_id: str, day: str, name: str = "decide", subject: UUID | None = None) -> Clock:
    at = datetime.fromisoformat(day).replace(tzinfo=CHINA)
    with clocks.at(at):
        return law.start_clock(SYSTEM, subject=("probe", subject or uuid7()), name=name, rule_id=rule_id)


def document(**changes: Any) -> dict[str, Any]:
    return calendars.written(**{**TYPED, **changes})


# --- what is typed ---------------------------------------------------------------------------------------------------


def test_the_shipped_years_reach_from_2004_to_2026_and_say_how_far_they_were_checked() -> None:
    years = register.calendar().years
    assert sorted(years) == list(range(2004, 2027))
    assert {y for y, found in years.items() if found.trust == "V"} == {2025, 2026}
    for year in years.values():
        assert year.notice and len(year.holidays) >= 3 and all(day.weekday() > 4 for day in year.workdays)


@pytest.mark.parametrize(
    ("day", "working"),
    [("2008-09-29", False), ("2008-09-28", True), ("2013-02-17", True), ("2013-02-15", False), ("2015-09-03", False),
     ("2020-01-31", False), ("2020-02-01", False), ("2007-05-07", False), ("2019-05-05", True)],
)  # fmt: skip
def test_days_of_past_years_as_people_remember_them(day: str, working: bool) -> None:
    """October 2008 and its worked Sunday, Spring Festival 2013, the day of victory, the winter of 2020."""
    assert register.calendar().is_working(date.fromisoformat(day)) is working


def test_what_is_typed_becomes_a_notice() -> None:
    year = register.year_from(document(), calendars.NAME)
    assert (year.year, year.trust, len(year.holidays), len(year.workdays)) == (2027, "V", 3, 3)
    assert year.holidays[1].name == {"zh-Hans": "春节", "en": "Spring Festival"}
    assert register.year_from(document(issued="", checked=False), calendars.NAME).trust == "P"


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"year": "27"}, "year", "四位数"), ({"year": "99999999999999999999"}, "year", "四位数"),
        ({"notice": " "}, "notice", "名称和文号"), ({"issued": "昨天"}, "issued", "2027-01-31"),
        ({"holidays": ""}, "holidays", "请填写放假"), ({"holidays": "元旦 一月一日"}, "holidays", "第1行看不懂"),
        ({"holidays": "元旦 2027-01-01\n春节 2027-02-30"}, "holidays", "第2行看不懂"),
        ({"holidays": "元旦 2027-01-03 2027-01-01"}, "holidays", "结束早于开始"),
        ({"holidays": "元旦 2026-11-30 2027-01-02"}, "holidays", "不在2027年之内，也不在上一年12月"),
        ({"holidays": "元旦 2027-12-31 2028-01-01"}, "holidays", "不在2027年之内"),
        ({"workdays": "2026-11-29"}, "workdays", "也不在上一年12月"),
        ({"workdays": "2027-02-13 下周六"}, "workdays", "下周六"),
        ({"workdays": "2027-02-15"}, "workdays", "周六或者周日"),
        ({"workdays": "2027-02-06"}, "workdays", "既放假又上班"),
        ({"workdays": "2028-02-05"}, "workdays", "不在2027年之内"),
    ],
)  # fmt: skip
def test_mistakes_are_told_at_their_field(changes: dict[str, str], field: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        document(**changes)
    assert said in str(refused.value.fields[field])


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=12))
def test_whatever_is_typed_is_taken_or_refused(holidays: str, workdays: str, year: str) -> None:
    try:
        document(holidays=holidays, workdays=workdays, year=year)
    except Invalid as refused:
        assert set(refused.fields) <= {"year", "notice", "issued", "holidays", "workdays"}


# --- loading ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_clocks_beyond_the_calendar_become_certain_and_move() -> None:
    over_new_year = start("L7", "2026-12-14")  # 20 working days: into January 2027
    over_spring = start("L8", "2026-12-14")
    this_year = start("L1", "2026-12-14")
    assert over_new_year.provisional and over_spring.provisional and not this_year.provisional
    assert over_new_year.last_day == date(2027, 1, 11), "with weekends alone, as far as is known"
    seen = calendars.preview(register.year_from(document(), calendars.NAME))
    assert (seen.count, seen.looked_at, seen.whole, seen.replaces) == (2, 2, True, False)
    assert Clock.objects.get(id=over_new_year.id).last_day == date(2027, 1, 11), "a preview changes nothing"

    made = law_loaded()
    row = CalendarNotice.objects.get(id=made["notice_id"])
    assert (row.checked, row.moved, bool(row.done_at)) == (2, 2, True)
    moved = Clock.objects.get(id=over_new_year.id)
    assert (moved.last_day, moved.provisional, moved.version) == (date(2027, 1, 12), False, over_new_year.version + 1)
    # 45 working days: 13 in December, 20 in January (the 1st is off), 1–4 February, 12, the worked 13th and 14th, 15–19
    assert Clock.objects.get(id=over_spring.id).last_day == date(2027, 2, 19)
    event = Event.objects.get(kind="law.clock_moved", subject_id=over_new_year.id)
    assert event.body["name"] == "decide" and event.body["provisional"] is False
    assert event.body["notice"] == made["notice_id"] and event.rule.startswith("L7@")
    assert not Event.objects.filter(kind="law.clock_moved", subject_id=this_year.id).exists()
    assert Event.objects.get(kind="law.calendar_loaded").body["year"] == 2027


def law_loaded(**changes: str) -> dict[str, Any]:
    made: dict[str, Any] = calendars.load_notice(SYSTEM, document=document(**changes))
    calendars.refresh()  # as on commit
    run_pending()
    return made


@pytest.mark.django_db
def test_a_corrected_notice_moves_only_what_it_touches() -> None:
    january, october = start("L7", "2026-12-14"), start("L7", "2027-09-20")
    law_loaded()
    before = Clock.objects.get(id=january.id)
    law_loaded(holidays=TYPED["holidays"].replace("2027-10-07", "2027-10-08"), workdays="2027-02-13 2027-02-14")
    assert Clock.objects.get(id=january.id).version == before.version
    assert Event.objects.filter(kind="law.clock_moved", subject_id=october.id).count() == 2
    latest = CalendarNotice.objects.order_by("-id").first()
    assert latest is not None and (latest.checked, latest.moved) == (2, 1)


@pytest.mark.django_db
def test_a_notice_may_speak_of_the_december_before_it() -> None:
    """As that of 2019 did: 30 December to 1 January off, Saturday the 29th worked instead."""
    calendar = register.calendar()
    assert not calendar.is_working(date(2018, 12, 31)) and calendar.is_working(date(2018, 12, 29))
    december, early, january = start("L1", "2026-12-25"), start("L1", "2026-12-14"), start("L7", "2026-12-14")
    assert (december.last_day, december.provisional) == (date(2027, 1, 1), True)
    certain = start("L1", "2026-12-24")
    assert (certain.last_day, certain.provisional) == (date(2026, 12, 31), False)
    spill = {"holidays": "元旦 2026-12-31 2027-01-02\n国庆节 2027-10-01 2027-10-07", "workdays": "2026-12-26"}
    seen = calendars.preview(register.year_from(document(**spill), calendars.NAME))
    assert seen.count == 3, "that of the 31st as well"
    law_loaded(**spill)
    days = {c.id: c.last_day for c in Clock.objects.all()}
    # Friday the 25th, the worked Saturday, Monday to Wednesday; the next is the 4th of January
    assert days[certain.id] == date(2026, 12, 30)
    assert days[december.id] == date(2027, 1, 4) and days[early.id] == date(2026, 12, 21)
    assert Event.objects.filter(kind="law.clock_moved", subject_id=certain.id).exists()
    law_loaded()  # a corrected notice leaves that December alone again
    assert Clock.objects.get(id=certain.id).last_day == date(2026, 12, 31)
    assert not Clock.objects.get(id=january.id).provisional


@pytest.mark.django_db
def test_what_is_over_stays_and_what_is_paused_moves() -> None:
    ended, paused = start("L7", "2026-12-14"), start("L7", "2026-12-14")
    with clocks.at(datetime(2026, 12, 15, 10, tzinfo=CHINA)):
        law.stop_clock(SYSTEM, clock=ended, outcome="granted")
        law.pause_clock(SYSTEM, clock=paused, ground="pause.hearing")
    with clocks.at(datetime(2026, 12, 16, 10, tzinfo=CHINA)):
        law_loaded()
    assert Clock.objects.get(id=ended.id).provisional
    assert not Clock.objects.get(id=paused.id).provisional


@pytest.mark.django_db
def test_loading_the_same_again_is_refused_and_so_is_whoever_may_not() -> None:
    law_loaded()
    with pytest.raises(Conflict):
        law_loaded()
    clerk = Actor(TENANT, "staff", uuid7(), grants=(Grant("cases.read", None, "", "r"),), login_strength=3)
    with pytest.raises(NotPermitted):
        calendars.load_notice(clerk, document=document(notice="另一份通知"))
    assert CalendarNotice.objects.count() == 1


@pytest.mark.django_db
def test_a_bad_file_is_refused_whole() -> None:
    with pytest.raises(datafiles.BadFile):
        calendars.load_notice(SYSTEM, document={**document(), "workdays": ["2027-02-15"]})
    assert not CalendarNotice.objects.exists() and 2027 not in register.calendar().years


@pytest.mark.django_db
def test_it_goes_on_where_it_was_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed in the middle and begun again: every clock moved once, none left out."""
    running = [start("L7", "2026-12-14") for _ in range(7)]
    monkeypatch.setattr(recounting, "READ", 2)
    notice = UUID(calendars.load_notice(SYSTEM, document=document())["notice_id"])
    calendars.refresh()
    work, left = recounting.move_clocks, [3]

    def dies(*args: Any, **more: Any) -> Any:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return work(*args, **more)

    monkeypatch.setattr(recounting, "move_clocks", dies)
    with pytest.raises(KeyboardInterrupt):
        recounting.recount(notice)
    monkeypatch.setattr(recounting, "move_clocks", work)
    recounting.recount(notice)
    recounting.recount(notice)
    assert Event.objects.filter(kind="law.clock_moved").count() == len(running)
    assert {Clock.objects.get(id=c.id).version for c in running} == {2}
    assert CalendarNotice.objects.get(id=notice).checked == len(running)


@pytest.mark.django_db
def test_another_process_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = register.calendar()
    law_loaded()
    monkeypatch.setattr(register, "_calendar", shipped)  # as in a process that has not looked yet
    monkeypatch.setattr(calendars, "_seen", [])
    assert 2027 not in register.calendar().years
    calendars.refresh()
    assert 2027 in register.calendar().years


@pytest.mark.django_db
def test_on_the_command_line(tmp_path: Any) -> None:
    start("L7", "2026-12-14")
    file = tmp_path / "2027.yaml"
    file.write_text(
        "schema: tongqu/calendar/1\nyear: 2027\nnotice: 示例通知\nissued: 2026-11-05\ntrust: V\n"
        "holidays:\n  - {name: {zh-Hans: 元旦, en: New Year}, from: 2027-01-01, to: 2027-01-03}\nworkdays: []\n",
        "utf-8",
    )
    said = cli.calendar(str(file))
    assert "其中1个会变" in said and "2027-01-11 → 2027-01-12" in said and not CalendarNotice.objects.exists()
    assert "已载入2027年" in cli.calendar(str(file), load=True)
    file.write_text("schema: tongqu/calendar/1\nyear: 2027\n", "utf-8")
    with pytest.raises(datafiles.BadFile):
        cli.calendar(str(file))


# --- pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_administrator_previews_and_loads(client: Client, visit: Visit) -> None:
    from tongqu.kernel.identity.tests import people

    start("L7", "2026-12-14")
    admin = people.officer("calendar-admin")
    assert client.get("/desk/law/calendar").status_code in {302, 403}
    grant(admin)
    client.force_login(admin, "allauth.account.auth_backends.AuthenticationBackend")
    where = "/desk/law/calendar"
    client.get(where)
    assert "还没有在这里载入过" in visit(client, where).content.decode()
    sent = {**{k: v for k, v in TYPED.items() if k != "checked"}, "checked": "yes", "_key": str(uuid7())}
    seen = client.post(where, {**sent, "do": "preview"}).content.decode()
    assert "核对了 1 个正在计算的期限，其中 1 个会变" in seen and "2027年1月12日" in seen and "（暂定）" in seen
    assert not CalendarNotice.objects.exists()
    wrong = client.post(where, {**sent, "do": "load", "workdays": "2027-02-15"})
    assert wrong.status_code == 422 and "2027-02-15" in wrong.content.decode(), "nothing typed is lost"
    assert client.post(where, {**sent, "do": "load"}).status_code == 302
    calendars.refresh()
    run_pending()
    page = client.get(where).content.decode()
    assert "已核对 1 个期限，1 个有变" in page
    public = client.get("/law/calendar").content.decode()
    assert "2027" in public and "春节" in public and "已核对原文" in public


@pytest.mark.django_db
def test_a_notice_whose_transaction_ended_after_that_of_a_later_one_is_taken() -> None:
    older, newer = uuid7(), uuid7()
    kept = {"digest": "0" * 64, "total": 0}
    CalendarNotice.objects.create(id=newer, year=2027, document=document(), **kept)
    calendars.refresh()
    other = {
        **document(),
        "year": 2028,
        "holidays": [{"name": {"zh-Hans": "元旦", "en": "New Year"}, "from": "2028-01-01", "to": "2028-01-01"}],
    }
    CalendarNotice.objects.create(id=older, year=2028, document={**other, "workdays": []}, **kept)
    calendars.refresh()
    assert {2027, 2028} <= set(register.calendar().years)


def grant(admin: Any) -> None:
    from tongqu.kernel.identity.models import RoleGrant

    RoleGrant.objects.create(
        tenant_id=TENANT, account=admin, role="system_admin", valid_from=clocks.now() - timedelta(days=1)
    )
