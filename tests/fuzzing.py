"""Schemathesis, in process. FUZZ_SEED and FUZZ_EXAMPLES choose what is tried."""

import os
from collections.abc import Iterator
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from specwright.plan import Api
from specwright.prove.fuzz import credentials
from specwright.prove.subject import Login

TOKEN = "fuzz-token"
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "50"))
GENERATION = {"mode": "all", "max-examples": EXAMPLES, "database": "none", "deterministic": True}
SEED = int(os.environ.get("FUZZ_SEED", "1"))


def logins(api: Api, token: str) -> dict[str, Login]:
    """Return ``token`` as the credential of every security scheme of ``api``."""
    schemes = {item.name: str(item.scheme.get("scheme", "")).lower() for item in api.security_schemes}
    return {name: Login(f"{token}:{token}" if kind == "basic" else token) for name, kind in schemes.items()}


def failures(api: Api, app: Any, base_url: str, token: str = TOKEN, **said: Any) -> Iterator[str]:
    """Run every phase and check against ``api`` at ``base_url`` of ``app`` and yield what failed, with the curl that repeats it.

    ``said`` are sections of Schemathesis' configuration.
    """
    config = {
        **credentials(api, logins(api, token)),
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
