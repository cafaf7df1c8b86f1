"""核验 Whoever has the code on a paper sees whether it is ours, unaltered and in force, and checks their file."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt

from tongqu.kernel.acts import keys
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.errors import Invalid, NotFound
from tongqu.kernel.identity.rules import PERSON
from tongqu.kernel.law import register
from tongqu.kernel.law.words import source
from tongqu.kernel.records.models import ELicence
from tongqu.kernel.records.pages.fingerprint import fingerprint
from tongqu.kernel.records.pages.limiting import limited
from tongqu.kernel.records.queries import Verdict, signature_of, verify
from tongqu.kernel.records.rules import public_name
from tongqu.kernel.records.tokens import read_token, shown_token
from tongqu.kernel.ui.pages import page
from tongqu.kernel.ui.templatetags.ui import day, moment, words

SHOWN = {  # status: (word, tone, sentence)
    "genuine": (gettext_lazy("真实有效"), "success", gettext_lazy("这份文书由%(issuer)s制发，内容没有被改动。")),
    "valid": (gettext_lazy("有效"), "success", gettext_lazy("这张证照由%(issuer)s制发，内容没有被改动，目前有效。")),
    "expired": (gettext_lazy("已过有效期"), "warning", gettext_lazy("这张证照由%(issuer)s制发，有效期已经届满。")),
    "revoked": (gettext_lazy("已撤销"), "danger", gettext_lazy("这张证照由%(issuer)s制发，后来已被撤销，不再有效。")),
    "retracted": (gettext_lazy("已撤回"), "danger", gettext_lazy("这张证照由%(issuer)s制发，后来已被撤回，不再有效。")),
    "cancelled": (gettext_lazy("已注销"), "danger", gettext_lazy("这张证照由%(issuer)s制发，后来已经注销，不再有效。")),
    "renewed": (
        gettext_lazy("已延续换证"),
        "warning",
        gettext_lazy("这张证照由%(issuer)s制发，后来已经延续，由同一编号的新证代替，请核验新证。"),
    ),
    "altered": (
        gettext_lazy("内容被改动"),
        "danger",
        gettext_lazy("系统中的记录与制发时的签名不一致，请不要采信，并向制发机关核实。"),
    ),
}
ENDED = {"retracted", "revoked", "cancelled", "renewed"}
Row = dict[str, Any]


@limited
@page()
def ask(request: HttpRequest) -> HttpResponse:
    """Type the code; a readable one leads to its page. 1 query, the count of tries."""
    typed = request.GET.get("code", "").strip()[:200]
    if token := read_token(typed):
        return redirect("records:verify", token)
    error = _("核验码由 12 位数字和字母组成，请对照文书再看一遍") if typed else ""
    response = render(request, "records/ask.html", {"typed": typed, "error": error}, status=422 if typed else 200)
    return _private(response)


@csrf_exempt  # changes nothing and asks for no login; the check would write the upload to disk
@limited
@page()
def result(request: HttpRequest, token: str) -> HttpResponse:
    """What the code names and its state today; on POST also whether the file sent is the one we made. 3 queries."""
    clean = read_token(token)
    if clean != token:
        return redirect("records:verify", clean) if clean else _unknown(request, token)
    sent, error = None, ""
    if request.method == "POST":
        try:
            sent = fingerprint(request, field="pdf", limit=settings.TQ_UPLOAD_LIMIT)
        except Invalid as invalid:
            error = str(invalid.fields["pdf"])
    try:
        verdict = verify(clean, pdf_sha256=sent)
    except NotFound:
        return _unknown(request, clean)
    return _private(render(request, "records/verdict.html", _told(verdict, error), status=422 if error else 200))


@limited
@page()
def proof(request: HttpRequest, token: str) -> HttpResponse:
    """What was signed, the signature and the key, for whoever checks it themselves. 3 queries. Raises NotFound.

    The signature is over `payload` as canonical JSON (RFC 8785).
    """
    verdict = verify(token)
    document, signature = verdict.document, signature_of(verdict.document)
    public = keys.public_keys().get(signature.key_id) if signature else None
    answer = {
        "format": "tongqu/verification/1",
        "status": verdict.status,
        "checked_at": now().isoformat(timespec="seconds"),
        "payload": document.payload,
        "signature": signature and {
            "algorithm": signature.alg, "key_id": signature.key_id, "value": base64.b64encode(signature.value).decode(),
        },
        "public_key": public and base64.b64encode(public).decode(),
        "signed_form": "RFC 8785",
    }  # fmt: skip
    return _private(JsonResponse(answer, json_dumps_params={"ensure_ascii": False, "indent": 1}))


def _unknown(request: HttpRequest, typed: str) -> HttpResponse:
    return _private(render(request, "records/unknown.html", {"typed": typed[:40]}, status=404))


def _private(response: HttpResponse) -> HttpResponse:
    """Neither kept by anyone nor found by search engines: whoever knows the code holds the paper."""
    add_never_cache_headers(response)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _told(verdict: Verdict, error: str) -> Row:
    """What the page says; of a record that was altered, nothing that stands in it."""
    status = verdict.status if verdict.licence or verdict.status == "altered" else "genuine"
    document, signature = verdict.document, signature_of(verdict.document)
    word, tone, sentence = SHOWN[status]
    issuer = words(verdict.licence.issuer_name) if verdict.licence else document.issuer
    told: Row = {
        "status": status, "word": word, "tone": tone, "sentence": sentence % {"issuer": issuer},
        "code": shown_token(document.token), "checked_at": now(), "same_file": verdict.same_file, "error": error,
        "limit": settings.TQ_UPLOAD_LIMIT, "json_url": reverse("records:proof", args=[document.token]),
    }  # fmt: skip
    if status == "altered":
        return told
    return told | {
        "title": document.title,
        "facts": list(_facts(verdict)),
        "revoked": _ended(verdict.licence) if status in ENDED and verdict.licence else None,
        "signature_facts": [
            {"label": _("签名算法"), "value": signature.alg if signature else ""},
            {"label": _("密钥编号"), "value": signature.key_id if signature else ""},
            {"label": _("文件指纹（SHA-256）"), "value": document.payload["sha256"]},
        ],
    }


def _facts(verdict: Verdict) -> Iterator[Row]:
    document, licence = verdict.document, verdict.licence
    masked = _("自然人姓名只显示首字，请与文书上的姓名对照") if document.holder_kind == PERSON else ""
    gone = document.erased_at is not None
    yield {"label": _("名称"), "value": words(document.title)}
    if document.number:
        yield {"label": _("文号"), "value": document.number}
    if licence:
        yield {"label": _("证照编号"), "value": licence.number}
    yield {
        "label": _("持有人") if licence else _("送达对象"),
        "value": _("（已依法删除）") if gone else public_name(document.holder_name, document.holder_kind),
        "note": _("持有人的个人信息已依法删除，签名仍可核验") if gone else masked,
    }  # fmt: skip
    yield {"label": _("制发机关"), "value": words(licence.issuer_name) if licence else document.issuer}
    yield {"label": _("制发日期"), "value": day(document.issued_on)}
    if licence:
        dates = {"start": day(licence.valid_from), "end": day(licence.valid_to)}
        term = _("%(start)s至%(end)s") if licence.valid_to else _("自%(start)s起长期有效")
        yield {"label": _("有效期"), "value": term % dates}


def _ended(licence: ELicence) -> Row:
    rule_id, _at, version = licence.state_rule.partition("@")
    rule = register.latest(rule_id)
    since = moment(licence.state_since) if licence.state_since else ""
    return {"since": since, "rule_id": rule_id, "rule": f"{rule_id} {source(rule) if rule else version}".strip()}
