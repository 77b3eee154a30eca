"""What is known of the resources of one API: how its operations show items, and whether clients can make them."""

from collections.abc import Iterator
from typing import Any

from specwright.mock.contract.answer import Answers, shape
from specwright.mock.contract.resources import Resource, steps
from specwright.mock.contract.views import View
from specwright.plan import Api, Operation
from specwright.runtime.readonly import read_only_names
from specwright.spec.schemas import Validator

_CHANGES = ("put", "patch", "post")


class Inferred:
    """What is known of one API, for the partners of all its scenes; of an operation, once it is first called."""

    def __init__(self, api: Api, answers: Answers) -> None:
        self.api, self.answers = api, answers
        self.operations = {operation.identifier: operation for operation in api.operations}
        self.steps = steps(api)
        self._views: dict[tuple[str, bool], View] = {}
        self._sources: dict[str, View | None] = {}
        self._ids: dict[str, Validator] = {}
        self._replaced: dict[str, frozenset[str]] = {}

    def view(self, resource: Resource, operation: Operation, *, is_new: bool = False) -> View:
        """Return how the success of ``operation`` shows an item; ``is_new`` is one that was created just now."""
        key = operation.identifier, is_new
        if key not in self._views:
            code = 201 if is_new and declares(operation, "201") else None
            self._views[key] = View(self.answers.forms(operation, code)[0], resource)
        return self._views[key]

    def source(self, resource: Resource) -> View | None:
        """Return the view that items are made by and checked by: that of reading one, or else of making one."""
        if resource.item not in self._sources:
            shows = [view for view in self._shows(resource) if view.item is not None]
            self._sources[resource.item] = next((view for view in shows if view.id_name), shows[0] if shows else None)
        return self._sources[resource.item]

    def _shows(self, resource: Resource) -> Iterator[View]:
        on_item, on_collection = resource.on_item, resource.on_collection
        for operations, method in ((on_item, "get"), (on_collection, "post"), *((on_item, name) for name in _CHANGES)):
            if method in operations:
                yield self.view(resource, operations[method], is_new=operations is on_collection)

    def creates(self, resource: Resource) -> bool:
        """Tell whether clients can make items and learn their ids."""
        put, post = resource.on_item.get("put"), resource.on_collection.get("post")
        if put is not None and declares(put, "201"):
            return True
        if post is None:
            return False
        view = self.view(resource, post, is_new=True)
        headers = {header.name.lower() for header in view.form.declared.headers}
        return "location" in headers or (view.item is not None and view.id_name is not None)

    def is_id(self, resource: Resource, key: Any) -> bool:
        """Tell whether the path of an item can have the id ``key``: in a path numbers are texts."""
        pointer = _pointer(resource)
        if pointer not in self._ids:
            self._ids[pointer] = self.answers.material.schemas.compile(pointer)
        is_valid = self._ids[pointer].is_valid
        return is_valid(key) or is_valid(str(key)) or (str(key).isdecimal() and is_valid(int(key)))

    def chance_id(self, resource: Resource, seed: str) -> Any:
        """Return some id that the path of an item can have; raises NoSample."""
        return self.answers.material.dynamic.of(_pointer(resource), seed)

    def replaceable(self, operation: Operation) -> frozenset[str]:
        """Return the names of the members that the body of ``operation`` can have."""
        if operation.identifier not in self._replaced:
            pointer = operation.body.media[0].pointer if operation.body else None
            found = shape(self.api.contract, pointer) if pointer else {}
            names = frozenset(found if isinstance(found, dict) else ())
            hidden = read_only_names(self.api.contract, pointer) if pointer else frozenset[str]()
            self._replaced[operation.identifier] = names - hidden
        return self._replaced[operation.identifier]


def _pointer(resource: Resource) -> str:
    """Return the pointer to the schema of the parameter that names an item."""
    operation = next(iter(resource.on_item.values()))
    key = resource.parameter, "path"
    return next(item.pointer for item in operation.parameters if (item.name, item.location) == key)


def declares(operation: Operation, *statuses: str) -> bool:
    """Tell whether ``operation`` has a response of one of ``statuses``."""
    return any(response.status.upper() in statuses for response in operation.responses)
