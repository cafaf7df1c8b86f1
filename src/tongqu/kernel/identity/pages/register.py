"""The register of parties, for staff: who somebody is, under which names and papers, and who stands for him.

A counter enters papers and guardians it has seen; names are changed by whoever manages parties. Every look is logged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from tongqu.kernel.acts.actor import PASSWORD, Actor
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, NotPermitted, Refused, Text
from tongqu.kernel.identity import finding, numbers, operations, queries, rules
from tongqu.kernel.identity.actors import actor_of
from tongqu.kernel.identity.models import Mandate
from tongqu.kernel.identity.operations.records import may_manage, may_register, settled_note
from tongqu.kernel.identity.pages import labels
from tongqu.kernel.identity.pages import register_forms as its
from tongqu.kernel.identity.pages.forms import take_errors
from tongqu.kernel.identity.queries import PartyView
from tongqu.kernel.ui.pages import flash, idempotency_key, page


@page(login=PASSWORD)
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """A form; posted, who is so called or holds this paper."""
    actor = _reader(request)
    form = its.Search(request.POST or None)
    context: dict[str, Any] = {"form": form, "found": None}
    if request.method == "POST" and form.is_valid():
        context["found"] = _found(actor, form.cleaned_data["q"])
    return render(request, "identity/register/search.html", context, status=422 if form.errors else 200)


@page(login=PASSWORD)
@never_cache
@require_safe
def party(request: HttpRequest, party_id: UUID) -> HttpResponse:
    """One entry of the register."""
    actor = _reader(request)
    view = queries.access_party(actor, party_id, purpose="register")
    context = {
        "party": view,
        "kind": labels.PARTY_KINDS[view.kind],
        "person": view.kind == rules.PERSON,
        "names": [
            {"name": n.name, "label": n.label, "since": n.valid_from, "last_day": labels.last_day(n.valid_to)}
            for n in queries.names_of(view.id)
        ],
        "mandates": [_mandate(m, view, actor) for m in queries.mandates_of(view.id)],
        "may_register": may_register(actor) and not view.erased,
        "may_manage": may_manage(actor) and not view.erased,
    }
    return render(request, "identity/register/party.html", context)


class Change(NamedTuple):
    """What may be entered about a party: its form, who may, and the verb that takes the form's data."""

    title: Text
    form: type[forms.Form]
    allowed: Callable[[Actor], bool]
    run: Callable[..., Any]
    done: Text
    of_person: bool = True


def _add_paper(actor: Actor, key: str, view: PartyView, data: dict[str, Any], _row: UUID | None) -> None:
    operations.add_identifier(
        actor, key=key, party_id=view.id, id_kind=data["id_kind"], id_no=data["id_no"], country=data["country"],
        proof={"kind": data["id_kind"], "ref": "original"},
    )  # fmt: skip


def _replace_paper(actor: Actor, key: str, view: PartyView, data: dict[str, Any], _row: UUID | None) -> None:
    operations.replace_identifier(
        actor, key=key, party_id=view.id, id_kind=data["id_kind"], id_no=data["id_no"], country=data["country"],
        ground=data["ground"], proof={"kind": data["id_kind"], "ref": "original"},
    )  # fmt: skip


def _end_paper(actor: Actor, key: str, view: PartyView, data: dict[str, Any], row: UUID | None) -> None:
    if row not in {one.id for one in view.identifiers} or row is None:
        raise NotFound(_("找不到这一证件"))
    operations.end_identifier(actor, key=key, identifier_id=row, ground=data["ground"], proof={"kind": "notice"})


def _add_name(actor: Actor, key: str, view: PartyView, data: dict[str, Any], _row: UUID | None) -> None:
    operations.add_name(actor, key=key, party_id=view.id, **data)


def _rename(actor: Actor, key: str, view: PartyView, data: dict[str, Any], _row: UUID | None) -> None:
    operations.rename_party(actor, key=key, party_id=view.id, name=data["name"], since=data["since"])


def _add_guardian(actor: Actor, key: str, view: PartyView, data: dict[str, Any], _row: UUID | None) -> None:
    operations.register_guardian(
        actor, key=key, ward_id=view.id, name=data["name"], id_kind=data["id_kind"], id_no=data["id_no"],
        country=data["country"], valid_to=data["until"], proof={"kind": data["proof"], "ref": data["ref"]},
        ward_born=data["ward_born"],
    )  # fmt: skip


CHANGES: dict[str, Change] = {
    "paper": Change(gettext_lazy("登记另一个证件"), its.Paper, may_register, _add_paper, gettext_lazy("证件已登记")),
    "successor": Change(
        gettext_lazy("更换证件号码"), its.Successor, may_register, _replace_paper,
        gettext_lazy("号码已更换，原来的号码仍能找到本人"),
    ),
    "end": Change(gettext_lazy("注销证件"), its.Ending, may_register, _end_paper, gettext_lazy("证件已注销")),
    "guardian": Change(
        gettext_lazy("登记监护人"), its.Guardian, may_register, _add_guardian, gettext_lazy("监护人已登记")
    ),
    "name": Change(
        gettext_lazy("补记曾用名或者别名"), its.OtherName, may_manage, _add_name, gettext_lazy("名称已补记"), False
    ),
    "rename": Change(gettext_lazy("变更姓名或者名称"), its.NewName, may_manage, _rename, gettext_lazy("已变更"), False),
}  # fmt: skip
# What an operation calls a field, where the form calls it otherwise.
_FIELDS = {"valid_to": "until", "agent_id": "id_no", "principal_id": "ward_born", "born": "ward_born", "party_id": ""}


@page(login=PASSWORD)
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, party_id: UUID, what: str, row: UUID | None = None) -> HttpResponse:
    """GET the form, POST carries it out; wrong input is drawn again with what was typed."""
    actor = _reader(request)
    wanted = CHANGES.get(what)
    if wanted is None:
        raise NotFound()
    if not wanted.allowed(actor):
        raise NotPermitted()
    view = queries.access_party(actor, party_id, purpose=f"register.{what}")
    if view.erased or (wanted.of_person and view.kind != rules.PERSON):
        raise NotFound()
    form = wanted.form(request.POST or None, initial={"id_kind": "citizen_id"})
    if request.method == "POST" and form.is_valid() and _carried_out(request, actor, wanted, view, form, row):
        flash(request, wanted.done)
        return HttpResponseRedirect(reverse("register_party", args=[view.id]))
    context = {"party": view, "title": wanted.title, "form": form}
    return render(request, "identity/register/change.html", context, status=422 if form.errors else 200)


@page("identity.manage_accounts", login=PASSWORD)
@require_http_methods(["GET", "POST"])
def end_mandate(request: HttpRequest, party_id: UUID, mandate_id: UUID) -> HttpResponse:
    """Enter that a mandate has ended: a guardian, a head, an agent. GET asks, POST does."""
    actor = _reader(request)
    view = queries.access_party(actor, party_id, purpose="register.mandate")
    rows = [_mandate(m, view, actor) for m in queries.mandates_of(view.id) if m.id == mandate_id]
    if not rows or not rows[0]["endable"]:
        raise NotFound(_("找不到这一代理关系"))
    if request.method == "POST":
        operations.revoke_mandate(actor, key=idempotency_key(request), mandate_id=mandate_id)
        flash(request, _("已登记为终止"))
        return HttpResponseRedirect(reverse("register_party", args=[view.id]))
    return render(request, "identity/register/end_mandate.html", {"party": view, "m": rows[0]})


def _reader(request: HttpRequest) -> Actor:
    """Raises NotFound for whoever is no member of the staff, NotPermitted for staff without such work."""
    actor = actor_of(request)
    if not actor.is_staff:
        raise NotFound()
    if not finding.may_look_up(actor):
        raise NotPermitted()
    return actor


def _found(actor: Actor, typed: str) -> list[finding.Found]:
    """By name; what reads as a number, by number."""
    by_number = {one for kind in numbers.IDENTIFIERS if (one := _holder(kind, typed))}
    if by_number:
        return [_as_found(queries.access_party(actor, one, purpose="register.search")) for one in sorted(by_number)]
    return finding.find_parties(actor, typed, purpose="register.search")


def _holder(kind: str, typed: str) -> UUID | None:
    try:
        return queries.party_by_identifier(kind, typed)
    except (Invalid, Conflict):
        return None


def _as_found(view: PartyView) -> finding.Found:
    papers = tuple(f"{one.label} {one.masked}" for one in view.identifiers)
    return finding.Found(view.id, view.kind, view.name, "", papers)


def _carried_out(
    request: HttpRequest, actor: Actor, wanted: Change, view: PartyView, form: forms.Form, row: UUID | None
) -> bool:
    """Whether it was; if not, the form says why at the field."""
    if note := settled_note(request.POST.get("name", "")):
        flash(request, note)
    try:
        wanted.run(actor, idempotency_key(request), view, form.cleaned_data, row)
    except (Invalid, Conflict, Refused) as error:
        take_errors(form, error, _FIELDS)
        return False
    return True


def _mandate(mandate: Mandate, view: PartyView, actor: Actor) -> dict[str, Any]:
    ended = labels.has_ended(mandate)
    given = mandate.principal_id == view.id
    other = mandate.agent if given else mandate.principal
    return {
        "id": mandate.id,
        "given": given,
        "other": other.name,
        "other_id": other.id,
        "kind": labels.MANDATE_KINDS.get(mandate.kind, mandate.kind),
        "proof": labels.GUARDIAN_PROOFS.get(mandate.proof.get("kind", ""), ""),
        "valid_from": mandate.valid_from,
        "last_day": mandate.revoked_at or labels.last_day(mandate.valid_to),
        "running": not ended,
        "endable": not ended and may_manage(actor),
    }
