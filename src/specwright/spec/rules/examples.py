"""Advice on the values that a contract shows: defaults and examples obey the schemas they stand beside."""

from collections.abc import Iterator
from typing import Any

from specwright.errors import Problem
from specwright.spec.document import Document
from specwright.spec.pointer import deref, escape
from specwright.spec.schemas import BadSchema, Schemas
from specwright.spec.violations import Violation


def defaults_are_valid(document: Document) -> Iterator[Problem]:
    """Every default obeys its own schema."""
    for pointer, kind, node in document.objects:
        if kind == "schema" and "default" in node:
            for violation in _violations(document.schemas, pointer, node["default"]):
                yield document.advice(f"{pointer}/default", f"the default {_of_value(violation)}", "default")


def examples_are_valid(document: Document) -> Iterator[Problem]:
    """Every example obeys its schema."""
    for pointer, schema, value in _examples(document):
        for violation in _violations(document.schemas, schema, value):
            yield document.advice(pointer + violation.pointer, f"the example {_of_value(violation)}", "example")


def _violations(compiler: Schemas, pointer: str, value: Any) -> list[Violation]:
    try:
        return compiler.compile(pointer).violations(value)
    except BadSchema:
        return []  # schemas_are_schemas tells


def _examples(document: Document) -> Iterator[tuple[str, str, Any]]:
    """Yield (pointer of the example, pointer of its schema, value)."""
    for pointer, kind, node in document.objects:
        if kind == "schema" and isinstance(node.get("examples"), list):
            yield from ((f"{pointer}/examples/{i}", pointer, value) for i, value in enumerate(node["examples"]))
        if kind in ("parameter", "header", "mediaType") and "schema" in node:
            if "example" in node:
                yield f"{pointer}/example", f"{pointer}/schema", node["example"]
            named = node.get("examples")
            for name, item in named.items() if isinstance(named, dict) else ():
                example = deref(document.value, item)
                if isinstance(example, dict) and "value" in example:
                    yield f"{pointer}/examples/{escape(name)}/value", f"{pointer}/schema", example["value"]


def _of_value(violation: Violation) -> str:
    place = f" at {violation.pointer}" if violation.pointer else ""
    return f"does not obey its schema{place}: {violation.message}"
