"""Names of a contract that are one name in Python: generating tells them apart by a suffix that nobody would choose."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from specwright.errors import Problem
from specwright.plan import naming
from specwright.plan.definitions import component_name
from specwright.spec.document import Document
from specwright.spec.pointer import escape, mapping
from specwright.spec.structure import operations

_snake_case = cache(naming.snake_case)


class _Name(NamedTuple):
    """Where a name stands, and what it is there."""

    place: str
    text: str


def names_stay_apart(document: Document) -> Iterator[Problem]:
    """Components, operations, and the properties of one schema have names that are different in Python too."""
    yield from _components(document)
    yield from _operations(document)
    for pointer, kind, node in document.objects:
        properties = mapping(node, "properties") if kind == "schema" else {}
        if len(set(map(_snake_case, properties))) < len(properties):
            names = {name: _Name(f"{pointer}/properties/{escape(name)}", name) for name in properties}
            yield from _told(document, names, {name: naming.member_name(name) for name in names})


def _components(document: Document) -> Iterator[Problem]:
    schemas = mapping(document.value, "components", "schemas")
    names = {place: _Name(place, name) for name in schemas for place in [f"/components/schemas/{escape(name)}"]}
    return _told(document, names, {place: component_name(name, schemas[name]) for place, (_, name) in names.items()})


def _operations(document: Document) -> Iterator[Problem]:
    names = {
        f"{method} {path}": _Name(f"{pointer}/operationId", operation["operationId"])
        for pointer, path, method, operation in operations(document.value)
        if isinstance(operation.get("operationId"), str)
    }
    return _told(document, names, {key: _snake_case(name) for key, (_, name) in names.items()})


def _told(document: Document, names: dict[str, _Name], wanted: dict[str, str]) -> Iterator[Problem]:
    """Yield a problem for every name that cannot be in Python what it asks for."""
    settled = naming.distinct(wanted) if len(set(wanted.values())) < len(wanted) else wanted
    for key in [key for key in settled if settled[key] != wanted[key]]:
        others = [names[other].text for other in wanted if wanted[other] == wanted[key] and other != key]
        place, text = names[key]
        if text not in others:
            both = f"{text!r} and {others[0]!r} are both {wanted[key]} in Python"
            yield document.advice(place, f"{both}: rename one, else this one is {settled[key]}", "python-name")
