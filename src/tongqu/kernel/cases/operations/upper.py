"""The upper platform's number: asked before receipt and outside any transaction; never a reason not to receive.

When the platform above does not answer, receipt goes on with our own numbers and a job asks again later. The reason is
in law: 行政许可法 art. 32 binds the organ to one of five outcomes once an application is handed in, and its time runs
from receipt (rule L1, L2); the silence of a third computer is none of the five, and art. 32(2) asks of the receipt a
seal and a date, not a number from above.
"""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts import ports
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, Unavailable
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.ports import PortMissing
from tongqu.kernel.cases import events, patterns, rules
from tongqu.kernel.cases.context import open_case, who_is
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.ports import NumberAsked, UpperNumber
from tongqu.kernel.law import register

log = logging.getLogger(__name__)

RULE = "L1"
TIMEOUT = 2.0  # seconds for one question while somebody waits at the window
TRIES = 2
REST = 60  # seconds for which nobody is kept waiting again after it was silent
_DOWN = "cases:upper-number-silent"


def fetch_before_receipt(case: Case) -> str | None:
    """Ask for this draft's number, at most TRIES × TIMEOUT seconds; None where none is wanted or none came.

    Never inside a transaction. The number is put on the draft with `note_upper_number`, in a transaction of its own.
    """
    if case.upper_no or not wanted(case) or cache.get(_DOWN):
        return None
    for _try in range(TRIES):
        try:
            return ask(case, timeout=TIMEOUT)
        except Unavailable:
            continue
    cache.set(_DOWN, True, REST)
    return None


def wanted(case: Case) -> bool:
    """Whether this case is to have a number from above. No query."""
    try:
        return ports.adapter(UpperNumber).wants(case.item_code, case.region_code)  # type: ignore[type-abstract]
    except PortMissing:
        return False


def ask(case: Case, *, timeout: float) -> str:
    """One question. Raises Unavailable, also for an answer that is no number: that may be mended there."""
    asked = NumberAsked(request_id=case.id, item_code=case.item_code, region_code=case.region_code)
    try:
        answer = ports.adapter(UpperNumber).fetch(asked, timeout=timeout)  # type: ignore[type-abstract]
    except Unavailable:
        raise
    except Exception as error:
        # Another's program: whatever breaks in it, receipt goes on. What it said may hold anything, so only its kind.
        log.warning("the upper platform's adapter failed: %s", type(error).__name__)
        raise Unavailable() from None
    if not sound(answer):
        log.warning("the upper platform answered with something that is no number")
        raise Unavailable()
    return answer.strip()


def sound(answer: Any) -> bool:
    """Whether it can be a number: 1 to 64 printable characters, with a digit, that leave something to look for."""
    if not isinstance(answer, str) or not 0 < len(answer.strip()) <= 64 or not answer.strip().isprintable():
        return False
    return bool(patterns.fold(answer)) and any(char.isdigit() for char in answer)


@operation("cases.note_upper_number")
def note_upper_number(act: Act, *, case_id: UUID, number: str) -> dict[str, Any]:
    """Put the number from above on a case, once. Raises Invalid, NotFound, Conflict (another case has it)."""
    act.allow(act.actor.kind == "system")
    if not sound(number):
        raise Invalid(_("上级平台给出的编号不能使用"), code="upper-number")
    case = Case.objects.select_for_update().filter(tenant_id=act.actor.tenant_id, id=case_id).first()
    if case is None or (case.state == "draft" and case.ended_at):
        raise NotFound()
    if case.upper_no:
        act.unchanged()
        return {"upper_no": case.upper_no}
    number = number.strip()
    values = {"upper_no": number, "upper_key": patterns.fold(number), "upper_tail": patterns.tail(number)}
    try:
        with transaction.atomic():
            Case.objects.filter(id=case_id).update(**values)
    except IntegrityError:
        raise Conflict(_("上级平台的这一编号已属于另一办件"), code="upper-number-taken", remedy="") from None
    act.emit(events.UPPER_NUMBERED, subject=("case", case_id), version=case.version, body={"upper_no": number})
    return {"upper_no": number}


@operation("cases.note_upper_silence")
def note_upper_silence(act: Act, *, case_id: UUID) -> None:
    """Put on record that receipt went on without a number from above, and on which rule."""
    act.allow(act.actor.kind == "system")
    act.emit(events.UPPER_SILENT, subject=("case", case_id), rule=register.rule(RULE).cite, body={})


def obtain_for(actor: Actor, case: Case | None) -> None:
    """The same for a draft that this actor may submit as it stands, and for nothing else. No query unless wanted."""
    if case is None or case.state != "draft" or case.ended_at or case.upper_no or not wanted(case):
        return
    procedure, _package, facts = open_case(case)
    who, submit = who_is(actor, case, procedure, facts), procedure.actions["submit"]
    if who.fits(submit) and not rules.blockers(submit, facts, who):
        obtain_before_receipt(case)


def obtain_before_receipt(case: Case) -> None:
    """Before the act of submitting: fetch the number and put it on the draft; nothing where it is not to be had."""
    number = fetch_before_receipt(case)
    if number is None:
        return
    try:
        note_upper_number(Actor.system(case.tenant_id), case_id=case.id, number=number)
    except (Conflict, NotFound) as error:
        log.warning("a number from the upper platform was not taken over: %s", error.code)
