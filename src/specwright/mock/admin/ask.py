"""One request to the admin API, and how one is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

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
class Ask:
    """What is asked of the mock, for which namespace."""

    namespaces: Namespaces
    behaviours: Mapping[str, Behaviour]
    store: Store
    settings: Settings
    namespace: Namespace
    # Of the path, decoded.
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON, an empty object where there is none; raises Refusal."""
        try:
            return orjson.loads(self.body) if self.body.strip() else {}
        except orjson.JSONDecodeError as error:
            raise Refusal(400, f"the body is no JSON: {error}") from None

    def read(self, cls: type[Model]) -> Model:
        """Return the body as a ``cls``; raises Refusal with all that is wrong with it."""
        return checked(cls, self.json())

    def behaviour(self, api: str) -> Behaviour:
        """Return the behaviour of an API; raises Refusal."""
        if api not in self.behaviours:
            raise Refusal(404, f"there is no API {api}: the mock serves {', '.join(self.behaviours)}")
        return self.behaviours[api]

    def world(self, api: str, document: Any) -> World:
        """Return ``document`` as the world of an API; raises Refusal with all that is wrong with it."""
        behaviour = self.behaviour(api)
        try:
            world = behaviour.parsed(document)
        except ValidationError as error:
            raise Refusal(422, said(error)) from None
        wrong = behaviour.wrong_switches(world)
        if wrong:
            raise Refusal(422, wrong)
        return world


def checked(cls: type[Model], document: Any) -> Model:
    """Return ``document`` as a ``cls``; raises Refusal with all that is wrong with it."""
    try:
        return cls.model_validate(document)
    except ValidationError as error:
        raise Refusal(422, said(error)) from None


def said(error: ValidationError) -> str:
    """Return all that ``error`` says in one sentence."""
    faults = [(".".join(str(token) for token in item["loc"]), item["msg"]) for item in error.errors(include_url=False)]
    return "; ".join(f"{place}: {message}" if place else message for place, message in faults)
