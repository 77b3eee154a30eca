"""Which path of the admin API does what, and who may ask for it."""

import hmac
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version as version_of
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from specwright.mock.admin import control, requests, state, worlds
from specwright.mock.admin.ask import Ask, House, Refusal
from specwright.mock.journal.metrics import MEDIA_TYPE
from specwright.mock.namespaces import BadName
from specwright.mock.reply import Conversation, Reply, json_reply, problem, reply
from specwright.runtime.routing import Router

ROOT = "/__admin"
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
            "apis": list(ask.house.behaviours),
            "basePaths": {name: f"/{name}{some.api.base_path}" for name, some in ask.house.behaviours.items()},
        }
    )


def version(_: Ask) -> Reply:
    """Return the version of Specwright."""
    return json_reply({"version": version_of("specwright")})


def metrics(ask: Ask) -> Reply:
    """Return the metrics of all namespaces as Prometheus reads them."""
    return reply(200, ask.house.metrics.text(), MEDIA_TYPE)


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
    ("GET", "/metrics", metrics),
    ("POST", "/reset", control.reset),
    ("GET", "/namespaces", control.namespaces),
    ("PUT", "/namespaces/{name}", control.put_namespace),
    ("DELETE", "/namespaces/{name}", control.drop_namespace),
    ("GET", "/clock", control.clock),
    ("PUT", "/clock", control.put_clock),
    ("GET", "/faults", worlds.faults),
    ("PUT", "/faults", worlds.put_faults),
    ("DELETE", "/faults", worlds.drop_faults),
    ("GET", "/scenarios", control.scenarios),
    ("PUT", "/scenarios/{name}/state", control.put_scenario),
    ("POST", "/scenarios/reset", control.reset_scenarios),
    ("GET", "/world/{api}", worlds.world),
    ("PUT", "/world/{api}", worlds.put_world),
    ("DELETE", "/world/{api}", worlds.reset_world),
    ("POST", "/tokens/revoke", control.revoke),
    ("GET", "/state", state.state),
    ("PUT", "/state", state.put_state),
]
# They only read, though they are asked with a body.
_READING = {requests.count, requests.find, requests.request_near_misses, requests.pattern_near_misses}
_ROUTES: Router[Answers] = Router(_REQUESTS + _CONTROL)
_PATHS = ", ".join(dict.fromkeys(path for _, path, _ in _REQUESTS + _CONTROL))


class Admin:
    """Answers what is asked of the mock itself."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def answer(self, name: str, path: str, scope: Any, conversation: Conversation) -> Reply:
        """Return the answer to a request for ``path``, which is below ``/__admin``, of the namespace called ``name``."""
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        match = _ROUTES.match(path.removeprefix(ROOT), method)
        if match is None:
            return problem(404, f"the admin API has no {path}; below {ROOT} it has {_PATHS}")
        if method not in match.targets:
            allowed = ", ".join(sorted({*match.targets, *(("HEAD",) if "GET" in match.targets else ())}))
            return _with(problem(405, f"{path} takes {allowed}"), b"allow", allowed.encode())
        answer = match.targets[method]
        refused = None if method == "GET" or answer in _READING else self._refused(dict(scope["headers"]))
        if refused:
            return refused
        if not await conversation.read(_MOST):
            return problem(413, f"the body is larger than {_MOST} bytes")
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        try:
            return answer(Ask(self._house, name, match.values, query, bytes(conversation.request)))
        except Refusal as refusal:
            return problem(refusal.status, refusal.detail)
        except BadName as error:
            return problem(400, str(error))

    def _refused(self, headers: Mapping[bytes, bytes]) -> Reply | None:
        """Return the answer to a change by somebody who may not change the mock."""
        token = self._house.settings.admin_token
        if token is None:
            return _refused_page(headers)
        scheme, _, sent = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() == b"bearer" and hmac.compare_digest(sent.strip(), token.encode()):
            return None
        refused = problem(401, "changes to this mock need its admin token: Authorization: Bearer <token>")
        return _with(refused, b"www-authenticate", b'Bearer realm="admin"')


def _refused_page(headers: Mapping[bytes, bytes]) -> Reply | None:
    """Return the answer to a change that a page of another site makes in the browser of somebody on this machine."""
    origin = headers.get(b"origin")
    if origin is None or urlsplit(origin.decode("latin-1")).netloc.encode("latin-1") == headers.get(b"host"):
        return None
    return problem(403, "pages of other origins may not change this mock: send the request without Origin")


def _with(answer: Reply, name: bytes, value: bytes) -> Reply:
    return answer._replace(headers=[*answer.headers, (name, value)])
