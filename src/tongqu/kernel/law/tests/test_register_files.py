"""What rows must agree on beside each other: whole files, the ranges of versions, how a statute counts its days."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tongqu.kernel.law import datafiles, register
from tongqu.kernel.law.register import BadFile
from tongqu.kernel.law.tests.test_register import document, own_register, row, said

__all__ = ["own_register"]  # each test has its own copy of the books


# --- ranges ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first_day", ["2023-12-01", None])
def test_two_versions_that_begin_on_the_same_day(first_day: str | None) -> None:
    twice = [row(version=name, effective_from=first_day) for name in ("办法-甲", "办法-乙")]
    [(name, field, message)] = said(*twice)
    assert (name, field) == ("ZZ1", "effective_from")
    assert "办法-甲" in message and "办法-乙" in message and "从同一天起生效" in message


def test_a_version_beside_one_of_an_unknown_first_day() -> None:
    assert said(row(effective_from=None, version="办法-旧"), row()) == []  # the unknown one came before


@pytest.mark.parametrize(
    ("until", "since", "message"),
    [
        ("2027-12-30", "2028-01-01", "有几天没有规则"), ("2028-01-01", "2028-01-01", "还没有失效"),
        ("2029-12-31", "2028-01-01", "还没有失效"), ("2027-12-31", "2028-01-01", ""), (None, "2028-01-01", ""),
    ],
)  # fmt: skip
def test_a_gap_and_an_overlap_to_the_day(until: str | None, since: str, message: str) -> None:
    problems = said(row(effective_to=until), row(version="办法-2028", effective_from=since))
    assert [m for _row, _field, m in problems if message in m] if message else problems == []


def test_a_row_that_two_shipped_files_both_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(datafiles.DATA, tmp_path / "data")
    again = document(row(rule_id="L7", version="行政许可法-2019", quantity=21))
    (tmp_path / "data" / "rules" / "zz.yaml").write_text(yaml.safe_dump(again, allow_unicode=True), "utf-8")
    monkeypatch.setattr(datafiles, "DATA", tmp_path / "data")
    with pytest.raises(BadFile) as refused:
        register._shipped()
    assert "zz.yaml：L7：rule_id：同一规则的同一版本出现两次" in str(refused.value)


# --- “二日、三日、五日、七日”是工作日 ----------------------------------------------------------------


def of(instrument: str, quantity: int, day_type: str, **more: Any) -> list[tuple[str, str, str]]:
    return said(row(instrument=f"中华人民共和国{instrument}", quantity=quantity, day_type=day_type, **more))


@pytest.mark.parametrize("days", range(1, 12))
def test_t5_only_two_three_five_and_seven_days_of_the_penalty_law_are_working_days(days: int) -> None:
    right, wrong = ("working", "calendar") if days in {2, 3, 5, 7} else ("calendar", "working")
    assert of("行政处罚法", days, right) == []
    [(_row, field, message)] = of("行政处罚法", days, wrong)
    assert field == "day_type" and f"{days}日" in message and "规则T5" in message and right in message


@pytest.mark.parametrize("days", range(1, 12))
def test_t6_only_three_five_seven_and_ten_days_of_the_reconsideration_law_are_working_days(days: int) -> None:
    right, wrong = ("working", "calendar") if days in {3, 5, 7, 10} else ("calendar", "working")
    assert of("行政复议法", days, right) == []
    assert "规则T6" in of("行政复议法", days, wrong)[0][2]


def test_t5_and_t6_say_it_of_no_other_unit_and_of_no_other_law() -> None:
    assert of("行政处罚法", 5, "hour", unit="hour") == of("行政处罚法", 2, "calendar", unit="year") == []
    assert of("行政强制法", 7, "calendar") == []


def test_t5_holds_for_a_part_of_a_row_as_well() -> None:
    part = {"part": "serve", "trigger": "decision", "quantity": 7, "unit": "day", "day_type": "calendar"}
    summary = {"zh-Hans": "七日内送达", "en": "Served in seven days"}
    whole = row(
        instrument="中华人民共和国行政处罚法", parts=[{**part, "summary": summary}], quantity=90, day_type="calendar"
    )
    assert [(r, f) for r, f, _message in said(whole)] == [("ZZ1.serve", "day_type")]


def test_the_limits_of_the_penalty_law_are_counted_so() -> None:
    """行政处罚法85: 7 days to serve and 3 to withdraw are working days; the 90 of article 60 are calendar days."""
    kinds = {part: register.rule(f"L34.{part}").day_type for part in ("decide", "serve", "withdraw")}
    assert kinds == {"decide": "calendar", "serve": "working", "withdraw": "working"}
    assert register.rule("T5").working_days == (2, 3, 5, 7) and register.rule("T6").working_days == (3, 5, 7, 10)
