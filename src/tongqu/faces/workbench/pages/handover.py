"""Putting work on a colleague's desk: one case, or everything somebody has."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongqu.faces.workbench import queries
from tongqu.kernel.acts.actor import PASSWORD, Actor, Scope
from tongqu.kernel.acts.errors import Invalid, NotPermitted
from tongqu.kernel.cases.context import scope_of
from tongqu.kernel.cases.models import CaseUnit
from tongqu.kernel.cases.operations import assigning
from tongqu.kernel.cases.queries import CaseView, access_case
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.pages import flash, idempotency_key, page, posted


@page("cases.take", login=PASSWORD, restores=True)
def one(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One case. A GET shows who has it and to whom it may go."""
    view = access_case(request.actor, case_id=case_id, purpose="desk")  # type: ignore[attr-defined]
    onward = reverse("workbench:case", args=[case_id])
    row = CaseUnit.objects.filter(case_id=case_id, until=None, is_open=True).first()
    if row is None:
        flash(request, _("办件已经办结"), "info")
        return redirect(onward)
    errors: dict[str, Any] = {}
    if request.method == "POST":
        try:
            assigning.hand_over(
                view.actor, key=idempotency_key(request), case_id=case_id, to=_account(request, "to"),
                seen=_account(request, "_seen", optional=True), reason=request.POST.get("reason", ""),
            )  # fmt: skip
        except Invalid as error:
            errors = dict(error.fields) or {"": error.message}
        else:
            flash(request, _("已转交"))
            return redirect(onward)
    if row.assignee_id != view.actor.account_id and not view.actor.may("cases.reassign", scope_of(view.case)):
        raise NotPermitted()
    return _draw(request, row.unit_id, errors, held_by=row.assignee_id, view=view)


@page("cases.take", login=PASSWORD, restores=True)
def everything(request: HttpRequest) -> HttpResponse:
    """All that somebody has in the reader's unit: before leave, or when a post is given up."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor.unit_id is None:
        raise NotPermitted()
    errors: dict[str, Any] = {}
    if request.method == "POST":
        try:
            count = assigning.hand_over_all(
                actor, key=idempotency_key(request), unit_id=actor.unit_id, holder=_account(request, "holder"),
                to=_account(request, "to"), reason=request.POST.get("reason", ""),
            )["count"]  # fmt: skip
        except Invalid as error:
            errors = dict(error.fields) or {"": error.message}
        else:
            flash(request, ngettext("已转交 %(n)s 件", "已转交 %(n)s 件", count) % {"n": count})
            return redirect(f"{reverse('workbench:list')}?all=1")
    return _draw(request, actor.unit_id, errors, held_by=actor.account_id, view=None)


def _draw(
    request: HttpRequest, unit_id: UUID, errors: dict[str, Any], *, held_by: UUID | None, view: CaseView | None
) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    data = posted(request) or {}
    people = assigning.colleagues(unit_id)
    leads = actor.may("cases.reassign", Scope(unit_id=unit_id))
    not_to = held_by if view or not leads else None  # who leads the unit says whose desk it is cleared from
    options = [{"value": account, "label": name} for account, name in people.items() if account != not_to]
    fields = [
        forms.single(
            "to", _("转交给"), "radio" if len(options) <= 8 else "select",
            options=options, value=data.get("to", ""), error=errors.get("to", ""),
        ),
        forms.single(
            "reason", _("说明"), "textarea", value=data.get("reason", ""), optional=True,
            error=errors.get("reason", ""),
            help=_("例如：请假、需要更熟悉这类业务的同事。记入办件记录，申请人看不到"),
        ),
    ]  # fmt: skip
    holders = [{"value": account, "label": name} for account, name in people.items()]
    context = {
        "view": view,
        "errors": errors,
        "fields": fields,
        "alone": not fields[0].options,
        "seen": "" if held_by is None else str(held_by),
        "held_by": queries.name_of(held_by, people) if view else "",
        "holder_field": forms.single(
            "holder", _("谁手上的办件"), "select", options=holders, error=errors.get("holder", ""),
            value=data.get("holder", str(held_by or "")),
        ) if leads and not view else None,
    }  # fmt: skip
    return render(request, "workbench/handover.html", context, status=422 if errors else 200)


def _account(request: HttpRequest, name: str, *, optional: bool = False) -> Any:
    """The account that was chosen. Raises Invalid at its field."""
    text = request.POST.get(name, "")
    if optional and not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(_("请选择一位同事"), field=name.lstrip("_")) from None
