"""The table of commands: what it says, and how it fails."""

from __future__ import annotations

import argparse
import importlib

import pytest

from tongqu.faces.cli import main
from tongqu.faces.cli.trouble import Trouble
from tongqu.kernel.acts.errors import Conflict, Invalid


@pytest.mark.parametrize("command", main.COMMANDS, ids=lambda c: c.name)
def test_every_command_has_its_two_functions(command: main.Command) -> None:
    module = importlib.import_module(command.module)
    parser = argparse.ArgumentParser(prog=command.name)
    module.arguments(parser)
    assert callable(module.run) and parser.format_help()


def test_without_words_it_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([]) == 0
    said = capsys.readouterr().out
    assert all(command.name in said for command in main.COMMANDS if not command.hidden)
    assert "prepare" not in said


def test_an_unknown_command_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["nonsense"]) == 2
    said = capsys.readouterr().err
    assert "nonsense" in said and "--help" in said and said.count("\n") == 1


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(main, "set_django_up", lambda *_: None)
    return monkeypatch


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (Trouble("what", "mend"), 1, "what → mend"),
        (Conflict(), 1, "→"),
        (ValueError("odd\nthing"), 3, "ValueError: odd thing"),
        (FileNotFoundError(2, "No such file", "/nowhere"), 1, "/nowhere"),
    ],
)
def test_a_failure_is_one_line_without_a_traceback(
    failing: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, status: int, words: str
) -> None:
    def fail(_options: argparse.Namespace) -> int:
        raise error

    failing.setattr("tongqu.faces.cli.migrate.run", fail)
    assert main.main(["migrate"]) == status
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1 and "Traceback" not in said


def test_a_sentence_is_not_said_twice(failing: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`tq law due L7 2026-13-01` names what is wrong with the date once."""

    def fail(_options: argparse.Namespace) -> int:
        raise Invalid("请按2026-01-31的样子填写日期", field="start")

    failing.setattr("tongqu.faces.cli.migrate.run", fail)
    assert main.main(["migrate"]) == 1
    assert capsys.readouterr().err.count("请按2026-01-31的样子填写日期") == 1


def test_debug_shows_where(failing: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_options: argparse.Namespace) -> int:
        raise ValueError("odd")

    failing.setattr("tongqu.faces.cli.migrate.run", fail)
    assert main.main(["--debug", "migrate"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_the_answer_of_a_command_is_the_status(failing: pytest.MonkeyPatch) -> None:
    failing.setattr("tongqu.faces.cli.migrate.run", lambda _options: 7)
    assert main.main(["migrate"]) == 7
