"""The simulated bridge keeps its own protocol, and keeps strangers out."""

from __future__ import annotations

import base64
import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tongqu.faces.cli.bridge_simulator import HEADER, LARGEST_BODY, Simulator

SCHEMA = json.loads((Path(__file__).resolve().parents[5] / "docs/howto/counter-bridge.schema.json").read_text("utf-8"))
PDF = base64.b64encode(b"%PDF-1.4").decode()
PAGE = "http://127.0.0.1:8000"


@pytest.fixture
def port() -> Iterator[int]:
    server = Simulator(origins=frozenset({PAGE}), token="code").serve(0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def ask(
    port: int, method: str, path: str, body: Any = None, *, origin: str = PAGE, token: str = "code", **headers: str
) -> tuple[int, dict[str, str], Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    sent = {"Origin": origin, HEADER: token, **{k.replace("_", "-"): v for k, v in headers.items()}}
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    connection.request(method, path, data, {k: v for k, v in sent.items() if v})
    reply = connection.getresponse()
    text = reply.read()
    return reply.status, {k.lower(): v for k, v in reply.getheaders()}, json.loads(text) if text else None


def fits(kind: str, said: Any) -> None:
    Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{kind}"}).validate(said)


@pytest.mark.parametrize(
    ("method", "path", "body", "kind"),
    [
        ("GET", "/v1/devices", None, "devices"), ("POST", "/v1/id-card:read", {"nonce": "n" * 100}, "id-card"),
        ("POST", "/v1/camera:scan", {"pages": 3}, "scan"),
        ("POST", "/v1/signature:capture", {"prompt": "x"}, "signature"),
        ("POST", "/v1/print", {"media_type": "application/pdf", "data": PDF}, "printed"),
    ],
)  # fmt: skip
def test_answers_fit_the_schema(method: str, path: str, body: Any, kind: str, port: int) -> None:
    status, headers, said = ask(port, method, path, body)
    assert status == 200 and headers["access-control-allow-origin"] == PAGE
    fits(kind, said)


@pytest.mark.parametrize("origin", ["", "http://evil.example", "null", "http://127.0.0.1:8001", PAGE + "/", "*"])
def test_a_page_that_is_not_known_gets_nothing(origin: str, port: int) -> None:
    for method, path in (("GET", "/v1/devices"), ("POST", "/v1/id-card:read"), ("OPTIONS", "/v1/id-card:read")):
        status, headers, said = ask(port, method, path, {} if method == "POST" else None, origin=origin)
        assert status == 403 and "access-control-allow-origin" not in headers and "card" not in said


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "192.168.1.2", "localhost.evil.example"])
def test_a_name_pointed_here_gets_nothing(host: str, port: int) -> None:
    assert ask(port, "GET", "/v1/devices", Host=host)[0] == 403


@pytest.mark.parametrize("token", ["", "cod", "code ", "codé", "x" * 5000])
def test_without_the_pairing_code_nothing(token: str, port: int) -> None:
    status, _headers, said = ask(
        port, "POST", "/v1/id-card:read", {"nonce": ""}, token=token.encode().decode("latin-1")
    )
    assert status == 401
    fits("problem", said)


def test_the_browsers_question_is_answered_for_known_pages(port: int) -> None:
    status, headers, _said = ask(
        port, "OPTIONS", "/v1/id-card:read", token="", Access_Control_Request_Private_Network="true"
    )
    assert status == 204 and headers["access-control-allow-private-network"] == "true"
    assert headers["access-control-allow-origin"] == PAGE


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/id-card:read", b"{", 422), ("/v1/id-card:read", b"[]", 422),
        ("/v1/id-card:read", {"nonce": "x" * 201}, 422),
        ("/v1/id-card:read", b"[" * 100_000, 422), ("/v1/camera:scan", {"pages": 10}, 422),
        ("/v1/camera:scan", {"pages": "1"}, 422),
        ("/v1/print", {"media_type": "text/html", "data": "eA=="}, 422),
        ("/v1/print", {"media_type": "application/pdf", "data": "eA=="}, 422), ("/v1/other", {}, 404),
    ],
)  # fmt: skip
def test_what_is_not_asked_rightly_is_a_problem(path: str, body: Any, status: int, port: int) -> None:
    got, _headers, said = ask(port, "POST", path, body)
    assert got == status
    fits("problem", said)


def test_a_body_too_large_is_refused_unread(port: int) -> None:
    status, _headers, said = ask(port, "POST", "/v1/print", b"", Content_Length=str(LARGEST_BODY + 1))
    assert status == 413 and said["code"] == "too-large"
