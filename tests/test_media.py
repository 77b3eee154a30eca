"""Media types of answers and requests: what is declared, what the client takes, what the handler says."""

import logging
import re
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from conversation import Headers, Reply, call
from modelled import generated

from specwright.mock.contract.answer import handlers as mock_handlers
from specwright.plan import build
from specwright.runtime.media import matching, negotiated

PROBLEM = "application/problem+json"
STRING, SHORT = {"type": "string"}, {"type": "string", "maxLength": 3}
OBJECT = {"type": "object", "properties": {"name": STRING}}


def answering(name: str, **more: Any) -> dict[str, Any]:
    """Return an operation that answers 200 with the media types of ``content``."""
    return {"get": {"operationId": name, "responses": {"200": {"description": "Fine.", **more}}}}


def taking(name: str, *media_types: str) -> dict[str, Any]:
    content = {media_type: {"schema": OBJECT} if "json" in media_type else {} for media_type in media_types}
    body = {"required": True, "content": content}
    return {"post": {"operationId": name, "requestBody": body, "responses": {"204": {"description": "Taken."}}}}


CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "Media", "version": "1"},
    "paths": {
        "/images": answering("getImages", content={"image/*": {}}),
        "/images-or-png": answering("getImagesOrPng", content={"image/*": {}, "image/png": {}}),
        "/files": answering("getFiles", content={"application/*": {}}),
        "/texts": answering("getTexts", content={"text/*": {"schema": STRING}}),
        "/anything": answering("getAnything", content={"*/*": {"schema": OBJECT}}),
        "/pictures": answering("getPictures", content={"image/png": {}, "image/jpeg": {}}),
        "/logs": answering("getLogs", content={"text/plain": {"schema": STRING}, "text/csv": {"schema": SHORT}}),
        "/versions": answering(
            "getVersions",
            content={
                "application/json; version=1": {"schema": {"$ref": "#/components/schemas/Thing"}},
                "application/json; version=2": {"schema": {"$ref": "#/components/schemas/Thing"}},
            },
        ),
        "/events": answering("getEvents", content={"text/event-stream": {"schema": OBJECT}}),
        "/empty": {
            "get": {
                "operationId": "getEmpty",
                "responses": {"204": {"description": "None.", "content": {"application/json": {"schema": OBJECT}}}},
            }
        },
        "/length": answering(
            "getLength",
            headers={name: {"required": True, "schema": STRING} for name in ("Content-Length", "Content-Type")},
            content={"text/plain": {"schema": STRING}},
        ),
        "/own-accept": {
            "parameters": [
                {"name": "accept", "in": "header", "required": True, "schema": {"enum": ["application/vnd.v2"]}}
            ],
            **answering("getOwnAccept", content={"application/json": {"schema": OBJECT}}),
        },
        "/take-images": taking("takeImages", "image/*"),
        "/take-anything": taking("takeAnything", "*/*"),
        "/take-versions": taking("takeVersions", "application/json; version=1", "application/json; version=2"),
    },
    "components": {"schemas": {"Thing": OBJECT}},
}


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return generated(tmp_path_factory.mktemp("media"), {"media": CONTRACT})["media"].module


@pytest.fixture(scope="module")
def app_of(package):
    """Return a function that returns the app whose operations answer what it is given, by identifier."""
    given: dict[str, Any] = {}

    def handler(name: str) -> Any:
        async def handle(**_: Any) -> Any:
            return given[name]

        return handle

    names = [operation.identifier for operation in build("media", CONTRACT).operations]
    made = package.create_app(SimpleNamespace(**{name: handler(name) for name in names}))

    def app(**answers: Any) -> Any:
        given.clear()
        given.update(answers)
        return made

    return app


@pytest.fixture
def answered(package, app_of):
    """Return a function that has an operation answer ``body`` in the class of that name, and asks for it."""

    def ask(name: str, body: Any, accept: str | None = None, **said: str) -> Reply:
        return get(app_of(**{_identifier(name): getattr(package, name)(body, **said)}), _url(name), accept)

    return ask


def get(app: Any, url: str, accept: str | None = None, method: str = "GET") -> Reply:
    return call(app, method, url, [("accept", accept)] if accept else [])


# --- what is chosen ---------------------------------------------------------------------------------------------------

VERSIONS = ("application/json; version=1", "application/json; version=2", "text/html")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("application/json", VERSIONS[0]),
        ("application/json; version=2", VERSIONS[1]),
        ("application/json;Version=2", VERSIONS[1]),
        ('application/json; version="2"', VERSIONS[1]),
        ("application/json;version=1;q=0.1, application/json;version=2;q=0.2", VERSIONS[1]),
        ("application/json;version=1;q=0, application/json", VERSIONS[1]),
        ("application/json;version=3", None),
        ("application/json;version=3, */*;q=0.1", VERSIONS[0]),
        ("application/json; charset=utf-8", VERSIONS[0]),
        ("application/json; charset=iso-8859-1", VERSIONS[0]),
        ("application/json; indent=4", VERSIONS[0]),
        ("text/html;level=1", VERSIONS[2]),
        ("text/html;level=1;q=0, */*", VERSIONS[0]),
        ("application/json;q=0.5, text/html;q=0.50001", VERSIONS[2]),
        ("application/json;q=0.000, text/html;q=0.001", VERSIONS[2]),
        ("*/*;q=0", None),
        ("text/html;q=7, application/json", VERSIONS[0]),
        ("text/html;q=-1", None),
        (" , ,", VERSIONS[0]),
        ("/", None),
        ("*/json", VERSIONS[0]),
        (";q=1", None),
    ],
)
def test_parameters_of_a_range_choose_among_offers(accept, chosen):
    assert negotiated(accept, VERSIONS) == chosen


@pytest.mark.parametrize(
    ("accept", "offered", "chosen"),
    [
        ("image/png", ("image/*",), "image/*"),
        ("image/*", ("image/*",), "image/*"),
        ("text/plain", ("image/*",), None),
        ("image/png;q=0", ("image/*",), None),
        ("image/png", ("*/*",), "*/*"),
        ("text/html, image/png;q=0.5", ("image/*", "text/*"), "text/*"),
        ("image/png", ("image/*", "image/png"), "image/*"),
    ],
)
def test_declared_range_is_offered_to_whom_takes_a_part_of_it(accept, offered, chosen):
    assert negotiated(accept, offered) == chosen


@pytest.mark.parametrize(
    ("content_type", "declared", "found"),
    [
        ("image/png", ("image/*",), "image/*"),
        ("IMAGE/PNG; x=y", ("image/*",), "image/*"),
        ("image/*", ("image/*",), None),
        ("*/*", ("*/*",), None),
        ("text/plain", ("image/*",), None),
        ("text/plain", ("image/*", "*/*"), "*/*"),
        ("image/png", ("*/*", "image/*", "image/png"), "image/png"),
        ("application/json;version=2", VERSIONS, VERSIONS[1]),
        ("application/json", VERSIONS, VERSIONS[0]),
    ],
)
def test_content_type_falls_under_the_most_specific_declared_one(content_type, declared, found):
    assert matching(content_type, declared) == found


# --- what is sent -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said", "accept", "content_type"),
    [
        ("GetImages200", {"media_type": "image/webp"}, None, "image/webp"),
        ("GetImages200", {"media_type": "image/webp"}, "image/png", "image/webp"),
        ("GetImages200", {"media_type": "image/svg+xml; v=1"}, None, "image/svg+xml; v=1"),
        ("GetImagesOrPng200", {"media_type": "image/webp"}, None, "image/webp"),
        ("GetFiles200", {}, None, "application/octet-stream"),
        ("GetFiles200", {}, "application/pdf", "application/octet-stream"),
        ("GetFiles200", {"media_type": "application/pdf"}, None, "application/pdf"),
        ("GetPictures200", {"media_type": "image/jpeg"}, None, "image/jpeg"),
        ("GetPictures200", {"media_type": "image/jpeg"}, "image/png", "image/jpeg"),
        ("GetPictures200", {}, "image/png;q=0.1, image/jpeg", "image/jpeg"),
    ],
)
def test_octets_are_sent_as_what_the_handler_says_they_are(answered, name, said, accept, content_type):
    reply = answered(name, b"\x89octets", accept, **said)

    assert (reply.status, reply.content) == (200, b"\x89octets")
    assert reply.headers["content-type"] == content_type


@pytest.mark.parametrize(
    ("name", "said", "accept", "content_type"),
    [
        ("GetTexts200", {}, None, "text/plain; charset=utf-8"),
        ("GetTexts200", {"media_type": "text/html"}, None, "text/html; charset=utf-8"),
        ("GetTexts200", {"media_type": "text/html;charset=latin-1"}, None, "text/html; charset=utf-8"),
        ("GetLogs200", {}, None, "text/csv; charset=utf-8"),
        ("GetLogs200", {}, "text/plain", "text/plain; charset=utf-8"),
        ("GetLogs200", {"media_type": "text/plain"}, "text/csv", "text/plain; charset=utf-8"),
        ("GetEvents200", {}, None, "text/event-stream; charset=utf-8"),
    ],
)
def test_text_is_sent_with_its_charset(answered, name, said, accept, content_type):
    reply = answered(name, "\u20ac", accept, **said)

    assert (reply.status, reply.content) == (200, "\u20ac".encode())
    assert reply.headers["content-type"] == content_type


@pytest.mark.parametrize(
    ("accept", "status", "content_type"),
    [
        (None, 200, "application/json"),
        ("application/json", 200, "application/json"),
        ("text/html", 200, "application/json"),
        ("*/*;q=0", 406, PROBLEM),
    ],
)
def test_what_may_be_anything_is_json(package, app_of, accept, status, content_type):
    answer = package.GetAnything200(package.GetAnything200Body(name="a"))
    reply = get(app_of(get_anything=answer), "/anything", accept)

    assert (reply.status, reply.headers["content-type"]) == (status, content_type)


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/json", "application/json; version=1"),
        ("application/json;version=2", "application/json; version=2"),
    ],
)
def test_one_class_is_written_in_the_version_that_is_asked_for(package, app_of, accept, content_type):
    answer = package.GetVersions200(package.Thing(name="a"))
    reply = get(app_of(get_versions=answer), "/versions", accept)

    assert (reply.headers["content-type"], reply.json) == (content_type, {"name": "a"})


@pytest.mark.parametrize(
    ("said", "status"), [("text/plain", 200), ("text/csv", 500), (None, 500)], ids=["long", "short", "by Accept"]
)
def test_body_is_checked_as_the_media_type_that_is_sent(package, app_of, said, status):
    assert get(app_of(get_logs=package.GetLogs200("four", media_type=said)), "/logs").status == status


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("GetImages200", "text/html"),
        ("GetImages200", "image/*"),
        ("GetImages200", "image"),
        ("GetImages200", ""),
        ("GetImages200", "image/png\r\nset-cookie: a=b"),
        ("GetImages200", "image/p\u00f6g"),
        ("GetImages200", "image/p g"),
        ("GetPictures200", "image/webp"),
        ("GetFiles200", "*/*"),
    ],
)
def test_media_type_that_is_not_declared_is_the_servers_fault(package, app_of, caplog, name, said):
    made = app_of(**{_identifier(name): getattr(package, name)(b"octets", media_type=said)})
    with caplog.at_level(logging.ERROR, "specwright.runtime"):
        reply = get(made, _url(name))

    assert (reply.status, reply.headers["content-type"]) == (500, PROBLEM)
    assert f"media type {said} is not declared" in caplog.text


def test_mock_says_no_more_of_its_octets_than_it_knows(package):
    mocked = package.create_app(mock_handlers(build("media", CONTRACT), package))

    assert get(mocked, "/images").headers["content-type"] == "image/x-example"
    assert get(mocked, "/files").headers["content-type"] == "application/octet-stream"
    assert get(mocked, "/texts").headers["content-type"] == "text/plain; charset=utf-8"
    assert get(mocked, "/events").status == 200


def _identifier(class_name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", class_name.removesuffix("200")).lower()


def _url(class_name: str) -> str:
    return f"/{_identifier(class_name).removeprefix('get_').replace('_', '-')}"


# --- Accept as a parameter --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "accept", [None, "*/*", "application/vnd.v2", "application/vnd.v1", "text/html", "*/*;q=0", ""]
)
def test_accept_that_is_declared_as_a_parameter_is_neither_checked_nor_negotiated(package, app_of, accept):
    answer = package.GetOwnAccept200(package.GetOwnAccept200Body(name="a"))
    reply = get(app_of(get_own_accept=answer), "/own-accept", accept)

    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")


def test_accept_that_is_declared_as_a_parameter_is_no_argument():
    (operation,) = [item for item in build("media", CONTRACT).operations if item.operation_id == "getOwnAccept"]

    assert (operation.parameters, operation.negotiates) == ((), False)


# --- HEAD, and answers without a body ---------------------------------------------------------------------------------


async def stream() -> AsyncIterator[bytes]:
    raise AssertionError("nobody reads what HEAD does not send")
    yield b""


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("/files", []),
        ("/files", [("accept", "text/html")]),
        ("/texts", []),
        ("/texts?unknown=1", []),
        ("/anything", []),
        ("/versions", [("accept", "application/json;version=2")]),
        ("/logs", []),
        ("/nothing", []),
    ],
)
def test_head_is_get_without_the_body(package, app_of, url, headers):
    made = app_of(
        get_files=package.GetFiles200(b"octets"),
        get_texts=package.GetTexts200("text"),
        get_anything=package.GetAnything200(package.GetAnything200Body(name="a")),
        get_versions=package.GetVersions200(package.Thing(name="a")),
        get_logs=package.GetLogs200("too long"),
    )
    whole, head = call(made, "GET", url, headers), call(made, "HEAD", url, headers)

    assert (head.status, head.content) == (whole.status, b"")
    assert head.headers == whole.headers
    assert head.headers["content-length"] == str(len(whole.content))


def test_head_does_not_start_a_stream(package, app_of):
    made = app_of(get_files=package.GetFiles200(stream()))
    reply = get(made, "/files", method="HEAD")

    assert (reply.status, reply.content) == (200, b"")
    assert reply.headers == {"content-type": "application/octet-stream"}


def test_status_that_has_no_body_is_sent_without_one(package, app_of):
    answer = package.GetEmpty204(package.GetEmpty204Body(name="a"))
    reply = get(app_of(get_empty=answer), "/empty")

    assert (reply.status, reply.content) == (204, b"")
    assert "content-length" not in reply.headers


def test_headers_that_frame_a_message_are_the_servers(package, app_of):
    reply = get(app_of(get_length=package.GetLength200("text")), "/length")

    assert (reply.status, reply.headers["content-length"]) == (200, "4")


# --- requests ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "content_type", "status"),
    [
        ("/take-images", "image/png", 204),
        ("/take-images", "image/x-unheard-of; a=b", 204),
        ("/take-images", "image/*", 415),
        ("/take-images", "text/plain", 415),
        ("/take-images", "image", 415),
        ("/take-anything", "image/png", 204),
        ("/take-anything", "application/json", 204),
        ("/take-anything", "nonsense", 415),
        ("/take-anything", "*/*", 415),
        ("/take-versions", "application/json", 204),
        ("/take-versions", "application/json;version=2", 204),
        ("/take-versions", "application/xml", 415),
    ],
)
def test_body_is_taken_as_one_of_the_declared_media_types(package, app_of, url, content_type, status):
    identifier = url[1:].replace("-", "_")
    answer = getattr(package, f"{''.join(part.capitalize() for part in url[1:].split('-'))}204")()
    headers: Headers = [("content-type", content_type)]

    assert call(app_of(**{identifier: answer}), "POST", url, headers, [b"{}"]).status == status
