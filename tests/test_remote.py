"""References to other hosts are followed where the user allows it, and no further."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from gated import PATH, Gated

from specwright.spec import remote


class Shop(http.server.BaseHTTPRequestHandler):
    """Serves what the test puts into ``pages``: text, or the place that it moved to."""

    def do_GET(self) -> None:
        said = self.server.pages.get(self.path)  # type: ignore[attr-defined]
        if said is None:
            self.send_error(404)
        elif said.startswith("-> "):
            self.send_response(302)
            self.send_header("Location", said[3:])
            self.end_headers()
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(said.encode())
            with suppress(OSError):
                while said == "without end":
                    self.wfile.write(b"x" * 1000)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def shop() -> Iterator[http.server.ThreadingHTTPServer]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    server.pages = {}  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def host(shop) -> str:
    return f"127.0.0.1:{shop.server_port}"


def refused(ref: str, reason: str) -> tuple[int, list[str]]:
    return 1, [f"{PATH}:18:24: $ref '{ref}' does not resolve: {reason}"]


DENIED = "remote references are not followed: keep a copy beside the contract"


def test_remote_reference_is_followed_where_it_is_allowed(gated: Gated, shop, host):
    shop.pages["/schemas/pet.yaml"] = "type: object\nproperties: {owner: {$ref: 'owner.yaml#/Owner'}}\n"
    shop.pages["/schemas/owner.yaml"] = "Owner: {type: string, default: 3}\n"
    gated.contract(f"{{$ref: 'http://{host}/schemas/pet.yaml'}}")

    wrong = "the default does not obey its schema: must be string, not integer"
    assert gated.validate("--allow-remote", host) == (
        0,
        [f"http://{host}/schemas/owner.yaml:1:23: warning: {wrong}"],
    )
    assert gated.validate() == refused(f"http://{host}/schemas/pet.yaml", DENIED)
    assert gated.validate("--allow-remote", "pets.example") == refused(f"http://{host}/schemas/pet.yaml", DENIED)


def test_remote_file_refers_to_no_file_of_this_machine(gated: Gated, shop, host):
    shop.pages["/pet.yaml"] = "a: {$ref: 'file:///etc/hostname'}\nb: {$ref: ../../openapi.yaml}\n"
    gated.contract(
        f"{{properties: {{a: {{$ref: 'http://{host}/pet.yaml#/a'}}, b: {{$ref: 'http://{host}/pet.yaml#/b'}}}}}}"
    )

    assert gated.validate("--allow-remote", host) == (
        1,
        [
            f"http://{host}/pet.yaml:1:5: $ref 'file:///etc/hostname' does not resolve: {DENIED}",
            f"http://{host}/pet.yaml:2:5: $ref '../../openapi.yaml' does not resolve: the host answers 404",
        ],
    )


def test_redirects_stay_at_the_host(gated: Gated, shop, host):
    shop.pages |= {"/a": "-> /b", "/b": "type: string", "/c": "-> http://localhost:1/b"}
    gated.contract(f"{{$ref: 'http://{host}/a'}}")
    assert gated.validate("--allow-remote", host) == (0, [])

    gated.contract(f"{{$ref: 'http://{host}/c'}}")
    assert gated.validate("--allow-remote", host) == refused(
        f"http://{host}/c", "it is redirected to http://localhost:1, which is another host"
    )


def test_what_is_too_large_is_left(gated: Gated, shop, host, monkeypatch):
    monkeypatch.setattr(remote, "MAX_BYTES", 1 << 20)
    shop.pages["/a"] = "x" * ((1 << 20) + 1)
    gated.contract(f"{{$ref: 'http://{host}/a'}}")

    assert gated.validate("--allow-remote", host) == refused(f"http://{host}/a", "it is larger than 1 MiB")


def test_what_takes_too_long_is_left(gated: Gated, shop, host, monkeypatch):
    monkeypatch.setattr(remote, "SECONDS", 0.2)
    monkeypatch.setattr(remote, "MAX_BYTES", 1 << 40)
    shop.pages["/a"] = "without end"
    gated.contract(f"{{$ref: 'http://{host}/a'}}")

    assert gated.validate("--allow-remote", host) == refused(f"http://{host}/a", "it takes longer than 0.2 s")


def test_what_is_no_contract_is_said_at_its_address(gated: Gated, shop, host):
    shop.pages["/a.json"] = "{"
    gated.contract(f"{{$ref: 'http://{host}/a.json'}}")

    status, lines = gated.validate("--allow-remote", host)
    assert status == 1
    assert lines[0].startswith(f"http://{host}/a.json:1:2: not valid JSON: ")


def test_host_that_does_not_answer_is_said(gated: Gated):
    gated.contract("{$ref: 'http://127.0.0.1:1/a'}")

    status, (line,) = gated.validate("--allow-remote", "127.0.0.1:1")
    assert status == 1
    assert "does not resolve: it cannot be fetched: " in line


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("https://pets.example/a", True),
        ("https://pets.example:8443/a", True),
        ("https://pets.example:444/a", False),
        ("https://PETS.example/a", True),
        ("http://pets.example/a", False),
        ("http://localhost/a", True),
        ("https://cats.example/a", False),
        ("https://pets.example.evil/a", False),
        ("https://pets.example@evil/a", False),
        ("https://user@pets.example/a", False),
        ("https://:password@pets.example/a", False),
        ("ftp://pets.example/a", False),
        ("file://pets.example/a", False),
        ("//pets.example/a", False),
        ("https://[/a", False),
        ("https://pets.example:x/a", False),
    ],
)
def test_hosts_are_named_exactly(url, is_allowed):
    assert remote.is_allowed(url, {"pets.example", "pets.example:8443", "localhost"}) is is_allowed
