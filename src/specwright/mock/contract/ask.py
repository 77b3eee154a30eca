"""One request to an operation on a resource: which item it means, and what it says of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from specwright.mock.contract.echo import as_json
from specwright.mock.contract.resources import Resource, Step, place
from specwright.mock.contract.views import View
from specwright.plan import Operation

Item = dict[str, Any]


@dataclass(frozen=True)
class Ask:
    """One request to an operation that is a step of a resource, by the ``source`` of its items."""

    step: Step
    source: View
    arguments: Mapping[str, Any]

    @property
    def operation(self) -> Operation:
        """The operation that was called."""
        return self.step.operation

    @property
    def resource(self) -> Resource:
        """What it is a step of."""
        return self.step.resource

    @cached_property
    def place(self) -> str:
        """The path that was asked for."""
        return place(self.operation, self.operation.path, self.arguments)

    @property
    def kind(self) -> str:
        """The path of the collection; its records are called so."""
        return self.place.rpartition("/")[0] if self.step.is_on_item else self.place

    @cached_property
    def above(self) -> Item:
        """The values in the path, by the names of members that an item can have."""
        return self._given("path")

    @cached_property
    def fields(self) -> Item | None:
        """The members of the body that an item can have too, out of an envelope if they are in one; None if it is no object.

        A request that has no body says them in the query.
        """
        if self.operation.body is None:
            return self._given("query")
        body = as_json(self.arguments["body"])
        if body is None:
            return {}
        if not isinstance(body, dict):
            return None
        inner = next(iter(body.values())) if len(body) == 1 and not self._members(body) else None
        return self._members(inner if isinstance(inner, dict) else body)

    @cached_property
    def id(self) -> Any:
        """The id of the item that is meant, None where the request says none."""
        if self.step.is_on_item:
            key = self.resource.parameter, "path"
            named = (item for item in self.operation.parameters if (item.name, item.location) == key)
            return as_json(self.arguments[next(named).identifier])
        return (self.fields or {}).get(self.source.id_name or "")

    def argument(self, name: str) -> int | None:
        """Return the argument ``name`` of the query if it is a whole number."""
        for item in self.operation.parameters:
            value = self.arguments[item.identifier] if (item.name, item.location) == (name, "query") else None
            if isinstance(value, int):
                return value
        return None

    def _given(self, location: str) -> Item:
        some = [item for item in self.operation.parameters if item.location == location]
        values = {item.name: as_json(self.arguments[item.identifier]) for item in some}
        return self._members({name: value for name, value in values.items() if value is not None})

    def _members(self, values: Item) -> Item:
        return {name: value for name, value in values.items() if name in self.source.names}
