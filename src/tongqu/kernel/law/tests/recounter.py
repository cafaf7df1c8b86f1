"""Run by test_recounting in processes of its own: `prepare N`, `recount [AT]`, `recount-slowly`, `count`.

`AT` is the moment (Unix seconds) at which several recounts begin together.
"""

# ruff: noqa: E402  (Django is set up before its models are imported)
from __future__ import annotations

import os
import sys
import time
from datetime import datetime
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongqu.assembly.settings")

import django

django.setup()

from django.conf import settings
from django.db import connection

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import at
from tongqu.kernel.acts.models import Event, Outbox
from tongqu.kernel.jobs.models import Job
from tongqu.kernel.law import calendars, recounting
from tongqu.kernel.law import operations as law
from tongqu.kernel.law.models import CalendarNotice, Clock
from tongqu.kernel.law.rules import CHINA

SYSTEM = Actor.system(settings.TQ_TENANT_ID)
DECEMBER = datetime(2026, 12, 14, 9, tzinfo=CHINA)
recounting.READ, recounting.WRITTEN = 60, 30  # each batch's events are many enough to go in bulk


def prepare(count: int) -> None:
    if connection.vendor == "sqlite":
        with connection.schema_editor() as editor:
            for model in (Event, Outbox, Clock, CalendarNotice, Job):
                editor.create_model(model)
    document = calendars.written(
        year="2027", notice="示例通知", issued="", holidays="元旦 2027-01-01 2027-01-03", workdays="", checked=False
    )
    with at(DECEMBER):
        for _ in range(count):
            law.start_clock(SYSTEM, subject=("probe", uuid7()), name="decide", rule_id="L7")
        calendars.load_notice(SYSTEM, document=document)


def count() -> str:
    moved = Event.objects.filter(kind="law.clock_moved")
    waiting = Outbox.objects.filter(event__kind="law.clock_moved")
    return (
        f"moved {Clock.objects.filter(provisional=False, version=2).count()}, events {moved.count()}, "
        f"of {moved.values('subject_id').distinct().count()}, waiting {waiting.count()}"
    )


def recount() -> None:
    with at(DECEMBER):
        recounting.recount(CalendarNotice.objects.get().id)


def dying(act: Any, clocks: Any) -> None:
    """In the second batch, with its clocks written and nothing committed."""
    if Event.objects.filter(kind="law.clock_moved").exists():
        print("in the middle", flush=True)
        time.sleep(60)


if sys.argv[1] == "prepare":
    prepare(int(sys.argv[2]))
    print("ready")
elif sys.argv[1] == "count":
    print(count())
else:
    if sys.argv[1] == "recount-slowly":
        recounting.on_moved("probe", lock=list)(dying)
    if len(sys.argv) > 2:
        connection.ensure_connection()
        time.sleep(max(0.0, float(sys.argv[2]) - time.time()))
    recount()
    print("done", flush=True)
