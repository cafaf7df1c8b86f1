"""Taking files into the register: all or nothing, mistakes named, versions fixed, ceilings kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tongqu.kernel.law import datafiles, register
from tongqu.kernel.law.operations import load_rules
from tongqu.kernel.law.register import BadFile, UnknownRule

EXAMPLE = datafiles.SCHEMAS / "rules.example.yaml"


@pytest.fixture(autouse=True)
def own_register(monkeypatch):
    """Each test has its own copy of the books."""
    monkeypatch.setattr(register, "_books", register._open())


def row(**changes: Any) -> dict[str, Any]:
    base = {
        "rule_id": "ZZ1", "version": "办法-2023", "instrument": "示例办法", "article": "一", "rank": "departmental_rule",  # noqa: E501
        "effective_from": "2023-12-01", "trust": "M", "subject": "organ", "trigger": "acceptance", "quantity": 10,
        "unit": "day", "day_type": "working", "summary": {"zh-Hans": "十日内决定", "en": "Decide in ten days"},
    }  # fmt: skip
    return {key: value for key, value in {**base, **changes}.items() if value is not ...}


def document(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"schema": "tongqu/rules/1", "rules": list(rows), **more}


def said(*rows: dict[str, Any], **more: Any) -> list[tuple[str, str, str]]:
    return [(p.row, p.field, p.message) for p in register.check_rules(document(*rows, **more), "rules.yaml")]


def test_the_example_is_taken_whole() -> None:
    taken = load_rules(EXAMPLE)
    assert [r.rule_id for r in taken] == ["EX1", "EX2", "EX3", "EX3.valid", "EX3.renew"]
    assert register.rule("EX1").cite == "EX1@示例办法-2023"
    assert register.rule("EX1").package == "example-licence"
    assert register.rule("EX3.renew").instrument == register.rule("EX3").instrument
    assert register.rule("EX3").parts == ("EX3.valid", "EX3.renew")


def test_taking_it_again_changes_nothing() -> None:
    load_rules(EXAMPLE)
    before = register.rules()
    load_rules(EXAMPLE)
    assert register.rules() == before


def test_what_was_taken_under_a_version_never_changes(tmp_path: Path) -> None:
    load_rules(EXAMPLE)
    changed = tmp_path / "rules.yaml"
    changed.write_text(EXAMPLE.read_text().replace("quantity: 10", "quantity: 9"))
    with pytest.raises(BadFile) as refused:
        load_rules(changed)
    assert "rules.yaml：EX1：version：版本示例办法-2023已经载入，内容不能更改" in str(refused.value)
    assert register.rule("EX1").quantity == 10


def test_a_rule_may_be_ended_under_the_same_version() -> None:
    register.load_rules_document(document(row()), "a.yaml")
    register.load_rules_document(document(row(effective_to="2030-12-31")), "a.yaml")
    assert register.rule("ZZ1", on=date(2030, 12, 31)).effective_to == date(2030, 12, 31)
    with pytest.raises(UnknownRule):
        register.rule("ZZ1", on=date(2031, 1, 1))


def test_all_or_nothing() -> None:
    with pytest.raises(BadFile):
        register.load_rules_document(document(row(), row(rule_id="X2", quantity="十")), "a.yaml")
    with pytest.raises(UnknownRule):
        register.rule("ZZ1")


def test_the_version_in_force_on_a_day() -> None:
    new = row(version="办法-2028", effective_from="2028-01-01", quantity=7)
    register.load_rules_document(document(row(), new), "a.yaml")
    assert register.rule("ZZ1", on=date(2027, 12, 31)).quantity == 10
    assert register.rule("ZZ1", on=date(2028, 1, 1)).quantity == 7
    assert register.rule_version("ZZ1", "办法-2023").quantity == 10
    with pytest.raises(UnknownRule):
        register.rule("ZZ1", on=date(2023, 11, 30))
    with pytest.raises(UnknownRule):
        register.rule_version("ZZ1", "办法-1999")


def test_families_and_order() -> None:
    ids = [r.rule_id for r in register.rules("L")]
    assert ids[:3] == ["L1", "L2", "L3"]
    assert ids.index("L9") < ids.index("L10") < ids.index("L14") < ids.index("L14.ask")


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"instrument": ...}, "instrument", "缺少这一项"),
        ({"summary": {"zh-Hans": "只有中文"}}, "summary.en", "缺少这一项"),
        ({"quantty": 10}, "quantty", "没有这一项，请检查拼写"),
        ({"trust": "X"}, "trust", "“X”不在可选值之内：V、P、M、L"),
        ({"quantity": "十"}, "quantity", "应当是整数，现在是“十”"),
        ({"quantity": -1}, "quantity", "数值-1超出范围"),
        ({"version": 2023}, "version", "应当是文字，现在是“2023”"),
        ({"effective_from": "2023-13-01"}, "effective_from", "“2023-13-01”不是日期，应当写成2026-01-31的样子"),
        ({"rule_id": "x1"}, "rule_id", "“x1”的写法不对"),
        ({"extension": {"quantity": 5}}, "extension.needs", "缺少这一项"),
        ({"extension": {"quantity": 5, "needs": "me"}}, "extension.needs", "不在可选值之内"),
        ({"on_miss_rule": "L99"}, "on_miss_rule", "找不到规则L99"),
        ({"paused_by": ["L99"]}, "paused_by", "找不到规则L99"),
        ({"specialises": ["L99"]}, "specialises", "找不到规则L99"),
        ({"effective_to": "2020-01-01"}, "effective_to", "早于生效日期"),
        ({"trust": "L"}, "place", "要写明是什么地方的"),
        ({"day_type": ...}, "day_type", "工作日"),
        ({"unit": "month"}, "day_type", "只能写calendar"),
        ({"quantity": None}, "quantity", "要有数量"),
        ({"trigger": ...}, "trigger", "从什么事情起算"),
        ({"direction": "before", "extension": {"quantity": 1, "needs": "head"}}, "direction", "不能延长或者暂停"),
        ({"unit": "none", "day_type": ...}, "unit", "要有单位"),
        ({"unit": "none", "quantity": ..., "paused_by": ["L10"], "day_type": ...}, "paused_by", "谈不上延长或者暂停"),
    ],
)
def test_mistakes_name_row_and_field_in_plain_words(changes, field, message) -> None:
    problems = said(row(**changes))
    assert any(f == field and message in m for _row, f, m in problems), problems
    assert all(r in {"ZZ1", "x1"} for r, _field, _message in problems)


def test_a_row_without_an_id_is_named_by_its_place() -> None:
    assert ("第2行", "rule_id", "缺少这一项") in said(row(), row(rule_id=...))


def test_the_same_row_twice() -> None:
    assert ("ZZ1", "rule_id", "同一规则的同一版本出现两次") in said(row(), row())


def test_a_mistake_in_the_frame_of_the_file() -> None:
    assert register.check_rules({"rules": []}, "a.yaml")
    assert register.check_rules([], "a.yaml")
    assert register.check_rules(None, "a.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("schema: a\nschema: b\n", "写了两次"),
        ("rules: [\n", "不是合法的YAML"),
        ("a: &a [*a\n", "不是合法的YAML"),
        ("!!python/object/apply:os.system ['true']", "写了两次"),
    ],
)
def test_a_file_that_is_no_yaml(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(BadFile) as refused:
        load_rules(tmp_path / "a.yaml")
    if "python" not in text:
        assert message in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadFile) as refused:
        load_rules(tmp_path / "none.yaml")
    assert "打不开" in str(refused.value)


# --- ceilings --------------------------------------------------------------------------------------------------------

FITS = {"quantity": 10, "extension": {"quantity": 5, "needs": "head"}, "paused_by": ["L10"], "specialises": ["L7"]}


def test_a_narrower_rule_within_its_ceiling() -> None:
    assert said(row(**FITS)) == []
    assert said(row(**{**FITS, "quantity": 20, "extension": {"quantity": 10, "needs": "head"}})) == []


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"quantity": 21, "extension": ...}, "quantity", "超过L7规定的20个工作日"),
        (
            {"quantity": 20, "extension": {"quantity": 11, "needs": "head"}},
            "extension",
            "连同延长超过L7规定的30个工作日",
        ),
        ({"extension": {"quantity": 11, "needs": "head", "times": 2}}, "extension", "连同延长超过L7规定的30个工作日"),
        ({"paused_by": ["L10", "L19"]}, "paused_by", "L7没有规定可以按L19暂停"),
        ({"unit": "month", "day_type": "calendar", "quantity": 1}, "day_type", "无法比较"),
    ],
)
def test_a_narrower_rule_beyond_its_ceiling(changes, field, message) -> None:
    problems = said(row(**{**FITS, **changes}))
    assert any(f == field and message in m for _row, f, m in problems), problems


def test_calendar_days_fit_under_as_many_working_days_but_not_the_other_way_round() -> None:
    calendar_days = {**FITS, "day_type": "calendar", "quantity": 20, "extension": ...}
    assert said(row(**calendar_days)) == []
    assert said(row(**{**calendar_days, "quantity": 21}))
    assert said(row(**{**FITS, "extension": ..., "paused_by": [], "specialises": ["RM1"]}))


def test_a_ceiling_gives_way_to_the_ranks_it_names() -> None:
    # 第42条: laws and regulations may provide otherwise, rules of a department may not
    longer = {**FITS, "quantity": 60, "extension": ...}
    assert said(row(**longer))
    assert said(row(**longer, rank="administrative_regulation")) == []


def test_a_floor_cannot_be_undercut() -> None:
    officers = {"quantity": 1, "unit": "person", "day_type": ..., "bound": "at_least", "specialises": ["L5"]}
    assert any("少于L5" in m for _row, _field, m in said(row(**officers)))
    assert said(row(**{**officers, "quantity": 3})) == []


def test_a_rule_may_specialise_one_of_the_same_file() -> None:
    wide = row(rule_id="X2", quantity=5)
    assert any("超过X2" in m for _row, _field, m in said(wide, row(specialises=["X2"])))


def test_a_part_is_held_to_its_ceiling_too() -> None:
    part = {
        "part": "send", "trigger": "decision", "quantity": 11, "unit": "day", "day_type": "working",
        "specialises": ["L11"], "summary": {"zh-Hans": "十一日送达", "en": "Deliver in eleven"},
    }  # fmt: skip
    whole = row(parts=[part], quantity=..., unit=..., day_type=..., trigger=...)
    assert any(r == "ZZ1.send" and "超过L11规定的10个工作日" in m for r, _field, m in said(whole))


def test_every_published_schema_is_a_schema() -> None:
    import json

    from jsonschema import Draft202012Validator

    for path in datafiles.SCHEMAS.glob("*.schema.json"):
        Draft202012Validator.check_schema(json.loads(path.read_text()))


def test_every_shipped_file_fits_its_schema_as_plain_yaml_reads_it() -> None:
    for path in (datafiles.DATA / "rules").glob("*.yaml"):
        assert yaml.safe_load(path.read_text())["schema"] == "tongqu/rules/1"


def test_versions_may_not_leave_days_without_a_rule_nor_claim_a_day_twice() -> None:
    first = row(effective_to="2024-12-31")
    assert said(first, row(version="办法-2025", effective_from="2025-01-01")) == []
    gap = said(first, row(version="办法-2025", effective_from="2025-01-02"))
    assert [(where, field) for where, field, _ in gap] == [("ZZ1", "effective_from")] and "有几天没有规则" in gap[0][2]
    twice = said(first, row(version="办法-2025", effective_from="2024-12-31"))
    assert "还没有失效" in twice[0][2]
    assert said(row(), row(version="办法-2025", effective_from="2025-06-01")) == [], "the next one ends it"


def test_a_later_file_may_not_leave_a_gap_behind_what_was_taken_before() -> None:
    register.load_rules_document(document(row(effective_to="2024-12-31")), "a.yaml")
    with pytest.raises(BadFile):
        register.load_rules_document(document(row(version="办法-2025", effective_from="2025-02-01")), "b.yaml")
    assert register.rule("ZZ1", on=date(2024, 12, 31)).version == "办法-2023"
    with pytest.raises(UnknownRule):
        register.rule("ZZ1", on=date(2025, 2, 1))
