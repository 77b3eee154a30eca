"""Handlers made of the contract: the success response's example, with the request's own values put in.

Every answer obeys its schema: a value of the request is taken over only where the contract allows it.
"""

import json
from collections.abc import Callable, Coroutine, Mapping
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from specwright.plan import Api, Header, Operation, Response, view
from specwright.runtime.samples import Samples
from specwright.spec.schemas import Schemas, Validator

Handler = Callable[..., Coroutine[Any, Any, Any]]


def handlers(api: Api, package: ModuleType) -> SimpleNamespace:
    """Return handlers for every operation of ``api`` that answer with the classes of the generated ``package``."""
    contract = view(api.contract, "response")
    schemas = Schemas(contract)
    samples = Samples(contract, schemas)
    made = {item.identifier: _handler(item, package.handlers, schemas, samples) for item in api.operations}
    return SimpleNamespace(**made)


def echo(example: Any, request: Mapping[str, Any], validator: Validator) -> Any:
    """Return ``example`` with the fields of ``request`` that it has too, each only if the result stays valid."""
    for path, value in _same_named(example, request):
        changed = _replaced(example, path, value)
        if validator.is_valid(changed):
            example = changed
    return example


def _handler(operation: Operation, classes: ModuleType, schemas: Schemas, samples: Samples) -> Handler:
    response = _success(operation)
    cls = getattr(classes, response.class_name)
    status = {} if response.status.isdigit() else {"status": _status(response.status)}
    media = _media_type(response)
    names = {parameter.identifier: parameter.name for parameter in operation.parameters}

    @cache
    def prepared() -> tuple[Mapping[str, Any], Callable[[Mapping[str, Any]], Any]]:
        """Made when the operation is first called: a large API has many that never are."""
        headers = {header.identifier: _header(header, cls, samples) for header in response.headers}
        return headers, _body(response, cls, schemas, samples)

    async def handler(**arguments: Any) -> Any:
        headers, body = prepared()
        if response.annotation is None:
            return cls(**headers, **status)
        return cls(body(_request(arguments, names)), **headers, **status, **media)

    return handler


def _success(operation: Operation) -> Response:
    """Return the first 2xx response, else the default one, else the lowest that is declared."""

    def rank(response: Response) -> tuple[bool, bool, str]:
        return response.status[0] != "2", response.status != "default", response.status

    return min(operation.responses, key=rank)


def _media_type(response: Response) -> dict[str, str]:
    """Return the argument that says the media type where there must be one: an example is no picture, nor says it is."""
    is_needed = response.choice is not None and response.choice.required
    return {"media_type": response.media[0].media_type.replace("*", "x-example")} if is_needed else {}


def _status(wanted: str) -> int:
    """Return a status in a range: 200 for ``default``, 300 for ``3XX``."""
    return int(wanted[0]) * 100 if wanted[0].isdigit() else 200


def _request(arguments: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of a request by their wire names: parameters, and the members of the body above them."""
    body = _json(arguments.get("body"))
    parameters = {names[name]: _json(value) for name, value in arguments.items() if name in names and value is not None}
    return {**parameters, **(body if isinstance(body, dict) else {})}


def _json(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return to_jsonable_python(value, by_alias=True, bytes_mode="base64")


def _body(response: Response, cls: type, schemas: Schemas, samples: Samples) -> Callable[[Mapping[str, Any]], Any]:
    """Return the function that makes the body of ``response`` for the values of a request."""
    if not response.media:
        return lambda _: None
    media = response.media[0]
    if media.pointer is None:
        fixed: Any = {"Content": b"example", "Text": "example"}.get(str(response.annotation), {})
        return lambda _: fixed
    validator = schemas.compile(media.pointer)
    examples = [value for value in samples.examples(media.pointer.rpartition("/")[0]) if validator.is_valid(value)]
    example = examples[0] if examples else samples.of(media.pointer)
    if response.annotation in ("Content", "Text"):
        text = example if isinstance(example, str) else json.dumps(example)
        return lambda _: text if response.annotation == "Text" else text.encode()
    adapter: TypeAdapter[Any] = TypeAdapter(get_type_hints(cls, include_extras=True)["body"])

    def made(request: Mapping[str, Any]) -> Any:
        try:
            return adapter.validate_python(echo(example, request, validator), by_alias=True, by_name=False)
        except ValidationError:
            return adapter.validate_python(example, by_alias=True, by_name=False)

    return made


def _header(header: Header, cls: type, samples: Samples) -> Any:
    if header.pointer is None:
        return "example" if header.required else None
    examples = list(samples.examples(header.pointer.rpartition("/")[0]))
    adapter: TypeAdapter[Any] = TypeAdapter(get_type_hints(cls, include_extras=True)[header.identifier])
    return adapter.validate_python(examples[0] if examples else samples.of(header.pointer))


def _same_named(example: Any, request: Mapping[str, Any], path: tuple[str, ...] = ()) -> Any:
    """Yield (path in the example, value) for names that both have; an envelope that the request lacks is opened."""
    if not isinstance(example, dict):
        return
    shared = [name for name in example if name in request]
    for name in shared:
        if isinstance(example[name], dict) and isinstance(request[name], dict):
            yield from _same_named(example[name], request[name], (*path, name))
        else:
            yield (*path, name), request[name]
    if not shared:
        for name, value in example.items():
            yield from _same_named(value, request, (*path, name))


def _replaced(example: Any, path: tuple[str, ...], value: Any) -> Any:
    head, *rest = path
    return {**example, head: _replaced(example[head], tuple(rest), value) if rest else value}
