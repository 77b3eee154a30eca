"""Schemathesis against every partner as it behaves: all phases and checks, its requests made of what its world holds.

A partner may refuse what its contract allows, which is its business; it never answers what its contract does not say.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from test_fuzz import EXAMPLES, SEED, WORKSPACE, credentials

from specwright.mock.auth import issue, scopes_of
from specwright.mock.clock import Clock
from specwright.mock.namespaces import DEFAULT
from specwright.mock.scene import Scene
from specwright.mock.server import load
from specwright.mock.settings import Settings
from specwright.mock.world import World
from specwright.plan import Api, build
from specwright.spec.read import read
from specwright.workspace import Source

PARTNERS = [source for source in WORKSPACE.sources() if source.contract.with_name("partner.py").is_file()]
HEADERS = {"nexhealth": {"Accept": "application/vnd.Nexhealth+json;version=2"}}
# Before the times in the contracts' examples, and without a limit that fuzzing would hit all the time.
NOW = datetime(2024, 1, 1, 8, tzinfo=UTC)
SWITCHES = {"caspen": {"caspen": {"rateLimit": "off"}}}
BUSINESS = ["2xx", "400", "401", "403", "404", "409", "422"]


def leaves(value: Any) -> Iterator[Any]:
    """Yield every text and number in a JSON value."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from leaves(item)
    elif isinstance(value, int | str) and not isinstance(value, bool):
        yield value


def configuration(api: Api, scene: Scene[World]) -> SchemathesisConfig:
    """Return how requests are made: with a genuine token, and often with ids and names of the world."""
    known = list(dict.fromkeys(leaves(scene.world.model_dump(mode="json"))))
    kinds = {
        "string": [some for some in known if isinstance(some, str)],
        "integer": [some for some in known if isinstance(some, int)],
    }
    token = issue(scene, scene.world.clients[0], timedelta(days=1), scopes_of(api))
    return SchemathesisConfig.from_dict(
        {
            **credentials(api, token),
            "headers": {**credentials(api, token).get("headers", {}), **HEADERS.get(scene.owner.api, {})},
            "seed": SEED,
            "cache": {"enabled": False},
            "checks": {"positive_data_acceptance": {"expected-statuses": BUSINESS}},
            "dictionaries": {kind: {"values": values} for kind, values in kinds.items()},
            "generation": {
                "mode": "all",
                "max-examples": EXAMPLES,
                "database": "none",
                "deterministic": True,
                "dictionaries": {kind: {"dictionary": kind, "probability": 0.5} for kind in kinds},
            },
        }
    )


def failures(source: Source) -> Iterator[str]:
    """Run every phase and check against one partner and yield what failed, with the curl that repeats it."""
    mock = load(WORKSPACE, [source], Settings(auth="strict"))
    control = {"clock": Clock(frozen=NOW), "switches": SWITCHES.get(source.name, {})}
    scene, _ = mock.namespaces.change(DEFAULT, **control).scene(source.name)
    api = build(source.package, read(source.contract, WORKSPACE.root).value)
    config = configuration(api, scene)
    schema = schemathesis.openapi.from_asgi(f"{mock.base_urls[0]}/openapi.json", mock, config=config)
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
    if not [status for status in statuses if status in (200, 201)]:
        yield f"no request to {source.name} succeeded"
    import collections, sys

    print(source.name, sorted(collections.Counter(statuses).items()), file=sys.stderr)


@pytest.mark.parametrize("source", PARTNERS, ids=lambda source: source.name)
def test_a_partner_keeps_its_contract_under_fuzz(source: Source) -> None:
    assert list(failures(source)) == []
