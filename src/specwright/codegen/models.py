"""Api -> the text of models.py, printed by the models of datamodel-code-generator. The plan has decided every word.

The tool's own reading of schemas is not used: it names what it meets in the order of the document, and numbers it.
The only module that knows datamodel-code-generator.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from datamodel_code_generator.model.pydantic_v2 import BaseModel, DataModelField
from datamodel_code_generator.model.type_alias import TypeAliasTypeBackport
from datamodel_code_generator.reference import Reference
from datamodel_code_generator.types import DataType

from specwright.codegen.literals import literal, prose
from specwright.codegen.templates import Templates
from specwright.plan import Alias, Api, Field, Model

CLASS = "models/class.py.jinja"
OTHER = "models/other.py.jinja"


class _Template(NamedTuple):
    """One of our templates, as the tool renders it."""

    templates: Templates
    name: str

    def render(self, **values: Any) -> str:
        return self.templates.render(self.name, values)


def render_models(api: Api, templates: Templates) -> str:
    """Return the unformatted text of the models of ``api``: classes by name, then the other types; raises SpecError."""
    definitions = api.definitions.values()
    classes = {item.name: item for item in definitions if isinstance(item, Model)}
    aliases = {item.name: item for item in definitions if isinstance(item, Alias)}
    blocks = [_class(model, _Template(templates, CLASS)) for model in _bases_first(classes)]
    blocks += [
        _alias(
            alias,
            _Template(templates, OTHER),
            is_name=alias.annotation in api.definitions and not is_cyclic,
            is_cyclic=is_cyclic,
        )
        for alias, is_cyclic in _used_first(aliases)
    ]
    return "\n\n".join(blocks)


class _Class(BaseModel):
    """A class as the tool prints it; a class of our own makes the tool use the template it is given."""


class _Other(TypeAliasTypeBackport):
    """Any other type as the tool prints it."""


def _class(model: Model, template: _Template) -> str:
    text = _Class(
        reference=Reference(path=model.name, name=model.name, original_name=model.name),
        fields=[_field(field) for field in model.fields],
        extra_template_data=_values(
            model, base=model.base or "types.Model", extra=model.extra, documentation=prose(model.description, 4)
        ),
    )
    text.__dict__["template"] = template
    return text.render()


def _values(definition: Model | Alias, **values: str | bool | None) -> defaultdict[str, Any]:
    """Return the values of our own that the template of ``definition`` gets."""
    return defaultdict(dict, {definition.name: values})


def _field(field: Field) -> DataModelField:
    return DataModelField(
        name=field.name,
        data_type=DataType(type=_annotated(field)),
        required=True,  # what stands for absence is an expression, not a JSON value
        extras={"default": _default(field), "docstring": prose(field.description, 4)},
    )


def _annotated(field: Field) -> str:
    arguments = [f"alias={literal(field.wire)}"] if field.wire != field.name else []
    arguments += [field.limits] if field.limits else []
    metadata = [f"Field({', '.join(arguments)})"] if arguments else []
    metadata += ["Omittable"] if field.presence == "omittable" else []
    return f"Annotated[{', '.join([field.annotation, *metadata])}]" if metadata else field.annotation


def _default(field: Field) -> str:
    """Return what the field is when it is absent, as Python; empty when it must be there."""
    if field.presence != "default":
        return "" if field.presence == "required" else "None"
    fits = field.annotation.startswith("Literal[") or field.annotation in _OF.get(type(field.default), ())
    if field.default is None or (fits and not isinstance(field.default, list | dict)):
        return literal(field.default)
    # What JSON spells otherwise than Python is made by the type itself.
    return f"Field(default={literal(field.default)}, validate_default=True)"


_OF = {str: ("str",), bool: ("bool",), int: ("int", "types.Number"), float: ("types.Number",)}


def _alias(alias: Alias, template: _Template, *, is_name: bool, is_cyclic: bool) -> str:
    kind = DataType(type=literal(alias.annotation) if is_cyclic else alias.annotation)
    text = _Other(
        reference=Reference(path=alias.name, name=alias.name, original_name=alias.name),
        fields=[DataModelField(data_type=kind, required=True)],
        extra_template_data=_values(alias, is_name=is_name, documentation=prose(alias.description)),
    )
    text.__dict__["template"] = template
    return text.render()


def _bases_first(classes: Mapping[str, Model]) -> Iterator[Model]:
    done: set[str] = set()
    for start in classes:
        line, name = [], start
        while name in classes and name not in done:
            done.add(name)
            line.append(classes[name])
            name = classes[name].base or ""
        yield from reversed(line)


def _used_first(aliases: Mapping[str, Alias]) -> Iterator[tuple[Alias, bool]]:
    """Yield every alias after those it speaks of, with whether it must speak of one that comes later."""
    done: set[str] = set()
    waiting = list(aliases.values())
    while waiting:
        ready = [alias for alias in waiting if all(use in done or use not in aliases for use in alias.uses)]
        for alias in ready or waiting[:1]:
            done.add(alias.name)
            yield alias, not ready
        waiting = [alias for alias in waiting if alias.name not in done]
