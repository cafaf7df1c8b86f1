"""The shipped nginx files, run by a real nginx before a server that tells what reached it. Skipped without one."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DEPLOY = Path(__file__).parents[1] / "deploy" / "nginx"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
PUBLIC, STAFF = "zwfw.example.gov.cn", "desk.internal.example.gov.cn"

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx here")


class Backend(ThreadingHTTPServer):
    """Answers everything with what it was asked, as JSON."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        super().__init__(("127.0.0.1", 0), _Teller)


class _Teller(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        length = len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        self.server.seen.append(self.path)  # type: ignore[attr-defined]
        said = json.dumps({"path": self.path, "length": length, "headers": dict(self.headers)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_words: Any) -> None:
        pass


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def certificate(folder: Path, name: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )


class Front:
    """A running nginx with one of our files, and the server behind it."""

    def __init__(self, name: str, secure: int, plain: int, backend: Backend) -> None:
        self.name, self.secure, self.plain, self.backend = name, secure, plain, backend

    def connect(self, name: str = "") -> http.client.HTTPSConnection:
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        raw = socket.create_connection(("127.0.0.1", self.secure), timeout=30)
        made = http.client.HTTPSConnection("127.0.0.1", self.secure)
        made.sock = trusting.wrap_socket(raw, server_hostname=name or self.name)
        return made

    def ask(self, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, Any, Any]:
        connection = self.connect()
        connection.request(method, path, body, {"Host": self.name, **headers})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, answer.headers, json.loads(text) if answer.status == 200 else text


@contextmanager
def nginx(file: str, name: str, folder: Path, change: Callable[[str], str] = str) -> Iterator[Front]:
    backend, secure, plain = Backend(), free_port(), free_port()
    threading.Thread(target=backend.serve_forever, daemon=True).start()
    certificate(folder, name)
    text = (
        (DEPLOY / file).read_text("utf-8").replace("10.20.0.10:", "127.0.0.1:").replace("/etc/tongqu/tls", str(folder))
    )
    text = re.sub(r"listen (?:127\.0\.0\.1:)?443", f"listen 127.0.0.1:{secure}", text)
    text = re.sub(r"listen (?:127\.0\.0\.1:)?80;", f"listen 127.0.0.1:{plain};", text)
    text = re.sub(r"server 127\.0\.0\.1:800\d;", f"server 127.0.0.1:{backend.server_port};", text)
    (folder / "site.conf").write_text(change(text), "utf-8")
    user = "user root; " if os.getuid() == 0 else ""  # the test's folder is nobody else's
    temps = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"{user}daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1; events {{}}\n"
        f"http {{ access_log off; {temps} include {folder}/site.conf; }}\n", "utf-8",
    )  # fmt: skip
    assert NGINX is not None
    command = [NGINX, "-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, timeout=30)
    assert checked.returncode == 0, checked.stderr
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", secure), timeout=5).close()
                break
            except OSError:
                assert time.monotonic() < until and process.poll() is None, (folder / "error.log").read_text()
                time.sleep(0.05)
        yield Front(name, secure, plain, backend)
    finally:
        process.terminate()
        process.wait(20)
        backend.shutdown()
        backend.server_close()


@pytest.fixture(params=["public.conf", "tongqu.conf"])
def public(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Front]:
    with nginx(request.param, PUBLIC, tmp_path) as front:
        front.file = request.param  # type: ignore[attr-defined]
        yield front


def test_what_comes_through_says_whence(public: Front) -> None:
    status, headers, said = public.ask("/services", **{"X-Forwarded-Proto": "http"})
    assert status == 200 and said["path"] == "/services"
    got = {name.lower(): text for name, text in said["headers"].items()}
    assert (got["host"], got["x-forwarded-proto"], got["x-forwarded-for"]) == (PUBLIC, "https", "127.0.0.1")
    assert headers["Strict-Transport-Security"].startswith("max-age=")


def test_who_says_he_comes_from_elsewhere_is_named_last(public: Front) -> None:
    """TQ_TRUSTED_PROXIES=1 takes the last address: what the visitor wrote himself stands before it."""
    _status, _headers, said = public.ask("/", **{"X-Forwarded-For": "6.6.6.6"})
    assert said["headers"]["X-Forwarded-For"] == "6.6.6.6, 127.0.0.1"


def test_without_https_one_is_sent_there(public: Front) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", public.plain, timeout=30)
    connection.request("GET", "/services?q=1", headers={"Host": PUBLIC})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{PUBLIC}/services?q=1")


def test_a_large_upload_comes_through_and_a_half_one_does_not(public: Front) -> None:
    status, _headers, said = public.ask("/up", method="POST", body=b"x" * 3_000_000)
    assert (status, said["length"]) == (200, 3_000_000)
    slow = public.connect()
    slow.sock.sendall(f"POST /slow HTTP/1.1\r\nHost: {PUBLIC}\r\nContent-Length: 1000\r\n\r\nabc".encode())
    assert public.ask("/after")[0] == 200
    assert "/slow" not in public.backend.seen, "nginx keeps it until it is whole"
    slow.close()


def test_the_public_side_has_no_desk(tmp_path: Path) -> None:
    with nginx("public.conf", PUBLIC, tmp_path) as front:
        for path in ("/desk", "/desk/", "/desk/cases", "/%64esk/cases", "//desk/cases", "/x/../desk/counter"):
            assert front.ask(path)[0] == 404, path
        assert front.backend.seen == []
        assert front.ask("/desktop")[0] == 200, "only the desk"
        with pytest.raises(ssl.SSLError):
            front.connect("another.example").request("GET", "/")


def test_the_staff_side_answers_its_own_network_only(tmp_path: Path) -> None:
    with ExitStack() as stack:
        (tmp_path / "a").mkdir()
        outside = stack.enter_context(nginx("staff.conf", STAFF, tmp_path / "a"))
        assert outside.ask("/desk")[0] == 403 and outside.backend.seen == []
        (tmp_path / "b").mkdir()
        inside = stack.enter_context(
            nginx("staff.conf", STAFF, tmp_path / "b", lambda text: text.replace("10.0.0.0/8", "127.0.0.0/8"))
        )
        assert inside.ask("/desk")[0] == 200
