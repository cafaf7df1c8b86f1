"""The register as JSON, for anybody: its rules, one of them on a day, and why a period of it ends when it does."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import BaseModel, Field

from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.acts.networks import on_both
from tongqu.kernel.law import answers, queries, register
from tongqu.kernel.law.models import Clock

router = Router(tags=["law"])
Region = Annotated[
    str, Query(max_length=12, description="where the rule may be set otherwise: 2, 4, 6, 9 or 12 digits")
]


class DayOut(BaseModel):
    date: date
    counted: bool
    number: int | None = Field(description="the how-manieth that counts")
    reason_code: str
    text_zh: str
    text_en: str


class WhyOut(BaseModel):
    """Why a period ends when it does. Hours and minutes have no days."""

    rule: str = Field(description="with its version: L7@行政许可法-2019")
    trigger: str | None = Field(description="the event from which it runs")
    start: datetime
    due_at: datetime
    last_day: date
    provisional: bool = Field(description="it rests on a year whose holidays are not published")
    paused: bool = Field(description="the earliest it can be: a pause still lasts")
    sentence: dict[str, str] = Field(description="zh-Hans and en")
    note: str = ""
    days: list[DayOut]


class RunningOut(WhyOut):
    """The same of a clock that runs or ran."""

    name: str
    state: str
    on_miss: str = Field(description="what follows when it runs out; empty: nothing in law")
    on_miss_rule: str = Field(description="the rule that says so")
    missed_at: datetime | None = Field(description="when the platform carried that out")
    ended_at: datetime | None
    outcome: str
    promised_due_at: datetime | None
    pauses: list[dict[str, Any]]
    extensions: list[dict[str, Any]] = Field(description="how much, for which reason and when")


@router.get("/law/rules", auth=None, response=list[dict[str, Any]], summary="The rules in force")
@on_both
def rules(
    request: HttpRequest, prefix: str = "", trust: str = "", instrument: str = ""
) -> list[dict[str, Any]]:  # fmt: skip
    return [answers.rule_plain(one) for one in answers.listed(prefix, trust=trust, instrument=instrument)]


@router.get("/law/rules/{rule_id}", auth=None, response=dict[str, Any], summary="One rule, on a day or by its version")
@on_both
def rule(
    request: HttpRequest, rule_id: str, on: date | None = None, version: str | None = None, region: Region = ""
) -> dict[str, Any]:
    return answers.rule_plain(answers.rule_of(rule_id, version, on, region))


@router.get("/law/rules/{rule_id}/due", auth=None, response=WhyOut, summary="When a period of it ends, and why")
@on_both
def due(
    request: HttpRequest,
    rule_id: str,
    start: Annotated[str, Query(max_length=40, description="2026-02-10 or 2026-02-10T16:00")],
    pause: Annotated[list[str], Query(max_length=50, description="FROM..TO:GROUND, as often as needed")] = [],  # noqa: B006
    extend: bool = False,
    region: Region = "",
) -> dict[str, Any]:
    pauses = [answers.pause_written(one) for one in pause]
    if None in pauses:
        raise Invalid(_("请按2026-03-05..2026-03-10:hearing的样子填写暂停"), field="pause")
    found = answers.worked_out(
        rule_id, start, pauses=[one for one in pauses if one], extend=extend, region=region
    )  # fmt: skip
    return _spoken(found.plain())


def running(clock: Clock) -> dict[str, Any]:
    """A clock as `RunningOut`. No query."""
    rule = register.cited(clock.cite)  # none where its package is not loaded; the numbers are the clock's own
    why = {"rule": clock.cite, "trigger": rule and rule.trigger, **answers.plain_of(queries.explain(clock))}
    return _spoken(why) | {
        "name": clock.name, "state": clock.state, "on_miss": clock.on_miss, "on_miss_rule": clock.consequence_cite,
        "missed_at": clock.missed_at, "ended_at": clock.ended_at, "outcome": clock.outcome,
        "promised_due_at": clock.promised_due_at, "pauses": clock.pauses,
        "extensions": [{key: one[key] for key in ("quantity", "unit", "reason", "at")} for one in clock.extensions],
    }  # fmt: skip


def _spoken(plain: dict[str, Any]) -> dict[str, Any]:
    return plain | {"sentence": {"zh-Hans": plain["zh-Hans"], "en": plain["en"]}}
