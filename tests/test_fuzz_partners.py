"""Schemathesis against every partner as it behaves: all phases and checks, its requests made of what its world holds.

A partner may refuse what its contract allows, which is its business; it never answers what its contract does not say.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fuzzing import GENERATION, failures
from test_fuzz import WORKSPACE, built

from specwright.mock.app import Mock
from specwright.mock.auth import issue, scopes_of
from specwright.mock.clock import Clock
from specwright.mock.namespaces import DEFAULT
from specwright.mock.scene import Scene
from specwright.mock.server import load
from specwright.mock.settings import Settings
from specwright.mock.world import World
from specwright.workspace import Source

PARTNERS = [source for source in WORKSPACE.sources() if source.contract.with_name("partner.py").is_file()]
HEADERS = {"nexhealth": {"headers": {"Accept": "application/vnd.Nexhealth+json;version=2"}}}
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


def behaving(source: Source) -> tuple[Mock, Scene[World]]:
    """Return the mock of one partner and where it plays."""
    mock = load(WORKSPACE, [source], Settings(auth="strict"))
    control = {"clock": Clock(frozen=NOW), "switches": SWITCHES.get(source.name, {})}
    return mock, mock.namespaces.change(DEFAULT, **control).scene(source.name)[0]


@pytest.mark.parametrize("source", PARTNERS, ids=lambda source: source.name)
def test_a_partner_keeps_its_contract_under_fuzz(source: Source) -> None:
    mock, scene = behaving(source)
    _, api = built(WORKSPACE, source.name)
    token = issue(scene, scene.world.clients[0], timedelta(days=1), scopes_of(api))
    known = [*dict.fromkeys(leaves(scene.world.model_dump(mode="json")))]
    kinds = {
        "string": [some for some in known if isinstance(some, str)],
        "integer": [some for some in known if isinstance(some, int)],
    }
    said = {
        **HEADERS.get(source.name, {}),
        "checks": {"positive_data_acceptance": {"expected-statuses": BUSINESS}},
        "dictionaries": {kind: {"values": values} for kind, values in kinds.items()},
        "generation": {
            **GENERATION,
            "dictionaries": {kind: {"dictionary": kind, "probability": 0.5} for kind in kinds},
        },
    }

    assert list(failures(api, mock, mock.base_urls[0], token, **said)) == []
