"""The desk's verbs: saved views (one's own sets of filters, and those the head shares with the unit), asking for a
print, exporting a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongqu.faces.workbench import events
from tongqu.faces.workbench.models import PrintBatch, SavedView
from tongqu.foundation import han
from tongqu.kernel.acts.actor import Actor, Scope
from tongqu.kernel.acts.errors import Invalid, NotFound
from tongqu.kernel.acts.operation import Act, operation

MOST = 30  # of one account
NAME_LENGTH, QUERY_LENGTH = 40, 1500


@operation("workbench.save_view")
def save_view(act: Act, *, name: str, query: str, make_default: bool = False) -> dict[str, Any]:
    """Keep a set of filters under a name; a view of one's own with this name gets the new filters.

    `query` is the canonical text of the address. Raises Invalid.
    """
    act.require("cases.read", Scope(*_anywhere(act.actor)))
    name = _clean_name(name)
    if len(query) > QUERY_LENGTH:
        raise Invalid(_("筛选条件太长，不能保存"), field="query")
    mine = list(_own(act).select_for_update())
    known = next((view for view in mine if view.name == name), None)
    if known is None and len(mine) >= MOST:
        raise Invalid(_("最多保存%(most)s个视图，请先删除不用的") % {"most": MOST}, field="name", code="too-many-views")
    view = known or SavedView(
        tenant_id=act.actor.tenant_id, owner_id=act.actor.account_id, name=name, created_at=act.at,
        place=max((v.place for v in mine), default=0) + 1,
    )  # fmt: skip
    view.query = query
    if make_default:
        _own(act).filter(is_default=True).update(is_default=False)
        view.is_default = True
    view.save()
    act.emit(events.VIEW_SAVED, subject=("view", view.id), body={"replaced": known is not None})
    return {"view_id": str(view.id), "replaced": known is not None}


@operation("workbench.choose_default")
def choose_default(act: Act, *, view_id: UUID | None) -> None:
    """Open the desk with this view; None: with the whole list."""
    act.allow(act.actor.is_staff)
    view = _mine(act, view_id) if view_id else None
    if not view and not _own(act).filter(is_default=True).exists():
        act.unchanged()
        return
    _own(act).filter(is_default=True).update(is_default=False)
    if view:
        _own(act).filter(id=view.id).update(is_default=True)
    subject = view.id if view else act.actor.account_id
    assert subject is not None  # staff have accounts
    act.emit(events.VIEW_CHANGED, subject=("view" if view else "account", subject), body={"default": bool(view)})


@operation("workbench.move_view")
def move_view(act: Act, *, view_id: UUID, up: bool) -> None:
    """One place up or down among one's own; at the end nothing happens."""
    view = _mine(act, view_id)
    mine = sorted(_own(act).select_for_update(), key=lambda v: (v.place, v.id))
    at = next(n for n, one in enumerate(mine) if one.id == view.id)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(mine):
        act.unchanged()
        return
    mine[at], mine[to] = mine[to], mine[at]
    for place, one in enumerate(mine, 1):
        one.place = place
    SavedView.objects.bulk_update(mine, ["place"])
    act.emit(events.VIEW_CHANGED, subject=("view", view.id), body={"place": view.place})


@operation("workbench.share_view")
def share_view(act: Act, *, view_id: UUID, share: bool) -> None:
    """Show a view of one's own to the whole unit, or no longer; for who leads the unit."""
    view = _mine(act, view_id)
    unit_id = act.actor.unit_id
    act.require("workbench.share_view", Scope(unit_id=unit_id))
    wanted = unit_id if share else None
    if view.unit_id == wanted:
        act.unchanged()
        return
    _own(act).filter(id=view.id).update(unit_id=wanted)
    act.emit(events.VIEW_SHARED, subject=("view", view.id), body={"unit": wanted})


@operation("workbench.delete_view")
def delete_view(act: Act, *, view_id: UUID) -> None:
    view = _mine(act, view_id)
    _own(act).filter(id=view.id).delete()
    act.emit(events.VIEW_DELETED, subject=("view", view.id), body={"was_shared": view.unit_id})


def _own(act: Act) -> Any:
    return SavedView.objects.filter(tenant_id=act.actor.tenant_id, owner_id=act.actor.account_id)


def _mine(act: Act, view_id: UUID) -> SavedView:
    act.allow(act.actor.is_staff)
    view: SavedView | None = _own(act).filter(id=view_id).first()
    if view is None:
        raise NotFound()
    return view


def _anywhere(actor: Actor) -> tuple[UUID | None, str | None]:
    """A place in which the actor may read cases, so that the question is whether there is any."""
    places = sorted(actor.places_for("cases.read"), key=str)
    return (places[0][0], places[0][1] or None) if places else (None, None)


def _clean_name(name: str) -> str:
    clean = han.normalise(name).replace("\n", " ")
    if not clean:
        raise Invalid(_("请给视图起个名字"), field="name")
    if len(clean) > NAME_LENGTH:
        raise Invalid(_("名字最多%(most)s个字") % {"most": NAME_LENGTH}, field="name")
    return clean


# --- printing and exporting ------------------------------------------------------------------------------------------

MOST_CASES = 100  # in one print
KEPT_FOR = timedelta(hours=12)


@operation("workbench.ask_print")
def ask_print(act: Act, *, cases: Sequence[str], kinds: Sequence[str], duplex: bool, cover: bool) -> dict[str, Any]:
    """Ask for the papers of these cases as one PDF. Which of them one may read is asked case by case when it is made.

    Raises Invalid for none, or more than MOST_CASES.
    """
    act.require("cases.read", Scope(*_anywhere(act.actor)))
    chosen = list(dict.fromkeys(cases))
    if not chosen:
        raise Invalid(_("请先勾选要打印的办件"), field="case", code="none-chosen")
    if len(chosen) > MOST_CASES:
        raise Invalid(_("一次最多合并打印%(most)s件") % {"most": MOST_CASES}, field="case", code="too-many")
    batch = PrintBatch.objects.create(
        tenant_id=act.actor.tenant_id, owner_id=act.actor.account_id, cases=chosen, kinds=sorted(set(kinds)),
        duplex=duplex, cover=cover, expires_at=act.at + KEPT_FOR, created_at=act.at,
    )  # fmt: skip
    act.emit(events.PRINT_ASKED, subject=("print", batch.id), body={"cases": len(chosen), "kinds": batch.kinds})
    return {"batch_id": str(batch.id)}


@operation("workbench.note_export")
def note_export(act: Act, *, form: str, rows: int) -> None:
    """Put on record that a list left the platform as a file. The single readings stand in the read log."""
    act.require("cases.read", Scope(*_anywhere(act.actor)))
    account = act.actor.account_id
    if account is None:
        raise NotFound()
    act.emit(events.LIST_EXPORTED, subject=("account", account), body={"form": form, "rows": rows})
