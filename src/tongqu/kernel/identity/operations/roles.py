"""Roles granted to an account directly, beside those its posts carry; three administrators never in one person."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, Refused
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.directory import queries as directory
from tongqu.kernel.directory.rules.duties import SEPARATION_RULE
from tongqu.kernel.identity import events, roles, rules
from tongqu.kernel.identity.models import Account, RoleGrant


@operation("identity.grant_role")
def grant_role(
    act: Act,
    *,
    account_id: UUID,
    role: str,
    unit_id: UUID | None = None,
    region_prefix: str = "",
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> dict[str, Any]:
    """Give a member of staff a role at a unit or in a region subtree, from `valid_from` (None: now) until `valid_to`.

    Returns {"grant_id"}. Raises Invalid, NotFound, Conflict (held already), Refused: nobody grants a role to himself,
    and nobody holds two of the separated administrators' roles at one time, from posts and grants together.
    """
    act.require("identity.grant_roles", login=roles.login_for("identity.grant_roles"))
    if act.actor.account_id == account_id:
        raise Refused(_("不能给本人授予角色"), code="grant-to-self", remedy=_("请由其他安全管理员办理"))
    start = valid_from or act.at
    _check_place(role, unit_id, region_prefix, start, valid_to)
    # The lock makes two grants to one account wait for each other, so that the check below sees both.
    account = Account.objects.select_for_update().filter(id=account_id, kind="staff", is_active=True).first()
    if account is None:
        raise NotFound(_("找不到这一工作人员账号"))
    same = RoleGrant.objects.filter(
        account=account, role=role, unit_id=unit_id, region_prefix=region_prefix, revoked_at=None
    )
    if any(rules.overlap((start, valid_to), (row.valid_from, row.valid_to)) for row in same):
        raise Conflict(_("该账号已有这一角色"), code="role-held", field="role", remedy="")
    _check_separation(account, rules.Held(role, start, valid_to))
    grant = RoleGrant.objects.create(
        tenant_id=act.actor.tenant_id,
        account=account,
        role=role,
        unit_id=unit_id,
        region_prefix=region_prefix,
        valid_from=start,
        valid_to=valid_to,
        granted_by=act.actor.account_id,
    )
    act.emit(
        events.ROLE_GRANTED,
        subject=("account", account.id),
        body={"grant": grant.id, "role": role, "unit": unit_id, "region": region_prefix, "from": start, "to": valid_to},
    )
    return {"grant_id": str(grant.id)}


@operation("identity.revoke_role")
def revoke_role(act: Act, *, grant_id: UUID) -> dict[str, Any]:
    """End a direct grant now. Raises NotFound."""
    act.require("identity.grant_roles", login=roles.login_for("identity.grant_roles"))
    grant = RoleGrant.objects.select_for_update().filter(id=grant_id, revoked_at=None).first()
    if grant is None:
        raise NotFound(_("找不到这一授权"))
    grant.revoked_at = act.at
    grant.save(update_fields=["revoked_at"])
    act.emit(
        events.ROLE_REVOKED,
        subject=("account", grant.account_id),
        body={"grant": grant.id, "role": grant.role, "unit": grant.unit_id, "region": grant.region_prefix},
    )
    return {"grant_id": str(grant_id)}


def _check_place(role: str, unit_id: UUID | None, region_prefix: str, start: datetime, end: datetime | None) -> None:
    try:
        found = roles.role(role)
    except roles.UnknownRole:
        raise Invalid(_("没有这一角色"), code="role-unknown", field="role") from None
    if region_prefix and not (region_prefix.isascii() and region_prefix.isdigit() and len(region_prefix) <= 12):
        raise Invalid(_("区划代码应为不超过 12 位的数字"), code="region", field="region_prefix")
    if found.reach == "unit" and unit_id is None and not region_prefix:
        raise Invalid(_("请选择该角色所在的单位或地区"), code="place-missing", field="unit_id")
    if end is not None and end <= start:
        raise Invalid(_("终止时间应当晚于开始时间"), code="term", field="valid_to")


def _check_separation(account: Account, wanted: rules.Held) -> None:
    """Over all accounts of the same person, since a second login makes no second person. Raises Refused."""
    exclusive = roles.book().exclusive
    if not any(wanted.role in group for group in exclusive):
        return
    held = [wanted]
    for one in _accounts_of_same_person(account):
        held += [
            rules.Held(row.role, row.valid_from, row.valid_to)
            for row in RoleGrant.objects.filter(account=one, revoked_at=None)
        ]
        held += held_by_posts(one.id, wanted.start)
    if rules.clashing(held, exclusive):
        raise Refused(
            _("系统管理员、安全管理员、审计管理员不能由同一人担任"),
            code="administrators-together",
            remedy=_("请选择其他人员，或先收回已有的管理员角色"),
            rule=SEPARATION_RULE,
        )


def held_by_posts(account_id: UUID, at: datetime) -> list[rules.Held]:
    """The roles of an account's posts, for as long as the appointments run."""
    found = []
    for held in directory.appointments_of(account_id, on=at.astimezone(SHANGHAI).date()):
        start = datetime.combine(held.valid_from, time(), SHANGHAI)
        end = datetime.combine(held.valid_to, time(), SHANGHAI) if held.valid_to else None
        found += [rules.Held(code, start, end) for code in held.role_codes]
    return found


class GrantedRoles:
    """Port RolesElsewhere: before the directory appoints somebody it asks which roles he has beside his posts."""

    def roles_of(self, account_id: UUID, start: date, until: date | None) -> frozenset[str]:
        """Roles granted for a day between `start` and the day before `until`, and those of the same person's other
        accounts, posts included; 2 queries, 2 more for each other account.

        Locks the account, so that an appointment and a grant made at one moment see each other.
        """
        account = Account.objects.select_for_update().filter(id=account_id).first()
        if account is None:
            return frozenset()
        first = datetime.combine(start, time(), SHANGHAI)
        term = (first, datetime.combine(until, time(), SHANGHAI) if until else None)
        found: set[str] = set()
        for one in _accounts_of_same_person(account):
            grants = RoleGrant.objects.filter(account=one, revoked_at=None)
            found |= {row.role for row in grants if rules.overlap(term, (row.valid_from, row.valid_to))}
            if one.id != account_id:
                found |= {held.role for held in held_by_posts(one.id, first)}
        return frozenset(found)


def _accounts_of_same_person(account: Account) -> list[Account]:
    """A second login makes no second person."""
    if account.party_id is None:
        return [account]
    return list(Account.objects.filter(party_id=account.party_id))
