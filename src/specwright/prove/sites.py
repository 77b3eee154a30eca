"""Where a schema says something of a value: every keyword at every place, and a valid value that has the place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote

from specwright.prove.witness import Witness
from specwright.runtime.patterns import Steady, matching
from specwright.runtime.samples import Maker, NoSample, Samples, fixed, given
from specwright.spec.pointer import escape, resolve

# What asserts something of a value by itself; the others apply schemas, and those are sites of their own.
ASSERTIONS = [
    "type",
    "enum",
    "const",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "format",
    "maxItems",
    "minItems",
    "uniqueItems",
    "contains",
    "maxContains",
    "minContains",
    "maxProperties",
    "minProperties",
    "required",
    "dependentRequired",
    "propertyNames",
    "not",
    "anyOf",
    "oneOf",
]
# Keywords that close a value when they are false.
_CLOSING = ("additionalProperties", "unevaluatedProperties", "items", "unevaluatedItems")
_DEEPEST = 8
_OFTEN = 2  # that a schema which holds itself is entered
UNHEARD_OF = "unheard_of"

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Step:
    """From a schema to one it applies: to a member or an item of the value, or to the value itself (``branch``)."""

    kind: Literal["member", "item", "branch"]
    key: str | int
    pointer: str


@dataclass(frozen=True)
class Site:
    """One keyword of the schema at ``pointer``, which speaks of the value at ``place``; ``steps`` lead there."""

    place: Place
    keyword: str
    pointer: str
    steps: tuple[Step, ...]
    # Whether another alternative may hold instead, so that a server may name the choice and not the keyword.
    is_optional: bool

    @property
    def pointer_in_value(self) -> str:
        """The JSON Pointer of the place."""
        return pointer_of(self.place)


def pointer_of(place: Sequence[str | int]) -> str:
    """Return ``place`` as a JSON Pointer."""
    return "".join(f"/{escape(str(token))}" for token in place)


def put(value: Any, place: Sequence[str | int], member: Any) -> Any:
    """Return ``value`` with ``member`` at ``place``; a member that was not there is added."""
    if not place:
        return member
    key, *rest = place
    if isinstance(value, list):
        return [put(item, rest, member) if index == key else item for index, item in enumerate(value)]
    return {**value, key: put(value.get(key), rest, member)}


def at(value: Any, place: Sequence[str | int]) -> Any:
    """Return what is at ``place`` in ``value``."""
    for token in place:
        value = value[token]
    return value


class Sites:
    """The sites of the schemas of one contract."""

    def __init__(self, witness: Witness, samples: Samples) -> None:
        self._witness, self._samples = witness, samples
        self._contract = witness.contract

    def of(self, pointer: str) -> Iterator[Site]:
        """Yield every site of the schema at ``pointer``, the outermost first; places that differ in nothing once."""
        seen = set()
        for site in self._walk(pointer, (), (), (), is_optional=False):
            key = site.place, site.keyword, site.pointer
            if key not in seen:
                seen.add(key)
                yield site

    def _walk(
        self, pointer: str, place: Place, steps: tuple[Step, ...], entered: tuple[str, ...], *, is_optional: bool
    ) -> Iterator[Site]:
        if entered.count(pointer) >= _OFTEN or len(place) > _DEEPEST:
            return
        entered = (*entered, pointer)
        schema = resolve(self._contract, pointer)
        if schema is False:
            yield Site(place, _applicator(steps, pointer), pointer, steps, is_optional)
        if not isinstance(schema, dict):
            return
        for keyword in (*ASSERTIONS, *_CLOSING):
            if keyword in schema and (keyword in ASSERTIONS or schema[keyword] is False):
                yield Site(place, keyword, pointer, steps, is_optional)
        for step in self._steps(schema, pointer):
            where = place if step.kind == "branch" else (*place, step.key)
            optional = is_optional or (step.kind == "branch" and step.key in ("anyOf", "oneOf"))
            yield from self._walk(step.pointer, where, (*steps, step), entered, is_optional=optional)

    def _steps(self, schema: dict[str, Any], pointer: str) -> Iterator[Step]:
        """Yield where ``schema`` leads: to members, items, and other schemas of the same value."""
        yield from _members(schema, pointer)
        yield from _items(schema, pointer)
        for keyword in ("allOf", "anyOf", "oneOf"):
            for index in range(len(schema.get(keyword, ()))):
                yield Step("branch", keyword, f"{pointer}/{keyword}/{index}")
        if "if" in schema:
            yield from (Step("branch", key, f"{pointer}/{key}") for key in ("then", "else") if key in schema)
        for name in schema.get("dependentSchemas", {}):
            yield Step("branch", name, f"{pointer}/dependentSchemas/{escape(name)}")
        yield from (Step("branch", "$ref", target) for target in self._targets(schema))

    def _targets(self, schema: dict[str, Any]) -> Iterator[str]:
        for key in ("$ref", "$dynamicRef"):
            fragment = unquote(str(schema.get(key, "")))
            if fragment.startswith("#/"):
                yield fragment[1:]
            elif fragment.startswith("#"):
                yield from _anchored(self._contract, fragment[1:], "")

    # --- a value that has the place -----------------------------------------------------------------------------

    def bases(self, root: str, site: Site, starts: Sequence[Any]) -> Iterator[Any]:
        """Yield valid values of the schema at ``root`` in which the schema of ``site`` is applied, made of ``starts``."""
        seen = set()
        for start in starts:
            for branch in (0, 1, 2):
                value = self._seated(start, site.steps, branch)
                if repr(value) not in seen and self._witness.is_valid(root, value):
                    yield value
                seen.add(repr(value))

    def starts(self, pointer: str, examples: Sequence[Any] = ()) -> list[Any]:
        """Return valid values of the schema at ``pointer``, different ones, the likeliest first."""
        schema = resolve(self._contract, pointer)
        found = list(examples)
        for taken in (given, fixed):
            for branch in (0, 1, 2):
                found += [Maker(self._contract, depth, branch, taken).make(schema, 0) for depth in (6, 2, 0)]
        distinct = {repr(value): value for value in found}.values()
        return [value for value in distinct if self._witness.is_valid(pointer, value)]

    def sample(self, pointer: str) -> Any:
        """Return a value of the schema at ``pointer``, None where none can be made."""
        try:
            return self._samples.of(pointer)
        except NoSample:
            return None

    def _seated(self, value: Any, steps: tuple[Step, ...], branch: int) -> Any:
        """Return ``value`` changed so that ``steps`` can be gone in it."""
        if not steps:
            return value
        step, rest = steps[0], steps[1:]
        if step.kind == "branch":
            return self._seated(self._taken(value, step, branch), rest, branch)
        if step.kind == "member":
            holder = value if isinstance(value, dict) else {}
            forbidden = resolve(self._contract, step.pointer) is False
            if forbidden:
                return holder
            member = holder[step.key] if step.key in holder else self.sample(step.pointer)
            return {**holder, step.key: self._seated(member, rest, branch)}
        items = list(value) if isinstance(value, list) else []
        index = int(step.key)
        container = step.pointer.removesuffix("/items").rpartition("/prefixItems/")[0]
        for missing in range(len(items), index + 1):
            before = f"{container or step.pointer.rpartition('/')[0]}/prefixItems/{missing}"
            items.append(self.sample(before if missing < index else step.pointer))
        items[index] = self._seated(items[index], rest, branch)
        return items

    def _taken(self, value: Any, step: Step, branch: int) -> Any:
        """Return a value to which the schema of a branch applies and which obeys it, as near to ``value`` as can be."""
        if step.key in ("then", "else"):
            return self._conditional(value, step)
        if step.key not in ("anyOf", "oneOf", "allOf", "$ref"):  # dependentSchemas
            return value if not isinstance(value, dict) or step.key in value else {**value, step.key: 1}
        if self._witness.is_valid(step.pointer, value):
            return value
        taken = (given, fixed, fixed)[branch]
        made = Maker(self._contract, (6, 6, 0)[branch], 0, taken).make(resolve(self._contract, step.pointer), 0)
        options = [{**value, **made}] if isinstance(value, dict) and isinstance(made, dict) else []
        options += [made, self.sample(step.pointer)]
        return next((item for item in options if self._witness.is_valid(step.pointer, item)), value)

    def _conditional(self, value: Any, step: Step) -> Any:
        condition = f"{step.pointer.rpartition('/')[0]}/if"
        parent = resolve(self._contract, step.pointer.rpartition("/")[0])
        wanted = step.key == "then"
        options = [value, *_numbers(parent), *_numbers(parent.get("if", {}))]
        for item in options:
            is_met = self._witness.is_valid(condition, item)
            if is_met == wanted and self._witness.is_valid(step.pointer, item):
                return item
        made = self.sample(condition) if wanted else None
        return {**value, **made} if isinstance(value, dict) and isinstance(made, dict) else value


def _members(schema: dict[str, Any], pointer: str) -> Iterator[Step]:
    for name in schema.get("properties", {}):
        yield Step("member", name, f"{pointer}/properties/{escape(name)}")
    for pattern in schema.get("patternProperties", {}):
        name = matching(pattern, 1, 40, Steady(0), 20)
        yield Step("member", name, f"{pointer}/patternProperties/{escape(pattern)}")
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        if isinstance(schema.get(keyword), dict):
            yield Step("member", UNHEARD_OF, f"{pointer}/{keyword}")


def _items(schema: dict[str, Any], pointer: str) -> Iterator[Step]:
    prefix = len(schema.get("prefixItems", ()))
    for index in range(prefix):
        yield Step("item", index, f"{pointer}/prefixItems/{index}")
    for keyword in ("items", "unevaluatedItems"):
        if isinstance(schema.get(keyword), dict):
            yield Step("item", prefix, f"{pointer}/{keyword}")


def _numbers(schema: Any) -> list[int]:
    limits = [schema[key] for key in ("minimum", "maximum") if isinstance(schema, dict) and key in schema]
    return [int(limit) + offset for limit in limits for offset in range(-12, 13)]


def _anchored(node: Any, name: str, pointer: str) -> Iterator[str]:
    if isinstance(node, dict):
        if name in (node.get("$anchor"), node.get("$dynamicAnchor")):
            yield pointer
        for key, item in node.items():
            yield from _anchored(item, name, f"{pointer}/{escape(key)}")
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _anchored(item, name, f"{pointer}/{index}")


def _applicator(steps: tuple[Step, ...], pointer: str) -> str:
    parts = pointer.split("/")
    kind = steps[-1].kind if steps else ""
    return parts[-2] if kind in ("member", "item") and len(parts) > 2 and parts[-1] != "items" else parts[-1]
