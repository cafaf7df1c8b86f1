"""What stands on a 送达回证: the paper served, to whom, how; blank lines to be signed, or what the record says."""

from __future__ import annotations

from typing import Any

from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.paper_content import day, moment
from tongqu.kernel.law import register
from tongqu.kernel.notices import serving
from tongqu.kernel.notices.models import Service, ServiceAttempt
from tongqu.kernel.records.content import Content

BOXES = ("in_person", "left", "post", "entrusted", "electronic", "public_notice")


def receipt_content(case: Case, row: Service) -> Content:
    """The rows of the form, one {label, value, room} each; `room` is the height of an empty one in units of a line."""
    last = row.attempts.order_by("-id").first() if row.state == "served" else None
    rules = [register.rule(r) for r in ("SV1", serving.modes()[row.mode].rule if last else "SV2")]
    return Content(
        issuer=row.issuer, recipient=row.recipient, case_no=case.case_no or "", values={}, lists={},
        table={
            "rows": _rows(case, row, last),
            "notes": [
                "依据：" + "、".join(dict.fromkeys(f"《{r.instrument}》{r.article}" for r in rules)) + "。",
                "受送达人不在时，可以由同住成年家属签收；受送达人是单位的，由法定代表人、主要负责人或者负责收件的人签收。"
                "代收人应当注明与受送达人的关系。",
                f"所送达文件的指纹（SHA-256）：{row.sha256}",
            ],
        },
    )  # fmt: skip


def _rows(case: Case, row: Service, last: ServiceAttempt | None) -> list[dict[str, Any]]:
    number = f"　{row.number}" if row.number else ""
    said = last.details if last else {}
    relation = serving.relations().get(said.get("relation", ""), {}).get("zh-Hans", "")
    served = f"{day(row.served_on)}" if last else ""
    if row.entered_at:
        served = f"{moment(row.entered_at)}进入受送达人在本平台的账号"
    receiver = _joined(said.get("receiver", ""), f"（{relation}）" if relation else "")
    return [
        {"label": "送达的文书", "value": f"《{row.title['zh-Hans']}》{number}"},
        {"label": "受送达人", "value": row.recipient},
        {"label": "案由", "value": case.title.get("zh-Hans", "")},
        {"label": "送达地点", "value": said.get("place", "") or ("本平台账号" if row.entered_at else "")},
        {"label": "送达方式", "value": "", "boxes": _boxes(row.mode if last else "")},
        {"label": "送达日期", "value": served},
        {"label": "受送达人或者代收人（签名、盖章）", "value": _signature(row, receiver, last), "room": 1.2},
        {
            "label": "拒收事由、见证人",
            "value": _joined(said.get("refusal", ""), said.get("witness", "")),
        },
        {"label": "送达人（签名）", "value": _server(last), "room": 0.8},
        {"label": "备注", "value": _note(said)},
    ]


def _boxes(chosen: str) -> list[str]:
    names = serving.modes()
    return [f"{'■' if code == chosen else '□'}{names[code].name['zh-Hans']}" for code in BOXES]


def _signature(row: Service, receiver: str, last: ServiceAttempt | None) -> str:
    if row.entered_at:
        read = f"，首次查看：{moment(row.opened_at)}" if row.opened_at else ""
        return f"电子送达，由平台记录{read}"
    if last and row.mode == "public_notice":
        return f"公告期满视为送达（{day(row.announced_on)}至{day(row.announced_until)}）"
    return receiver


def _server(last: ServiceAttempt | None) -> str:
    if last is None:
        return ""
    return last.by_name or "平台依规则自动送达"


def _note(said: dict[str, Any]) -> str:
    parts = [
        f"邮件号码：{said['tracking_no']}" if said.get("tracking_no") else "",
        f"受托机关：{said['entrusted_to']}" if said.get("entrusted_to") else "",
        said.get("why", ""), said.get("note", ""),
    ]  # fmt: skip
    return _joined(*parts)


def _joined(*parts: str) -> str:
    return "　".join(filter(None, parts))


__all__ = ["receipt_content"]
