"""The papers a case calls for: which event asks for which, and what goes into it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases import definition
from tongqu.kernel.cases.context import LoadedFacts
from tongqu.kernel.cases.models import Case, Decision
from tongqu.kernel.cases.procedure import procedure
from tongqu.kernel.cases.rules import unmet
from tongqu.kernel.law import register
from tongqu.kernel.law.grounds import ground, remedies
from tongqu.kernel.law.models import Clock
from tongqu.kernel.standards.plain_yaml import load_file

NONE = "——"


@dataclass(frozen=True, slots=True)
class Paper:
    """One kind of document as `data/documents.yaml` declares it."""

    kind: str
    title: Mapping[str, str]
    on: tuple[str, ...]
    basis: tuple[str, ...]
    paragraphs: tuple[str, ...]
    ground: bool = False
    reason: bool = False
    remedies: bool = False
    list: str = ""


@functools.cache
def papers() -> dict[str, Paper]:
    """Every kind of paper, by its code."""
    raw = load_file(Path(__file__).parent / "data" / "documents.yaml")["documents"]
    return {
        kind: Paper(
            kind=kind,
            title=p["title"],
            on=(p["on"],) if isinstance(p["on"], str) else tuple(p["on"]),
            basis=tuple(p["basis"]),
            paragraphs=tuple(p["paragraphs"]),
            ground=p.get("ground", False),
            reason=p.get("reason", False),
            remedies=p.get("remedies", False),
            list=p.get("list", ""),
        )  # fmt: skip
        for kind, p in raw.items()
    }


def paper_for(event_kind: str) -> Paper | None:
    """The paper that this event calls for, if any."""
    return next((p for p in papers().values() if event_kind in p.on), None)


def data_for(paper: Paper, case: Case, event: Event) -> dict[str, Any]:
    """What the template is given: plain strings and lists of strings."""
    facts = LoadedFacts(case, definition.package_of(case))
    decision = case.decisions.order_by("-id").first()
    places = _places(case, event, {c.name: c for c in facts.clocks}, decision)
    bound = definition.parameters(definition.package_of(case))
    proc = procedure(case.procedure_code, case.procedure_version)
    basis = [register.rule(r) for name in paper.basis if (r := proc.rule_id(name, bound))]
    data: dict[str, Any] = {
        "title": paper.title["zh-Hans"],
        "recipient": case.applicant_name,
        "paragraphs": [p.format_map(places) for p in paper.paragraphs],
        "items": _demand_lines(case) if paper.list == "demands" else [],
        "basis": list(dict.fromkeys(f"《{r.instrument.strip('《》')}》{r.article}" for r in basis)),
        "ground": "",
        "reason": "",
        "remedies": [],
        "issuer": case.unit_name.get("zh-Hans", ""),
        "date": _day(event.recorded_at),
        "case_no": case.case_no or "",
    }
    code = event.body.get("ground")
    if paper.ground and code:
        found = ground(code)
        data["ground"] = f"{found.text['zh-Hans']}（{found.source}）"
    if (paper.reason or paper.ground) and decision and decision.kind != "grant":
        data["reason"] = decision.reason
    if paper.reason and event.kind == "cases.extend":
        data["reason"] = facts_reason(case, event)
    if paper.remedies:
        data["remedies"] = remedies()
    return data


def facts_reason(case: Case, event: Event) -> str:
    """The reason sealed in an event, opened for the paper that tells it to the applicant."""
    from tongqu.kernel.identity.vault import open_sealed

    # Under the key it was sealed with: the applicant's entry may have been merged into another since.
    return str(open_sealed(UUID(event.sealed["party"]), event.sealed).get("reason", "")) if event.sealed else ""


def _places(case: Case, event: Event, clocks: Mapping[str, Clock], decision: Decision | None) -> dict[str, str]:
    decide, deliver, supply = (clocks.get(name) for name in ("decide", "deliver", "supply"))
    return {
        "item": case.title.get("zh-Hans", ""),
        "case_no": case.case_no or "",
        "received_day": _day(case.received_at),
        "accepted_day": _day(case.accepted_at),
        "decide_days": _span(decide),
        "decide_due": _day(decide.due_at if decide else None),
        "supply_due": _day(supply.due_at if supply else None),
        "deliver_days": _span(deliver),
        "deliver_due": _day(deliver.due_at if deliver else None),
        "valid_from": _day(decision.valid_from if decision else None),
        "valid_to": _day(decision.valid_to if decision else None),
        "licence_no": case.decisions.filter(kind="grant").values_list("licence_no", flat=True).first() or NONE,
        "expected_days": str(event.body.get("expected_days", NONE)),
    }


def _demand_lines(case: Case) -> list[str]:
    package, open_ones = definition.package_of(case), unmet(case.demands)
    asked = [d for d in case.demands if d["code"] in open_ones and not d.get("spot")]
    return [f"{definition.title_of(package, d['code'])['zh-Hans']}：{d['note']}" for d in asked]


def _span(clock: Clock | None) -> str:
    if clock is None:
        return NONE
    words = {"working": "个工作日", "calendar": "日", "hour": "小时"}
    return f"{clock.quantity}{words.get(clock.day_type, '日')}"


def _day(moment: datetime | date | None) -> str:
    if moment is None:
        return NONE
    day = moment.astimezone(SHANGHAI).date() if isinstance(moment, datetime) else moment
    return f"{day.year}年{day.month}月{day.day}日"
