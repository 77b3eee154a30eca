"""Schemas -> named definitions and annotations.

Every schema that needs a class gets a name made of its own place: a component's key, or operation + role + properties.
What is left inline is what Python can say inline: ``list[…]``, ``dict[str, …]``, unions, literals, scalars.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from specwright.plan import alternatives, naming, objects
from specwright.plan.annotations import Scope, Type, annotate, annotate_inline, discriminated
from specwright.plan.directions import Directed, Direction
from specwright.plan.fields import Shape, base_of, described, extra_of, fields_of, shape_of
from specwright.plan.model import Alias, Imported, Model
from specwright.spec.pointer import escape, resolve, unescape
from specwright.spec.schemas import Schemas

_SCHEMAS = "/components/schemas/"
# Stands below an object with a discriminator for what any of its kinds is.
_KINDS = "/discriminator"
# Stands below a schema for what it is in requests, where that differs from what it is in responses.
REQUEST = "/request"


class Definitions:
    """The named definitions of one contract; grows while annotations are asked for."""

    def __init__(
        self, contract: Any, taken: frozenset[str], settled: Mapping[str, str], imported: Mapping[str, str]
    ) -> None:
        self.contract = contract
        self.definitions: dict[str, Model | Alias | Imported] = {}
        # Place -> name of its definition.
        self.names: dict[str, str] = {}
        # The names that inline places ask for; ``settled`` has decided those that several ask for.
        self.wanted: dict[str, str] = {}
        self._settled, self._imported = settled, imported
        self._directed = Directed(contract)
        self._kinds = alternatives.kinds(contract)
        self._bases: dict[str, str] = {}
        schemas = contract.get("components", {}).get("schemas", {})
        wanted = {f"{_SCHEMAS}{escape(key)}": component_name(key, schema) for key, schema in schemas.items()}
        self.components = naming.distinct(wanted, taken)
        for place in wanted:
            self._define(place, "response")
            self._define(place, "request")

    def settle(self) -> Mapping[str, str] | None:
        """Return final names for the inline places, None when all of them could have the name they asked for."""
        taken = frozenset(self.components.values()) | naming.RESERVED_CLASSES
        names = naming.distinct(self.wanted, taken)
        return names if names != self.wanted else None

    def annotation(self, pointer: str, base: str, direction: Direction) -> str:
        """Return the Python type of the schema at ``pointer``; what it must name starts with ``base``."""
        self._bases[pointer] = base
        scope = Scope(self.contract, lambda place: f"models.{self._named(place, direction)}", limited=False)
        return annotate(scope, pointer).text

    @cached_property
    def _validators(self) -> Schemas:
        return Schemas(self.contract)

    def obeys(self, pointer: str, value: Any) -> bool:
        """Tell whether ``value`` obeys the schema at ``pointer``; a default that does not is none."""
        return self._validators.compile(pointer).is_valid(value)

    # --- definitions ------------------------------------------------------------------------------------------

    def _named(self, pointer: str, direction: Direction) -> str:
        """Return the name of the type of the schema at ``pointer``, of an object with kinds that of any of them."""
        return self._define(f"{pointer}{_KINDS}" if pointer in self._kinds else pointer, direction)

    def _define(self, pointer: str, direction: Direction) -> str:
        """Make a definition of the schema at ``pointer`` as it is in ``direction`` and return its name."""
        is_request = direction == "request" and self._directed.reaches(pointer.removesuffix(_KINDS))
        key = f"{pointer}{REQUEST}" if is_request else pointer
        if key not in self.names:
            self.names[key] = self._place_name(key)
            self.definitions[self.names[key]] = self._definition(key, pointer, direction)
        return self.names[key]

    def _definition(self, key: str, pointer: str, direction: Direction) -> Model | Alias | Imported:
        name = self.names[key]
        if key in self._imported:
            return Imported(name, self._imported[key])
        uses: set[str] = set()

        def named(place: str) -> str:
            uses.add(self._named(place, direction))
            return self._named(place, direction)

        scope = Scope(self.contract, named, limited=True)
        if pointer.endswith(_KINDS) and pointer.removesuffix(_KINDS) in self._kinds:
            return self._any_kind(name, pointer.removesuffix(_KINDS), scope, direction, uses)
        schema = objects.simplified(resolve(self.contract, pointer))
        if objects.is_class(self.contract, pointer, schema):
            return self._model(name, scope, shape_of(self.contract, pointer, direction), direction)
        is_plain = isinstance(schema, dict) and "$ref" not in schema
        kind = annotate_inline(scope, pointer, schema) if is_plain else annotate(scope, pointer)
        return Alias(name, kind.inline, described(schema, name), frozenset(uses))

    def _model(self, name: str, scope: Scope, shape: Shape, direction: Direction) -> Model:
        base = base_of(self.contract, shape, direction)
        return Model(
            name=name,
            base=self._define(base.pointer, direction) if base else None,
            description=described(resolve(self.contract, shape.pointer), name),
            fields=fields_of(scope, shape, base, self.obeys),
            extra=extra_of(scope, shape),
        )

    def _any_kind(self, name: str, pointer: str, scope: Scope, direction: Direction, uses: set[str]) -> Alias:
        own = self._define(pointer, direction)
        uses.add(own)
        mapping = self._kinds[pointer]
        types = [annotate(scope, place) for place in sorted(set(mapping.values()))]
        told = resolve(self.contract, pointer)["discriminator"]["propertyName"]
        chosen = {value: annotate(scope, place).text for value, place in mapping.items()}
        kind = discriminated([Type(own), *types], told, {alternatives.key_of(pointer): own, **chosen})
        return Alias(name, kind.inline, f"Any kind of {own}.", frozenset(uses))

    # --- names ------------------------------------------------------------------------------------------------

    def _place_name(self, pointer: str) -> str:
        if pointer in self.components:
            return self.components[pointer]
        self.wanted[pointer] = self._wanted(pointer)
        return self._settled.get(pointer, self.wanted[pointer])

    def _wanted(self, pointer: str) -> str:
        """Return the base of the nearest named place above ``pointer`` plus a suffix for every step down to it."""
        if pointer in self.components:
            return self.components[pointer]
        if pointer in self._bases:
            return self._bases[pointer]
        parent, _, token = pointer.rpartition("/")
        if not parent:
            return naming.pascal_case(unescape(token))
        grand, _, keyword = parent.rpartition("/")
        if keyword in ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"):
            return self._wanted(grand) + naming.pascal_case(unescape(token))
        if token == _KINDS[1:]:
            return f"Any{self._wanted(parent)}"
        if keyword in ("anyOf", "oneOf"):
            return self._wanted(grand) + self._variant(grand, keyword, pointer)
        if keyword in ("allOf", "prefixItems"):
            return self._wanted(grand) + ("" if keyword == "allOf" else "Item")
        return self._wanted(parent) + {"items": "Item", "additionalProperties": "Value"}.get(
            token, naming.pascal_case(unescape(token))
        )

    def _variant(self, union: str, keyword: str, pointer: str) -> str:
        """Name an alternative by what tells it from the others; nothing does where null is the only other."""
        branches = resolve(self.contract, f"{union}/{keyword}")
        others = [branch for branch in branches if branch != {"type": "null"}]
        return _variant(resolve(self.contract, pointer)) if len(others) > 1 else ""


def component_name(key: str, schema: Any) -> str:
    """Return the class name that a schema of the components asks for."""
    override = schema.get("x-specwright-name") if isinstance(schema, dict) else None
    name = naming.pascal_case(override if isinstance(override, str) else key) or "Schema"
    return f"{name}Model" if name in naming.RESERVED_CLASSES else name


def _variant(schema: Any) -> str:
    """Name an alternative by what tells it from the others: title, fixed value, required properties, content."""
    if isinstance(schema.get("title"), str) and naming.pascal_case(schema["title"]):
        return naming.pascal_case(schema["title"])
    for item in schema.get("properties", {}).values():
        fixed = item.get("const", *item.get("enum", [])[:1]) if isinstance(item, dict) else None
        if isinstance(fixed, str) and len(item.get("enum", [fixed])) == 1 and naming.pascal_case(fixed):
            return naming.pascal_case(fixed)
    required = [naming.pascal_case(name) for name in schema.get("required", [])]
    return (
        "With" + "And".join(sorted(required)) if required else naming.digest(json.dumps(schema, sort_keys=True)).title()
    )
