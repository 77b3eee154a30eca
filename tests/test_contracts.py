"""Every contract in specs/ is kept by the mock that is made of it. The cases are read off the contracts themselves.

Whether a request or an answer obeys its schema is said by the ``jsonschema`` library, which the product does not use.
"""

import asyncio
import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from contractual import Contractual
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from specwright.plan.build import base_path
from specwright.workspace import find

WORKSPACE = find(Path(__file__).parents[1])
SOURCES = WORKSPACE.sources()
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
UNHEARD_OF = "unheard_of"

FORMATS = FormatChecker()
FORMATS.checkers = dict(Draft202012Validator.FORMAT_CHECKER.checkers)
for _name, _bits in (("int32", 31), ("int64", 63)):
    FORMATS.checks(_name)(
        lambda value, bits=_bits: not isinstance(value, int) or isinstance(value, bool) or -(2**bits) <= value < 2**bits
    )

# --- what a contract says ---------------------------------------------------------------------------------------------


class Contract:
    """One folder of specs/, as it is bundled and served."""

    def __init__(self, name: str, document: Any) -> None:
        self.name, self.document = name, document
        self.base = f"/{name}{base_path(document)}"
        self._oracle = Draft202012Validator(document, format_checker=FORMATS)

    def operations(self) -> Iterator["Operation"]:
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield Operation(self, path, method.upper(), item[method])

    def is_valid(self, schema: Any, value: Any) -> bool:
        return self._oracle.evolve(schema=schema).is_valid(value)

    def faults(self, schema: Any, value: Any) -> list[str]:
        return [
            f"{error.json_path}: {error.message}" for error in self._oracle.evolve(schema=schema).iter_errors(value)
        ]

    def follow(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            target = self.document
            for token in node["$ref"][2:].split("/"):
                target = target[token.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def speaking(self, schema: Any) -> list[dict[str, Any]]:
        """Return every schema that speaks of the same value: ``schema``, what it refers to, its combinations."""
        if not isinstance(schema, dict):
            return []
        parts = [branch for key in ("allOf", "anyOf", "oneOf") for branch in schema.get(key, ())]
        if "$ref" in schema:
            parts.append(self.follow({"$ref": schema["$ref"]}))
        return [schema, *(found for part in parts for found in self.speaking(part))]

    def types(self, schema: Any) -> set[str]:
        found: set[str] = set()
        for part in self.speaking(schema):
            named = part.get("type", [])
            found.update([named] if isinstance(named, str) else named)
        return found

    def members(self, schema: Any) -> dict[str, Any]:
        """Return the properties that are named for an object."""
        return {name: item for part in self.speaking(schema) for name, item in part.get("properties", {}).items()}

    def places(self, schema: Any, value: Any, pointer: str = "") -> Iterator[tuple[str, Any, Any]]:
        """Yield (pointer, schema, value) for everything in ``value`` that a schema speaks of."""
        yield pointer, schema, value
        if isinstance(value, dict):
            for name, item in self.members(schema).items():
                if name in value:
                    yield from self.places(item, value[name], f"{pointer}/{name}")
        elif isinstance(value, list) and value:
            items = [part["items"] for part in self.speaking(schema) if isinstance(part.get("items"), dict)]
            for item in items[:1]:
                yield from self.places(item, value[0], f"{pointer}/0")

    def sample(self, schema: Any, depth: int = 0) -> Any:
        parts = self.speaking(schema)
        for part in parts:
            for given in (part.get("examples", []), part.get("enum", []), [part[k] for k in ("const",) if k in part]):
                if given:
                    return given[0]
        types = self.types(schema)
        if "object" in types:
            required = {name for part in parts for name in part.get("required", ())}
            members = {name: item for name, item in self.members(schema).items() if name in required or depth < 1}
            return {name: self.sample(item, depth + 1) for name, item in members.items()}
        if "array" in types:
            return [self.sample(part["items"], depth + 1) for part in parts if "items" in part][:1]
        named = {part["format"] for part in parts if "format" in part}
        return next((GOOD[name][0] for name in named & GOOD.keys()), PLAIN[min(types, default="string")])

    def has_free_text(self, schema: Any, depth: int = 0) -> bool:
        """Tell whether a body may hold a text of the server's own wording."""
        parts = self.speaking(schema) if depth < 6 else []
        below = [part[key] for part in parts for key in ("items", "additionalProperties") if key in part]
        limited = any(part.keys() & {"const", "enum", "format", "pattern", "maxLength"} for part in parts)
        is_free = "string" in self.types(schema) and not limited
        return is_free or any(self.has_free_text(item, depth + 1) for item in [*self.members(schema).values(), *below])

    def filled(self, schema: Any, value: Any) -> Any:
        """Return ``value`` with every property that it lacks."""
        if not isinstance(value, dict):
            return value
        missing = {name: self.sample(item) for name, item in self.members(schema).items() if name not in value}
        filled = {name: self.filled(self.members(schema).get(name), member) for name, member in value.items()} | missing
        return filled if self.is_valid(schema, filled) else value


@dataclass(frozen=True)
class Operation:
    contract: Contract
    path: str
    method: str
    node: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.contract.name} {self.node.get('operationId', f'{self.method} {self.path}')}"

    @cached_property
    def parameters(self) -> list[dict[str, Any]]:
        nodes = [*self.contract.document["paths"][self.path].get("parameters", ()), *self.node.get("parameters", ())]
        found = {(node["name"], node["in"]): node for node in map(self.contract.follow, nodes)}
        return [node for (name, _), node in found.items() if name.lower() not in ("authorization", "content-type")]

    @cached_property
    def body(self) -> dict[str, Any]:
        return dict(self.contract.follow(self.node.get("requestBody", {})))

    @cached_property
    def media(self) -> dict[str, Any]:
        return dict(self.body.get("content", {}))

    def response(self, status: int) -> dict[str, Any] | None:
        declared = {key.upper(): node for key, node in self.node["responses"].items()}
        node = declared.get(str(status)) or declared.get(f"{status // 100}XX") or declared.get("DEFAULT")
        return None if node is None else self.contract.follow(node)

    @cached_property
    def security(self) -> list[dict[str, Any]]:
        """Return the schemes of the first alternative; none when the operation is open."""
        alternatives = self.node.get("security", self.contract.document.get("security", []))
        schemes = self.contract.document.get("components", {}).get("securitySchemes", {})
        named = [] if {} in alternatives else alternatives[:1]
        return [self.contract.follow(schemes[name]) for alternative in named for name in alternative]

    def examples(self, holder: Mapping[str, Any]) -> dict[str, Any]:
        named = {name: self.contract.follow(item) for name, item in holder.get("examples", {}).items()}
        given = {name: item["value"] for name, item in named.items() if "value" in item}
        return {"example": holder["example"], **given} if "example" in holder else given


OPERATIONS = [
    operation
    for source in SOURCES
    for operation in Contract(
        source.name, json.loads((WORKSPACE.generated / source.package / "openapi.json").read_text(encoding="utf-8"))
    ).operations()
]

# --- a request in parts -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Request:
    """What goes over the wire, in parts that a case can replace."""

    operation: Operation
    values: Mapping[tuple[str, str], str]  # (location, name) -> text of a parameter or credential
    media_type: str = ""
    content: bytes = b""

    def without(self, location: str, name: str) -> "Request":
        return replace(self, values={key: text for key, text in self.values.items() if key != (location, name)})

    def having(self, location: str, name: str, text: str) -> "Request":
        return replace(self, values={**self.values, (location, name): text})

    def carrying(self, media_type: str, value: Any) -> "Request":
        return replace(self, media_type=media_type, content=_encoded(self.operation, media_type, value))

    def built(self) -> httpx.Request:
        def at(location: str) -> dict[str, str]:
            return {name: text for (where, name), text in self.values.items() if where == location}

        path = re.sub(r"\{([^{}]*)\}", lambda found: quote(at("path")[found[1]], safe=""), self.operation.path)
        query = urlencode(at("query"))
        headers = {"accept": "*/*", "cookie": "; ".join(f"{n}={t}" for n, t in at("cookie").items()), **at("header")}
        if self.media_type:
            headers["content-type"] = self.media_type
        sent = {name: text.encode() for name, text in headers.items() if text or name != "cookie"}
        url = f"http://mock{self.operation.contract.base}{path}{'?' if query else ''}{query}"
        return httpx.Request(self.operation.method, url, headers=sent, content=self.content)


def sound(operation: Operation) -> Request:
    """Return a request that the contract allows."""
    values = {_place(scheme): _credential(scheme) for scheme in operation.security}
    for parameter in operation.parameters:
        if parameter.get("required"):
            sign = {"label": ".", "matrix": f";{parameter['name']}="}.get(parameter.get("style", ""), "")
            values[parameter["in"], parameter["name"]] = sign + _text(_value(operation, parameter))
    request = Request(operation, values)
    for media_type, value in _bodies(operation):
        return request.carrying(media_type, value)
    for media_type in operation.media:
        return replace(request, media_type=media_type.replace("*", "x"), content=b"x")
    return request


def _value(operation: Operation, parameter: Mapping[str, Any]) -> Any:
    given = list(operation.examples(parameter).values())
    return given[0] if given else operation.contract.sample(parameter.get("schema", {}))


def _bodies(operation: Operation) -> Iterator[tuple[str, Any]]:
    """Yield (media type, body) for every media type that can be written here: its first example, or a sample."""
    for media_type, media in operation.media.items():
        if _is_json(media_type) or _is_form(media_type):
            examples = list(operation.examples(media).values())
            yield media_type, examples[0] if examples else operation.contract.sample(media.get("schema", {}))


def _place(scheme: Mapping[str, Any]) -> tuple[str, str]:
    return (scheme["in"], scheme["name"]) if scheme["type"] == "apiKey" else ("header", "authorization")


def _credential(scheme: Mapping[str, Any]) -> str:
    if scheme["type"] == "apiKey":
        return "key"
    if scheme.get("scheme", "").lower() == "basic":
        return f"Basic {base64.b64encode(b'user:password').decode()}"
    return f"{scheme.get('scheme', 'bearer').capitalize()} token"


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value)


def _encoded(operation: Operation, media_type: str, value: Any) -> bytes:
    if _is_json(media_type):
        return json.dumps(value).encode()
    encoding = operation.media[media_type].get("encoding", {})
    fields: list[tuple[str, str]] = []
    for name, member in value.items():
        as_json = isinstance(member, dict) or _is_json(encoding.get(name, {}).get("contentType", ""))
        members = member if isinstance(member, list) and not as_json else [member]
        fields += [(name, json.dumps(item) if as_json else _text(item)) for item in members]
    return urlencode(fields).encode()


def _is_json(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().endswith(("/json", "+json"))


def _is_form(media_type: str) -> bool:
    return media_type.startswith("application/x-www-form-urlencoded")


# --- what can be changed about a value --------------------------------------------------------------------------------

PLAIN = {"array": [], "boolean": True, "integer": 7, "null": None, "number": 1.5, "object": {}, "string": "text"}
GOOD = {
    "uuid": ["3f2504e0-4f89-41d3-9a0c-0305e82c3301", "3F2504E0-4F89-41D3-9A0C-0305E82C3301"],
    "date-time": ["2030-01-15T10:00:00Z", "2030-01-15T10:00:00.123456+05:30", "2030-01-15t10:00:00z"],
    "date": ["2028-02-29", "1900-01-01"],
    "email": ["ada@example.com"],
    "ipv4": ["192.0.2.1"],
    "ipv6": ["2001:db8::1"],
    "int32": [2**31 - 1, -(2**31)],
    "int64": [2**63 - 1, -(2**63)],
}
BAD = {
    "uuid": ["not-a-uuid", "3f2504e0-4f89-41d3-9a0c-0305e82c330", "3f2504e04f8941d39a0c0305e82c3301"],
    "date-time": ["2030-01-15", "2030-01-15T10:00:00", "2030-13-15T10:00:00Z", "2030-02-30T10:00:00Z", "1893456000"],
    "date": ["2030-02-30", "15.01.2030", "2030-01-15T10:00:00Z", "2027-02-29"],
    "email": ["ada at example.com"],
    "ipv4": ["192.0.2.256"],
    "ipv6": ["2001:db8:::1"],
    "int32": [2**31, -(2**31) - 1],
    "int64": [2**63, -(2**63) - 1],
}
EDGES = {
    "maxLength": lambda limit, _: ["x" * limit, "\N{SLICE OF PIZZA}" * limit, "x" * (limit + 1)],
    "minLength": lambda limit, _: ["x" * limit, "x" * max(0, limit - 1)],
    "minimum": lambda limit, _: [limit, limit - 1],
    "maximum": lambda limit, _: [limit, limit + 1],
    "exclusiveMinimum": lambda limit, _: [limit, limit + 1],
    "exclusiveMaximum": lambda limit, _: [limit, limit - 1],
    "multipleOf": lambda step, _: [step * 3, step * 3.5],
    "enum": lambda options, _: [*options, f"{options[0]}?", str(options[0]).swapcase()],
    "const": lambda value, _: [value, f"{value}?"],
    "format": lambda name, _: [*GOOD.get(name, ()), *BAD.get(name, ())],
    "pattern": lambda _, __: ["", "x", "0", "!"],
    "minItems": lambda limit, value: [value[:1] * limit, value[:1] * max(0, limit - 1)],
    "maxItems": lambda limit, value: [value[:1] * limit, value[:1] * (limit + 1)],
    "uniqueItems": lambda _, value: [value[:1] * 2],
}


def changes(contract: Contract, schema: Any, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield (what, other value): every other type, and the edges of every keyword that speaks of the value."""
    for name, other in PLAIN.items():
        if type(other) is not type(value):
            yield f"is {name}", other
    for part in contract.speaking(schema):
        for keyword, others in EDGES.items():
            if keyword in part and (isinstance(value, list) or not keyword.endswith("Items")):
                yield from ((f"{keyword} {_short(other)}", other) for other in others(part[keyword], value))


def variants(contract: Contract, schema: Any, body: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield (what, pointer, other body): one place changed, one member removed, one added."""
    for pointer, part, value in contract.places(schema, body):
        for what, other in changes(contract, part, value):
            yield f"{pointer} {what}", pointer, _put(body, pointer, other)
        if isinstance(value, dict):
            for name in contract.members(part):
                less = {key: member for key, member in value.items() if key != name}
                yield f"{pointer}/{name} is absent", f"{pointer}/{name}", _put(body, pointer, less)
            more = {**value, UNHEARD_OF: "text"}
            yield f"{pointer}/{UNHEARD_OF} is added", f"{pointer}/{UNHEARD_OF}", _put(body, pointer, more)


def _put(body: Any, pointer: str, value: Any) -> Any:
    if not pointer:
        return value
    token, slash, rest = pointer[1:].partition("/")
    key = int(token) if isinstance(body, list) else token
    member = _put(body[key], slash + rest, value)
    return [*body[:key], member, *body[key + 1 :]] if isinstance(body, list) else {**body, key: member}


def _short(value: Any) -> str:
    return f"{len(value)} {value[0]!a}" if isinstance(value, str) and len(value) > 60 else ascii(value)


# --- the cases --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A request, what is said about it, and the pointer of the part that was changed."""

    what: str
    request: Request
    place: str = ""


def rows(cases: Iterable[Case]) -> list[Any]:
    unique = {f"{case.request.operation}: {case.what}": case for case in cases}
    return [pytest.param(case, id=name) for name, case in unique.items()]


def documented() -> Iterator[Case]:
    for operation in OPERATIONS:
        request = sound(operation)
        if not operation.media:
            yield Case("no body", request)
        for media_type, media in operation.media.items():
            if _is_json(media_type) or _is_form(media_type):
                examples = operation.examples(media) or {"made up": operation.contract.sample(media.get("schema", {}))}
                for name, value in examples.items():
                    yield Case(f"{media_type} example {name}", request.carrying(media_type, value))
        for parameter in operation.parameters:
            for name, value in operation.examples(parameter).items():
                case = request.having(parameter["in"], parameter["name"], _text(value))
                yield Case(f"{parameter['in']} {parameter['name']} {name}", case)


def body_variants(valid: bool) -> Iterator[Case]:
    """Yield changed bodies that the independent validator finds valid, or those that it does not."""
    for operation in OPERATIONS:
        request, contract = sound(operation), operation.contract
        for media_type, example in _bodies(operation):
            schema = operation.media[media_type].get("schema", True)
            full = contract.filled(schema, example)
            for what, pointer, body in variants(contract, schema, full):
                spelled = _is_json(media_type) or _has_form_spelling(operation, media_type, body)
                if spelled and contract.is_valid(schema, body) is valid:
                    yield Case(f"{media_type} {what}", request.carrying(media_type, body), pointer)


def _has_form_spelling(operation: Operation, media_type: str, body: Any) -> bool:
    """Tell whether the texts of a form mean the values of ``body`` and nothing else: one item may stand for a list."""
    if not isinstance(body, dict):
        return False
    encoding = operation.media[media_type].get("encoding", {})
    members = operation.contract.members(operation.media[media_type].get("schema", {}))

    def means_itself(name: str, value: Any) -> bool:
        types = operation.contract.types(members.get(name))
        if _is_json(encoding.get(name, {}).get("contentType", "")):
            return isinstance(value, list) or "array" not in types
        return isinstance(value, str) or (isinstance(value, int | float) and "string" not in types)

    return all(means_itself(name, value) for name, value in body.items())


def parameter_variants(valid: bool) -> Iterator[Case]:
    for operation in OPERATIONS:
        request, contract = sound(operation), operation.contract
        for parameter in operation.parameters:
            schema = parameter.get("schema", {})
            types = contract.types(schema)
            if types & {"array", "object"} or "schema" not in parameter:
                continue
            location, name = parameter["in"], parameter["name"]
            for what, value in changes(contract, schema, _value(operation, parameter)):
                means_itself = isinstance(value, str) or (isinstance(value, int | float) and "string" not in types)
                sendable = _text(value).isascii() and _text(value)
                if means_itself and sendable and contract.is_valid(schema, value) is valid:
                    yield Case(f"{location} {name} {what}", request.having(location, name, _text(value)), f"/{name}")


def lacking() -> Iterator[Case]:
    for operation in OPERATIONS:
        request = sound(operation)
        if operation.body.get("required"):
            yield Case("no body", replace(request, media_type="", content=b""))
            yield Case("empty body", replace(request, content=b""))
        for parameter in operation.parameters:
            if parameter.get("required") and parameter["in"] != "path":
                name = parameter["name"]
                yield Case(f"no {parameter['in']} {name}", request.without(parameter["in"], name), f"/{name}")
        if not any(_takes_any_name(operation, parameter) for parameter in operation.parameters):
            yield Case("unknown query parameter", request.having("query", UNHEARD_OF, "1"), f"/{UNHEARD_OF}")


def _takes_any_name(operation: Operation, parameter: Mapping[str, Any]) -> bool:
    is_map = "object" in operation.contract.types(parameter.get("schema", {}))
    return is_map and parameter["in"] == "query" and parameter.get("style", "form") == "form"


def unguarded() -> Iterator[Case]:
    for operation in OPERATIONS:
        request = sound(operation)
        for scheme in operation.security:
            place = _place(scheme)
            yield Case(f"no {place[1]}", request.without(*place))
            yield Case(f"empty {place[1]}", request.having(*place, ""))
            if place[1] == "authorization":
                yield Case("another scheme", request.having(*place, "Unheard token"))
                yield Case("a scheme without a credential", request.having(*place, _credential(scheme).split()[0]))


def with_body() -> list[Operation]:
    return [operation for operation in OPERATIONS if operation.media and "*/*" not in operation.media]


def offers(operation: Operation) -> list[str]:
    """Return the media types of the success answers; none when Accept is a parameter or an answer has no body."""
    if any(parameter["name"].lower() == "accept" for parameter in operation.parameters):
        return []
    success = [operation.response(int(status)) for status in operation.node["responses"] if status.startswith("2")]
    contents = [list((response or {}).get("content", {})) for response in success]
    return [name for names in contents for name in names] if all(contents) else []


# --- the tests --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ask():
    """Return a function that sends a request to servers of all contracts."""
    transport = httpx.ASGITransport(Contractual(WORKSPACE, SOURCES))
    with asyncio.Runner() as runner:

        def send(request: httpx.Request) -> httpx.Response:
            async def exchange() -> httpx.Response:
                response = await transport.handle_async_request(request)
                await response.aread()
                return response

            return runner.run(exchange())

        yield send


def test_every_folder_of_specs_is_tested():
    folders = {path.parent.name for path in (WORKSPACE.root / "specs").glob("*/openapi.*")}

    assert folders
    assert {operation.contract.name for operation in OPERATIONS} == folders


@pytest.mark.parametrize("case", rows(documented()))
def test_documented_request_is_answered_as_documented(ask, case):
    assert_answered(ask(case.request.built()), case.request.operation)


@pytest.mark.parametrize("case", rows(body_variants(valid=True)))
def test_body_that_obeys_the_schema_is_accepted(ask, case):
    assert_answered(ask(case.request.built()), case.request.operation)


@pytest.mark.parametrize("case", rows(body_variants(valid=False)))
def test_body_that_breaks_the_schema_is_refused(ask, case):
    assert_refused(ask(case.request.built()), case)


@pytest.mark.parametrize("case", rows(parameter_variants(valid=True)))
def test_parameter_that_obeys_the_schema_is_accepted(ask, case):
    assert_answered(ask(case.request.built()), case.request.operation)


@pytest.mark.parametrize("case", rows(parameter_variants(valid=False)))
def test_parameter_that_breaks_the_schema_is_refused(ask, case):
    assert_refused(ask(case.request.built()), case)


@pytest.mark.parametrize("case", rows(lacking()))
def test_request_that_lacks_or_invents_a_part_is_refused(ask, case):
    assert_refused(ask(case.request.built()), case)


@pytest.mark.parametrize("case", rows(unguarded()))
def test_request_without_credentials_is_challenged(ask, case):
    response = ask(case.request.built())

    assert_refused(response, case, {401})
    assert re.match(r"[A-Za-z]+( [a-z]+=\"|$)", response.headers["www-authenticate"])


@pytest.mark.parametrize("operation", with_body(), ids=str)
def test_body_of_an_undeclared_media_type_is_refused(ask, operation):
    request = replace(sound(operation), media_type="application/x-unheard-of")

    assert_refused(ask(request.built()), Case("", request), {415})


@pytest.mark.parametrize("operation", with_body(), ids=str)
def test_body_without_a_media_type_is_refused(ask, operation):
    request = replace(sound(operation), media_type="")

    assert_refused(ask(request.built()), Case("", request), {415})


@pytest.mark.parametrize("operation", [item for item in OPERATIONS if offers(item)], ids=str)
def test_client_that_takes_no_declared_media_type_is_refused(ask, operation):
    request = sound(operation).having("header", "accept", "application/x-unheard-of")

    assert_refused(ask(request.built()), Case("", request), {406})


@pytest.mark.parametrize(
    ("operation", "media_type"),
    [pytest.param(item, name, id=f"{item} {name}") for item in OPERATIONS for name in offers(item)],
)
def test_answer_comes_in_the_declared_media_type_that_is_asked_for(ask, operation, media_type):
    response = ask(sound(operation).having("header", "accept", media_type).built())

    assert_answered(response, operation)
    assert response.headers["content-type"] == media_type


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_method_that_the_path_does_not_have_is_refused(ask, operation):
    declared = {key.upper() for key in operation.contract.document["paths"][operation.path]} & set(
        map(str.upper, METHODS)
    )
    other = next(method for method in ("DELETE", "PATCH", "PUT", "TRACE") if method not in declared)
    request = sound(operation)

    response = ask(replace(request, operation=replace(operation, method=other)).built())

    assert response.status_code == 405
    assert response.headers["content-type"] == "application/problem+json"
    assert declared <= set(response.headers["allow"].split(", "))


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_path_below_an_operation_is_not_found(ask, operation):
    response = ask(httpx.Request("GET", f"http://mock{operation.contract.base}/{UNHEARD_OF}"))

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == 404


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_served_document_declares_the_refusals_that_clients_meet(ask, operation):
    served = ask(httpx.Request("GET", f"http://mock{operation.contract.base}/openapi.json")).json()
    declared = served["paths"][operation.path][operation.method.lower()]["responses"].keys()

    def covers(*statuses: str) -> bool:
        return bool(declared & {*statuses, *(f"{status[0]}XX" for status in statuses), "default"})

    assert covers("400", "422")
    assert covers("401") or not operation.security
    assert covers("415") or not operation.media
    assert covers("406") or not offers(operation)


@pytest.mark.parametrize("name", [source.name for source in SOURCES])
def test_served_document_is_valid_openapi(ask, name):
    base = next(operation.contract.base for operation in OPERATIONS if operation.contract.name == name)
    served = ask(httpx.Request("GET", f"http://mock{base}/openapi.json")).json()

    assert [error.message for error in OpenAPIV31SpecValidator(served).iter_errors()] == []
    assert served["servers"] == [{"url": base}]


def assert_answered(response: httpx.Response, operation: Operation) -> None:
    declared = operation.response(response.status_code)
    assert response.is_success, response.text
    assert declared is not None, f"{response.status_code} is not declared"
    for name, node in declared.get("headers", {}).items():
        header = operation.contract.follow(node)
        assert name in response.headers or not header.get("required")
        if name in response.headers and "integer" in operation.contract.types(header.get("schema", {})):
            assert operation.contract.faults(header["schema"], int(response.headers[name])) == []
    if "content" in declared:
        media = declared["content"][response.headers["content-type"]]
        body = response.json() if _is_json(response.headers["content-type"]) else response.text
        assert operation.contract.faults(media.get("schema", True), body) == []


def assert_refused(
    response: httpx.Response, case: Case, statuses: frozenset[int] | set[int] = frozenset({400, 422})
) -> None:
    """A refusal has the declared body, or is a problem; either names what is wrong."""
    operation = case.request.operation
    assert response.status_code in statuses, response.text
    if operation.method == "HEAD":
        return
    declared = operation.response(response.status_code)
    assert declared is not None or not any(map(operation.response, statuses)), "another status is declared for this"
    body = response.json()
    names = [token for token in case.place.split("/") if token and not token.isdigit()]
    if declared is not None and any(map(_is_json, declared.get("content", {}))):
        media = declared["content"][response.headers["content-type"]]
        assert operation.contract.faults(media["schema"], body) == []
        assert not names or not operation.contract.has_free_text(media["schema"]) or names[-1] in response.text
    else:
        assert response.headers["content-type"] == "application/problem+json"
        assert body["status"] == response.status_code
        pointers = [error["pointer"] for error in body.get("errors", ())]
        assert not names or any(_are_near(case.place, pointer) for pointer in pointers), body


def _are_near(place: str, pointer: str) -> bool:
    return place == pointer or place.startswith(f"{pointer}/") or pointer.startswith(f"{place}/")
