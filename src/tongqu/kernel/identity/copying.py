"""The copy of one's data: a ZIP with data.json (open format, described by schema.json), the files, and index.html.

Everything comes from the holders that rooms registered. Values that belong to somebody else are already left out by
them. Names inside the ZIP are ours, never a file's own: nothing can leave its folder when unpacked.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from tongqu.kernel.acts.clock import SHANGHAI, now
from tongqu.kernel.acts.errors import NotFound, Unavailable
from tongqu.kernel.identity import holders, queries_rights
from tongqu.kernel.identity.holders import Datum, HeldFile, Record, Section, Subject
from tongqu.kernel.identity.vault import in_hand
from tongqu.kernel.law import register
from tongqu.kernel.law.words import source as cited

FORMAT = "tongqu/my-data/1"
SCHEMA = Path(__file__).with_name("schemas") / "my-data.schema.json"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Packed:
    data: bytes
    sha256: str


def pack(subject: Subject, *, progress: Progress | None = None) -> Packed:
    """The ZIP. `progress(done, total)` after each section and file. In Chinese, the language of the record."""
    with in_hand(), translation.override("zh-hans"):
        return _pack(subject, progress or (lambda done, total: None))


def _pack(subject: Subject, progress: Progress) -> Packed:
    sections = [(holder, one) for holder in holders.holders() for one in holder.sections]
    files = [file for holder in holders.holders() for file in holder.files(subject)]
    total, done = len(sections) + len(files) + 1, 0
    out = io.BytesIO()
    told: dict[str, Any] = {
        "format": FORMAT, "made_at": _text(now()), "node": settings.TQ_PUBLIC_URL, "name": subject.name, "sections": [],
        "readings": [], "files": [],
    }  # fmt: skip
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for holder, section in sections:
            rows = [_record(row) for row in holders.everything(holder, subject, section.code)]
            told["sections"].append(_section(section) | {"records": rows})
            progress(done := done + 1, total)
        told["readings"] = list(_readings(subject))
        for n, file in enumerate(files, start=1):
            told["files"].append(_put(package, n, file))
            progress(done := done + 1, total)
        package.writestr("data.json", json.dumps(told, ensure_ascii=False, indent=1))
        package.writestr("schema.json", SCHEMA.read_bytes())
        package.writestr("index.html", render_to_string("identity/copy_index.html", told))
    progress(total, total)
    data = out.getvalue()
    return Packed(data, hashlib.sha256(data).hexdigest())


def _section(section: Section) -> dict[str, Any]:
    return {
        "code": section.code, "title": str(section.title), "why": str(section.why), "kept": str(section.kept),
        "basis": [_basis(rule_id) for rule_id in section.basis],
    }  # fmt: skip


def _basis(rule_id: str) -> dict[str, str]:
    rule = register.rule(rule_id)
    return {"rule": rule.cite, "source": cited(rule)}


def _record(row: Record) -> dict[str, Any]:
    return {
        "id": row.id, "title": str(row.title), "at": _text(row.at), "note": str(row.note), "rule": row.rule,
        "kept_until": _text(row.kept_until), "data": [_datum(one) for one in row.data],
        "parts": [_record(part) for part in row.children],
    }  # fmt: skip


def _datum(one: Datum) -> dict[str, Any]:
    shown = one.full if one.others else one.value
    return {
        "name": one.name, "label": str(one.label), "value": one.full, "shown": shown, "element": one.element,
        "source": one.source, "source_name": str(one.source_name), "as_of": one.as_of,
    }  # fmt: skip


def _readings(subject: Subject) -> Iterator[dict[str, Any]]:
    after: str | None = None
    while True:
        page = queries_rights.readings(subject, own=True, after=after, size=200)
        for row in page.rows:
            yield {"at": _text(row.at), "who": row.who, "what": row.what, "why": row.why, "refused": row.refused}
        if page.next is None:
            return
        after = page.next


def _put(package: zipfile.ZipFile, n: int, file: HeldFile) -> dict[str, Any]:
    """One file under a name of ours. One that is gone or damaged is said to be, and does not cost the rest."""
    path = f"files/{n:04d}-{file.path}"
    try:
        data = file.read()
    except (NotFound, Unavailable):
        return {"path": "", "title": file.title, "sha256": "", "missing": True}
    package.writestr(path, data)
    return {"path": path, "title": file.title, "sha256": hashlib.sha256(data).hexdigest(), "missing": False}


def _text(at: datetime | date | None) -> str | None:
    if isinstance(at, datetime):
        return at.astimezone(SHANGHAI).isoformat(timespec="seconds")
    return at.isoformat() if at else None
