"""One test for each numbered row of the register, written from the words of the rule and not from its data."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tongqu.kernel.law import grounds, register
from tongqu.kernel.law.rules import CHINA, Extension, Pause, Rule, due


def at(text: str) -> datetime:
    """A moment in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def last(rule_id: str, start: str, *, pauses: list[tuple[str, str]] | None = None, extended: int = 0) -> date:
    rule = register.rule(rule_id)
    stopped = [Pause("pause.hearing", at(a), at(b)) for a, b in pauses or []]
    more = [Extension(rule_id, extended, rule.unit, "", "", at(start))] if extended else []
    return due(rule, at(start), pauses=stopped, extensions=more, calendar=register.calendar()).last_day


def period(rule_id: str) -> tuple[int | None, str, str | None]:
    rule = register.rule(rule_id)
    return rule.quantity, rule.unit, rule.day_type


# --- counting --------------------------------------------------------------------------------------------------------


def test_t1_the_first_day_is_not_counted() -> None:
    assert last("RM1", "2026-03-02") == date(2026, 5, 6)  # the 60th day, 1 May, is a holiday until the 5th
    assert last("RM1", "2026-03-03") == date(2026, 5, 6)
    assert last("L1", "2026-03-02") == date(2026, 3, 9)  # Monday out, Tuesday to Friday, Monday


def test_t1_hours_run_from_the_moment_itself() -> None:
    hours = Rule("ZZ1", "v", "i", "", None, None, "organ", "M", {}, quantity=4, unit="hour", day_type="hour")
    found = due(hours, at("2026-03-02T22:30"), calendar=register.calendar())
    assert found.at == at("2026-03-03T02:30")


def test_t2_a_rest_day_at_the_end_moves_to_the_next_working_day_and_the_last_day_ends_at_midnight() -> None:
    # 60 days after 3 August 2026 is Friday 2 October, in the National Day holiday that lasts to the 7th
    assert last("RM1", "2026-08-03") == date(2026, 10, 8)
    found = due(register.rule("L7"), at("2026-03-02"), calendar=register.calendar())
    assert found.at + timedelta(microseconds=1) == at(f"{found.last_day + timedelta(days=1)}T00:00")
    assert found.at.tzinfo is UTC


def test_t2_a_weekend_worked_in_exchange_is_no_rest_day() -> None:
    # 60 days after 16 December 2025 is Saturday 14 February 2026, which is worked
    assert last("RM1", "2025-12-16") == date(2026, 2, 14)


def test_t3_months_end_on_the_corresponding_day_or_the_last_of_the_month() -> None:
    assert last("RM2", "2026-01-15") == date(2026, 7, 15)
    assert last("RM2", "2025-08-31") == date(2026, 2, 28)  # no 31 February; the 28th is a Saturday that is worked
    assert last("L20.false_application", "2024-02-29") == date(2025, 2, 28)


def test_t4_periods_of_the_organ_under_the_licensing_law_are_working_days() -> None:
    for rule_id in ("L1", "L7", "L8", "L9", "L11", "L14.hold", "L14.notice", "L16"):
        assert register.rule(rule_id).day_type == "working", rule_id


def test_t6_the_sixty_days_for_reconsideration_are_calendar_days() -> None:
    assert period("RM1") == (60, "day", "calendar")


@pytest.mark.parametrize("rule_id", [f"T{n}" for n in range(1, 10)])
def test_counting_rules_carry_no_number_but_a_source(rule_id: str) -> None:
    rule = register.rule(rule_id)
    assert rule.quantity is None and not rule.is_period
    assert rule.trust == "V"
    assert rule.summary["zh-Hans"] and rule.summary["en"] and rule.instrument


def test_t9_spring_festival_2026_is_skipped_and_its_exchanged_days_count() -> None:
    # 11, 12, 13 and Saturday 14 February, then the 24th
    assert last("L1", "2026-02-10") == date(2026, 2, 24)


# --- licensing -------------------------------------------------------------------------------------------------------


def test_l1_five_working_days_to_tell_everything_once() -> None:
    assert period("L1") == (5, "day", "working")
    assert register.rule("L1").trigger == "materials_received"
    assert last("L1", "2026-09-21") == date(2026, 9, 29)  # 25–27 September is Mid-Autumn


def test_l2_a_late_notice_means_accepted_as_from_receipt() -> None:
    assert register.rule("L1").on_miss == "deemed_accepted"
    assert register.rule("L1").on_miss_rule == "L2"
    assert register.rule("L2").trigger == "materials_received"


def test_l1_cannot_be_paused_or_extended() -> None:
    assert register.rule("L1").extension is None
    assert register.rule("L1").paused_by == ()


def test_l3_l4_have_no_number() -> None:
    assert register.rule("L3").quantity is register.rule("L4").quantity is None


def test_l5_at_least_two_officers() -> None:
    rule = register.rule("L5")
    assert (rule.quantity, rule.unit, rule.bound) == (2, "person", "at_least")


def test_l7_twenty_working_days_and_ten_more_with_the_heads_approval() -> None:
    assert period("L7") == (20, "day", "working")
    extension = register.rule("L7").extension
    assert extension and (extension.quantity, extension.needs, extension.times) == (10, "head", 1)
    assert last("L7", "2026-03-02") == date(2026, 3, 30)
    assert last("L7", "2026-03-02", extended=10) == date(2026, 4, 14)  # 4–6 April is Qingming


def test_l8_forty_five_and_fifteen_for_joint_handling() -> None:
    assert period("L8") == (45, "day", "working")
    extension = register.rule("L8").extension
    assert extension and (extension.quantity, extension.needs) == (15, "government_head")
    assert last("L8", "2026-03-02") == date(2026, 5, 8)


def test_l9_twenty_for_the_lower_level() -> None:
    assert period("L9") == (20, "day", "working")
    assert register.rule("L9").subject == "lower_organ"


def test_l10_the_time_of_a_special_procedure_is_not_counted() -> None:
    # hearing from Thursday the 5th, 15:00, to Tuesday the 10th, 11:00: 5, 6, 9, 10 March are left out
    assert last("L7", "2026-03-02", pauses=[("2026-03-05T15:00", "2026-03-10T11:00")]) == date(2026, 4, 3)
    listed = [g for g in grounds.grounds_for("pause") if g.rule_id == "L10"]
    assert {g.code.removeprefix("pause.") for g in listed} == {
        "hearing", "tender", "auction", "inspection", "testing", "quarantine", "appraisal", "expert_review",
    }  # fmt: skip
    others = {g.code: g.rule_id for g in grounds.grounds_for("pause") if g not in listed}
    assert others == {"pause.third_party": "I14", "pause.co_maker": "I15", "pause.petition_hearing": "X11"}


def test_l10_reaches_only_the_periods_of_its_own_section() -> None:
    allowed = {rule.rule_id for rule in register.rules() if "L10" in rule.paused_by and rule.rank == "law"}
    assert allowed == {"L7", "L8", "L9", "L11"}


def test_l11_ten_working_days_to_deliver() -> None:
    assert period("L11") == (10, "day", "working")
    assert register.rule("L11").trigger == "decision"
    assert last("L11", "2026-04-29") == date(2026, 5, 15)  # 1–5 May off; Saturday the 9th is worked


def test_l12_a_refusal_tells_both_remedies_with_their_time() -> None:
    told = [r.text("zh-hans") for r in grounds.remedies_for("refuse")]
    assert len(told) == 2
    assert "60日" in told[0] and "行政复议" in told[0]
    assert "6个月" in told[1] and "行政诉讼" in told[1]
    english = grounds.remedies("refuse", "en", court="Mingchuan court")
    assert "60 days" in english[0] and "6 months" in english[1] and "Mingchuan court" in english[1]


def test_l14_hearing_five_to_ask_twenty_to_hold_seven_before() -> None:
    assert period("L14.ask") == (5, "day", "working")
    assert period("L14.hold") == (20, "day", "working")
    assert period("L14.notice") == (7, "day", "working")
    rule = register.rule("L14.notice")
    assert (rule.direction, rule.bound) == ("before", "at_least")
    assert last("L14.notice", "2026-03-20") == date(2026, 3, 11)
    assert last("L14.notice", "2026-02-26") == date(2026, 2, 10)  # over Spring Festival, with the 14th worked


def test_l15_renewal_thirty_days_before_and_deemed_renewed() -> None:
    rule = register.rule("L15.apply")
    assert (rule.quantity, rule.direction, rule.trigger) == (30, "before", "expiry")
    assert last("L15.apply", "2026-12-31") == date(2026, 12, 1)
    assert "day_type" in register.rule("L15").adjustable  # disputed, so a region may set it
    assert "departmental_rule" in register.rule("L15").yields_to  # rules may differ
    assert register.rule("L15.decide").on_miss == "deemed_renewed"
    assert last("L15.decide", "2026-05-02") == date(2026, 5, 2)  # before expiry: a holiday moves nothing


def test_l16_assign_within_five_working_days_at_least_two() -> None:
    assert period("L16") == (5, "day", "working")
    officers = register.rule("L16.officers")
    assert (officers.quantity, officers.unit, officers.bound) == (2, "person", "at_least")


def test_l20_one_year_after_a_false_application_three_after_fraud() -> None:
    assert period("L20.false_application") == (1, "year", "calendar")
    assert period("L20.fraud") == (3, "year", "calendar")
    # a ban does not grow because its last day is a Sunday
    assert last("L20.false_application", "2025-03-01") == date(2026, 3, 1)
    assert last("L20.fraud", "2023-02-28") == date(2026, 2, 28)
    assert grounds.ground("refuse.false_materials").ban_rule == "L20.false_application"


def test_rm2_six_months_to_sue() -> None:
    assert period("RM2") == (6, "month", "calendar")
    assert last("RM2", "2026-04-01") == date(2026, 10, 8)  # 1 October is a holiday


def test_g3_five_levels_g4_all_g5_local() -> None:
    assert (register.rule("G3").quantity, register.rule("G3").unit) == (5, "level")
    assert (register.rule("G4").quantity, register.rule("G4").unit, register.rule("G4").trust) == (100, "percent", "M")
    assert register.rule("G5").trust == "L" and register.rule("G5").place
    assert period("G5.start") == (1, "day", "working")
    assert period("G5.finish") == (15, "day", "working")


def test_x10_a_complex_petition_may_take_longer_and_x11_a_hearing_in_the_re_review_is_not_counted() -> None:
    assert [g.code for g in grounds.grounds_for("extend") if g.rule_id == "X10"] == ["extend.petition_complex"]
    assert [g.code for g in grounds.grounds_for("pause") if g.rule_id == "X11"] == ["pause.petition_hearing"]
    paused = {part: register.rule(f"X11.{part}").paused_by for part in ("ask_review", "review", "recheck")}
    assert paused == {"ask_review": (), "review": (), "recheck": ("X11",)}
    # asked on 2 March: 30 calendar days end on 1 April; 5 to 10 March are not counted: 7 April, the day after Qingming
    assert last("X11.recheck", "2026-03-02") == date(2026, 4, 1)
    assert last("X11.recheck", "2026-03-02", pauses=[("2026-03-05T15:00", "2026-03-10T11:00")]) == date(2026, 4, 7)


# How far each row was checked, as the sources say it: V read in the text, P in part, M from memory, L local.
MARKS = {
    "T": "1-9 V", "L": "1-31 V, 32 L, 33-35 V, 36 P", "RM": "1-2 V, 3 M", "SV": "1-7 P", "G": "1-3 P, 4 M, 5 L, 6-7 P",
    "O": "1-2 P, 3-4 V, 5 P, 6 M, 7-8 P, 9-10 M, 11 L",
    "S": "1 V, 2-4 M, 5-7 P, 8 M, 9-10 P, 11 M, 12-21 P, 22 M, 23-24 P",
    "D": "1-2 P, 3 V, 4-5 L, 6-7 P, 8 M, 9 L, 10 V, 11-12 P, 13-27 V",
    "I": "1-21 V, 22 M, 23 P, 24 V", "X": "1-12 V", "H": "1-5 P, 6-7 L, 8 P, 9 M",
    "J": "1-2 V, 3 P, 4-13 M, 14 L, 15 V", "A": "1 V, 2 P, 3-4 M, 5-6 P, 7 V, 8 M", "B": "1-8 V, 9 M, 10 V, 11 P",
    "C": "1-2 M, 3 V, 4 P, 5 V", "N": "1-6 V, 7 M, 8 V, 9-11 M, 12-13 V, 14 P, 15 V, 16 P",
    "K": "1 V, 2 P, 3-6 V, 7 M, 8 P, 9 M, 10 V",
    # rows that the sources do not number
    "CP": "17 M, 24 M, 27 M, 34 M, 165 M", "WI": "1-6 V, 7-8 P", "WM": "1-3 M", "EM": "1-5 V", "CE": "1 M, 2 L",
    "RT": "1 V", "FS": "1 V, 2 P", "NB": "1-3 V",
}  # fmt: skip
# What of a row is known less well than the row itself stands beside it with a mark of its own.
BESIDE = {
    "D20.under_fourteen": "V", "D23.target": "M",
    "I11.supply": "V", "I12.confirm": "M", "I17.part": "V", "S17.answer": "M", "S18.settle": "M", "D6.check": "M",
    **dict.fromkeys(["LT1", "LT2.check", "LT2.answer", "LT2.publish", "LT3.issue", "LT3.validity", "LT4"], "L"),
    "D6.notice": "M", "D6.validity": "M", "D6.renew": "M", "WI6.missing": "M", "WI6.guides": "M",
    "D13.assess": "V", "L31.excluded": "L", "WM2.press": "P", "WM2.other": "P", "RT1.early_notice": "P",
    "RT1.later_notice": "P",
}  # fmt: skip


def marked() -> dict[str, str]:
    found = dict(BESIDE)
    for family, said in MARKS.items():
        for piece in said.split(", "):
            numbers, mark = piece.split(" ")
            first, _dash, final = numbers.partition("-")
            found |= {f"{family}{n}": mark for n in range(int(first), int(final or first) + 1)}
    return found


def test_the_register_holds_these_rows_with_these_marks_and_no_others() -> None:
    rows = [r for r in register.rules() if r.part_of is None and not r.package]
    assert {r.rule_id: r.trust for r in rows} == marked()


@pytest.mark.parametrize("rule_id", sorted(marked()))
def test_each_row_says_what_it_is_in_both_languages(rule_id: str) -> None:
    rule = register.rule(rule_id)
    assert len(rule.summary["zh-Hans"]) > 8 and len(rule.summary["en"]) > 20
    assert rule.version and rule.rank and rule.subject and len(rule.digest) == 64
    assert len(rule.cite) <= 60  # the width of an event's `rule`
    assert rule.trust != "L" or rule.place, "what is local says where"
