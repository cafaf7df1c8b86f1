"""Saved views: keeping the filters of the list under a name, and putting them in order."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tongqu.faces.workbench import filters, listing
from tongqu.faces.workbench import operations as desk
from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.errors import Invalid, NotFound
from tongqu.kernel.ui.pages import flash, page


@page("cases.read", login=PASSWORD)
def manage(request: HttpRequest) -> HttpResponse:
    """GET lists them; POST with `query` and `name` keeps a new one, else does `_do` to `view`."""
    errors: dict[str, Any] = {}
    if request.method == "POST":
        try:
            return _carry_out(request)
        except Invalid as error:
            errors = dict(error.fields) or {"": error.message}
    return _draw(request, errors, status=422 if errors else 200)


def _carry_out(request: HttpRequest) -> HttpResponse:
    actor, posted = request.actor, request.POST  # type: ignore[attr-defined]
    if "name" in posted:
        query = _canonical(request)
        made = desk.save_view(
            actor, name=posted["name"][:200], query=query, make_default=posted.get("default") == "yes"
        )
        flash(request, _("已用新的筛选条件替换同名视图") if made["replaced"] else _("视图已保存"))
        return redirect(f"/desk?{query or 'all=1'}")
    view_id, what = _view_id(posted.get("view", "")), posted.get("_do", "")
    match what:
        case "default":
            desk.choose_default(actor, view_id=view_id)
            flash(request, _("以后打开工作台先看这个视图"))
        case "no_default":
            desk.choose_default(actor, view_id=None)
            flash(request, _("以后打开工作台先看全部办件"))
        case "up" | "down":
            desk.move_view(actor, view_id=view_id, up=what == "up")
        case "share" | "unshare":
            desk.share_view(actor, view_id=view_id, share=what == "share")
            flash(request, _("本单位的人都能看到这个视图") if what == "share" else _("已停止共享"))
        case "delete":
            desk.delete_view(actor, view_id=view_id)
            flash(request, _("视图已删除"))
        case _:
            raise Invalid(_("没有这一操作"))
    return redirect("workbench:views")


def _canonical(request: HttpRequest) -> str:
    """The filters as the list writes them; what does not fit is not kept. Raises Invalid."""
    typed = QueryDict(request.POST.get("query", "")[:4000])
    asked = filters.read(typed, listing.choices_for(request.actor))  # type: ignore[attr-defined]
    if asked.errors:
        raise Invalid(_("筛选条件有误，请回到工作清单改正后再保存"), field="query")
    return filters.text_of(asked.wanted)


def _view_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound() from None


def _draw(request: HttpRequest, errors: dict[str, Any], *, status: int) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    choices = listing.choices_for(actor)
    rows = []
    for view in listing.views_of(actor):
        asked = filters.read(QueryDict(view.query), choices)
        rows.append(
            {
                "view": view,
                "mine": view.owner_id == actor.account_id,
                "url": f"/desk?{view.query or 'all=1'}",
                "chips": [f"{chip['label']} {chip['value']}" for chip in listing.chips(asked.wanted, choices)],
                "state": choices.states.get(asked.wanted.state, ""),
                "ended": asked.wanted.ended,
            }
        )
    context = {
        "rows": rows,
        "errors": errors,
        "has_default": any(row["view"].is_default and row["mine"] for row in rows),
        "may_share": actor.units_for("workbench.share_view") != frozenset(),
        "name": request.POST.get("name", "")[:200],
        "query": request.POST.get("query", "")[:4000],
        "most": desk.MOST,
    }
    return render(request, "workbench/views.html", context, status=status)
