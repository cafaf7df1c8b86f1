"""What drafts ask about a counter: is it competent, who is in charge, does the applicant's confirmation still hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import PASSWORD, Actor, Scope
from tongqu.kernel.acts.errors import Conflict, NotFound, NotPermitted, Refused
from tongqu.kernel.acts.operation import Act
from tongqu.kernel.cases import counter
from tongqu.kernel.cases.models import Case
from tongqu.kernel.directory.queries import lead_unit
from tongqu.kernel.identity.queries import account_names


def require_competent(act: Act, help: Mapping[str, Any], *, matter: str, region_code: str) -> None:
    """The clerk receives cases in the unit that leads this matter there. One query.

    Raises Refused with the right organ (L1: not this organ's matter, so tell at once which organ's it is).
    """
    if act.actor.kind != "staff" or act.actor.channel != "counter" or help["account"] != str(act.actor.account_id):
        raise NotPermitted()
    unit = lead_unit(matter, region_code, tenant_id=act.actor.tenant_id)
    if str(unit.id) != help["unit"]:
        raise Refused(
            _("本窗口不受理这一事项，应当向%(organ)s申请") % {"organ": unit.local_name}, code="not-this-organ",
            remedy=_("请告知申请人到该单位的窗口办理，或者在网上申请"), rule="L1",
        )  # fmt: skip
    act.require(counter.RECEIVE, Scope(unit_id=unit.id, region_code=region_code), login=PASSWORD)


def in_charge(actor: Actor, case: Case) -> bool:
    """Whether this clerk types the draft now. Raises Conflict, naming who does, for a colleague of the same counter."""
    if counter.helps(actor, case):
        return True
    if case.state == "draft" and counter.same_counter(actor, case):
        raise Conflict(
            _("这份收件现在由%(name)s办理") % {"name": name_of(case)}, code="typed-by-another",
            remedy=_("需要接着办的，请先在待收件列表中接手"),
        )  # fmt: skip
    return False


def name_of(case: Case) -> str:
    """Who is in charge. One query."""
    if case.help is None:
        raise NotFound()
    account = UUID(case.help["account"])
    return account_names([account]).get(account, "")


def unconfirm(case: Case) -> None:
    """What the applicant confirmed has changed since: it must be confirmed again."""
    if case.help and case.help.get("confirmed"):
        case.help = {name: value for name, value in case.help.items() if name != "confirmed"}
