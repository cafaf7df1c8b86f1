"""What a paper of a case says: the value of each place of its text, from the case as it is when the paper is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings

from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.statements import fetch, fetch_one, fetch_values
from tongqu.kernel.cases import definition, progress
from tongqu.kernel.cases.context import LoadedFacts
from tongqu.kernel.cases.models import Case, Consultation, Decision, SiteCheck
from tongqu.kernel.cases.procedure import procedure
from tongqu.kernel.cases.ruling import base_of, rule_for, rule_of
from tongqu.kernel.directory.queries import UnitView
from tongqu.kernel.identity.vault import open_sealed
from tongqu.kernel.law.citing import departure, sources
from tongqu.kernel.law.dating import before_extension
from tongqu.kernel.law.explaining import amount
from tongqu.kernel.law.grounds import ground, remedies
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.rules import Rule
from tongqu.kernel.records.catalogue import Kind
from tongqu.kernel.records.content import Content

NONE = "——"


class Facts:
    """A case, the event that calls for the paper, and what they say, each read when a place first asks."""

    def __init__(self, case: Case, event: Event, unit: UnitView) -> None:
        self.case, self.event, self.unit = case, event, unit
        self.package = definition.package_of(case)
        self.loaded = LoadedFacts(case, self.package)
        self.day = event.recorded_at.astimezone(SHANGHAI).date()

    @cached_property
    def clocks(self) -> Mapping[str, Clock]:
        return {c.name: c for c in self.loaded.clocks}

    @cached_property
    def decision(self) -> Decision | None:
        return fetch_one(Decision, order=("-id",), case=self.case)

    def unchanged(self) -> bool:
        """Whether the case is still as it was read, and so are its clocks where any was asked for.

        An act counts up the case's version with whatever it writes to rows of the case; what counts clocks anew or
        lets them run out counts up theirs. 2 queries, or 1.
        """
        case = self.case
        if fetch_values(Case, _COLUMNS, id=case.id) != [tuple(getattr(case, name) for name in _COLUMNS)]:
            return False
        read: list[Clock] | None = self.loaded.__dict__.get("clocks")
        if read is None:
            return True
        stored = fetch_values(
            Clock, ("id", "version"), tenant_id=case.tenant_id, subject_kind="case", subject_id=case.id
        )
        return {(clock.id, clock.version) for clock in read} == set(stored)

    @property
    def asked(self) -> list[Consultation]:
        """Whom a letter to the consulted addresses: the one asked by this event, else all who objected."""
        wanted = self.event.body.get("consultation")
        return [r for r in self.loaded.consultations if (str(r.id) == wanted if wanted else r.outcome == "objects")]

    @property
    def grant(self) -> Decision | None:
        return fetch_one(Decision, order=("id",), case=self.case, kind="grant")

    def rules(self, kind: Kind) -> list[Rule]:
        """The rules behind the kind's basis, as the item's package binds them and as they hold for this case."""
        proc = procedure(self.case.procedure_code, self.case.procedure_version)
        bound = definition.parameters(self.package)
        names = [r for name in kind.basis if (r := proc.rule_id(name, bound))]
        return [rule_for(self.case, name, clocks=self.loaded.clocks, on=self.day) for name in names]

    @property
    def reason(self) -> str:
        """What was told with the event itself, under the applicant's key."""
        sealed = self.event.sealed
        return str(open_sealed(UUID(sealed["party"]), sealed).get("reason", "")) if sealed else ""


_COLUMNS = tuple(column.attname for column in Case._meta.concrete_fields)


def content_for(kind: Kind, case: Case, event: Event, unit: UnitView) -> Content:
    """Everything the paper says of a case at an event."""
    return content_of(Facts(case, event, unit), kind)


def content_of(facts: Facts, kind: Kind) -> Content:
    """Everything the paper says. Reads the places that its kind has, no others."""
    case = facts.case
    values = {name: VALUES[name](facts, kind) for name, p in kind.places.items() if not p.is_list}
    lists = {name: LISTS[name](facts, kind) for name, p in kind.places.items() if p.is_list}
    table = check_table(facts) if kind.layout == "check_record" else {}
    return Content(
        issuer=case.unit_name.get("zh-Hans", ""), recipient=_recipient(facts, kind), case_no=case.case_no or "",
        values=values, lists=lists, table=table, notes=_notes(facts, kind),
    )  # fmt: skip


def _recipient(facts: Facts, kind: Kind) -> str:
    asked = facts.asked if kind.to == "consulted" else []
    return "、".join(row.name for row in asked) or str(facts.case.applicant_name)


# --- single values ---------------------------------------------------------------------------------------------------


def _ground(facts: Facts, kind: Kind) -> str:
    code = facts.event.body.get("ground")
    if not code:
        return ""
    found = ground(code)
    return f"{found.text['zh-Hans']}（{found.source}）"


def _basis(facts: Facts, kind: Kind) -> str:
    cited = [source for rule in facts.rules(kind) for source in sources(rule)]
    return "、".join(dict.fromkeys(cited))


def _contact(facts: Facts, kind: Kind) -> str:
    return "，".join(filter(None, [facts.unit.address, facts.unit.phone]))


def _licence_no(facts: Facts, kind: Kind) -> str:
    grant = facts.grant
    return (grant.licence_no if grant else "") or NONE


def _due(name: str) -> Callable[[Facts, Kind], str]:
    return lambda facts, kind: day(clock.due_at if (clock := facts.clocks.get(name)) else None)


def _extended(name: str) -> Callable[[Facts, Kind], str]:
    """By how much a clock was extended, at the last time."""

    def said(facts: Facts, kind: Kind) -> str:
        clock = facts.clocks.get(name)
        last = clock.extensions[-1] if clock and clock.extensions else None
        return amount(last["quantity"], last["unit"], clock.day_type)[0] if clock and last else NONE

    return said


def _length(name: str) -> Callable[[Facts, Kind], str]:
    return lambda facts, kind: span(facts.clocks.get(name))


def _before(name: str) -> Callable[[Facts, Kind], str]:
    """The last day that a clock had before it was extended, at the last time."""

    def said(facts: Facts, kind: Kind) -> str:
        clock = facts.clocks.get(name)
        if clock is None or not clock.extensions:
            return NONE
        return day(before_extension(clock, datetime.fromisoformat(clock.extensions[-1]["at"])))

    return said


# The places that state a limit: of which clock, the last day or the length.
LIMITS: dict[str, tuple[str, Callable[[str], Callable[[Facts, Kind], str]]]] = {
    "notice_due": ("notice", _due),
    "decide_days": ("decide", _length),
    "decide_due": ("decide", _due),
    "decide_due_before": ("decide", _before),
    "extended_days": ("decide", _extended),
    "answer_due": ("answer", _due),
    "answer_days": ("answer", _length),
    "answer_extended": ("answer", _extended),
    "supply_days": ("supply", _length),
    "supply_due": ("supply", _due),
    "deliver_days": ("deliver", _length),
    "deliver_due": ("deliver", _due),
    "hearing_days": ("ask_hearing", _length),
    "hearing_due": ("ask_hearing", _due),
}


# What a paper calls the limit of each clock.
LIMIT_NAMES = {
    "notice": "告知是否受理的期限",
    "decide": "审查期限",
    "answer": "答复期限",
    "supply": "补正期限",
    "deliver": "颁发、送达许可证件的期限",
    "ask_hearing": "申请听证的期限",
}


def _notes(facts: Facts, kind: Kind) -> dict[str, str]:
    """{place: what must stand beside it}: a limit set otherwise in the case's region names whose document sets it and
    from which article it departs, whatever text the unit uses."""
    notes = {}
    for place, (name, _said) in LIMITS.items():
        if place in kind.places and (clock := facts.clocks.get(name)):
            rule = rule_of(clock)
            notes[place] = departure(rule, base_of(rule), of=LIMIT_NAMES[name])
    return {place: note for place, note in notes.items() if note}


def _begun(facts: Facts, name: str) -> datetime | None:
    """From when a clock counts."""
    return clock.started_at if (clock := facts.clocks.get(name)) else None


def _consult_days(facts: Facts, kind: Kind) -> str:
    """How long whoever is consulted has, counted from the receipt of the letter."""
    proc = procedure(facts.case.procedure_code, facts.case.procedure_version)
    rules = [rule_for(facts.case, proc.consultations[row.kind].rule, on=facts.day) for row in facts.asked]
    rule = rules[0] if rules else None
    return amount(rule.quantity, rule.unit, rule.day_type)[0] if rule and rule.quantity else NONE


def _wanted(facts: Facts) -> str:
    """What was applied for, in the applicant's words (I10)."""
    entries = facts.loaded.entries
    described = [entries[name] for name in facts.package.fields if name in entries]
    return "；".join(str(one["value"]) for one in described if one["element"] in DESCRIBES)


DESCRIBES = {"disclosure.name", "disclosure.number", "disclosure.feature"}


def _attached(facts: Facts) -> str:
    count = len(facts.event.body.get("disclosed", ()))
    return f"随本答复书提供的政府信息共{count}个文件，可以在办件页面查阅、下载。" if count else ""


VALUES: dict[str, Callable[[Facts, Kind], str]] = {
    "item": lambda facts, kind: facts.case.title.get("zh-Hans", ""),
    "case_no": lambda facts, kind: facts.case.case_no or "",
    "receipt_no": lambda facts, kind: facts.case.receipt_no or "",
    "query_code": lambda facts, kind: progress.shown_code(facts.case.id),
    "query_at": lambda facts, kind: f"{settings.TQ_PUBLIC_URL.split('://', 1)[-1]}/progress",
    "received_day": lambda facts, kind: day(facts.case.received_at),
    "supplied_day": lambda facts, kind: day(facts.event.recorded_at),
    "still": lambda facts, kind: _still(facts),
    "accepted_day": lambda facts, kind: day(facts.case.accepted_at),
    "valid_from": lambda facts, kind: day(facts.decision.valid_from if facts.decision else None),
    "valid_to": lambda facts, kind: day(facts.decision.valid_to if facts.decision else None),
    "licence_no": _licence_no,
    "confirmed_day": lambda facts, kind: day(_begun(facts, "answer")),
    "about": lambda facts, kind: "；".join(row.about for row in facts.asked),
    "consult_days": _consult_days,
    "wanted": lambda facts, kind: _wanted(facts),
    "attached": lambda facts, kind: _attached(facts),
    "expected_days": lambda facts, kind: str(facts.event.body.get("expected_days", NONE)),
    "ground": _ground,
    "reason": lambda facts, kind: facts.reason,
    "basis": _basis,
    "contact": _contact,
    **{place: said(name) for place, (name, said) in LIMITS.items()},
}


# --- lists -----------------------------------------------------------------------------------------------------------


def _demands(facts: Facts, kind: Kind) -> Sequence[str]:
    """What a supplement must bring, as it was asked: it may have come before the paper is made."""
    told, at = facts.event.body.get("demands", ()), facts.event.recorded_at
    asked = [d for d in _waiting(facts) if d["code"] in told or _moment(d["asked_at"]) <= at]
    return [f"{_title(facts, d['code'])}：{d['note']}" for d in asked]


def _supplied(facts: Facts, kind: Kind) -> Sequence[str]:
    """What came with this event: files by the piece, corrected fields by name."""
    count = Counter(m.code for m in facts.loaded.materials)
    return [
        f"{_title(facts, code)}（{count[name]}份）" if what == "material" else f"{_title(facts, code)}（已更正）"
        for code in facts.event.body["supplied"]
        for what, _sep, name in [code.partition(":")]
    ]


def _still(facts: Facts) -> str:
    """What is asked and had not come by this event; it may have come by the time the paper is made."""
    names = "、".join(_title(facts, d["code"]) for d in _waiting(facts))
    return f"以下内容还没有补齐：{names}。" if names else ""


def _waiting(facts: Facts) -> list[Any]:
    """The demands that were open at this event; what may be corrected on the spot is none."""
    listed, at = [d for d in facts.case.demands if not d.get("spot")], facts.event.recorded_at
    return [d for d in listed if not d["met"] or _moment(d.get("met_at") or d.get("lapsed_at")) > at]


def _moment(text: str | None) -> datetime:
    return datetime.fromisoformat(text) if text else datetime.min.replace(tzinfo=SHANGHAI)


def _title(facts: Facts, code: str) -> str:
    return definition.title_of(facts.package, code)["zh-Hans"]


def _materials(facts: Facts, kind: Kind) -> Sequence[str]:
    titles = {m["code"]: m["title"]["zh-Hans"] for m in facts.package.content["materials"]["materials"]}
    count = Counter(m.code for m in facts.loaded.materials if m.code in titles)
    how = "窗口录入，申请人确认" if facts.case.help else "网上填写"
    return [f"申请表（{how}，1份）", *(f"{titles[code]}（{n}份）" for code, n in count.items())]


def _particulars(facts: Facts, kind: Kind) -> Sequence[str]:
    lines = definition.licensed_matter(facts.package, facts.loaded.values)
    return [f"{label}：{value}" for label, value in lines if value]


LISTS: dict[str, Callable[[Facts, Kind], Sequence[str]]] = {
    "demands": _demands,
    "materials": _materials,
    "supplied": _supplied,
    "particulars": _particulars,
    "remedies": lambda facts, kind: remedies(kind.remedies or "refuse"),
}


# --- the record of a site check --------------------------------------------------------------------------------------


def check_table(facts: Facts) -> dict[str, Any]:
    """The signed sheet as rows of {label, value}: facts, points, closing, signatures."""
    (row,) = fetch(SiteCheck, id=UUID(facts.event.body["check"]))
    package, values = facts.package, facts.loaded.values
    fields = definition.check_sheet(package, values, facts.case)
    labels = {f["name"]: f["label"]["zh-Hans"] for f in fields}
    results = {o["value"]: o["label"]["zh-Hans"] for o in definition.RESULTS}
    photos = len(row.sheet.get("photos", ()))
    return {
        "facts": [
            {"label": "被核查单位（人）", "value": facts.case.applicant_name},
            {"label": "核查事项", "value": facts.case.title.get("zh-Hans", "")},
            *({"label": label, "value": v} for label, v in definition.licensed_matter(package, values) if v),
            {"label": "核查时间", "value": moment(row.checked_at)},
            {"label": "核查人员", "value": "、".join(o["name"] for o in row.officers)},
        ],
        "points": [
            {"label": labels[name], "value": results.get(value, str(value))}
            for name, value in row.sheet.items()
            if name.startswith("point_") and name in labels
        ],
        "closing": [
            {"label": "现场情况", "value": row.sheet.get("findings") or "无补充说明"},
            {"label": "现场照片", "value": f"{photos}张，另附于本件电子档案" if photos else "无"},
            {"label": "核查结论", "value": results.get(row.conclusion, NONE)},
        ],
        "signatures": [
            {"label": "被核查单位（人）：", "value": _party_signature(row)},
            *(_officer_signature(o) for o in row.officers if o.get("signed_at")),
        ],
    }


def _officer_signature(officer: Mapping[str, str]) -> dict[str, str]:
    at = moment(datetime.fromisoformat(officer["signed_at"]))
    return {"label": f"核查人员 {officer['name']}：", "value": f"已于{at}电子签署"}


def _party_signature(row: SiteCheck) -> str:
    if row.applicant_signature == "signed":
        return "已阅记录并在现场签字"
    return f"拒绝签字：{row.signature_note}" if row.applicant_signature == "refused" else NONE


# --- words -----------------------------------------------------------------------------------------------------------


def span(clock: Clock | None) -> str:
    """How long a clock runs, in words."""
    if clock is None:
        return NONE
    return amount(clock.quantity, clock.unit, clock.day_type)[0]


def day(moment_or_day: datetime | date | None) -> str:
    if moment_or_day is None:
        return NONE
    found = moment_or_day.astimezone(SHANGHAI).date() if isinstance(moment_or_day, datetime) else moment_or_day
    return f"{found.year}年{found.month}月{found.day}日"


def moment(at: datetime | None) -> str:
    if at is None:
        return NONE
    local = at.astimezone(SHANGHAI)
    return f"{day(local)}{local:%H:%M}"
