"""Bytes to a server and the answers that come back: what a client does that keeps no rule of HTTP."""

import io
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path

SERVER = Path(__file__).with_name("hostile_server.py")
PATIENCE = 10.0  # seconds; who has not answered by then hangs


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Server:
    """A running server and the file that it writes its complaints to."""

    port: int
    log: Path

    def complaints(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines()


@contextmanager
def serving(root: Path, implementation: str, limit: int, log: Path) -> Iterator[Server]:
    """Serve the workspace at ``root`` with one of uvicorn's two implementations of HTTP."""
    command = [sys.executable, str(SERVER), str(root), implementation, str(limit)]
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, cwd=root) as process,
    ):
        try:
            assert process.stdout is not None
            yield Server(int(process.stdout.readline() or 0), log)
            assert process.poll() is None, "the server died"
        finally:
            process.kill()


def request(target: str | bytes, body: bytes = b"", *headers: bytes, method: bytes = b"POST") -> bytes:
    """Return a sound request as far as its parts are sound."""
    path = target if isinstance(target, bytes) else target.encode("latin-1")
    lines = [b"%s %s HTTP/1.1" % (method, path), b"Host: server", *headers]
    if body:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def chunked(*chunks: bytes) -> bytes:
    """Return ``chunks`` in the chunked coding, which ends with an empty one."""
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))


def connected(port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def send(client: socket.socket, pieces: Sequence[bytes | float]) -> None:
    """Send ``pieces`` one by one, a number being a pause; a server that has heard enough may have hung up."""
    with suppress(ConnectionError):
        for piece in pieces:
            if isinstance(piece, bytes):
                client.sendall(piece)
            else:
                time.sleep(piece)


def read(client: socket.socket, count: int = 1, method: str = "POST") -> list[Answer]:
    """Return up to ``count`` answers; fewer when the server hangs up."""
    stream = _Stream(client)
    answers = []
    with suppress(ConnectionError, HTTPException):
        while len(answers) < count:
            response = HTTPResponse(stream, method=method)  # type: ignore[arg-type]
            response.begin()
            headers = {name.lower(): value for name, value in response.getheaders()}
            answers.append(Answer(response.status, headers, response.read()))
    return answers


def exchange(
    port: int, pieces: Sequence[bytes | float], count: int = 1, method: str = "POST", *, ends: bool = False
) -> list[Answer]:
    """Send ``pieces`` over a connection of their own, close our half of it if it ``ends``, and return the answers."""
    with connected(port) as client:
        send(client, pieces)
        if ends:
            with suppress(OSError):
                client.shutdown(socket.SHUT_WR)
        return read(client, count, method)


class _Stream:
    """What HTTPResponse reads from: one buffer for all answers of a connection."""

    def __init__(self, client: socket.socket) -> None:
        self._buffer = _Open(client.makefile("rb", buffering=0))

    def makefile(self, mode: str) -> io.BufferedReader:
        return self._buffer


class _Open(io.BufferedReader):
    def close(self) -> None:
        """Stay open: the next answer comes from the same buffer."""
