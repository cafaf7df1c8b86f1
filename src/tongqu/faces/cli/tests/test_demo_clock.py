"""The demonstration's clock: moved by the command, seen by every process, and by nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import override_settings

from tongqu.faces.cli import demo, main
from tongqu.kernel.acts import clock


@pytest.fixture(autouse=True)
def _back_to_real_time() -> object:
    yield
    clock.set_demo_offset(timedelta(0))


def move(*words: str) -> int:
    import argparse

    parser = argparse.ArgumentParser()
    demo.arguments(parser)
    return demo.run(parser.parse_args(["clock", *words]))


def test_days_add_up_and_reset_takes_them_back(capsys: pytest.CaptureFixture[str]) -> None:
    move("--days", "3")
    move("--days", "1.5")
    assert abs(clock.now() - datetime.now(UTC) - timedelta(days=4.5)) < timedelta(seconds=5)
    move("--reset")
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert "Asia/Shanghai" in capsys.readouterr().out


def test_a_moment_is_beijing_time() -> None:
    move("--set", "2031-05-01T09:00")
    assert abs(clock.now() - datetime(2031, 5, 1, 1, 0, tzinfo=UTC)) < timedelta(seconds=5)


def test_an_unreadable_moment_is_refused() -> None:
    with pytest.raises(demo.Trouble, match="not a moment"):
        move("--set", "tomorrow")


@override_settings(TQ_DEMO=False)
def test_real_data_has_no_other_clock(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(main, "set_django_up", lambda *_: None)
    assert not settings.TQ_DEMO
    assert main.main(["demo", "clock", "--days", "3"]) == 1
    assert "not a demonstration" in capsys.readouterr().err
