"""The register for programs: no account is needed, and it answers as the command line does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from tests.rig.queries import Visit
from tongqu.kernel.law import cli, register

pytestmark = pytest.mark.django_db
API = "/api/v1/law/rules"


def got(client: Client, path: str, status: int = 200) -> Any:
    answer = client.get(API + path)
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def test_the_register_and_one_rule(client: Client, visit: Visit) -> None:
    visit(client, API)
    assert {row["rule_id"] for row in got(client, "")} == {rule.rule_id for rule in register.rules()}
    assert [row["rule_id"] for row in got(client, "?prefix=L14")] == ["L14", "L14.ask", "L14.hold", "L14.notice"]
    assert {row["trust"] for row in got(client, "?trust=M")} == {"M"}
    row = visit(client, f"{API}/L7").json()
    assert (row["quantity"], row["unit"], row["day_type"], row["trust"]) == (20, "day", "working", "V")
    assert row["extension"] == {"quantity": 10, "needs": "head", "times": 1}
    assert got(client, "/N1?on=2025-06-01")["article"] == "第21条"
    assert got(client, "/N1?version=网络安全法-2025")["article"] == "第23条"


def test_why_a_period_ends_when_it_does(client: Client, visit: Visit) -> None:
    asked = "?start=2026-02-10T16:00&pause=2026-03-05T15:00..2026-03-10T11:00:hearing&extend=true"
    found = visit(client, f"{API}/L7/due{asked}").json()
    pauses = [("2026-03-05T15:00", "2026-03-10T11:00", "hearing")]
    said = json.loads(cli.due("L7", "2026-02-10T16:00", pauses=pauses, extend=True, as_json=True))
    assert found["sentence"] == {"zh-Hans": said["zh-Hans"], "en": said["en"]}
    assert (found["rule"], found["trigger"], found["last_day"]) == (
        "L7@行政许可法-2019",
        "acceptance",
        said["last_day"],
    )
    reasons = {day["date"]: (day["reason_code"], day["text_zh"]) for day in found["days"]}
    assert reasons["2026-02-14"] == ("makeup", "调休上班，计入") and reasons["2026-02-16"] == (
        "holiday",
        "春节，不计入",
    )
    assert reasons["2026-03-05"] == ("paused", "依法举行听证期间，不计入") and reasons["2026-03-01"][0] == "weekend"
    assert [day["number"] for day in found["days"] if day["counted"]] == list(range(1, 31))


def test_a_moment_just_around_midnight_and_in_another_zone(client: Client) -> None:
    for start, last in (
        ("2026-03-02T23:59:59.999999", "2026-03-30"), ("2026-03-03T00:00", "2026-03-31"),
        ("2026-03-02T15:59:59Z", "2026-03-30"), ("2026-03-02T16:00:00Z", "2026-03-31"),
    ):  # fmt: skip
        assert got(client, f"/L7/due?start={start}")["last_day"] == last, start


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/L99", 404, "没有规则L99"), ("/L7?on=2010-01-01", 404, "没有登记在册的版本"),
        ("/L7?region=x", 422, "区划代码"),
        ("/L7/due", 422, ""), ("/L7/due?start=yesterday", 422, "2026-01-31"), ("/L99/due?start=2026-03-02", 404, "L99"),
        ("/L5/due?start=2026-03-02", 422, "没有规定期限"), ("/L7/due?start=2026-03-02&pause=x", 422, "暂停"),
        ("/L1/due?start=2026-03-02&pause=2026-03-03..2026-03-04", 422, "不能暂停"),
        ("/L1/due?start=2026-03-02&extend=true", 422, "不能延长"), ("/L7/due?start=2100-01-01", 422, "2099"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_a_clear_error(client: Client, path: str, status: int, said: str) -> None:
    assert said in json.dumps(got(client, path, status), ensure_ascii=False)
