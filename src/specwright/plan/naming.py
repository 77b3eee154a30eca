"""Names of the contract -> names of Python. Every name is a function of the text it comes from, never of order."""

import builtins
import hashlib
import keyword
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from specwright.spec.pointer import escape, unescape
from specwright.spec.structure import METHODS

# What generated modules import or define themselves: a class of that name would hide it.
RESERVED_CLASSES = frozenset(
    {
        "Annotated",
        "Any",
        "ConfigDict",
        "False",
        "Field",
        "Handlers",
        "Literal",
        "None",
        "Omittable",
        "True",
        "TypeAliasType",
    }
)
_RESERVED_ARGUMENTS = frozenset({"self", "body", "models", "types"})
_SUFFIXES = {"requestBodies": "Request", "parameters": "Parameter", "headers": "Header"}
_COMPONENT_RESPONSES = "#/components/responses/"
# Contracts say the same words over and over.
_MANY = 100_000
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@lru_cache(maxsize=_MANY)
def words(text: str) -> tuple[str, ...]:
    """Split ``text`` at everything that no identifier has, and at its humps: ``petOwner-id`` -> pet Owner id."""
    normal = unicodedata.normalize("NFKC", text)
    spaced = "".join(char if f"a{char}".isidentifier() and char != "_" else " " for char in normal)
    return tuple(word for run in spaced.split() for word in _HUMPS.split(run) if word)


@lru_cache(maxsize=_MANY)
def pascal_case(text: str) -> str:
    """Return ``text`` as a class name: ``pet-owner`` -> ``PetOwner``, ``2fa`` -> ``Value2fa``; empty without a word."""
    name = _normal("".join(word[0].upper() + word[1:] for word in words(text)))
    return name if not name or name.isidentifier() else f"Value{name}"


def snake_case(text: str) -> str:
    """Return ``text`` as an argument or function name: ``petId`` -> ``pet_id``, ``class`` -> ``class_``."""
    name = _snake(text)
    taken = keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in _RESERVED_ARGUMENTS
    return f"{name}_" if taken or hasattr(builtins, name) else name


@lru_cache(maxsize=_MANY)
def member_name(text: str) -> str:
    """Return ``text`` as a field of a model: as ``snake_case``, but ``id`` and ``type`` may stay as they are."""
    name = _snake(text)
    return f"{name}_" if keyword.iskeyword(name) or name in _reserved_members() else name


def digest(text: str) -> str:
    """Return four letters that stand for ``text``: the last resort where two places want the same name."""
    letters = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:4]
    return "".join(chr(ord("a") + byte % 26) for byte in letters)


def distinct(wanted: dict[str, str], taken: frozenset[str] = frozenset()) -> dict[str, str]:
    """Return a name for every key of ``wanted`` (place -> name), all different and none in ``taken``.

    Of several places that want one name, the one whose last token is spelled exactly so keeps it; the others get a
    suffix made of their own place. A name that is taken gets the suffix of what it is not.
    """
    owners: dict[str, list[str]] = {}
    for place, name in wanted.items():
        owners.setdefault(name, []).append(place)
    names = {}
    for name, places in owners.items():
        keeper = None if name in taken else min(places, key=lambda place: (_last(place) != name, place))
        for place in places:
            names[place] = name if place == keeper else suffixed(name, place)
    return names


def suffixed(name: str, place: str) -> str:
    """Return ``name`` told apart by a digest of its ``place``."""
    suffix = digest(place)
    return f"{name}{suffix.capitalize()}" if name[:1].isupper() else f"{name}_{suffix}"


def identified(contract: Any) -> list[tuple[str, str, str, str, dict[str, Any]]]:
    """Return (identifier, class name base, path, method, operation) of every operation, by path."""
    found = {
        f"{method} {path}": (path, method, item[method])
        for path, item in sorted(contract.get("paths", {}).items())
        for method in METHODS
        if path.startswith("/") and method in item
    }
    wanted = {place: operation.get("operationId") or place for place, (_, _, operation) in found.items()}
    identifiers = distinct({place: snake_case(name) for place, name in wanted.items()})
    bases = distinct({place: pascal_case(name) or "Operation" for place, name in wanted.items()})
    return [(identifiers[place], bases[place], *entry) for place, entry in found.items()]


def outgoing(contract: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Return (class name base, pointer, operation) of every request that the API sends: webhooks and callbacks."""
    found = {}
    for place, name, items in _outgoing_items(contract):
        for key, item in items.items():
            methods = [method for method in METHODS if not key.startswith("x-") and method in item]
            for method in methods:
                wanted = name if len(methods) == 1 else f"{name} {method}"
                found[f"{place}/{escape(key)}/{method}"] = item[method].get("operationId") or wanted, item[method]
    bases = distinct({place: pascal_case(name) or "Outgoing" for place, (name, _) in found.items()})
    return [(bases[place], place, operation) for place, (_, operation) in sorted(found.items())]


def _outgoing_items(contract: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (pointer, name, path items) of the webhooks and of every callback."""
    for key, item in contract.get("webhooks", {}).items():
        yield "/webhooks", key, {key: item}
    for name, callback in contract.get("components", {}).get("callbacks", {}).items():
        yield f"/components/callbacks/{escape(name)}", name, callback
    for _, base, path, method, operation in identified(contract):
        for name, callback in operation.get("callbacks", {}).items():
            if "$ref" not in callback:
                place = f"/paths/{escape(path)}/{method}/callbacks/{escape(name)}"
                yield place, f"{base} {name}", callback


def base(pointer: str, owner: str, part: str) -> str:
    """Return what names start with below ``pointer``: what operations share is named after itself, not its users."""
    tokens = [unescape(token) for token in pointer.split("/")[1:]]
    if tokens[0] == "components" and tokens[1] not in ("callbacks", "pathItems"):
        return pascal_case(tokens[2]) + _SUFFIXES.get(tokens[1], "")
    if tokens[0] == "paths" and tokens[2] == "parameters":
        owner = pascal_case(tokens[1])
    return owner + part


def arguments(parameters: list[dict[str, Any]]) -> dict[str, str]:
    """Return the argument of every parameter, by location and name; a name in two locations tells them apart."""
    wanted = {f"{item['in']}/{item['name']}": snake_case(item["name"]) for item in parameters}
    counts = Counter(wanted.values())
    for place, name in wanted.items():
        if (
            counts[name] > 1
            and sum(other == name for key, other in wanted.items() if _where(key) == _where(place)) == 1
        ):
            wanted[place] = f"{name.rstrip('_')}_{_where(place)}"
    return distinct(wanted)


def _where(place: str) -> str:
    return place.partition("/")[0]


def shared_responses(contract: Any) -> dict[tuple[str, str], str]:
    """Return the class name of every component response, for each status it answers with."""
    uses = {
        (str(node["$ref"]), status)
        for path, item in contract.get("paths", {}).items()
        for method in METHODS
        if path.startswith("/")
        for status, node in item.get(method, {}).get("responses", {}).items()
        if isinstance(node, dict) and str(node.get("$ref", "")).startswith(_COMPONENT_RESPONSES)
    }
    wanted = {
        f"{ref}/{status}": pascal_case(ref[len(_COMPONENT_RESPONSES) :]) + status_name(status)
        for ref, status in sorted(uses)
    }
    names = distinct(wanted)
    return {(ref, status): names[f"{ref}/{status}"] for ref, status in uses}


def status_name(status: str) -> str:
    """Return ``status`` as the end of a class name: ``201``, ``4XX``, ``Default``."""
    return status.upper() if status[0].isdigit() else status.capitalize()


@cache
def _reserved_members() -> frozenset[str]:
    """A member of that name would hide a method of the model, or a type in the annotations of the class."""
    # Imported here because it is slow to load and a run that changes nothing does not need it.
    from pydantic import BaseModel

    return frozenset({*dir(BaseModel), "bool", "dict", "int", "list", "str", "tuple", "types"})


def _snake(text: str) -> str:
    name = _normal("_".join(word.lower() for word in words(text))) or "value"
    return name if name.isidentifier() else f"value_{name}"


def _normal(name: str) -> str:
    """Python compares identifiers in this form; changing case can undo it."""
    return unicodedata.normalize("NFKC", name)


def _last(place: str) -> str:
    return place.rpartition("/")[2]
