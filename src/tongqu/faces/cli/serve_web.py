"""`tongqu web`: the pages, by granian (`gateway.py`). One process with a few threads; more on larger machines."""

from __future__ import annotations

import argparse
import importlib
import os
import signal

from tongqu.faces.cli import checks, children, data, gateway

ENTRY = "tongqu.assembly.wsgi"  # by name: a face does not import what stands above it


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="监听地址 address to listen on (127.0.0.1)")
    parser.add_argument(
        "--face", choices=["all", "public", "staff"], help="服务哪个网络 which network it serves (TQ_FACE, all)"
    )
    parser.add_argument("--port", type=int, default=8000, help="端口 port (8000)")
    parser.add_argument("--processes", type=int, default=1, help="进程数 processes (1)")
    parser.add_argument("--threads", type=int, default=4, help="每进程线程数 threads in each (4)")
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; requests under way are finished first."""
    folder = data.Folder.named()
    folder.claim()
    os.environ.update(folder.environment())
    if options.face:
        os.environ["TQ_FACE"] = options.face
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongqu.assembly.settings")
    port = checks.usable_port(options.host, options.port)

    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    children.when_parent_ends(options.parent, lambda: os.kill(os.getpid(), signal.SIGTERM))
    server = Server(
        f"{ENTRY}:application",
        address=options.host,
        port=port,
        interface=Interfaces.RSGI,
        workers=options.processes,
        websockets=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=3,
    )
    server.serve(target_loader=lambda *_: _application(options.parent, options.threads), wrap_loader=False)
    return 0


def _application(parent: int | None, threads: int) -> gateway.Gateway:
    """Runs in each serving process, after the fork: the house is loaded here and not in the process that watches."""
    children.when_parent_ends(parent, lambda: os.kill(os.getpid(), signal.SIGTERM))
    pages = importlib.import_module(ENTRY).application
    from django.conf import settings

    return gateway.Gateway(pages, threads=threads, limit=settings.TQ_REQUEST_LIMIT)
