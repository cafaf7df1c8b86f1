"""What the command line shows."""

from __future__ import annotations

import json

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
