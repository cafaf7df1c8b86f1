"""Lines of the read log that wait for an act: written with it, and all the same where no act takes them."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import transaction

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import reading
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import Conflict
from tongqu.kernel.acts.models import ReadLog
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.rows import default_tenant

pytestmark = pytest.mark.django_db


def _read() -> UUID:
    subject = uuid7()
    reading.log_read(Actor.system(default_tenant()), subject=("thing", subject), purpose="test")
    return subject


@operation("test.after_reading")
def _after_reading(act: Act, *, refuse: bool = False) -> int:
    act.allow(True)
    if refuse:
        raise Conflict()
    act.unchanged()
    return ReadLog.objects.count()


def test_a_line_is_written_at_once() -> None:
    _read()
    assert ReadLog.objects.count() == 1


def test_a_line_that_waits_is_written_in_the_transaction_of_the_act() -> None:
    with reading.with_the_act():
        _read()
        assert ReadLog.objects.count() == 0
        assert _after_reading(Actor.system(default_tenant())) == 1
        assert _after_reading(Actor.system(default_tenant())) == 1
    assert ReadLog.objects.count() == 1


def test_a_line_is_written_where_the_act_is_refused() -> None:
    with pytest.raises(Conflict), reading.with_the_act():
        subject = _read()
        _after_reading(Actor.system(default_tenant()), refuse=True)
    assert ReadLog.objects.get().subject_id == subject


def test_a_line_is_written_where_no_act_came_about() -> None:
    with pytest.raises(LookupError), reading.with_the_act():
        _read()
        raise LookupError
    assert ReadLog.objects.count() == 1


def test_blocks_within_blocks_wait_for_the_outer_end() -> None:
    with reading.with_the_act():
        with reading.with_the_act():
            _read()
        assert ReadLog.objects.count() == 0
    assert ReadLog.objects.count() == 1


def test_a_second_act_writes_no_line_again_after_the_first_was_refused() -> None:
    system = Actor.system(default_tenant())
    with reading.with_the_act():
        _read()
        with pytest.raises(Conflict), transaction.atomic():
            _after_reading(system, refuse=True)
        _after_reading(system)
        _after_reading(system)
    assert ReadLog.objects.count() == 1


@operation("test.within")
def _within(act: Act, *, refuse: bool) -> None:
    """As a part that is the platform's own: an act of another actor inside the transaction of the first."""
    act.allow(True)
    act.unchanged()
    _read()
    try:
        _after_reading(Actor.system(default_tenant()))
    finally:
        if refuse:
            raise Conflict()


@pytest.mark.parametrize("refuse", [False, True])
def test_an_act_inside_the_transaction_of_another_writes_no_line_of_the_outer_one(refuse: bool) -> None:
    try:
        with reading.with_the_act():
            _read()
            _within(Actor.system(default_tenant()), refuse=refuse)
    except Conflict:
        assert refuse
    assert ReadLog.objects.count() == 2
