"""The `tongqu` command: a table of commands, each a module with `arguments(parser)` and `run(options)`.

A module is imported only when its command is run. Failures are one line on standard error and a status other than 0:
1 something to mend, 2 wrong usage, 3 a fault of ours. `--debug` before the command shows where it happened.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from tongqu.faces.cli.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    summary: str
    module: str
    django: bool = True  # set Django up before `run`; the module's `arguments` must then not need it
    hidden: bool = False
    background: bool = False  # nobody waits for it: on SQLite it lets others write first


_HERE = "tongqu.faces.cli"
COMMANDS = (
    Command("up", "启动平台与演示城市 start the platform, with its demonstration city", f"{_HERE}.up", django=False),
    Command("web", "只启动网页进程 serve the pages only", f"{_HERE}.serve_web", django=False),
    Command("worker", "只启动后台进程 run the background work only", f"{_HERE}.serve_worker", background=True),
    Command("migrate", "建立或更新数据库表 create or update the tables", f"{_HERE}.migrate"),
    Command("demo", "演示城市：建立、调时钟 build the demonstration city, move its clock", f"{_HERE}.demo"),
    Command("regions", "区划：导入、查看 the tree of places", f"{_HERE}.regions"),
    Command("law", "规则与期限 rules and periods", f"{_HERE}.law"),
    Command("ledger", "存证：核验 verify the log of evidence", f"{_HERE}.ledger"),
    Command("rights", "个人信息的删除清单 the list of erasures, carried out again", f"{_HERE}.rights"),
    Command("package", "定义包：检查、发布 definition packages: check, publish", f"{_HERE}.package"),
    Command("decide", "决策：计算、检查、转换 decisions: run, check, convert", f"{_HERE}.decide", django=False),
    Command("bridge", "窗口设备：模拟 simulated devices for a counter", f"{_HERE}.bridge", django=False),
    Command("i18n", "检查、汇集、编译译文 check, gather and compile translations", f"{_HERE}.i18n", django=False),
    Command("django", "Django 自带命令 any command of Django's own", f"{_HERE}.django_command"),
    Command("prepare", "tables, static files, demonstration", f"{_HERE}.prepare", hidden=True),
)


def main(argv: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in words[:1]
    words = words[1:] if debug else words
    try:
        return _run(words)
    except Trouble as trouble:
        return _fail(str(trouble), trouble.status, debug)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; say nothing at exit
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        return _fail(*_words_for(error), debug)


def _run(words: list[str]) -> int:
    if not words or words[0] in {"-h", "--help", "help"}:
        print(_overview())
        return 0
    if words[0] in {"-V", "--version", "version"}:
        print(_version())
        return 0
    command = next((c for c in COMMANDS if c.name == words[0]), None)
    if command is None:
        raise Trouble(f"没有“{words[0]}”这个命令 no such command: {words[0]}", "./tq --help", status=2)
    module = importlib.import_module(command.module)
    parser = argparse.ArgumentParser(prog=f"tq {command.name}", description=command.summary)
    module.arguments(parser)
    options = parser.parse_args(words[1:])
    if command.background:
        os.environ.setdefault("TQ_IN_BACKGROUND", "1")
    if command.django:
        set_django_up()
    return int(module.run(options) or 0)


def set_django_up(data_dir: Path | None = None) -> None:
    """Load the rooms on the data folder that the environment (or `data_dir`) names."""
    from tongqu.faces.cli import data

    folder = data.Folder.named(data_dir)
    folder.claim()
    os.environ.update(folder.environment())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongqu.assembly.settings")
    import django

    django.setup()
    from django.utils import translation

    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    translation.activate("en" if spoken.startswith("en") else "zh-hans")


def _version() -> str:
    """The version of the installed package, else of the source tree this runs from."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("tongqu")
    except PackageNotFoundError:
        import tomllib

        from tongqu.faces.cli import data

        project = tomllib.loads((data.PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        return str(project["project"]["version"])


def _overview() -> str:
    lines = ["通衢 Tongqu", "", "  tq [--debug] <command> [options]     tq <command> --help", ""]
    lines += [f"  {c.name:<10} {c.summary}" for c in COMMANDS if not c.hidden]
    lines += ["", "  test       全部检查与测试 every check and test", "  bench      性能测量 measurements"]
    return "\n".join(lines)


def _words_for(error: Exception) -> tuple[str, int]:
    """One line and a status for an error that no command foresaw."""
    if (errors := _loaded("tongqu.kernel.acts.errors")) and isinstance(error, errors.TongquError):
        told = {name: text for name, text in error.fields.items() if str(text) != str(error.message)}
        fields = "; ".join(f"{name}: {text}" for name, text in told.items())
        return " → ".join(str(part) for part in (error.message, fields, error.remedy) if part), 1
    if (db := _loaded("django.db")) and isinstance(error, db.OperationalError | db.ProgrammingError):
        mend = "./tq migrate，并检查 TQ_DATABASE_URL / run ./tq migrate and check TQ_DATABASE_URL"
        return f"数据库不可用 the database cannot be used: {_one_line(error)} → {mend}", 1
    if isinstance(error, OSError) and error.filename:
        return f"{error.strerror}: {error.filename}", 1
    mend = "加 --debug 重试可见详情 run it again as `tq --debug …` to see where"
    return f"内部错误 unexpected {type(error).__name__}: {_one_line(error)} → {mend}", 3


def _loaded(name: str) -> ModuleType | None:
    return sys.modules.get(name)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _fail(line: str, status: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    print(f"tq: {line}", file=sys.stderr)
    return status
