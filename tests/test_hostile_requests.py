"""No bytes from a client bring a server down, make it answer 5xx or make it tell what is none of a client's business.

Real servers on real sockets: the five partners and a contract with everything a request can have, behind both of
uvicorn's implementations of HTTP. What is sent is in hostile_requests.py.
"""

import json
import re
import shutil
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hostile_requests import (
    CONTENTS,
    HANGS_UP,
    HERE,
    HOME,
    JSON,
    LIMIT,
    MESSAGES,
    OCTETS,
    SOCKET,
    TAKEN,
    Attack,
    Group,
    Target,
    get,
    head,
    targets,
)
from wire import Answer, Server, chunked, connected, exchange, read, send, serving

from specwright.cli import main
from specwright.plan import build
from specwright.spec.schemas import Schemas

IMPLEMENTATIONS = ("httptools", "h11")
CELLS = [
    pytest.param(name, group, id=f"{name} {group.__name__}")
    for name, groups in (("httptools", (*CONTENTS, *MESSAGES)), ("h11", MESSAGES))
    for group in groups
]
REPOSITORY = Path(__file__).parents[1]
CONTRACT = Path(__file__).parent / "hostile" / "requests.yaml"
# What the HTTP server and the parser of multipart bodies say of bytes that they do not understand.
WARNINGS = re.compile(
    r"WARNING:  (Invalid HTTP request received|Unsupported upgrade request)\."
    r"|(Expected boundary character|Found invalid character|Did not find) .*"
)
SAID_BY_HTTP = (b"Invalid HTTP request received.", b"Failed to open a WebSocket connection")
LEAKS = re.compile(rb"Traceback|site-packages|File \"|\.py\b|Exception|Error\(|sys\.set_int|orjson|pydantic")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("hostile")
    for folder in ("specs", "generated"):
        # Without their partners the servers know nothing but their contracts: what is refused is the form of requests.
        shutil.copytree(REPOSITORY / folder, root / folder, ignore=shutil.ignore_patterns("partner.py", "world.yaml"))
    (root / "specs" / "everything").mkdir()
    shutil.copy(CONTRACT, root / "specs" / "everything" / "openapi.yaml")
    assert main(["--root", str(root), "generate"]) == 0
    return root


@pytest.fixture(scope="module")
def servers(workspace: Path) -> Iterator[dict[str, Server]]:
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(serving(workspace, name, LIMIT, workspace / f"{name}.log"))
            for name in IMPLEMENTATIONS
        }


@pytest.fixture(params=IMPLEMENTATIONS)
def server(request: pytest.FixtureRequest, servers: dict[str, Server]) -> Server:
    return servers[request.param]


@pytest.fixture(scope="module")
def places(workspace: Path) -> tuple[Target, ...]:
    return targets(workspace / "generated")


@pytest.fixture
def unharmed(server: Server, places: tuple[Target, ...]) -> Iterator[None]:
    """After the test the server answers as ever and has nothing to complain of."""
    yield
    for place in places:
        (answer,) = exchange(server.port, [place.sound])
        assert answer.status in TAKEN, (place.api, answer)
    (echo,) = exchange(server.port, [HERE.request(b'{"name":"Ada","count":7}', JSON)])
    assert json.loads(echo.body) == {"name": "Ada", "count": 7}
    assert [line for line in server.complaints() if not WARNINGS.fullmatch(line)] == []


@pytest.mark.parametrize(("server", "group"), CELLS, indirect=["server"])
@pytest.mark.usefixtures("unharmed")
def test_hostile_bytes_get_a_clear_refusal_or_none(
    server: Server, workspace: Path, places: tuple[Target, ...], group: Group
) -> None:
    assert [fault for attack in group(places) for fault in faults(server, workspace, attack)] == []


def test_corpus_has_thousands_of_requests(places: tuple[Target, ...]) -> None:
    assert sum(attack.count for group in (*CONTENTS, *MESSAGES) for attack in group(places)) > 5000


# --- connections ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ((b"Content-Length: %d" % LIMIT, bytes(LIMIT)), 204),
        ((b"Transfer-Encoding: chunked", chunked(bytes(LIMIT))), 204),
        ((b"Transfer-Encoding: chunked", chunked(*[bytes(LIMIT // 64)] * 64)), 204),
        ((b"Content-Length: %d" % (LIMIT + 1), bytes(LIMIT + 1)), 413),
        ((b"Content-Length: %d" % (4 * LIMIT), bytes(4 * LIMIT)), 413),
        ((b"Transfer-Encoding: chunked", chunked(bytes(LIMIT + 1))), 413),
        ((b"Transfer-Encoding: chunked", chunked(bytes(LIMIT), b"x")), 413),
        ((b"Transfer-Encoding: chunked", chunked(*[bytes(LIMIT)] * 4)), 413),
    ],
    ids=["limit", "limit chunked", "limit in chunks", "above", "far above", "above chunked", "last byte", "far above chunked"],
)  # fmt: skip
@pytest.mark.usefixtures("unharmed")
def test_body_above_the_limit_is_refused_and_the_connection_goes_on(
    server: Server, body: tuple[bytes, bytes], status: int
) -> None:
    header, octets = body
    first, second = exchange(server.port, [head("octets", OCTETS, header) + octets, HERE.sound], count=2)

    assert (first.status, second.status) == (status, 200)
    assert status == 204 or json.loads(first.body)["detail"] == f"the body is larger than {LIMIT} bytes"


@pytest.mark.usefixtures("unharmed")
def test_client_that_waits_to_continue_is_refused_before_it_sends(server: Server) -> None:
    waiting = (OCTETS, b"Content-Length: %d" % (LIMIT + 1), b"Expect: 100-continue")
    with connected(server.port) as client:
        send(client, [head("octets", *waiting)])

        assert client.recv(1000).startswith(b"HTTP/1.1 413 ")


@pytest.mark.usefixtures("unharmed")
def test_slow_bodies_hold_up_nobody(server: Server) -> None:
    half = HERE.sound[:-5]
    with ExitStack() as stack:
        slow = [stack.enter_context(connected(server.port)) for _ in range(100)]
        for client in slow:
            send(client, [half])
        (prompt,) = exchange(server.port, [HERE.sound])
        for client in slow:
            send(client, [HERE.sound[-5:]])
        late = [read(client)[0] for client in slow]

    assert {answer.status for answer in (prompt, *late)} == {200}


@pytest.mark.usefixtures("unharmed")
def test_client_may_break_the_connection_anywhere(server: Server, places: tuple[Target, ...]) -> None:
    for place in places:
        for length in range(1, len(place.sound) + 1, 37):
            with connected(server.port) as client:
                # What is closed with nothing lingering is reset.
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                send(client, [place.sound[:length]])


@pytest.mark.usefixtures("unharmed")
def test_clients_that_do_not_read_their_answers_hold_up_nobody(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            deaf = stack.enter_context(connected(server.port))
            send(deaf, [get(f"{HOME}/ui/swagger-ui-bundle.js")])
        (prompt,) = exchange(server.port, [HERE.sound])

    assert prompt.status == 200


@pytest.mark.parametrize("path", [f"{HOME}/things/1", f"{HOME}/nowhere", "/nowhere"])
@pytest.mark.usefixtures("unharmed")
def test_websockets_are_closed(server: Server, path: str) -> None:
    (answer,) = exchange(server.port, [get(path, *SOCKET)], method="GET")

    assert answer.status == 403


# --- what is wrong with an answer -------------------------------------------------------------------------------------


def faults(server: Server, workspace: Path, attack: Attack) -> Iterator[str]:
    """Send ``attack`` and yield what is wrong with the answers."""
    try:
        answers = exchange(server.port, attack.pieces, attack.count, attack.method, ends=attack.ends)
    except TimeoutError:
        yield f"{attack.name}: no answer"
        return
    if len(answers) < attack.count and HANGS_UP not in attack.statuses:
        yield f"{attack.name}: {len(answers)} answers"
    api = re.search(rb"/(\w+)/", b"".join(piece for piece in attack.pieces if isinstance(piece, bytes)))
    for answer in answers:
        if answer.status not in attack.statuses:
            yield f"{attack.name}: {answer.status} {answer.body[:200]!r}"
        yield from (f"{attack.name}: {fault}" for fault in indiscretions(workspace, answer))
        if answer.status >= 400 and attack.method != "HEAD" and not is_clear(workspace, api, answer):
            yield f"{attack.name}: unclear {answer}"


def indiscretions(workspace: Path, answer: Answer) -> Iterator[str]:
    if answer.status >= 400 and (LEAKS.search(answer.body) or str(workspace).encode() in answer.body):
        yield f"tells too much: {answer.body[:300]!r}"
    if len(answer.body) > 200_000 and answer.status >= 400:
        yield f"tells too much: {len(answer.body)} bytes"


def is_clear(workspace: Path, api: re.Match[bytes] | None, answer: Answer) -> bool:
    """Tell whether a refusal has the shape that the contract declares or that of RFC 9457, or is of the HTTP server."""
    kind = answer.headers.get("content-type", "")
    if kind == "application/problem+json":
        problem = json.loads(answer.body)
        return problem["status"] == answer.status and bool(problem["title"]) and bool(problem["detail"])
    if kind == "application/json":
        value = json.loads(answer.body)
        return any(check(value) for check in declared(workspace, api[1].decode() if api else "", answer.status))
    return kind.startswith("text/plain") and (not answer.body or answer.body.startswith(SAID_BY_HTTP))


@cache
def declared(workspace: Path, api: str, status: int) -> list[Any]:
    """Return the checks of the bodies that ``api`` declares for a refusal with ``status``."""
    contract = json.loads((workspace / "generated" / api / "openapi.json").read_text())
    responses = [response for item in build(api, contract).operations for response in item.responses]
    pointers = {
        media.pointer
        for response in responses
        if response.status in (str(status), f"{status // 100}XX", "default")
        for media in response.media
    }
    return [Schemas(contract).compile(pointer).is_valid for pointer in pointers if pointer]
