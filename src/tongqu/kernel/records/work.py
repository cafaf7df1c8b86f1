"""What the records room asks the worker to do."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import today
from tongqu.kernel.jobs import moments
from tongqu.kernel.jobs.registry import every
from tongqu.kernel.records import store
from tongqu.kernel.records.models import Archive, Blob

log = logging.getLogger(__name__)

GRACE = timedelta(days=1)  # far longer than any job or transaction that is still about to write a file's row
FEW = 100
_AT_ONCE = 500


@every("records.sweep_orphans", daily_at="03:40")
def sweep_orphans() -> int:
    """Remove files whose row never came, because their transaction was rolled back or never began; how many.

    Where there are more than FEW and they are more than a tenth of the store, the database is rather the wrong one:
    nothing is removed, and the log says so. Machine time: the demonstration's clock must not make a fresh file old.
    """
    old = list(store.older_than(moments.real() - GRACE))
    orphans = [path for path, blob_id in old if blob_id is None]
    named = [(path, blob_id) for path, blob_id in old if blob_id is not None]
    for n in range(0, len(named), _AT_ONCE):
        some = named[n : n + _AT_ONCE]
        known = _known([blob_id for _path, blob_id in some])
        orphans += [path for path, blob_id in some if blob_id not in known]
    if len(orphans) > max(FEW, store.kept() // 10):
        log.error(
            "%d of %d stored files have no row; none was removed. Is this their database?", len(orphans), len(old)
        )
        return 0
    for path in orphans:
        store.remove(path)
    if orphans:
        log.info("%d stored files without a row were removed", len(orphans))
    return len(orphans)


def _known(ids: list[UUID]) -> set[UUID]:
    return set(Blob.objects.filter(id__in=ids).values_list("id", flat=True))


@every("records.note_due_archives", daily_at="04:10")
def note_due_archives() -> int:
    """Archives whose term is over, put on record for the archivist's appraisal; how many. Destroys nothing (B7)."""
    from tongqu.kernel.records.operations import note_archive_due

    due = Archive.objects.filter(retain_until__lt=today().date(), due_noted_at=None, destroyed_at=None)
    rows = list(due.values_list("id", "tenant_id")[:500])
    for archive_id, tenant_id in rows:
        note_archive_due(Actor.system(tenant_id), archive_id=archive_id)
    return len(rows)
