"""Which path of the admin API does what, and who may ask for it."""

import hmac
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version as version_of
from typing import Any
from urllib.parse import parse_qsl

from specwright.mock.admin import control, requests, state
from specwright.mock.admin.ask import Ask, Refusal
from specwright.mock.metrics import MEDIA_TYPE, Metrics
from specwright.mock.namespaces import BadName, Namespace, Namespaces
from specwright.mock.partner import Behaviour
from specwright.mock.reply import Conversation, Reply, json_reply, problem, reply
from specwright.mock.settings import Settings
from specwright.mock.store import Store
from specwright.runtime.routing import Router

_ROOT = "/__admin"
_STARTED = time.monotonic()
_MOST = 64 * 1024 * 1024  # bytes of a body: a state may be large

Answers = Callable[[Ask], Reply]


def health(ask: Ask) -> Reply:
    """Return that the mock is there, since when, and what it serves."""
    return json_reply(
        {
            "status": "healthy",
            "message": "Specwright is ok",
            "version": version_of("specwright"),
            "uptimeInSeconds": int(time.monotonic() - _STARTED),
            "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "apis": list(ask.behaviours),
            "basePaths": {name: f"/{name}{some.api.base_path}" for name, some in ask.behaviours.items()},
        }
    )


def version(_: Ask) -> Reply:
    """Return the version of Specwright."""
    return json_reply({"version": version_of("specwright")})


_REQUESTS = [
    ("GET", "/requests", requests.requests),
    ("DELETE", "/requests", requests.drop_requests),
    ("GET", "/requests/unmatched", requests.unmatched),
    ("GET", "/requests/unmatched/near-misses", requests.unmatched_near_misses),
    ("GET", "/requests/{id}", requests.request),
    ("DELETE", "/requests/{id}", requests.drop_request),
    ("POST", "/requests/count", requests.count),
    ("POST", "/requests/find", requests.find),
    ("POST", "/requests/remove", requests.remove),
    ("POST", "/requests/reset", requests.drop_requests),
    ("POST", "/near-misses/request", requests.request_near_misses),
    ("POST", "/near-misses/request-pattern", requests.pattern_near_misses),
]
_CONTROL = [
    ("GET", "/health", health),
    ("GET", "/version", version),
    ("POST", "/reset", control.reset),
    ("GET", "/namespaces", control.namespaces),
    ("PUT", "/namespaces/{name}", control.put_namespace),
    ("DELETE", "/namespaces/{name}", control.drop_namespace),
    ("GET", "/clock", control.clock),
    ("PUT", "/clock", control.put_clock),
    ("GET", "/faults", control.faults),
    ("PUT", "/faults", control.put_faults),
    ("DELETE", "/faults", control.drop_faults),
    ("GET", "/scenarios", control.scenarios),
    ("PUT", "/scenarios/{name}/state", control.put_scenario),
    ("POST", "/scenarios/reset", control.reset_scenarios),
    ("GET", "/world/{api}", control.world),
    ("PUT", "/world/{api}", control.put_world),
    ("DELETE", "/world/{api}", control.reset_world),
    ("POST", "/tokens/revoke", control.revoke),
    ("GET", "/state", state.state),
    ("PUT", "/state", state.put_state),
]
# They only read, though they are asked with a body.
_READING = {requests.count, requests.find, requests.request_near_misses, requests.pattern_near_misses}


class Admin:
    """Answers what is asked of the mock itself."""

    def __init__(
        self,
        namespaces: Namespaces,
        behaviours: Mapping[str, Behaviour],
        store: Store,
        settings: Settings,
        metrics: Metrics,
    ) -> None:
        self._namespaces, self._behaviours, self._store, self._settings = namespaces, behaviours, store, settings
        self._metrics = metrics
        self._router: Router[Answers] = Router(_REQUESTS + _CONTROL)

    async def answer(self, namespace: Namespace, path: str, scope: Any, conversation: Conversation) -> Reply:
        """Return the answer to a request below ``/__admin``."""
        if path == f"{_ROOT}/metrics":
            return reply(200, self._metrics.text(), MEDIA_TYPE)
        match = self._router.match(path.removeprefix(_ROOT), scope["method"])
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if match is None:
            return problem(404, f"the admin API has no {path}")
        if method not in match.targets:
            allowed = ", ".join(sorted(match.targets))
            refused = problem(405, f"{path} takes {allowed}")
            return refused._replace(headers=[*refused.headers, (b"allow", allowed.encode())])
        answer = match.targets[method]
        if not self._may(answer, method, scope):
            refused = problem(401, "changes to this mock need its admin token: Authorization: Bearer <token>")
            return refused._replace(headers=[*refused.headers, (b"www-authenticate", b'Bearer realm="admin"')])
        if not await conversation.read(_MOST):
            return problem(413, f"the body is larger than {_MOST} bytes")
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        ask = Ask(
            self._namespaces,
            self._behaviours,
            self._store,
            self._settings,
            namespace,
            match.values,
            query,
            bytes(conversation.request),
        )
        try:
            return answer(ask)
        except Refusal as refusal:
            return problem(refusal.status, refusal.detail)
        except BadName as error:
            return problem(400, str(error))

    def _may(self, answer: Answers, method: str, scope: Any) -> bool:
        token = self._settings.admin_token
        if token is None or method == "GET" or answer in _READING:
            return True
        sent = dict(scope["headers"]).get(b"authorization", b"")
        return hmac.compare_digest(sent, f"Bearer {token}".encode())
