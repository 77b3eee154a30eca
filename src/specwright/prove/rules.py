"""Rules of HTTP that no contract has to say: cheap to ask of any server, and often broken."""

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from urllib.parse import urljoin, urlsplit

from specwright.plan import Operation
from specwright.prove.evidence import Case, Reply, Request, Unproved
from specwright.prove.probes import Judge, Probe, Send, Undecided, said
from specwright.prove.requests import Requests, Unsendable
from specwright.prove.sites import UNHEARD_OF
from specwright.prove.spelling import Unspellable

_IMPOSSIBLE = "application/x-impossible"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# A traceback, or a path of the machine, in what a client is told.
_LEAK = re.compile(
    rb'Traceback \(most recent call last\)|File \\?"[^"]+", line \d+|/(?:home|usr|var|opt|work)/[\w.-]+/|\.py\b'
)


def leaks(reply: Reply) -> str:
    """Return what an error body tells that it must not, nothing when it tells nothing."""
    found = _LEAK.search(reply.body) if reply.status >= 400 else None
    return f"the body leaks {found[0].decode('utf-8', 'replace')}" if found else ""


class Rules:
    """Makes the probes of one subject; ``send`` is also how a rule asks a second time."""

    def __init__(self, requests: Requests, send: Send) -> None:
        self._requests, self._send = requests, send
        self._operations = requests.subject.api.operations

    def probes(self) -> Iterator[Probe | Unproved]:
        """Yield a probe for everything that can be tried, and what cannot."""
        yield from map(self._method, {item.path: item for item in self._operations}.values())
        for operation in self._operations:
            try:
                request = self._requests.sound(operation).built()
            except (Unsendable, Unspellable) as error:
                yield Unproved(operation.operation_id, "rule", "", "", "rule", str(error))
                continue
            yield from self._of(operation, request)

    def of_our_servers(self) -> Iterator[Probe]:
        """Yield what no contract asks for and servers of ours do all the same."""
        for operation in self._operations:
            composed = [item for item in operation.parameters if item.location == "query" and "[" in item.annotation]
            if composed:
                continue  # the members of an object may be keys of the query string, whatever they are called
            with suppress(Unsendable, Unspellable):
                request = self._requests.sound(operation).having("query", UNHEARD_OF, f"{UNHEARD_OF}=1").built()
                yield self._probe(operation, "an unknown query parameter is refused", request, _unknown)

    def _of(self, operation: Operation, request: Request) -> Iterator[Probe]:
        if _offers(operation):
            impossible = _with_header(request, "Accept", _IMPOSSIBLE)
            yield self._probe(operation, "an impossible Accept is 406", impossible, _not_acceptable)
        yield self._probe(operation, "no 204 with a body", request, _bodiless)
        yield self._probe(operation, "error bodies leak nothing", _malformed(request), leaks)
        if any(header.name.lower() == "location" for response in operation.responses for header in response.headers):
            yield self._probe(operation, "Location resolves", request, partial(self._located, request))
        if operation.method == "GET":
            yield self._probe(operation, "HEAD equals GET", request, partial(self._same_head, request))
        reading = self._reading(operation)
        if reading is not None and operation.method in ("PUT", "PATCH", "POST"):
            judge = partial(self._unchanged, operation, request, reading)
            yield self._probe(operation, "a failed update changes nothing", reading, judge)

    def _method(self, operation: Operation) -> Probe:
        used = {item.method for item in self._operations if item.path == operation.path}
        draft_target = self._target(operation)
        method = next((name for name in _METHODS if name not in used), "TRACE")
        return self._probe(operation, "405 carries Allow", Request(method, draft_target), partial(_allowed, used))

    def _target(self, operation: Operation) -> str:
        try:
            return self._requests.sound(operation).built().target.partition("?")[0]
        except (Unsendable, Unspellable):
            return re.sub(r"\{[^{}]*\}", "1", operation.path)

    def _probe(self, operation: Operation, what: str, request: Request, judge: Judge) -> Probe:
        case = Case("rules", operation.operation_id, "rule", "", what, "rule", what, request)
        return Probe(case, self._send, judge)

    # --- rules that ask twice ---------------------------------------------------------------------------------

    def _same_head(self, request: Request, reply: Reply) -> str:
        if not reply.status < 300:
            raise Undecided(f"GET answered {reply.status}")
        head = self._send(Request("HEAD", request.target, request.headers))
        if head.body:
            return "HEAD was answered with a body"
        if head.status != reply.status:
            return f"HEAD answered {head.status}, GET {reply.status}"
        return "" if _kind(head) == _kind(reply) else f"HEAD says {_kind(head)}, GET {_kind(reply)}"

    def _located(self, request: Request, reply: Reply) -> str:
        location = reply.header("location")
        if not reply.status < 400 or location is None:
            raise Undecided(f"answered {reply.status} without Location")
        target = urlsplit(urljoin(f"http://host{request.target}", location)).path
        readable = next((item for item in self._operations if item.method == "GET" and _ends_as(target, item)), None)
        if readable is None:
            raise Undecided(f"no operation reads {location}")
        start = target.index(next(iter(_matches(target, readable))))
        found = self._send(Request("GET", target[start:], request.headers))
        return "" if found.status < 400 else f"{location} answers {found.status}"

    def _unchanged(self, operation: Operation, request: Request, reading: Request, before: Reply) -> str:
        if before.status >= 300:
            raise Undecided(f"what is to be changed answers {before.status}")
        failed = self._send(_malformed(request) if request.body else request)
        if failed.status < 400:
            raise Undecided(f"{operation.method} of a broken body answered {failed.status}")
        after = self._send(reading)
        same = (after.status, after.body) == (before.status, before.body)
        return "" if same else f"{operation.method} answered {failed.status} and GET is another: {said(after)}"

    def _reading(self, operation: Operation) -> Request | None:
        """Return the request that reads what ``operation`` changes, None when no operation does."""
        for other in self._operations:
            if other.method == "GET" and other.path == operation.path and operation.body is not None:
                try:
                    return self._requests.sound(other).built()
                except (Unsendable, Unspellable):
                    return None
        return None


def _matches(target: str, operation: Operation) -> Iterator[str]:
    pattern = re.sub(r"\\\{[^{}]*\\\}", "[^/]+", re.escape(operation.path))
    found = re.search(f"{pattern}$", target)
    if found:
        yield found[0]


def _ends_as(target: str, operation: Operation) -> bool:
    return bool(list(_matches(target, operation)))


def _offers(operation: Operation) -> bool:
    success = [response for response in operation.responses if response.status.startswith("2")]
    names = [media.media_type for response in success for media in response.media]
    return operation.negotiates and bool(names) and "*/*" not in names and all(item.media for item in success)


def _with_header(request: Request, name: str, value: str) -> Request:
    others = tuple(item for item in request.headers if item[0].lower() != name.lower())
    return Request(request.method, request.target, (*others, (name, value)), request.body)


def _malformed(request: Request) -> Request:
    """Return the request with a body that is no JSON, or with bytes in its path that are no text."""
    if request.body:
        return Request(request.method, request.target, request.headers, b'{"a": ')
    path, mark, query = request.target.partition("?")
    return Request(request.method, f"{path}{mark or '?'}{query}&%ff=%ff", request.headers)


def _kind(reply: Reply) -> str:
    return (reply.header("content-type") or "").partition(";")[0].strip().lower()


def _not_acceptable(reply: Reply) -> str:
    if reply.status in (401, 403, 429):
        raise Undecided(f"answered {reply.status}, which says nothing of Accept")
    return "" if reply.status == 406 else f"answered {said(reply)}: must be 406"


def _unknown(reply: Reply) -> str:
    named = ("query", f"/{UNHEARD_OF}", "unknown") in (reply.faults or ())
    return "" if named and 400 <= reply.status < 500 else f"answered {said(reply)}: must be refused for /{UNHEARD_OF}"


def _bodiless(reply: Reply) -> str:
    return "204 has a body" if reply.status == 204 and reply.body else ""


def _allowed(used: set[str], reply: Reply) -> str:
    if reply.status != 405:
        return f"answered {said(reply)}: must be 405"
    allow = {name.strip().upper() for name in (reply.header("allow") or "").split(",")}
    return (
        ""
        if used <= allow
        else f"Allow says {', '.join(sorted(allow)) or 'nothing'}, must name {', '.join(sorted(used))}"
    )
