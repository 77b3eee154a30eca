"""An object schema -> the fields of its class, and the class that it extends."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote

from specwright.plan import naming, objects
from specwright.plan.annotations import ANY, Scope, Type, annotate, union, unnamed
from specwright.plan.directions import HIDDEN, Direction
from specwright.plan.model import Field
from specwright.spec.pointer import deref, resolve


@dataclass(frozen=True)
class Shape:
    """The members of the object at ``pointer``: their schemas, their fields, which must be there."""

    pointer: str
    members: dict[str, objects.Member]
    fields: dict[str, str]
    required: frozenset[str]
    hidden: frozenset[str]


def shape_of(contract: Any, pointer: str, direction: Direction) -> Shape:
    """Return the members that the object at ``pointer`` has in ``direction``."""
    schema = resolve(contract, pointer)
    members = objects.members(contract, pointer, schema)
    hidden = frozenset(
        name
        for name, member in members.items()
        if any(objects.flagged(contract, resolve(contract, place), HIDDEN[direction]) for place in member.places)
    )
    fields = naming.distinct({name: naming.member_name(name) for name in members})
    return Shape(pointer, members, fields, objects.required(contract, schema), hidden)


def base_of(contract: Any, shape: Shape, direction: Direction) -> Shape | None:
    """Return the object that this one extends: the first reference of its ``allOf`` whose members it takes as they are."""
    for branch in resolve(contract, shape.pointer).get("allOf", ()):
        target = unquote(branch["$ref"][1:]) if isinstance(branch, dict) and branch.keys() == {"$ref"} else None
        if target and _is_base(contract, shape.pointer, target):
            base = shape_of(contract, target, direction)
            if all(
                shape.members.get(name) == member and shape.fields[name] == base.fields[name]
                for name, member in base.members.items()
            ):
                return base
    return None


def _is_base(contract: Any, pointer: str, target: str) -> bool:
    schema = resolve(contract, target)
    whole = resolve(contract, pointer)
    return objects.is_class(contract, target, schema) and all(
        part is not whole for part in objects.parts(contract, schema)
    )


def fields_of(scope: Scope, shape: Shape, base: Shape | None, obeys: Callable[[str, Any], bool]) -> tuple[Field, ...]:
    """Return the fields of ``shape`` that ``base`` does not have, required ones first; ``obeys`` tells whether a default is one."""
    inherited = {name for name in base.members if (name in shape.required) == (name in base.required)} if base else ()
    return tuple(
        _field(scope, name, shape, obeys)
        for name in sorted(shape.members, key=lambda name: (name not in shape.required, name))
        if name not in inherited and name not in shape.hidden
    )


def _field(scope: Scope, name: str, shape: Shape, obeys: Callable[[str, Any], bool]) -> Field:
    places = shape.members[name].places
    kind = _kind(scope, name, shape)
    schema = resolve(scope.contract, places[-1])
    said = schema if isinstance(schema, dict) else {}
    default = said.get("default", _target_of(scope, said).get("default", _NOTHING))
    has_default = default is not _NOTHING and name not in shape.required and obeys(places[-1], default)
    presence = _presence(scope, name, shape, has_default=has_default)
    return Field(
        name=shape.fields[name],
        wire=name,
        annotation=_with_none(kind) if presence in ("omittable", "nullable") else kind.text,
        limits=kind.limits,
        presence=presence,
        default=default if has_default else None,
        description=described(said, name),
    )


_NOTHING = object()


def _kind(scope: Scope, name: str, shape: Shape) -> Type:
    """Return the type of a member: the most specific of those it has in every case, else any that it may have."""
    member = shape.members[name]
    certain = [kind for place in member.certain if (kind := annotate(scope, place)) != ANY]
    if certain:
        return certain[-1]
    if not objects.says(scope.contract, resolve(scope.contract, shape.pointer), name):
        return ANY
    return union([annotate(scope, place) for place in member.places if place not in member.certain])


def _presence(
    scope: Scope, name: str, shape: Shape, *, has_default: bool
) -> Literal["required", "default", "omittable", "nullable"]:
    if name in shape.required:
        return "required"
    if has_default:
        return "default"
    nullable = any(
        objects.accepts_null(scope.contract, resolve(scope.contract, place)) for place in shape.members[name].places
    )
    return "nullable" if nullable else "omittable"


def _with_none(kind: Type) -> str:
    return kind.text if kind.text in ("Any", "None") or kind.text.endswith(" | None") else f"{kind.text} | None"


def _target_of(scope: Scope, schema: dict[str, Any]) -> dict[str, Any]:
    target = deref(scope.contract, schema)
    return target if isinstance(target, dict) else {}


def extra_of(scope: Scope, shape: Shape) -> str | None:
    """Return the type of the members without a name, None when there must be none."""
    schema = resolve(scope.contract, shape.pointer)
    if shape.hidden:
        return ANY.text
    found = list(objects.parts(scope.contract, schema))
    if any(part.get("patternProperties") for part in found[1:]):
        return ANY.text
    if any(part.get("additionalProperties") is False and not part.get("patternProperties") for part in found):
        return None
    return unnamed(scope, shape.pointer, schema).inline if len(found) == 1 else ANY.text


def described(schema: Any, name: str) -> str:
    """Return what ``schema`` says of itself: its title if that is not ``name``, whether it is deprecated, description."""
    if not isinstance(schema, dict):
        return ""
    title, description = schema.get("title", ""), schema.get("description", "")
    is_news = title.strip() not in ("", description.strip()) and _is_news(title, name)
    parts = [title if is_news else "", "Deprecated." if schema.get("deprecated") else "", description]
    return "\n\n".join(part for part in parts if part.strip())


def _is_news(title: str, name: str) -> bool:
    return naming.words(title.lower()) != naming.words(naming.snake_case(name))
