"""A party's own agents: who may act for it, in what, until when; naming one, and taking it back at once.

For whoever controls the party he stands for now: the head of a firm, a guardian, a person for himself (then also family
helpers). An agent sees none of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tongqu.kernel.acts import ports
from tongqu.kernel.acts.actor import REAL_NAME, Actor
from tongqu.kernel.acts.clock import now, today
from tongqu.kernel.acts.errors import Conflict, Invalid, NotPermitted, Refused
from tongqu.kernel.identity import operations, queries, rules, tries
from tongqu.kernel.identity.actors import actor_of
from tongqu.kernel.identity.models import Mandate
from tongqu.kernel.identity.operations.mandates import controls_party
from tongqu.kernel.identity.pages import labels
from tongqu.kernel.identity.pages.forms import offer_papers, take_errors
from tongqu.kernel.identity.ports import ItemsOffered
from tongqu.kernel.ui.pages import flash, idempotency_key, page

_TRIES = 20  # an hour: naming agents by number must not become a way to try numbers


class AgentForm(forms.Form):
    """Who, for what, until when."""

    kind = forms.ChoiceField(label=gettext_lazy("委托方式"), widget=forms.RadioSelect, choices=[])
    name = forms.CharField(label=gettext_lazy("代理人姓名"), max_length=200)
    id_kind = forms.ChoiceField(label=gettext_lazy("代理人证件类型"), choices=[])
    id_no = forms.CharField(label=gettext_lazy("代理人证件号码"), max_length=40)
    country = forms.CharField(
        label=gettext_lazy("签发国家或地区"), max_length=20, required=False,
        help_text=gettext_lazy("只有外国护照需要填写：护照上的三位字母代码，例如 USA"),
    )  # fmt: skip
    items = forms.MultipleChoiceField(
        label=gettext_lazy("可以办理的事项"), required=False, choices=[], widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("委托代理不选时，所有事项都可以办理；亲友帮办必须选择"),
    )  # fmt: skip
    until = forms.DateField(
        label=gettext_lazy("最后一天"), widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("到这一天结束时自动终止；您随时可以提前终止"),
    )  # fmt: skip

    def __init__(self, *args: Any, person: bool, items: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        kinds = ("proxy", "family_helper") if person else ("proxy",)
        fields["kind"].choices = [(kind, labels.MANDATE_KINDS[kind]) for kind in kinds]
        offer_papers(self)
        fields["items"].choices = items
        if not person:
            fields["kind"].widget = forms.HiddenInput()
            fields["items"].help_text = _("不选时，所有事项都可以办理")
        if not items:
            del fields["items"]

    def clean_until(self) -> datetime:
        """The beginning of the day after."""
        last = self.cleaned_data["until"]
        if last < today().date():
            raise forms.ValidationError(_("最后一天不能早于今天"))
        if last.year > today().year + 50:
            raise forms.ValidationError(_("期限太长，请填写 50 年以内的日期"))
        return labels.day_after(last)


@page(login=REAL_NAME)
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def agents(request: HttpRequest) -> HttpResponse:
    """GET the agents and a form; POST names one more. 4 queries to read."""
    actor = actor_of(request)
    party_id = _controlled(actor)
    form = _form(request, actor)
    if request.method == "POST" and _named(request, actor, party_id, form):
        return HttpResponseRedirect(reverse("agents"))
    return _drawn(request, actor, party_id, form)


@page(login=REAL_NAME)
@require_POST
def revoke(request: HttpRequest, mandate_id: UUID) -> HttpResponse:
    """Take a mandate back; the agent's next request is refused."""
    actor = actor_of(request)
    _controlled(actor)
    operations.revoke_mandate(actor, mandate_id=mandate_id)
    flash(request, _("委托已终止，对方从现在起不能再代为办理；已经填写的草稿和提交的办件仍归您。"))
    return HttpResponseRedirect(reverse("agents"))


def _controlled(actor: Actor) -> UUID:
    """The party that the actor stands for, which he must control. Raises NotPermitted."""
    party_id = actor.represented
    if party_id is None or not controls_party(actor, party_id, now()):
        raise NotPermitted(_("只有本人、经营者、法定代表人、负责人或监护人可以管理代理人"))
    return party_id


def _form(request: HttpRequest, actor: Actor) -> AgentForm:
    person = actor.on_behalf_of is None
    try:
        items = ports.adapter(ItemsOffered).items()  # type: ignore[type-abstract]
    except ports.PortMissing:
        items = []
    first = {"kind": "proxy", "id_kind": "citizen_id", "until": today().date() + timedelta(days=365)}
    return AgentForm(request.POST or None, initial=first, person=person, items=items)


def _named(request: HttpRequest, actor: Actor, party_id: UUID, form: AgentForm) -> bool:
    """Whether the agent was named; if not, the form says why."""
    if not form.is_valid():
        return False
    if not tries.one_more("name_agent", str(actor.account_id), most=_TRIES, seconds=3600):
        form.add_error(None, _("操作过于频繁，请稍后再试"))
        return False
    data = form.cleaned_data
    try:
        operations.appoint_agent(
            actor,
            key=idempotency_key(request),
            principal_id=party_id,
            name=data["name"],
            id_kind=data["id_kind"],
            id_no=data["id_no"],
            country=data["country"],
            kind=data["kind"],
            items=data.get("items") or None,
            valid_to=data["until"],
        )
    except (Invalid, Conflict, Refused) as error:
        take_errors(form, error, {"agent_id": "id_no", "valid_to": "until"})
        return False
    flash(request, _("委托已生效。对方登录后，在“切换办事身份”中选择您就可以办理。"))
    return True


def _drawn(request: HttpRequest, actor: Actor, party_id: UUID, form: AgentForm) -> HttpResponse:
    given = [m for m in queries.mandates_of(party_id) if m.principal_id == party_id and m.kind not in rules.HEADS]
    titles = dict(getattr(form.fields.get("items"), "choices", []))
    rows = [_row(m, titles) for m in given]
    context = {
        "form": form,
        "person": actor.on_behalf_of is None,
        "party_name": queries.party_names([party_id]).get(party_id, ""),
        "running": [row for row in rows if row["running"]],
        "ended": [row for row in rows if not row["running"]][:20],
    }
    return render(request, "identity/agents.html", context, status=422 if form.errors else 200)


def _row(mandate: Mandate, titles: dict[str, str]) -> dict[str, Any]:
    reach = rules.reach(mandate.scope)
    ended = labels.has_ended(mandate)
    return {
        "id": mandate.id,
        "name": mandate.agent.name,
        "kind": labels.MANDATE_KINDS.get(mandate.kind, mandate.kind),
        "items": None if reach is None else [str(titles.get(code, code)) for code in sorted(reach)],
        "valid_from": mandate.valid_from,
        "last_day": labels.last_day(mandate.valid_to),
        "revoked_at": mandate.revoked_at,
        "running": not ended,
        "revocable": not ended and mandate.kind != "guardian",
    }
