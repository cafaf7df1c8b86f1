"""The form on which a service is recorded: one definition draws it, describes it to programs and reads what comes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from tongqu.kernel.notices import serving
from tongqu.kernel.notices.serving import Attempt, Closed

Field = dict[str, Any]
_MET = ["in_person", "post", "entrusted"]  # modes with an outcome to report


def fields(closed: Mapping[str, Closed | None], *, first: Mapping[str, Any] | None = None) -> list[Field]:
    """The fields, with the modes that are open; `first` are values to begin with."""
    open_modes = [mode for code, mode in serving.modes().items() if closed.get(code) is None]
    modes = [{"value": m.code, "label": dict(m.name), "hint": dict(m.hint)} for m in open_modes]
    drawn = [
        _choice("mode", "送达方式", "Mode", modes, required=True),
        _choice("result", "结果", "Result", RESULTS, show=_when("mode", *_MET),
                required={"when": _when("mode", *_MET)}),
        _choice("failure", "没有送达的原因", "Why not", _named(_failures()), show=_when("result", "failed")),
        {"name": "happened_on", "element": "case.day", "widget": "date", "show": _when("mode", *_MET, "left"),
         "label": {"zh-Hans": "签收、留置、寄出或者未送达的日期", "en": "Day it was signed for, left, sent or failed"}},
        _text("receiver", "签收人姓名", "Who received it", _when("result", "served")),
        _choice("relation", "签收人与受送达人的关系", "Relation to the recipient", _named(serving.relations()),
                show=_when("result", "served")),
        _text("tracking_no", "邮件号码", "Tracking number", _when("mode", "post")),
        _text("entrusted_to", "受托机关", "Organ entrusted", _when("mode", "entrusted")),
        _text("place", "留置地点", "Place where it was left", _when("mode", "left")),
        _text("refusal", "拒收的情形", "How receipt was refused", _when("mode", "left"), "textarea"),
        _text("witness", "见证人（姓名、单位）", "Witness (name, organisation)", _when("mode", "left")),
        _text("why", "下落不明或者无法送达的原因和经过", "Why nothing else works", _when("mode", "public_notice"),
              "textarea"),
        {"name": "proof", "element": "case.file", "widget": "file", "show": _when("mode", *_MET, "left"),
         "label": {"zh-Hans": "证明材料", "en": "Proof"}, "help": PROOF_HELP},
        _choice("receipt_kept", "纸质回证", "Paper receipt", KEPT, show=_when("result", "served"), widget="checkboxes"),
        {"name": "note", "element": "case.note", "widget": "textarea", "max_length": 500,
         "label": {"zh-Hans": "备注", "en": "Note"}},
    ]  # fmt: skip
    for field in drawn:
        if first and field["name"] in first:
            field["initial"] = first[field["name"]]
    return drawn


WANTED = {"result", "failure", "happened_on", "receiver", "relation", "tracking_no", "entrusted_to", "place", "refusal",
          "why"}  # fmt: skip


def marked(listed: Iterable[Field]) -> list[Field]:
    """The fields as a page marks them: what a record must hold is not called optional where it shows. What is missing
    is told by the rules of service, all at once and in their own words."""
    return [f | {"required": True} if f["name"] in WANTED else f for f in listed]


RESULTS = [
    {"value": "served", "label": {"zh-Hans": "已经送达", "en": "Served"}},
    {"value": "sent", "label": {"zh-Hans": "已寄出或者已委托，等待结果", "en": "Sent, waiting for the result"},
     "hint": {"zh-Hans": "只用于邮寄和委托", "en": "By post and entrusted only"}},
    {"value": "failed", "label": {"zh-Hans": "没有送达", "en": "Not served"}},
]  # fmt: skip
KEPT = [
    {"value": "yes", "label": {"zh-Hans": "签收的送达回证原件已经归档", "en": "The signed receipt is filed on paper"}}
]
PROOF_HELP = {
    "zh-Hans": "签收的送达回证、邮件回执、照片或者截图；没有送达的不用交，回证原件已经归档的勾选下一项也可以",
    "en": "The signed receipt, return receipt, photograph or screenshot; not if it was not served. The next box will "
    "do where the signed receipt is filed on paper",
}


def _when(field: str, *values: str) -> Field:
    return {"field": field, "in": list(values)}


def _failures() -> dict[str, Mapping[str, str]]:
    return {f.code: f.name for f in serving.failures().values()}


def _named(names: Mapping[str, Mapping[str, str]]) -> list[Field]:
    return [{"value": code, "label": dict(name)} for code, name in names.items()]


def _choice(name: str, zh: str, en: str, options: list[Field], *, widget: str = "radio", **more: Any) -> Field:
    return {
        "name": name, "element": "case.service", "widget": widget, "label": {"zh-Hans": zh, "en": en},
        "options": options, **more,
    }  # fmt: skip


def _text(name: str, zh: str, en: str, show: Mapping[str, Any], widget: str = "text") -> Field:
    return {
        "name": name, "element": "case.note", "widget": widget, "show": dict(show),
        "max_length": serving.MOST[name], "label": {"zh-Hans": zh, "en": en},
    }  # fmt: skip


def attempt_of(values: Mapping[str, Any], *, has_file: bool) -> Attempt:
    """What was entered, as the rules take it. Modes with one possible result get that."""
    mode = str(values.get("mode", ""))
    only = {"electronic": "served", "left": "served", "public_notice": "announced"}
    on = values.get("happened_on")
    return Attempt(
        mode=mode, result=only.get(mode, str(values.get("result") or "served")),
        on=date.fromisoformat(str(on)) if on else None,
        **{name: str(values.get(name) or "") for name in _TEXTS},
        receipt_kept=bool(values.get("receipt_kept")), has_file=has_file,
    )  # fmt: skip


_TEXTS = (
    "failure", "receiver", "relation", "tracking_no", "entrusted_to", "place", "witness", "refusal", "why", "note",
)  # fmt: skip


def form(listed: Iterable[Field], title: Mapping[str, str]) -> dict[str, Any]:
    """A form definition of one page with these fields."""
    section = {"id": "service", "title": dict(title), "fields": list(listed)}
    return {"pages": [{"id": "service", "title": dict(title), "sections": [section]}]}
