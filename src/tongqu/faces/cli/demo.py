"""`tongqu demo`: the demonstration city, and the clock that lets one watch a term run out without waiting for it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

from tongqu.faces.cli.trouble import Trouble

Step = Callable[[str], AbstractContextManager[None]]


def arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("build", help="建立演示城市（可重复执行） build the city; safe to repeat")
    clock = what.add_parser("clock", help="查看或拨动演示时钟 show or move the demonstration's clock")
    move = clock.add_mutually_exclusive_group()
    move.add_argument("--days", type=float, help="向前拨几天，可为小数 forward by so many days")
    move.add_argument("--set", dest="moment", help="拨到某时（北京时间）to a moment, Beijing time: 2026-12-01T09:00")
    move.add_argument("--reset", action="store_true", help="回到真实时间 back to real time")


def run(options: argparse.Namespace) -> int:
    from django.conf import settings

    if not settings.TQ_DEMO:
        raise Trouble(
            "这份数据不是演示数据 this data is not a demonstration's",
            "仅用于 ./tq up 建立的演示；其他目录用 TQ_DATA_DIR 指定 name the demonstration's folder in TQ_DATA_DIR",
        )
    if options.what == "build":
        from tongqu.faces.cli.prepare import step

        build(step)
        return 0
    return _clock(options)


def build(step: Step) -> list[dict[str, str]]:
    """Build whatever of the demonstration is missing and answer its logins: [{"who", "login", "password"}].

    `step(title)` is a context manager that tells the operator how far it is. Safe to repeat: every part looks first.
    """
    from tongqu.kernel.acts.actor import Actor
    from tongqu.kernel.acts.rows import default_tenant
    from tongqu.kernel.directory import demo as directory
    from tongqu.kernel.identity import demo as identity
    from tongqu.kernel.packages import demo as packages
    from tongqu.kernel.records import demo as records

    system = Actor.system(default_tenant(), channel="cli")
    with step("明川市：区划、单位、岗位 the city: places, units, posts"):
        city = directory.build(system)
    with step("居民、经营主体、工作人员 residents, firms, staff"):
        people = identity.build(city)
    with step("服务定义包和采用的地方规定 definition packages, local rules adopted"):
        packages.build(system, region_code=city.code)
    with step("发文字号 document numbers"):
        records.build(system, city.units)
    return [{"who": one.who, "login": one.login, "password": one.password} for one in people.logins]


def _clock(options: argparse.Namespace) -> int:
    from tongqu.kernel.acts import clock

    if options.reset:
        clock.set_demo_offset(timedelta(0))
    elif options.days is not None:
        clock.set_demo_offset(clock.demo_offset() + timedelta(days=options.days))
    elif options.moment:
        try:
            wanted = datetime.fromisoformat(options.moment)
        except ValueError:
            raise Trouble(f"时间格式不对 not a moment: {options.moment}", "--set 2026-12-01T09:00") from None
        wanted = wanted if wanted.tzinfo else wanted.replace(tzinfo=clock.SHANGHAI)
        clock.set_demo_offset(wanted.astimezone(UTC) - datetime.now(UTC))
    print(f"演示时间 demonstration time: {clock.today():%Y-%m-%d %H:%M:%S} (Asia/Shanghai)")
    return 0
