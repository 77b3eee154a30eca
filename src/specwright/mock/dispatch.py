"""The handlers that a mock's servers are made with: each looks up whose turn it is, and by what the client prefers."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from specwright.mock.contract.answer import Answers, NoAnswer
from specwright.mock.exchange import Exchange, current
from specwright.mock.partner import Call, Endpoint
from specwright.mock.prefer import Preference, applied
from specwright.mock.rules import ruled
from specwright.plan import Api, Operation
from specwright.runtime.explain import Refused
from specwright.runtime.refusals import Refusal
from specwright.runtime.responses import Answer, Response

Handler = Callable[..., Coroutine[Any, Any, Any]]


def handlers(api: Api, answers: Answers) -> SimpleNamespace:
    """Return handlers for every operation of ``api`` that hand on to the partner of the exchange."""
    return SimpleNamespace(**{item.identifier: _handler(item, answers) for item in api.operations})


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


def _handler(operation: Operation, answers: Answers) -> Handler:
    name, identifier = operation.operation_id, operation.identifier

    async def handler(**arguments: Any) -> Any:
        exchange = current.get()
        exchange.operation, exchange.reached = name, True
        if exchange.preference.picks:
            exchange.applied = applied(exchange.preference)
            return _picked(exchange, answers, operation, exchange.preference, arguments)
        if exchange.scene.world.rules and (preference := ruled(exchange, operation, arguments)).picks:
            return _picked(exchange, answers, operation, preference, arguments)
        return await getattr(exchange.partner, identifier)(**arguments)

    return handler


def _picked(
    exchange: Exchange, answers: Answers, operation: Operation, preference: Preference, arguments: Mapping[str, Any]
) -> Response:
    """Return the answer that was picked; raises Refusal where the contract has none such."""
    seeded = replace(preference, seed=preference.seed or exchange.scene.seed)
    try:
        response: Response = answers.response(operation, seeded, arguments)
    except NoAnswer as error:
        exchange.no_answer = error
        raise Refusal(error.status, error.detail) from None
    return response
