"""Send every operation of a workspace valid requests, in process, and say where its mock breaks the contract.

The workspace is the current directory, its packages generated. The least request that the contract requires is sent,
and for every media type one with everything that can be sent. Answers are judged by the ``jsonschema`` library, which
the product does not use. Exit status: 0 when all is well, 1 when not.
"""

import argparse
import asyncio
import base64
import fnmatch
import json
import logging
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx
from jsonschema import Draft202012Validator
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from specwright.mock.server import Mock, load
from specwright.runtime.samples import NoSample, Samples
from specwright.spec.violations import Schemas
from specwright.workspace import find

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
PATIENCE = 120  # seconds that one operation may take
_ODD: tuple[Any, ...] = ("odd", 0, [], {})
_SHOWN = 800  # characters of a request or answer that are told
_DEEP = 4  # levels of values that are put together here


class OutOfTime(BaseException):
    """One operation takes too long; no ``except Exception`` on the way keeps it."""


def _out_of_time(*_: object) -> None:
    raise OutOfTime


# --- what a bundled contract says, and a judge of its own -------------------------------------------------------------


def _pattern(_: Any, pattern: str, value: Any, schema: Any) -> Iterator[Any]:
    """Judge by the patterns that Python reads; ECMA-262 has some that it does not."""
    with suppress(re.error):
        yield from Draft202012Validator.VALIDATORS["pattern"](_, pattern, value, schema) or ()


Judge = extend(Draft202012Validator, {"pattern": _pattern})


class Contract:
    """A bundled contract, read by JSON Pointer."""

    def __init__(self, document: Any, version: str) -> None:
        self.document, self.version = document, version
        self.samples = Samples(document, Schemas(document))
        self._registry: Any = Registry().with_resource("urn:contract", DRAFT202012.create_resource(document))
        self._judges: dict[str, Any] = {}
        self._values: dict[str, Any] = {}

    def __getitem__(self, pointer: str) -> Any:
        node = self.document
        for token in pointer.split("/")[1:]:
            key = token.replace("~1", "/").replace("~0", "~")
            node = node[int(key)] if isinstance(node, list) else node[key]
        return node

    def end(self, pointer: str) -> str:
        """Return where the references at ``pointer`` end."""
        node = self[pointer]
        return self.end(unquote(node["$ref"][1:])) if isinstance(node, dict) and "$ref" in node else pointer

    def below(self, pointer: str, key: str) -> dict[str, str]:
        """Return the names of the members of ``key`` at ``pointer``, and where their references end."""
        node = self[pointer].get(key) or {}
        names = [str(index) for index in range(len(node))] if isinstance(node, list) else list(node)
        if key in ("paths", "responses"):
            names = [name for name in names if not name.startswith("x-")]
        return {name: self.end(f"{pointer}/{key}/{_escape(name)}") for name in names}

    def operations(self) -> Iterator["Operation"]:
        """Yield every operation below ``paths``."""
        for path, item in self.below("", "paths").items():
            found = {method.upper(): f"{item}/{method}" for method in METHODS if method in self[item]}
            found.update(self.below(item, "additionalOperations"))
            for method, place in found.items():
                places = [*self.below(item, "parameters").values(), *self.below(place, "parameters").values()]
                merged = {(self[one]["name"], self[one]["in"]): one for one in places}
                yield Operation(method, path, place, tuple(merged.values()))

    def faults(self, schema: str, value: Any) -> list[str]:
        """Return how ``value`` breaks the schema at ``schema``."""
        if schema not in self._judges:
            reference = {"$ref": f"urn:contract#{quote(schema, safe='/~')}"}
            formats = Draft202012Validator.FORMAT_CHECKER
            self._judges[schema] = Judge(reference, registry=self._registry, format_checker=formats)
        return [f"{error.json_path}: {error.message[:200]}" for error in self._judges[schema].iter_errors(value)]

    def value(self, holder: str) -> Any:
        """Return a valid value for the parameter or media type at ``holder``; raises NoSample."""
        if holder not in self._values:
            self._values[holder] = self._value(holder)
        return self._values[holder]

    def _value(self, holder: str) -> Any:
        examples = list(self.samples.examples(holder))
        if "schema" not in self[holder]:
            return examples[0] if examples else "text"
        schema = f"{holder}/schema"
        for example in examples:
            if not self.faults(schema, example):
                return example
        sample = self.sample(schema, 0)
        longer = _longer(sample)
        return sample if self.faults(schema, longer) else longer

    def sample(self, schema: str, depth: int) -> Any:
        """Return a valid value for ``schema``: the product's sample, or one put together here; raises NoSample."""
        if depth > _DEEP:
            raise NoSample(f"no value for {schema} within {_DEEP} levels")
        with suppress(NoSample):
            sample = self.samples.of(schema)
            if sample is not None and not self.faults(schema, sample):
                return sample
        for candidate in self._candidates(self.end(schema), depth + 1):
            if not self.faults(schema, candidate):
                return candidate
        raise NoSample(f"no value for {schema} found")

    def _candidates(self, schema: str, depth: int) -> Iterator[Any]:
        keywords = self[schema].keys() if isinstance(self[schema], dict) else set()
        if "items" in keywords:
            yield [self.sample(f"{schema}/items", depth)]
        if not keywords & {"properties", "allOf", "anyOf", "oneOf"}:
            yield None
            return
        whole = {
            **_together(self._parts(schema, "allOf", depth).values()),
            **self._parts(schema, "properties", depth),
        }
        yield whole
        parts = [*self._parts(schema, "oneOf", depth).values(), *self._parts(schema, "anyOf", depth).values()]
        known = _together(parts)
        for part in parts:
            members = {**whole, **part} if isinstance(part, dict) else {}
            yield members or part
            # What other alternatives would take too is told apart by members that only they refuse.
            others = known.keys() - members.keys()
            yield from ({**members, **dict.fromkeys(others, odd)} for odd in _ODD)

    def _parts(self, schema: str, key: str, depth: int) -> dict[str, Any]:
        found = {}
        for name, place in self.below(schema, key).items():
            with suppress(NoSample):
                found[name] = self.sample(place, depth)
        return found


@dataclass(frozen=True)
class Operation:
    """One method of one path; ``pointer`` and ``parameters`` are places in the contract."""

    method: str
    path: str
    pointer: str
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _together(values: Iterable[Any]) -> dict[str, Any]:
    return {name: member for value in values if isinstance(value, dict) for name, member in value.items()}


def _longer(value: Any) -> Any:
    """Return lists with what is in them twice, so that it matters how they are spelled."""
    if isinstance(value, dict):
        return {name: [*member, *member] if isinstance(member, list) else member for name, member in value.items()}
    return [*value, *value] if isinstance(value, list) else value


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _is_json(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().lower().endswith(("/json", "+json"))


# --- a valid request --------------------------------------------------------------------------------------------------


@dataclass
class Parts:
    """A request before it is put together."""

    path: dict[str, str] = field(default_factory=dict)
    query: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def put(self, node: Any, value: Any) -> None:
        """Serialise one parameter; what has no spelling (null, an empty list, lists of lists) is left out."""
        name, where = node["name"], node["in"]
        style = node.get("style", "form" if where in ("query", "cookie") else "simple")
        explode = node.get("explode", style == "form")
        if value is None or value in ([], {}) or (style != "deepObject" and _nests(value)):
            return
        if where == "header":
            self.headers[name.lower()] = _listed(value, explode, ",", str)
        elif where == "path" and style == "matrix":
            pairs = _pairs(name, value, "form", explode, _quoted)
            self.path[name] = "".join(f";{key}={text}" for key, text in pairs)
        elif where == "path":
            sign = "." if style == "label" else ""
            self.path[name] = sign + _listed(value, explode, sign if sign and explode else ",", _quoted)
        else:
            pairs = _pairs(name, value, style, explode, _quoted)
            (self.query if where == "query" else self.cookies).extend(f"{_quoted(key)}={text}" for key, text in pairs)


def _nests(value: Any) -> bool:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(isinstance(item, dict | list) for item in items)


def _listed(value: Any, explode: bool, joint: str, encode: Callable[[str], str]) -> str:
    if isinstance(value, dict):
        sign = "=" if explode else joint
        return joint.join(f"{encode(key)}{sign}{encode(_text(item))}" for key, item in value.items())
    return joint.join(encode(_text(item)) for item in (value if isinstance(value, list) else [value]))


def _pairs(name: str, value: Any, style: str, explode: bool, encode: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Yield the fields that a value becomes, by style and explode (RFC 6570)."""
    if style == "deepObject" and isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _pairs(f"{name}[{key}]", item, style, explode, encode)
    elif explode and isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else ((name, item) for item in value):
            yield key, encode(_text(item))
    else:
        joint = {"spaceDelimited": " ", "pipeDelimited": "|"}.get(style, "")
        yield name, _listed(value, False, encode(joint) or ",", encode)


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def requests(contract: Contract, operation: Operation, base: str) -> Iterator[Callable[[], httpx.Request]]:
    """Yield what makes a request with everything that can be sent, one a media type, then the least that is required."""
    body = contract.end(f"{operation.pointer}/requestBody") if "requestBody" in contract[operation.pointer] else None
    media = list(contract.below(body, "content").items()) if body else []
    for kind in media or [("", "")]:
        yield partial(_request, contract, operation, base, kind, full=True)
    least = media[0] if body and media and contract[body].get("required") else ("", "")
    yield partial(_request, contract, operation, base, least, full=False)


def _request(
    contract: Contract, operation: Operation, base: str, media: tuple[str, str], *, full: bool
) -> httpx.Request:
    parts = Parts(headers={"accept": "*/*"})
    _identify(contract, operation, parts)
    for place in operation.parameters:
        node = contract[place]
        if node["in"] == "header" and node["name"].lower() in ("authorization", "content-type"):
            continue  # as the specification says
        holders = contract.below(place, "content").values()
        try:
            if full or node.get("required"):
                value = contract.value(next(iter(holders), place))
                parts.put(node, json.dumps(value) if holders else value)
        except NoSample:
            if node.get("required"):
                raise
    path = base + re.sub(r"\{([^{}]*)\}", lambda found: parts.path.get(found[1], "x"), operation.path)
    if parts.cookies:
        parts.headers["cookie"] = "; ".join(parts.cookies)
    body = _body(contract, *media, parts.headers) if media[0] else {}
    url = f"http://mock{path}{'?' if parts.query else ''}{'&'.join(parts.query)}"
    headers = [(name.encode(), text.encode()) for name, text in parts.headers.items()]
    return httpx.Request(operation.method, url, headers=headers, **body)


def _identify(contract: Contract, operation: Operation, parts: Parts) -> None:
    """Put in every credential of the first alternative."""
    alternatives = contract[operation.pointer].get("security", contract.document.get("security", []))
    for name in alternatives[0] if alternatives else ():
        scheme = contract[contract.below("/components", "securitySchemes")[name]]
        if scheme["type"] == "apiKey":
            parts.put(scheme, "key")
        elif scheme.get("scheme", "").lower() == "basic":
            parts.headers["authorization"] = f"Basic {base64.b64encode(b'user:password').decode()}"
        elif scheme["type"] != "mutualTLS":
            parts.headers["authorization"] = f"{scheme.get('scheme', 'Bearer')} token"


def _body(contract: Contract, media_type: str, holder: str, headers: dict[str, str]) -> dict[str, Any]:
    """Return the arguments of httpx for a body, and put its Content-Type into ``headers``."""
    kind = "application/json" if fnmatch.fnmatch("application/json", media_type) else media_type.replace("*", "x")
    is_multipart = kind.startswith("multipart/form-data")
    if not is_multipart:  # whose boundary httpx chooses
        headers["content-type"] = kind
    if _is_json(kind):
        return {"content": json.dumps(contract.value(holder)).encode()}
    if not is_multipart and "form-urlencoded" not in kind:
        return {"content": _text(contract.value(holder) if kind.startswith("text/") else "x").encode()}
    encoding, value = contract[holder].get("encoding", {}), contract.value(holder)
    if is_multipart and contract.version.startswith("3.0"):  # which has no styles there
        encoding = {name: {"contentType": how.get("contentType", "")} for name, how in encoding.items()}
    if not isinstance(value, dict):
        raise NoSample(f"the value for {holder} is no form")
    fields = [
        pair
        for name, member in value.items()
        for pair in _fields(name, member, encoding.get(name, {}), str if is_multipart else _quoted)
    ]
    if is_multipart:
        return {"files": [(name, (None, text.encode())) for name, text in fields]}
    return {"content": "&".join(f"{_quoted(name)}={text}" for name, text in fields).encode()}


def _fields(name: str, value: Any, how: Any, encode: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Yield the fields of a form that one member becomes, by its Encoding Object."""
    style = how.get("style", "form")
    if value is not None and how.keys() & {"style", "explode", "allowReserved"}:
        yield from _pairs(name, value, style, how.get("explode", style == "form"), encode)
    elif isinstance(value, list) and not _is_json(how.get("contentType", "")):
        yield from ((name, encode(_text(item))) for item in value)
    elif value is not None:
        yield name, encode(_text(value))


# --- a valid answer ---------------------------------------------------------------------------------------------------


def faults(contract: Contract, operation: Operation, response: httpx.Response) -> Iterator[str]:
    """Yield how ``response`` is not what the contract declares for a valid request."""
    declared = {name.lower(): place for name, place in contract.below(operation.pointer, "responses").items()}
    status = response.status_code
    place = declared.get(str(status)) or declared.get(f"{status // 100}xx") or declared.get("default")
    if not declared and status < 400:  # OpenAPI 3.1 lets a contract be silent on answers
        return
    if place is None or (status >= 400 and any(name[0] not in "45" for name in declared)):
        yield f"{status} {response.text[:_SHOWN]}"
        return
    for name, header in contract.below(place, "headers").items():
        if contract[header].get("required") and name not in response.headers:
            yield f"{status} lacks the header {name}"
    media = contract.below(place, "content")
    if operation.method == "HEAD" or not (media or response.content):
        return
    said = response.headers.get("content-type", "")
    kind = said.partition(";")[0].lower()
    names = [name for name in media if fnmatch.fnmatch(kind, name.partition(";")[0].strip().lower())]
    if not names:
        yield f"{status} with Content-Type {said!r}; {list(media)} are declared"
        return
    holder = media[said if said in media else min(names, key=lambda name: "*" in name)]
    if "schema" in contract[holder] and (_is_json(kind) or kind.startswith("text/")):
        found = contract.faults(f"{holder}/schema", json.loads(response.content) if _is_json(kind) else response.text)
        yield from (f"{status} with a body that is not valid: {fault}" for fault in found[:3])


class Log(logging.Handler):
    """Keeps what the server says it did wrong."""

    lines: list[str]

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the exception, or else the message."""
        error = record.exc_info[1] if record.exc_info else None
        text = repr(error) if error else record.getMessage()
        self.lines.append(" ".join(text.split())[:500])


def trial(contract: Contract, operation: Operation, mock: Mock, log: Log) -> Iterator[str]:
    """Yield what is wrong with the answers of one operation, with the request that shows it."""
    known = set()
    for make in requests(contract, operation, mock.base_urls[0]):
        try:
            request = make()
        except NoSample as error:
            yield f"no request: {error}"
            continue
        same = (request.url, *request.headers.items(), request.read())
        if same in known:
            continue
        known.add(same)
        log.lines = []
        try:
            response = asyncio.run(_sent(mock, request))
            found = list(faults(contract, operation, response))
        except Exception as error:  # noqa: BLE001 - whatever the server raises is the finding
            found = [f"{type(error).__name__}: {error}"]
        sent = f"{request.url.raw_path.decode()} {dict(request.headers)} {request.read()!r}"[:_SHOWN]
        yield from (" ".join([*log.lines, fault, f"after {sent}"]) for fault in found)


async def _sent(mock: Mock, request: httpx.Request) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(mock)) as client:
        return await client.send(request)


def main() -> int:
    """Try every operation of every API of the current workspace."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    count, found = 0, {}
    workspace = find(Path())
    log = Log()
    logging.getLogger().addHandler(log)
    for source in workspace.sources():
        mock = load(workspace, [source])
        bundled = workspace.generated / source.package / "openapi.json"
        contract = Contract(json.loads(bundled.read_bytes()), _version(source.contract))
        for operation in contract.operations():
            count += 1
            wrong = timed(contract, operation, mock, log)
            if wrong:
                found[f"{source.name} {operation}"] = wrong
    print(json.dumps({"operations": count, "faults": found}, indent=1))
    return int(bool(found))


def timed(contract: Contract, operation: Operation, mock: Mock, log: Log) -> list[str]:
    """Return what ``trial`` yields, or that it did not end in time."""
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.alarm(PATIENCE)
    try:
        return list(trial(contract, operation, mock, log))
    except OutOfTime:
        return [f"no end after {PATIENCE} seconds"]
    finally:
        signal.alarm(0)


def _version(file: Path) -> str:
    """Return the version that the document was written in: the bundled one may be another."""
    found = re.search(r"""openapi["']?\s*:\s*["']?([0-9.]+)""", file.read_text(encoding="utf-8-sig"))
    return found[1] if found else ""


if __name__ == "__main__":
    sys.exit(main())
