"""Schemathesis, in process. FUZZ_SEED and FUZZ_EXAMPLES choose what is tried."""

import json
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from specwright.plan import Api

TOKEN = "fuzz-token"
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "50"))
GENERATION = {"mode": "all", "max-examples": EXAMPLES, "database": "none", "deterministic": True}
SEED = int(os.environ.get("FUZZ_SEED", "1"))


@schemathesis.serializer("application/x-www-form-urlencoded")
def form(_: Any, value: Any) -> bytes:
    """Spell composite fields as JSON text: Schemathesis passes over the contract's ``encoding``."""
    pairs = value if isinstance(value, list) else list(value.items()) if isinstance(value, dict) else []
    fields = [(name, item) for name, raw in pairs for item in (raw if isinstance(raw, list) else [raw])]
    return urlencode([(name, _text(item)) for name, item in fields]).encode()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def credentials(api: Api, token: str) -> dict[str, Any]:
    """Return the configuration that sends every security scheme of ``api`` its credential."""
    kinds = {"apikey": {"api_key": token}, "bearer": {"bearer": token}, "basic": {"username": token, "password": token}}
    schemes = {item.name: item.scheme.get("scheme", item.scheme["type"]).lower() for item in api.security_schemes}
    known = {name: kinds[kind] for name, kind in schemes.items() if kind in kinds}
    others = {"headers": {"Authorization": f"Bearer {token}"}} if schemes.keys() - known.keys() else {}
    return {**others, **({"auth": {"openapi": known}} if known else {})}


def failures(api: Api, app: Any, base_url: str, token: str = TOKEN, **said: Any) -> Iterator[str]:
    """Run every phase and check against ``api`` at ``base_url`` of ``app`` and yield what failed, with the curl that repeats it.

    ``said`` are sections of Schemathesis' configuration.
    """
    config = {
        **credentials(api, token),
        "seed": SEED,
        "cache": {"enabled": False},
        "generation": GENERATION,
        **said,
    }
    schema = schemathesis.openapi.from_asgi(
        f"{base_url}/openapi.json", app, config=SchemathesisConfig.from_dict(config)
    )
    statuses: list[int] = []
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            yield str(event)
        if isinstance(event, events.ScenarioFinished):
            checks = [check for found in event.recorder.checks.values() for check in found]
            statuses += [call.response.status_code for call in event.recorder.interactions.values() if call.response]
            yield from (
                f"{check.name}: {check.failure_info.failure}\n{check.failure_info.code_sample}"
                for check in checks
                if check.failure_info is not None
            )
    if api.operations and not {200, 201} & set(statuses):
        yield "no request succeeded"
