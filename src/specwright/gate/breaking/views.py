"""A schema as a set of values: what all its parts say together, references followed and intersections dissolved.

Seen from a request or a response: members that are ``readOnly`` are in no request, ``writeOnly`` ones in no response.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from specwright.spec.formats import LIMITS
from specwright.spec.pointer import escape, has, resolve
from specwright.spec.schemas import matches

# JSON types, but that those of numbers do not overlap.
ATOMS = frozenset({"null", "boolean", "object", "array", "string", "integer", "fraction"})
NUMBERS = frozenset({"integer", "fraction"})
UNIONS = ("anyOf", "oneOf")
HIDDEN = {"request": "readOnly", "response": "writeOnly"}
# What says nothing about values.
TEXTS = frozenset(
    {"title", "description", "example", "examples", "deprecated", "externalDocs", "$comment", "$defs", "xml", "default"}
    | {"discriminator"}
)
_DEEPEST = 12  # unions in unions that are asked for their types


@dataclass(frozen=True)
class Part:
    """One schema of an intersection; ``pointer`` says which, and is no pointer to it if it is of our own making."""

    pointer: str
    schema: Mapping[str, Any] = field(compare=False, repr=False)

    @property
    def place(self) -> str:
        """The JSON Pointer of what the contract really has."""
        return self.pointer.partition("\n")[0]

    def but(self, mark: str, schema: Mapping[str, Any]) -> "Part":
        """Return a part of our own making that stands at the same place."""
        return Part(f"{self.pointer}\n{mark}", schema)


class Side:
    """One contract, seen in one direction."""

    def __init__(self, contract: Any, direction: str) -> None:
        self.contract, self.direction = contract, direction
        self.hidden = HIDDEN[direction]
        self._views: dict[tuple[str, ...], View] = {}
        self._parts: dict[str, tuple[Part, ...]] = {}

    def at(self, pointer: str) -> "View":
        """Return the schema at ``pointer`` of the contract."""
        return self.view((self.part(pointer),), pointer)

    def _told(self, part: Part) -> str:
        """Return the place that tells most of ``part``: where it is written if it only refers to that."""
        seen: set[str] = set()
        while part.schema.keys() - TEXTS == {"$ref"} and part.pointer not in seen:
            seen.add(part.pointer)
            part = self._target(part)
        return part.place

    def part(self, pointer: str) -> Part:
        """Return the schema at ``pointer`` as a part; what is not there says nothing."""
        schema = resolve(self.contract, pointer) if has(self.contract, pointer) else True
        return Part(pointer, schema if isinstance(schema, dict) else {} if schema else {"type": []})

    def view(self, roots: Iterable[Part], place: str) -> "View":
        """Return the intersection of ``roots``, of which a problem is told at ``place``."""
        named = tuple(dict.fromkeys(roots))
        key = (place, *(part.pointer for part in named))
        if key not in self._views:
            self._views[key] = View(self, self._told(named[0]) if len(named) == 1 else place, named)
        return self._views[key]

    def branches(self, part: Part, union: str) -> list["View"]:
        """Return the branches of a union of ``part``."""
        return [self.at(f"{part.place}/{union}/{index}") for index in range(len(part.schema[union]))]

    def flat(self, root: Part) -> tuple[Part, ...]:
        """Return ``root`` and all that an instance of it must obey besides, each part once."""
        if root.pointer not in self._parts:
            self._parts[root.pointer] = tuple({part.pointer: part for part in self._flat(root, set())}.values())
        return self._parts[root.pointer]

    def _flat(self, part: Part, seen: set[str]) -> Iterator[Part]:
        if part.pointer in seen:
            return
        seen.add(part.pointer)
        below = [self._target(part)] if "$ref" in part.schema else []
        below += [self.part(f"{part.place}/allOf/{index}") for index in range(len(part.schema.get("allOf", ())))]
        found = [inner for each in below for inner in self._flat(each, seen)]
        yield _closed(part, found)
        yield from found

    def _target(self, part: Part) -> Part:
        return self.part(unquote(part.schema["$ref"][1:]))


def _closed(part: Part, inner: list[Part]) -> Part:
    """Say ``unevaluatedProperties`` as ``additionalProperties`` where what is evaluated is certain."""
    parts = [part, *inner]
    if "unevaluatedProperties" not in part.schema or any(_IN_SOME_CASE & each.schema.keys() for each in parts):
        return part
    kept = {key: value for key, value in part.schema.items() if key != "unevaluatedProperties"}
    if any("additionalProperties" in each.schema or _REST in each.schema for each in parts):
        return part.but("evaluated", kept)
    kept[_REST] = part.schema["unevaluatedProperties"]
    kept[_NAMED] = {name for each in parts for name in each.schema.get("properties", ())}
    kept[_PATTERNS] = [name for each in parts for name in each.schema.get("patternProperties", ())]
    return part.but("evaluated", kept)


_IN_SOME_CASE = frozenset({"anyOf", "oneOf", "if", "not", "dependentSchemas"})
_REST, _NAMED, _PATTERNS = "\nrest", "\nnamed", "\npatterns"  # keywords of our own making: see _closed


class View:
    """The values that obey every part of an intersection."""

    def __init__(self, side: Side, place: str, roots: tuple[Part, ...]) -> None:
        self.side, self.place, self.roots = side, place, roots
        self.parts = tuple({part.pointer: part for root in roots for part in side.flat(root)}.values())
        self.key = tuple(part.pointer for part in self.parts)
        self._members: dict[str, View] = {}

    def said(self, keyword: str) -> list[Any]:
        """Return what each part that has ``keyword`` says."""
        return [part.schema[keyword] for part in self.parts if keyword in part.schema]

    # --- scalars ------------------------------------------------------------------------------------------------

    @cached_property
    def atoms(self) -> frozenset[str]:
        """The types that its values may have."""
        return self.atoms_from(0)

    def atoms_from(self, depth: int) -> frozenset[str]:
        """Return the types that its values may have; ``depth`` unions have been opened on the way."""
        found = ATOMS
        for part in self.parts:
            found &= own_atoms(part.schema)
            for union in UNIONS if depth < _DEEPEST else ():
                if union in part.schema:
                    found &= frozenset().union(*(branch.atoms_from(depth + 1) for branch in self.branches(part, union)))
        return found

    @cached_property
    def values(self) -> tuple[Any, ...] | None:
        """Its values, or some more, if they can be counted."""
        lists = [(part.schema["enum"] if "enum" in part.schema else [part.schema["const"]]) for part in self._counted]
        if not lists and self.atoms <= {"null", "boolean"}:
            lists = [[None, True, False]]
        if not lists:
            return None
        known = [{canonical(value) for value in values} for values in lists[1:]]
        found = {canonical(value): value for value in lists[0]}
        kept = [value for key, value in found.items() if all(key in other for other in known)]
        return tuple(value for value in kept if atom_of(value) in self.atoms)

    @property
    def _counted(self) -> list[Part]:
        return [part for part in self.parts if "enum" in part.schema or "const" in part.schema]

    def least(self, keyword: str) -> Any:
        """Return the strictest lower bound that ``keyword`` sets, None without one."""
        return max(self.said(keyword), default=None)

    def most(self, keyword: str) -> Any:
        """Return the strictest upper bound that ``keyword`` sets, None without one."""
        return min(self.said(keyword), default=None)

    @cached_property
    def is_whole(self) -> bool:
        """Whether its numbers are all integers."""
        return "fraction" not in self.atoms

    @cached_property
    def _limits(self) -> list[tuple[float, float]]:
        return [limits for part in self.parts if (limits := limits_of(part.schema))]

    @cached_property
    def lower(self) -> tuple[float, bool]:
        """The lowest number, and whether it is excluded."""
        bounds = [(value, False) for value in self.said("minimum")]
        bounds += [(value, True) for value in self.said("exclusiveMinimum")]
        bounds += [(low, False) for low, _ in self._limits]
        bound, is_out = max(bounds, default=(-math.inf, False))
        return whole(bound, is_out, 1) if self.is_whole else (bound, is_out)

    @cached_property
    def upper(self) -> tuple[float, bool]:
        """The highest number, and whether it is excluded."""
        bounds = [(-value, False) for value in self.said("maximum")]
        bounds += [(-value, True) for value in self.said("exclusiveMaximum")]
        bounds += [(-high, False) for _, high in self._limits]
        bound, is_out = max(bounds, default=(-math.inf, False))
        return whole(-bound, is_out, -1) if self.is_whole else (-bound, is_out)

    # --- objects ------------------------------------------------------------------------------------------------

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The members that it names and that are sent in its direction."""
        named = dict.fromkeys(name for properties in self.said("properties") for name in properties)
        return tuple(name for name in named if name not in self.unsent)

    @cached_property
    def unsent(self) -> frozenset[str]:
        """The members that are never sent in its direction."""
        named = {name for properties in self.said("properties") for name in properties}
        return frozenset(name for name in named if True in self.member(name).said(self.side.hidden))

    @cached_property
    def required(self) -> frozenset[str]:
        """The members that every value has."""
        return frozenset(name for names in self.said("required") for name in names) - self.unsent

    @cached_property
    def is_closed(self) -> bool:
        """Whether it refuses members that it neither names nor has patterns for."""
        return any(rest is False for part in self.parts for rest in (rest_of(part.schema),))

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """The patterns of names that it knows."""
        return tuple(dict.fromkeys(pattern for known in self.said("patternProperties") for pattern in known))

    def speaks_of(self, name: str) -> bool:
        """Tell whether it says what the member ``name`` is, if only by ``additionalProperties``."""
        return any(True for part in self.parts for _ in member_parts(self.side, part, name))

    def member(self, name: str) -> "View":
        """Return what it says of the member ``name``."""
        if name not in self._members:
            found = [inner for part in self.parts for inner in member_parts(self.side, part, name)]
            self._members[name] = self.side.view(found, found[0].place if found else self.place)
        return self._members[name]

    def pattern(self, pattern: str) -> "View":
        """Return what it says of members whose names match ``pattern``, as far as it says it in the same words."""
        parts = [part for part in self.parts if pattern in part.schema.get("patternProperties", {})]
        found = [self.side.part(f"{part.place}/patternProperties/{escape(pattern)}") for part in parts]
        return self.side.view(found, found[0].place if found else self.place)

    @cached_property
    def rest(self) -> "View":
        """What it says of members that it neither names nor has patterns for."""
        found = [inner for part in self.parts for inner in rest_parts(self.side, part)]
        return self.side.view(found, found[0].place if found else self.place)

    # --- arrays -------------------------------------------------------------------------------------------------

    @cached_property
    def prefix(self) -> int:
        """How many items have schemas of their own."""
        return max(map(len, self.said("prefixItems")), default=0)

    def item(self, index: int) -> "View":
        """Return what it says of the item at ``index``."""
        found = [inner for part in self.parts for inner in item_parts(self.side, part, index)]
        return self.side.view(found, found[0].place if found else self.place)

    # --- unions -------------------------------------------------------------------------------------------------

    @cached_property
    def unions(self) -> list[tuple[Part, str]]:
        """The unions among its parts."""
        return [(part, union) for part in self.parts for union in UNIONS if union in part.schema]

    def branches(self, part: Part, union: str) -> list["View"]:
        """Return the branches of one of its unions."""
        return self.side.branches(part, union)

    def alternatives(self, part: Part, union: str) -> list["View"]:
        """Return what it is with each branch in the place of one of its unions."""
        rest = part.but(f"-{union}", {key: value for key, value in part.schema.items() if key != union})
        kept = [rest if each is part else each for each in self.parts]
        kept = [each.but("-", {k: v for k, v in each.schema.items() if k not in _DISSOLVED}) for each in kept]
        said = [each for each in kept if each.schema]
        return [self.side.view([*branch.roots, *said], branch.place) for branch in self.branches(part, union)]

    def pieces(self) -> list["View"]:
        """Return it in pieces of one type or value each; none when it is in one piece."""
        if self.values is not None:
            found = [(json.dumps(value), {"const": value}) for value in self.values]
        else:
            found = [(atom, {"type": _TYPES.get(atom, atom)}) for atom in sorted(self.atoms - {"fraction"})]
        roots = list(self.roots)
        return [self.side.view([*roots, Part(f"{self.place}\n={mark}", piece)], self.place) for mark, piece in found]


_TYPES = {"integer": "number"}
# Parts stand beside what they were made of; and what is evaluated is not certain where one branch is taken for all.
_DISSOLVED = TEXTS | {"$ref", "allOf", "unevaluatedProperties"}


def own_atoms(schema: Mapping[str, Any]) -> frozenset[str]:
    """Return the types that the keywords of ``schema`` itself leave."""
    named = schema.get("type", list(ATOMS))
    found = frozenset([named] if isinstance(named, str) else named)
    found = (found - {"number"} | NUMBERS) if "number" in found else found
    if "enum" in schema or "const" in schema:
        values = schema["enum"] if "enum" in schema else [schema["const"]]
        found &= frozenset(atom_of(value) for value in values)
    return found


def limits_of(schema: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the lowest and the highest number of the format of ``schema``, None without such a format."""
    is_number = "type" in schema and own_atoms(schema) & NUMBERS
    return LIMITS.get(schema.get("format", "")) if is_number else None


def atom_of(value: Any) -> str:
    """Return the type of a JSON value."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, int | float):
        return "integer" if value == int(value) else "fraction"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def canonical(value: Any) -> str:
    """Return the same text for equal JSON values: 1.0 is 1, true is not."""
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def whole(bound: float, is_out: bool, step: int) -> tuple[float, bool]:
    """Return the first integer inside of a bound; ``step`` is 1 for a lower one."""
    if math.isinf(bound):
        return bound, False
    inside = math.ceil(bound) if step > 0 else math.floor(bound)
    return (inside + step if is_out and inside == bound else inside), False


# --- what a part says of its members ------------------------------------------------------------------------------------


def named_by(schema: Mapping[str, Any], name: str) -> bool:
    """Tell whether ``additionalProperties`` of ``schema`` is not about ``name``."""
    if _REST in schema:
        return name in schema[_NAMED] or any(matches(pattern, name) for pattern in schema[_PATTERNS])
    return name in schema.get("properties", {}) or any(
        matches(pattern, name) for pattern in schema.get("patternProperties", {})
    )


def rest_of(schema: Mapping[str, Any]) -> Any:
    """Return what ``schema`` says of members that it does not name, None when it says nothing."""
    return schema.get("additionalProperties", schema.get(_REST))


def rest_patterns(schema: Mapping[str, Any]) -> list[str]:
    """Return the patterns that ``additionalProperties`` of ``schema`` is not about."""
    return list(schema[_PATTERNS] if _REST in schema else schema.get("patternProperties", ()))


def rest_parts(side: Side, part: Part) -> Iterator[Part]:
    """Yield what ``part`` says of members that it does not name."""
    for keyword, name in (("additionalProperties", "additionalProperties"), (_REST, "unevaluatedProperties")):
        if keyword in part.schema:
            yield side.part(f"{part.place}/{name}")


def member_parts(side: Side, part: Part, name: str) -> Iterator[Part]:
    """Yield what ``part`` says of the member ``name``."""
    if name in part.schema.get("properties", {}):
        yield side.part(f"{part.place}/properties/{escape(name)}")
    for pattern in part.schema.get("patternProperties", {}):
        if matches(pattern, name):
            yield side.part(f"{part.place}/patternProperties/{escape(pattern)}")
    if rest_of(part.schema) is not None and not named_by(part.schema, name):
        yield from rest_parts(side, part)


def item_parts(side: Side, part: Part, index: int) -> Iterator[Part]:
    """Yield what ``part`` says of the item at ``index``."""
    if index < len(part.schema.get("prefixItems", ())):
        yield side.part(f"{part.place}/prefixItems/{index}")
    elif "items" in part.schema:
        yield side.part(f"{part.place}/items")
