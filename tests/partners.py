"""What the tests of the partners that behave share: namespaces whose clock stands still, and a word with a partner in one."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from conversation import Headers, Reply, call

from specwright.mock.app import Mock
from specwright.mock.auth import Mode
from specwright.mock.clock import Clock
from specwright.mock.scene import Scene
from specwright.mock.server import Settings, load
from specwright.workspace import find

WORKSPACE = find(Path(__file__).parents[1])
NOW = datetime(2030, 1, 7, 8, 0, tzinfo=UTC)  # a Monday

_numbers = count(1)


@cache
def mock_of(api: str, auth: Mode) -> Mock:
    return fresh_mock(api, auth)


def fresh_mock(api: str, auth: Mode = "presence") -> Mock:
    return load(WORKSPACE, WORKSPACE.sources([api]), Settings(auth=auth))


class Talk:
    """A conversation with one partner, in a namespace of its own."""

    def __init__(
        self, api: str, *, auth: Mode = "presence", mock: Mock | None = None, namespace: str = "", **switches: str
    ) -> None:
        self.api, self.mock = api, mock or mock_of(api, auth)
        self.namespace = namespace or f"talk-{next(_numbers)}"
        self.change(clock=Clock(frozen=NOW), switches={api: switches})

    def change(self, **control: Any) -> None:
        """Say something of the namespace, as the admin API does."""
        self.mock.namespaces.change(self.namespace, **control)

    def switch(self, **switches: str) -> None:
        self.change(switches={self.api: switches})

    def advance(self, by: timedelta) -> None:
        self.change(clock=self.mock.namespaces.get(self.namespace).control.clock.advance(by))

    def ask(self, method: str, path: str, headers: Headers = (), body: bytes = b"") -> Reply:
        return call(self.mock, method, f"/__ns/{self.namespace}/{self.api}{path}", headers, [body])

    def post_json(self, path: str, body: Any, **headers: str) -> Reply:
        """Send ``body`` as JSON with some credential, unless ``headers`` say otherwise; one that is empty is left out."""
        said = {"content-type": "application/json", "authorization": "Bearer any-token", **headers}
        return self.ask("POST", path, [item for item in said.items() if item[1]], json.dumps(body).encode())

    @property
    def scene(self) -> Scene[Any]:
        return self.mock.namespaces.get(self.namespace).scene(self.api)[0]

    @property
    def world(self) -> Any:
        return self.scene.world

    def records(self, kind: str) -> Mapping[str, Any]:
        return self.scene.records(kind).all()


class Diary:
    """A reference: who is booked from when to when."""

    def __init__(self) -> None:
        self._bookings: list[tuple[Any, datetime, datetime]] = []

    def __len__(self) -> int:
        return len(self._bookings)

    def is_busy(self, who: Any, start: datetime, end: datetime) -> bool:
        return any(who == other and start < ends and starts < end for other, starts, ends in self._bookings)

    def book(self, who: Any, start: datetime, end: datetime) -> None:
        self._bookings.append((who, start, end))
