"""Api -> the text of models.py, printed by the models of datamodel-code-generator. The plan has decided every word.

The tool's own reading of schemas is not used: it names what it meets in the order of the document, and numbers it.
The only module that knows datamodel-code-generator.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specwright.codegen.literals import literal, prose
from specwright.plan import Alias, Api, Field, Model

if TYPE_CHECKING:
    from datamodel_code_generator.model.pydantic_v2 import DataModelField

_PLAIN = (str, bool, int, float)


def render_models(api: Api, templates: Path) -> str:
    """Return the unformatted text of the models of ``api``: classes by name, then the other types.

    ``templates`` overrides the tool's own templates, one for a class and one for another type.
    """
    definitions = api.definitions.values()
    classes = {item.name: item for item in definitions if isinstance(item, Model)}
    aliases = {item.name: item for item in definitions if isinstance(item, Alias)}
    blocks = [_class(model, templates) for model in _bases_first(classes)]
    blocks += [_alias(alias, templates, is_cyclic=is_cyclic) for alias, is_cyclic in _used_first(aliases)]
    return "\n\n".join(blocks)


def _class(model: Model, templates: Path) -> str:
    # Imported here because it is slow to load and a run that changes nothing does not need it.
    from datamodel_code_generator.model.pydantic_v2 import BaseModel
    from datamodel_code_generator.reference import Reference

    text = BaseModel(
        reference=Reference(path=model.name, name=model.name, original_name=model.name),
        fields=[_field(field) for field in model.fields],
        custom_template_dir=templates,
        extra_template_data=_values(
            model, base=model.base or "types.Model", extra=model.extra, documentation=prose(model.description, 4)
        ),
    )
    return text.render()


def _values(definition: Model | Alias, **values: str | None) -> defaultdict[str, Any]:
    """Return the values of our own that the template of ``definition`` gets."""
    return defaultdict(dict, {definition.name: values})


def _field(field: Field) -> "DataModelField":
    from datamodel_code_generator.model.pydantic_v2 import DataModelField
    from datamodel_code_generator.types import DataType

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
    kind = type(field.default)
    if field.default is None or "Literal[" in field.annotation or field.annotation in _OF.get(kind, ()):
        return literal(field.default)
    # What JSON spells otherwise than Python is made by the type itself.
    return f"Field(default={literal(field.default)}, validate_default=True)"


_OF = {str: ("str",), bool: ("bool",), int: ("int", "types.Number"), float: ("types.Number",)}


def _alias(alias: Alias, templates: Path, *, is_cyclic: bool) -> str:
    from datamodel_code_generator.model.pydantic_v2 import DataModelField
    from datamodel_code_generator.model.type_alias import TypeAliasTypeBackport
    from datamodel_code_generator.reference import Reference
    from datamodel_code_generator.types import DataType

    kind = DataType(type=literal(alias.annotation) if is_cyclic else alias.annotation)
    text = TypeAliasTypeBackport(
        reference=Reference(path=alias.name, name=alias.name, original_name=alias.name),
        fields=[DataModelField(data_type=kind, required=True)],
        custom_template_dir=templates,
        extra_template_data=_values(alias, documentation=prose(alias.description)),
    )
    return text.render()


def _bases_first(classes: Mapping[str, Model]) -> Iterator[Model]:
    done: set[str] = set()

    def line(name: str) -> list[Model]:
        """Return the class and what it extends that is not yet said, the farthest first."""
        if name not in classes or name in done:
            return []
        done.add(name)
        return [*line(classes[name].base or ""), classes[name]]

    for name in classes:
        yield from line(name)


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
