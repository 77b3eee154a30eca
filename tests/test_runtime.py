"""What a generated server does with requests that are odd or hostile, and with handlers that are wrong.

All conversations are with one server that is generated from the contract below; requests are raw ASGI messages.
"""

import asyncio
import importlib.util
import json
import logging
import re
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from conversation import Reply, call
from openapi_spec_validator import OpenAPIV31SpecValidator

from specwright.cli import main
from specwright.mock.contract.answer import handlers as mock_handlers
from specwright.plan import build
from specwright.runtime.media import negotiated
from specwright.runtime.routing import Router

PROBLEM = "application/problem+json"

# --- the contract -----------------------------------------------------------------------------------------------------

STRING = {"type": "string"}
INTEGER = {"type": "integer"}
THING = {"$ref": "#/components/schemas/Thing"}
JSON_THING = {"application/json": {"schema": THING}}
OK = {"200": {"description": "Fine.", "content": {"application/json": {"schema": {"type": "object"}}}}}
NOTHING = {"204": {"description": "Done."}}


def operation(name: str, responses: Any = None, **more: Any) -> dict[str, Any]:
    return {"operationId": name, "responses": responses or OK, **more}


def body(required: bool = True, **content: Any) -> dict[str, Any]:
    return {"required": required, "content": content}


def taking(name: str, media_type: str, **media: Any) -> dict[str, Any]:
    return {"post": operation(name, requestBody={"required": True, "content": {media_type: media}})}


def refusing(name: str, status: str, schema: Any, **media: Any) -> dict[str, Any]:
    """Return an operation that needs a query parameter and declares how its refusals look."""
    declared = {"description": "Refused.", "content": {"application/json": {"schema": schema, **media}}}
    needed = {"name": "page", "in": "query", "required": True, "schema": INTEGER}
    return {"get": operation(name, {**NOTHING, status: declared}, parameters=[needed])}


def texts(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "Odds & <ends>", "version": "1"},
    "servers": [{"url": "https://example.com/v1"}],
    "paths": {
        "/things": {
            "get": operation("listThings"),
            "post": operation("createThing", requestBody={"required": True, "content": JSON_THING}),
        },
        "/things/{id}": {
            "get": operation(
                "getThing",
                {
                    "200": {
                        "description": "The thing.",
                        "headers": {
                            "X-Count": {"required": True, "schema": {"type": "integer", "minimum": 0}},
                            "X-Note": {"schema": STRING},
                        },
                        "content": JSON_THING,
                    },
                    "4XX": {"description": "No.", "content": {"application/json": {"schema": STRING}}},
                    "default": {"description": "Anything else."},
                },
                parameters=[{"name": "id", "in": "path", "required": True, "schema": STRING}],
            ),
            "head": operation(
                "headThing",
                NOTHING,
                parameters=[{"name": "id", "in": "path", "required": True, "schema": STRING}],
            ),
        },
        "/things/mine": {"delete": operation("deleteMine", NOTHING)},
        "/optional": {"post": operation("postOptional", requestBody=body(required=False, **JSON_THING))},
        "/text-json": taking("postTextJson", "text/json", schema=THING),
        "/suffix": taking("postSuffix", "application/vnd.thing+json", schema=THING),
        "/form": taking("postForm", "application/x-www-form-urlencoded", schema=THING),
        "/multipart": taking("postMultipart", "multipart/form-data", schema=THING),
        "/text": taking("postText", "text/plain", schema={"type": "string", "maxLength": 5}),
        "/bytes": taking("postBytes", "application/octet-stream"),
        "/any": taking("postAny", "application/json", schema={}),
        "/images": taking("postImage", "image/*"),
        "/negotiated": {
            "get": operation(
                "getNegotiated",
                {
                    "200": {
                        "description": "In two spellings.",
                        "content": {"application/json": {"schema": THING}, "text/json": {"schema": THING}},
                    }
                },
            )
        },
        "/broken": {"get": operation("getBroken", {"200": {"description": "Never.", "content": JSON_THING}})},
        "/broken-shaped": {
            "get": operation(
                "getBrokenShaped",
                {
                    **NOTHING,
                    "500": {
                        "description": "Our fault.",
                        "content": {"application/json": {"schema": texts(oops={"type": "string", "const": "sorry"})}},
                    },
                },
            )
        },
        "/guarded": {"get": operation("getGuarded", NOTHING, security=[{"bearer": []}])},
        # --- shapes of refusals
        "/shape/message": refusing("shapeMessage", "400", texts(message=STRING)),
        "/shape/text": refusing("shapeText", "400", STRING),
        "/shape/title": refusing("shapeTitle", "400", texts(title=STRING)),
        "/shape/both": refusing("shapeBoth", "400", texts(title=STRING, detail=STRING, status=INTEGER)),
        "/shape/nested": refusing("shapeNested", "400", texts(error=texts(code=INTEGER, message=STRING))),
        "/shape/list": refusing("shapeList", "400", texts(errors={"type": "array", "items": STRING})),
        "/shape/map": refusing(
            "shapeMap",
            "400",
            texts(errors={"type": "object", "additionalProperties": {"type": "array", "items": STRING}}),
            example={"errors": {"name": ["is missing"]}},
        ),
        "/shape/fixed": refusing("shapeFixed", "400", texts(message={"const": "no"})),
        "/shape/short": refusing("shapeShort", "400", texts(message={"type": "string", "maxLength": 4})),
        "/shape/unprocessable": refusing("shapeUnprocessable", "422", texts(message=STRING)),
        "/shape/range": refusing("shapeRange", "4XX", texts(message=STRING)),
        "/shape/default": refusing("shapeDefault", "default", texts(message=STRING)),
        "/shape/impossible": refusing("shapeImpossible", "400", {"allOf": [STRING, INTEGER]}),
        "/shape/empty": {
            "get": operation(
                "shapeEmpty",
                {**NOTHING, "400": {"description": "No body."}},
                parameters=[{"name": "page", "in": "query", "required": True, "schema": INTEGER}],
            )
        },
        "/shape/header": {
            "get": operation(
                "shapeHeader",
                {
                    **NOTHING,
                    "400": {
                        "description": "Has a header.",
                        "headers": {"X-Trace": {"required": True, "schema": {"type": "string", "examples": ["t1"]}}},
                        "content": {"application/json": {"schema": texts(message=STRING)}},
                    },
                },
                parameters=[{"name": "page", "in": "query", "required": True, "schema": INTEGER}],
            )
        },
    },
    "components": {
        "schemas": {
            "Thing": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "count": {"type": "integer", "minimum": 0},
                    "tags": {"type": "array", "items": STRING},
                    "inner": {"$ref": "#/components/schemas/Thing"},
                },
            }
        },
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
        },
    },
}

# --- the server -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    root = tmp_path_factory.mktemp("runtime")
    (root / "specs" / "odds").mkdir(parents=True)
    (root / "specs" / "odds" / "openapi.json").write_text(json.dumps(CONTRACT))
    assert main(["--root", str(root), "generate"]) == 0
    folder = root / "generated" / "odds"
    spec = importlib.util.spec_from_file_location("odds_runtime", folder / "__init__.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def answers(package: Any) -> dict[str, Any]:
    """Return handlers that answer with what they were given, or with nothing."""
    classes = package.handlers

    def echo(name: str) -> Any:
        async def handler(**arguments: Any) -> Any:
            return getattr(classes, f"{name}200")({"body": _shown(arguments.get("body"))})

        return handler

    async def list_things() -> Any:
        return classes.ListThings200({"things": []})

    async def get_thing(**arguments: Any) -> Any:
        return classes.GetThing200(package.models.Thing(name=arguments["id_"]), x_count=1)

    async def get_negotiated() -> Any:
        return classes.GetNegotiated200(package.models.Thing(name="a"))

    def silent(name: str) -> Any:
        async def handler(**_: Any) -> Any:
            return getattr(classes, f"{name}204")()

        return handler

    echoing = ["createThing", "postOptional", "postTextJson", "postSuffix", "postForm", "postMultipart"]
    echoing += ["postText", "postBytes", "postAny", "postImage"]
    empty = ["headThing", "deleteMine", "getGuarded", "getBrokenShaped"]
    empty += [name for name in _ids() if name.startswith("shape")]
    return {
        **{_snake(name): echo(name[0].upper() + name[1:]) for name in echoing},
        **{_snake(name): silent(name[0].upper() + name[1:]) for name in empty},
        "list_things": list_things,
        "get_thing": get_thing,
        "get_negotiated": get_negotiated,
        "get_broken": get_thing,
    }


def _ids() -> list[str]:
    return [node["operationId"] for item in CONTRACT["paths"].values() for node in item.values()]


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def _shown(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return f"{len(value)} bytes" if isinstance(value, bytes) else value


@pytest.fixture(scope="module")
def app(package):
    return package.create_app(SimpleNamespace(**answers(package)))


@pytest.fixture
def app_with(package) -> Callable[..., Any]:
    """Return a function that makes an app some of whose handlers are given."""

    def make(options: dict[str, Any] | None = None, **handlers: Any) -> Any:
        return package.create_app(SimpleNamespace(**{**answers(package), **handlers}), **(options or {}))

    return make


def post(app: Any, path: str, content_type: str | None, content: bytes) -> Reply:
    return call(app, "POST", f"/v1{path}", [("content-type", content_type)] if content_type else [], [content])


def test_app_asks_nothing_of_the_loop_that_it_runs_on(app, monkeypatch):
    def run(coroutine: Any) -> None:
        """Run a coroutine on no loop at all, which to it is one that it does not know."""
        with pytest.raises(StopIteration):
            coroutine.send(None)

    monkeypatch.setattr(asyncio, "run", run)
    reply = post(app, "/text-json", "text/json", b'{"name":"a"}')

    assert reply.status == 200


# --- bodies -----------------------------------------------------------------------------------------------------------

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
NAMED = b'{"name":"a"}'


def parts(*fields: tuple[str, bytes]) -> bytes:
    found = [b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (n.encode(), v) for n, v in fields]
    return b"".join(found) + b"--b--\r\n"


def nested(depth: int) -> bytes:
    return b'{"name":"a","inner":' * depth + NAMED + b"}" * depth


@pytest.mark.parametrize(
    ("path", "content_type", "content", "value"),
    [
        ("/things", "application/json", NAMED, {"name": "a"}),
        ("/things", "APPLICATION/JSON", NAMED, {"name": "a"}),
        ("/things", "application/json; charset=utf-8", NAMED, {"name": "a"}),
        ("/things", 'application/json;charset="UTF-8"', NAMED, {"name": "a"}),
        ("/things", "application/json ; x=y", b' \n{"name":"a"} ', {"name": "a"}),
        ("/things", "application/json", '{"name":"\N{SLICE OF PIZZA}"}'.encode(), {"name": "\N{SLICE OF PIZZA}"}),
        ("/things", "application/json", b'{"name":"\\ud83c\\udf55"}', {"name": "\N{SLICE OF PIZZA}"}),
        ("/things", "application/json", b'{"name":"a","more":[1]}', {"name": "a", "more": [1]}),
        ("/things", "application/json", b'{"name":"a","count":9007199254740993}', {"name": "a", "count": 2**53 + 1}),
        ("/things", "application/json", nested(99), json.loads(nested(99))),
        ("/any", "application/json", b"[" * 100 + b"]" * 100, json.loads(b"[" * 100 + b"]" * 100)),
        ("/any", "application/json", b"[%s[]]" % (b"[]," * 1000), [[]] * 1001),
        ("/any", "application/json", b'"%s"' % (b"[" * 1000), "[" * 1000),
        ("/text-json", "text/json", NAMED, {"name": "a"}),
        ("/suffix", "application/vnd.thing+json", NAMED, {"name": "a"}),
        ("/suffix", "application/vnd.Thing+JSON; v=1", NAMED, {"name": "a"}),
        ("/optional", None, b"", None),
        ("/optional", "application/json", b"", None),
        ("/any", "application/json", b"null", None),
        ("/any", "application/json", b"1.5", 1.5),
        ("/form", FORM, b"name=a", {"name": "a"}),
        ("/form", FORM, b"name=a+b%2Bc&count=5", {"name": "a b+c", "count": 5}),
        ("/form", f"{FORM}; charset=utf-8", b"name=%E2%82%AC", {"name": "\u20ac"}),
        ("/form", FORM, b"name=5&tags=x&tags=y", {"name": "5", "tags": ["x", "y"]}),
        ("/form", FORM, b"name=a&tags=x", {"name": "a", "tags": ["x"]}),
        ("/form", FORM, b"name=a&tags[]=x&tags[]=y", {"name": "a", "tags": ["x", "y"]}),
        ("/form", FORM, b"name=a&inner[name]=b&inner[count]=5", {"name": "a", "inner": {"name": "b", "count": 5}}),
        ("/form", FORM, b"name=a&inner=%7B%22name%22%3A%22b%22%7D", {"name": "a", "inner": {"name": "b"}}),
        ("/form", FORM, b"name=a&more=x", {"name": "a", "more": "x"}),
        ("/form", FORM, b"&name=a&&", {"name": "a"}),
        ("/form", FORM, b"name=%zz", {"name": "%zz"}),
        ("/multipart", MULTIPART, parts(("name", b"a"), ("count", b"5")), {"name": "a", "count": 5}),
        ("/multipart", MULTIPART, parts(("name", "\u20ac".encode())), {"name": "\u20ac"}),
        (
            "/multipart",
            MULTIPART,
            parts(("name", b"a"), ("tags", b"x"), ("tags", b"y")),
            {"name": "a", "tags": ["x", "y"]},
        ),
        ("/multipart", MULTIPART, parts(("name", b"a")).replace(b'"name"', b'"name"; filename="f"'), {"name": "a"}),
        ("/text", "text/plain", b"hello", "hello"),
        ("/text", "text/plain; charset=utf-8", "\u20ac".encode(), "\u20ac"),
        ("/text", "text/plain; charset=iso-8859-1", b"\xe9", "\u00e9"),
        ("/bytes", "application/octet-stream", b"\x00\xff", "2 bytes"),
        ("/images", "image/png", b"\x89PNG", "4 bytes"),
    ],
)
def test_body_reaches_the_handler_as_a_value(app, path, content_type, content, value):
    reply = post(app, path, content_type, content)

    assert (reply.status, reply.json) == (200, {"body": value})


@pytest.mark.parametrize(
    ("path", "content_type", "content", "status"),
    [
        ("/things", "application/json", b"", 400),
        ("/things", "application/json", b" ", 400),
        ("/things", "application/json", b"{", 400),
        ("/things", "application/json", b'{"name":"a"} x', 400),
        ("/things", "application/json", b"{'name':'a'}", 400),
        ("/things", "application/json", b'{"name":"a",}', 400),
        ("/things", "application/json", b"\xef\xbb\xbf" + NAMED, 400),
        ("/things", "application/json", '{"name":"a"}'.encode("utf-16"), 400),
        ("/things", "application/json", b'{"name":"\xff"}', 400),
        ("/things", "application/json", b'{"name":"\xed\xa0\x80"}', 400),
        ("/things", "application/json", b'{"name":"\\ud800"}', 400),
        ("/things", "application/json", b'{"name":"a","count":NaN}', 400),
        ("/things", "application/json", b'{"name":"a","count":Infinity}', 400),
        ("/things", "application/json", b'{"name":"a","count":1e999}', 400),
        ("/things", "application/json", b'{"name":"a","count":%s}' % (b"9" * 5000), 400),
        ("/things", "application/json", b'{"name":"a","count":05}', 400),
        ("/things", "application/json", nested(100), 400),
        ("/things", "application/json", nested(500), 400),
        ("/any", "application/json", b"[" * 101 + b"]" * 101, 400),
        ("/things", "application/json", nested(100_000), 400),
        ("/any", "application/json", b"[" * 100_000 + b"]" * 100_000, 400),
        ("/any", "application/json", b"[" * 100_000, 400),
        ("/things", "application/json", b"null", 400),
        ("/things", "application/json", b"[]", 400),
        ("/things", "application/json; charset=utf-16", NAMED, 415),
        ("/things", "application/json; charset=iso-8859-1", NAMED, 415),
        ("/things", "application/json; charset=klingon", NAMED, 415),
        ("/things", None, NAMED, 415),
        ("/things", "", NAMED, 415),
        ("/things", "json", NAMED, 415),
        ("/things", "/", NAMED, 415),
        ("/things", ";", NAMED, 415),
        ("/things", "application/*", NAMED, 415),
        ("/things", "text/json", NAMED, 415),
        ("/things", "application/vnd.thing+json", NAMED, 415),
        ("/things", "application/json, text/json", NAMED, 415),
        ("/suffix", "application/json", NAMED, 415),
        ("/optional", "text/plain", NAMED, 415),
        ("/form", FORM, b"", 400),
        ("/form", FORM, b"count=5", 400),
        ("/form", FORM, b"name=a&count=x", 400),
        ("/form", FORM, b"name=a&name=b", 400),
        ("/form", FORM, b"name=%FF", 400),
        ("/form", FORM, b"%FF=a", 400),
        ("/form", FORM, b"name=\xff", 400),
        ("/form", FORM, b"name=a&inner=x&inner[name]=b", 400),
        ("/form", FORM, b"name=a&inner[name]=b&inner=x", 400),
        ("/form", FORM, b"name=a&inner[name]=b&inner[name][x]=c", 400),
        ("/form", FORM, b"name=a&inner[name][x]=c&inner[name]=b", 400),
        ("/form", FORM, b"name=a&inner%s=b" % (b"[x]" * 1000), 400),
        ("/form", FORM, b"name=a&inner=%5B", 400),
        ("/form", FORM, b"name=a&inner=" + b"[" * 100_000, 400),
        ("/form", FORM, b"&".join(b"k%d=v" % index for index in range(1001)), 413),
        ("/form", f"{FORM}; charset=klingon", b"name=a", 415),
        ("/form", "application/json", NAMED, 415),
        ("/multipart", "multipart/form-data", parts(("name", b"a")), 400),
        ("/multipart", "multipart/form-data; boundary=", parts(("name", b"a")), 400),
        ("/multipart", "multipart/form-data; boundary=other", parts(("name", b"a")), 400),
        ("/multipart", MULTIPART, parts(("count", b"5")), 400),
        ("/multipart", MULTIPART, parts(("name", b"a"), ("count", b"x")), 400),
        ("/multipart", MULTIPART, parts(("name", b"a"))[:40], 400),
        ("/multipart", MULTIPART, parts(("name", b"a"), ("count", b"5"))[:-30], 400),
        ("/multipart", MULTIPART, parts(("name", b"a"))[:-4], 400),
        ("/multipart", MULTIPART, b"--b\r\nno colon\r\n\r\na\r\n--b--\r\n", 400),
        ("/multipart", MULTIPART, b"--b\r\nContent-Disposition: form-data\r\n\r\na\r\n--b--\r\n", 400),
        ("/multipart", MULTIPART, b"nothing", 400),
        ("/multipart", MULTIPART, parts(*[(f"k{index}", b"v") for index in range(1001)]), 400),
        ("/multipart", "multipart/mixed; boundary=b", parts(("name", b"a")), 415),
        ("/text", "text/plain", b"\xff", 400),
        ("/text", "text/plain", b"longer than five", 400),
        ("/text", "text/plain; charset=ascii", b"\xc3\xa9", 400),
        ("/text", "text/plain; charset=klingon", b"hello", 415),
        ("/text", "text/html", b"hello", 415),
        ("/images", "video/mp4", b"x", 415),
    ],
)
def test_body_that_cannot_be_read_or_is_wrong_is_refused(app, path, content_type, content, status):
    reply = post(app, path, content_type, content)

    assert (reply.status, reply.headers["content-type"]) == (status, PROBLEM)
    assert reply.json["status"] == status
    assert reply.json["detail"]


def test_integer_that_no_float_can_hold_is_kept_or_refused(app):
    reply = post(app, "/things", "application/json", b'{"name":"a","count":%d}' % (2**64 + 1))

    assert reply.status == 400 or reply.json == {"body": {"name": "a", "count": 2**64 + 1}}


@pytest.mark.parametrize("content_type", [b"application/json\xff", b"\xff/\xfe", b"application/json; charset=\xff"])
def test_content_type_that_is_no_ascii_is_refused(app, content_type):
    reply = call(app, "POST", "/v1/things", [("content-type", content_type)], [NAMED])

    assert reply.status == 415


@pytest.mark.parametrize(
    ("content_type", "detail"),
    [
        (None, "the body must be application/json, and the request has no Content-Type"),
        ("text/plain", "the body must be application/json, not text/plain"),
    ],
)
def test_refusal_of_a_media_type_names_the_declared_ones(app, content_type, detail):
    assert post(app, "/things", content_type, NAMED).json["detail"] == detail


def test_refusal_lists_every_fault_of_a_body(app):
    reply = post(app, "/things", "application/json", b'{"name":"","count":-1,"tags":[1],"inner":{}}')

    assert sorted(reply.faults) == [
        ("body", "/count", "minimum"),
        ("body", "/inner/name", "required"),
        ("body", "/name", "minLength"),
        ("body", "/tags/0", "type"),
    ]


def test_refusal_is_short_however_many_faults_there_are(app):
    reply = post(app, "/things", "application/json", json.dumps({"name": "a", "tags": [1] * 1500}).encode())

    assert reply.status == 400
    assert len(reply.json["detail"]) < 1000
    assert len(reply.content) < 100_000


@pytest.mark.parametrize(
    "tags", [[1] * 200_000, {"k" * 200_000: 1, **dict.fromkeys("abc", [1] * 1000)}], ids=["items", "long name"]
)
def test_refusal_of_a_large_value_names_its_first_fault(app, tags):
    reply = post(app, "/things", "application/json", json.dumps({"name": "a", "tags": tags}).encode())

    assert len(reply.faults) == 1
    assert reply.faults[0][1].startswith("/tags")


def test_refusal_repeats_no_long_name(app):
    reply = call(app, "GET", f"/v1/things?{'n' * 50_000}=1")

    assert reply.status == 400
    assert len(reply.content) < 5000


def test_form_is_refused_as_json_is(app):
    form = post(app, "/form", FORM, b"name=&count=-1")
    as_json = post(app, "/things", "application/json", b'{"name":"","count":-1}')

    assert form.json == as_json.json


# --- size -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "chunks", "status"),
    [
        ([("content-length", "100")], [b"x" * 100], 200),
        ([], [b"x" * 100], 200),
        ([], [b"x" * 50, b"x" * 50], 200),
        ([], [b"x" * 50, b"", b"x" * 50, b""], 200),
        ([("content-length", "101")], [b"x" * 101], 413),
        ([("content-length", "101")], [b"x"], 413),
        ([("content-length", "9" * 30)], [b"x"], 413),
        ([("content-length", "100")], [b"x" * 50, b"x" * 51], 413),
        ([("content-length", "many")], [b"x" * 50, b"x" * 51], 413),
        ([], [b"x" * 101], 413),
        ([], [b"x" * 50, b"x" * 51], 413),
        ([], [b"x"] * 101, 413),
    ],
)
def test_body_above_the_limit_is_refused(app_with, headers, chunks, status):
    limited = app_with({"max_body_bytes": 100})
    reply = call(limited, "POST", "/v1/bytes", [("content-type", "application/octet-stream"), *headers], chunks)

    assert reply.status == status
    assert status == 200 or reply.json["detail"] == "the body is larger than 100 bytes"


def test_limit_is_ten_mebibytes_unless_given(app):
    headers = [("content-type", "application/octet-stream")]
    above = call(app, "POST", "/v1/bytes", [*headers, ("content-length", str(10 * 2**20 + 1))])

    assert above.status == 413
    assert call(app, "POST", "/v1/bytes", headers, [b"x" * 2**20] * 10).status == 200


# --- Accept -----------------------------------------------------------------------------------------------------------

OFFERED = ("application/json", "text/json", "text/plain")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("*/*", "application/json"),
        ("", "application/json"),
        ("application/json", "application/json"),
        ("Application/JSON", "application/json"),
        ("application/*", "application/json"),
        ("text/plain", "text/plain"),
        ("text/*", "text/json"),
        ("text/plain, text/json", "text/json"),
        ("text/plain;q=0.9, text/json;q=0.8", "text/plain"),
        ("text/plain; q=0.9 , */*;q=0.1", "text/plain"),
        ("text/*;q=0.3, text/plain;q=0.7, */*;q=0.5", "text/plain"),
        ("application/json;q=0, */*", "text/json"),
        ("application/*;q=0, text/json;q=0, */*;q=0.1", "text/plain"),
        ("text/*;q=0, text/plain", "text/plain"),
        ("application/xml, text/html;q=0.9, */*;q=0.8", "application/json"),
        ("application/xml", None),
        ("application/json;q=0", None),
        ("*/*;q=0", None),
        ("text/*;q=0", None),
        ("image/*, application/xml", None),
        ("nonsense", None),
        ("*", None),
        ("text/plain;q=high", "text/plain"),
        ("text/plain;q=nan", None),
    ],
)
def test_media_type_is_negotiated_by_rfc_9110(accept, chosen):
    assert negotiated(accept, OFFERED) == chosen


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/json", "text/json"),
        ("text/*", "text/json"),
        ("application/json;q=0.1, text/json;q=0.2", "text/json"),
    ],
)
def test_answer_is_written_in_the_negotiated_media_type(app, accept, content_type):
    reply = call(app, "GET", "/v1/negotiated", [("accept", accept)] if accept else [])

    assert (reply.status, reply.headers["content-type"]) == (200, content_type)
    assert reply.json == {"name": "a"}


def test_client_that_takes_no_offered_media_type_is_refused(app):
    reply = call(app, "GET", "/v1/negotiated", [("accept", "application/xml")])

    assert (reply.status, reply.headers["content-type"]) == (406, PROBLEM)
    assert reply.json["detail"] == "the answer is application/json or text/json, which Accept excludes"


def test_answer_without_a_body_ignores_accept(app):
    assert call(app, "DELETE", "/v1/things/mine", [("accept", "application/xml")]).status == 204


# --- routing ----------------------------------------------------------------------------------------------------------

ROUTES = [
    "/pets",
    "/pets/{id}",
    "/pets/mine",
    "/pets/{id}/toys",
    "/pets/mine/toys/{toy}",
    "/pets/{id}.json",
    "/pets/{id}.{extension}",
    "/files/{name}",
    "/files/v{version}",
    "/files/{from}-{to}",
    "/a.b",
    "/caf\u00e9",
    "/x/{a}/y/{b}",
    "/{any}/z",
    "/trail/",
    "/",
]


@pytest.mark.parametrize(
    ("path", "template", "values"),
    [
        ("/", "/", {}),
        ("/pets", "/pets", {}),
        ("/%70ets", "/pets", {}),
        ("/pets/5", "/pets/{id}", {"id": "5"}),
        ("/pets/mine", "/pets/mine", {}),
        ("/pets/Mine", "/pets/{id}", {"id": "Mine"}),
        ("/pets/mine/toys", "/pets/{id}/toys", {"id": "mine"}),
        ("/pets/mine/toys/9", "/pets/mine/toys/{toy}", {"toy": "9"}),
        ("/pets/5.json", "/pets/{id}.json", {"id": "5"}),
        ("/pets/5.xml", "/pets/{id}.{extension}", {"id": "5", "extension": "xml"}),
        ("/pets/.json", "/pets/{id}", {"id": ".json"}),
        ("/pets/a%2Fb", "/pets/{id}", {"id": "a%2Fb"}),
        ("/pets/a%2Ejson", "/pets/{id}", {"id": "a%2Ejson"}),
        ("/pets/%20", "/pets/{id}", {"id": "%20"}),
        ("/pets/a;b=c,d", "/pets/{id}", {"id": "a;b=c,d"}),
        ("/files/v2", "/files/v{version}", {"version": "2"}),
        ("/files/v", "/files/{name}", {"name": "v"}),
        ("/files/1-2", "/files/{from}-{to}", {"from": "1", "to": "2"}),
        ("/files/1-2-3", "/files/{from}-{to}", {"from": "1", "to": "2-3"}),
        ("/a.b", "/a.b", {}),
        ("/caf%C3%A9", "/caf\u00e9", {}),
        ("/x/1/y/2", "/x/{a}/y/{b}", {"a": "1", "b": "2"}),
        ("/pets/z", "/pets/{id}", {"id": "z"}),
        ("/q/z", "/{any}/z", {"any": "q"}),
        ("/trail/", "/trail/", {}),
    ],
)
def test_path_leads_to_the_most_concrete_template(path, template, values):
    match = Router([("GET", route, route) for route in ROUTES]).match(path, "GET")

    assert match is not None
    assert (match.targets, match.values) == ({"GET": template}, values)


@pytest.mark.parametrize(
    "path",
    ["", "pets", "/pets/", "//pets", "/pets//toys", "/pets/5/", "/PETS", "/aXb", "/pets/5/toys/9", "/trail", "/x/1/y"],
)
def test_path_that_no_template_matches_leads_nowhere(path):
    assert Router([("GET", route, route) for route in ROUTES]).match(path, "GET") is None


def test_thousand_routes_are_told_apart():
    router = Router([("GET", f"/r{index}/{{id}}/s{index % 7}", index) for index in range(1000)])
    found = [router.match(f"/r{index}/x/s{index % 7}", "GET") for index in range(1000)]

    assert [match and match.targets["GET"] for match in found] == list(range(1000))
    assert router.match("/r1000/x/s6", "GET") is None


def test_template_of_many_parts_does_not_backtrack():
    router = Router([("GET", "/{a}-{b}-{c}-{d}.json", "parts"), ("GET", "/{a}{b}", "pair")])
    longest = "-" * 50_000

    assert router.match(f"/{longest}.jso", "GET").targets["GET"] == "pair"
    assert router.match(f"/{longest}.json", "GET").values == {"a": "-", "b": "-", "c": "-", "d": longest[6:]}


def test_path_of_many_segments_is_matched_without_recursion_faults():
    assert Router([("GET", "/a/{b}", 1)]).match("/a" * 100_000, "GET") is None


@pytest.mark.parametrize(
    ("method", "target", "values"),
    [("GET", None, {}), ("DELETE", 3, {})],
)
def test_most_concrete_template_wins_whatever_the_method(method, target, values):
    match = Router([("GET", "/p/{id}", 1), ("PUT", "/p/{id}", 2), ("DELETE", "/p/mine", 3)]).match("/p/mine", method)

    assert match is not None
    assert (match.targets.get(method), match.values) == (target, values)


@pytest.mark.parametrize(
    "url",
    [
        "/things",
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/things/",
        "/v1/things/a/",
        "/v1//things",
        "/v1x/things",
        "/v1/THINGS",
        "/v1%2Fthings",
        "/%76%31/things",
        "/v1/%2e%2e/v1/things",
        "/v1/shape%2Fmessage",
        "/v1/things%2Fa",
        "/v1/ui/../things",
        "/v1/ui/nothing.js",
        "/%FF",
    ],
)
def test_unknown_path_is_not_found(app, url):
    reply = call(app, "GET", url)

    assert (reply.status, reply.headers["content-type"]) == (404, PROBLEM)
    assert reply.json["status"] == 404


def test_encoded_slash_belongs_to_the_parameter(app):
    assert call(app, "GET", "/v1/things/a%2Fb").json == {"name": "a/b"}


@pytest.mark.parametrize(("method", "target", "values"), [("GET", 1, {"a": "x"}), ("PUT", 2, {"b": "x"})])
def test_of_templates_that_differ_in_names_the_one_with_the_method_wins(method, target, values):
    match = Router([("GET", "/p/{a}", 1), ("PUT", "/p/{b}", 2)]).match("/p/x", method)

    assert match is not None
    assert (match.targets[method], match.values) == (target, values)


def test_concrete_path_does_not_borrow_the_methods_of_a_template(app):
    assert call(app, "DELETE", "/v1/things/mine").status == 204
    assert call(app, "GET", "/v1/things/mine").status == 405


@pytest.mark.parametrize(
    ("method", "url", "allow"),
    [
        ("DELETE", "/v1/things", "GET, HEAD, OPTIONS, POST"),
        ("BREW", "/v1/things", "GET, HEAD, OPTIONS, POST"),
        ("get", "/v1/things", "GET, HEAD, OPTIONS, POST"),
        ("HEAD", "/v1/text", "OPTIONS, POST"),
    ],
)
def test_method_that_the_path_does_not_have_is_refused(app, method, url, allow):
    reply = call(app, method, url)

    assert reply.status == 405
    assert reply.headers["allow"] == allow


def test_head_answers_as_get_without_the_body(app):
    get, head = call(app, "GET", "/v1/things"), call(app, "HEAD", "/v1/things")

    assert (head.status, head.content) == (200, b"")
    assert head.headers == get.headers
    assert head.headers["content-length"] == str(len(get.content))


def test_head_that_the_contract_declares_is_served_by_its_own_handler(app):
    assert call(app, "HEAD", "/v1/things/a").status == 204


def test_options_answers_the_methods(app):
    reply = call(app, "OPTIONS", "/v1/things")

    assert (reply.status, reply.content) == (204, b"")
    assert reply.headers == {"allow": "GET, HEAD, OPTIONS, POST"}


@pytest.mark.parametrize(
    ("url", "scope"),
    [
        ("/v1/things/a", {"raw_path": None}),
        ("/mock/v1/things/a", {"root_path": "/mock"}),
        ("/a%20b/v1/things/a", {"root_path": "/a b"}),
        ("/v1/things/a", {"raw_path": b"/v1/things/a?x=1"}),
    ],
)
def test_path_is_read_as_servers_and_mounts_give_it(app, url, scope):
    assert call(app, "GET", url, **scope).json == {"name": "a"}


def test_links_of_a_mounted_app_lead_below_its_mount(app):
    served = call(app, "GET", "/mock/v1/openapi.json", root_path="/mock")

    assert served.json["servers"] == [{"url": "/mock/v1"}]
    assert call(app, "GET", "/mock/v1/ui", root_path="/mock").headers["location"] == "/mock/v1/ui/"


@pytest.mark.parametrize("begun", [b"", b'{"na', NAMED], ids=["nothing", "half", "whole but for the end"])
def test_body_that_is_cut_short_reaches_no_handler(app_with, begun):
    async def create_thing(body: Any) -> Any:
        raise AssertionError(body)

    messages = [{"type": "http.request", "body": begun, "more_body": True}, {"type": "http.disconnect"}]
    sent = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/things", "query_string": b"", "root_path": ""}
    headers = [(b"content-type", b"application/json")]
    asyncio.run(app_with(create_thing=create_thing)({**scope, "headers": headers}, receive, send))

    assert [message["status"] for message in sent if "status" in message] == [400]


def test_websocket_is_closed(app):
    sent = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(app({"type": "websocket", "path": "/v1/things", "headers": [], "query_string": b""}, receive, send))

    assert sent == ["websocket.close"]


def test_lifespan_starts_and_ends(app):
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send))

    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


# --- handlers that are wrong ------------------------------------------------------------------------------------------


def wrong_answers(package: Any) -> dict[str, tuple[str, Any, str]]:
    """Return (operation, what its handler answers, what the log must say) by what is wrong."""
    classes, thing = package.handlers, package.models.Thing
    sound = thing(name="a")
    deep: dict[str, Any] = {"name": "a"}
    for _ in range(1000):
        deep = {"name": "a", "inner": deep}
    return {
        "another operation's class": ("get_broken", classes.ListThings200({}), "ListThings200 is no response"),
        "nothing": ("get_broken", None, "NoneType is no response"),
        "a plain dict": ("get_broken", {"name": "a"}, "dict is no response"),
        "a body that breaks a limit": (
            "get_broken",
            classes.GetBroken200(thing.model_construct(name="a", count=-1)),
            "body /count must be at least 0 (minimum)",
        ),
        "a body that lacks a member": (
            "get_broken",
            classes.GetBroken200(thing.model_construct(count=1)),
            "body /name is required (required)",
        ),
        "a nested fault": (
            "get_broken",
            classes.GetBroken200(thing.model_construct(name="a", inner=thing.model_construct(name=""))),
            "body /inner/name must be at least 1 characters long (minLength)",
        ),
        "a body of another type": ("get_broken", classes.GetBroken200("secret"), "body"),
        "a body that is no JSON": ("get_broken", classes.GetBroken200(object()), "body"),
        "a body that is nested too deep": ("get_broken", classes.GetBroken200(deep), "body"),
        "a status outside the range": (
            "get_thing",
            classes.GetThing4XX("no", status=500),
            "status 500 is not declared",
        ),
        "a status that is none": ("get_thing", classes.GetThingDefault(status=99), "status 99 is not declared"),
        "a header that breaks a limit": (
            "get_thing",
            classes.GetThing200(sound, x_count=-1),
            "header X-Count must be at least 0",
        ),
        "a header that is missing": ("get_thing", classes.GetThing200(sound, x_count=None), "header X-Count"),
        "a header that would split the answer": (
            "get_thing",
            classes.GetThing200(sound, x_count=1, x_note="a\r\nset-cookie: b"),
            "header X-Note",
        ),
    }


FAULTS = [
    "another operation's class",
    "nothing",
    "a plain dict",
    "a body that breaks a limit",
    "a body that lacks a member",
    "a nested fault",
    "a body of another type",
    "a body that is no JSON",
    "a body that is nested too deep",
    "a status outside the range",
    "a status that is none",
    "a header that breaks a limit",
    "a header that is missing",
    "a header that would split the answer",
]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_answer_that_breaks_the_contract_is_a_logged_500(package, app_with, caplog, fault):
    name, answer, logged = wrong_answers(package)[fault]

    async def handler(**_: Any) -> Any:
        return answer

    with caplog.at_level(logging.ERROR, "specwright.runtime"):
        reply = call(app_with(**{name: handler}), "GET", "/v1/broken" if name == "get_broken" else "/v1/things/a")

    assert_bare_500(reply)
    (record,) = [record for record in caplog.records if record.name == "specwright.runtime"]
    operation_id = "getBroken" if name == "get_broken" else "getThing"
    assert record.getMessage().startswith(f"{operation_id} broke its contract: ")
    assert logged in record.getMessage()


def test_every_wrong_answer_is_tested(package):
    assert list(wrong_answers(package)) == FAULTS


@pytest.mark.parametrize("error", [RuntimeError("secret"), KeyError("secret"), ValueError("secret"), TimeoutError()])
def test_handler_that_raises_is_a_500_that_tells_nothing(app_with, error):
    async def handler(**_: Any) -> Any:
        raise error

    assert_bare_500(call(app_with(get_broken=handler), "GET", "/v1/broken"))


def assert_bare_500(reply: Reply) -> None:
    assert (reply.status, reply.headers["content-type"]) == (500, PROBLEM)
    assert reply.json["status"] == 500
    assert not re.search(rb"secret|Traceback|\w+Error\b|\.py|specwright|\bcount\b|minimum", reply.content)


def test_error_handler_of_the_app_answers_what_a_handler_raises(app_with):
    async def handler(**_: Any) -> Any:
        raise KeyError("gone")

    async def lost(_: Any, error: Exception) -> Any:
        return connexion.lifecycle.ConnexionResponse(410, body=f"lost: {error}", mimetype="text/plain")

    app = app_with(get_broken=handler)
    connexion = sys.modules["connexion"]  # which warns when it is imported
    app.add_error_handler(KeyError, lost)

    reply = call(app, "GET", "/v1/broken")

    assert (reply.status, reply.content) == (410, b"lost: 'gone'")


def test_middleware_of_the_app_sees_every_request(app_with):
    paths = []

    class Middleware:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            paths.append(scope["path"])
            await self.app(scope, receive, send)

    app = app_with()
    position = sys.modules["connexion"].middleware.MiddlewarePosition.BEFORE_EXCEPTION
    app.add_middleware(Middleware, position=position)

    statuses = [call(app, "DELETE", path).status for path in ("/v1/things/mine", "/v1/nothing")]

    assert (statuses, paths) == ([204, 404], ["/v1/things/mine", "/v1/nothing"])


def test_handler_that_fails_leaves_the_next_request_alone(package, app_with):
    calls = []

    async def handler(**_: Any) -> Any:
        calls.append(1)
        return package.handlers.GetBroken200(package.models.Thing(name="a")) if len(calls) > 1 else None

    made = app_with(get_broken=handler)

    assert [call(made, "GET", "/v1/broken").status for _ in range(2)] == [500, 200]


def test_declared_500_has_its_declared_body(app_with):
    async def handler(**_: Any) -> Any:
        return None

    reply = call(app_with(get_broken_shaped=handler), "GET", "/v1/broken-shaped")

    assert (reply.status, reply.json) == (500, {"oops": "sorry"})


@pytest.mark.parametrize(
    ("name", "bodies", "status"),
    [
        ("GetThing4XX", ["gone"], 410),
        ("GetThing4XX", ["gone"], 400),
        ("GetThingDefault", [], 503),
        ("GetThingDefault", [], 302),
    ],
)
def test_handler_chooses_a_status_within_its_range(package, app_with, name, bodies, status):
    async def handler(**_: Any) -> Any:
        return getattr(package.handlers, name)(*bodies, status=status)

    reply = call(app_with(get_thing=handler), "GET", "/v1/things/a")

    assert (reply.status, reply.content) == (status, b'"gone"' if bodies else b"")


def test_headers_of_an_answer_are_sent_as_text(package, app_with):
    async def handler(**_: Any) -> Any:
        return package.handlers.GetThing200(package.models.Thing(name="a"), x_count=12, x_note="seen")

    reply = call(app_with(get_thing=handler), "GET", "/v1/things/a")

    assert (reply.headers["x-count"], reply.headers["x-note"]) == ("12", "seen")


@pytest.mark.parametrize(
    ("method", "url", "status", "content"),
    [
        ("GET", "/v1/things/a", 200, {"name": "string", "count": 0}),
        ("GET", "/v1/negotiated", 200, {"name": "string", "count": 0}),
        ("GET", "/v1/things", 200, {}),
        ("DELETE", "/v1/things/mine", 204, None),
        ("HEAD", "/v1/things/a", 204, None),
    ],
)
def test_mock_answers_from_a_contract_without_examples(package, method, url, status, content):
    mocked = package.create_app(mock_handlers(build("odds", CONTRACT), package))
    reply = call(mocked, method, url)

    assert (reply.status, reply.content == b"") == (status, content is None)
    assert content is None or content.items() <= reply.json.items()


def test_mock_answers_the_headers_that_are_required(package):
    mocked = package.create_app(mock_handlers(build("odds", CONTRACT), package))

    assert call(mocked, "GET", "/v1/things/a").headers["x-count"] == "0"


def test_members_that_were_not_set_are_not_sent(app):
    assert call(app, "GET", "/v1/things/a").content == b'{"name":"a"}'


# --- the shape of refusals --------------------------------------------------------------------------------------------

DETAIL = "query /page is required"


@pytest.mark.parametrize(
    ("shape", "status", "said"),
    [
        ("message", 400, {"message": DETAIL}),
        ("text", 400, DETAIL),
        ("title", 400, {"title": DETAIL}),
        ("both", 400, {"title": "string", "detail": DETAIL, "status": 400}),
        ("nested", 400, {"error": {"code": 400, "message": DETAIL}}),
        ("list", 400, {"errors": [DETAIL]}),
        ("map", 400, {"errors": {"page": ["page is required"]}}),
        ("fixed", 400, {"message": "no"}),
        ("short", 400, {"message": "stri"}),
        ("unprocessable", 422, {"message": DETAIL}),
        ("range", 400, {"message": DETAIL}),
        ("default", 400, {"message": DETAIL}),
        ("header", 400, {"message": DETAIL}),
    ],
)
def test_refusal_takes_the_declared_shape(app, shape, status, said):
    reply = call(app, "GET", f"/v1/shape/{shape}")

    assert (reply.status, reply.headers["content-type"]) == (status, "application/json")
    assert reply.json == said


@pytest.mark.parametrize("shape", ["empty", "impossible"])
def test_refusal_without_a_declared_shape_is_a_problem(app, shape):
    reply = call(app, "GET", f"/v1/shape/{shape}")

    assert (reply.status, reply.headers["content-type"]) == (400, PROBLEM)
    assert reply.json == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": DETAIL,
        "errors": [
            {"in": "query", "pointer": "/page", "keyword": "required", "detail": "is required", "expected": True}
        ],
    }


def test_refusal_has_the_headers_that_are_required(app):
    assert call(app, "GET", "/v1/shape/header").headers["x-trace"] == "t1"


def test_refusal_with_another_status_does_not_take_the_shape_of_400(app):
    reply = call(app, "POST", "/v1/shape/message")

    assert (reply.status, reply.headers["content-type"]) == (405, PROBLEM)


# --- documentation ----------------------------------------------------------------------------------------------------


def test_served_contract_is_valid_openapi(app):
    reply = call(app, "GET", "/v1/openapi.json")

    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert [error.message for error in OpenAPIV31SpecValidator(reply.json).iter_errors()] == []
    assert reply.json["servers"] == [{"url": "/v1"}]


@pytest.mark.parametrize(
    ("path", "method", "statuses"),
    [
        ("/things", "post", {"200", "400", "406", "413", "415"}),
        ("/guarded", "get", {"204", "400", "401", "403"}),
        ("/shape/unprocessable", "get", {"204", "422"}),
    ],
)
def test_served_contract_declares_the_refusals_of_the_server(app, path, method, statuses):
    served = call(app, "GET", "/v1/openapi.json").json["paths"][path][method]["responses"]

    assert statuses <= served.keys()
    assert all(PROBLEM in served[status]["content"] for status in statuses & {"406", "413", "415", "401", "403"})


def test_served_contract_adds_nothing_to_a_range_or_a_default(app):
    served = call(app, "GET", "/v1/openapi.json").json["paths"]["/things/{id}"]["get"]["responses"]

    assert served.keys() == {"200", "4XX", "default"}


def test_page_loads_nothing_from_elsewhere_and_all_it_loads_is_served(app):
    page = call(app, "GET", "/v1/ui/")
    links = re.findall(r'(?:src|href|url)\s*[=:]\s*"([^"]+)"', page.content.decode())

    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert len(links) == 4
    assert not re.search(rb"https?:|//[a-z]", page.content)
    for link in links:
        url = "/v1/openapi.json" if link == "../openapi.json" else f"/v1/ui/{link}"
        asset = call(app, "GET", url)
        assert (asset.status, bool(asset.content)) == (200, True)


def test_title_is_escaped_on_the_page(app):
    assert b"<title>Odds &amp; &lt;ends&gt;</title>" in call(app, "GET", "/v1/ui/").content


def test_page_is_found_without_its_slash(app):
    reply = call(app, "GET", "/v1/ui")

    assert (reply.status, reply.headers["location"]) == (307, "/v1/ui/")


def test_head_of_the_page_has_no_body(app):
    reply = call(app, "HEAD", "/v1/ui/")

    assert (reply.status, reply.content) == (200, b"")
