"""Every keyword and format of enforcement.yaml, in every place and style where its values can be spelled.

A contract is made of the table, a server is generated from it, and each value is one request to that server: what is
accepted comes back as it was sent, what is refused is refused with the pointer, the keyword, what was expected and what
was received.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import jsonschema_specifications
import pytest
from conftest import generated
from conversation import call

from specwright.spec.excerpt import CUT, excerpt
from specwright.spec.load import load
from specwright.spec.structure import objects
from specwright.spec.violations import type_of

TABLE = load(Path(__file__).with_name("enforcement.yaml")).value
DIALECTS = {
    "3.0.4": (TABLE["openapi 3.0"], TABLE["schemas 3.0"]),
    "3.1.1": ({**TABLE["keywords"], **TABLE["formats"]}, TABLE["schemas"]),
    "3.2.0": ({**TABLE["keywords"], **TABLE["formats"]}, TABLE["schemas"]),
}
ROWS = [(version, name) for version, (rows, _) in DIALECTS.items() for name in rows]
Spelled = str | None
Request = tuple[str, str, Mapping[str, str], bytes]


# --- how a value is spelled: None where it cannot be ------------------------------------------------------------------


def text(value: Any) -> Spelled:
    """Return a scalar as text; null and composed values have none."""
    if value is None or isinstance(value, list | dict):
        return None
    return value if isinstance(value, str) else json.dumps(value)


def texts(value: Any) -> list[str] | None:
    """Return what a list or map lists: names and values in turn for a map; None when it is no flat one, or empty."""
    flat = value if isinstance(value, list) else [item for pair in value.items() for item in pair]
    found = [text(item) for item in flat]
    return None if not found or None in found else found  # type: ignore[return-value]


def escaped(value: str) -> str:
    return quote(value, safe="")


def joined(value: Any, separator: str, prefix: str = "", encode: Callable[[str], str] = escaped) -> Spelled:
    """Return ``value`` as styles that are not exploded spell it."""
    if not isinstance(value, list | dict):
        return None if (found := text(value)) is None else prefix + encode(found)
    found = texts(value)
    return None if not found or "" in found else prefix + separator.join(map(encode, found))


def exploded(value: Any, separator: str, encode: Callable[[str], str] = escaped) -> Spelled:
    """Return ``value`` as exploded styles without names spell it: ``1,2`` and ``a=1,b=2``."""
    if not isinstance(value, dict):
        return joined(value, separator, encode=encode)
    found = texts(value)
    pairs = zip(found[::2], found[1::2], strict=True) if found else ()
    return separator.join(f"{encode(key)}={encode(item)}" for key, item in pairs) or None


def named(name: str, value: Any, separator: str) -> Spelled:
    """Return ``value`` as exploded styles with names spell it: ``v=1&v=2``, and a map as its members."""
    if isinstance(value, dict):
        return exploded(value, separator)
    found = texts(value) if isinstance(value, list) else None if text(value) is None else [text(value)]
    return None if found is None else separator.join(f"{name}={escaped(str(item))}" for item in found)


def bracketed(name: str, value: Any) -> Spelled:
    if not isinstance(value, dict) or not (found := texts(value)):
        return None
    pairs = zip(found[::2], found[1::2], strict=True)
    return "&".join(f"{name}%5B{escaped(key)}%5D={escaped(item)}" for key, item in pairs)


def in_header(value: Spelled, raw: Any) -> Spelled:
    """Return ``value`` where a header can hold it: visible ASCII, and no comma but between items."""
    if value is None or not value.isascii() or not value.isprintable() or value != value.strip():
        return None
    items = texts(raw) if isinstance(raw, list | dict) else []
    return None if any("," in item or "=" in item or item != item.strip() for item in items or ()) else value


def plain(value: str) -> str:
    return value


# --- places -----------------------------------------------------------------------------------------------------------

QUERY_STYLES = {
    "form": ("form", False, lambda value: _query("form", joined(value, ","))),
    "form*": ("form", True, lambda value: named("form*", value, "&")),
    "space": ("spaceDelimited", False, lambda value: _composed("space", value, "%20")),
    "pipe": ("pipeDelimited", False, lambda value: _composed("pipe", value, "%7C")),
    "deep": ("deepObject", True, lambda value: bracketed("deep", value)),
}
PATH_STYLES = {
    "simple": ("simple", False, lambda value: joined(value, ",")),
    "simple*": ("simple", True, lambda value: exploded(value, ",")),
    "label": ("label", False, lambda value: _prefixed(".", joined(value, ",", encode=_undotted))),
    "label*": ("label", True, lambda value: _prefixed(".", exploded(value, ".", _undotted))),
    "matrix": ("matrix", False, lambda value: _prefixed(";matrix=", joined(value, ","))),
    "matrix*": ("matrix", True, lambda value: _prefixed(";", named("matrix*", value, ";"))),
}


def _query(name: str, spelled: Spelled) -> Spelled:
    return None if spelled is None else f"{name}={spelled}"


def _composed(name: str, value: Any, separator: str) -> Spelled:
    return _query(name, joined(value, separator)) if isinstance(value, list | dict) else None


def _undotted(value: str) -> str:
    return escaped(value).replace(".", "%2E")


def _prefixed(prefix: str, spelled: Spelled) -> Spelled:
    return None if spelled is None else prefix + spelled


@dataclass(frozen=True)
class Place:
    """Where a request carries a value: how, and where refusals say it is."""

    name: str
    location: str
    pointer: str
    request: Callable[[Any], Request | None]
    json: bool = False


def _json_body(value: Any) -> Request:
    return "POST", "/json", {"content-type": "application/json"}, json.dumps(value, ensure_ascii=False).encode()


def _fields(value: Any) -> list[str] | None:
    """Return ``value`` as the texts of form fields: one an item, composed ones as JSON."""
    items = value if isinstance(value, list) else [value]
    if not items or None in items or any(isinstance(item, list) for item in items):
        return None
    if isinstance(value, list) and any(isinstance(item, dict) for item in items):
        return None
    return [json.dumps(item) if isinstance(item, dict) else str(text(item)) for item in items]


def _form(value: Any) -> Request | None:
    fields = _fields(value)
    content = "&".join(f"value={escaped(field)}" for field in fields or ())
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return ("POST", "/form", kind, content.encode()) if content else None


def _multipart(value: Any) -> Request | None:
    parts = [
        f'--x\r\ncontent-disposition: form-data; name="value"\r\n\r\n{field}\r\n' for field in _fields(value) or ()
    ]
    kind = {"content-type": "multipart/form-data; boundary=x"}
    return ("POST", "/form", kind, "".join([*parts, "--x--\r\n"]).encode()) if parts else None


def _in_query(spell: Callable[[Any], Spelled]) -> Callable[[Any], Request | None]:
    return lambda value: ("GET", f"/at?{spelled}", {}, b"") if (spelled := spell(value)) is not None else None


def _in_header(name: str, spell: Callable[[Any], Spelled]) -> Callable[[Any], Request | None]:
    def request(value: Any) -> Request | None:
        spelled = in_header(spell(value), value)
        return None if spelled is None else ("GET", "/at", {name: spelled}, b"")

    return request


def _in_cookie(value: Any) -> Request | None:
    spelled = joined(value, ",")
    return None if spelled is None else ("GET", "/at", {"cookie": f"baked={spelled}"}, b"")


def _content(value: Any) -> Request:
    return "GET", f"/at?content={escaped(json.dumps(value))}", {}, b""


def _in_path(value: Any) -> Request | None:
    """Spell ``value`` in all the styles of a path at once."""
    spelled = [spell(value) for _, _, spell in PATH_STYLES.values()]
    return ("GET", f"/in/{'/'.join(map(str, spelled))}", {}, b"") if all(spelled) else None


PLACES = (
    Place("JSON body", "body", "", _json_body, json=True),
    Place("JSON parameter", "query", "/content", _content, json=True),
    Place("form", "body", "/value", _form),
    Place("multipart", "body", "/value", _multipart),
    *(Place(f"query {name}", "query", f"/{name}", _in_query(spell)) for name, (_, _, spell) in QUERY_STYLES.items()),
    Place("header", "header", "/X-Plain", _in_header("x-plain", lambda value: joined(value, ",", encode=plain))),
    Place("header*", "header", "/X-Exploded", _in_header("x-exploded", lambda value: exploded(value, ",", plain))),
    Place("cookie", "cookie", "/baked", _in_cookie),
    Place("path", "path", "", _in_path),
)

# --- the contract -----------------------------------------------------------------------------------------------------


def contract(version: str) -> dict[str, Any]:
    """Return a contract whose operations take each row of the table in every place, and answer with it."""
    rows, schemas = DIALECTS[version]
    paths: dict[str, Any] = {}
    components = {f"Row{index}": row["schema"] for index, row in enumerate(rows.values())}
    for name in components:
        paths |= _paths(name, {"$ref": f"#/components/schemas/{name}"})
    return {
        "openapi": version,
        "info": {"title": "Enforcement", "version": "1"},
        "paths": paths,
        "components": {"schemas": {**schemas, **components}},
    }


def _paths(name: str, schema: Any) -> dict[str, Any]:
    # A schema of its own: what is also a component has one type, and the types of several bodies make a union.
    form = {"schema": {"type": "object", "required": ["value"], "properties": {"value": schema}}}
    forms = {"application/x-www-form-urlencoded": form, "multipart/form-data": form}
    as_json = {"application/json": {"schema": schema}}
    header = {"X-Answer": {"schema": schema}}
    answer = {"200": {"description": "The value.", "headers": header, "content": as_json}}

    def operation(suffix: str, **more: Any) -> dict[str, Any]:
        return {"operationId": f"{name}{suffix}", "responses": answer, **more}

    at = [
        *(_parameter(f"{key}", "query", schema, *style[:2]) for key, style in QUERY_STYLES.items()),
        _parameter("X-Plain", "header", schema, "simple", explode=False),
        _parameter("X-Exploded", "header", schema, "simple", explode=True),
        _parameter("baked", "cookie", schema, "form", explode=False),
        {"name": "content", "in": "query", "content": as_json},
    ]
    inside = [_parameter(key, "path", schema, *style[:2]) for key, style in PATH_STYLES.items()]
    template = "/".join(f"{{{key}}}" for key in PATH_STYLES)
    return {
        f"/{name}/json": {"post": operation("Json", requestBody={"required": True, "content": as_json})},
        f"/{name}/form": {"post": operation("Form", requestBody={"required": True, "content": forms})},
        f"/{name}/at": {"get": operation("At", parameters=at)},
        f"/{name}/in/{template}": {"get": operation("In", parameters=inside)},
    }


def _parameter(name: str, location: str, schema: Any, style: str, explode: bool) -> dict[str, Any]:
    where = {"name": name, "in": location, "required": location == "path"}
    return {**where, "style": style, "explode": explode, "schema": schema}


# --- the server -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Server:
    """A generated server whose handlers answer with the value they got, or with what ``says`` names."""

    app: Any
    schemas: dict[str, Any]
    says: dict[str, Any]
    table: dict[str, Any]

    @property
    def rows(self) -> list[str]:
        return list(self.table)

    def schema(self, row: str) -> Any:
        """Return the schema of a row as it is served, which is OpenAPI 3.1."""
        return self.schemas[f"Row{self.rows.index(row)}"]

    def answer(self, row: str, caplog: pytest.LogCaptureFixture, **says: Any) -> tuple[int, Any, str]:
        """Return the status, the JSON and the log when the handler answers as ``says`` has it, whatever it is asked."""
        valid = next(value for value, _ in cases(self.table[row], "accepted"))
        caplog.clear()
        self.says.update(says)
        with caplog.at_level(logging.ERROR, "specwright.runtime"):
            status, problem = self.send(row, _json_body(valid))
        self.says.clear()
        return status, problem, caplog.text

    def send(self, row: str, request: Request) -> tuple[int, Any]:
        """Return the status and the JSON of the answer to one request."""
        method, url, headers, content = request
        reply = call(self.app, method, f"/Row{self.rows.index(row)}{url}", headers.items(), [content])
        return reply.status, reply.json


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Server]:
    made: dict[str, Server] = {}

    def server(version: str) -> Server:
        if version not in made:
            name = f"enforcement_{version.replace('.', '_')}"
            package = generated(tmp_path_factory.mktemp("enforcement"), name, contract(version))
            made[version] = _server(package, version)
        return made[version]

    return server


def _server(package: Any, version: str) -> Server:
    says: dict[str, Any] = {}
    rows = DIALECTS[version][0]
    schemas = json.loads(Path(package.__file__).with_name("openapi.json").read_text())["components"]["schemas"]
    classes = {
        f"row{i}_{kind}": getattr(package.handlers, f"Row{i}{kind.title()}200")
        for i in range(len(rows))
        for kind in ("json", "form", "at", "in")
    }

    def handler(cls: Any) -> Any:
        async def answer(**arguments: Any) -> Any:
            if says:
                return cls(**says)
            found = [value for value in arguments.values() if value is not None]
            assert all(value == found[0] for value in found)
            value = found[0] if found else None
            return cls(value.value if cls.__name__.endswith("Form200") else value)

        return answer

    app = package.create_app(SimpleNamespace(**{name: handler(cls) for name, cls in classes.items()}))
    return Server(app, schemas, says, rows)


# --- the tests --------------------------------------------------------------------------------------------------------


def cases(row: Mapping[str, Any], verdict: str) -> Iterator[tuple[Any, bool]]:
    """Yield (case, whether it means the same as JSON only)."""
    yield from ((case, False) for case in row.get(verdict, ()))
    yield from ((case, True) for case in row.get(f"{verdict} as JSON", ()))


def requests(row: Mapping[str, Any], verdict: str) -> Iterator[tuple[Place, Any, Request]]:
    for case, only_json in cases(row, verdict):
        value = case[0] if verdict == "refused" else case
        for place in PLACES:
            request = place.request(value) if place.json or not only_json else None
            if request is not None:
                yield place, case, request


@pytest.mark.parametrize(("version", "name"), ROWS)
def test_accepted(servers: Callable[[str], Server], version: str, name: str) -> None:
    row, server = DIALECTS[version][0][name], servers(version)
    sent = [(place.name, value, server.send(name, request)) for place, value, request in requests(row, "accepted")]

    assert [(place, value, answer) for place, value, answer in sent if not _came_back(answer, value)] == []


def _came_back(answer: tuple[int, Any], value: Any) -> bool:
    return answer == (200, value) and type_of(answer[1]) in (type_of(value), "integer", "number")


@pytest.mark.parametrize(("version", "name"), ROWS)
def test_refused(servers: Callable[[str], Server], version: str, name: str) -> None:
    row, server = DIALECTS[version][0][name], servers(version)
    sent = [(place, case, server.send(name, request)) for place, case, request in requests(row, "refused")]

    assert [
        (place.name, case, answer)
        for place, case, answer in sent
        if not (answer[0] == 400 and _faults(answer[1]) == _expected(place, case, row["schema"]))
    ] == []
    assert [
        (place.name, case, error)
        for place, case, answer in sent
        for error in answer[1]["errors"]
        if not _says_what(server.schema(name), case, error)
    ] == []


def _faults(problem: Any) -> list[tuple[str, str, str]]:
    return sorted((error["in"], error["pointer"], error["keyword"]) for error in problem.get("errors", ()))


def _expected(place: Place, case: list[Any], schema: Any) -> list[tuple[str, str, str]]:
    bases = [f"/{style}" for style in PATH_STYLES] if place.name == "path" else [place.pointer]
    _, pointers, keywords = case
    if place.name == "query form*" and keywords == "additionalProperties" and "patternProperties" not in schema:
        return [("query", pointers, "unknown")]  # a closed object has no members among the keys of the query string
    several = isinstance(pointers, list)
    faults = zip(pointers, keywords, strict=True) if several else [(pointers, keywords)]
    return sorted((place.location, base + pointer, keyword) for pointer, keyword in faults for base in bases)


def _says_what(schema: Any, case: list[Any], error: Any) -> bool:
    """Tell whether an error says what the schema expects and, where it can be told from the case, what was received."""
    value, pointer, keyword = case
    if pointer == "" and isinstance(schema, dict) and keyword in schema and keyword != "propertyNames":
        # One row is a password, which is called value in forms: what one schema calls secret no refusal repeats.
        is_secret = error["pointer"] == "/value" or schema.get("format") == "password"
        received = [CUT] if is_secret else [excerpt(value), text(value)]
        return error["expected"] == excerpt(schema[keyword]) and error["received"] in received
    return "expected" in error and ("received" in error) != (error["keyword"] in ("required", "dependentRequired"))


# What no request gets into has no answer.
ANSWERS = [(version, name) for version, name in ROWS if version != "3.2.0" and name != "false"]


@pytest.mark.parametrize(("version", "name"), ANSWERS)
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_answer_of_a_handler(
    servers: Callable[[str], Server], version: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    row, server = DIALECTS[version][0][name], servers(version)
    # To Python True is the integer 1, and Pydantic writes it so.
    refused = [case for case, _ in cases(row, "refused") if not (isinstance(case[0], bool) and case[2] == "type")]
    bodies = [(case, server.answer(name, caplog, body=case[0])) for case in refused]
    sent = [case for case in refused if case[0] is not None]  # None leaves a header out
    headers = [(case, server.answer(name, caplog, body=None, x_answer=case[0])) for case in sent]

    assert [(case, found) for case, found in bodies if not _is_breach(found, case, "body ")] == []
    assert [(case, found) for case, found in headers if not _is_breach(found, case, "header X-Answer")] == []


def _is_breach(found: tuple[int, Any, str], case: list[Any], place: str) -> bool:
    """Tell whether an answer became a 500 that tells the client nothing and the log the pointer and the keyword."""
    status, problem, log = found
    _, pointers, keywords = case
    several = isinstance(pointers, list)
    faults = zip(pointers, keywords, strict=True) if several else [(pointers, keywords)]
    is_silent = status == 500 and problem.keys() == {"type", "title", "status", "detail"}
    return is_silent and all(f"{place}{pointer or ''}" in log and f"({keyword})" in log for pointer, keyword in faults)


# --- nothing is left out ----------------------------------------------------------------------------------------------

VOCABULARIES = Path(jsonschema_specifications.__file__).parent / "schemas/draft202012/vocabularies"
# What names a schema or a dialect says nothing of a value; tests/test_refs.py and tests/test_dialects.py have them.
NAMES = {"$id", "$schema", "$vocabulary"}
ZOO = load(Path(__file__).with_name("contracts") / "zoo" / "openapi.yaml").value


def keywords() -> set[str]:
    """Return the keywords that the metaschema of 2020-12 knows."""
    files = [json.loads(file.read_text()) for file in VOCABULARIES.iterdir()]
    return {keyword for vocabulary in files for keyword in vocabulary.get("properties", ())} - NAMES


def used(document: Any) -> set[str]:
    """Return the keywords of all schemas in an OpenAPI document, and its formats as ``format x``."""
    schemas = [node for _, kind, node in objects(document) if kind == "schema"]
    formats = {f"format {node['format']}" for node in schemas if "format" in node}
    return formats | {keyword for node in schemas for keyword in node}


@pytest.mark.parametrize("document", [contract("3.1.1"), ZOO], ids=["table", "zoo"])
def test_every_keyword_is_used(document: Any) -> None:
    assert keywords() - used(document) == set()


def test_zoo_has_every_format_of_the_table() -> None:
    found = {keyword for keyword in used(contract("3.1.1")) - used(ZOO) if keyword.startswith("format ")}

    assert found == {"format unheard-of"}
