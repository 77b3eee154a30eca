"""Schemas -> named definitions and annotations.

Every schema that needs a class gets a name made of its own place: a component's key, or operation + role + properties.
What is left inline is what Python can say inline: ``list[…]``, ``dict[str, …]``, unions, literals, scalars.
"""

import json
from collections.abc import Mapping
from typing import Any

from specwright.plan import naming, objects
from specwright.spec.document import escape, unescape
from specwright.spec.refs import deref, has, resolve
from specwright.spec.violations import Schemas

# What reaches the model generator. Everything else (patterns of hostile names, extensions, references) stays out.
_KEPT = (
    *("title", "description", "type", "required", "enum", "const", "default", "deprecated", "readOnly", "writeOnly"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern"),
    *("minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
)
_LIMITS = frozenset(_KEPT[9:])
# Formats that have a Python type which gives the text back unchanged.
_FORMATS = {"date-time": "AwareDatetime", "date": "datetime.date", "uuid": "UUID"}
_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_SCHEMAS = "/components/schemas/"


class Definitions:
    """The named definitions of one contract; grows while annotations are asked for."""

    def __init__(self, contract: Any, taken: frozenset[str], settled: Mapping[str, str]) -> None:
        self.contract = contract
        self.schemas: dict[str, Any] = {}
        # The names that inline places ask for; ``settled`` has decided those that several ask for.
        self.wanted: dict[str, str] = {}
        self._settled = settled
        self._validators = Schemas(contract)
        self._bases: dict[str, str] = {}
        self._names: dict[str, str] = {}
        schemas = contract.get("components", {}).get("schemas", {})
        wanted = {f"{_SCHEMAS}{escape(key)}": _component_name(key, schema) for key, schema in schemas.items()}
        self.components = naming.distinct(wanted, taken)
        for place in wanted:
            self._define(place)

    def settle(self) -> Mapping[str, str] | None:
        """Return final names for the inline places, None when all of them could have the name they asked for."""
        taken = frozenset(self.components.values()) | naming.RESERVED_CLASSES
        names = naming.distinct(self.wanted, taken)
        return names if names != self.wanted else None

    def annotation(self, pointer: str, base: str) -> str:
        """Return the Python type of the schema at ``pointer``; what it must name starts with ``base``."""
        self._bases[pointer] = base
        return self._annotation(pointer, resolve(self.contract, pointer) if has(self.contract, pointer) else True)

    def obeys(self, pointer: str, value: Any) -> bool:
        """Tell whether ``value`` obeys the schema at ``pointer``; a default that does not is none."""
        return self._validators.compile(pointer).is_valid(value)

    # --- annotations: what a handler's signature says ---------------------------------------------------------

    def _annotation(self, pointer: str, schema: Any) -> str:
        schema = objects.simplified(schema)
        if not isinstance(schema, dict):
            return "Any"
        if objects.is_mixed(schema):
            return "Any"
        if "$ref" in schema:
            target = deref(self.contract, schema)
            return _or_none(f"models.{self._referenced(schema['$ref'])}", target)
        if _needs_class(schema):
            return _or_none(f"models.{self._define(pointer)}", schema)
        if "const" in schema or "enum" in schema:
            return _literal(schema.get("enum", [schema.get("const")]))
        for union in ("oneOf", "anyOf"):
            if union in schema:
                branches = enumerate(schema[union])
                return _union([self._annotation(f"{pointer}/{union}/{i}", branch) for i, branch in branches])
        types = schema.get("type")
        names = types if isinstance(types, list) else [types]
        return _union([self._of_type(name, pointer, schema) for name in names])

    def _of_type(self, name: str | None, pointer: str, schema: dict[str, Any]) -> str:
        if name == "array":
            return f"list[{self._annotation(pointer + '/items', schema.get('items'))}]"
        if name == "object":
            return (
                f"dict[str, {self._annotation(pointer + '/additionalProperties', schema.get('additionalProperties'))}]"
            )
        if name == "string":
            return _FORMATS.get(str(schema.get("format")), "str")
        return _SCALARS.get(str(name), "Any")

    # --- definitions: what the model generator renders --------------------------------------------------------

    def _define(self, pointer: str) -> str:
        """Make a definition of the schema at ``pointer`` and return its name."""
        if pointer not in self._names:
            name = self._place_name(pointer)
            self._names[pointer] = name
            self.schemas[name] = None
            self.schemas[name] = self._definition(pointer, objects.simplified(resolve(self.contract, pointer)))
        return self._names[pointer]

    def _referenced(self, ref: str) -> str:
        return self._define(ref[1:])

    def _definition(self, pointer: str, schema: Any) -> Any:
        if not isinstance(schema, dict):
            return {} if schema else {"not": {}}
        if "default" in schema and not self.obeys(pointer, schema["default"]):
            schema = {key: value for key, value in schema.items() if key != "default"}
        if "$ref" in schema:
            return self._reference(self._referenced(schema["$ref"]), schema)
        if objects.is_mixed(schema):
            return {"description": schema["description"]} if "description" in schema else {}
        if objects.is_flat(self.contract, pointer, schema):
            return self._flat(pointer, schema)
        return self._keywords(pointer, schema)

    def _keywords(self, pointer: str, schema: dict[str, Any]) -> dict[str, Any]:
        result = {key: schema[key] for key in _KEPT if key in schema}
        if str(schema.get("format")) in _FORMATS:
            result["format"] = schema["format"]
        if "properties" in schema:
            below = f"{pointer}/properties"
            members = schema["properties"].items()
            result["properties"] = {name: self._member(f"{below}/{escape(name)}", item) for name, item in members}
        for key in ("items", "additionalProperties"):
            if key in schema:
                result[key] = _plain(self._member(f"{pointer}/{key}", schema[key]))
        for key in ("anyOf", "oneOf", "prefixItems"):
            if key in schema:
                result[key] = [_plain(self._member(f"{pointer}/{key}/{i}", b)) for i, b in enumerate(schema[key])]
        if "allOf" in schema:
            result["allOf"] = [self._definition(f"{pointer}/allOf/{i}", b) for i, b in enumerate(schema["allOf"])]
        return result

    def _flat(self, pointer: str, schema: dict[str, Any]) -> dict[str, Any]:
        """Return one object with the properties of every part of ``schema``."""
        places = dict(objects.properties(self.contract, pointer, schema))
        required = dict.fromkeys(name for name in objects.required(self.contract, schema) if name in places)
        return {
            "type": "object",
            **{key: schema[key] for key in ("title", "description", "deprecated") if key in schema},
            "required": list(required),
            "properties": {
                name: self._member(place, objects.simplified(resolve(self.contract, place)))
                for name, place in places.items()
            },
        }

    def _member(self, pointer: str, schema: Any) -> Any:
        """Return the schema of a property, item or alternative: a reference where it needs a class of its own."""
        schema = objects.simplified(schema)
        if isinstance(schema, dict) and "$ref" not in schema and _needs_class(schema):
            return self._reference(self._define(pointer), schema)
        return schema if isinstance(schema, bool) else self._definition(pointer, schema)

    def _reference(self, name: str, schema: dict[str, Any]) -> dict[str, Any]:
        beside = {key: value for key, value in schema.items() if key in ("description", "deprecated", "default")}
        return {"$ref": f"#/components/schemas/{name}", **beside}

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


def members(schemas: Mapping[str, Any]) -> dict[str, str]:
    """Return the field of every member that is not called as on the wire: ``Class.wire name`` -> field."""
    found: dict[str, str] = {}
    for class_name, schema in schemas.items():
        names = [name for part in (schema, *schema.get("allOf", ())) for name in part.get("properties", {})]
        fields = naming.distinct({name: naming.member_name(name) for name in names})
        found.update({f"{class_name}.{name}": field for name, field in fields.items() if field != name})
    return found


def _plain(schema: Any) -> Any:
    """Leave out limits where a type stands without a name: the tool would name it, the runtime enforces them."""
    if not isinstance(schema, dict):
        return schema
    return {key: value for key, value in schema.items() if key not in _LIMITS}


def _component_name(key: str, schema: Any) -> str:
    override = schema.get("x-specwright-name") if isinstance(schema, dict) else None
    name = naming.pascal_case(override if isinstance(override, str) else key) or "Schema"
    return f"{name}Model" if name in naming.RESERVED_CLASSES else name


def _needs_class(schema: dict[str, Any]) -> bool:
    return not objects.is_mixed(schema) and (bool(schema.get("properties")) or "allOf" in schema)


def _or_none(name: str, schema: Any) -> str:
    """A class cannot be None, so an object that may be null says so where it is used."""
    schema = objects.simplified(schema)
    nullable = isinstance(schema, dict) and _needs_class(schema) and "null" in str(schema.get("type"))
    return f"{name} | None" if nullable else name


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


def _union(annotations: list[str]) -> str:
    unique = list(dict.fromkeys(annotations))
    return "Any" if "Any" in unique else " | ".join(unique)


def _literal(values: list[Any]) -> str:
    if values and all(isinstance(value, str | int | bool | None) for value in values):
        return f"Literal[{', '.join(repr(value) for value in values)}]"
    return "Any"
