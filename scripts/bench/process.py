"""Servers as processes: started on a core of their own, paused while others are measured, ended with all they started."""

import http.client
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from scripts.bench.cases import Case, Request
from scripts.bench.install import ROOT, Failed, reason

_PATIENCE = 60.0  # seconds until a server must have answered
_PROC = Path("/proc")


@dataclass(frozen=True)
class Contender:
    """A server to measure: ``{port}`` in its arguments is where it shall listen, ``base`` where it has the operation."""

    name: str
    case: Case
    base: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None
    folder: Path = ROOT
    warm_up: int = 1  # seconds for each kind of request
    failure: str = ""  # why it cannot be started

    @property
    def requests(self) -> Mapping[str, Request]:
        """Return what to send it."""
        return self.case.requests(self.base)


@dataclass(frozen=True)
class Cores:
    """Which core the servers share, and which the client has to itself."""

    server: frozenset[int]
    client: frozenset[int]


def divided() -> Cores:
    """Return the first and the last core this process may use; none where the system cannot pin."""
    if not hasattr(os, "sched_getaffinity"):
        return Cores(frozenset(), frozenset())
    cores = sorted(os.sched_getaffinity(0))
    return Cores(frozenset(cores[:1]), frozenset(cores[-1:]))


def pin(cores: frozenset[int]) -> None:
    """Let this process, and what it starts from now on, use these cores only."""
    if cores:
        os.sched_setaffinity(0, cores)


@dataclass(frozen=True)
class Running:
    """A server that has answered, and how long that took from its start."""

    port: int
    group: int
    seconds: float

    def pause(self) -> None:
        """Make the server take no time from the core."""
        os.killpg(self.group, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.killpg(self.group, signal.SIGCONT)

    def megabytes(self) -> float:
        """Return the memory that is resident; 0 where the system does not say."""
        pages = sum(int((member / "statm").read_text().split()[1]) for member in self._members())
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def processor(self) -> float:
        """Return the seconds of processor time so far; 0 where the system does not say."""
        ticks = sum(sum(map(int, _stat(member)[11:13])) for member in self._members())
        return ticks / os.sysconf("SC_CLK_TCK")

    def _members(self) -> list[Path]:
        found = []
        for path in _PROC.glob("[0-9]*"):
            with suppress(OSError):  # it ended meanwhile
                found += [path] if int(_stat(path)[2]) == self.group else []
        return found


def _stat(process: Path) -> list[str]:
    """Return the fields of /proc/PID/stat that follow the name: state, parent, process group …"""
    return (process / "stat").read_text().rpartition(")")[2].split()


def post(port: int, request: Request) -> tuple[int, bytes]:
    """Send one request; return status and body of the answer; raises OSError."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", request.path, request.body, request.headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except http.client.HTTPException as error:
        raise ConnectionError(*error.args) from None
    finally:
        connection.close()


@contextmanager
def started(contender: Contender, cores: Cores) -> Iterator[Running]:
    """Start a server and yield it when it has answered a good request; raises Failed. It is gone afterwards."""
    if contender.failure:
        raise Failed(contender.failure)
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        port = _free_port()
        began = time.perf_counter()
        process = _spawn(contender, port, cores, log)
        try:
            _await_answer(contender, process, port, log)
            yield Running(port, process.pid, time.perf_counter() - began)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _spawn(contender: Contender, port: int, cores: Cores, log: IO[str]) -> subprocess.Popen[str]:
    arguments = [argument.replace("{port}", str(port)) for argument in contender.arguments]
    environment = {**os.environ, **(contender.environment or {})}
    pin(cores.server)  # a child starts on the cores of its parent
    try:
        return subprocess.Popen(
            arguments,
            cwd=contender.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
    except OSError as error:
        raise Failed(f"not started: {error.strerror}") from None
    finally:
        pin(cores.client)


def _await_answer(contender: Contender, process: subprocess.Popen[str], port: int, log: IO[str]) -> None:
    wanted, status, end = contender.requests["valid"], 0, time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        with suppress(OSError):
            status, _ = post(port, wanted)
        if status == contender.case.status:
            return
        if process.poll() is not None:
            log.seek(0)
            raise Failed(f"ended: {reason(log.read(), contender.folder)}")
        time.sleep(0.002)
    raise Failed(f"answers {status}, not {contender.case.status}" if status else f"no answer in {_PATIENCE:.0f} s")
