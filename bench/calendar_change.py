"""A new year's notice with very many running clocks: `python bench/calendar_change.py [clocks] [moved] [due]`.

A million clocks, 100,000 of which move, unless told otherwise: the notice of 2027 is corrected by a day in January, so
that every clock due in 2027 is looked at. Meanwhile another process writes all the time and says how long it waited at
most. Also: how fast the sweep finds 10,000 clocks that are due. Allow ten minutes; the rows go straight into the table,
without the events that starting each would write.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID


def main(clocks: int, moved: int, late: int) -> None:
    from bench import _city
    from bench._calibration import around, row

    _city.open_city()
    from django.db import connection

    from tongqu.kernel.acts.actor import Actor
    from tongqu.kernel.acts.models import Event
    from tongqu.kernel.acts.rows import default_tenant
    from tongqu.kernel.law import calendars, misses, recounting, register
    from tongqu.kernel.law.models import CalendarNotice, Clock

    first = {"year": "2027", "notice": "示例通知（测量用）", "issued": "", "workdays": "", "checked": False}
    document = calendars.written(**first, holidays="元旦 2027-01-01 2027-01-03")
    register.take_year(register.year_from(document, calendars.NAME))
    began = time.perf_counter()
    _fill(clocks - moved - late, "2027-03-01", name="far")
    _fill(moved, "2026-12-14", name="moves")
    _fill(late, "2026-01-05", name="late")
    if connection.vendor == "postgresql":  # as autovacuum leaves a table that has grown
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE law_clock")
    print(f"{Clock.objects.count():,} clocks in {time.perf_counter() - began:.0f} s", flush=True)
    with around("calendar change"):
        began = time.perf_counter()
        found, after = 0, None
        while batch := misses._due(after):  # what the sweep hands over, a hundred at a time
            found, after = found + len(batch), batch[-1][:2]
        taken = f"{found:,} in {time.perf_counter() - began:.2f} s"
        row("clocks that are due, found and handed over", "1 s", taken, "`./tq bench calendar_change`")
        system = Actor.system(default_tenant())
        document = calendars.written(**first, holidays="元旦 2027-01-01 2027-01-04")
        notice = UUID(calendars.load_notice(system, document=document)["notice_id"])
        other = subprocess.Popen([sys.executable, __file__, "--write"], stdout=subprocess.PIPE, text=True)
        time.sleep(3)
        began, busy = time.perf_counter(), time.process_time()
        recounting.recount(notice)
        wall, spent = time.perf_counter() - began, time.process_time() - busy
        other.terminate()
        waited = other.communicate()[0].split()
        done = CalendarNotice.objects.get(id=notice)
        events = Event.objects.filter(kind="law.clock_moved").count()
    print(f"{done.checked:,} looked at, {done.moved:,} moved, {events:,} events, {spent:.0f} s of processor")
    row("all worked out again, and moved with their events", "60 s", f"{wall:.0f} s", "`./tq bench calendar_change`")
    longest = f"{max(map(float, waited), default=0):.0f} ms"
    row("the longest wait of another writer", "250 ms", longest, "`./tq bench calendar_change`")
    connection.close()


def _fill(count: int, start: str, *, name: str) -> None:
    from tongqu.foundation.uuid7 import uuid7
    from tongqu.kernel.law import dating, register
    from tongqu.kernel.law import operations as law
    from tongqu.kernel.law.models import Clock
    from tongqu.kernel.law.rules import CHINA

    rule, at = register.rule("L7"), datetime.fromisoformat(start).replace(hour=9, tzinfo=CHINA)
    model = Clock(
        subject_kind="probe", name=name, rule_id=rule.rule_id, rule_version=rule.version, started_at=at,
        quantity=rule.quantity, unit=rule.unit, day_type=rule.day_type, terms=law.terms_of(rule, at),
        on_miss="overdue",
    )  # fmt: skip
    dating.work_out(model, at)
    fields = {f.attname: getattr(model, f.attname) for f in Clock._meta.concrete_fields}
    for done in range(0, count, 5_000):
        batch = range(min(5_000, count - done))
        Clock.objects.bulk_create([Clock(**{**fields, "id": uuid7(), "subject_id": uuid7()}) for _ in batch], 500)


def write() -> None:
    """Another process that writes: prints how long each write over 20 ms waited, in milliseconds, until it is ended."""
    from bench import _city

    _city.open_city(prepare=False)
    from django.db import transaction

    from tongqu.kernel.acts.models import ReadLog

    until = time.monotonic() + 600
    while time.monotonic() < until:
        began = time.perf_counter()
        with transaction.atomic():
            ReadLog.objects.filter(created_at__lt=datetime.now().astimezone() - timedelta(days=9999)).delete()
        taken = (time.perf_counter() - began) * 1000
        if taken > 20:
            print(f"{taken:.0f}", flush=True)
        time.sleep(0.02)


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1])]
    os.environ.setdefault("TQ_IN_BACKGROUND", "" if "--write" in sys.argv else "1")
    given = [int(word) for word in sys.argv[1:] if word.isdigit()]
    if "--write" in sys.argv:
        write()
    else:
        main(*(given + [1_000_000, 100_000, 10_000][len(given) :]))
