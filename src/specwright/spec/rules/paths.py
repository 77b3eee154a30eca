"""Rules of paths, operations and their parameters."""

import re
from collections.abc import Iterator
from typing import Any

from specwright.errors import Problem
from specwright.spec.document import Document
from specwright.spec.near import did_you_mean
from specwright.spec.pointer import deref, escape, mapping
from specwright.spec.structure import METHODS, operations

_TEMPLATE = re.compile(r"\{([^{}]*)\}")


def operation_ids_are_unique(document: Document) -> Iterator[Problem]:
    """No two operations share an operationId."""
    first: dict[str, str] = {}
    for pointer, path, method, operation in operations(document.value):
        name = operation.get("operationId")
        if isinstance(name, str):
            if name in first:
                message = f"operationId {name!r} is taken by {first[name]}: give each operation its own"
                yield document.problem(f"{pointer}/operationId", message, "operation-id-unique")
            first.setdefault(name, f"{method.upper()} {path}")


def path_templates_are_unique(document: Document) -> Iterator[Problem]:
    """No two paths are the same but for the names of their parameters; without a method in common it is a warning."""
    first: dict[str, str] = {}
    paths = mapping(document.value, "paths")
    for path in paths:
        shape = _TEMPLATE.sub("{}", path)
        if shape in first:
            place = f"/paths/{escape(path)}"
            message = f"path {path} matches the same requests as {first[shape]}: keep one of them"
            if _methods(paths[path]) & _methods(paths[first[shape]]):
                yield document.problem(place, message, "path-unique")
            else:
                yield document.advice(place, message, "path-similar")
        first.setdefault(shape, path)


def path_parameters_are_named_once(document: Document) -> Iterator[Problem]:
    """No path template names a parameter twice."""
    for path in mapping(document.value, "paths"):
        names = _TEMPLATE.findall(path)
        for name in sorted({name for name in names if names.count(name) > 1}):
            message = f"path {path} has the parameter {name!r} twice: give each its own name"
            yield document.problem(f"/paths/{escape(path)}", message, "path-parameter")


def parameters_are_served(document: Document) -> Iterator[Problem]:
    """A query string as a whole (OpenAPI 3.2, in: querystring) is read but not served."""
    for pointer, kind, node in document.objects:
        if kind == "parameter" and node.get("in") == "querystring":
            yield document.problem(f"{pointer}/in", "parameters in the whole query string are not served", "parameter")


def path_parameters_match(document: Document) -> Iterator[Problem]:
    """Every name in a path template is a declared path parameter, and the other way round."""
    for pointer, path, method, operation in operations(document.value):
        declared, is_all = _path_parameters(document, path, operation)
        used = set(_TEMPLATE.findall(path))
        for name in sorted(used - declared.keys()) if is_all else ():
            message = f"{method.upper()} {path} does not declare its path parameter {name!r}"
            hint = did_you_mean(name, declared.keys() - used)
            yield document.problem(pointer, message + hint, "path-parameter")
        for name in sorted(declared.keys() - used):
            message = f"path parameter {name!r} is not in the path {path}{did_you_mean(name, used)}"
            yield document.problem(_own_parameter(pointer, path, operation, declared[name]), message, "path-parameter")


def parameters_are_unique(document: Document) -> Iterator[Problem]:
    """No operation or path declares a parameter twice."""
    for pointer, kind, node in document.objects:
        if kind not in ("operation", "pathItem") or not isinstance(node.get("parameters"), list):
            continue
        seen: set[tuple[str, str]] = set()
        for index, item in enumerate(node["parameters"]):
            key = _parameter_key(document, item)
            # Names of header fields have no case.
            same = (key[0].lower(), key[1]) if key and key[1] == "header" else key
            if key and same in seen:
                message = f"{key[1]} parameter {key[0]!r} is declared twice"
                yield document.problem(f"{pointer}/parameters/{index}", message, "parameter-unique")
            if same:
                seen.add(same)


def _methods(item: Any) -> set[str]:
    return set(METHODS) & item.keys() if isinstance(item, dict) else set()


def _path_parameters(document: Document, path: str, operation: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return the path parameters by name, each as it is written at its place, and whether all could be read."""
    item = mapping(document.value, "paths").get(path)
    declared, is_all = {}, True
    for holder in (item, operation):
        parameters = holder.get("parameters") if isinstance(holder, dict) else None
        for parameter in parameters if isinstance(parameters, list) else ():
            key = _parameter_key(document, parameter)
            is_all &= key is not None
            if key and key[1] == "path":
                declared[key[0]] = parameter
    return declared, is_all


def _own_parameter(pointer: str, path: str, operation: dict[str, Any], parameter: Any) -> str:
    own = operation.get("parameters")
    for index, item in enumerate(own if isinstance(own, list) else ()):
        if item is parameter:
            return f"{pointer}/parameters/{index}"
    return f"/paths/{escape(path)}/parameters"


def _parameter_key(document: Document, parameter: Any) -> tuple[str, str] | None:
    node = deref(document.value, parameter)
    if isinstance(node, dict) and isinstance(node.get("name"), str) and isinstance(node.get("in"), str):
        return node["name"], node["in"]
    return None
