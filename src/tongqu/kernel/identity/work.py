"""What identity asks the worker to do: copies of personal data, what an erasure leaves, pictures that ran out."""

from __future__ import annotations

import logging
from datetime import time, timedelta
from uuid import UUID

from django.db import connection

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.identity import copying
from tongqu.kernel.identity.models import DataCopy, Party, QrSignIn
from tongqu.kernel.identity.operations import rights
from tongqu.kernel.identity.queries_rights import subject_of
from tongqu.kernel.jobs.registry import current_job, every, job
from tongqu.kernel.jobs.rules import Lane

log = logging.getLogger(__name__)
LATE = timedelta(minutes=10)  # longer than any request that had the key in hand when it was destroyed
AT_NIGHT = time(3, 30)


@job("identity.make_copy", attempts=4, unique="{copy_id}", lane=Lane.MAKING, lease_seconds=600)
def make_copy(*, copy_id: str) -> None:
    """Pack everything held about a person; progress is written as it goes. Safe to run twice."""
    row = DataCopy.objects.filter(id=UUID(copy_id), state__in=[DataCopy.State.WAITING, DataCopy.State.MAKING]).first()
    if row is None:
        return
    system = Actor.system(row.tenant_id)
    try:
        packed = copying.pack(subject_of(row.party_id), progress=lambda done, total: _progress(row.id, done, total))
        rights.keep_copy(system, copy_id=row.id, data=packed.data, sha256=packed.sha256)
    except Exception:
        if current_job().is_last_attempt:
            rights.fail_copy(system, copy_id=row.id)
        raise


def _progress(copy_id: UUID, done: int, total: int) -> None:
    DataCopy.objects.filter(id=copy_id).update(state=DataCopy.State.MAKING, done=done, total=total)


@every("identity.drop_copies", seconds=900)
def drop_copies() -> int:
    """Copies whose time is over; how many went."""
    over = DataCopy.objects.filter(state=DataCopy.State.READY, expires_at__lte=now())
    ids = list(over.values_list("id", "tenant_id")[:500])
    for copy_id, tenant_id in ids:
        rights.drop_copy(Actor.system(tenant_id), copy_id=copy_id)
    return len(ids)


@job("identity.erase_leftovers", attempts=8, unique="{party_id}")
def erase_leftovers(*, party_id: str) -> None:
    """Once more, after every request that was under way when the key went: what they wrote is blanked as well."""
    if Party.objects.filter(id=UUID(party_id)).exists():
        rights.erase_leftovers(Actor.system(default_tenant()), party_id=UUID(party_id))


@job("identity.compact", attempts=3, unique="compact", lane=Lane.MAKING, lease_seconds=3600)
def compact() -> None:
    """Give erased pages back: what was blanked still lies in free pages (SQLite) or dead rows (PostgreSQL)."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@every("identity.purge_qr_sign_ins", daily_at="03:20")
def purge_qr_sign_ins() -> int:
    """Rows of pictures that ran out more than a day ago; how many. What came of them is in the events."""
    count, _each = QrSignIn.objects.filter(expires_at__lt=now() - timedelta(days=1)).delete()
    return count
