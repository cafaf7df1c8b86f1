"""Requests come in whole before a thread is given to them: whoever sends slowly, or nothing, keeps no other waiting.

granian calls `Gateway` on its event loop (RSGI). The body is read there, against a clock, into memory or a temporary
file; then the pages, which are plain WSGI, run in one of a few threads; what they answer is taken whole before it goes
out, so a slow reader keeps no thread either.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, Any

from granian.rsgi import ProtocolClosed, ProtocolError

log = logging.getLogger(__name__)

PAUSE = 20.0  # seconds in which something of the body must come
SLOWEST = 2_000  # bytes a second, on the whole, once `HEAD_START` is over
HEAD_START = 30.0
IN_MEMORY = 1_000_000  # a body or an answer longer than this lies in a temporary file meanwhile
PIECE = 256 * 1024
Headers = list[tuple[str, str]]
_GONE = (ProtocolClosed, ProtocolError)
_NOTE = "text/plain; charset=utf-8"


class Refused(Exception):
    """A body that does not come, or not end: answered here, no page has seen it."""

    def __init__(self, status: int, text: str) -> None:
        self.status, self.text = status, text
        super().__init__(text)


@dataclass(slots=True)
class Answer:
    """What a page gave back. `body` is closed by whoever sends it."""

    status: int
    headers: Headers
    body: IO[bytes] | bytes


class Gateway:
    """RSGI in front, WSGI behind.

    `limit`: the longest body in bytes; `threads`: how many pages at once; `pause`, `head_start`: seconds, see above.
    """

    def __init__(
        self,
        pages: Callable[..., Iterable[bytes]],
        *,
        threads: int,
        limit: int,
        pause: float = PAUSE,
        head_start: float = HEAD_START,
    ) -> None:
        self._pause, self._head_start = pause, head_start
        self._pages = pages
        self._limit = limit
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="pages")
        self._environ = {
            **os.environ, "SCRIPT_NAME": "", "SERVER_SOFTWARE": "tongqu", "wsgi.version": (1, 0),
            "wsgi.errors": sys.stderr, "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
        }  # fmt: skip

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        body: IO[bytes] = io.BytesIO()
        try:
            headers = scope.headers
            if _brings_a_body(scope, headers):
                body = await self._body(headers, protocol)
            answer = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._answer, self._environ_of(scope, headers, body)
            )
        except _GONE:
            return  # the client went away while it was sending: nobody is there to be told
        except Refused as refused:
            close = [("content-type", _NOTE), ("connection", "close")]
            protocol.response_bytes(refused.status, close, refused.text.encode())
            return
        finally:
            body.close()
        if isinstance(answer.body, bytes):
            protocol.response_bytes(answer.status, answer.headers, answer.body)
            return
        with answer.body as file, contextlib.suppress(*_GONE):
            out = protocol.response_stream(answer.status, answer.headers)
            while piece := file.read(PIECE):
                await out.send_bytes(piece)

    async def _body(self, headers: Any, protocol: Any) -> IO[bytes]:
        """The whole body. One announced as too long is left unread: the pages refuse it in their own words.

        Raises Refused when it stops coming, comes too slowly, or is longer than was announced and allowed.
        """
        announced = headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self._limit:
            return io.BytesIO()
        kept: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # closed by the caller
        began, length, coming = time.monotonic(), 0, aiter(protocol)
        try:
            while piece := await _next(coming, self._pause):
                length += len(piece)
                if length > self._limit:
                    raise Refused(413, "提交的内容太大。 The request is too large.\n")
                kept.write(piece)
                late = time.monotonic() - began - self._head_start
                if late > 0 and length < SLOWEST * late:
                    raise Refused(408, "提交的内容传得太慢，已经中断。 The request came too slowly.\n")
        except BaseException:
            kept.close()
            raise
        kept.seek(0)
        return kept

    def _environ_of(self, scope: Any, headers: Any, body: IO[bytes]) -> dict[str, Any]:
        """PEP 3333."""
        host, _colon, port = scope.server.rpartition(":")
        environ = {
            **self._environ, "REQUEST_METHOD": scope.method, "PATH_INFO": _native(scope.path),
            "QUERY_STRING": _native(scope.query_string), "SERVER_NAME": host, "SERVER_PORT": port,
            "SERVER_PROTOCOL": f"HTTP/{scope.http_version}", "REMOTE_ADDR": scope.client.rpartition(":")[0],
            "wsgi.url_scheme": scope.scheme, "wsgi.input": body,
        }  # fmt: skip
        if scope.authority and "host" not in headers:  # HTTP/2 says it apart
            environ["HTTP_HOST"] = scope.authority
        for name, text in headers.items():
            if "_" in name:
                continue  # X_Forwarded_For is not X-Forwarded-For, though CGI would call both the same
            key = name.upper().replace("-", "_")
            key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
            between = "; " if key == "HTTP_COOKIE" else ","
            known = environ.get(key)
            environ[key] = text if known is None or not key.startswith("HTTP_") else f"{known}{between}{text}"
        if "content-length" not in headers:  # it came in pieces; the pages read as much as they are told
            environ["CONTENT_LENGTH"] = str(body.seek(0, io.SEEK_END) or "")
            body.seek(0)
        return environ

    def _answer(self, environ: dict[str, Any]) -> Answer:
        """Run the pages, in a thread."""
        said: list[Any] = []

        def start(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], None]:
            said[:] = [int(status[:3]), headers]
            return _no_writer

        pieces = self._pages(environ, start)
        try:
            if isinstance(pieces, list) or not getattr(pieces, "streaming", False):
                return Answer(said[0], said[1], b"".join(pieces))
            kept = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # closed when it has been sent
            for piece in pieces:
                kept.write(piece)
            kept.seek(0)
            return Answer(said[0], said[1], kept)
        finally:
            if close := getattr(pieces, "close", None):
                close()


def _brings_a_body(scope: Any, headers: Any) -> bool:
    """HTTP/2 frames a body and need not announce it."""
    announced = "content-length" in headers or "transfer-encoding" in headers
    return announced or (scope.http_version == "2" and scope.method not in {"GET", "HEAD", "OPTIONS"})


async def _next(coming: Any, pause: float) -> bytes:
    """The next piece of a body, b"" at its end. Raises Refused when none comes."""
    try:
        async with asyncio.timeout(pause):
            piece: bytes = await anext(coming)
            return piece
    except StopAsyncIteration:
        return b""
    except TimeoutError:
        raise Refused(408, "提交的内容没有传完，已经中断。 The request did not come to its end.\n") from None


def _native(text: str) -> str:
    """The bytes of the address as WSGI wants them, a character each (PEP 3333)."""
    return text.encode().decode("latin-1")


def _no_writer(_data: bytes) -> None:
    raise NotImplementedError("the pages return their answer")
