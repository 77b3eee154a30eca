"""Which operations of a contract make, show, change and remove the same things: told by paths and methods alone.

Below a collection (``/owners/{ownerId}/pets``) are its items (``/owners/{ownerId}/pets/{petId}``). What the parameters of a
path are called means nothing here, for one collection may be spelled ``/owners/{id}`` here and ``/owners/{ownerId}/pets`` there.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from specwright.mock.contract.echo import as_json
from specwright.plan import Api, Operation

Role = Literal["create", "list", "read", "replace", "merge", "delete"]

_ITEM = re.compile(r"(?P<collection>.*)/\{(?P<parameter>[^{}]+)\}")
_PARAMETER = re.compile(r"\{([^{}]*)\}")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_ON_COLLECTIONS: Mapping[str, Role] = {"post": "create", "get": "list", "put": "replace", "patch": "merge"}
_ON_ITEMS: Mapping[str, Role] = {
    "get": "read",
    "put": "replace",
    "patch": "merge",
    "post": "merge",
    "delete": "delete",
}


@dataclass(frozen=True)
class Resource:
    """Items of one kind: ``collection`` is their path, ``parameter`` names one of them, ``item`` is the path of that.

    Operations are found in ``on_collection`` and ``on_item`` by their method.
    """

    collection: str
    item: str
    parameter: str
    on_collection: Mapping[str, Operation]
    on_item: Mapping[str, Operation]

    @property
    def noun(self) -> str:
        """The last word of the collection's path."""
        return self.collection.rpartition("/")[2]

    @property
    def id_names(self) -> tuple[str, ...]:
        """What the member that holds the id may be called, the likeliest first, each as ``plain`` makes it."""
        words = [word.lower() for word in _WORD.findall(self.parameter)]
        tails = ["".join(words[start:]) for start in range(len(words))]
        return tuple(dict.fromkeys([*tails, "id", *(f"{noun}id" for noun in self.nouns), "uuid"]))

    @property
    def nouns(self) -> tuple[str, ...]:
        """What one item may be called."""
        noun = plain(self.noun)
        return noun.removesuffix("ies") + "y" if noun.endswith("ies") else noun.removesuffix("s"), noun


@dataclass(frozen=True)
class Step:
    """What one operation does to a resource."""

    operation: Operation
    resource: Resource
    role: Role

    @property
    def is_on_item(self) -> bool:
        """Whether the path says which item is meant."""
        return self.operation.path == self.resource.item


def steps(api: Api) -> dict[str, Step]:
    """Return what the operations of ``api`` do to resources, by their identifiers; others do something else."""
    paths: dict[str, dict[str, Operation]] = {}
    for operation in api.operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = operation
    return {step.operation.identifier: step for resource in _resources(paths) for step in _steps(resource)}


def _resources(paths: Mapping[str, Mapping[str, Operation]]) -> Iterator[Resource]:
    spelled = {_PARAMETER.sub("{}", path): path for path in paths}
    for path, operations in paths.items():
        match = _ITEM.fullmatch(path)
        if match:
            collection = spelled.get(_PARAMETER.sub("{}", match["collection"]), match["collection"])
            above = {} if collection.endswith("}") else paths.get(collection, {})
            yield Resource(collection, path, match["parameter"], above, operations)


def _steps(resource: Resource) -> Iterator[Step]:
    for operations, roles in ((resource.on_collection, _ON_COLLECTIONS), (resource.on_item, _ON_ITEMS)):
        for method, operation in operations.items():
            if method in roles:
                yield Step(operation, resource, roles[method])


def place(operation: Operation, path: str, arguments: Mapping[str, Any]) -> str:
    """Return ``path``, that of ``operation`` or its beginning, with the values of a request to it."""
    values = {
        item.name: as_json(arguments[item.identifier]) for item in operation.parameters if item.location == "path"
    }
    return _PARAMETER.sub(lambda match: segment(values[match[1]]), path)


def places_above(operation: Operation, arguments: Mapping[str, Any]) -> list[str]:
    """Return the places of all items that the path of ``operation`` leads to or through."""
    path = operation.path
    ends = [match.end() for match in _PARAMETER.finditer(path) if path[match.end() :][:1] in ("", "/")]
    return [place(operation, path[:end], arguments) for end in ends]


def segment(value: Any) -> str:
    """Return ``value``, an id, as a segment of a path."""
    return quote(value if isinstance(value, str) else str(as_json(value)), safe="")


def plain(name: str) -> str:
    """Return ``name`` without what tells one style from another: petId, pet_id and pet-id are the same."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def member(names: Iterable[str], wanted: Iterable[str]) -> str | None:
    """Return the one of ``names`` that is the first of ``wanted``, in whatever style."""
    by_plain = {plain(name): name for name in reversed(list(names))}
    return next((by_plain[name] for name in wanted if name in by_plain), None)
