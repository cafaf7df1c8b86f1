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
