"""Discriminators: which value of the property stands for which alternative, and which classes are kinds of another."""

from collections import Counter
from typing import Any
from urllib.parse import unquote

from specwright.plan import objects
from specwright.spec.pointer import deref, escape, has, resolve, unescape

_SCHEMAS = "/components/schemas/"


def mapping(contract: Any, pointer: str, schema: dict[str, Any]) -> dict[str, str]:
    """Return value -> pointer of the alternative it stands for; ``pointer`` is that of the list of alternatives.

    A value is fixed by the alternative itself, is the name of its component, or stands in the mapping, which counts
    most (OpenAPI 3.1.1 section 4.8.25).
    """
    name = property_name(schema)
    if name is None:
        return {}
    branches = {f"{pointer}/{i}": branch for i, branch in enumerate(schema[pointer.rpartition("/")[2]])}
    targets = {place: _target(branch) or "" for place, branch in branches.items()}
    keys = {place: key_of(target) for place, target in targets.items() if target.startswith(_SCHEMAS)}
    allowed = {place: _fixed(contract, branch, name) for place, branch in branches.items()}
    listed = {target: place for place, target in targets.items()}
    said = {
        value: listed.get(place, place)
        for value, place in explicit(contract, schema).items()
        # What is no class and none of the alternatives may be the union itself.
        if place in listed or objects.is_class(contract, place, resolve(contract, place))
    }
    return {**_implied(keys, allowed), **_told_apart(allowed), **said}


def property_name(schema: dict[str, Any]) -> str | None:
    """Return the property by which ``schema`` tells its alternatives apart, None when it names none."""
    discriminator = schema.get("discriminator")
    name = discriminator.get("propertyName") if isinstance(discriminator, dict) else None
    return name if isinstance(name, str) else None


def explicit(contract: Any, schema: dict[str, Any]) -> dict[str, str]:
    """Return the entries of the mapping whose schema exists: value -> pointer."""
    found = {}
    said = schema["discriminator"].get("mapping")
    for value, text in said.items() if isinstance(said, dict) else ():
        if not isinstance(text, str):
            continue
        place = f"{_SCHEMAS}{escape(text)}"
        if not has(contract, place):
            place = unquote(text.partition("#")[2])
        if place.startswith("/") and has(contract, place):
            found[value] = place
    return found


def kinds(contract: Any) -> dict[str, dict[str, str]]:
    """Return, for every object with a discriminator and no alternatives, value -> pointer of what extends it."""
    schemas = contract.get("components", {}).get("schemas", {})
    parents = {f"{_SCHEMAS}{escape(key)}": _parents(schema) for key, schema in schemas.items()}
    found = {}
    for key, schema in schemas.items():
        place = f"{_SCHEMAS}{escape(key)}"
        if isinstance(schema, dict) and _is_open(contract, place, schema):
            below = _below(place, parents)
            name = str(property_name(schema))
            allowed = {other: _fixed(contract, resolve(contract, other), name) for other in below}
            implied = _implied({other: key_of(other) for other in below}, allowed)
            told = {**implied, **_told_apart(allowed), **explicit(contract, schema)}
            if below:
                found[place] = {value: other for value, other in told.items() if other in below}
    return found


def key_of(pointer: str) -> str:
    """Return the name of the component at ``pointer``."""
    return unescape(pointer.removeprefix(_SCHEMAS))


def _is_open(contract: Any, place: str, schema: dict[str, Any]) -> bool:
    is_union = "oneOf" in schema or "anyOf" in schema
    return property_name(schema) is not None and not is_union and objects.is_class(contract, place, schema)


def _parents(schema: Any) -> list[str]:
    branches = schema.get("allOf", ()) if isinstance(schema, dict) else ()
    return [target for branch in branches if (target := _target(branch))]


def _below(place: str, parents: dict[str, list[str]]) -> list[str]:
    found: dict[str, None] = {}
    waiting = [place]
    while waiting:
        above = waiting.pop()
        new = [key for key, targets in parents.items() if above in targets and key not in found and key != place]
        found.update(dict.fromkeys(new))
        waiting += new
    return sorted(found)


def _fixed(contract: Any, schema: Any, name: str, seen: frozenset[str] = frozenset()) -> frozenset[str] | None:
    """Return the texts that ``schema`` allows for its property ``name``, None when it lists none."""
    if not isinstance(schema, dict):
        return None
    sets = [_listed(contract, schema.get("properties", {}).get(name))]
    target = _target(schema)
    if target and target not in seen:
        sets.append(_fixed(contract, resolve(contract, target), name, seen | {target}))
    sets += [_fixed(contract, branch, name, seen) for branch in schema.get("allOf", ())]
    for keyword in ("oneOf", "anyOf"):
        found = [_fixed(contract, branch, name, seen) for branch in schema.get(keyword, ())]
        known = [values for values in found if values is not None]
        sets.append(frozenset().union(*known) if found and len(known) == len(found) else None)
    known = [values for values in sets if values is not None]
    return frozenset.intersection(*known) if known else None


def _listed(contract: Any, schema: Any) -> frozenset[str] | None:
    schema = deref(contract, schema)
    if not isinstance(schema, dict) or not schema.keys() & {"enum", "const"}:
        return None
    return frozenset(value for value in schema.get("enum", [schema.get("const")]) if isinstance(value, str))


def _implied(keys: dict[str, str], allowed: dict[str, frozenset[str] | None]) -> dict[str, str]:
    """Return the names of components that may stand for them: value -> place."""
    return {key: place for place, key in keys.items() if allowed[place] is None or key in (allowed[place] or ())}


def _told_apart(allowed: dict[str, frozenset[str] | None]) -> dict[str, str]:
    """Return value -> place for the values that one place alone allows."""
    counts = Counter(value for values in allowed.values() for value in values or ())
    return {value: place for place, values in allowed.items() for value in values or () if counts[value] == 1}


def _target(schema: Any) -> str | None:
    return unquote(schema["$ref"][1:]) if isinstance(schema, dict) and "$ref" in schema else None
