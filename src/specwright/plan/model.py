"""One API as Python will see it: every name, type and order decided. Plain frozen values, no behaviour.

A ``pointer`` is the JSON Pointer of a schema in ``Api.contract``; an ``annotation`` is the text of a Python type,
in which models stand as ``models.Name``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Location = Literal["path", "query", "header", "cookie"]


@dataclass(frozen=True)
class Parameter:
    """One argument that a request carries outside its body."""

    name: str
    identifier: str
    location: Location
    required: bool
    description: str
    annotation: str
    pointer: str
    style: str
    explode: bool
    # Set when the parameter is serialised by ``content`` instead of ``style``.
    media_type: str | None
    # The contract's default for an absent value; ``optional`` tells whether None stands for absent.
    default: Any
    optional: bool


@dataclass(frozen=True)
class Media:
    """One media type of a body, with the schema it must obey (None: anything)."""

    media_type: str
    pointer: str | None
    annotation: str
    encoding: Mapping[str, Any]


@dataclass(frozen=True)
class Body:
    """What a request may carry; ``annotation`` is the union over its media types."""

    required: bool
    description: str
    annotation: str
    media: tuple[Media, ...]


@dataclass(frozen=True)
class Header:
    """One header of a response."""

    name: str
    identifier: str
    required: bool
    description: str
    annotation: str
    pointer: str | None


@dataclass(frozen=True)
class Choice:
    """How a handler says the media type of its body: the type of the argument, and whether there must be one."""

    annotation: str
    required: bool


@dataclass(frozen=True)
class Response:
    """One response class: a status (``201``, ``4XX``, ``default``) with the media types that share a type."""

    class_name: str
    status: str
    description: str
    annotation: str | None
    media: tuple[Media, ...]
    headers: tuple[Header, ...]
    # None where the runtime knows the media type, or chooses it by what the client accepts.
    choice: Choice | None = None

    @property
    def code(self) -> int | None:
        """The status code, None when the handler chooses one."""
        return int(self.status) if self.status.isdigit() else None


@dataclass(frozen=True)
class SecurityScheme:
    """One way to authenticate: the Security Scheme Object of the contract under its name."""

    name: str
    scheme: Mapping[str, Any]


@dataclass(frozen=True)
class Operation:
    """One method on one path.

    ``security`` lists alternatives; each is a list of (scheme, scopes) that must all hold; empty means open.
    ``negotiates`` tells whether Accept chooses a media type; it does not where the contract gives it another meaning.
    """

    operation_id: str
    identifier: str
    method: str
    path: str
    pointer: str
    summary: str
    description: str
    deprecated: bool
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: tuple[Response, ...]
    security: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...]
    negotiates: bool


@dataclass(frozen=True)
class Group:
    """The operations of one tag, as a protocol of their own: what a large API is implemented by."""

    class_name: str
    tag: str
    description: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True)
class Field:
    """One member of an object: ``name`` in Python, ``wire`` in JSON.

    ``limits`` are arguments of pydantic's Field for the annotation as a whole. ``presence`` says what absence means:

    - required: there is no absence
    - default: the contract's ``default`` stands for it
    - omittable: None stands for it, and null is not allowed
    - nullable: None stands for it and for null
    """

    name: str
    wire: str
    annotation: str
    limits: str
    presence: Literal["required", "default", "omittable", "nullable"]
    default: Any
    description: str


@dataclass(frozen=True)
class Model:
    """One class: an object whose members have names; ``extra`` is the type of those that have none, None: none may be."""

    name: str
    base: str | None
    description: str
    fields: tuple[Field, ...]
    extra: str | None


@dataclass(frozen=True)
class Alias:
    """One named type that is no class: an enumeration, a union, an array; ``uses`` are the definitions it speaks of."""

    name: str
    annotation: str
    description: str
    uses: frozenset[str]


@dataclass(frozen=True)
class Imported:
    """One definition that another package has, there under the name ``origin``."""

    class_name: str
    origin: str


@dataclass(frozen=True)
class Api:
    """One contract: ``package`` is its folder in generated/, ``definitions`` its models by name."""

    package: str
    title: str
    version: str
    description: str
    base_path: str
    operations: tuple[Operation, ...]
    # Empty unless the API is large; what has no tag is in no group.
    groups: tuple[Group, ...]
    responses: tuple[Response, ...]
    security_schemes: tuple[SecurityScheme, ...]
    definitions: Mapping[str, Model | Alias | Imported]
    # Place of a schema -> name of its definition; ``/request`` below it for what it is in requests.
    names: Mapping[str, str]
    contract: Any
