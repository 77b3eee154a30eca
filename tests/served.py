"""``specwright mock`` as a user runs it: processes of its own, ended together."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PATIENCE = 60  # seconds that a request may take, the first of which waits for the workers


@dataclass(frozen=True)
class Served:
    """A mock that listens."""

    port: int
    group: int

    def kill(self) -> None:
        """End all of its processes at once, whatever they do."""
        with suppress(ProcessLookupError):
            os.killpg(self.group, signal.SIGKILL)

    @contextmanager
    def client(self) -> Iterator["Client"]:
        """Return a connection of its own."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            yield Client(connection)


@dataclass(frozen=True)
class Client:
    """One connection to a mock."""

    connection: HTTPConnection

    def get(self, path: str) -> Any:
        self.connection.request("GET", path)
        return json.loads(self.connection.getresponse().read())

    def post(self, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:
        """Send JSON; return status and document of the answer."""
        self.connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json", **headers})
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())


@contextmanager
def served(*arguments: str) -> Iterator[Served]:
    """Start a mock of the APIs of this project on a free port."""
    command = [sys.executable, "-m", "specwright", "--root", str(ROOT), "mock", "--port", "0", "--log-format", "off"]
    process = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        address = re.fullmatch(r"mock on http://127\.0\.0\.1:(\d+) .*\n", line)
        assert address is not None, line
        mock = Served(int(address[1]), process.pid)
        yield mock
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
