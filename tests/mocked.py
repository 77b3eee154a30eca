"""``specwright mock`` as a process of its own, on a workspace of its own."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

PATIENCE = 30  # seconds after which what is waited for will not come
CLINIC = """\
openapi: 3.1.0
info: {title: Clinic, version: "1"}
servers: [{url: /v1}]
paths:
  /bookings:
    post:
      operationId: book
      security: [{key: []}]
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [room, start]
              properties: {room: {type: string, maxLength: 9}, start: {type: string, format: date-time}}
      responses:
        "201": {description: Booked., content: {application/json: {schema: {type: string}}}}
        "409": {description: Taken.}
  /rooms:
    get:
      operationId: rooms
      responses:
        "200":
          description: All.
          content: {application/json: {schema: {type: array, items: {type: string}}}}
  /slow:
    get:
      operationId: slow
      responses:
        "200": {description: At last., content: {application/json: {schema: {type: string}}}}
components: {securitySchemes: {key: {type: http, scheme: bearer}}}
"""
PARTNER = '''\
"""A clinic that is as slow as it is told."""

import asyncio
from datetime import timedelta
from pathlib import Path

from generated import clinic as api
from specwright.mock.calendar import Period, Taken
from specwright.mock.scene import Scene
from specwright.mock.world import World as CommonWorld

ANSWER = "old"
GO = Path(__file__).parents[2] / "go"


class World(CommonWorld):
    rooms: tuple[str, ...]


class Partner:
    def __init__(self, scene: Scene[World]) -> None:
        self._scene = scene

    async def book(self, *, body):
        booking = self._scene.ids.ulid("booking")
        try:
            with self._scene.transaction():
                self._scene.calendar.book(booking, [body.room], Period(body.start, body.start + timedelta(minutes=1)))
                self._scene.records("booking").put(booking, {})
        except Taken:
            return api.Book409()
        return api.Book201(booking)

    async def rooms(self):
        return api.Rooms200(list(self._scene.world.rooms))

    async def slow(self):
        print("slow began", flush=True)
        while not GO.exists():
            await asyncio.sleep(0.01)
        return api.Slow200(ANSWER)
'''
WORLD = """\
clients: [{id: ada, secret: ada-key}]
rooms: [one]
"""


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class MockProcess:
    """One mock, and what it says; nothing is waited for longer than PATIENCE."""

    def __init__(self, root: Path, *options: str, env: Mapping[str, str] | None = None) -> None:
        self.root, self.said = root, ""
        self._lines: queue.Queue[str] = queue.Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "specwright", "--root", str(root), "mock", "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=root,
            env={**os.environ, **(env or {})},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.url = self.line("mock on ").split()[2]
        self.port = int(self.url.rpartition(":")[2])

    def line(self, beginning: str) -> str:
        """Return the next line that begins so."""
        while True:
            try:
                line = self._lines.get(timeout=PATIENCE)
            except queue.Empty:
                line = ""
            assert line, f"never said {beginning!r}, but:\n{self.said}"
            if line.startswith(beginning):
                return line.rstrip("\n")

    def ask(self, method: str, path: str, document: Any = None, **headers: str) -> Answer:
        """Send one request on a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        body = None if document is None else json.dumps(document)
        try:
            connection.request(method, path, body, {"content-type": "application/json", **said} if body else said)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, response.read())
        finally:
            connection.close()

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def ended(self) -> int:
        """Return the exit status, once it has ended by itself or was told to."""
        status = self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return status

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self.said += line
            self._lines.put(line)
        self._process.stdout.close()
        self._lines.put("")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            self.ended()
        finally:
            self._process.kill()


def clinic(root: Path) -> Path:
    """Make a workspace of one API in the folder ``root`` and return it."""
    for name, text in {"openapi.yaml": CLINIC, "partner.py": PARTNER, "world.yaml": WORLD}.items():
        write(root / "specs" / "clinic" / name, text)
    return root


def write(path: Path, text: str) -> None:
    """Write a file in one step, as editors do: nobody reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}~")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)
