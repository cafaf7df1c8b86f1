"""Ports, tried for real."""

from __future__ import annotations

import socket

import pytest

from tongqu.faces.cli import checks, up
from tongqu.faces.cli.trouble import Trouble


def test_a_free_port_is_itself_and_zero_is_any() -> None:
    port = checks.usable_port("127.0.0.1", 0)
    assert port > 1023
    assert checks.usable_port("127.0.0.1", port) == port


def test_a_busy_port_names_a_free_one() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(Trouble) as trouble:
            checks.usable_port("127.0.0.1", port)
    mend = trouble.value.mend
    assert mend.startswith("--port ") and checks.usable_port("127.0.0.1", int(mend.split()[1]))


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("127.0.0.1", 70000, "not a port number"),
        ("127.0.0.1", -1, "not a port number"),
        ("203.0.113.7", 8000, "not an address of this machine"),
        ("no-such-host.invalid", 8000, "unknown host"),
    ],
)
def test_a_wrong_address_says_its_mend(host: str, port: int, words: str) -> None:
    with pytest.raises(Trouble, match=words) as trouble:
        checks.usable_port(host, port)
    assert trouble.value.mend.startswith("--")


def test_hosts_of_a_node_open_to_the_network() -> None:
    names = up._names_of_this_machine("0.0.0.0")
    assert socket.gethostname() in names and "0.0.0.0" not in names
