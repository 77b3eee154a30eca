"""Api -> the text of models.py, by datamodel-code-generator. The plan has decided every name; the tool prints.

The only module that knows datamodel-code-generator.
"""

import ast
import warnings
from functools import cache
from pathlib import Path
from typing import Any

from specwright.codegen.literals import prose
from specwright.plan import Api


class Unrenderable(Exception):
    """The schemas of a contract are beyond the model generator; the argument says which."""


def render_models(api: Api, templates: Path) -> str:
    """Return the unformatted text of the models of ``api``; ``templates`` overrides the tool's own templates.

    Raises Unrenderable when the tool cannot render a schema, or not under the name that the plan gave it.
    """
    if not api.definitions:
        return ""
    # Imported here because it is slow to load and a run that changes nothing does not need it.
    import datamodel_code_generator as tool
    from datamodel_code_generator.enums import DataModelType

    document = {
        "openapi": "3.1.0",
        "info": {"title": "models", "version": "0"},
        "paths": {},
        "components": {"schemas": {name: _portable(schema) for name, schema in api.definitions.items()}},
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its advice on command line options is for its own users
        text = tool.generate(
            document,
            input_file_type=tool.InputFileType.OpenAPI,
            output_model_type=DataModelType.PydanticV2BaseModel,
            target_python_version=tool.PythonVersion.PY_311,
            base_class="specwright.runtime.models.Model",
            custom_template_dir=templates,
            output_datetime_class=tool.DatetimeClassType.Awaredatetime,
            enum_field_as_literal=tool.LiteralType.All,
            snake_case_field=True,
            use_annotated=True,
            field_constraints=True,
            use_standard_collections=True,
            use_union_operator=True,
            use_type_alias=True,
            strict_nullable=True,
            use_schema_description=True,
            use_field_description=True,
            use_attribute_docstrings=True,
            use_double_quotes=True,
            use_tuple_for_fixed_items=True,
            allow_remote_refs=False,
            aliases=dict(api.members),
            disable_timestamp=True,
            enable_generated_header_marker=False,
            formatters=[],
        )
    _check_names(str(text), api)
    header, future, rest = str(text).partition("from __future__ import annotations\n")
    if header.strip("#\n ") and not future:
        return str(text)
    # The template for models uses Field more often than the tool knows; the formatter takes out what is not needed.
    return f"{future}from pydantic import Field\n{rest}"


def _check_names(text: str, api: Api) -> None:
    """The tool must keep the plan's names: everything else refers to them."""
    found = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.update(target.id for target in targets if isinstance(target, ast.Name))
    wrong = sorted(api.definitions.keys() ^ found)
    if wrong:
        raise Unrenderable(f"datamodel-code-generator renamed or made up {', '.join(wrong)}")


def _portable(schema: Any) -> Any:
    """Leave out what Pydantic cannot say: patterns that its regex engine does not read."""
    if isinstance(schema, list):
        return [_portable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _portable_member(key, value) for key, value in schema.items() if _is_kept(key, value)}


def _portable_member(key: str, value: Any) -> Any:
    if key in ("enum", "const", "default"):
        return value
    if key == "properties":
        return {name: _portable(schema) for name, schema in value.items()}
    return prose(value, 4) if key == "description" and isinstance(value, str) else _portable(value)


def _is_kept(key: str, value: Any) -> bool:
    if isinstance(value, str) and key in ("pattern", "description"):
        return _is_portable(value) if key == "pattern" else bool(prose(value))
    return True


@cache
def _is_portable(pattern: str) -> bool:
    from pydantic_core import SchemaError, SchemaValidator, core_schema

    try:
        SchemaValidator(core_schema.str_schema(pattern=pattern))
    except SchemaError:
        return False
    return True
