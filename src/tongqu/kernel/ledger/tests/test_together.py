"""Two relays at once: the state row makes one order of them, also when the log has not begun."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from tongqu.kernel.acts.models import Event, Outbox
from tongqu.kernel.ledger import writer
from tongqu.kernel.ledger.models import LedgerEntry
from tongqu.kernel.ledger.verify import verify_all


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time anyway")
def test_two_writers_make_one_log(write):
    ids = write(60, relayed=False)
    batches = [ids[start : start + 10] for start in range(0, 60, 10)]
    together = threading.Barrier(2)
    errors: list[BaseException] = []

    def run(own):
        try:
            together.wait(timeout=20)
            for batch in own:
                with transaction.atomic():
                    writer.append(list(Event.objects.filter(id__in=batch)))
                    Outbox.objects.filter(event_id__in=batch).delete()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    # both also try to bring in the third batch
    threads = [threading.Thread(target=run, args=(own,)) for own in (batches[:3], batches[2:])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not errors
    assert list(LedgerEntry.objects.order_by("seq").values_list("seq", flat=True)) == list(range(60))
    assert verify_all().sound
