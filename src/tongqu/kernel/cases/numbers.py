"""Numbers of cases: taken gaplessly inside the transaction that uses them, and found again however they are typed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q, UUIDField

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.statements import fetch_values
from tongqu.kernel.cases import patterns
from tongqu.kernel.directory.queries import unit_code

if TYPE_CHECKING:
    from tongqu.kernel.cases.models import Case

_TAKE = """INSERT INTO cases_numberseries (id, tenant_id, created_at, series, next_no) VALUES (%s, %s, %s, %s, 2)
ON CONFLICT (tenant_id, series) DO UPDATE SET next_no = cases_numberseries.next_no + 1
RETURNING next_no - 1"""


def take(tenant_id: UUID, series: str) -> int:
    """The next number of a series, starting at 1. Another taker waits until this transaction ends. One query."""
    uuids = UUIDField()
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE,
            [
                uuids.get_db_prep_value(uuid7(), connection),
                uuids.get_db_prep_value(tenant_id, connection),
                connection.ops.adapt_datetimefield_value(now()),
                series,
            ],
        )
        return int(cursor.fetchone()[0])


def likely_next(tenant_id: UUID, series: str) -> int:
    """The number that `take` would give now. Somebody else may have it by the time one is taken. One query."""
    from tongqu.kernel.cases.models import NumberSeries

    rows = fetch_values(NumberSeries, ("next_no",), tenant_id=tenant_id, series=series)
    return rows[0][0] if rows else 1


def case_and_receipt(tenant_id: UUID, *, region_code: str, on: date, unit_id: UUID | None = None) -> tuple[str, str]:
    """办件编号 and 收件编号 after the unit's patterns.

    One query, one more where the receipt has a serial of its own, one more where some unit has patterns of its own.
    """
    book = patterns.book(settings.TQ_NUMBERS_FILE)
    wanted = book.of(unit_code(unit_id)) if book.units and unit_id else book.node
    serial = take(tenant_id, f"case:{wanted.case.series(region_code=region_code, on=on)}")
    case_no = wanted.case.make(region_code=region_code, on=on, serial=serial)
    if wanted.receipt.follows_case:
        return case_no, wanted.receipt.make(region_code=region_code, on=on, case=case_no)
    own = take(tenant_id, f"receipt:{wanted.receipt.series(region_code=region_code, on=on)}")
    return case_no, wanted.receipt.make(region_code=region_code, on=on, serial=own)


def put(case: Case, *, case_no: str, receipt_no: str) -> None:
    """Put both numbers on the (unsaved) case, with the tails by which people ask for it."""
    case.case_no, case.receipt_no = case_no, receipt_no
    case.case_tail, other = patterns.tail(case_no), patterns.tail(receipt_no)
    case.receipt_tail = other if other != case.case_tail else None


def asked_for(text: str) -> Q:
    """Cases with this number: ours, the receipt's or the upper platform's, whole or by the last six digits.

    Spaces, hyphens, full-width forms and small letters make no difference. A filter over `Case`; nothing is found
    for a text without letters and digits.
    """
    wanted = patterns.fold(text)
    if not wanted:
        return Q(pk__in=())
    found = Q(case_no=wanted) | Q(receipt_no=wanted) | Q(upper_key=wanted)
    if len(wanted) == patterns.TAIL and wanted.isascii() and wanted.isdigit():
        found |= Q(case_tail=wanted) | Q(receipt_tail=wanted) | Q(upper_tail=wanted)
    return found
