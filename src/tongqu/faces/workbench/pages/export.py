"""The list as it is filtered, as a file to work on elsewhere."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tongqu.faces.workbench import exporting, filters, listing
from tongqu.faces.workbench import operations as desk
from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.clock import today
from tongqu.kernel.ui.pages import page

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@page("cases.read", login=PASSWORD)
def export(request: HttpRequest) -> HttpResponseBase:
    """GET asks which file, POST (`form` xlsx or csv, `query` as the list writes it) makes it."""
    actor = request.actor  # type: ignore[attr-defined]
    choices = listing.choices_for(actor)
    if request.method != "POST":
        asked = filters.read(request.GET, choices)
        context = {
            "query": filters.text_of(asked.wanted), "errors": asked.errors, "most": exporting.MOST,
            "chips": listing.chips(asked.wanted, choices), "state": choices.states.get(asked.wanted.state, ""),
            "ended": asked.wanted.ended, "columns": exporting.headings(),
        }  # fmt: skip
        return render(request, "workbench/export.html", context, status=422 if asked.errors else 200)
    asked = filters.read(QueryDict(request.POST.get("query", "")[:4000]), choices)
    if asked.errors:
        return redirect(f"/desk?{filters.text_of(asked.wanted)}")
    rows = exporting.Limited(exporting.lines(actor, asked.wanted, most=exporting.MOST + 1))
    form = "csv" if request.POST.get("form") == "csv" else "xlsx"
    out = exporting.comma_separated(rows) if form == "csv" else exporting.workbook(rows)
    desk.note_export(actor, form=form, rows=rows.count)
    name = _("工作清单 %(day)s") % {"day": today().strftime("%Y-%m-%d %H%M")}
    response = FileResponse(out, as_attachment=True, filename=f"{name}.{form}", content_type=TYPES[form])
    response.headers["Cache-Control"] = "private, no-store"
    return response
