"""Papers and licences: typeset, signed, verifiable by anyone with the token."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings

from tongqu.foundation import crypto
from tongqu.foundation.canonical import canonical_bytes
from tongqu.kernel.acts import keys
from tongqu.kernel.acts.actor import Scope
from tongqu.kernel.acts.clock import SHANGHAI, now
from tongqu.kernel.acts.errors import Conflict, NotFound, OnRecord
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.statements import add
from tongqu.kernel.identity.rules import PERSON
from tongqu.kernel.law import register
from tongqu.kernel.records import events, numbering, typeset
from tongqu.kernel.records.catalogue import Kind
from tongqu.kernel.records.content import Content, chinese_day, seal_marks
from tongqu.kernel.records.models import Document, ELicence
from tongqu.kernel.records.operations.files import Laid, keep_unique, lay
from tongqu.kernel.records.rules import public_name
from tongqu.kernel.records.templates_in_force import style_of, text_of_version
from tongqu.kernel.records.tokens import new_token, shown_token

log = logging.getLogger(__name__)
LICENCE = "licence"  # its layout


@dataclass(frozen=True, slots=True)
class Drawn:
    """A paper typeset and stored before the transaction that makes it, so that nobody waits for that with the database
    locked.

    It is used where everything on it, the number included, has come out as foreseen; else it is typeset again. Whoever
    had it drawn keeps its file in `filed_or_removed`.
    """

    token: str
    template: str
    data: Mapping[str, Any]
    file: Laid


def draw_paper(tenant_id: UUID, *, spec: Kind, unit_id: UUID, agency: str, content: Content, day: date) -> Drawn:
    """What `make_paper` will most likely make, typeset and stored now, to be given to it. Raises as it does, but
    records nothing."""
    text = text_of_version(tenant_id, spec, unit_id, at=now())
    data = content.laid_out(spec, text.title, text.body, day=day)
    style = style_of(tenant_id, unit_id, spec, agency=agency)
    data = _sealed(data, style)
    token = new_token()
    whole = _whole(data, numbering.likely_next(tenant_id, unit_id, style, day), token, day)
    return Drawn(token, spec.layout, whole, lay(typeset.render(spec.layout, whole)))


def draw_licence(
    *,
    title: Mapping[str, str],
    issuer_name: Mapping[str, str],
    holder_name: str,
    valid_from: date,
    lines: Sequence[Mapping[str, str]],
    foot: str = "",
) -> Drawn:
    """What `issue_licence` will make of the same, typeset and stored now, to be given to it. Raises
    typeset.MissingGlyph."""
    token = new_token()
    data = _licence_data(
        title=title, issuer_name=issuer_name, holder_name=holder_name, valid_from=valid_from, lines=lines, foot=foot
    )
    whole = _whole(data, "", token, now().astimezone(SHANGHAI).date())
    return Drawn(token, LICENCE, whole, lay(typeset.render(LICENCE, whole)))


@operation("records.make_document")
def make_document(
    act: Act,
    *,
    kind: str,
    title: Mapping[str, str],
    subject: tuple[str, UUID],
    holder_party_id: UUID,
    template: str,
    data: Mapping[str, Any],
    holder_kind: str = PERSON,
    facts: Mapping[str, Any] | None = None,
    unit_id: UUID | None = None,
    number: str = "",
    text: Mapping[str, Any] | None = None,
    day: date | None = None,
    drawn: Drawn | None = None,
) -> Document:
    """Typeset and sign one paper. `data` is what the template needs besides date, QR, token and seal.

    The signature is over the canonical payload {token, kind, title, issuer, recipient, issued_on, sha256 of the PDF},
    with the document's number and what names its text where it has them, which anyone with the token may see. A natural
    person stands in it masked, with a salted commitment to the whole name; without `holder_kind` we take the holder for
    one. `day` is the document's own date, today if left out. Raises typeset.MissingGlyph, put on record.
    """
    token = drawn.token if drawn else new_token()
    day = day or act.at.astimezone(SHANGHAI).date()
    whole = _whole(data, number, token, day)
    if drawn is not None and (drawn.template, drawn.data) == (template, whole):
        file = drawn.file
    else:
        file = lay(_typeset(kind, subject, template, whole))
    named = {"number": number, "text": dict(text or {})} if number else {}
    payload = {
        "format": "tongqu/document/1", "token": token, "kind": kind, "title": dict(title),
        "issuer": data["issuer"], "recipient": public_name(data["recipient"], holder_kind),
        "issued_on": day.isoformat(), "sha256": file.digest, **named, **(facts or {}),
    }  # fmt: skip
    salt = None
    if holder_kind == PERSON:
        commitment = crypto.commit(data["recipient"].encode())
        salt, payload["recipient_commitment"] = commitment.salt, commitment.value
    blob = keep_unique(
        act, file, filename=f"{title['zh-Hans']}.pdf", media_type="application/pdf", holder_party_id=holder_party_id,
        purpose=f"document:{kind}",
    )  # fmt: skip
    document = Document(
        tenant_id=act.actor.tenant_id, kind=kind, title=dict(title), subject_kind=subject[0], subject_id=subject[1],
        holder_id=holder_party_id, holder_name=data["recipient"], holder_kind=holder_kind, holder_salt=salt,
        issuer=data["issuer"], issued_on=day, token=token, blob=blob, payload=payload,
        signature=_sign(payload), unit_id=unit_id, number=number, template=dict(text or {}), created_at=act.at,
    )  # fmt: skip
    add([document])
    act.emit(
        events.DOCUMENT_MADE, subject=("document", document.id),
        body={"kind": kind, "for": subject, "sha256": payload["sha256"], **named},
    )  # fmt: skip
    return document


@operation("records.make_paper")
def make_paper(
    act: Act,
    *,
    spec: Kind,
    unit_id: UUID,
    agency: str,
    subject: tuple[str, UUID],
    holder_party_id: UUID,
    holder_kind: str,
    content: Content,
    day: date,
    drawn: Drawn | None = None,
) -> Document:
    """Make a paper of a declared kind: the text in force for the unit, filled, numbered, sealed and signed.

    `agency` stands in the number of a unit that has set no word of its own. The number is taken last, in this
    transaction: a paper that fails gives it back. Raises wording.Incomplete where the law wants a place filled that
    has nothing, typeset.MissingGlyph.
    """
    text = text_of_version(act.actor.tenant_id, spec, unit_id, at=act.at)
    data = content.laid_out(spec, text.title, text.body, day=day)
    if missing := typeset.uncovered(data):
        raise _missing(typeset.MissingGlyph(missing), spec.kind, subject)
    style = style_of(act.actor.tenant_id, unit_id, spec, agency=agency)
    data = _sealed(data, style)
    return make_document(
        act, kind=spec.kind, title={**spec.name, "zh-Hans": data["title"]}, subject=subject,
        holder_party_id=holder_party_id, holder_kind=holder_kind, template=spec.layout, data=data, unit_id=unit_id,
        number=numbering.take(act.actor.tenant_id, unit_id, style, day), text=text.named(spec), day=day,
        drawn=drawn,
    )  # fmt: skip


def _sealed(data: Mapping[str, Any], style: numbering.Style) -> dict[str, Any]:
    """With the unit's own special seal, where it has one and the paper bears a special seal at all."""
    return {**data, "seal_words": style.seal if style.seal and data["seal_words"] else data["seal_words"]}


def _whole(data: Mapping[str, Any], number: str, token: str, day: date) -> dict[str, Any]:
    """All that the template is given."""
    return {**data, "number": number, **_checkable(token, day), **seal_marks()}


def _checkable(token: str, day: date) -> dict[str, str]:
    """The lines by which anyone can check the paper."""
    url = f"{settings.TQ_PUBLIC_URL}/v/{token}"
    return {
        "date_iso": day.isoformat(), "token": shown_token(token), "qr_svg": typeset.qr_svg(url),
        "verify_at": f"{settings.TQ_PUBLIC_URL.split('://', 1)[-1]}/v",
    }  # fmt: skip


@operation("records.issue_licence")
def issue_licence(
    act: Act,
    *,
    licence_type: str,
    title: Mapping[str, str],
    holder_party_id: UUID,
    holder_name: str,
    issuer_unit_id: UUID,
    issuer_name: Mapping[str, str],
    number: str,
    valid_from: date,
    valid_to: date | None,
    case_id: UUID,
    lines: Sequence[Mapping[str, str]],
    holder_kind: str = PERSON,
    foot: str = "",
    drawn: Drawn | None = None,
) -> ELicence:
    """Register a licence, unique by type and number, and make its paper. Called inside the act that grants it."""
    term = {"valid_from": valid_from.isoformat(), "valid_to": valid_to.isoformat() if valid_to else ""}
    paper = make_document(
        act, kind=f"licence_{licence_type}", title=title, subject=("case", case_id),
        holder_party_id=holder_party_id, template=LICENCE, holder_kind=holder_kind, drawn=drawn,
        facts={"licence": number, "issuer_name": dict(issuer_name), **term},
        data=_licence_data(
            title=title, issuer_name=issuer_name, holder_name=holder_name, valid_from=valid_from, lines=lines,
            foot=foot,
        ),
    )  # fmt: skip
    licence = ELicence(
        tenant_id=act.actor.tenant_id, licence_type=licence_type, number=number, holder_id=holder_party_id,
        holder_name=holder_name, issuer_id=issuer_unit_id, issuer_name=dict(issuer_name), case_id=case_id,
        lines=[dict(line) for line in lines], valid_from=valid_from, valid_to=valid_to, document=paper,
        token=paper.token, created_at=act.at,
    )  # fmt: skip
    add([licence])
    act.emit(
        events.LICENCE_ISSUED, subject=("licence", licence.id),
        body={"type": licence_type, "number": number, "case": case_id, "valid_to": valid_to},
    )  # fmt: skip
    return licence


def _licence_data(
    *,
    title: Mapping[str, str],
    issuer_name: Mapping[str, str],
    holder_name: str,
    valid_from: date,
    lines: Sequence[Mapping[str, str]],
    foot: str,
) -> dict[str, Any]:
    """What the layout of a licence needs besides date, QR, token and seal."""
    return {
        "title": title["zh-Hans"], "issuer": issuer_name["zh-Hans"], "recipient": holder_name, "foot": foot,
        "copy_note": "电子证照（演示）" if settings.TQ_DEMO else "电子证照",
        "lines": [{"label": line["label"], "value": line["value"]} for line in lines],
        "date": chinese_day(valid_from),
    }  # fmt: skip


ENDS = {  # how a licence ends, and from which states: 撤回、撤销 end a valid one, 注销 also an ended one
    "retracted": frozenset({"valid"}),
    "revoked": frozenset({"valid"}),
    "cancelled": frozenset({"valid", "retracted", "revoked"}),
}


@operation("records.end_licence")
def end_licence(
    act: Act,
    *,
    licence_id: UUID,
    how: str,
    rule_id: str,
    region_code: str | None = None,
    expected_version: int | None = None,
) -> dict[str, Any]:
    """End a licence on a rule (L19): retracted 撤回, revoked 撤销 or cancelled 注销.

    `region_code` is the place of the case, for a right that is limited to a region. Raises Conflict when its state no
    longer allows that.
    """
    licence = ELicence.objects.select_for_update().filter(tenant_id=act.actor.tenant_id, id=licence_id).first()
    if licence is None:
        raise NotFound()
    act.require("cases.revoke_licence", Scope(unit_id=licence.issuer_id, region_code=region_code))
    if licence.state not in ENDS[how] or (expected_version is not None and expected_version != licence.version):
        raise Conflict()
    _end(act, licence, how, rule_id, events.LICENCE_ENDS[how])
    return {"licence_id": str(licence.id), "state": licence.state}


@operation("records.replace_licence")
def replace_licence(act: Act, *, licence_id: UUID, rule_id: str) -> dict[str, Any]:
    """End a valid licence as renewed, so that its number is free for the one that takes its place in the same act.

    Called inside the act that renews it, which has asked for the permission. Raises Conflict when it is not valid.
    """
    licence = ELicence.objects.select_for_update().filter(tenant_id=act.actor.tenant_id, id=licence_id).first()
    if licence is None:
        raise NotFound()
    if licence.state != "valid":
        raise Conflict()
    _end(act, licence, "renewed", rule_id, events.LICENCE_RENEWED)
    return {"licence_id": str(licence.id), "number": licence.number}


@operation("records.note_renewal_open")
def note_renewal_open(act: Act, *, licence_id: UUID, item: str, closes: date) -> None:
    """Put on record, once for each licence, that its renewal may be asked for; the holder is told of it."""
    act.allow(act.actor.kind == "system")
    row = ELicence.objects.select_for_update().get(tenant_id=act.actor.tenant_id, id=licence_id)
    if row.renewal_told_at is not None or row.state != "valid":
        act.unchanged()
        return
    ELicence.objects.filter(id=row.id).update(renewal_told_at=act.at)
    act.emit(
        events.RENEWAL_OPEN, subject=("licence", row.id), version=row.version,
        body={"item": item, "closes": closes, "expires": row.valid_to},
    )  # fmt: skip


def _end(act: Act, licence: ELicence, state: str, rule_id: str, kind: str) -> None:
    rule, before = register.rule(rule_id), licence.state
    licence.state, licence.state_since, licence.state_rule = state, act.at, rule.cite
    licence.version += 1
    licence.save(update_fields=["state", "state_since", "state_rule", "version"])
    act.emit(
        kind, subject=("licence", licence.id), version=licence.version, rule=rule.cite,
        body={"number": licence.number, "from": before, "to": state},
    )  # fmt: skip


def _typeset(kind: str, subject: tuple[str, UUID], template: str, data: Mapping[str, Any]) -> bytes:
    try:
        return typeset.render(template, data)
    except typeset.MissingGlyph as error:
        raise _missing(error, kind, subject) from None


def _missing(error: typeset.MissingGlyph, kind: str, subject: tuple[str, UUID]) -> typeset.MissingGlyph:
    """Its code points go on record and into the log, the text around them does not.

    Into the log as well, because inside a job the record is rolled back with the job.
    """
    log.error("no glyph for %s: %s for %s %s was not made", error.code_points, kind, *subject)
    error.on_record = OnRecord(
        events.DOCUMENT_NOT_MADE, *subject, body={"kind": kind, "code_points": list(error.code_points)}
    )
    return error


def _sign(payload: Mapping[str, Any]) -> dict[str, str]:
    return {"text": str(keys.signer().sign(canonical_bytes(payload)))}
