"""Magic values: requests that a world answers in its own way, for clients that cannot add a header."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from specwright.mock.exchange import Exchange
from specwright.mock.prefer import NO_PREFERENCE, Preference
from specwright.mock.world import When
from specwright.plan import Operation
from specwright.spec.pointer import resolve


def ruled(exchange: Exchange, operation: Operation, arguments: Mapping[str, Any]) -> Preference:
    """Return the preference of the first rule of the world that holds for a request; none when none does."""
    for rule in exchange.scene.world.rules:
        if _holds(rule.when, exchange, operation, arguments):
            return rule.preference
    return NO_PREFERENCE


def _holds(when: When, exchange: Exchange, operation: Operation, arguments: Mapping[str, Any]) -> bool:
    if when.operation not in (None, operation.operation_id):
        return False
    query = dict(parse_qsl(exchange.query.decode("latin-1"), keep_blank_values=True)) if when.query else {}
    path = {item.name: arguments.get(item.identifier) for item in operation.parameters if item.location == "path"}
    return (
        all(query.get(name) == value for name, value in when.query.items())
        and all(_header(exchange, name) == value for name, value in when.header.items())
        and all(str(to_jsonable_python(path.get(name))) == str(value) for name, value in when.path.items())
        and (not when.body or _has(arguments.get("body"), when.body))
    )


def _header(exchange: Exchange, name: str) -> str | None:
    value = exchange.headers.get(name.lower().encode("latin-1", "replace"))
    return None if value is None else value.decode("latin-1")


def _has(body: Any, wanted: Mapping[str, Any]) -> bool:
    """Tell whether ``body`` has every value at its JSON Pointer."""
    is_model = isinstance(body, BaseModel)
    value = body.model_dump(mode="json") if is_model else to_jsonable_python(body, bytes_mode="base64")
    try:
        return all(_same(resolve(value, pointer), expected) for pointer, expected in wanted.items())
    except (KeyError, IndexError, TypeError):
        return False


def _same(one: Any, other: Any) -> bool:
    """Tell whether two JSON values are the same: 1 is 1.0, true is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
