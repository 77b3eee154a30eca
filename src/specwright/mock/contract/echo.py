"""Put values of a request into a body, wherever the contract allows it."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import to_jsonable_python

from specwright.spec.schemas import Validator


def echo(example: Any, request: Mapping[str, Any], validator: Validator) -> Any:
    """Return ``example`` with the fields of ``request`` that it has too, each only if the result stays valid."""
    for path, value in _same_named(example, request):
        changed = replaced(example, path, value)
        if validator.is_valid(changed):
            example = changed
    return example


def replaced(example: Any, path: tuple[str, ...], value: Any) -> Any:
    """Return ``example`` with ``value`` at ``path``, the names that lead to it."""
    if not path:
        return value
    head, *rest = path
    return {**example, head: replaced(example[head], tuple(rest), value)}


def as_json(value: Any) -> Any:
    """Return ``value``, an argument of a handler, as JSON values."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return to_jsonable_python(value, by_alias=True, bytes_mode="base64")


def _same_named(
    example: Any, request: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
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
