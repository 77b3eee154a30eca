"""The rules that a contract keeps: each a function from the document to problems, in RULES.

Rules read documents that may be malformed: they never assume more than they have looked at.
"""

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from specwright.errors import Problem
from specwright.spec.document import Document
from specwright.spec.pointer import deref, escape, has, resolve, unescape, walk
from specwright.spec.schemas import is_pattern, metaschema_violations
from specwright.spec.served import (
    answers_can_be_sent,
    media_types_are_decoded,
    names_can_be_sent,
    parameter_contents_are_decoded,
    servers_are_the_first,
)
from specwright.spec.structure import METHODS, operations
from specwright.spec.violations import Violation

Rule = Callable[[Document], Iterator[Problem]]

_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_OF_PATTERNS = ("format", "propertyNames")
_BASES = ("stated", "corrected", "inferred")


def references_lead_home(document: Document) -> Iterator[Problem]:
    """Every reference leads to an object of the kind that its place needs, and not back to itself."""
    kinds = {pointer: kind for pointer, kind, _ in document.objects}
    for pointer, kind, node in document.objects:
        ref = node.get("$ref")
        if not isinstance(ref, str):
            continue
        target = unquote(ref[1:])
        if not has(document.value, target):
            message = f"$ref {ref!r} leads into what says nothing in the dialect of its schema"
            yield document.problem(f"{pointer}/$ref", message, "ref-kind")
        elif kinds.get(target, "") != kind and not isinstance(resolve(document.value, target), bool):
            article = "an" if kind[0] in "aeiou" else "a"
            yield document.problem(f"{pointer}/$ref", f"$ref {ref!r} does not lead to {article} {kind}", "ref-kind")
        elif _leads_back(document.value, pointer, target):
            yield document.problem(f"{pointer}/$ref", f"$ref {ref!r} leads back to itself", "ref-loop")


def methods_are_served(document: Document) -> Iterator[Problem]:
    """Methods beyond the fixed ones (OpenAPI 3.2, additionalOperations) are read but not served."""
    for pointer, kind, node in document.objects:
        if kind == "pathItem" and node.get("additionalOperations"):
            message = "additionalOperations are not served: only the fixed methods are"
            yield replace(document.problem(f"{pointer}/additionalOperations", message, "method"), severity="warning")


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
    paths = _mapping(document.value, "paths")
    for path in paths:
        shape = _TEMPLATE.sub("{}", path)
        if shape in first:
            message = f"path {path} matches the same requests as {first[shape]}: keep one of them"
            shared = _methods(paths[path]) & _methods(paths[first[shape]])
            problem = document.problem(f"/paths/{escape(path)}", message, "path-unique")
            yield problem if shared else replace(problem, severity="warning")
        first.setdefault(shape, path)


def path_parameters_are_named_once(document: Document) -> Iterator[Problem]:
    """No path template names a parameter twice."""
    for path in _mapping(document.value, "paths"):
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
        declared = _path_parameters(document, path, operation)
        used = set(_TEMPLATE.findall(path))
        for name in sorted(used - declared.keys()):
            yield document.problem(
                pointer, f"{method.upper()} {path} does not declare its path parameter {name!r}", "path-parameter"
            )
        for name in sorted(declared.keys() - used):
            near = difflib.get_close_matches(name, used, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            message = f"path parameter {name!r} is not in the path {path}{hint}"
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


def security_schemes_are_defined(document: Document) -> Iterator[Problem]:
    """Every security requirement names a scheme of the components."""
    schemes = _mapping(document.value, "components", "securitySchemes")
    places = [("", document.value)] + [(pointer, operation) for pointer, _, _, operation in operations(document.value)]
    for pointer, holder in places:
        requirements = holder.get("security")
        for index, requirement in enumerate(requirements if isinstance(requirements, list) else ()):
            for name in requirement if isinstance(requirement, dict) else ():
                if name not in schemes:
                    near = difflib.get_close_matches(name, schemes, 1)
                    hint = f"; did you mean {near[0]!r}?" if near else ": add it to components.securitySchemes"
                    place = f"{pointer}/security/{index}/{escape(name)}"
                    yield document.problem(place, f"security scheme {name!r} is not defined{hint}", "security-defined")


def schemas_are_schemas(document: Document) -> Iterator[Problem]:
    """Every schema is a JSON Schema 2020-12."""
    for pointer, node in _outermost_schemas(document):
        for violation in metaschema_violations(node):
            if violation.pointer.endswith(("/pattern", "/patternProperties")) and violation.keyword in _OF_PATTERNS:
                continue  # patterns_are_patterns tells
            yield document.problem(pointer + violation.pointer, _of_schema(violation), "schema")


def patterns_are_patterns(document: Document) -> Iterator[Problem]:
    """Every regular expression can be compiled."""
    for pointer, kind, node in document.objects:
        if kind == "schema":
            named = _mapping(node, "patternProperties")
            places = {f"{pointer}/patternProperties/{escape(key)}": key for key in named}
            if isinstance(node.get("pattern"), str):
                places[f"{pointer}/pattern"] = node["pattern"]
            for place, pattern in places.items():
                if not is_pattern(pattern):
                    yield document.problem(place, f"{pattern!r} is no regular expression of ECMA-262", "pattern")


def marks_are_complete(document: Document) -> Iterator[Problem]:
    """Every x-provenance mark has a basis, a known source and a reason."""
    sources = _mapping(document.value, "info", "x-sources")
    for pointer, node in walk(document.value):
        if isinstance(node, dict) and "x-provenance" in node:
            place = f"{pointer}/x-provenance"
            for message in _mark_faults(node["x-provenance"], sources):
                yield document.problem(place, message, "provenance")


def _leads_back(value: Any, start: str, target: str) -> bool:
    seen = {start}
    while target not in seen:
        seen.add(target)
        node = resolve(value, target) if has(value, target) else None
        if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
            return False
        target = unquote(node["$ref"][1:])
    return target == start


def _methods(item: Any) -> set[str]:
    return set(METHODS) & item.keys() if isinstance(item, dict) else set()


def _path_parameters(document: Document, path: str, operation: dict[str, Any]) -> dict[str, Any]:
    """Return the path parameters by name, each with the parameter as it is written at its place."""
    item = _mapping(document.value, "paths").get(path)
    declared = {}
    for holder in (item, operation):
        parameters = holder.get("parameters") if isinstance(holder, dict) else None
        for parameter in parameters if isinstance(parameters, list) else ():
            key = _parameter_key(document, parameter)
            if key and key[1] == "path":
                declared[key[0]] = parameter
    return declared


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


def _outermost_schemas(document: Document) -> Iterator[tuple[str, Any]]:
    inside: str | None = None
    for pointer, kind, node in document.objects:
        if kind == "schema" and (inside is None or not pointer.startswith(inside + "/")):
            inside = pointer
            yield pointer, node


def _of_schema(violation: Violation) -> str:
    keyword = unescape(violation.pointer.rpartition("/")[2])
    return f"{repr(keyword) if keyword else 'the schema'} {violation.message}"


def _mark_faults(mark: Any, sources: dict[str, Any]) -> Iterator[str]:
    if not isinstance(mark, dict):
        yield "x-provenance must be {basis, source, why}"
        return
    if mark.get("basis") not in _BASES:
        yield f"basis of the mark must be one of {', '.join(_BASES)}, not {mark.get('basis')!r}"
    if not isinstance(mark.get("source"), str) or mark["source"] not in sources:
        near = difflib.get_close_matches(str(mark.get("source")), sources, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ": add it to info.x-sources"
        yield f"source of the mark {mark.get('source')!r} is not known{hint}"
    if not isinstance(mark.get("why"), str) or not mark["why"].strip():
        yield "the mark gives no reason: say why in one sentence"


def _mapping(value: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


RULES: tuple[Rule, ...] = (
    references_lead_home,
    methods_are_served,
    operation_ids_are_unique,
    path_templates_are_unique,
    path_parameters_are_named_once,
    parameters_are_served,
    path_parameters_match,
    parameters_are_unique,
    security_schemes_are_defined,
    schemas_are_schemas,
    patterns_are_patterns,
    marks_are_complete,
    names_can_be_sent,
    media_types_are_decoded,
    parameter_contents_are_decoded,
    answers_can_be_sent,
    servers_are_the_first,
)
