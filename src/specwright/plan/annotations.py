"""Schema -> the text of a Python type. What needs a name of its own is asked for by its pointer; the rest is inline."""

import ast
import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote

from specwright.plan import alternatives, objects
from specwright.plan.patterns import portable
from specwright.spec.pointer import resolve

# Formats that have a Python type which gives the text back unchanged.
_FORMATS = {
    "date-time": "types.DateTime",
    "date": "types.Date",
    "time": "types.Time",
    "duration": "types.Duration",
    "uuid": "types.Uuid",
    "binary": "types.File",
}
_NUMBERS = (
    "int",
    "types.Number",
    "types.Decimal",
    "Annotated[int",
    "Annotated[types.Number",
    "Annotated[types.Decimal",
)
_CONFUSING = re.compile(r"[\[ ](0|1|True|False)[,\]]")
_TRUTH_VALUES = re.compile(r"\b(bool|True|False)\b")
_SCALARS = {"string": "str", "integer": "int", "boolean": "bool", "null": "None"}
_LENGTHS = {
    "string": {"minLength": "min_length", "maxLength": "max_length"},
    "array": {"minItems": "min_length", "maxItems": "max_length"},
    "object": {"minProperties": "min_length", "maxProperties": "max_length"},
}
_RANGES = {"minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt"}
# An integer obeys the nearest integer of a limit that is none.
_ROUND = {"ge": math.ceil, "le": math.floor, "gt": math.floor, "lt": math.ceil}


class Type(NamedTuple):
    """The text of a Python type, and the arguments of pydantic's Field that narrow it."""

    text: str
    limits: str = ""
    # The parts of a union.
    alternatives: tuple[str, ...] = ()

    @property
    def inline(self) -> str:
        """The type with its limits as one text."""
        return f"Annotated[{self.text}, Field({self.limits})]" if self.limits else self.text


ANY = Type("Any")


@dataclass(frozen=True)
class Scope:
    """Where a type will stand: how it calls the definition of a pointer, and whether it repeats the limits."""

    contract: Any
    named: Callable[[str], str]
    limited: bool


def annotate(scope: Scope, pointer: str) -> Type:
    """Return the type of the schema at ``pointer``; no schema allows anything."""
    try:
        schema = objects.simplified(resolve(scope.contract, pointer))
    except KeyError:
        return ANY
    if not isinstance(schema, dict):
        return ANY
    if "$ref" in schema:
        target = unquote(schema["$ref"][1:])
        return _or_none(scope.named(target), scope.contract, target)
    if objects.is_class(scope.contract, pointer, schema):
        return _or_none(scope.named(pointer), scope.contract, pointer)
    return annotate_inline(scope, pointer, schema)


def annotate_inline(scope: Scope, pointer: str, schema: dict[str, Any]) -> Type:
    """Return the type of ``schema`` said in place: the right side of its definition, if it has one."""
    if "const" in schema or "enum" in schema:
        return _literal(schema.get("enum", [schema.get("const")]))
    for keyword in ("oneOf", "anyOf"):
        if keyword in schema:
            return _alternatives(scope, pointer, schema, keyword)
    if "type" in schema:
        return union([_of_type(scope, name, pointer, schema) for name in objects.types(schema)])
    found = (annotate(scope, f"{pointer}/allOf/{index}") for index in range(len(schema.get("allOf", ()))))
    part = next((part for part in found if part != ANY), ANY)
    if objects.accepts_null(scope.contract, schema):
        return part
    return without_none(part)


def union(parts: list[Type]) -> Type:
    """Return the type that is any of ``parts``: numbers stand before truth values, which Pydantic takes for 0 and 1."""
    if len(set(parts)) == 1:
        return parts[0]
    texts = dict.fromkeys(text for part in parts for text in part.alternatives or (part.inline,))
    if ANY.text in texts or not texts:
        return ANY
    others = _literals_in_one([text for text in texts if text != "None"])
    several = len(others) > 1
    has_truth_values = any(_TRUTH_VALUES.search(text) for text in others)
    others.sort(key=lambda text: not (has_truth_values and text.startswith(_NUMBERS)))
    said = [_exact(text) if several else text for text in others] + ["None"] * ("None" in texts)
    return Type(" | ".join(said), "", tuple(said))


def _literals_in_one(texts: list[str]) -> list[str]:
    """Say the fixed values of several alternatives once."""
    literals = [text for text in texts if text.startswith("Literal[")]
    if len(literals) < 2:
        return texts
    values = (value for text in literals for value in ast.literal_eval(text.removeprefix("Literal")))
    one = f"Literal[{', '.join(dict.fromkeys(ascii(value) for value in values))}]"
    return [one if text == literals[0] else text for text in texts if text not in literals[1:]]


def without_none(kind: Type) -> Type:
    """Return ``kind`` without null."""
    return union([Type(text) for text in kind.alternatives if text != "None"]) if kind.alternatives else kind


def _exact(text: str) -> str:
    """Keep an alternative with 0 or 1 apart from one with False or True, which Python holds for the same."""
    is_confusing = text.startswith("Literal[") and _CONFUSING.search(text)
    return f"Annotated[{text}, types.Exact]" if is_confusing else text


def _or_none(name: str, contract: Any, pointer: str) -> Type:
    """A class cannot be None, so an object that may be null says so where it is used."""
    schema = resolve(contract, pointer)
    nullable = objects.is_class(contract, pointer, schema) and objects.accepts_null(contract, schema)
    return Type(f"{name} | None", "", (name, "None")) if nullable else Type(name)


def _alternatives(scope: Scope, pointer: str, schema: dict[str, Any], keyword: str) -> Type:
    branches = [branch for branch in enumerate(schema[keyword]) if branch[1] is not False]
    types = [annotate(scope, f"{pointer}/{keyword}/{index}") for index, _ in branches]
    whole = union(types)
    mapping = alternatives.mapping(scope.contract, f"{pointer}/{keyword}", schema)
    if not mapping or whole == ANY:
        return whole
    chosen = {value: annotate(scope, place).text for value, place in mapping.items()}
    return discriminated(types, schema["discriminator"]["propertyName"], chosen)


def discriminated(types: list[Type], name: str, chosen: dict[str, str]) -> Type:
    """Return the union of ``types`` told apart by the property ``name``: ``chosen`` is value -> type."""
    whole = union(types)
    something = without_none(whole)
    named = ", ".join(f"{value!a}: {text}" for value, text in sorted(chosen.items()) if text != "Any")
    if len(something.alternatives) < 2 or not named:
        return whole
    told = Type(f"Annotated[{something.text}, types.Discriminator({name!a}, {{{named}}})]")
    return told if something == whole else union([told, Type("None")])


def _of_type(scope: Scope, name: str | None, pointer: str, schema: dict[str, Any]) -> Type:
    if name == "array":
        kind = _array(scope, pointer, schema)
        if kind.startswith("tuple["):
            return Type(kind)
    elif name == "object":
        kind = f"dict[str, {unnamed(scope, pointer, schema).inline}]"
    elif name == "number":
        kind = "types.Number" if float(schema.get("multipleOf", 1)).is_integer() else "types.Decimal"
    elif name == "string" and str(schema.get("format")) in _FORMATS:
        return Type(_FORMATS[schema["format"]])
    else:
        kind = _SCALARS.get(str(name), "Any")
    return Type(kind, _limits(str(name), schema) if scope.limited else "")


def _array(scope: Scope, pointer: str, schema: dict[str, Any]) -> str:
    count = len(schema.get("prefixItems", ()))
    first = [annotate(scope, f"{pointer}/prefixItems/{index}") for index in range(count)]
    is_closed = schema.get("items") is False or schema.get("maxItems") == count
    if count and is_closed and schema.get("minItems", 0) >= count:
        return f"tuple[{', '.join(item.inline for item in first)}]"
    rest = [] if count and is_closed else [annotate(scope, f"{pointer}/items")]
    return f"list[{union([*first, *rest]).inline}]"


def unnamed(scope: Scope, pointer: str, schema: dict[str, Any]) -> Type:
    """Return the type of the members that ``schema`` does not name."""
    more = schema.get("additionalProperties", True)
    places = [
        f"{pointer}/patternProperties/{_escaped(pattern)}" for pattern in sorted(schema.get("patternProperties", {}))
    ]
    types = [annotate(scope, place) for place in places]
    if more is not False:
        types.append(annotate(scope, f"{pointer}/additionalProperties") if isinstance(more, dict) else ANY)
    return union(types)


def _escaped(token: str) -> str:
    return token.replace("~", "~0").replace("/", "~1")


def _limits(name: str, schema: dict[str, Any]) -> str:
    found: dict[str, Any] = {}
    for keyword, argument in _LENGTHS.get(name, {}).items():
        if schema.get(keyword, sys.maxsize) < sys.maxsize:
            found[argument] = int(schema[keyword])
    if name in ("integer", "number"):
        for keyword, argument in _RANGES.items():
            if keyword in schema:
                found[argument] = _ROUND[argument](schema[keyword]) if name == "integer" else schema[keyword]
        if float(schema.get("multipleOf", 0.5)).is_integer():
            found["multiple_of"] = int(schema["multipleOf"])
    if name == "string" and isinstance(pattern := portable(schema.get("pattern")), str):
        found["pattern"] = pattern
    return ", ".join(f"{argument}={value!a}" for argument, value in found.items())


def _literal(values: list[Any]) -> Type:
    """Return the type of an enumeration: what no Literal can hold stands there as its type."""
    fixed = dict.fromkeys(ascii(value) for value in values if isinstance(value, str | int | bool))
    types = [Type(f"Literal[{', '.join(fixed)}]")] if fixed else []
    return union([*types, *(Type(_LOOSE[type(value)]) for value in values if type(value) in _LOOSE)])


_LOOSE = {float: "types.Number", list: "list[Any]", dict: "dict[str, Any]", type(None): "None"}
