"""Schemathesis, driven through its engine: every phase, every check, fixed seeds, sharded over processes."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from specwright.plan import Api
from specwright.prove.evidence import Finding, Fuzz
from specwright.prove.findings import Places, detail, distinct
from specwright.prove.processes import done
from specwright.prove.subject import Login
from specwright.runtime.docs import served

PHASES = ("coverage", "fuzzing", "stateful", "examples")  # the longest first
# Cases of these are small as they are; of the others Hypothesis shrinks what fails, and stops there.
_ENUMERATED = ("examples", "coverage")
# What obeys the contract may still be more than a partner can do: somebody unknown, a time in the past.
_BUSINESS = ["2xx", "400", "401", "403", "404", "409", "422", "429"]


@schemathesis.serializer("application/x-www-form-urlencoded")
def form(_: Any, value: Any) -> bytes:
    """Spell composite fields as JSON text: Schemathesis passes over the contract's ``encoding``."""
    pairs = value if isinstance(value, list) else list(value.items()) if isinstance(value, dict) else []
    fields = [(name, item) for name, raw in pairs for item in (raw if isinstance(raw, list) else [raw])]
    return urlencode([(name, item if isinstance(item, str) else json.dumps(item)) for name, item in fields]).encode()


@dataclass(frozen=True)
class Server:
    """What is fuzzed: an ASGI application, or without one a server at ``url``, the base URL of the API.

    A server that ``behaves`` may refuse what obeys the contract.
    """

    api: Api
    logins: Mapping[str, Login]
    url: str
    app: Any = None
    behaves: bool = False


@dataclass(frozen=True)
class Effort:
    """How much is tried: with these seeds, so many examples an operation, and of a server that is not ours at what rate."""

    seeds: tuple[int, ...] = (1,)
    examples: int = 50
    phases: tuple[str, ...] = PHASES
    rate: str = ""
    seconds: int = 0


@dataclass(frozen=True)
class Tried:
    """What one run of one phase with one seed came to."""

    requests: int
    successes: int
    findings: tuple[Finding, ...]


def fuzz(make: Callable[[], Server], effort: Effort, workers: int = 1) -> Fuzz:
    """Return what all phases find with all seeds, in ``workers`` processes, each of which calls ``make``, a global function."""
    jobs = [partial(_tried, make, effort, seed, phase) for seed in effort.seeds for phase in effort.phases]
    runs: list[Tried] = list(done(jobs, workers))
    found = [item for some in runs for item in some.findings]
    requests, successes = sum(some.requests for some in runs), sum(some.successes for some in runs)
    if requests and not successes:
        found.append(
            Finding("", "", "", "proof", "no request succeeded: nothing is proved of answers", "", effort.seeds[0])
        )
    return Fuzz(effort.seeds, requests, distinct(found))


def _tried(make: Callable[[], Server], effort: Effort, seed: int, phase: str) -> Tried:
    return tried(make(), effort, seed, phase)


def tried(server: Server, effort: Effort, seed: int, phase: str) -> Tried:
    """Run one ``phase`` against ``server``; every failure becomes findings with the curl that repeats it."""
    places, found, statuses = Places(server.api), list[Finding](), list[int]()
    for event in from_schema(_schema(server, effort, seed, phase)).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            found.append(Finding("", "", "", "schemathesis", " ".join(str(event).split())[:300], "", seed))
        if isinstance(event, events.ScenarioFinished):
            statuses += [call.response.status_code for call in event.recorder.interactions.values() if call.response]
            found += _findings(event.recorder, places, seed)
    return Tried(len(statuses), sum(status < 400 for status in statuses), distinct(found))


def _findings(recorder: Any, places: Places, seed: int) -> Iterator[Finding]:
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                case, failure = recorder.cases[case_id].value, check.failure_info.failure
                operation = places.operation(case)
                name = operation.operation_id if operation else recorder.label
                for place in places.of(failure, case):
                    yield Finding(name, *place, check.name, detail(failure), check.failure_info.code_sample, seed)


def _schema(server: Server, effort: Effort, seed: int, phase: str) -> Any:
    settings: dict[str, Any] = {
        **credentials(server.api, server.logins),
        "seed": seed,
        "base-url": server.url,
        "cache": {"enabled": False},
        "continue-on-failure": phase in _ENUMERATED,
        "checks": {"positive_data_acceptance": {"expected-statuses": _BUSINESS}} if server.behaves else {},
        "phases": {name: {"enabled": name == phase} for name in PHASES},
        "generation": {"mode": "all", "max-examples": effort.examples, "database": "none", "deterministic": True},
    }
    settings |= {"rate-limit": effort.rate} if effort.rate else {}
    settings |= {"max-time": effort.seconds} if effort.seconds else {}
    document = {**served(server.api), "servers": [{"url": server.url}]}
    schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig.from_dict(settings))
    if server.app is not None:
        schema.app = server.app
    return schema


def credentials(api: Api, logins: Mapping[str, Login]) -> dict[str, Any]:
    """Return the configuration that sends every security scheme of ``api`` its credential."""
    known: dict[str, Any] = {}
    headers: dict[str, str] = {}
    for scheme in api.security_schemes:
        text = logins[scheme.name].genuine if scheme.name in logins else ""
        kind = str(scheme.scheme.get("scheme", scheme.scheme["type"])).lower()
        if kind == "basic":
            user, _, password = text.partition(":")
            known[scheme.name] = {"username": user, "password": password}
        elif kind in ("apikey", "bearer"):
            known[scheme.name] = {"api_key" if kind == "apikey" else "bearer": text}
        elif text:
            headers["Authorization"] = f"Bearer {text}"
    return {**({"headers": headers} if headers else {}), **({"auth": {"openapi": known}} if known else {})}
