"""The handlers that a mock's servers are made with: each looks up whose turn it is, and by what the client prefers."""

from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any

from specwright.mock.exchange import current
from specwright.mock.partner import Call, Endpoint
from specwright.plan import Api, Operation
from specwright.runtime.explain import Refused
from specwright.runtime.responses import Answer, Response

Handler = Callable[..., Coroutine[Any, Any, Any]]


def handlers(api: Api) -> SimpleNamespace:
    """Return handlers for every operation of ``api`` that hand on to the partner of the exchange."""
    return SimpleNamespace(**{item.identifier: _handler(item) for item in api.operations})


def refused(request: Refused) -> Response | None:
    """Note in the exchange why a request is refused, and return what the partner says to it."""
    exchange = current.get()
    exchange.refused, exchange.operation = request, request.operation_id
    say = getattr(exchange.partner, "refused", None)
    return say(request) if say else None


def endpoints(partner: Any) -> dict[tuple[str, str], Endpoint]:
    """Return what ``partner`` answers beside its contract, by method and path."""
    return {key: _endpoint(name) for key, name in getattr(partner, "ENDPOINTS", {}).items()}


def _endpoint(name: str) -> Endpoint:
    async def endpoint(call: Call) -> Answer:
        answer: Answer = await getattr(current.get().partner, name)(call)
        return answer

    return endpoint


def _handler(operation: Operation) -> Handler:
    name, identifier = operation.operation_id, operation.identifier

    async def handler(**arguments: Any) -> Any:
        exchange = current.get()
        exchange.operation = name
        return await getattr(exchange.partner, identifier)(**arguments)

    return handler
