"""Run by test_misses in processes of its own: `prepare N`, `sweep [AT]`, `sweep-slowly`, `count`.

The effect of the consequence is a second clock on the same subject under a name of its own, so that every effect can be
counted and no constraint hides one too many. `AT` is the moment (Unix seconds) at which several sweeps begin together.
"""

# ruff: noqa: E402  (Django is set up before its models are imported)
from __future__ import annotations

import os
import sys
import time
from datetime import datetime

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongqu.assembly.settings")

import django

django.setup()

from django.conf import settings
from django.db import connection

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import at
from tongqu.kernel.acts.models import Event, Outbox
from tongqu.kernel.law import misses
from tongqu.kernel.law import operations as law
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.rules import CHINA

SYSTEM = Actor.system(settings.TQ_TENANT_ID)
MONDAY, LATER = datetime(2026, 3, 2, 9, tzinfo=CHINA), datetime(2026, 3, 12, 9, tzinfo=CHINA)
slowly = sys.argv[1] == "sweep-slowly"
misses._handlers.pop("deemed_accepted", None)


@misses.on_miss("deemed_accepted")
def accept(act, clock) -> None:
    law.start_clock(act, subject=clock.subject, name=f"effect {uuid7().hex[:24]}", rule_id="L7", started_at=MONDAY)
    time.sleep(0.01)
    if slowly and Clock.objects.filter(name__startswith="effect").count() == 4:
        print("in the middle", flush=True)
        time.sleep(60)


def prepare(count: int) -> None:
    if connection.vendor == "sqlite":
        with connection.schema_editor() as editor:
            for model in (Event, Outbox, Clock):
                editor.create_model(model)
    with at(MONDAY):
        for _ in range(count):
            law.start_clock(SYSTEM, subject=("matter", uuid7()), name="notice", rule_id="L1")


def count() -> str:
    missed = Clock.objects.filter(name="notice", state="missed").count()
    effects = Clock.objects.filter(name__startswith="effect").count()
    return f"missed {missed}, effects {effects}, events {Event.objects.filter(kind='law.clock_missed').count()}"


if sys.argv[1] == "prepare":
    prepare(int(sys.argv[2]))
    print("ready")
elif sys.argv[1] == "count":
    print(count())
else:
    if len(sys.argv) > 2:
        connection.ensure_connection()
        time.sleep(max(0.0, float(sys.argv[2]) - time.time()))
    with at(LATER):
        print(misses.sweep(), flush=True)
