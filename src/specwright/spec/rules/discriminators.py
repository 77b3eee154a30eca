"""Rules of discriminators: which property tells alternatives apart, and which value stands for which."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from specwright.errors import Problem
from specwright.spec.document import Document
from specwright.spec.near import did_you_mean
from specwright.spec.parts import parts_of
from specwright.spec.pointer import escape, has, mapping, resolve, unescape


def discriminators_choose(document: Document) -> Iterator[Problem]:
    """A discriminator leads from a property that every alternative has to alternatives that are there."""
    for pointer, kind, node in document.objects:
        if kind == "schema" and isinstance(node.get("discriminator"), dict):
            yield from _mapping_problems(document, pointer, node)
            yield from _property_problems(document, pointer, node)


def _mapping_problems(document: Document, pointer: str, node: dict[str, Any]) -> Iterator[Problem]:
    alternatives = set(_alternatives(node))
    schemas = mapping(document.value, "components", "schemas")
    for value, text in mapping(node, "discriminator", "mapping").items():
        place = f"{pointer}/discriminator/mapping/{escape(value)}"
        target = _mapped(schemas, text)
        source, _ = document.origin(place)
        if target and source is not document and has(source.value, target):
            continue  # in a file of its own a mapping leads on in that file
        if target and not has(document.value, target):
            hint = did_you_mean(unescape(target.rpartition("/")[2]), schemas, ": name a schema of the components")
            yield document.advice(place, f"the mapping of {value!r} leads to nothing{hint}", "discriminator-mapping")
        elif target and alternatives and target not in alternatives:
            message = f"the mapping of {value!r} leads to {text}, which is none of the alternatives: add it to them"
            yield document.advice(place, message, "discriminator-alternative")


def _property_problems(document: Document, pointer: str, node: dict[str, Any]) -> Iterator[Problem]:
    name = node["discriminator"].get("propertyName")
    for target in _alternatives(node) if isinstance(name, str) else ():
        if not has(document.value, target):
            continue
        parts = list(parts_of(document.value, resolve(document.value, target)))
        whose = f"{unescape(target.rpartition('/')[2])}, an alternative of the discriminator,"
        if not any(name in mapping(part, "properties") for part in parts):
            known = {other for part in parts for other in mapping(part, "properties")}
            message = f"{whose} has no property {name!r}{did_you_mean(name, known, ': declare and require it')}"
        elif not any(name in part["required"] for part in parts if isinstance(part.get("required"), list)):
            message = f"{whose} does not require {name!r}: add it to required"
        else:
            continue
        yield document.advice(f"{pointer}/discriminator/propertyName", message, "discriminator-property")


def _alternatives(node: dict[str, Any]) -> Iterator[str]:
    """Yield where the alternatives stand that are references."""
    for union in ("oneOf", "anyOf"):
        for branch in node[union] if isinstance(node.get(union), list) else ():
            if isinstance(branch, dict) and isinstance(branch.get("$ref"), str):
                yield unquote(branch["$ref"][1:])


def _mapped(schemas: dict[str, Any], text: Any) -> str | None:
    """Return where an entry of a mapping leads: a name counts before a reference; None for what is in another file."""
    if not isinstance(text, str):
        return None
    if text.startswith("#"):
        return unquote(text[1:])
    is_elsewhere = text not in schemas and any(char in text for char in "/#:.")
    return None if is_elsewhere else f"/components/schemas/{escape(text)}"
