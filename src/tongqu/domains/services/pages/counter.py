"""The counter's pages: the queue, who stands there, the one screen, receipt. Each parses, calls a verb, draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongqu.domains.services.counter import filing as filings
from tongqu.domains.services.counter import phone, queries, readers, settings, shifts, visitors
from tongqu.domains.services.counter.models import Filing
from tongqu.kernel.acts.actor import PASSWORD, Actor
from tongqu.kernel.acts.clock import today
from tongqu.kernel.acts.errors import Conflict, Invalid, Refused
from tongqu.kernel.cases import definition
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.cases.queries import CaseView, access_case
from tongqu.kernel.identity.actors import actor_of
from tongqu.kernel.packages import queries as packages
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.middleware import POLICY
from tongqu.kernel.ui.pages import flash, idempotency_key, page, posted, whole_number

VERB = "cases.receive"


def draw(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """A page that may talk to the bridge on this very PC, and to nothing else beside ourselves."""
    origin = settings.bridge_origin()
    response = render(request, template, {**context, "bridge": origin}, status=status)
    if origin:
        response.headers["Content-Security-Policy"] = f"{POLICY}; connect-src 'self' {origin}"
    return response


def _actor(request: HttpRequest) -> Actor:
    return actor_of(request)  # the actor itself: `request.actor` is drawn lazily


# --- the queue and the papers shown ----------------------------------------------------------------------------------


@page(VERB, login=PASSWORD)
def home(request: HttpRequest) -> HttpResponse:
    q = request.GET.get("q", "")
    found = queries.queue(_actor(request), q=q, after=request.GET.get("after"))
    context = queries.home_context(_actor(request), found, q)
    return draw(request, "services/counter/home.html", context | {"shift": shifts.current_shift(_actor(request))})


@page(VERB, login=PASSWORD)
def devices(request: HttpRequest) -> HttpResponse:
    """Pair this PC's bridge, and see which devices answer. Nothing of it reaches the server."""
    return draw(request, "services/counter/devices.html", {})


@page(VERB, login=PASSWORD, restores=True)
def new(request: HttpRequest, code: str) -> HttpResponse:
    """Who stands there or calls, and for whom."""
    package = packages.current(code)
    data = posted(request)
    shown: Mapping[str, Any] = request.GET if data is None else data
    errors: dict[str, Any] = {}
    if request.method == "POST":
        try:
            made = _begin(request, package)
        except (Invalid, Conflict) as error:
            if isinstance(error, Conflict) and not error.fields:
                raise  # two clerks at once, not something to mend in a field
            errors = dict(error.fields) or {"": error.message}
        else:
            return redirect("services:counter_filing", filing_id=made["filing_id"])
    context = queries.who_context(package, shown, errors)
    context["nonce"] = readers.new_nonce(str(_actor(request).account_id))
    return draw(request, "services/counter/who.html", context, status=422 if errors else 200)


def _begin(request: HttpRequest, package: Any) -> dict[str, Any]:
    visitor = visitors.read(request.POST, served=list(package.item["served"]), today=today().date())
    reading = readers.judge(
        request.POST.get("reading", ""), kind=visitor.id_kind, number=visitor.id_no, name=visitor.name,
        account_id=str(_actor(request).account_id),
    )  # fmt: skip
    visitor = visitors.with_reading(visitor, reading)
    return filings.begin(_actor(request), package, visitor, key=idempotency_key(request))


# --- the one screen --------------------------------------------------------------------------------------------------


@page(VERB, login=PASSWORD, restores=True)
def file(request: HttpRequest, filing_id: UUID) -> HttpResponse:
    """Everything on one page. Saving keeps what was typed, right or wrong; receiving needs it right."""
    actor = _actor(request)
    row = filings.access_filing(actor, filing_id)
    if row.state == "submitted":
        return redirect("services:counter_done", filing_id=row.id)
    if row.state == "open" and row.clerk_id != actor.account_id and request.method == "GET":
        return _somebody_elses(request, row)
    view = filings.in_hand_of(actor, row)
    data, errors, values = posted(request), {}, view.facts.values
    if data is not None:
        values = {n: v for n, v in values.items() if "prefill" in view.package.fields[n]}
        values |= forms.typed(view.package.form, data)
    if request.method == "POST":
        errors = _save(request, row, view) | _take_files(request, row)
        wish = request.POST.get("_do", "")
        if not errors and wish == "later":
            flash(request, _("已保存，%(no)s 号收件可以随时接着办") % {"no": row.queue_no})
            return redirect("services:counter")
        if not errors and wish in {"receive", "code"}:
            errors = _onward(request, row, wish)
            if not errors and wish == "receive":
                return redirect("services:counter_done", filing_id=row.id)
        if not errors and wish not in {"receive"}:
            return redirect("services:counter_filing", filing_id=row.id)
        view = filings.in_hand_of(actor, row)
    context = queries.screen_context(view, row, values, errors)
    return draw(request, "services/counter/file.html", context, status=422 if errors else 200)


def _somebody_elses(request: HttpRequest, row: Filing) -> HttpResponse:
    from tongqu.kernel.identity.queries import account_names

    name = account_names([row.clerk_id]).get(row.clerk_id, "")
    return draw(request, "services/counter/take.html", {"filing": row, "name": name})


def _version(request: HttpRequest) -> int | None:
    return whole_number(request.POST.get("_version", ""))


def _save(request: HttpRequest, row: Filing, view: CaseView) -> dict[str, Any]:
    """Keep everything typed. Raises Conflict when somebody changed the draft meanwhile."""
    form = view.package.form
    here = [n for n, f in forms.all_fields(form).items() if "prefill" not in f]
    given = {n: v for n, v in view.facts.values.items() if n not in here}
    read, _found = forms.parse(form, request.POST, given=given)
    typed = forms.typed(form, request.POST)
    cases.save_draft(
        view.actor, case_id=row.case_id, values={n: read.get(n, typed.get(n, "")) for n in here},
        expected_version=_version(request),
    )  # fmt: skip
    return {}


def _take_files(request: HttpRequest, row: Filing) -> dict[str, Any]:
    """Keep each file that came, the signature last; what is wrong with the others, by material."""
    errors: dict[str, Any] = {}
    view = filings.in_hand_of(_actor(request), row)
    for code in [*(m.code for m in view.facts.wanted), definition.DECLARATION]:
        for sent in request.FILES.getlist(code):
            try:
                _keep(request, row, view.actor, code, sent)
            except Invalid as error:
                errors[code] = _("%(name)s：%(why)s。%(mend)s") % {
                    "name": (sent.name or "")[:60], "why": error.message, "mend": error.remedy,
                }  # fmt: skip
    return errors


def _keep(request: HttpRequest, row: Filing, helper: Actor, code: str, sent: Any) -> None:
    upload = Upload(code, sent.name or "file", sent.read())
    if code == definition.DECLARATION:
        how = "pad" if request.POST.get("c_how") == "pad" else "paper"
        device = request.POST.get("c_device", "") if how == "pad" else ""
        filings.take_declaration(helper, filing_id=row.id, upload=upload, how=how, device=device)
    else:
        cases.add_material(helper, case_id=row.case_id, code=code, upload=upload)


def _onward(request: HttpRequest, row: Filing, wish: str) -> dict[str, Any]:
    view = filings.in_hand_of(_actor(request), row)
    try:
        if request.POST.get("c_code", "").strip():
            phone.confirm_by_code(view.actor, row, code=request.POST["c_code"])
            view = filings.in_hand_of(_actor(request), row)
        if wish == "receive":
            if missing := _gaps(view):
                return missing
            filings.receive(_actor(request), row, view, key=idempotency_key(request))
    except Invalid as error:
        return dict(error.fields) or {"": error.message}
    except Refused as error:
        return {"c_code" if error.code.startswith("code") else "": f"{error.message}。{error.remedy}".rstrip("。")}
    return {}


def _gaps(view: CaseView) -> dict[str, Any]:
    """Everything that stands in the way, at its field."""
    values = view.facts.values
    _read, named = forms.parse(view.package.form, values, given=values)  # the same faults, with the field's own name
    found: dict[str, Any] = {
        name: named.get(name) or _("%(label)s：%(text)s") % {
            "label": forms.text(view.package.fields[name]["label"]), "text": text,
        }
        for name, text in view.facts.faults_at_fields.items()
    }  # fmt: skip
    titles = {m.code: forms.text(m.title) for m in view.facts.wanted}
    found |= {code: _("请交上“%(name)s”") % {"name": titles[code]} for code in view.facts.missing_materials}
    if view.facts.confirmation_owed:
        found[definition.DECLARATION] = _("请申请人签名（或凭验证码）确认所填内容；内容改动后要重新确认")
    return found


@require_POST
@page(VERB, login=PASSWORD)
def autosave(request: HttpRequest, filing_id: UUID) -> HttpResponse:
    """What the page's script sends while one types: {"version", "missing", "files", "confirmed"}."""
    row = filings.access_filing(_actor(request), filing_id)
    _save(request, row, filings.in_hand_of(_actor(request), row))
    return _told(request, row)


@require_POST
@page(VERB, login=PASSWORD)
def add_file(request: HttpRequest, filing_id: UUID) -> HttpResponse:
    """A file chosen, scanned or signed, as soon as it is there; answered as `autosave`, with "error" when refused."""
    row = filings.access_filing(_actor(request), filing_id)
    errors = _take_files(request, row)
    return _told(request, row, error=next(iter(errors.values()), ""), status=422 if errors else 200)


def _told(request: HttpRequest, row: Filing, *, error: str = "", status: int = 200) -> JsonResponse:
    view = filings.in_hand_of(_actor(request), row)
    said = {
        "version": view.case.version, "missing": queries.missing_of(view), "files": queries.files_of(view, row),
        "confirmed": not view.facts.confirmation_owed, "error": str(error),
    }  # fmt: skip
    return JsonResponse(said, status=status)


@require_POST
@page(VERB, login=PASSWORD)
def remove(request: HttpRequest, filing_id: UUID, material_id: UUID) -> HttpResponse:
    row = filings.access_filing(_actor(request), filing_id)
    view = filings.in_hand_of(_actor(request), row)
    cases.remove_material(view.actor, case_id=row.case_id, material_id=material_id)
    if request.headers.get("Accept") == "application/json":
        return _told(request, row)
    flash(request, _("已移除"))
    return redirect("services:counter_filing", filing_id=row.id)


@require_POST
@page(VERB, login=PASSWORD)
def send_code(request: HttpRequest, filing_id: UUID) -> HttpResponse:
    """Send the caller his code. What was typed is saved first, so that he confirms what is there."""
    row = filings.access_filing(_actor(request), filing_id)
    view = filings.in_hand_of(_actor(request), row)
    if "_version" in request.POST:
        _save(request, row, view)
    masked = phone.send_code(_actor(request), row)
    flash(request, _("验证码已发到 %(phone)s，请来电人报出") % {"phone": masked})
    return redirect("services:counter_filing", filing_id=row.id)


@require_POST
@page(VERB, login=PASSWORD)
def take(request: HttpRequest, filing_id: UUID) -> HttpResponse:
    row = filings.access_filing(_actor(request), filing_id)
    filings.take_over(filings.at_window(_actor(request)), filing_id=row.id, expected_version=_version(request))
    flash(request, _("已接手"))
    return redirect("services:counter_filing", filing_id=row.id)


@page(VERB, login=PASSWORD)
def drop(request: HttpRequest, filing_id: UUID) -> HttpResponse:
    """Throw an unfinished filing away, after asking."""
    row = filings.access_filing(_actor(request), filing_id)
    view = filings.in_hand_of(_actor(request), row)
    if request.method == "POST":
        filings.drop_filing(view.actor, filing_id=row.id)
        flash(request, _("已作废"))
        return redirect("services:counter")
    context = {
        "title": _("作废这份收件？"), "text": _("录入的内容和材料都会清除，不能恢复。"), "danger": True,
        "action": request.path, "label": _("作废"), "cancel_url": f"/desk/counter/filings/{row.id}",
        "facts": [{"label": _("收件序号"), "value": row.queue_no}, {"label": _("申请人"), "value": row.applicant_name}],
    }  # fmt: skip
    return render(request, "ui/confirm.html", context)


@page(VERB, login=PASSWORD)
def statement(request: HttpRequest, filing_id: UUID) -> HttpResponse:
    """What was typed, on paper, for the person to read and sign."""
    row = filings.access_filing(_actor(request), filing_id)
    if row.state == "submitted":
        return redirect("services:counter_done", filing_id=row.id)
    view = filings.in_hand_of(_actor(request), row)
    titles = {m.code: forms.text(m.title) for m in view.facts.wanted}
    files = [{"name": titles[m.code], "note": m.filename} for m in view.facts.materials if m.code in titles]
    context = {
        "view": view, "case": view.case, "filing": row, "groups": queries.statement_rows(view), "files": files,
        "here": queries.who_is_here(view.case),
    }  # fmt: skip
    return draw(request, "services/counter/statement.html", context)


@page(VERB, login=PASSWORD)
def done(request: HttpRequest, filing_id: UUID) -> HttpResponse:
    """Received: the numbers, the papers, and the next."""
    row = filings.access_filing(_actor(request), filing_id)
    if row.state != "submitted":
        return redirect("services:counter_filing", filing_id=row.id)
    view = access_case(_actor(request), case_id=row.case_id, purpose="counter")
    return draw(request, "services/counter/done.html", queries.done_context(row, view))


@require_POST
@page(VERB, login=PASSWORD)
def hold(request: HttpRequest, filing_id: UUID) -> HttpResponse:
    row = filings.access_filing(_actor(request), filing_id)
    shifts.hold_original(filings.at_window(_actor(request)), filing_id=row.id, what=request.POST.get("what", ""))
    flash(request, _("已登记暂存原件"))
    return redirect("services:counter_filing", filing_id=row.id)


@require_POST
@page(VERB, login=PASSWORD)
def give_back(request: HttpRequest, original_id: UUID) -> HttpResponse:
    shifts.return_original(filings.at_window(_actor(request)), original_id=original_id)
    flash(request, _("已登记退还原件"))
    return redirect("services:counter_shift")
