"""A rule set otherwise in one region: only by authority and for a time, or where the law leaves it to the region."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import clock as clocks
from tongqu.kernel.acts.actor import Actor, Grant
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, NotPermitted, Refused
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.law import cli, datafiles, overlays, register, words
from tongqu.kernel.law import operations as law
from tongqu.kernel.law.models import Clock, RuleOverlay
from tongqu.kernel.law.overlay_rules import covering
from tongqu.kernel.law.pages.why import why
from tongqu.kernel.law.rules import CHINA

TENANT = default_tenant()
SYSTEM = Actor.system(TENANT)
MINGCHUAN, QINGXI, ELSEWHERE = "990100000000", "990102000000", "110101000000"
EXAMPLE = datafiles.SCHEMAS / "overlay.example.yaml"
NOW = datetime(2026, 12, 15, 10, tzinfo=CHINA)


@pytest.fixture(autouse=True)
def own_register(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has a register of its own, and a day on which the example may be loaded."""
    register.rule("L7")
    monkeypatch.setattr(register, "_books", register._books)
    monkeypatch.setattr(overlays, "_seen", {"rows": 0, "versions": None})
    with clocks.at(NOW):
        yield


def document(**changes: Any) -> dict[str, Any]:
    found = overlays.read(EXAMPLE.read_text("utf-8"))
    return {key: value for key, value in {**found, **changes}.items() if value is not ...}


def loaded(**changes: Any) -> UUID:
    made: UUID = overlays.load_overlay(SYSTEM, document=document(**changes))
    overlays.refresh()  # as on commit
    return made


def started(day: str, region: str, rule_id: str = "L7", **more: Any) -> Clock:
    with clocks.at(datetime.fromisoformat(day).replace(tzinfo=CHINA)):
        return law.start_clock(
            SYSTEM, subject=("probe", uuid7()), name="decide", rule_id=rule_id, region=region, **more
        )  # fmt: skip


# --- which rule is in force ------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "region", "quantity"),
    [
        ("2026-12-31", MINGCHUAN, 20), ("2027-01-01", MINGCHUAN, 10), ("2028-12-31", MINGCHUAN, 10),
        ("2029-01-01", MINGCHUAN, 20), ("2027-06-01", QINGXI, 10), ("2027-06-01", "990102001003", 10),
        ("2027-06-01", ELSEWHERE, 20), ("2027-06-01", "", 20), ("2027-06-01", "990200000000", 20),
    ],
)  # fmt: skip
def test_the_rule_of_the_day_and_place_on_which_the_period_starts_decides(day: str, region: str, quantity: int) -> None:
    loaded()
    clock = started(day, region)
    assert clock.quantity == quantity
    assert clock.cite == ("L7@明川试点-2027" if quantity == 10 else register.rule("L7").cite)


@pytest.mark.django_db
def test_a_clock_keeps_its_rule_and_explains_it_after_the_pilot_is_over() -> None:
    loaded()
    clock = started("2027-06-01", QINGXI)
    with clocks.at(datetime(2029, 3, 1, tzinfo=CHINA)):
        answer = why(Clock.objects.get(id=clock.id))
    assert "10个工作日" in answer.summary and "version=" in answer.rule_url
    assert "明川市经授权试点" in answer.otherwise and "2028-12-31" in answer.otherwise
    assert register.rule("L7").cite in answer.otherwise
    event = Event.objects.get(kind="law.clock_started", subject_id=clock.id)
    assert event.rule == "L7@明川试点-2027"


@pytest.mark.django_db
def test_the_nearest_place_goes_first() -> None:
    loaded()
    loaded(version="清溪试点-2027", region="990102", place="清溪区", sets={"quantity": 5})
    assert [started("2027-06-01", region).quantity for region in (QINGXI, "990103000000")] == [5, 10]


@pytest.mark.django_db
def test_what_holds_for_the_rest_of_the_rule_stays() -> None:
    """A pilot changes what it sets and nothing beside it: extension, pauses, day type."""
    loaded()
    clock, usual = started("2027-06-01", QINGXI), started("2027-06-01", "")
    assert clock.terms == usual.terms and clock.day_type == usual.day_type == "working"


@pytest.mark.django_db
def test_a_promise_that_the_pilot_overtakes_no_longer_counts() -> None:
    loaded()
    assert started("2027-06-01", QINGXI, promise=(15, "day")).promised_due_at is None
    assert started("2027-06-01", QINGXI, promise=(5, "day")).promised_due_at is not None
    with pytest.raises(Invalid):
        started("2027-06-01", ELSEWHERE, promise=(25, "day"))


@given(st.sampled_from(["99", "9901", "990102", "990102001", "990102001003"]))
def test_a_region_covers_itself_and_no_neighbour(code: str) -> None:
    assert covering(code.ljust(12, "0")) == code


# --- what may be set otherwise ---------------------------------------------------------------------------------------

AUTHORITY = {"instrument": "本地规定（示例）", "organ": "明川市人民政府（示例）", "issued": "2026-12-01"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"authority": ...}, "authority", "缺少"),
        ({"authority": {"instrument": "关于试点的决定", "organ": "某机关"}}, "authority.issued", "缺少"),
        ({"authority": {**AUTHORITY, "issued": "2027-02-01"}}, "effective_from", "不能早于授权文件"),
        ({"effective_to": ...}, "effective_to", "L35"), ({"effective_to": None}, "effective_to", "L35"),
        ({"effective_to": "2026-12-31"}, "effective_to", "早于生效"),
        ({"effective_from": "2026-12-15"}, "effective_from", "最早从明天"),
        ({"effective_from": "2027-02-30"}, "effective_from", "2027-02-30"),
        ({"rule_id": "L999"}, "rule_id", "没有这条规则"), ({"rule_id": "nonsense"}, "rule_id", "写法不对"),
        ({"region": "99010"}, "region", "写法不对"), ({"region": "９９０１"}, "region", "写法不对"),
        ({"sets": {}}, "sets", "没有写明"), ({"sets": ...}, "sets", "没有写明"),
        ({"sets": {"quantity": "10"}}, "sets.quantity", "应当是"),
        ({"sets": {"quantity": 10**9}}, "sets.quantity", "超出范围"),
        ({"sets": {"on_miss": "deemed_granted"}}, "sets.on_miss", "没有这一项"),
        ({"sets": {"unit": "month"}}, "sets.day_type", "只能写"), ({"colour": "red"}, "colour", "没有这一项"),
        ({"rule_id": "L5", "sets": {"quantity": 1}}, "sets", "没有期限"),
        ({"basis": "local", "authority": AUTHORITY, "sets": {"quantity": 30}}, "sets.quantity", "L35"),
        ({"rule_id": "H6", "basis": "pilot"}, "basis", "local"),
        ({"trust": "L"}, "trust", "可选值"), ({"version": "有 空格"}, "version", "写法不对"),
    ],
)  # fmt: skip
def test_what_the_law_does_not_let_a_region_do_is_refused_whole(changes: dict[str, Any], field: str, said: str) -> None:
    with pytest.raises(datafiles.BadFile) as refused:
        loaded(**changes)
    assert any(p.field == field and said in p.message for p in refused.value.problems), str(refused.value)
    assert not RuleOverlay.objects.exists() and not register.overlays_of()


@pytest.mark.django_db
def test_a_region_may_bind_its_own_organs_more_strictly() -> None:
    loaded(basis="local", authority=AUTHORITY, effective_to=None)
    assert started("2040-06-01", QINGXI).quantity == 10


@pytest.mark.django_db
def test_a_rule_gives_way_to_the_kinds_of_text_that_it_names() -> None:
    """L7, article 42: laws and regulations may provide otherwise; other texts may not make it longer."""
    longer = {"basis": "local", "effective_to": None, "sets": {"quantity": 30}}
    with pytest.raises(datafiles.BadFile):
        loaded(**longer, authority={**AUTHORITY, "rank": "local_rule"})
    loaded(**longer, authority={**AUTHORITY, "rank": "local_regulation"})
    assert started("2027-06-01", QINGXI).quantity == 30


@pytest.mark.django_db
def test_two_that_meet_in_one_place_are_refused_and_two_that_follow_are_not() -> None:
    loaded()
    with pytest.raises(datafiles.BadFile) as refused:
        loaded(version="又一试点", effective_from="2028-12-31", effective_to="2029-12-31")
    assert "明川试点-2027" in str(refused.value)
    loaded(version="后一试点", effective_from="2029-01-01", effective_to="2029-12-31", sets={"quantity": 8})
    assert [started(day, QINGXI).quantity for day in ("2028-12-31", "2029-01-01", "2030-01-02")] == [10, 8, 20]


@pytest.mark.django_db
def test_a_version_on_record_never_changes() -> None:
    loaded()
    with pytest.raises(Conflict):
        loaded(sets={"quantity": 9})
    national = register.rule("L7").version
    with pytest.raises(datafiles.BadFile) as refused:
        loaded(version=national)
    assert "同名" in str(refused.value)
    assert RuleOverlay.objects.count() == 1 and started("2027-06-01", QINGXI).quantity == 10


@pytest.mark.django_db
def test_who_may_not_is_refused_and_a_right_ends_at_its_region() -> None:
    clerk = Actor(TENANT, "staff", uuid7(), grants=(Grant("cases.read", None, "", "r"),), login_strength=3)
    with pytest.raises(NotPermitted):
        overlays.load_overlay(clerk, document=document())
    neighbour = Actor(
        TENANT, "staff", uuid7(), grants=(Grant(overlays.VERB, None, "1101", "r"),), login_strength=3
    )  # fmt: skip
    with pytest.raises(NotPermitted):
        overlays.load_overlay(neighbour, document=document())
    overlays.load_overlay(neighbour, document=document(region="110101", place="某区"))


# --- local templates -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_local_template_holds_only_where_it_was_taken_on() -> None:
    assert register.rule("H6").trust == "L"
    with pytest.raises(Refused) as refused:
        started("2027-06-01", QINGXI, "H6")
    assert refused.value.code == "not-adopted"
    taken = {"rule_id": "H6", "basis": "local", "authority": AUTHORITY, "sets": ..., "effective_to": ...}
    loaded(**taken)
    assert started("2027-06-01", QINGXI, "H6").quantity == register.rule("H6").quantity
    with pytest.raises(Refused):
        started("2027-06-01", ELSEWHERE, "H6")
    loaded(**{**taken, "region": "990102", "version": "清溪-2027", "sets": {"quantity": 9}})
    assert started("2027-06-01", QINGXI, "H6").quantity == 9


# --- ending one ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_one_may_end_sooner_and_running_clocks_keep_theirs() -> None:
    row_id = loaded()
    running = started("2027-06-01", QINGXI)
    with clocks.at(datetime(2027, 6, 2, 9, tzinfo=CHINA)):
        overlays.end_overlay(SYSTEM, overlay_id=row_id, last_day=date(2027, 6, 30), reason="某机关决定终止试点")
        overlays.refresh()
    assert [started(day, QINGXI).quantity for day in ("2027-06-30", "2027-07-01")] == [10, 20]
    assert Clock.objects.get(id=running.id).quantity == 10
    event = Event.objects.get(kind="law.overlay_ended")
    assert event.body["effective_to"] == "2027-06-30" and event.rule == "L7@明川试点-2027"
    with clocks.at(datetime(2027, 7, 2, 9, tzinfo=CHINA)), pytest.raises(Conflict):
        overlays.end_overlay(SYSTEM, overlay_id=row_id, last_day=date(2027, 7, 3), reason="再次")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("last_day", "reason", "field"),
    [("2027-06-01", "文件", "last_day"), ("2028-12-31", "文件", "last_day"), ("2030-01-01", "文件", "last_day"),
     ("2027-07-01", " ", "reason"), ("2027-07-01", "长" * 501, "reason"), ("2027-07-01", "文\x00件", "reason")],
)  # fmt: skip
def test_ending_asks_for_a_day_to_come_and_a_document(last_day: str, reason: str, field: str) -> None:
    row_id = loaded()
    with clocks.at(datetime(2027, 6, 2, 9, tzinfo=CHINA)), pytest.raises(Invalid) as refused:
        overlays.end_overlay(SYSTEM, overlay_id=row_id, last_day=date.fromisoformat(last_day), reason=reason)
    assert set(refused.value.fields) == {field}
    with pytest.raises(NotFound):
        overlays.end_overlay(SYSTEM, overlay_id=uuid7(), last_day=date(2027, 7, 1), reason="文件")


@pytest.mark.django_db
def test_one_that_has_not_begun_is_withdrawn_and_never_was_in_force() -> None:
    """The register keeps it, its name stays taken, and another may take its place from the same day."""
    row_id = loaded()
    with clocks.at(datetime(2026, 12, 20, 9, tzinfo=CHINA)):
        with pytest.raises(Invalid) as refused:
            overlays.end_overlay(SYSTEM, overlay_id=row_id, last_day=date(2026, 12, 30), reason="文件")
        assert "2026-12-31" in str(refused.value.fields["last_day"])
        overlays.end_overlay(SYSTEM, overlay_id=row_id, last_day=date(2026, 12, 31), reason="写错了")
        overlays.refresh()
        with pytest.raises(Conflict):
            overlays.end_overlay(SYSTEM, overlay_id=row_id, last_day=date(2026, 12, 31), reason="再次")
        with pytest.raises(Conflict):
            loaded()
        loaded(version="更正后", sets={"quantity": 12})
        loaded(version="更早的试点", effective_from="2026-12-25", effective_to="2026-12-31", sets={"quantity": 11})
    assert [started(day, QINGXI).quantity for day in ("2026-12-31", "2027-01-04")] == [11, 12]
    assert register.rule_version("L7", "明川试点-2027").withdrawn
    assert "撤回" in words.otherwise(register.rule_version("L7", "明川试点-2027"))


@pytest.mark.django_db
def test_what_is_in_force_instead_is_the_next_wider_place_or_the_register() -> None:
    loaded()
    loaded(region="990102", version="清溪试点", sets={"quantity": 8})
    day = date(2027, 6, 1)
    found = {one.version: one for one in register.overlays_of("L7")}
    assert overlays.instead_of(found["清溪试点"], day).version == "明川试点-2027"
    assert overlays.instead_of(found["明川试点-2027"], day) == register.rule("L7", day)


# --- other processes, the command line ------------------------------------------------------------------------


@pytest.mark.django_db
def test_another_process_takes_what_is_on_record(monkeypatch: pytest.MonkeyPatch) -> None:
    row_id = loaded()
    register.take_overlays([])
    monkeypatch.setattr(overlays, "_seen", {"rows": 0, "versions": None})
    overlays.refresh()
    assert register.rule_version("L7", "明川试点-2027").quantity == 10
    overlays.end_overlay(SYSTEM, overlay_id=row_id, last_day=date(2027, 3, 1), reason="文件")
    overlays.refresh()
    assert register.rule_version("L7", "明川试点-2027").effective_to == date(2027, 3, 1)


@pytest.mark.django_db
def test_a_rule_that_a_process_has_not_met_yet_keeps_no_other_from_being_taken() -> None:
    """Its package was published by another process a moment ago; the row is taken as soon as the rule is known."""
    row_id = loaded()
    loaded(rule_id="L1", version="另一试点", sets={"quantity": 3})
    RuleOverlay.objects.filter(id=row_id).update(base="L7@尚未见过", version=2)
    overlays.refresh()
    assert [one.version for one in register.overlays_of()] == ["另一试点"]
    RuleOverlay.objects.filter(id=row_id).update(base=register.rule("L7").cite)
    overlays.refresh()
    assert len(register.overlays_of()) == 2


@pytest.mark.django_db
def test_on_the_command_line(tmp_path: Path) -> None:
    said = cli.overlay(str(EXAMPLE))
    assert "20个工作日 → 10个工作日" in said and "明川市经授权试点" in said and not RuleOverlay.objects.exists()
    assert "自2027-01-01起生效" in cli.overlay(str(EXAMPLE), load=True)
    overlays.refresh()
    assert "10个工作日" in cli.due("L7", "2027-03-01", region="990102")
    assert "20个工作日" in cli.due("L7", "2027-03-01")
    assert "明川试点-2027" in cli.show("L7") and "10个工作日" in cli.show("L7", on="2027-03-01", region="9901")
    with pytest.raises(Invalid):
        cli.due("L7", "2027-03-01", region="明川")
    (tmp_path / "x.yaml").write_text("[1, 2]", "utf-8")
    with pytest.raises(datafiles.BadFile):
        cli.overlay(str(tmp_path / "x.yaml"))
