"""``specwright mock`` as a command: where it listens, whom it lets do what, what it keeps, how it ends, what it refuses."""

import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme
from mocked import PARTNER, PATIENCE, WORLD, MockProcess, clinic, write

from specwright.cli import main

ANY = "0.0.0.0"  # noqa: S104 - what is said to those who can reach it is tested
WANTED = {"room": "one", "start": "2030-01-01T00:00:00Z"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clinic(tmp_path_factory.mktemp("clinic"))


@pytest.fixture(scope="module")
def guarded(root: Path) -> Iterator[MockProcess]:
    """A mock that others can reach, and that knows its clients."""
    options = ["--host", ANY, "--auth", "strict", "--cors", "https://page.example", "--log-format", "json"]
    with MockProcess(root, *options) as process:
        yield process


@pytest.fixture(scope="module")
def token(guarded: MockProcess) -> str:
    return guarded.line("admin token: ").split()[2]


def test_changes_need_the_token_that_was_made_up(guarded: MockProcess, token: str) -> None:
    changes = [("POST", "/reset"), ("PUT", "/clock"), ("DELETE", "/namespaces/default"), ("DELETE", "/requests")]
    freeze = {"action": "freeze"}

    assert len(token) >= 20
    assert {guarded.ask(method, f"/__admin{path}").status for method, path in changes} == {401}
    assert guarded.ask("PUT", "/__admin/clock", freeze, Authorization="Bearer wrong").status == 401
    assert guarded.ask("PUT", "/__admin/clock", freeze, Authorization=f"Bearer {token}").status == 200


def test_reading_needs_no_token(guarded: MockProcess) -> None:
    reads = [
        "/health",
        "/version",
        "/requests",
        "/clock",
        "/faults",
        "/scenarios",
        "/state",
        "/metrics",
        "/world/clinic",
    ]

    assert {guarded.ask("GET", f"/__admin{path}").status for path in reads} == {200}
    assert guarded.ask("POST", "/__admin/requests/count", {}).status == 200


def test_strict_knows_its_clients(guarded: MockProcess) -> None:
    known = guarded.ask(
        "POST", "/clinic/v1/bookings", WANTED, Authorization="Bearer ada-key", X_Mock_Namespace="strict"
    )
    unknown = guarded.ask("POST", "/clinic/v1/bookings", WANTED, Authorization="Bearer eve-key")

    assert (known.status, unknown.status) == (201, 401)


def test_pages_of_the_named_origin_may_call_the_apis_alone(guarded: MockProcess) -> None:
    def allowed(path: str, origin: str) -> str | None:
        return guarded.ask("GET", path, Origin=origin).headers.get("access-control-allow-origin")

    assert allowed("/clinic/v1/rooms", "https://page.example") == "https://page.example"
    assert allowed("/clinic/v1/rooms", "https://other.example") is None
    assert allowed("/__admin/state", "https://page.example") is None
    asked = guarded.ask(
        "OPTIONS", "/clinic/v1/rooms", Origin="https://page.example", Access_Control_Request_Method="GET"
    )
    assert (asked.status, asked.headers["access-control-allow-origin"]) == (200, "https://page.example")


def test_log_lines_are_json_and_hold_no_secret(guarded: MockProcess) -> None:
    headers = {"Authorization": "Bearer very-secret", "X_Mock_Namespace": "logged"}

    guarded.ask("POST", "/clinic/v1/bookings?access_token=very-secret", WANTED, **headers)

    line = guarded.line('{"time"')
    while json.loads(line)["namespace"] != "logged":
        line = guarded.line('{"time"')
    entry = json.loads(line)
    assert (entry["api"], entry["operation"], entry["method"]) == ("clinic", "book", "POST")
    assert entry["url"].startswith("/clinic/v1/bookings")
    assert "very-secret" not in guarded.said


@pytest.mark.parametrize(
    ("options", "number"),
    [([], signal.SIGINT), (["--workers", "2"], signal.SIGTERM), (["--workers", "2"], signal.SIGINT)],
    ids=["one, interrupted", "two, terminated", "two, interrupted"],
)
def test_what_is_under_way_is_answered_before_the_end(root: Path, options: list[str], number: int) -> None:
    answers: list[Any] = []
    (root / "go").unlink(missing_ok=True)
    with MockProcess(root, *options) as process, ExitStack() as stack:
        idle = [stack.enter_context(_idle(process.port)) for _ in range(4)]
        slow = threading.Thread(target=lambda: answers.append(process.ask("GET", "/clinic/v1/slow").json))
        slow.start()
        process.line("slow began")

        process.signal(number)
        # Idle connections are closed when a process begins to end.
        assert [connection.recv(1) for connection in idle] == [b""] * 4
        (root / "go").touch()
        slow.join(PATIENCE)

        assert answers == ["old"]
        assert process.ended() == 0
        assert "Traceback" not in process.said
        assert process.said.endswith("mock ended\n")


def _idle(port: int) -> socket.socket:
    """Return a connection on which a request was answered, and whose next one is waited for."""
    connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
    connection.sendall(b"GET /__admin/version HTTP/1.1\r\nhost: mock\r\n\r\n")
    received = b""
    while not received.endswith(b"}"):
        received += connection.recv(4096)
    return connection


def test_figures_of_all_processes_are_one(root: Path) -> None:
    with MockProcess(root, "--workers", "2") as process:
        for _ in range(40):
            assert process.ask("GET", "/clinic/v1/rooms").status == 200
        figures = [process.ask("GET", "/__admin/metrics").content.decode() for _ in range(20)]

    counted = [
        re.findall(r'^specwright_requests_total\{.*operation="rooms".*\} (\S+)', text, re.MULTILINE) for text in figures
    ]
    assert counted == [["40.0"]] * 20


def test_named_store_outlives_the_mock(tmp_path: Path, root: Path) -> None:
    store = f"sqlite:///{tmp_path}/mock.db"

    with MockProcess(root, "--store", store) as process:
        first = process.ask("POST", "/clinic/v1/bookings", WANTED, Authorization="Bearer any").status
        unknown = process.ask("POST", "/clinic/v1/bookings", WANTED).status
    with MockProcess(root, "--store", store, "--workers", "2", "--auth", "off") as process:
        again = process.ask("POST", "/clinic/v1/bookings", WANTED).status

    assert (first, unknown, again) == (201, 401, 409)


def test_clients_without_a_certificate_are_refused(tmp_path: Path, root: Path) -> None:
    authority = trustme.CA()
    mock, client = authority.issue_cert("127.0.0.1"), authority.issue_cert("ada@example.com")
    mock.private_key_and_cert_chain_pem.write_to_path(tmp_path / "mock.pem")
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    known, unknown = ssl.create_default_context(), ssl.create_default_context()
    authority.configure_trust(known)
    authority.configure_trust(unknown)
    client.configure_cert(known)
    options = ["--tls-cert", str(tmp_path / "mock.pem"), "--tls-client-ca", str(tmp_path / "authority.pem")]

    with MockProcess(root, *options) as process:
        assert process.url == f"https://127.0.0.1:{process.port}"
        assert _status(HTTPSConnection("127.0.0.1", process.port, context=known, timeout=PATIENCE)) == 200
        with pytest.raises(OSError, match=r"CERTIFICATE_REQUIRED|closed connection without response|reset"):
            _status(HTTPSConnection("127.0.0.1", process.port, context=unknown, timeout=PATIENCE))


def _status(connection: HTTPConnection) -> int:
    try:
        connection.request("GET", "/clinic/v1/rooms")
        with connection.getresponse() as response:
            return response.status
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--tls-cert DIR/odd.pem", "cannot use the certificate DIR/odd.pem: "),
        ("--tls-cert DIR/none.pem", "cannot use the certificate DIR/none.pem: [Errno 2] No such file"),
        ("--host 256.1.1.1", "cannot listen on 256.1.1.1:8000: "),
        ("--port BUSY", "cannot listen on 127.0.0.1:BUSY: "),
        ("nothing", "no such API: nothing; "),
    ],
)
def test_mock_that_cannot_listen_says_so_in_a_sentence(tmp_path: Path, capsys: Any, options: str, said: str) -> None:
    clinic(tmp_path)
    (tmp_path / "odd.pem").write_text("no certificate", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as busy:

        def here(text: str) -> str:
            return text.replace("DIR", str(tmp_path)).replace("BUSY", str(busy.getsockname()[1]))

        assert main(["--root", str(tmp_path), "mock", *here(options).split()]) == 2

        told = capsys.readouterr().err.strip()
        assert told.startswith(f"specwright: {here(said)}")
        assert told.count("\n") == 0


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_port_is_one(port: str, capsys: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["mock", f"--port={port}"])

    assert ended.value.code == 2
    assert f"argument --port: {port} is no port: they are 0 to 65535" in capsys.readouterr().err


class Wrong(NamedTuple):
    """What keeps a mock from serving, and what is said of it."""

    said: str
    status: int
    partner: str = PARTNER
    world: str = WORLD
    store: str = "sqlite://"


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    "wrong",
    [
        Wrong("partner.py: line 12: ZeroDivisionError", 2, partner=PARTNER.replace('"old"', "1 / 0")),
        Wrong("specs/clinic/world.yaml:2:1: rooom: ", 1, world=WORLD.replace("rooms", "rooom")),
        Wrong("cannot use sqlite:///none/mock.db: ", 2, store="sqlite:///none/mock.db"),
        Wrong("redis://here is no store: use sqlite:///FILE or ", 2, store="redis://here"),
    ],
    ids=["partner", "world", "file", "store"],
)
def test_mock_that_cannot_serve_says_why(tmp_path: Path, workers: str, wrong: Wrong) -> None:
    folder = clinic(tmp_path) / "specs" / "clinic"
    write(folder / "partner.py", wrong.partner)
    write(folder / "world.yaml", wrong.world)
    command = [sys.executable, "-m", "specwright", "--root", str(tmp_path), "mock", "--port", "0"]
    options = ["--workers", workers, "--store", wrong.store]

    run = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert run.returncode == wrong.status
    assert wrong.said in run.stderr
    assert "Traceback" not in run.stderr
    assert "mock on" not in run.stdout
