"""A folder of schemas that several contracts refer to -> one document that names them all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from specwright.spec.document import Document
from specwright.spec.load import display, load
from specwright.spec.pointer import escape

_KINDS = (".yaml", ".yml", ".json")
_OF_SCHEMAS = frozenset({"type", "properties", "allOf", "anyOf", "oneOf", "enum", "const", "$ref", "items"})


def gathered(folder: Path) -> Document:
    """Return a document whose components are all schemas of the files in ``folder``; raises SpecError.

    A file holds schemas in ``components/schemas``, in ``$defs`` or ``definitions``, as a map of names, or is one.
    """
    files = sorted(file for file in folder.rglob("*") if file.suffix in _KINDS and file.is_file())
    documents = [load(file) for file in files]
    schemas: dict[str, Any] = {}
    for document in documents:
        stem = document.file.stem
        path = document.file.relative_to(folder).as_posix()
        for key, pointer in _schemas(document.value, stem):
            name = f"{stem}.{key}" if key in schemas else key
            schemas[name] = {"$ref": f"{path}#{pointer}"}
    said = [document.value["openapi"] for document in documents if _is_contract(document.value)]
    value = {
        "openapi": said[0] if said else "3.1.0",
        "info": {"title": "Shared schemas", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    }
    return Document(display(folder), folder / ".shared", value, dict)


def _is_contract(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("openapi"), str)


def _schemas(value: Any, stem: str) -> Iterator[tuple[str, str]]:
    """Yield (name, pointer) of every schema of a file."""
    if not isinstance(value, dict):
        return
    components = value.get("components")
    if isinstance(components, dict):
        yield from _members(components.get("schemas"), "/components/schemas")
        return
    for keyword in ("$defs", "definitions"):
        yield from _members(value.get(keyword), f"/{keyword}")
    if value.keys() & _OF_SCHEMAS:
        yield stem, ""
    elif not value.keys() & {"$defs", "definitions"}:
        yield from _members(value, "")


def _members(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield from ((key, f"{pointer}/{escape(key)}") for key, item in value.items() if isinstance(item, dict))
