"""Posts and who holds them, from one day to another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import Scope
from tongqu.kernel.acts.errors import Conflict, NotFound, Refused
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.directory import events
from tongqu.kernel.directory.models import OPEN, Appointment, Post
from tongqu.kernel.directory.operations.series import (
    close_row,
    effective,
    present,
    text,
)
from tongqu.kernel.directory.ports import roles_elsewhere
from tongqu.kernel.directory.rules import dating, duties


@operation("directory.create_post")
def create_post(
    act: Act, *, unit_id: UUID, code: str, title: str, roles: Sequence[str], on: date | None = None
) -> dict[str, Any]:
    """A post in a unit, with the role codes its holder has there. Answers {"post_id"}.

    Raises Refused for two of the three administrators in one post, NotFound, Conflict (the unit has ended).
    """
    day = effective(on)
    version = present(act, unit_id, day)
    act.require("directory.manage_posts", Scope(unit_id=unit_id, region_code=version.region_code))
    post = Post.objects.create(
        tenant_id=act.actor.tenant_id,
        unit_id=unit_id,
        code=text(code, field="code", label=_("岗位编码"), limit=40),
        title=text(title, field="title", label=_("岗位名称"), limit=60),
        roles=sorted(set(roles)),
        separated_role=duties.separated(roles),
        valid_from=day,
    )
    body = {"unit": unit_id, "code": post.code, "roles": post.roles, "on": day}
    act.emit(events.POST_CREATED, subject=("post", post.id), body=body)
    return {"post_id": str(post.id)}


@operation("directory.close_post")
def close_post(act: Act, *, post_id: UUID, on: date | None = None) -> dict[str, Any]:
    """End a post. Raises Refused while somebody holds it, NotFound, Conflict."""
    post, day = _post(act, post_id, on, "directory.manage_posts")
    if Appointment.objects.filter(dating.after(day), post=post).exists():
        raise Refused(_("该岗位仍有在岗人员，请先结束任职"), code="still-staffed")
    close_row(post, day).save(update_fields=["valid_to"])
    act.emit(events.POST_CLOSED, subject=("post", post.id), body={"unit": post.unit_id, "on": day})
    return {"post_id": str(post.id)}


@operation("directory.appoint")
def appoint(
    act: Act, *, account_id: UUID, post_id: UUID, on: date | None = None, until: date | None = None
) -> dict[str, Any]:
    """Put an account in a post from `on`, to the day before `until` if given. Answers {"appointment_id"}.

    Raises Refused when the person would hold two of the three administrators (now or later, by posts or by roles
    granted elsewhere), Conflict when it holds this post already, NotFound.
    """
    post, day = _post(act, post_id, on, "directory.appoint")
    wanted = dating.Span(day, until)
    if until is not None and until <= day:
        raise Conflict(_("任职结束日期应晚于开始日期"), code="empty-term", remedy="", field="until")
    mine = list(Appointment.objects.filter(tenant_id=act.actor.tenant_id, account_id=account_id).select_related("post"))
    for held in mine:
        if held.post_id == post_id and dating.Span(held.valid_from, held.valid_to).meets(wanted):
            raise Conflict(_("此人已在该岗位任职"), code="already-appointed", remedy="", field="account_id")
    if post.separated_role:
        others = {
            held.post.separated_role for held in mine if dating.Span(held.valid_from, held.valid_to).meets(wanted)
        }
        duties.check_separation([post.separated_role], others | roles_elsewhere(account_id, day, until))
    try:
        with transaction.atomic():
            made = Appointment.objects.create(
                tenant_id=act.actor.tenant_id, account_id=account_id, post=post, valid_from=day, valid_to=until
            )
    except IntegrityError as error:
        raise Conflict(_("此人已在该岗位任职"), code="already-appointed", remedy="", field="account_id") from error
    body = {"account": account_id, "post": post_id, "unit": post.unit_id, "on": day, "until": until}
    act.emit(events.APPOINTED, subject=("appointment", made.id), body=body)
    return {"appointment_id": str(made.id)}


@operation("directory.end_appointment")
def end_appointment(act: Act, *, appointment_id: UUID, on: date | None = None) -> dict[str, Any]:
    """From `on` the person no longer holds the post. Raises NotFound, Conflict when it had ended before."""
    row = (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("post")
        .filter(tenant_id=act.actor.tenant_id, id=appointment_id)
        .first()
    )
    if row is None:
        raise NotFound(_("找不到该任职记录"))
    act.require("directory.appoint", Scope(unit_id=row.post.unit_id))
    day = effective(on)
    dating.close(dating.Span(row.valid_from), day)
    if row.valid_to is not None and row.valid_to <= day:
        raise Conflict(_("该任职已于 %(end)s 结束") % {"end": row.valid_to}, code="ended", remedy="")
    row.valid_to = day
    row.version += 1
    row.save(update_fields=["valid_to", "version"])
    body = {"account": row.account_id, "post": row.post_id, "unit": row.post.unit_id, "on": day}
    act.emit(events.APPOINTMENT_ENDED, subject=("appointment", row.id), version=row.version, body=body)
    return {"appointment_id": str(row.id)}


def _post(act: Act, post_id: UUID, on: date | None, verb: str) -> tuple[Post, date]:
    """The post, locked and in force on the day, with the right to `verb` checked at its unit.

    A post of one of the three administrators is locked together with all such posts: two appointments of one person
    to two of them, made at the same moment, would otherwise each find the other's place empty.
    """
    tenant = {"tenant_id": act.actor.tenant_id}
    post = Post.objects.filter(id=post_id, **tenant).first()
    if post is None:
        raise NotFound(_("找不到该岗位"), field="post_id")
    act.require(verb, Scope(unit_id=post.unit_id))
    if post.separated_role:
        list(Post.objects.select_for_update().filter(OPEN, separated_role__gt="", **tenant).order_by("id"))
    post = Post.objects.select_for_update().get(id=post_id)
    day = effective(on)
    if not dating.Span(post.valid_from, post.valid_to).holds(day):
        raise Conflict(_("该岗位在这一天不存在"), code="ended", remedy="", field="post_id")
    return post, day
