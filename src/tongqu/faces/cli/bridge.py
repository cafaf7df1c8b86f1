"""`tongqu bridge --simulate`: invented devices for the counter's pages on this PC.

A bridge to real ones is their maker's program; what it must do is in docs/howto/counter-bridge.md.
"""

from __future__ import annotations

import argparse
import os

from tongqu.faces.cli import bridge_simulator
from tongqu.faces.cli.trouble import Trouble


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--simulate", action="store_true", help="模拟设备 invented devices, the only kind here")
    parser.add_argument("--port", type=int, default=bridge_simulator.PORT, help="端口 a port of this PC")
    parser.add_argument("--origin", action="append", help="可以使用的网页 the address of the pages that may ask")
    parser.add_argument("--token", default="", help="配对码，缺省随机 the pairing code, made up if left out")
    parser.add_argument("--fault", choices=bridge_simulator.FAULTS, default="", help="故意出错 misbehave on purpose")


def run(options: argparse.Namespace) -> int:
    if not options.simulate:
        raise Trouble(
            "真实设备的桥接程序由设备厂商提供 a bridge to real devices comes from their maker",
            "./tq bridge --simulate, docs/howto/counter-bridge.md", status=2,
        )  # fmt: skip
    origins = options.origin or [os.environ.get("TQ_PUBLIC_URL", "http://127.0.0.1:8000")]
    simulator = bridge_simulator.Simulator(origins=frozenset(origins), fault=options.fault)
    simulator.token = options.token or simulator.token
    server = simulator.serve(options.port)
    print(f"模拟设备 simulated devices: http://127.0.0.1:{server.server_port}")
    print(f"网页 pages: {', '.join(sorted(simulator.origins))}")
    print(f"配对码 pairing code: {simulator.token}\nCtrl-C", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 0
    finally:
        server.server_close()
    return 0
