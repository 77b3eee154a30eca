"""The independent witness: what the ``jsonschema`` library says of values. It shares no code with the runtime.

How a contract reads in one direction, what formats mean and where anchors are is said here once more, on purpose.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators
from referencing import Registry, Resource, Specification
from referencing.jsonschema import DynamicAnchor
from referencing.typing import Anchor

from specwright.plan import Direction

_ROOT = "urn:contract"
_MOST = 5000  # values whose verdict is remembered


class Error(NamedTuple):
    """One violation: where in the value, which keyword, what it says; the errors of alternatives are among them."""

    place: tuple[str | int, ...]
    keyword: str
    message: str
    # Whether it is in an alternative of which another could hold.
    nested: bool
    # The keywords that lead to it.
    via: frozenset[str]


class Witness:
    """Judges values by the schemas of one bundled contract, as they hold in one direction."""

    def __init__(self, contract: Any, direction: Direction) -> None:
        self.contract = _directed(contract, contract, direction)
        resource = Resource(contents=self.contract, specification=_CONTRACT)
        self._registry: Any = Registry().with_resource(_ROOT, resource)
        self._known: dict[str, Any] = {}
        self._judged: dict[tuple[str, str], bool] = {}

    def is_valid(self, pointer: str, value: Any) -> bool:
        """Tell whether ``value`` obeys the schema at ``pointer``; what is asked again is remembered."""
        key = pointer, repr(value)
        if key not in self._judged:
            if len(self._judged) > _MOST:
                self._judged.clear()
            self._judged[key] = bool(self._validator(pointer).is_valid(value))
        return self._judged[key]

    def errors(self, pointer: str, value: Any) -> list[Error]:
        """Return what is wrong with ``value``, outermost first."""
        if self.is_valid(pointer, value):
            return []
        found = sorted(self._validator(pointer).iter_errors(value), key=lambda error: list(map(str, error.path)))
        return [item for error in found for item in _told(error, nested=False)]

    def _validator(self, pointer: str) -> Any:
        if pointer not in self._known:
            schema = {"$ref": f"{_ROOT}#{quote(pointer)}"}
            self._known[pointer] = _Validator(schema, registry=self._registry, format_checker=FORMATS)
        return self._known[pointer]


@lru_cache(maxsize=16)
def witness_of(contract: str, direction: Direction) -> Witness:
    """Return the witness of the bundled contract that ``contract`` spells in JSON; of one text there is one."""
    return Witness(json.loads(contract), direction)


def _told(error: ValidationError, *, nested: bool) -> Iterator[Error]:
    via = frozenset(map(str, error.absolute_schema_path))
    yield Error(tuple(error.absolute_path), str(error.validator), error.message[:300], nested, via)
    for inner in error.context or ():
        yield from _told(inner, nested=True)


# --- the contract in one direction ------------------------------------------------------------------------------------


def _directed(contract: Any, node: Any, direction: Direction) -> Any:
    """Return ``node`` without asking for what is readOnly in requests; what is writeOnly is forbidden in responses."""
    if isinstance(node, list):
        return [_directed(contract, item, direction) for item in node]
    if not isinstance(node, dict):
        return node
    copy = {key: _directed(contract, item, direction) for key, item in node.items()}
    flag = "readOnly" if direction == "request" else "writeOnly"
    hidden = {name for part in _parts(contract, node) for name in _flagged(contract, part, flag)}
    if not hidden:
        return copy
    if isinstance(copy.get("required"), list):
        copy["required"] = [name for name in copy["required"] if name not in hidden]
    if direction == "response" and isinstance(copy.get("properties"), dict):
        copy["properties"].update(dict.fromkeys(hidden & copy["properties"].keys(), False))
    if isinstance(copy.get("allOf"), list):
        copy["allOf"] = [_unrequired(part, hidden) for part in copy["allOf"]]
    return copy


def _parts(contract: Any, schema: Any) -> Iterator[Mapping[str, Any]]:
    schema = _followed(contract, schema)
    if isinstance(schema, dict):
        yield schema
        parts = schema.get("allOf")
        for part in parts if isinstance(parts, list) else ():
            yield from _parts(contract, part)


def _flagged(contract: Any, schema: Mapping[str, Any], flag: str) -> Iterator[str]:
    properties = schema.get("properties")
    for name, item in properties.items() if isinstance(properties, dict) else ():
        if any(part.get(flag) is True for part in _parts(contract, item)) or (
            isinstance(item, dict) and item.get(flag) is True
        ):
            yield name


def _unrequired(part: Any, hidden: set[str]) -> Any:
    if isinstance(part, dict) and isinstance(part.get("required"), list):
        return {**part, "required": [name for name in part["required"] if name not in hidden]}
    return part


def _followed(contract: Any, node: Any) -> Any:
    for _ in range(100):
        if not (isinstance(node, dict) and str(node.get("$ref", "")).startswith("#/")):
            return node
        target = contract
        for token in unquote(node["$ref"][2:]).split("/"):
            key = token.replace("~1", "/").replace("~0", "~")
            target = target[int(key)] if isinstance(target, list) else target[key]
        node = target
    return node


# --- what the library has to be told ----------------------------------------------------------------------------------


def _anchors(specification: Specification[Any], contents: Any) -> Iterable[Any]:
    waiting = [contents]
    for node in waiting:  # which grows on the way
        if isinstance(node, dict):
            if isinstance(node.get("$anchor"), str):
                yield Anchor(node["$anchor"], Resource(node, specification))
            if isinstance(node.get("$dynamicAnchor"), str):
                yield DynamicAnchor(node["$dynamicAnchor"], Resource(node, specification))
        waiting.extend(node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())


# An OpenAPI document is no schema, but has schemas all over it.
_CONTRACT: Specification[Any] = Specification(
    name="OpenAPI document",
    id_of=lambda _: None,
    subresources_of=lambda _: (),
    maybe_in_subresource=lambda segments, resolver, subresource: resolver,  # noqa: ARG005 - called by these names
    anchors_in=_anchors,
)


def _pattern(validator: Any, pattern: str, value: Any, _: Any) -> Iterator[ValidationError]:
    """Match as ECMA-262 does: a dollar is the very end, digits and word characters are ASCII."""
    if validator.is_type(value, "string") and not re.search(_python(pattern), value, re.ASCII):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _python(pattern: str) -> str:
    return (
        re.sub(r"(?<!\\)((?:\\\\)*)\$", r"\1\\Z", pattern) if "[" not in pattern else re.sub(r"\$\Z", r"\\Z", pattern)
    )


_Validator: Any = validators.extend(Draft202012Validator, {"pattern": _pattern})

# --- formats ----------------------------------------------------------------------------------------------------------

FORMATS = FormatChecker()
FORMATS.checkers = dict(Draft202012Validator.FORMAT_CHECKER.checkers)

_URI = r"[A-Za-z][A-Za-z0-9+.-]*:(?:[\w.~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
_REFERENCE = r"(?:[\w.~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
_IN_IRI = r"""(?:[^\x00-\x20<>"{}|\\^`%]|%[0-9A-Fa-f]{2})*"""
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_PATTERNS = {
    "uri": _URI,
    "uri-reference": _REFERENCE,
    "iri": rf"[A-Za-z][A-Za-z0-9+.-]*:{_IN_IRI}",
    "iri-reference": _IN_IRI,
    "uri-template": r"(?:[^\x00-\x20\"'<>\\^`{|}]|\{[^{}]+\})*",
    "hostname": rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*",
    "json-pointer": r"(?:/(?:[^~/]|~[01])*)*",
    "relative-json-pointer": r"(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~[01])*)*)",
    "duration": r"P(?=.)(?:\d+W|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)",
    "email": r"""(?:[^\s@"]+|"[^"]*")@[^\s@]+""",
    "idn-email": r"""(?:[^\s@"]+|"[^"]*")@[^\s@]+""",
}
_LIMITS = {
    **{f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
    "double-int": (-(2**53) + 1, 2**53 - 1),
    "float": (-3.4028234663852886e38, 3.4028234663852886e38),
    "double": (-1.7976931348623157e308, 1.7976931348623157e308),
}


def _register() -> None:
    for name, pattern in _PATTERNS.items():
        compiled = re.compile(pattern, re.ASCII)
        FORMATS.checks(name)(lambda value, compiled=compiled: not isinstance(value, str) or compiled.fullmatch(value))
    for name, (low, high) in _LIMITS.items():
        FORMATS.checks(name)(
            lambda value, low=low, high=high: (
                isinstance(value, bool) or not isinstance(value, int | float) or low <= value <= high
            )
        )
    FORMATS.checks("byte")(lambda value: not isinstance(value, str) or _is_base64(value))


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return False
    return len(text) % 4 == 0


_register()
