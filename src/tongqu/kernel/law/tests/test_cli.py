"""What the command line shows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from tongqu.kernel.acts.errors import Invalid, NotFound
from tongqu.kernel.law import cli, register


@pytest.fixture(autouse=True)
def shipped_rules_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What packages have added in other tests is not listed here."""
    monkeypatch.setattr(register, "_books", register._shipped())


def test_list() -> None:
    lines = cli.list_("T").splitlines()
    assert len(lines) == 9 and lines[0].startswith("T1 ")
    from_memory = [row["rule_id"] for row in json.loads(cli.list_(trust="M", as_json=True))]
    assert {"G4", "B9", "CP17", "D23.target", "S17.answer", "J9"} <= set(from_memory) and "L7" not in from_memory


def test_show() -> None:
    text = cli.show("L7")
    assert text.startswith("L7@行政许可法-2019") and "不超过 20个工作日" in text and "[V] 已核对原文" in text
    found = json.loads(cli.show("L7", as_json=True))
    assert found["extension"] == {"quantity": 10, "needs": "head", "times": 1}
    assert found["effective_from"] == "2019-04-23"
    with pytest.raises(NotFound):
        cli.show("L99")


def test_due() -> None:
    assert "到2026年3月30日24时届满" in cli.due("L7", "2026-03-02")
    assert "2026-03-30   20  工作日，计入" in cli.due("L7", "2026-03-02", days=True)
    found = json.loads(cli.due("L7", "2026-03-02T10:00", pauses=[("2026-03-05", "2026-03-10")], as_json=True))
    assert found["last_day"] == "2026-04-03"
    assert json.loads(cli.due("L7", "2026-03-02", extended_by=10, as_json=True))["last_day"] == "2026-04-14"


@pytest.mark.parametrize(
    ("rule_id", "start"), [("L12", "2026-03-02"), ("L7", "tomorrow"), ("L7", "1900-01-01"), ("L5", "2026-03-02")]
)
def test_due_that_cannot_be_told(rule_id: str, start: str) -> None:
    with pytest.raises(Invalid):
        cli.due(rule_id, start)


def test_show_on_a_day_and_by_instrument() -> None:
    assert cli.show("L7", on="2020-01-01").startswith("L7@行政许可法-2019")
    with pytest.raises(NotFound) as refused:
        cli.show("L7", on="2010-01-01")
    assert "最早的L7@行政许可法-2019自2019-04-23起" in str(refused.value.message)
    with pytest.raises(NotFound) as refused:
        cli.show("L7", version="行政许可法-1999")
    assert "没有版本行政许可法-1999" in str(refused.value.message)
    lines = cli.list_(instrument="行政许可法").splitlines()
    assert len(lines) > 15 and all("行政许可法" in line for line in lines)


def test_the_version_in_force_at_the_start_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    now = register.rule("L7")
    coming = replace(now, version="将来", effective_from=date(2027, 1, 1), quantity=5)
    monkeypatch.setattr(register, "_books", register._open().joined_by([coming]))
    spans = [json.loads(cli.due("L7", day, as_json=True)) for day in ("2026-12-31", "2027-01-04", "2018-03-02")]
    assert [span["rule"] for span in spans] == [now.cite, "L7@将来", now.cite]
    assert [sum(day["counted"] for day in span["days"]) for span in spans] == [20, 5, 20]
    assert "note" not in spans[0] and "2018-03-02还没有登记在册的版本" in spans[2]["note"]
    assert "2018-03-02还没有登记在册的版本" in cli.due("L7", "2018-03-02")


def test_due_with_pauses_on_a_ground_and_an_extension() -> None:
    found = json.loads(
        cli.due("L7", "2026-02-10T16:00", pauses=[("2026-03-05", "2026-03-10", "hearing")], as_json=True)
    )
    # 20 working days from 10 February: the 11th to 14th, 24 February on; four days of hearing are left out
    assert found["last_day"] == "2026-03-20"
    assert json.loads(cli.due("L7", "2026-03-02", extend=True, as_json=True))["last_day"] == "2026-04-14"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"pauses": [("2026-03-10", "2026-03-05")]}, "结束早于开始"),
        ({"pauses": [("2026-03-05", "2026-03-10"), ("2026-03-09", "2026-03-12")]}, "重叠"),
        ({"pauses": [("2026-02-20", "2026-02-25")]}, "期限开始之前"),
        ({"pauses": [("2026-05-06", "2026-05-08")]}, "期限届满之后"),
        ({"pauses": [("2026-03-05", "2026-03-10", "holiday")]}, "没有这种暂停的理由"),
        ({"extended_by": 11}, "最多可以延长"), ({"extended_by": -1}, "最多可以延长"),
    ],
)  # fmt: skip
def test_what_no_law_allows_is_refused(more: dict[str, object], said: str) -> None:
    with pytest.raises(Invalid) as refused:
        cli.due("L7", "2026-03-02", **more)  # type: ignore[arg-type]
    assert said in str(refused.value.message)


def test_a_period_that_cannot_be_paused_or_extended() -> None:
    with pytest.raises(Invalid, match="invalid"):
        cli.due("L1", "2026-03-02", pauses=[("2026-03-03", "2026-03-04", "hearing")])
    with pytest.raises(Invalid, match="invalid"):
        cli.due("L1", "2026-03-02", extend=True)
    with pytest.raises(Invalid) as refused:
        cli.due("L7", "2099-12-20")
    assert "2000年至2099年" in str(refused.value.message)


def test_a_pause_may_begin_where_another_ends() -> None:
    """Cutting one pause into two changes nothing, on the command line as well."""
    whole = cli.due("L7", "2026-03-02", pauses=[("2026-03-05T15:00", "2026-03-12T11:00", "hearing")], as_json=True)
    halves = [("2026-03-05T15:00", "2026-03-10T11:00", "hearing"), ("2026-03-10T11:00", "2026-03-12T11:00", "testing")]
    cut = cli.due("L7", "2026-03-02", pauses=halves, as_json=True)
    assert json.loads(cut)["last_day"] == json.loads(whole)["last_day"] == "2026-04-08"


@pytest.mark.parametrize("rule_id", ["L1", "L14.notice", "N6.others"])
def test_what_the_law_lets_nobody_pause_is_not_paused_without_a_ground_either(rule_id: str) -> None:
    with pytest.raises(Invalid) as refused:
        cli.due(rule_id, "2026-03-20", pauses=[("2026-03-23", "2026-03-24", "")])
    assert "依法不能暂停" in str(refused.value.message)


def test_due_says_the_ground_of_each_paused_day_and_from_what_it_runs() -> None:
    pauses = [("2026-03-05", "2026-03-10", "hearing")]
    text = cli.due("L7", "2026-03-02T16:30", pauses=pauses, days=True)
    assert "2026-03-05       依法举行听证期间，不计入" in text
    assert "《中华人民共和国行政许可法》第42条第1款 L7@行政许可法-2019" in text
    assert "起算：受理之日，2026年3月2日 16:30" in text
    found = json.loads(cli.due("L7", "2026-03-02T16:30", pauses=pauses, as_json=True))
    assert found["trigger"] == "acceptance"
    assert [d["text_en"] for d in found["days"] if d["date"] == "2026-03-05"] == ["hearing, not counted"]


def test_show_says_all_that_the_row_says() -> None:
    text = cli.show("L7")
    for said in (
        "依据：《中华人民共和国行政许可法》第42条第1款  法律", "施行日期：2019年4月23日", "约束对象：行政机关",
        "起算：受理之日",
        "延长：经本机关负责人批准，可以延长10个工作日", "不计入期限：按L10所需的时间不计入", "逾期后果：记为超期",
    ):  # fmt: skip
        assert said in text, said
    assert "算作工作日的：2、3、5、7日" in cli.show("T5")


def test_minutes_run_on_over_midnight_and_holidays() -> None:
    found = json.loads(cli.due("N6.protector", "2026-02-16T23:45", as_json=True))
    assert (found["due_at"], found["provisional"]) == ("2026-02-16T16:15:00+00:00", False)
    assert "从2026年2月16日23:45起算30分钟，到2026年2月17日00:15为止" in cli.due("N6.protector", "2026-02-16T23:45")


def test_a_pause_in_the_extended_time_counts() -> None:
    """20 working days from 2 March end on the 30th; with 10 more a hearing on 2 and 3 April lies inside."""
    pauses = [("2026-04-02", "2026-04-03", "hearing")]
    found = json.loads(cli.due("L7", "2026-03-02", extend=True, pauses=pauses, as_json=True))
    assert found["last_day"] == "2026-04-16"
    with pytest.raises(Invalid) as refused:
        cli.due("L7", "2026-03-02", pauses=pauses)
    assert "期限届满之后" in str(refused.value.message)


@pytest.mark.parametrize("start", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-11:00", "9999-12-31", "2026-02-30", ""])
def test_a_start_beyond_all_calendars(start: str) -> None:
    with pytest.raises(Invalid):
        cli.due("L7", start)
    with pytest.raises(Invalid):
        cli.due("N6.others", start)


def test_a_pause_is_offered_only_the_grounds_of_its_own_law() -> None:
    assert (
        json.loads(
            cli.due(
                "X11.recheck", "2026-03-02", pauses=[("2026-03-05", "2026-03-10", "petition_hearing")], as_json=True
            )
        )["last_day"]
        == "2026-04-07"
    )
    with pytest.raises(Invalid) as refused:
        cli.due("X11.recheck", "2026-03-02", pauses=[("2026-03-05", "2026-03-10", "lunch")])
    assert "可以用：petition_hearing" in str(refused.value.message)
    with pytest.raises(Invalid) as refused:
        cli.due("X11.recheck", "2026-03-02", pauses=[("2026-03-05", "2026-03-10", "tender")])
    assert "不能以此理由暂停" in str(refused.value.message)
