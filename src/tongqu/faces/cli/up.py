"""`tongqu up`: checks, preparation, two processes, and a table of where to go. Read `run` from top to bottom."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from tongqu.faces.cli import checks, data, greeting, prepare
from tongqu.faces.cli.children import Family
from tongqu.faces.cli.trouble import Trouble

ANSWER_WITHIN_SECONDS = 60


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8000, help="端口，0 为任选 port, 0 for any free one (8000)")
    parser.add_argument("--host", default="127.0.0.1", help="监听地址 address to listen on (127.0.0.1: this machine)")
    parser.add_argument("--data-dir", type=Path, help="数据目录 data folder (var, or TQ_DATA_DIR)")
    parser.add_argument("--fresh", action="store_true", help="先清空数据目录 begin with an empty data folder")
    parser.add_argument(
        "--two-networks",
        action="store_true",
        help="公众与工作人员分开，各用一个端口 residents and staff apart, the staff on the next port",
    )
    parser.add_argument("--no-demo", action="store_true", help="不建演示城市 without the demonstration city")


@dataclass(frozen=True, slots=True)
class Face:
    """A web process: which network it serves, and at which port."""

    name: str
    port: int

    @property
    def process(self) -> str:
        return "web" if self.name == "all" else f"web-{self.name}"


class Stopped(Exception):
    """Someone asked for the end: Ctrl-C, or SIGTERM."""


def run(options: argparse.Namespace) -> int:
    begin = time.monotonic()
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _ask_to_stop)
    folder, demo = data.Folder.named(options.data_dir), not options.no_demo
    try:
        if options.fresh:
            _refuse_outside_database()
            folder.refuse_unless_marked()
        folder.claim()
        with folder.lock() as lock:
            port = checks.usable_port(options.host, options.port)
            faces = [Face("all", port)]
            if options.two_networks:
                faces = [
                    Face("public", port),
                    Face("staff", checks.usable_port(options.host, port + 1 if options.port else 0)),
                ]
            url = _url(options.host, port)
            data.sign(lock, url)
            if options.fresh:
                folder.empty()
            folder.claim(demo=demo)
            return _serve(folder, options.host, faces, demo=demo, begin=begin)
    except Stopped:
        return 0


def _serve(folder: data.Folder, host: str, faces: list[Face], *, demo: bool, begin: float) -> int:
    os.environ.update(_settings(folder, host, faces, demo=demo))
    if not prepare.is_prepared(folder, demo=demo):
        _prepare(demo=demo)
    family = Family(folder.path / "log", os.environ)
    try:
        family.start("worker", ["worker"])
        for face in faces:
            where = ["--host", host, "--port", str(face.port)]
            family.start(face.process, ["web", "--face", face.name, *where] if len(faces) > 1 else ["web", *where])
        for face in faces:
            _wait_until_it_answers(family, host, face)
        portal, desk = _url(host, faces[0].port), _url(host, faces[-1].port)
        took = time.monotonic() - begin
        print(greeting.table(portal, folder.path, demo=demo, seconds=took, desk=desk), flush=True)
        _watch(family)
    finally:
        _from_now_on_only_stop()
        family.stop()
    return 0


def _settings(folder: data.Folder, host: str, faces: list[Face], *, demo: bool) -> dict[str, str]:
    """The environment of everything started here. What the operator has set stays as it is."""
    wanted = {"TQ_PUBLIC_URL": _url(host, faces[0].port), "TQ_DEMO": "1" if demo else "0", "TQ_LOG_LEVEL": "WARNING"}
    if len(faces) > 1:
        wanted["TQ_STAFF_URL"] = _url(host, faces[-1].port)
    if host not in {"127.0.0.1", "localhost", "::1"}:
        wanted["TQ_HOSTS"] = ",".join(["127.0.0.1", "localhost", "[::1]", *_names_of_this_machine(host)])
    found = {name: value for name, value in wanted.items() if name not in os.environ}
    return {**found, "TQ_DATA_DIR": str(folder.path), "DJANGO_SETTINGS_MODULE": "tongqu.assembly.settings"}


def _prepare(*, demo: bool) -> None:
    """Raises Trouble with the reason when it fails; the reason has then been printed by the process itself."""
    print("通衢 Tongqu：正在准备 preparing", flush=True)
    words = ["prepare", *(["--demo"] if demo else [])]
    process = subprocess.Popen([sys.executable, "-m", "tongqu.faces.cli", *words], start_new_session=True)  # noqa: S603
    try:
        status = process.wait()
    except Stopped:
        process.terminate()
        process.wait(10)
        raise
    if status:
        raise Trouble("准备工作没有完成，原因见上 the preparation failed, see the line above")


def _wait_until_it_answers(family: Family, host: str, face: Face) -> None:
    until = time.monotonic() + ANSWER_WITHIN_SECONDS
    while time.monotonic() < until:
        _raise_if_one_ended(family)
        status = _answer(_reachable(host), face.port)
        if status is not None and status < 500:
            return
        if status is not None:
            log = next(child.log for child in family.children if child.name == face.process)
            raise Trouble(f"首页出错 the front page answers {status}", f"原因在 the reason is in {log}")
        time.sleep(0.05)
    raise Trouble(f"{ANSWER_WITHIN_SECONDS} 秒内没有应答 no answer within {ANSWER_WITHIN_SECONDS} s", "./tq --debug up")


def _answer(host: str, port: int) -> int | None:
    """The status of the front page, or None while nothing listens."""
    connection = http.client.HTTPConnection(host, port, timeout=20)
    try:
        connection.request("GET", "/", headers={"Host": f"127.0.0.1:{port}"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _watch(family: Family) -> None:
    """Until someone asks for the end; raises Trouble when a child ends by itself."""
    while True:
        _raise_if_one_ended(family)
        time.sleep(0.3)


def _raise_if_one_ended(family: Family) -> None:
    if child := family.ended():
        words = child.last_words()
        if words:
            print(words, file=sys.stderr)
        raise Trouble(
            f"进程 {child.name} 意外结束 the {child.name} process ended (status {child.process.returncode})",
            f"日志 its log: {child.log}",
        )


def _refuse_outside_database() -> None:
    if os.environ.get("TQ_DATABASE_URL"):
        raise Trouble(
            "--fresh 不清空外部数据库 --fresh does not empty an outside database",
            "自行重建数据库，或去掉 TQ_DATABASE_URL / recreate it yourself, or unset TQ_DATABASE_URL",
        )


def _names_of_this_machine(host: str) -> list[str]:
    names = {host, socket.gethostname()}
    if host in {"0.0.0.0", "::"}:  # noqa: S104  compared, not bound
        with contextlib.suppress(OSError):
            names |= {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None)}
    return sorted(f"[{name}]" if ":" in name else name for name in names - {"::", "0.0.0.0"})  # noqa: S104


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _url(host: str, port: int) -> str:
    return f"http://{_shown(host)}:{port}"


def _shown(host: str) -> str:
    name = _reachable(host)
    return f"[{name}]" if ":" in name else name


def _ask_to_stop(signum: int, frame: FrameType | None) -> None:
    _from_now_on_only_stop()
    raise Stopped


def _from_now_on_only_stop() -> None:
    """Stopping has begun: further signals must not interrupt it."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
