"""The list as it is filtered, as a file to work on elsewhere."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

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
            "ended": asked.wanted.ended, "columns": exporting.worklist_columns().headings,
        }  # fmt: skip
        return render(request, "workbench/export.html", context, status=422 if asked.errors else 200)
    asked = filters.read(QueryDict(request.POST.get("query", "")[:4000]), choices)
    if asked.errors:
        return redirect(f"/desk?{filters.text_of(asked.wanted)}")
    rows = exporting.Limited(
        exporting.lines(actor, asked.wanted, most=exporting.MOST + 1), exporting.worklist_columns()
    )
    return as_file(request, rows)


def as_file(request: HttpRequest, rows: exporting.Limited) -> HttpResponseBase:
    """The rows in the form that was asked for; that they left the platform is put on record."""
    form = "csv" if request.POST.get("form") == "csv" else "xlsx"
    out = exporting.comma_separated(rows) if form == "csv" else exporting.workbook(rows)
    desk.note_export(request.actor, form=form, rows=rows.count)  # type: ignore[attr-defined]
    name = f"{rows.columns.title} {today():%Y-%m-%d %H%M}"
    response = FileResponse(out, as_attachment=True, filename=f"{name}.{form}", content_type=TYPES[form])
    response.headers["Cache-Control"] = "private, no-store"
    return response
