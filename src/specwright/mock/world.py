"""What a mock starts with: ``specs/<api>/world.yaml``, read as the ``World`` of that partner."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from specwright.errors import SpecError
from specwright.mock.prefer import BadPreference, Preference, preference
from specwright.spec.document import Document
from specwright.spec.load import load
from specwright.spec.pointer import escape


class Fixture(BaseModel):
    """A thing in a world."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Client(Fixture):
    """Somebody who may call: ``secret`` is the API key or client secret; scopes are all unless they are listed.

    ``grants`` is for the partner to read: which accounts, which locations.
    """

    id: str
    secret: str = Field(min_length=1)
    scopes: tuple[str, ...] | None = None
    is_active: bool = True
    grants: Mapping[str, Any] = {}


class When(Fixture):
    """Which requests a rule is for: all that is said must hold; ``body`` maps JSON Pointers to values."""

    operation: str | None = None
    path: Mapping[str, Any] = {}
    query: Mapping[str, str] = {}
    header: Mapping[str, str] = {}
    body: Mapping[str, Any] = {}


class Rule(Fixture):
    """A magic value: requests like ``when`` are answered as if the client had sent the header ``Prefer: <prefer>``."""

    when: When
    prefer: str

    @field_validator("prefer")
    @classmethod
    def _is_understood(cls, text: str) -> str:
        if not _preferred(text).picks:
            raise ValueError("it picks no answer: write code=404, example=dog or dynamic=true")
        return text

    @cached_property
    def preference(self) -> Preference:
        """What the header would say."""
        return _preferred(self.prefer)


def _preferred(text: str) -> Preference:
    try:
        return preference([(b"prefer", text.encode())], b"")
    except BadPreference as error:
        raise ValueError(str(error)) from None


class World(Fixture):
    """What every partner's world has; a partner that has more defines a subclass ``World`` in its partner.py.

    ``clients`` are who may call, ``switches`` says which state a switch of the partner starts in, ``rules`` are magic
    values. What a fixture calls ``location_id`` or ``location_ids`` must be the id of one of ``locations``, if there is
    such a list.
    """

    clients: tuple[Client, ...] = (Client(id="client", secret="secret"),)  # noqa: S106 - a fixture, told to everyone
    switches: Mapping[str, str] = {}
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _names_what_is_there(self) -> Self:
        dangling = "; ".join(_dangling({name: value for name, value in self if isinstance(value, tuple)}))
        if dangling:
            raise PydanticCustomError("unknown_id", "{dangling}", {"dangling": dangling})
        return self


def _dangling(lists: Mapping[str, tuple[Any, ...]]) -> Iterator[str]:
    """Yield what is wrong with each member of a fixture that names by id what is not there."""
    ids = {name: {getattr(item, "id", None) for item in items} for name, items in lists.items()}
    for name, items in lists.items():
        for index, item in enumerate(items):
            for member, value in item if isinstance(item, Fixture) else ():
                target = re.sub("_ids?$", "s", member)
                named = {value} if member.endswith("_id") else set(value) if member.endswith("_ids") else set()
                for unknown in sorted(named - ids.get(target, named) - {None}):
                    yield f"{name}.{index}.{member}: none of {target} has the id {unknown}"


W = TypeVar("W", bound=World)


def read_world(path: Path, cls: type[W]) -> W:
    """Return the world in the file at ``path``; raises SpecError with every mistake in it and its place."""
    if not path.is_file():
        return _made(cls, Document(str(path), path, {}, dict))
    return _made(cls, load(path))


def _made(cls: type[W], document: Document) -> W:
    try:
        return cls.model_validate(document.value or {})
    except ValidationError as error:
        raise SpecError(
            document.problem(_pointer(item["loc"]), _sentence(item), "world")
            for item in error.errors(include_url=False)
        ) from None


def _pointer(location: tuple[int | str, ...]) -> str:
    return "".join(f"/{escape(str(token))}" for token in location)


def _sentence(item: Any) -> str:
    name = ".".join(str(token) for token in item["loc"]) or "the world"
    return f"{name}: {item['msg'][0].lower()}{item['msg'][1:]}"
