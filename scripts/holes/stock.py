"""Connexion as it comes, which checks requests and responses itself, with handlers that answer from the contract."""

from typing import Any

import connexion
from connexion.resolver import Resolver

from specwright.plan import Api, Operation
from specwright.runtime.samples import Samples
from specwright.spec.schemas import Schemas


def stock(contract: Any, api: Api) -> Any:
    """Return the server of ``contract``, which is OpenAPI 3.0 and says what ``api`` says."""
    samples = Samples(api.contract, Schemas(api.contract))
    handlers = {operation.operation_id: _handler(operation, samples) for operation in api.operations}
    app = connexion.AsyncApp(__name__)
    app.add_api(contract, resolver=Resolver(handlers.__getitem__), validate_responses=True)
    return app


def _handler(operation: Operation, samples: Samples) -> Any:
    answer = _answer(operation, samples)

    async def handler(**_: Any) -> Any:
        return answer

    return handler


def _answer(operation: Operation, samples: Samples) -> tuple[Any, int, dict[str, str]]:
    response = next(item for item in operation.responses if item.status[0] == "2")
    headers = {item.name: str(samples.of(item.pointer)) for item in response.headers if item.pointer}
    media = response.media[0] if response.media else None
    body = samples.of(media.pointer) if media and media.pointer else None
    return body, int(response.status), headers
