"""What a test talks to: one namespace of a running mock, and what can be said to it. Standard library only."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

_PATIENCE = 30  # seconds until the mock answers

# A mock is near: what the environment says of proxies is not for it.
_opener = build_opener(ProxyHandler({}))


class MockRefused(Exception):
    """The mock did not do what it was told."""


@dataclass(frozen=True)
class PartnerMock:
    """One namespace of the mock at ``server``: state, clock, faults and journal that no other test sees."""

    server: str
    namespace: str

    @property
    def headers(self) -> dict[str, str]:
        """What requests to the paths of the whole mock carry, to be served in this namespace."""
        return {"X-Mock-Namespace": self.namespace}

    def url(self, api: str) -> str:
        """Return the base URL of ``api`` in this namespace: requests below it need no header."""
        if api not in self._base_paths:
            raise MockRefused(f"the mock serves {', '.join(self._base_paths)}, not {api}")
        return f"{self.server}/__ns/{self.namespace}{self._base_paths[api]}"

    def freeze(self, instant: datetime | None = None) -> None:
        """Make the clock stand still: at an instant, with its time zone, or where it is."""
        said = {} if instant is None else {"instant": instant.isoformat()}
        self.admin("PUT", "/clock", {"action": "freeze", **said})

    def advance(self, by: timedelta) -> None:
        """Put the clock ahead."""
        self.admin("PUT", "/clock", {"action": "advance", "durationMillis": by // timedelta(milliseconds=1)})

    def faults(self, profiles: Iterable[Mapping[str, Any]]) -> None:
        """Answer with these faults from now on, instead of any before; with none, as usual."""
        self.admin("PUT", "/faults", {"profiles": list(profiles)})

    def switch(self, name: str, state: str) -> None:
        """Put a switch of a partner, such as nexhealth.providerConflict, into a state."""
        self.admin("PUT", f"/scenarios/{quote(name, safe='')}/state", {"state": state})

    def requests(self, **pattern: Any) -> list[dict[str, Any]]:
        """Return the requests that came and match a request pattern of WireMock, such as ``method="POST"``."""
        found: list[dict[str, Any]] = self.admin("POST", "/requests/find", pattern)["requests"]
        return found

    def state(self) -> dict[str, Any]:
        """Return all there is to know of the namespace; ``admin("PUT", "/state", it)`` brings it back."""
        state: dict[str, Any] = self.admin("GET", "/state")
        return state

    def admin(self, method: str, path: str, document: Any = None) -> Any:
        """Return what the admin API answers to a request, as JSON values; raises MockRefused with its reason."""
        token = os.environ.get("SPECWRIGHT_ADMIN_TOKEN")
        headers = {**self.headers, "Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        body = None if document is None else json.dumps(document).encode()
        request = Request(f"{self.server}/__admin{path}", body, headers, method=method)  # noqa: S310 - the user's own server
        try:
            with _opener.open(request, timeout=_PATIENCE) as response:
                return json.load(response)
        except HTTPError as error:
            with error:
                raise MockRefused(f"{method} {path}: {error.code}: {_detail(error)}") from None
        except URLError as error:
            raise MockRefused(f"no mock answers on {self.server}: {error.reason}") from None

    @cached_property
    def _base_paths(self) -> Mapping[str, str]:
        paths: Mapping[str, str] = self.admin("GET", "/health")["basePaths"]
        return paths


def _detail(error: HTTPError) -> str:
    text = error.read().decode("utf-8", "replace")
    try:
        return str(json.loads(text)["detail"])
    except (ValueError, KeyError, TypeError):
        return text
