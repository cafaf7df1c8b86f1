"""A caller confirms: a code goes to the telephone that was on record before he called, and he says it back.

行政许可法 art. 29 lets an application come by letter, fax, e-mail and the like; a telephone call is not among them.
So what a clerk types for a caller is a draft; the code said back is the applicant's own data message, and until it is
given (or the person signs at the counter) nothing can be submitted.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tongqu.domains.services.counter import events, settings
from tongqu.domains.services.counter.filing import locked
from tongqu.domains.services.counter.models import Filing
from tongqu.foundation.crypto import blind_index
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import keys, ports
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import Conflict, Invalid, Refused, Unavailable
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.identity.queries import reveal
from tongqu.kernel.notices.ports import NotDeliverable, SmsGateway

DIGITS = 6


def send_code(actor: Actor, row: Filing) -> str:
    """Send a code to the person's telephone as it was registered before; the number masked, for the clerk to say.

    Sent outside the transaction. Raises Refused (no telephone on record, too many codes), Unavailable.
    """
    number = reveal(Actor.system(actor.tenant_id), row.person_id, "phone", purpose="counter.code")
    if not number:
        raise Refused(
            _("来电人没有登记手机号码，不能用验证码确认"), code="no-phone", remedy=_("请其携带证件到窗口签名确认")
        )
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    note_code(actor, filing_id=row.id, digest=_digest(row.id, code))
    text = _("验证码%(code)s：工作人员按您的来电填写了“%(item)s”申请（%(name)s）。确认无误请报出验证码，否则请勿透露。")
    said = text % {"code": code, "item": row.item_title["zh-Hans"], "name": row.applicant_name}
    try:
        ports.adapter(SmsGateway).send(uuid7(), number, said)  # type: ignore[type-abstract]
    except NotDeliverable:
        raise Unavailable(_("短信没有发出去"), remedy=_("请稍后再试，或者请其到窗口签名确认")) from None
    return f"{number[:3]}****{number[-4:]}"


@operation("counter.note_code")
def note_code(act: Act, *, filing_id: UUID, digest: str) -> None:
    """Remember (only as a digest) the code that is about to be sent."""
    row = locked(act, filing_id)
    _in_hand(act, row)
    if row.codes_sent >= settings.phone().codes_most:
        raise Refused(_("验证码已发送多次"), code="too-many-codes", remedy=_("请其携带证件到窗口签名确认"))
    until = act.at + timedelta(minutes=settings.phone().code_minutes)
    Filing.objects.filter(id=row.id).update(
        code_hash=digest, code_until=until, code_tries=0, codes_sent=row.codes_sent + 1
    )
    act.emit(events.CODE_SENT, subject=("filing", row.id), version=row.version, body={"case": row.case_id})


def confirm_by_code(actor: Actor, row: Filing, *, code: str, expected_version: int | None = None) -> dict[str, Any]:
    """The caller has said a code. Raises Invalid at the field when it is not the one, Refused after too many tries."""
    answer: dict[str, Any] = judge_code(
        actor, filing_id=row.id, digest=_digest(row.id, "".join(code.split())), expected_version=expected_version
    )
    if not answer["right"]:
        raise Invalid(_("验证码不对，请来电人再报一次"), code="code-wrong", field="c_code")
    return answer


@operation("counter.judge_code")
def judge_code(act: Act, *, filing_id: UUID, digest: str, expected_version: int | None = None) -> dict[str, Any]:
    """{"right"}. A wrong try is counted, so it is no error here. Raises Refused when no code is out."""
    row = locked(act, filing_id)
    _in_hand(act, row)
    if not row.code_hash or row.code_until is None or act.at >= row.code_until:
        raise Refused(_("验证码已经失效"), code="code-over", remedy=_("请重新发送"))
    if row.code_tries >= settings.phone().code_tries:
        raise Refused(_("验证码输错次数太多，已经失效"), code="code-tries", remedy=_("请重新发送"))
    if not hmac.compare_digest(row.code_hash, digest):
        Filing.objects.filter(id=row.id).update(code_tries=row.code_tries + 1)
        act.emit(events.CODE_WRONG, subject=("filing", row.id), version=row.version, body={"case": row.case_id})
        return {"right": False}
    Filing.objects.filter(id=row.id).update(code_hash="", code_until=None)
    cases.confirm_at_counter(act, case_id=row.case_id, how="code", expected_version=expected_version)
    return {"right": True}


def _in_hand(act: Act, row: Filing) -> None:
    if row.state != "open" or row.clerk_id != act.actor.account_id:
        raise Conflict(_("这份收件不在您手上"), code="typed-by-another", remedy="")


def _digest(filing_id: UUID, code: str) -> str:
    return blind_index(keys.master("counter/code"), f"{filing_id}:{code}")
