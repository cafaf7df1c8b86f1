"""Numbers taken gaplessly from a series, inside the transaction that uses them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import UUIDField

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.clock import now

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


def case_and_receipt(tenant_id: UUID, *, region_code: str, on: date) -> tuple[str, str]:
    """办件编号 and 收件编号: county, day and a serial of the day, the same in both."""
    county, day = region_code[:6], on.strftime("%Y%m%d")
    serial = take(tenant_id, f"case:{county}:{day}")
    return f"{county}{day}{serial:05d}", f"SJ{county}{day}{serial:05d}"
