"""A bundled contract: where things are in it, values that it accepts, and a judge of its own."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from jsonschema import Draft202012Validator
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from specwright.runtime.samples import NoSample, Samples
from specwright.spec.pointer import escape
from specwright.spec.schemas import Schemas
from specwright.spec.structure import METHODS

_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_ODD: tuple[Any, ...] = ("odd", 0, [], {})
_DEEP = 4  # levels of values that are put together here


def _pattern(_: Any, pattern: str, value: Any, schema: Any) -> Iterator[Any]:
    """Judge by the patterns that Python reads; ECMA-262 has some that it does not."""
    with suppress(re.error):
        yield from Draft202012Validator.VALIDATORS["pattern"](_, pattern, value, schema) or ()


Judge = extend(Draft202012Validator, {"pattern": _pattern})


class Contract:
    """A bundled contract, read by JSON Pointer."""

    def __init__(self, document: Any, version: str) -> None:
        self.document, self.version = document, version
        self.samples = Samples(document, Schemas(document))
        self._registry: Any = Registry().with_resource("urn:contract", DRAFT202012.create_resource(document))
        self._judges: dict[str, Any] = {}
        self._values: dict[str, Any] = {}

    def __getitem__(self, pointer: str) -> Any:
        node = self.document
        for token in pointer.split("/")[1:]:
            key = token.replace("~1", "/").replace("~0", "~")
            node = node[int(key)] if isinstance(node, list) else node[key]
        return node

    def end(self, pointer: str) -> str:
        """Return where the references at ``pointer`` end."""
        node = self[pointer]
        return self.end(unquote(node["$ref"][1:])) if isinstance(node, dict) and "$ref" in node else pointer

    def below(self, pointer: str, key: str) -> dict[str, str]:
        """Return the names of the members of ``key`` at ``pointer``, and where their references end."""
        node = self[pointer].get(key) or {}
        names = [str(index) for index in range(len(node))] if isinstance(node, list) else list(node)
        if key in ("paths", "responses"):
            names = [name for name in names if not name.startswith("x-")]
        return {name: self.end(f"{pointer}/{key}/{escape(name)}") for name in names}

    def operations(self) -> Iterator["Operation"]:
        """Yield every operation below ``paths``."""
        for path, item in self.below("", "paths").items():
            found = {method.upper(): f"{item}/{method}" for method in METHODS if method in self[item]}
            found.update(self.below(item, "additionalOperations"))
            for method, place in found.items():
                places = [*self.below(item, "parameters").values(), *self.below(place, "parameters").values()]
                merged = {(self[one]["name"], self[one]["in"]): one for one in places}
                yield Operation(method, path, place, tuple(merged.values()))

    def faults(self, schema: str, value: Any) -> list[str]:
        """Return how ``value`` breaks the schema at ``schema``."""
        if schema not in self._judges:
            reference = {"$ref": f"urn:contract#{quote(schema, safe='/~')}"}
            formats = Draft202012Validator.FORMAT_CHECKER
            self._judges[schema] = Judge(reference, registry=self._registry, format_checker=formats)
        return [f"{error.json_path}: {error.message[:200]}" for error in self._judges[schema].iter_errors(value)]

    def value(self, holder: str) -> Any:
        """Return a valid value for the parameter or media type at ``holder``; raises NoSample."""
        if holder not in self._values:
            self._values[holder] = self._value(holder)
        return self._values[holder]

    def _value(self, holder: str) -> Any:
        examples = list(self.samples.examples(holder))
        if "schema" not in self[holder]:
            return examples[0] if examples else "text"
        schema = f"{holder}/schema"
        for example in examples:
            if not self.faults(schema, example):
                return example
        sample = self.sample(schema, 0)
        longer = _longer(sample)
        return sample if self.faults(schema, longer) else longer

    def sample(self, schema: str, depth: int) -> Any:
        """Return a valid value for ``schema``: the product's sample, or one put together here; raises NoSample."""
        if depth > _DEEP:
            raise NoSample(f"no value for {schema} within {_DEEP} levels")
        with suppress(NoSample):
            sample = self.samples.of(schema)
            if sample is not None and not self.faults(schema, sample):
                return sample
        for candidate in self._candidates(self.end(schema), depth + 1):
            if not self.faults(schema, candidate):
                return candidate
        raise NoSample(f"no value for {schema} found")

    def _candidates(self, schema: str, depth: int) -> Iterator[Any]:
        keywords = self[schema].keys() if isinstance(self[schema], dict) else set()
        if "items" in keywords:
            yield [self.sample(f"{schema}/items", depth)]
        if not keywords & {"properties", "allOf", "anyOf", "oneOf"}:
            yield None
            return
        whole = {
            **_together(self._parts(schema, "allOf", depth).values()),
            **self._parts(schema, "properties", depth),
        }
        yield whole
        parts = [*self._parts(schema, "oneOf", depth).values(), *self._parts(schema, "anyOf", depth).values()]
        known = _together(parts)
        for part in parts:
            members = {**whole, **part} if isinstance(part, dict) else {}
            yield members or part
            # What other alternatives would take too is told apart by members that only they refuse.
            others = known.keys() - members.keys()
            yield from ({**members, **dict.fromkeys(others, odd)} for odd in _ODD)

    def is_impossible(self, holder: str) -> bool:
        """Tell whether no value can be valid for the parameter or media type at ``holder``: its types exclude it."""
        return "schema" in self[holder] and not self._types(f"{holder}/schema", _DEEP)

    def _types(self, schema: str, depth: int) -> frozenset[str]:
        """Return the types that a value may have; none when a member that it must have may have none."""
        place = self.end(schema)
        node = self[place]
        if not isinstance(node, dict) or depth == 0:
            return frozenset() if node is False else _TYPES
        said = node.get("type", list(_TYPES))
        found = frozenset([said] if isinstance(said, str) else said)
        if "number" in found:
            found |= {"integer"}
        for part in self.below(place, "allOf").values():
            found &= self._types(part, depth - 1)
        members = self.below(place, "properties")
        needed = [members[name] for name in node.get("required", ()) if name in members]
        return found if all(self._types(member, depth - 1) for member in needed) else found - {"object"}

    def _parts(self, schema: str, key: str, depth: int) -> dict[str, Any]:
        found = {}
        for name, place in self.below(schema, key).items():
            with suppress(NoSample):
                found[name] = self.sample(place, depth)
        return found


@dataclass(frozen=True)
class Operation:
    """One method of one path; ``pointer`` and ``parameters`` are places in the contract."""

    method: str
    path: str
    pointer: str
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _together(values: Iterable[Any]) -> dict[str, Any]:
    return {name: member for value in values if isinstance(value, dict) for name, member in value.items()}


def _longer(value: Any) -> Any:
    """Return lists with what is in them twice, so that it matters how they are spelled."""
    if isinstance(value, dict):
        return {name: [*member, *member] if isinstance(member, list) else member for name, member in value.items()}
    return [*value, *value] if isinstance(value, list) else value


def is_json(media_type: str) -> bool:
    """Tell whether what has ``media_type`` is JSON."""
    return media_type.partition(";")[0].strip().lower().endswith(("/json", "+json"))
