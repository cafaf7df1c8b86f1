"""How far a case is, for whoever holds its receipt: by its number and the query code printed beside it, without login.

The code is not stored: it comes from the case's id and a secret of the node. Who has both sees states and dates, no
name and nothing that was entered; that it was looked at stands in the applicant's read log.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from tongqu.kernel.acts import keys
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.acts.reading import log_read
from tongqu.kernel.cases.context import open_case
from tongqu.kernel.cases.finding import as_number
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.procedure import State
from tongqu.kernel.cases.queries import HistoryLine, history_of
from tongqu.kernel.law.models import Clock
from tongqu.kernel.records import tokens

LENGTH = 8  # of 32 characters: 40 bits, and few may be tried in an hour


@dataclass(frozen=True, slots=True)
class Progress:
    """What a case tells whoever holds its receipt."""

    case_no: str
    receipt_no: str
    title: dict[str, str]
    unit_name: dict[str, str]
    received_at: datetime | None
    confirms: bool  # the day of receipt is not that, but the day both sides confirm it (I12)
    state: State
    outcome: str
    clocks: Sequence[Clock]
    history: Sequence[HistoryLine]


def code_of(case_id: UUID) -> str:
    """The query code of a case, as `tokens.ALPHABET` writes it, without dashes."""
    raw = hmac.digest(keys.master("cases/progress"), case_id.bytes, hashlib.sha256)
    return "".join(tokens.ALPHABET[byte % 32] for byte in raw[:LENGTH])


def shown_code(case_id: UUID) -> str:
    """In groups of four, as it is printed."""
    return tokens.shown_token(code_of(case_id))


def progress(actor: Actor, *, number: str, code: str) -> Progress:
    """Raises NotFound, alike for an unknown number and a wrong code. Five queries; one for a number that is none."""
    wanted = as_number(number)
    found = Case.objects.filter(Q(case_no=wanted) | Q(receipt_no=wanted), tenant_id=actor.tenant_id) if wanted else []
    for case in found:
        if hmac.compare_digest(code_of(case.id), tokens.clean(code, LENGTH) or ""):
            log_read(actor, subject=("case", case.id), purpose="progress", party_id=case.applicant_id)
            return _told(case)
    raise NotFound(
        _("没有找到：请核对收件编号（或办件编号）和查询码"), remedy=_("两样都印在收件回执上")
    )  # fmt: skip


def _told(case: Case) -> Progress:
    procedure, _package, facts = open_case(case)
    return Progress(
        case.case_no or "", case.receipt_no or "", case.title, case.unit_name, case.received_at,
        "confirm_receipt" in procedure.actions,
        procedure.states[case.state], case.outcome or "",
        [c for c in facts.clocks if c.state in {Clock.State.RUNNING, Clock.State.PAUSED}],
        history_of(case, level="public"),
    )  # fmt: skip
