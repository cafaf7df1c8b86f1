"""Requests against a clock: the gateway by itself, fed by hand, and the product's own web process on a socket."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from granian.rsgi import ProtocolClosed

from tests.rig.live import Live
from tongqu.faces.cli.gateway import Gateway

LIMIT = 100_000


@dataclass
class Protocol:
    """What granian hands over: `pieces` come one after another, each after so many seconds."""

    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for wait, piece in self.pieces:
            await asyncio.sleep(wait)
            yield piece

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Protocol:
        self.status, self.headers = status, headers
        return self

    async def send_bytes(self, data: bytes) -> None:
        self.body += data


class Headers(list[tuple[str, str]]):
    def items(self) -> Headers:
        return self

    def get(self, name: str, default: Any = None) -> Any:
        return dict(self).get(name, default)

    def __contains__(self, name: object) -> bool:
        return name in dict(self)


class Scope:
    server, client, scheme, method, http_version, authority = (
        "127.0.0.1:8000",
        "10.1.2.3:5555",
        "http",
        "POST",
        "1.1",
        None,
    )

    def __init__(self, path: str = "/", query: str = "", **headers: str) -> None:
        self.path, self.query_string = path, query
        self.headers = Headers((name.replace("_", "-"), text) for name, text in headers.items())


def asked(pages: Callable[..., Iterable[bytes]], protocol: Protocol, scope: Scope, **how: Any) -> Protocol:
    gateway = Gateway(pages, threads=2, limit=LIMIT, **how)
    asyncio.run(gateway.__rsgi__(scope, protocol))
    return protocol


def echo(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    start("200 OK", [("content-type", "text/plain")])
    return [environ["wsgi.input"].read()]


def heard(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    """As the pages read: as many bytes as they are told."""
    start("200 OK", [("content-type", "text/plain")])
    return [environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))]


def test_a_body_reaches_the_page_whole() -> None:
    said = asked(echo, Protocol([(0, b"one "), (0.01, b"two"), (0, b"")]), Scope(content_length="7"))
    assert (said.status, said.body) == (200, b"one two")
    long = b"x" * LIMIT
    said = asked(echo, Protocol([(0, long[:60_000]), (0, long[60_000:])]), Scope(transfer_encoding="chunked"))
    assert said.body == long


@pytest.mark.parametrize(
    ("version", "headers"), [("1.1", {"transfer_encoding": "chunked"}), ("2", {}), ("2", {"content_length": "7"})]
)
def test_a_body_whose_length_nobody_announced_is_heard_whole(version: str, headers: dict[str, str]) -> None:
    scope = Scope(**headers)
    scope.http_version = version
    said = asked(heard, Protocol([(0, b"one "), (0.01, b"two"), (0, b"")]), scope)
    assert said.body == b"one two"


def test_a_body_sent_in_chunks_reaches_the_form(live: Live) -> None:
    form = b"size=large&next=/"
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (form[:6], form[6:])) + b"0\r\n\r\n"
    kind = b"Content-Type: application/x-www-form-urlencoded\r\n"
    head = b"POST /preferences HTTP/1.1\r\n"
    chunked = _raw(live, head, kind + b"Transfer-Encoding: chunked\r\n", chunks)
    assert chunked.split(b" ", 2)[1] == b"302" and b"large" in chunked
    announced = _raw(live, head, kind + b"Content-Length: %d\r\n" % len(form), form)
    assert announced.split(b" ", 2)[1] == b"302" and b"large" in announced


def never(_environ: dict[str, Any], _start: Callable[..., Any]) -> list[bytes]:
    raise AssertionError("no page is to see this")


def test_a_body_that_stops_coming_is_given_up() -> None:
    said = asked(never, Protocol([(0, b"size="), (30, b"large")]), Scope(content_length="10"), pause=0.05)
    assert said.status == 408 and "没有传完" in said.body.decode()
    assert ("connection", "close") in said.headers


def test_a_body_that_drips_is_given_up() -> None:
    drops = [(0.01, b"x")] * 1000
    said = asked(never, Protocol(drops), Scope(content_length="1000"), pause=5, head_start=0.05)
    assert said.status == 408 and "太慢" in said.body.decode()


def test_a_client_that_goes_away_is_let_go() -> None:
    class Gone(Protocol):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"half"
            raise ProtocolClosed

        async def send_bytes(self, data: bytes) -> None:
            raise ProtocolClosed

    said = asked(never, Gone(), Scope(content_length="10"))
    assert said.status == 0, "nothing is answered, no page has seen it"

    class Pieces:
        streaming = True

        def __iter__(self) -> Iterator[bytes]:
            yield b"x"

    def page(_environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        start("200 OK", [])
        return Pieces()

    asked(page, Gone(), Scope())


def test_a_body_longer_than_it_said_is_given_up() -> None:
    said = asked(never, Protocol([(0, b"x" * 60_000)] * 3), Scope(transfer_encoding="chunked"))
    assert said.status == 413 and "太大" in said.body.decode()


def test_one_announced_as_too_long_is_not_even_read() -> None:
    def page(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        start("413 Too Large", [])
        return [environ["CONTENT_LENGTH"].encode() + environ["wsgi.input"].read()]

    said = asked(page, Protocol([(60, b"never")]), Scope(content_length=str(LIMIT + 1)))
    assert (said.status, said.body) == (413, str(LIMIT + 1).encode())


def test_what_the_page_is_told() -> None:
    told: dict[str, Any] = {}

    def page(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        told.update(environ)
        start("204 No Content", [])
        return []

    scope = Scope(
        "/查", "q=1", cookie="a=1", host="zwfw.example", x_forwarded_for="10.9.9.9", content_type="text/plain"
    )
    scope.headers += [("cookie", "b=2"), ("accept", "a"), ("accept", "b"), ("x_forwarded_for", "6.6.6.6")]
    asked(page, Protocol(), scope)
    assert told["PATH_INFO"].encode("latin-1").decode() == "/查" and told["QUERY_STRING"] == "q=1"
    assert told["HTTP_COOKIE"] == "a=1; b=2" and told["HTTP_ACCEPT"] == "a,b" and told["HTTP_HOST"] == "zwfw.example"
    assert told["HTTP_X_FORWARDED_FOR"] == "10.9.9.9", "one written with _ does not pass for it"
    assert (told["REMOTE_ADDR"], told["CONTENT_TYPE"]) == ("10.1.2.3", "text/plain")


def test_an_answer_in_pieces_is_closed_by_the_thread_that_made_it() -> None:
    seen: list[str] = []

    class Pieces:
        streaming = True

        def __iter__(self) -> Iterator[bytes]:
            for _ in range(3):
                seen.append(threading.current_thread().name)
                yield b"y" * 700_000

        def close(self) -> None:
            seen.append(threading.current_thread().name)

    def page(_environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        start("200 OK", [("content-type", "text/plain")])
        return Pieces()

    said = asked(page, Protocol(), Scope())
    assert len(said.body) == 2_100_000 and len(seen) == 4 and len(set(seen)) == 1 and seen[0].startswith("pages")


@pytest.mark.parametrize(
    "unfinished",
    [b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\nsize=la", b"X-Half: "],
)
def test_others_do_not_wait_for_those_who_send_slowly(live: Live, unfinished: bytes) -> None:
    """Three times as many as the web process has threads send the beginning of a request and no more."""
    where = urlsplit(live.url)
    head = f"POST /preferences HTTP/1.1\r\nHost: {where.netloc}\r\n".encode()
    slow = [socket.create_connection((where.hostname, where.port)) for _ in range(12)]
    try:
        for one in slow:
            one.sendall(head + unfinished)
        for _ in range(5):
            assert urlopen(f"{live.url}/", timeout=60).status == 200
    finally:
        for one in slow:
            one.close()


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/search?q=公开".encode(), 200),
        ("/search?q=公开".encode("gbk"), 400),
        ("/查".encode(), 404),
        (b"/search?q=%B9%AB%BF%AA", 200),
    ],
)
def test_an_address_that_is_not_written_in_percents_is_understood_or_refused(
    live: Live, target: bytes, status: int
) -> None:
    """A browser never sends such an address; curl and a vendor's script do."""
    said = _raw(live, b"GET " + target + b" HTTP/1.1\r\n", b"")
    assert said.split(b" ", 2)[1] == str(status).encode()
    if status == 200 and b"%" not in target:
        assert "公开".encode() in said


def test_a_header_that_is_not_ascii_does_no_harm(live: Live) -> None:
    for name in (b"X-Forwarded-For", b"User-Agent", b"Accept-Language", b"Cookie", b"Referer", b"If-None-Match"):
        for text in ("公开".encode(), "公开".encode("gbk")):
            said = _raw(live, b"GET /search?q=1 HTTP/1.1\r\n", name + b": " + text + b"\r\n")
            assert said.split(b" ", 2)[1] in {b"200", b"400"}, name


def _raw(live: Live, line: bytes, headers: bytes, body: bytes = b"") -> bytes:
    where = urlsplit(live.url)
    with socket.create_connection((where.hostname, where.port), timeout=30) as one:
        one.sendall(line + b"Host: " + where.netloc.encode() + b"\r\nConnection: close\r\n" + headers + b"\r\n" + body)
        return b"".join(iter(lambda: one.recv(65536), b""))
