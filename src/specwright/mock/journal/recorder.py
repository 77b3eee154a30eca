"""What is kept of a request that was answered: an entry of the journal, a line of the log, its share of the metrics."""

import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import orjson

from specwright.mock.clock import microseconds
from specwright.mock.exchange import Exchange
from specwright.mock.journal.entry import Reason, Record, entry_id, violation, written
from specwright.mock.journal.journals import Journals
from specwright.mock.journal.metrics import Metrics
from specwright.mock.journal.redact import MOST_BYTES, Keeping, Redacting, Verbatim
from specwright.mock.namespaces import Namespace
from specwright.mock.reply import Conversation, Reply
from specwright.mock.settings import Settings
from specwright.plan import Api
from specwright.runtime.refusals import phrase


class Request(NamedTuple):
    """A request as it came in: its namespace, what of the path names that, the API, and when it came."""

    namespace: Namespace
    prefix: str
    api: str | None
    scope: Any
    started: int  # of time.perf_counter_ns


class Recorder:
    """Keeps what the settings say."""

    def __init__(self, journals: Journals, settings: Settings, metrics: Metrics, apis: Mapping[str, Api]) -> None:
        self._journals, self._settings, self._metrics = journals, settings, metrics
        self._keeping: dict[str | None, Keeping] = {name: _keeping(settings, api) for name, api in apis.items()}
        self._keeping[None] = _keeping(settings, None)

    def note(self, request: Request, exchange: Exchange | None, conversation: Conversation, reply: Reply) -> None:
        """Keep what is to be kept of a request and its answer."""
        elapsed = time.perf_counter_ns() - request.started
        operation = exchange.operation if exchange else None
        self._metrics.count(request.api, operation, reply.status, elapsed / 1e9)
        if self._settings.journal != "off":
            self._journal(request, exchange, conversation, reply, elapsed // 1_000_000)
        if self._settings.log_format != "off":
            self._log(request, exchange, reply.status, elapsed / 1e6)

    def _journal(
        self, request: Request, exchange: Exchange | None, conversation: Conversation, reply: Reply, elapsed: int
    ) -> None:
        control, scope = request.namespace.control, request.scope
        # Of a body that is too large one byte more than is kept stays: what keeps it says so.
        facts = _Facts(
            seed=control.seed,
            scheme=scope["scheme"],
            server=scope.get("server"),
            client=scope.get("client"),
            method=scope["method"],
            prefix=request.prefix,
            target=_target(scope),
            headers=scope["headers"],
            body=conversation.request[: MOST_BYTES + 1],
            now=control.clock.now(),
            reply=reply if len(reply.body) <= MOST_BYTES else reply._replace(body=reply.body[: MOST_BYTES + 1]),
            elapsed=0 if control.clock.frozen else elapsed,
            was_matched=exchange is not None and exchange.reached,
            api=request.api,
            operation=exchange.operation if exchange else None,
            refused=_reason(exchange, reply.status),
        )
        size = len(facts.body) + len(facts.reply.body)
        self._journals.add(request.namespace.id, size, partial(_entry, facts, self._keeping[request.api]))

    def _log(self, request: Request, exchange: Exchange | None, status: int, milliseconds: float) -> None:
        reason = _reason(exchange, status)
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "namespace": request.namespace.name,
            "api": request.api,
            "operation": exchange.operation if exchange else None,
            "method": request.scope["method"],
            "url": self._keeping[request.api].url(_url(_target(request.scope), request.prefix)),
            "status": status,
            "milliseconds": round(milliseconds, 1),
            "refused": reason.detail if reason else None,
        }
        text = orjson.dumps(line).decode() if self._settings.log_format == "json" else _text(line)
        with suppress(OSError):  # nobody reads any more, which is no reason not to answer
            print(text, flush=True)


class _Facts(NamedTuple):
    """What an entry is made of, when somebody reads it: as it came, for most are never read."""

    seed: str
    scheme: str
    server: tuple[str, int] | None
    client: tuple[str, int] | None
    method: str
    prefix: str
    target: tuple[bytes, bytes]
    headers: list[tuple[bytes, bytes]]
    body: bytearray
    now: datetime
    reply: Reply
    elapsed: int
    was_matched: bool
    api: str | None
    operation: str | None
    refused: Reason | None


def _entry(facts: _Facts, keeping: Keeping, number: int) -> str:
    record = Record(
        id=entry_id(facts.seed, number),
        method=facts.method,
        url=_url(facts.target, facts.prefix),
        origin=f"{facts.scheme}://{_host(facts)}{facts.prefix}",
        client_ip=facts.client[0] if facts.client else "",
        headers=_decoded(facts.headers),
        body=bytes(facts.body),
        logged=microseconds(facts.now) // 1000,
        status=facts.reply.status,
        response_headers=_decoded(facts.reply.headers),
        response_body=facts.reply.body,
        elapsed=facts.elapsed,
        was_matched=facts.was_matched,
        api=facts.api,
        operation=facts.operation,
        refused=facts.refused,
    )
    return written(record, keeping)


def _keeping(settings: Settings, api: Api | None) -> Keeping:
    if settings.journal == "full":
        return Verbatim()
    return Redacting(item.scheme["name"] for item in (api.security_schemes if api else ()) if "name" in item.scheme)


def _reason(exchange: Exchange | None, status: int) -> Reason | None:
    if exchange and exchange.fault:
        return Reason(status, exchange.fault)
    refused = exchange.refused if exchange else None
    if refused is None:
        return None
    return Reason(
        refused.status, refused.detail, [violation(item.location, item.violation) for item in refused.breaches]
    )


def _target(scope: Any) -> tuple[bytes, bytes]:
    """Return the path and the query of a request, as they came."""
    return scope.get("raw_path") or scope["path"].encode(), scope["query_string"]


def _url(target: tuple[bytes, bytes], prefix: str) -> str:
    raw, query = target
    path = raw.partition(b"?")[0].decode("latin-1").removeprefix(prefix)
    return f"{path}?{query.decode('latin-1')}" if query else path


def _host(facts: _Facts) -> str:
    sent = next((value for name, value in facts.headers if name == b"host"), b"")
    return sent.decode("latin-1") or "{}:{}".format(*(facts.server or ("localhost", 80)))


def _decoded(headers: Any) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def _text(line: Mapping[str, Any]) -> str:
    status, refused = line["status"], line["refused"]
    said = f"{status} {phrase(status)}" if status else "(nothing sent)"
    why = f"  {refused}" if refused else ""
    text = f"{line['time']} {line['namespace']} {line['method']} {line['url']} {said} {line['milliseconds']} ms{why}"
    return text if text.isprintable() else "".join(char if char.isprintable() else "?" for char in text)
