"""What a keyword of a schema may be changed into, so that the schema says something else: one table."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from specwright.runtime import samples
from specwright.spec.formats import LIMITS


class GONE:
    """What a keyword becomes that is dropped: a class, which stays itself on its way to another process."""


_DROPPED = (
    *(
        "pattern",
        "items",
        "prefixItems",
        "contains",
        "minContains",
        "maxContains",
        "propertyNames",
        "patternProperties",
    ),
    *("unevaluatedItems", "unevaluatedProperties", "dependentSchemas", "dependentRequired"),
    *("allOf", "anyOf", "oneOf", "not", "if", "then", "else"),
)
_Change = tuple[str, Any]


def changes(keyword: str, value: Any) -> Iterator[_Change]:
    """Yield (what is done, what ``keyword`` is then) for everything that ``value`` may be changed into; GONE is no value."""
    if keyword in _CHANGES:
        yield from _CHANGES[keyword](value)
    if keyword in _CHANGES or keyword in _DROPPED:
        yield f"drop {keyword}", GONE


def _moved(least: float | None) -> Callable[[Any], Iterator[_Change]]:
    def bounds(limit: Any) -> Iterator[_Change]:
        if limit + 1 != limit:  # as it is for very large ones
            yield "raise a bound by one", limit + 1
        if limit - 1 != limit and (least is None or limit > least):
            yield "lower a bound by one", limit - 1

    return bounds


def _type(names: Any) -> Iterator[_Change]:
    kinds = [names] if isinstance(names, str) else list(names)
    wider = ["number" if kind == "integer" else kind for kind in kinds]
    others = [
        kind
        for kind in ("null", "integer", "string")
        if kind not in kinds and not (kind == "integer" and "number" in kinds)
    ]
    yield "loosen a type", wider if wider != kinds else [*kinds, *others[:1]]
    if len(kinds) > 1:
        yield "narrow a type", kinds[:-1]


def _enum(values: Any) -> Iterator[_Change]:
    yield "add a value to an enum", [*values, _near(values[0], values)]
    if len(values) > 1:
        yield "drop a value of an enum", values[:-1]


def _near(value: Any, values: list[Any]) -> Any:
    """Return what could be taken for ``value``."""
    if isinstance(value, str):
        return value.swapcase()
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return max(item for item in values if isinstance(item, int | float)) + 1 if is_number else "unheard-of"


def _required(names: Any) -> Iterator[_Change]:
    for name in names if len(names) > 1 else ():
        yield f"drop the required {name}", [other for other in names if other != name]


def _multiple(step: Any) -> Iterator[_Change]:
    yield "double a step", step * 2


def _const(_: Any) -> Iterator[_Change]:
    yield "change a constant", "unheard-of"


def _nothing(_: Any) -> Iterator[_Change]:
    return iter(())


_CHANGES: Mapping[str, Callable[[Any], Iterator[_Change]]] = {
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _moved(None)),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _moved(0)),
    "multipleOf": _multiple,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "required": _required,
    "format": _nothing,
    "additionalProperties": _nothing,
    "uniqueItems": _nothing,
}


def says_something(keyword: str, value: Any) -> bool:
    """Tell whether a schema with ``keyword: value`` allows less than one without."""
    match keyword:
        case "format":
            return value in samples.STRINGS or value in LIMITS
        case "uniqueItems":
            return value is True
        case "minLength" | "minItems" | "minProperties":
            return bool(value > 0)
        case "required" | "dependentRequired" | "dependentSchemas" | "patternProperties":
            return bool(value)
    return value is not True and value != {}
