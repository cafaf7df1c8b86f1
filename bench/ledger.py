"""How fast the ledger appends, proves and verifies: `python bench/ledger.py [entries]`, 100,000 unless told otherwise.

On a database of its own (SQLite in a temporary folder, or the empty one that TQ_DATABASE_URL names), with events of the
size that a case's have. Prints one line a figure; a minute of one core at 100,000.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BATCH = 200  # the relay's


def main(entries: int) -> None:
    import django
    from django.core.management import call_command
    from django.db import connection, transaction

    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)

    from bench._calibration import around
    from tongqu.foundation.uuid7 import uuid7
    from tongqu.kernel.acts.models import Event, Outbox
    from tongqu.kernel.acts.rows import default_tenant
    from tongqu.kernel.ledger import verify, writer
    from tongqu.kernel.ledger.queries import inclusion_of

    print(f"{connection.vendor}, {entries} entries, batches of {BATCH}")
    ids, spent = [], 0.0
    for start in range(0, entries, BATCH):
        fresh = [_event(Event, uuid7) for _ in range(min(BATCH, entries - start))]
        Event.objects.bulk_create(fresh)
        Outbox.objects.bulk_create([Outbox(event_id=event.id) for event in fresh])
        began = time.perf_counter()
        with transaction.atomic():
            rows = Outbox.objects.select_related("event").order_by("event_id")[:BATCH]
            events = [row.event for row in rows]
            writer.append(events)
            Outbox.objects.filter(event_id__in=[event.id for event in events]).delete()
        spent += time.perf_counter() - began
        ids += [event.id for event in fresh]
    print(f"append, outbox read and cleared: {spent:.1f} s, {entries / spent:,.0f} entries/s")
    writer.sign_head(default_tenant())
    for processes in sorted({1, os.cpu_count() or 1}):
        with around(f"verify, {processes} processes"), _timed(f"verify {entries:,} entries, {processes} processes"):
            report = verify.verify_all(processes=processes)
        assert report.sound and report.checked == entries, report
    with _timed("100 proofs"):
        for event_id in ids[:: max(1, entries // 100)]:
            assert inclusion_of(event_id).proof is not None
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def _event(model: type, new_id):
    party = str(new_id())
    return model(
        id=new_id(),
        actor={"kind": "staff", "account": str(new_id()), "unit": str(new_id()), "channel": "web", "login_strength": 3},
        kind="bench.noted",
        subject_kind="case",
        subject_id=new_id(),
        subject_version=3,
        rule="L7@行政许可法-2019",
        body={"state": "accepted", "clock": str(new_id()), "units": [str(new_id())], "version": 3},
        sealed={"party": party, "commitment": "0" * 64, "box": "A" * 160},
    )


@contextmanager
def _timed(what: str) -> Iterator[None]:
    began, busy = time.perf_counter(), os.times()
    yield
    now = os.times()
    spent = sum(now[:4]) - sum(busy[:4])  # this process and those it waited for
    print(f"{what}: {time.perf_counter() - began:.2f} s, {spent:.2f} s of processor")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="tq-bench-") as folder:
        root = Path(__file__).parents[1]
        settings = {"DJANGO_SETTINGS_MODULE": "tongqu.assembly.settings", "TQ_LOG_LEVEL": "WARNING"}
        os.environ.update(settings, TQ_DATA_DIR=folder, PYTHONPATH=f"{root}/src:{root}")
        sys.path[:0] = [str(root / "src"), str(root)]
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
