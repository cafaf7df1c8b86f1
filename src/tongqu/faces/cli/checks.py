"""What is looked at before anything is started. Each check returns quietly or raises Trouble with its mend."""

from __future__ import annotations

import errno
import socket

from tongqu.faces.cli.trouble import Trouble


def usable_port(host: str, port: int) -> int:
    """The port to listen on at `host`, tried for real; 0 picks a free one. Raises Trouble with the mend."""
    if not 0 <= port <= 65535:
        raise Trouble(f"端口号无效 not a port number: {port}", "--port 1024…65535")
    try:
        return _bind(host, port)
    except socket.gaierror:
        raise Trouble(f"主机名无效 unknown host: {host}", "--host 127.0.0.1") from None
    except PermissionError:
        raise Trouble(f"无权使用端口 {port} may not listen on port {port}", "--port 8000") from None
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise Trouble(f"本机没有这个地址 {host} is not an address of this machine", "--host 127.0.0.1") from None
        if error.errno == errno.EADDRINUSE:
            raise Trouble(f"端口 {port} 已被占用 port {port} is in use", f"--port {_next_free(host, port)}") from None
        raise


def _bind(host: str, port: int) -> int:
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        return int(probe.getsockname()[1])


def _next_free(host: str, port: int) -> int:
    for candidate in range(port + 1, min(port + 50, 65535)):
        try:
            return _bind(host, candidate)
        except OSError:
            continue
    return 0
