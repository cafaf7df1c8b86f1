"""One act of a procedure as a page, the same for applicant and clerk: drawn from what the procedure offers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.cases.queries import CaseView
from tongqu.kernel.identity.vault import in_hand
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.pages import flash, idempotency_key, posted, whole_number


def act_page(
    request: HttpRequest, view: CaseView, action: str, *, template: str, onward: str, **more: Any
) -> HttpResponse:
    """GET draws the act's form, POST carries it out and goes `onward`; what was typed wrong is drawn again (422).

    `more` is for the template. Raises what `cases.act` raises, and NotFound for an act that is not offered.
    """
    errors: dict[str, Any] = {}
    if request.method == "POST":
        try:
            carry_out(request, view, action)
        except Invalid as error:
            errors = dict(error.fields) or {"": error.message}
        else:
            flash(request, _("已完成：%(what)s") % {"what": forms.text(view.procedure.actions[action].name)})
            return HttpResponseRedirect(onward)
    if view.has_passed(action):
        flash(request, _("办件现在是“%(state)s”，不能进行这一操作") % {"state": forms.text(view.state.name)}, "info")
        return HttpResponseRedirect(onward)
    offer = view.offer(action)
    definition = view.form(offer.action)
    fields = forms.all_fields(definition)
    data = posted(request)
    first = {name: field["initial"] for name, field in fields.items() if "initial" in field}
    values = first if data is None else forms.typed(definition, data)
    context = {
        "view": view,
        "offer": offer,
        "errors": errors,
        "sections": forms.build(definition, values, errors),
        "has_files": any(field["widget"] == "file" for field in fields.values()),
    }
    return render(request, template, context | more, status=422 if errors else 200)


@in_hand()
def carry_out(request: HttpRequest, view: CaseView, action: str) -> None:
    """Take what was posted and act, on what the page has made of the row. Raises what `cases.act` raises."""
    sent = {n: request.POST.getlist(n) for n in request.POST if not n.startswith("_") and n != "csrfmiddlewaretoken"}
    uploads = [Upload(name, f.name or "file", f.read()) for name in request.FILES for f in request.FILES.getlist(name)]
    wanted = view.procedure.actions.get(action)
    cases.act(
        view.actor,
        key=idempotency_key(request),
        case_id=view.case.id,
        action=action,
        inputs=sent,
        uploads=uploads,
        expected_version=whole_number(request.POST.get("_version", "")),
        brought={"judged": view.facts.made_for(wanted)} if wanted and view.who.fits(wanted) else {},
    )
