"""What the law allows when a document is served: modes, what each record must hold, what may follow a failure. Pure.

`modes_open` says of each mode whether it may be used now and, if not, why; `faults_of` what an attempt still lacks;
`next_after` what the law offers after a failure. The numbers and lists are data (`data/service_modes.yaml`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.errors import Text

SERVED, SENT, FAILED, ANNOUNCED = "served", "sent", "failed", "announced"
MOST = {
    "receiver": 100,
    "tracking_no": 40,
    "entrusted_to": 100,
    "place": 200,
    "witness": 200,
    "refusal": 500,
    "why": 500,
}


@dataclass(frozen=True, slots=True)
class Mode:
    """One way of serving. See the data file for the meaning of each part."""

    code: str
    name: Mapping[str, str]
    hint: Mapping[str, str]
    rule: str
    fields: tuple[str, ...]
    on_receipt: tuple[str, ...]
    proof: tuple[str, ...]
    settles: str
    needs_consent: bool
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Failure:
    code: str
    name: Mapping[str, str]
    next: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """An earlier attempt, as the rules need it."""

    mode: str
    result: str
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was done: by which mode, with which result, on which day, and what proves it."""

    mode: str
    result: str = SERVED
    on: date | None = None
    failure: str = ""
    receiver: str = ""
    relation: str = ""
    tracking_no: str = ""
    entrusted_to: str = ""
    place: str = ""
    witness: str = ""
    refusal: str = ""
    why: str = ""
    note: str = ""
    receipt_kept: bool = False
    has_file: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """Why a mode may not be used now."""

    message: Text
    rule: str


@functools.cache
def _book() -> Mapping[str, Any]:
    path = Path(__file__).parent / "data" / "service_modes.yaml"
    return yaml.safe_load(path.read_text("utf-8"))  # type: ignore[no-any-return]


@functools.cache
def modes() -> Mapping[str, Mode]:
    return {
        code: Mode(
            code, m["name"], m["hint"], m["rule"], tuple(m["fields"]), tuple(m.get("on_receipt", ())),
            tuple(m["proof"]), m["settles"], m.get("needs_consent", False), m.get("after", {}),
        )
        for code, m in _book()["modes"].items()
    }  # fmt: skip


@functools.cache
def failures() -> Mapping[str, Failure]:
    return {code: Failure(code, f["name"], tuple(f["next"])) for code, f in _book()["failures"].items()}


def relations() -> Mapping[str, Mapping[str, str]]:
    return _book()["relations"]  # type: ignore[no-any-return]


def modes_open(tried: Iterable[Tried], *, consent: bool) -> dict[str, Closed | None]:
    """Each mode: None when it may be used now, else why not and by which rule."""
    known = list(tried)
    return {code: _closed(mode, known, consent) for code, mode in modes().items()}


def _closed(mode: Mode, tried: list[Tried], consent: bool) -> Closed | None:
    if mode.needs_consent and not consent:
        return Closed(_("没有受送达人同意电子送达的记录"), mode.rule)
    if mode.after:
        failed = [t for t in tried if t.result == FAILED]
        established = any(t.failure in mode.after["failures"] for t in failed)
        if not established and len({t.mode for t in failed}) < mode.after["modes_failed"]:
            return Closed(
                _("公告送达只能在查明下落不明，或者至少两种其他方式没有送达之后使用"), mode.rule
            )  # fmt: skip
    return None


def next_after(tried: Iterable[Tried], *, consent: bool) -> list[str]:
    """The modes that the law offers after the latest failure, those open now, in order; empty when nothing failed."""
    known = list(tried)
    last = next((t for t in reversed(known) if t.result == FAILED), None)
    if last is None or last.failure not in failures():
        return []
    open_now = modes_open(known, consent=consent)
    return [code for code in failures()[last.failure].next if open_now[code] is None]


def faults_of(attempt: Attempt, *, earliest: date, today: date) -> dict[str, Text]:
    """{field: what is missing or wrong and how to mend it}; empty when the record is whole."""
    mode = modes().get(attempt.mode)
    if mode is None:
        return {"mode": _("请选择送达方式")}
    found: dict[str, Text] = {}
    if attempt.result not in _results(mode):
        return {"result": _("请选择这种送达方式能有的结果")}
    if mode.settles != "over_time" and not mode.needs_consent:
        found |= _day_faults(attempt, earliest, today)
    if attempt.result == FAILED:
        if attempt.failure not in failures():
            found["failure"] = _("请选择没有送达的原因")
        return found
    wanted = [*mode.fields, *(mode.on_receipt if attempt.result == SERVED else ())]
    found |= {name: MISSING[name] for name in wanted if not getattr(attempt, name)}
    if "relation" in wanted and attempt.relation and attempt.relation not in relations():
        found["relation"] = MISSING["relation"]
    for name, most in MOST.items():
        if len(getattr(attempt, name)) > most:
            found[name] = _("太长，最多%(most)s字") % {"most": most}
    if attempt.result == SERVED and mode.proof and not any(_has(attempt, kind) for kind in mode.proof):
        found["witness" if "witness" in mode.proof else "proof"] = NO_PROOF[mode.proof]
    return found


def _results(mode: Mode) -> set[str]:
    if mode.settles == "over_time":
        return {ANNOUNCED}
    if mode.needs_consent or mode.code == "left":
        return {SERVED}
    return {SERVED, FAILED} | ({SENT} if mode.settles == "later" else set())


def _day_faults(attempt: Attempt, earliest: date, today: date) -> dict[str, Text]:
    if attempt.on is None:
        return {"happened_on": _("请填写日期")}
    if attempt.on > today:
        return {"happened_on": _("日期不能晚于今天")}
    if attempt.on < earliest:
        return {"happened_on": _("日期不能早于文书的落款日期%(day)s") % {"day": earliest.isoformat()}}
    return {}


def _has(attempt: Attempt, kind: str) -> bool:
    return {"file": attempt.has_file, "kept": attempt.receipt_kept, "witness": bool(attempt.witness)}[kind]


MISSING: dict[str, Text] = {
    "receiver": _("请填写签收人的姓名"), "relation": _("请选择签收人与受送达人的关系"),
    "tracking_no": _("请填写邮件号码"), "entrusted_to": _("请填写受托机关的名称"),
    "place": _("请填写留置的地点"), "refusal": _("请写明拒收的情形"),
    "why": _("请写明下落不明或者无法送达的原因和经过"),
}  # fmt: skip
NO_PROOF: dict[tuple[str, ...], Text] = {
    ("file", "kept"): _("请上传签收的送达回证或者回执，或者勾选原件已经归档"),
    ("file", "witness"): _("请填写见证人，或者上传留置过程的照片"),
}
