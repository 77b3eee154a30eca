"""One request to the admin API, and how one is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from specwright.mock.journal.journals import Journals
from specwright.mock.journal.metrics import Metrics
from specwright.mock.namespaces import Namespace, Namespaces
from specwright.mock.partner import Behaviour
from specwright.mock.settings import Settings
from specwright.mock.store import Store
from specwright.mock.world import World

Model = TypeVar("Model", bound=BaseModel)


class Refusal(Exception):
    """The request cannot be done: answered with ``status`` and the sentence."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


@dataclass(frozen=True)
class House:
    """All that the mock is made of."""

    namespaces: Namespaces
    behaviours: Mapping[str, Behaviour]
    store: Store
    settings: Settings
    metrics: Metrics
    journals: Journals


@dataclass(frozen=True)
class Ask:
    """What is asked of the mock, for the namespace called ``name``."""

    house: House
    name: str
    # Of the path, decoded.
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    @property
    def namespace(self) -> Namespace:
        """The namespace as it stands now; raises BadName."""
        return self.house.namespaces.get(self.name)

    def json(self) -> Any:
        """Return the body as JSON, an empty object where there is none; raises Refusal."""
        try:
            return orjson.loads(self.body) if self.body.strip() else {}
        except orjson.JSONDecodeError as error:
            raise Refusal(400, f"the body is no JSON: {error}") from None

    def read(self, cls: type[Model]) -> Model:
        """Return the body as a ``cls``; raises Refusal with all that is wrong with it."""
        return checked(cls, self.json())

    def behaviour(self, api: str, status: int = 404) -> Behaviour:
        """Return the behaviour of an API; raises Refusal with ``status``."""
        if api not in self.house.behaviours:
            raise Refusal(status, f"there is no API {api}: the mock serves {', '.join(self.house.behaviours)}")
        return self.house.behaviours[api]

    def world(self, api: str, document: Any) -> World:
        """Return ``document`` as the world of an API; raises Refusal with all that is wrong with it."""
        behaviour = self.behaviour(api)
        world = checked(type(behaviour.world), document)
        wrong = behaviour.mistakes(world)
        if wrong:
            raise Refusal(422, wrong)
        return world


def checked(cls: type[Model], document: Any) -> Model:
    """Return ``document`` as a ``cls``; raises Refusal with all that is wrong with it."""
    if not isinstance(document, dict):
        raise Refusal(422, "the body must be a JSON object")
    try:
        return cls.model_validate(document)
    except ValidationError as error:
        raise Refusal(422, _said(error)) from None


def _said(error: ValidationError) -> str:
    """Return all that ``error`` says in one sentence."""
    faults = [(".".join(str(token) for token in item["loc"]), item["msg"]) for item in error.errors(include_url=False)]
    return "; ".join(f"{place}: {message}" if place else message for place, message in faults)
