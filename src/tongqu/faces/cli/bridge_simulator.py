"""A simulator of the counter's bridge: the protocol of docs/howto/counter-bridge.md with invented people, on loopback.

Standard library only. It is also the reference for those who write a real one: loopback alone, the Host and the Origin
checked before anything else, a pairing token on each request, small bodies, no answer to a strange page.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import struct
import sys
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PORT = 17655
HEADER = "X-Tongqu-Bridge"
LARGEST_BODY = 30 * 1024 * 1024
DEVICES = [
    {"kind": "id-reader", "id": "SIM-READER-1", "name": "模拟读卡器", "ready": True},
    {"kind": "camera", "id": "SIM-CAMERA-1", "name": "模拟高拍仪", "ready": True},
    {"kind": "signature-pad", "id": "SIM-PAD-1", "name": "模拟签字板", "ready": True},
    {"kind": "printer", "id": "SIM-PRINTER-1", "name": "模拟打印机", "ready": True},
]
# Invented: no place has a code beginning with 9901.
CARDS = [
    {"kind": "citizen_id", "name": "陈立秋", "number": "99010219890807602"},
    {"kind": "citizen_id", "name": "顾云帆", "number": "99010219841130551"},
]
FAULTS = ("no-card", "slow", "broken", "hostile", "endless")
Sign = Callable[[Mapping[str, str]], dict[str, str]]


class Refusal(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code, self.message = status, code, message
        super().__init__(code)


@dataclass
class Simulator:
    """`origins`: the pages that may ask; `fault`: how it misbehaves; `sign`: makes a reader's signature, if any."""

    origins: frozenset[str]
    token: str = field(default_factory=lambda: secrets.token_hex(4))
    fault: str = ""
    sign: Sign | None = None
    card: int = 0
    printed: list[int] = field(default_factory=list)

    def serve(self, port: int = PORT) -> ThreadingHTTPServer:
        """The server, bound to loopback, not yet running. `port` 0: any free one."""
        simulator = self

        class Handler(_Handler):
            bridge = simulator

        return _Server(("127.0.0.1", port), Handler)

    # --- what it answers -------------------------------------------------------------------------------------------

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Raises Refusal."""
        match path:
            case "/v1/devices":
                return {"protocol": 1, "bridge": "tongqu-simulator/1", "devices": DEVICES}
            case "/v1/id-card:read":
                return self._card(body)
            case "/v1/camera:scan":
                pages = body.get("pages", 1)
                if not isinstance(pages, int) or not 1 <= pages <= 9:
                    raise Refusal(422, "pages", "pages: 1 to 9")
                return {"device": "SIM-CAMERA-1", "pages": [_png_page()]}
            case "/v1/signature:capture":
                return {"device": "SIM-PAD-1", **_png_page(seed=7, height=160)}
            case "/v1/print":
                return self._print(body)
        raise Refusal(404, "unknown", "没有这个功能 no such function")

    def _card(self, body: dict[str, Any]) -> dict[str, Any]:
        nonce = body.get("nonce")
        if not isinstance(nonce, str) or len(nonce) > 200:
            raise Refusal(422, "nonce", "nonce: text of at most 200 characters")
        if self.fault == "no-card":
            raise Refusal(409, "no-card", "没有放上证件，请放好后再读")
        row = CARDS[self.card % len(CARDS)]
        card = {**row, "number": row["number"] + _check(row["number"])}
        read_at = datetime.now(UTC).isoformat(timespec="seconds")
        said = {"device": "SIM-READER-1", **card, "nonce": nonce, "read_at": read_at}
        return {
            "device": "SIM-READER-1", "card": card, "nonce": nonce, "read_at": read_at,
            "signature": self.sign(said) if self.sign else None,
        }  # fmt: skip

    def _print(self, body: dict[str, Any]) -> dict[str, Any]:
        try:
            data = base64.b64decode(body["data"], validate=True)
        except (KeyError, TypeError, ValueError):
            raise Refusal(422, "data", "data: base64") from None
        if body.get("media_type") != "application/pdf" or not data.startswith(b"%PDF-"):
            raise Refusal(422, "media-type", "只打印 PDF only PDF")
        self.printed.append(len(data))
        return {"device": "SIM-PRINTER-1", "job": str(len(self.printed))}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A page that was closed while it waited is nobody's fault."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    bridge: Simulator
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "tongqu-bridge", ""
    timeout = 30

    def do_OPTIONS(self) -> None:
        """The browser's question before the real one, with Chrome's for private networks."""
        if not self._known_page():
            self._send(403, {"code": "origin", "message": "这个网页不能使用本机设备"}, cors=False)
            return
        self.send_response(204)
        self._cors()
        self.send_header("Access-Control-Allow-Methods", "GET, POST")
        self.send_header("Access-Control-Allow-Headers", f"{HEADER}, Content-Type")
        if self.headers.get("Access-Control-Request-Private-Network") == "true":
            self.send_header("Access-Control-Allow-Private-Network", "true")
        self.send_header("Access-Control-Max-Age", "600")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self._handle({"/v1/devices"})

    def do_POST(self) -> None:
        self._handle({"/v1/id-card:read", "/v1/camera:scan", "/v1/signature:capture", "/v1/print"})

    def _handle(self, paths: set[str]) -> None:
        if not self._known_page():
            self._send(403, {"code": "origin", "message": "这个网页不能使用本机设备"}, cors=False)
            return
        if not hmac.compare_digest(self.headers.get(HEADER, "").encode(), self.bridge.token.encode()):
            self._send(401, {"code": "token", "message": "还没有配对 not paired"})
            return
        try:
            body = self._body() if self.command == "POST" else {}
            if self.path not in paths:
                raise Refusal(404, "unknown", "没有这个功能 no such function")
            if self.bridge.fault in {"slow", "broken", "hostile", "endless"} and self.path != "/v1/devices":
                self._misbehave()
                return
            self._send(200, self.bridge.answer(self.path, body))
        except Refusal as refusal:
            self._send(refusal.status, {"code": refusal.code, "message": refusal.message})

    def _known_page(self) -> bool:
        """The Host must be this very machine (a name that points here is somebody's trick), the Origin a known page."""
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        return host in {"127.0.0.1", "localhost"} and self.headers.get("Origin", "") in self.bridge.origins

    def _body(self) -> dict[str, Any]:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            raise Refusal(413, "too-large", "内容太大 too large")
        try:
            said = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise Refusal(422, "json", "不是 JSON not JSON") from None
        if not isinstance(said, dict):
            raise Refusal(422, "json", "应为对象 an object is expected")
        return said

    def _misbehave(self) -> None:
        match self.bridge.fault:
            case "slow":
                time.sleep(120)
            case "broken":
                self._raw(b'{"device": "SIM', "application/json")
            case "hostile":
                said = {"device": "<script>alert(1)</script>", "card": {"kind": "citizen_id", "name": "x" * 5000,
                        "number": "' OR 1=1 --"}, "pages": [{"media_type": "text/html", "data": "PHNjcmlwdD4="}],
                        "media_type": "text/html", "data": "PHNjcmlwdD4="}  # fmt: skip
                self._send(200, said)
            case "endless":
                self.send_response(200)
                self._cors()
                self.end_headers()
                for _ in range(600):
                    self.wfile.write(b" " * 100_000)
                self.close_connection = True

    def _send(self, status: int, said: dict[str, Any], *, cors: bool = True) -> None:
        self._raw(json.dumps(said, ensure_ascii=False).encode(), "application/json", status=status, cors=cors)

    def _raw(self, data: bytes, media_type: str, *, status: int = 200, cors: bool = True) -> None:
        self.send_response(status)
        if cors:
            self._cors()
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")  # so that a bridge that was stopped is gone
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = True

    def _cors(self) -> None:
        self.send_header("Access-Control-Allow-Origin", self.headers.get("Origin", ""))
        self.send_header("Vary", "Origin")

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what passes here is about people."""


def _check(first17: str) -> str:
    """The last character of a citizen's number (GB 11643)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(d) * w for d, w in zip(first17, weights, strict=True)) % 11]


def _png_page(*, seed: int = 3, width: int = 420, height: int = 594) -> dict[str, str]:
    """A page with some lines on it, as a PNG made by hand."""
    rows = b""
    for y in range(height):
        ink = y % 24 < 2 and (y // 24 * seed) % 5 != 0
        rows += b"\0" + bytes(60 if ink and 40 < x < width - 40 - (y * seed) % 120 else 250 for x in range(width))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return {"media_type": "image/png", "data": base64.b64encode(png).decode()}
