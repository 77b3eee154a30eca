"""Rules of references: where they lead, and what none leads to."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from specwright.errors import Problem
from specwright.spec.document import Document
from specwright.spec.pointer import deref, escape, has, mapping, resolve

# Keywords whose schemas are applied to the same instance, in every case and in some.
_ALWAYS = frozenset({"allOf", "not", "if"})
_ALTERNATIVES = frozenset({"anyOf", "oneOf", "then", "else"})


def references_lead_home(document: Document) -> Iterator[Problem]:
    """Every reference leads to an object of the kind that its place needs, and not back to itself."""
    kinds = {pointer: kind for pointer, kind, _ in document.objects}
    looping = _looping(document)
    for pointer, kind, node in document.objects:
        ref = node.get("$ref")
        is_told = document.problems and (not str(ref).startswith("#") or document.is_told(f"{pointer}/$ref"))
        if not isinstance(ref, str) or is_told:
            continue  # what is not local by now led nowhere
        target = unquote(ref[1:])
        if not has(document.value, target):
            message = f"$ref {ref!r} leads into what says nothing in the dialect of its schema"
            yield document.problem(f"{pointer}/$ref", message, "ref-kind")
        elif kinds.get(target, "") != kind and not isinstance(resolve(document.value, target), bool):
            article = "an" if kind[0] in "aeiou" else "a"
            yield document.problem(f"{pointer}/$ref", f"$ref {ref!r} does not lead to {article} {kind}", "ref-kind")
        elif pointer in looping:
            yield document.problem(f"{pointer}/$ref", f"$ref {ref!r} leads back to itself", "ref-loop")


def schemas_end(document: Document) -> Iterator[Problem]:
    """No schema is made of itself: checking one value against it would never end."""
    for step in _circles(document, _ALWAYS):
        message = "the schema is made of itself: refer to it from a property or from items, else no check would end"
        yield document.problem(step, message, "schema-loop")


def alternatives_end(document: Document) -> Iterator[Problem]:
    """No schema is an alternative of itself: contracts do that where kinds extend what lists them, validators may not end."""
    steps = list(_circles(document, _ALWAYS | _ALTERNATIVES))
    told = set(_circles(document, _ALWAYS)) if steps else set()
    for step in steps:
        if step not in told:
            message = (
                "the schema is an alternative of itself: list the alternatives in a schema that none of them extends"
            )
            yield document.advice(step, message, "schema-circle")


def _circles(document: Document, keywords: frozenset[str]) -> Iterator[str]:
    """Yield the references that make a schema part of itself by way of ``keywords``."""
    graph = {ptr: _made_of(ptr, node, keywords) for ptr, kind, node in document.objects if kind == "schema"}
    looping = _looping(document)
    steps = _loops({pointer: ways for pointer, ways in graph.items() if ways})
    return (step for step in steps if step.removesuffix("/$ref") not in looping)


def components_are_used(document: Document) -> Iterator[Problem]:
    """Something refers to every component; a contract without operations is a library, whose components wait for users."""
    components = mapping(document.value, "components")
    if document.problems or not (document.value.get("paths") or document.value.get("webhooks")):
        return  # nobody knows what a reference that leads nowhere should have led to
    used = set(_used(document))
    for section, members in components.items():
        for name in members if isinstance(members, dict) and not section.startswith("x-") else ():
            place = f"/components/{section}/{escape(name)}"
            if place not in used:
                message = f"nothing refers to components.{section}.{name}: remove it, or refer to it"
                yield document.advice(place, message, "component-unused")


def _used(document: Document) -> Iterator[str]:
    """Yield the place of every component that something else leads to."""
    for pointer, kind, node in document.objects:
        targets = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        if kind == "schema" and "discriminator" in node:
            named = mapping(node, "discriminator", "mapping").values()
            targets += [f"#/components/schemas/{escape(text)}" for text in named if isinstance(text, str)]
            targets += [text for text in named if isinstance(text, str)]
        yield from (place for place in map(_component, targets) if not f"{pointer}/".startswith(f"{place}/"))
        if kind == "schema" and pointer.startswith("/components/schemas/") and _is_kind(document.value, node):
            yield pointer  # what extends an object with a discriminator is found by it
        if kind in ("openapi", "operation") and isinstance(node.get("security"), list):
            for requirement in node["security"]:
                names = requirement if isinstance(requirement, dict) else ()
                yield from (f"/components/securitySchemes/{escape(name)}" for name in names)


def _component(ref: str) -> str:
    return "/".join(unquote(ref[1:]).split("/", 4)[:4])


def _is_kind(value: Any, node: dict[str, Any]) -> bool:
    parents = [deref(value, branch) for branch in node["allOf"]] if isinstance(node.get("allOf"), list) else []
    return any(isinstance(parent, dict) and "discriminator" in parent for parent in parents)


def _made_of(pointer: str, node: dict[str, Any], keywords: frozenset[str]) -> list[tuple[str, str]]:
    """Return (place of the step, where it leads) for everything that is applied to the instances of a schema."""
    found: list[tuple[str, str]] = []
    for key in sorted(keywords & node.keys()):
        inner = [f"/{index}" for index in range(len(node[key]))] if isinstance(node[key], list) else [""]
        found += [(f"{pointer}/{key}{place}", f"{pointer}/{key}{place}") for place in inner]
    if isinstance(node.get("$ref"), str):
        found.append((f"{pointer}/$ref", unquote(node["$ref"][1:])))
    return found


def _loops(graph: dict[str, list[tuple[str, str]]]) -> Iterator[str]:
    """Yield the steps that lead back to where they come from; each loop is closed by one."""
    done: set[str] = set()
    for root, first in graph.items():
        stack, way = ([(root, iter(first))], {root}) if root not in done else ([], set())
        while stack:
            pointer, steps = stack[-1]
            for step, target in steps:
                if target in way:
                    yield step
                elif target in graph and target not in done:
                    way.add(target)
                    stack.append((target, iter(graph[target])))
                    break
            else:
                stack.pop()
                way.discard(pointer)
                done.add(pointer)


def _looping(document: Document) -> frozenset[str]:
    """Return the references that lead back to themselves by references alone."""
    following = {
        pointer: unquote(node["$ref"][1:]) for pointer, _, node in document.objects if isinstance(node.get("$ref"), str)
    }
    found: set[str] = set()
    done: set[str] = set()
    for start in following:
        way: dict[str, None] = {}
        pointer = start
        while pointer in following and pointer not in done:
            done.add(pointer)
            way[pointer] = None
            pointer = following[pointer]
        if pointer in way:
            places = list(way)
            found.update(places[places.index(pointer) :])
    return frozenset(found)
