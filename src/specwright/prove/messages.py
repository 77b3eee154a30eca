"""What the witness says of whole messages: it reads them off the wire by itself and judges them by the contract."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from specwright.plan import Media, Operation, Parameter, Response
from specwright.prove.evidence import Case, Reply, Request
from specwright.prove.subject import Subject
from specwright.prove.witness import Witness, witness_of

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_SCALARS = {"string", "integer", "number", "boolean"}
# What HTTP has for any operation, declared or not.
_OF_HTTP = frozenset({400, 401, 403, 404, 405, 406, 413, 415, 422, 500})


class Opinion(NamedTuple):
    """What the witness finds wrong with a message, and whether it could read all of it."""

    faults: tuple[str, ...]
    is_whole: bool


class Messages:
    """Judges the messages of one subject."""

    def __init__(self, subject: Subject) -> None:
        self._requests = witness_of(subject.contract, "request")
        self._responses = witness_of(subject.contract, "response")
        self._operations = [(_path_of(item), item) for item in subject.api.operations]

    def opinion(self, case: Case, reply: Reply) -> Opinion:
        """Return where the witness is of another opinion than the server about one exchange, nothing where it is not."""
        operation = self._operation(case.request)
        if operation is None or reply.status == 599:
            return Opinion((), is_whole=False)
        found = [f"{case}: the answer {reply.status} {fault}" for fault in self.reply(operation, reply).faults]
        opinion = self.request(operation, case.request)
        if case.suite == "matrix" and reply.reached and opinion.faults:
            found.append(f"{case}: the server lets through what is wrong: {opinion.faults[0]}")
        is_blamed = reply.reached is False and reply.status in (400, 422)
        if case.suite == "matrix" and is_blamed and opinion.is_whole and not opinion.faults:
            found.append(f"{case}: the server refuses what is right")
        return Opinion(tuple(found), opinion.is_whole)

    def _operation(self, request: Request) -> Operation | None:
        """Return the operation that a request asks for, by the most literal path."""
        path = request.target.partition("?")[0]
        found = [item for shape, item in self._operations if item.method == request.method and shape.fullmatch(path)]
        return min(found, key=lambda item: item.path.count("{"), default=None)

    # --- answers ----------------------------------------------------------------------------------------------

    def reply(self, operation: Operation, reply: Reply) -> Opinion:
        """Judge an answer: its status, media type, headers and body."""
        declared = _declared(operation, reply.status)
        if not declared:
            known = reply.status in _OF_HTTP
            return Opinion(() if known else ("has a status that is not declared",), is_whole=known)
        faults = [fault for response in declared[:1] for fault in self._headers(response, reply)]
        medias = [media for response in declared for media in response.media]
        sent = _essence(reply.header("content-type") or "")
        if not medias:
            is_problem = sent == "application/problem+json"
            return Opinion((*faults, *(["has a body"] if reply.body and not is_problem else [])), is_whole=True)
        media = _media(medias, sent)
        if media is None:
            return Opinion((*faults, f"is {sent or 'of no media type'}, which is not declared"), is_whole=True)
        return Opinion((*faults, *self._body(self._responses, media, sent, reply.body)), is_whole=_is_json(sent))

    def _headers(self, response: Response, reply: Reply) -> Iterator[str]:
        for header in response.headers:
            text = reply.header(header.name)
            if text is None:
                if header.required:
                    yield f"has no header {header.name}"
                continue
            if not header.pointer:
                continue
            values = [text, *_readings(text)]
            if not any(self._responses.is_valid(header.pointer, value) for value in values):
                yield f"has the header {header.name}: {text}, which its schema does not allow"

    # --- requests ---------------------------------------------------------------------------------------------

    def request(self, operation: Operation, request: Request) -> Opinion:
        """Judge a request: its parameters as far as they are single values, and its body if it is JSON."""
        given, repeated = _given(operation, request)
        faults, is_whole = [], not repeated
        for parameter in operation.parameters:
            text = given.get((parameter.location, parameter.name))
            if not self._is_plain(parameter):
                is_whole = is_whole and text is None and not parameter.required and parameter.style == "form"
            elif text is None:
                faults += [f"{parameter.location} {parameter.name} is absent"] if parameter.required else []
            else:
                values = [text, *_readings(text)]
                if not any(self._requests.is_valid(parameter.pointer, value) for value in values):
                    faults.append(f"{parameter.location} {parameter.name}: {text[:60]}")
        body = self._request_body(operation, request)
        return Opinion((*faults, *body.faults), is_whole and body.is_whole)

    def _request_body(self, operation: Operation, request: Request) -> Opinion:
        if operation.body is None:
            return Opinion((), is_whole=True)
        if not request.body:
            return Opinion(("body is absent",) if operation.body.required else (), is_whole=True)
        sent = _essence(request.header("content-type"))
        media = _media(operation.body.media, sent)
        if media is None:
            return Opinion((f"body is {sent}",), is_whole=True)
        return Opinion(tuple(self._body(self._requests, media, sent, request.body)), is_whole=_is_json(sent))

    def _body(self, witness: Witness, media: Media, sent: str, body: bytes) -> Iterator[str]:
        if not media.pointer or not _is_json(sent):
            return
        try:
            value = json.loads(body)
        except ValueError:
            yield "has a body that is no JSON"
            return
        yield from (f"body {list(e.place)} {e.message}" for e in witness.errors(media.pointer, value)[:3])

    def _is_plain(self, parameter: Parameter) -> bool:
        """Tell whether a parameter is one text that means one value."""
        if parameter.media_type is not None or parameter.style not in ("simple", "form"):
            return False
        schema = _resolved(self._requests.contract, parameter.pointer)
        types = schema.get("type") if isinstance(schema, dict) else None
        return isinstance(types, str) and types in _SCALARS


def _path_of(operation: Operation) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{[^{}]*\\\}", "([^/]*)", re.escape(operation.path)))


def _given(operation: Operation, request: Request) -> tuple[dict[tuple[str, str], str], bool]:
    """Return the texts of a request by location and name, and whether one was given twice."""
    path, _, query = request.target.partition("?")
    given: dict[tuple[str, str], str] = {}
    found = _path_of(operation).fullmatch(path)
    names = re.findall(r"\{([^{}]*)\}", operation.path)
    given |= {("path", name): unquote(text) for name, text in zip(names, found.groups() if found else (), strict=False)}
    pairs = parse_qsl(query, keep_blank_values=True)
    given |= {("query", name): text for name, text in pairs}
    wanted = {item.name.lower(): item.name for item in operation.parameters if item.location == "header"}
    given |= {("header", wanted[k.lower()]): text for k, text in request.headers if k.lower() in wanted}
    for part in request.header("cookie").split(";"):
        name, equals, text = part.strip().partition("=")
        given |= {("cookie", name): text} if equals else {}
    return given, len({name for name, _ in pairs}) != len(pairs)


def _readings(text: str) -> list[Any]:
    if text in ("true", "false", "null") or _NUMBER.fullmatch(text):
        return [json.loads(text)]
    return [[item.strip() for item in text.split(",")], [_one(item.strip()) for item in text.split(",")]]


def _one(text: str) -> Any:
    return json.loads(text) if text in ("true", "false", "null") or _NUMBER.fullmatch(text) else text


def _declared(operation: Operation, status: int) -> list[Response]:
    for wanted in (str(status), f"{status // 100}XX", "DEFAULT"):
        found = [response for response in operation.responses if response.status.upper() == wanted]
        if found:
            return found
    return []


def _media(medias: Any, sent: str) -> Media | None:
    by_name: Mapping[str, Media] = {_essence(media.media_type): media for media in reversed(list(medias))}
    return by_name.get(sent) or by_name.get(f"{sent.partition('/')[0]}/*") or by_name.get("*/*")


def _essence(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def _is_json(media_type: str) -> bool:
    return media_type.endswith(("/json", "+json"))


def _resolved(contract: Any, pointer: str) -> Any:
    node = contract
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        node = node[int(key)] if isinstance(node, list) else node.get(key, True) if isinstance(node, dict) else True
    return node
