"""The upper platform's number: asked before receipt and outside any transaction; never a reason not to receive.

What came is brought to the act of submitting and put on the case with it; the same question is always answered with
the same number, so that nothing is lost where the act is refused.

When the platform above does not answer, receipt goes on with our own numbers and a job asks again later. The reason is
in law: 行政许可法 art. 32 binds the organ to one of five outcomes once an application is handed in, and its time runs
from receipt (rule L1, L2); the silence of a third computer is none of the five, and art. 32(2) asks of the receipt a
seal and a date, not a number from above.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from django.core.cache import cache
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts import ports
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, Unavailable
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.ports import PortMissing
from tongqu.kernel.acts.statements import change, fetch_one
from tongqu.kernel.cases import events, patterns, rules
from tongqu.kernel.cases.context import LoadedFacts, open_case, who_is
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.ports import NumberAsked, UpperNumber
from tongqu.kernel.law import register

log = logging.getLogger(__name__)
R = TypeVar("R")

TAKEN = "upper-number-taken"
RULE = "L1"
TIMEOUT = 2.0  # seconds for one question while somebody waits at the window
TRIES = 2
REST = 60  # seconds for which nobody is kept waiting again after it was silent
_DOWN = "cases:upper-number-silent"


def fetch_before_receipt(case: Case) -> str | None:
    """Ask for this draft's number, at most TRIES × TIMEOUT seconds; None where none is wanted or none came.

    Never inside a transaction.
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
    case = fetch_one(Case, lock=True, tenant_id=act.actor.tenant_id, id=case_id)
    if case is None or (case.state == "draft" and case.ended_at):
        raise NotFound()
    if case.upper_no:
        act.unchanged()
        return {"upper_no": case.upper_no}
    put(act, case, number)
    try:
        change(Case, {name: getattr(case, name) for name in _NUMBER}, id=case_id)
    except IntegrityError:  # no savepoint: on a conflict the whole operation is given up
        raise taken() from None
    return {"upper_no": case.upper_no}


_NUMBER = ("upper_no", "upper_key", "upper_tail")


def put(act: Act, case: Case, number: str) -> None:
    """Put it on the (unsaved) case, and on record as the platform's own doing."""
    case.upper_no = number.strip()
    case.upper_key, case.upper_tail = patterns.fold(case.upper_no), patterns.tail(case.upper_no)
    act.by_platform().emit(
        events.UPPER_NUMBERED, subject=("case", case.id), version=case.version, body={"upper_no": case.upper_no}
    )


def taken() -> Conflict:
    return Conflict(_("上级平台的这一编号已属于另一办件"), code=TAKEN, remedy="")


def is_taken(error: IntegrityError) -> bool:
    """Whether another case has the number. PostgreSQL names the constraint, SQLite its columns."""
    said = str(error)
    return "upper_no_once" in said or said.endswith(f" {Case._meta.db_table}.upper_key")


@operation("cases.note_upper_silence")
def note_upper_silence(act: Act, *, case_id: UUID) -> None:
    """Put on record that receipt went on without a number from above, and on which rule."""
    act.allow(act.actor.kind == "system")
    act.emit(events.UPPER_SILENT, subject=("case", case_id), rule=register.rule(RULE).cite, body={})


def fetch_for(actor: Actor, case: Case | None) -> tuple[str | None, LoadedFacts | None]:
    """The same for a draft that this actor may submit as it stands, and for nothing else; with what was made of the row
    to see that. No query unless wanted."""
    if case is None or case.state != "draft" or case.ended_at or case.upper_no or not wanted(case):
        return None, None
    procedure, _package, facts = open_case(case)
    who, submit = who_is(actor, case, procedure, facts), procedure.actions["submit"]
    open_ = who.fits(submit) and not rules.blockers(submit, facts, who)
    return fetch_before_receipt(case) if open_ else None, facts


def bring(number: str | None, submit: Callable[[Mapping[str, Any]], R], *, judged: LoadedFacts | None = None) -> R:
    """Submit with what came from above (the `brought` of `cases.act`), and without where another case has it."""
    known = {} if judged is None else {"judged": judged}
    if number is None:
        return submit(known)
    try:
        return submit({**known, "upper_no": number})
    except Conflict as error:
        if error.code != TAKEN:
            raise
        log.warning("a number from the upper platform was not taken over: %s", error.code)
    return submit(known)
