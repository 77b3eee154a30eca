"""``specwright mock --watch``: what is changed is served, what was booked stays, and nobody notices but by what changed."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from mocked import CLINIC, PARTNER, PATIENCE, WORLD, MockProcess, clinic, write


@pytest.fixture(scope="module", params=[1, 2], ids=["1 worker", "2 workers"])
def mock(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Watched"]:
    root = clinic(tmp_path_factory.mktemp("watched"))
    with Watched(root, request.param) as process:
        yield process


class Watched(MockProcess):
    """A mock that follows its workspace; every one of its processes says that it did."""

    def __init__(self, root: Path, workers: int) -> None:
        super().__init__(root, "--watch", "--workers", str(workers), "--log-format", "off")
        self._workers = workers

    def change(self, name: str, text: str, beginning: str = "reloaded: clinic") -> str:
        """Change a file of the clinic and return what is said of it."""
        write(self.root / "specs" / "clinic" / name, text)
        return self.follow(beginning)

    def follow(self, beginning: str) -> str:
        """Return the line that begins so, which all processes say."""
        (line,) = {self.line(beginning) for _ in range(self._workers)}
        return line

    def rooms(self) -> Any:
        return self.ask("GET", "/clinic/v1/rooms").json


class Booking(threading.Thread):
    """Books one minute after the other until it is told to stop, or is refused."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.booked: list[str] = []
        self.refused: list[Any] = []
        self._enough, self._port = threading.Event(), port

    def run(self) -> None:
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)) as connection:
            start = datetime(2030, 1, 1, tzinfo=UTC)
            while not self._enough.is_set() and not self.refused:
                start += timedelta(minutes=1)
                try:
                    self._book(connection, start)
                except OSError as error:
                    self.refused.append(error)

    def _book(self, connection: HTTPConnection, start: datetime) -> None:
        headers = {"content-type": "application/json", "authorization": "Bearer any", "x-mock-namespace": "busy"}
        body = json.dumps({"room": "one", "start": start.isoformat()})
        connection.request("POST", "/clinic/v1/bookings", body, headers)
        response = connection.getresponse()
        content = json.loads(response.read())
        (self.booked if response.status == 201 else self.refused).append(content)

    def end(self) -> None:
        self._enough.set()
        self.join(PATIENCE)


def test_ten_reloads_under_load_lose_no_booking(mock: Watched) -> None:
    booking = Booking(mock.port)
    booking.start()

    for number in range(10):
        mock.change("world.yaml", WORLD.replace("one", f"room {number}"))
        assert mock.rooms() == [f"room {number}"]
    booking.end()

    kept = mock.ask("GET", "/__admin/state", X_Mock_Namespace="busy").json["apis"]["clinic"]
    assert booking.refused == []
    assert len(booking.booked) >= 10
    assert set(kept["records"]["booking"]) == set(booking.booked)
    assert len(kept["bookings"]) == len(booking.booked)


def test_changed_contract_is_served(mock: Watched) -> None:
    wanted = {"room": "very long", "start": "2030-01-01T00:00:00Z"}

    mock.change("openapi.yaml", CLINIC.replace("maxLength: 9", "maxLength: 8"))
    refused = mock.ask("POST", "/clinic/v1/bookings", wanted, Authorization="Bearer any", X_Mock_Namespace="long")
    mock.change("openapi.yaml", CLINIC)
    booked = mock.ask("POST", "/clinic/v1/bookings", wanted, Authorization="Bearer any", X_Mock_Namespace="long")

    assert (refused.status, refused.json["errors"][0]["keyword"]) == (400, "maxLength")
    assert booked.status == 201


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [
        ("partner.py", PARTNER.replace('ANSWER = "old"', "ANSWER = 1 / 0"), "line 12: ZeroDivisionError"),
        ("partner.py", PARTNER.replace("async def rooms", "async def room"), "Partner has no rooms"),
        (
            "partner.py",
            PARTNER.replace("class Partner:", "class Partner:\n    OPTIONS = {'odd': 1}"),
            "create_app has no option odd",
        ),
        ("world.yaml", WORLD.replace("[one]", "1"), "specs/clinic/world.yaml:2:1: rooms: "),
        ("openapi.yaml", CLINIC.replace("maxLength: 9", "maxLength: x"), "specs/clinic/openapi.yaml:"),
        ("openapi.yaml", "openapi: [", "specs/clinic/openapi.yaml:"),
    ],
    ids=["partner", "handlers", "options", "world", "contract", "syntax"],
)
def test_mistake_is_told_and_the_old_goes_on(mock: Watched, name: str, wrong: str, said: str) -> None:
    right = {"partner.py": PARTNER, "world.yaml": WORLD, "openapi.yaml": CLINIC}[name]
    mock.change("world.yaml", f"{WORLD}# before {name} {said}\n")
    before = len(mock.said)

    try:
        mock.change(name, wrong, "not reloaded: the mock goes on as it was")
        assert said in mock.said[before:]
        assert mock.rooms() == ["one"]
    finally:
        mock.change(name, f"{right}# mended\n")
    assert mock.rooms() == ["one"]


def test_request_under_way_ends_on_what_it_began_with(mock: Watched) -> None:
    answers: list[Any] = []
    slow = threading.Thread(target=lambda: answers.append(mock.ask("GET", "/clinic/v1/slow").json))
    slow.start()
    mock.line("slow began")

    mock.change("partner.py", PARTNER.replace('"old"', '"new"'))
    (mock.root / "go").touch()
    slow.join(PATIENCE)

    assert answers == ["old"]
    assert mock.ask("GET", "/clinic/v1/slow").json == "new"


def test_folders_appear_and_go(mock: Watched) -> None:
    write(mock.root / "specs" / "second" / "openapi.yaml", CLINIC.replace("Clinic", "Second"))
    assert mock.follow("reloaded: ") == "reloaded: second"
    assert mock.ask("GET", "/second/v1/rooms").status == 200

    shutil.rmtree(mock.root / "specs" / "second")
    assert mock.follow("reloaded: ") == "reloaded: clinic"
    assert mock.ask("GET", "/second/v1/rooms").status == 404
    assert mock.rooms() == ["one"]


def test_nothing_to_do_is_not_done(mock: Watched) -> None:
    file = mock.root / "generated" / "clinic" / "models.py"
    before = file.stat()

    mock.change("README.md", "Nothing that is generated from.\n")

    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
