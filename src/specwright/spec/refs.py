"""Follow ``$ref``: every one resolves, stays inside the workspace, and ends up local.

``bundle`` returns a document whose references are all of the form ``#/…``. Schemas of other files become named
components; everything else is put in place. Problems found later still point into the file at fault.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from specwright.spec.dialects import Dialect, meaningful
from specwright.spec.document import Document
from specwright.spec.pointer import escape, fragment, resolve, unescape
from specwright.spec.resources import Scope
from specwright.spec.structure import CHILDREN
from specwright.spec.targets import Place, Targets

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_UNNAMEABLE = re.compile(r"[^A-Za-z0-9._-]")  # in a key of components (OpenAPI 3.1.1, section 4.8.7.1)
_VALUES = ("example", "value", "default")
_TEXTS = frozenset({"$ref", "title", "summary", "description", "deprecated", "default", "example", "examples"})


def bundle(document: Document, root: Path, remote: frozenset[str] = frozenset()) -> Document:
    """Return ``document`` with every reference local.

    Files may be referenced anywhere below ``root``. The problems of the document name every reference that does not
    resolve, leaves ``root`` (symbolic links followed) or leads to a host that is not among ``remote``; such a reference
    stays as it is.
    """
    bundler = _Bundler(document, root.resolve(), remote)
    bundler.adopt_names()
    value = bundler.copy(document, "openapi", "", "", document.value)
    document = replace(document, problems=tuple(bundler.targets.problems))
    if not bundler.is_changed:
        return document
    components = value.setdefault("components", {})
    schemas = components.setdefault("schemas", {}) if isinstance(components, dict) else None
    if isinstance(schemas, dict):
        schemas.update(bundler.schemas)
    return replace(document, value=value, origins=bundler.origins, dialects=bundler.dialects)


class _Bundler:
    def __init__(self, document: Document, root: Path, remote: frozenset[str]) -> None:
        self.document, self.root = document, root
        self.targets = Targets(document, root, remote)
        self.origins: dict[str, tuple[Document, str]] = {}
        self.dialects: dict[str, Dialect] = {}
        self.schemas: dict[str, Any] = {}
        self.is_changed = False
        self.resources = self.targets.resources
        # The dynamic scope that what is being copied is read in; see Resources.
        self._scope = self.resources.scope(document, "")
        self._dialect = self.targets.dialect(document, "")
        self._names: dict[tuple[Path, str, frozenset[Any]], str] = {}
        self._taken = set(_own_schemas(document))
        self._open: list[Place] = []

    def adopt_names(self) -> None:
        """Let a component that only points at another file give its name to what stands there."""
        for name, schema in _own_schemas(self.document).items():
            ref = schema.get("$ref") if isinstance(schema, dict) and _only_points(schema) else None
            if isinstance(ref, str) and not ref.startswith("#"):
                target = self.targets.find(self.document, f"/components/schemas/{escape(name)}/$ref", ref)
                if target and target[0] != self.document.place:
                    self._names.setdefault(self._key(*target), name)

    def copy(self, source: Document, shape: str, pointer: str, place: str, node: Any) -> Any:
        """Return ``node`` of ``source`` with local references; it will stand at ``place`` of the bundle."""
        if shape == "schema" and isinstance(node, dict):
            return self._schema(source, pointer, place, node)
        if isinstance(node, dict) and isinstance(node.get("$ref"), str) and (shape or len(node) == 1):
            return self._reference(source, shape, pointer, place, node)
        if isinstance(node, list):
            item_shape = shape[1:-1] if shape[:1] == "[" else shape if shape == "schema" else ""
            places = [(f"{pointer}/{index}", f"{place}/{index}") for index in range(len(node))]
            return [self.copy(source, item_shape, *p, item) for p, item in zip(places, node, strict=True)]
        return self._members(source, shape, pointer, place, node) if isinstance(node, dict) else node

    def _members(self, source: Document, shape: str, pointer: str, place: str, node: dict[str, Any]) -> dict[str, Any]:
        return {
            key: value
            if (inner := _inner(shape, key)) is None
            else self.copy(source, inner, f"{pointer}/{escape(key)}", f"{place}/{escape(key)}", value)
            for key, value in node.items()
        }

    def _reference(self, source: Document, shape: str, pointer: str, place: str, node: dict[str, Any]) -> Any:
        target = self.targets.find(source, pointer + "/$ref", node["$ref"])
        if target is None:
            return node
        if target[0] == self.document.place and shape != "pathItem":
            return {**node, "$ref": self._pointed(node["$ref"], target[1])}
        if self._is_circle(source, pointer, node, target):
            return node
        return self._in_place(shape, place, node, target)

    def _is_circle(self, source: Document, pointer: str, node: dict[str, Any], target: Place) -> bool:
        if target in self._open:
            self.targets.problems.append(
                source.problem(pointer, f"$ref {node['$ref']!r} leads back to itself", "ref-loop")
            )
        return target in self._open

    def _in_place(self, shape: str, place: str, node: dict[str, Any], target: Place) -> Any:
        """Return what ``node`` refers to, with what stands beside the reference."""
        other, inside = self.targets.files[target[0]], target[1]
        siblings = {key: value for key, value in node.items() if key != "$ref"}
        self.is_changed = True
        self._open.append(target)
        self.origins[place] = other, inside
        with self._within(self._scope, self._noted_dialect(other, inside, place)):
            copied = self.copy(other, shape, inside, place, resolve(other.value, inside))
        self._open.pop()
        return {**copied, **siblings} if siblings and isinstance(copied, dict) else copied

    # --- schemas ----------------------------------------------------------------------------------------------

    def _schema(self, source: Document, pointer: str, place: str, node: dict[str, Any]) -> Any:
        """Return a schema whose references are pointers; the names that it has for them are gone."""
        dialect = self._noted_dialect(source, pointer, place) if "$schema" in node else self._dialect
        kept = meaningful(node, dialect)
        with self._within(self.resources.entering(source, pointer, self._scope), dialect):
            found = {key: target for key in _REFERENCES if (target := self._schema_target(source, pointer, key, kept))}
            if "$ref" in found and place == self._adopted(found["$ref"]):
                is_circle = self._is_circle(source, pointer, node, found["$ref"])
                return node if is_circle else self._in_place("schema", place, kept, found["$ref"])
            copied = self._members(source, "schema", pointer, place, kept)
            for key, target in found.items():
                _refer(copied, key, self._pointed(kept[key], self._local(target)))
            self.is_changed |= copied.keys() != node.keys()
            return copied

    def _noted_dialect(self, source: Document, pointer: str, place: str) -> Dialect:
        """Return the dialect of what stands at ``pointer`` of ``source``; it will stand at ``place`` of the bundle."""
        dialect = self.dialects[place] = self.targets.dialect(source, pointer)
        return dialect

    @contextmanager
    def _within(self, scope: Scope, dialect: Dialect) -> Iterator[None]:
        outer = self._scope, self._dialect
        self._scope, self._dialect = scope, dialect
        yield
        self._scope, self._dialect = outer

    def _adopted(self, target: Place) -> str | None:
        name = self._names.get(self._key(*target))
        return None if name is None else f"/components/schemas/{escape(name)}"

    def _schema_target(self, source: Document, pointer: str, key: str, node: dict[str, Any]) -> Place | None:
        ref = node.get(key)
        if not isinstance(ref, str):
            return None
        target = self.targets.find(source, f"{pointer}/{key}", ref)
        name = unquote(ref.partition("#")[2])
        if key != "$ref" and target and self.resources.is_dynamic(name, target):
            return self._scope.get(name, target)
        return target

    def _local(self, target: Place) -> str:
        """Return where the schema at ``target`` stands in the bundle, as it is in the dynamic scope of now."""
        file, inside = target
        other = self.targets.files[file]
        scope = self.resources.entered(self.resources.around(other, inside), self._scope)
        if other is self.document and scope == self.resources.scope(other, inside):
            return inside
        return f"/components/schemas/{escape(self._component(other, inside, scope))}"

    def _pointed(self, ref: str, place: str) -> str:
        """Return a reference to ``place`` of the bundle: ``ref`` where it is one."""
        if ref.startswith("#") and unquote(ref[1:]) == place:
            return ref
        self.is_changed = True
        return f"#{fragment(place)}"

    def _component(self, other: Document, inside: str, scope: Scope) -> str:
        key = other.place, inside, frozenset(scope.items())
        if key not in self._names:
            name = self._names[key] = self._name(other, inside, scope)
            self._taken.add(name)
            place = f"/components/schemas/{escape(name)}"
            self.origins[place] = other, inside
            with self._within(scope, self._noted_dialect(other, inside, place)):
                self.schemas[name] = self.copy(other, "schema", inside, place, resolve(other.value, inside))
        return self._names[key]

    def _key(self, file: Path, inside: str) -> tuple[Path, str, frozenset[Any]]:
        scope = self.resources.entered(self.resources.around(self.targets.files[file], inside), self._scope)
        return file, inside, frozenset(scope.items())

    def _name(self, other: Document, inside: str, scope: Scope) -> str:
        """Name an outside schema by its own place: its key or file, qualified by its folders where that is taken.

        One that is another in another dynamic scope is qualified by what it gets from there first.
        """
        parts = [*other.place.relative_to(self.root).with_suffix("").parts]
        if inside:
            parts.append(unescape(inside.rpartition("/")[2]))
        own = self.resources.scope(other, inside)
        for name, (file, pointer) in sorted(scope.items()):
            if own.get(name) != (file, pointer):
                around = self.resources.around(self.targets.files[file], pointer).pointer
                parts[-1:] = [parts[-1], unescape(around.rpartition("/")[2]) or file.stem]
        words = [_UNNAMEABLE.sub("_", part) or "_" for part in parts]
        tries = [".".join(words[start:]) for start in range(len(words) - 1, -1, -1)]
        tries.append(_UNNAMEABLE.sub("_", f"{'.'.join(parts)}.{inside.replace('/', '.')}"))
        numbered = (f"{tries[-1]}.{number}" for number in count(2))
        return next(name for name in chain(tries, numbered) if name not in self._taken)


def _refer(schema: dict[str, Any], key: str, ref: str) -> None:
    """Make ``schema`` refer to ``ref``; a dynamic reference is none any more once its scope has decided it."""
    if key == "$ref":
        schema["$ref"] = ref
        return
    del schema[key]
    if "$ref" in schema and isinstance(schema.get("allOf", []), list):
        schema["allOf"] = [*schema.get("allOf", ()), {"$ref": ref}]
    else:
        schema.setdefault("$ref", ref)


def _only_points(schema: dict[str, Any]) -> bool:
    return all(key in _TEXTS or key.startswith("x-") for key in schema)


def _inner(shape: str, key: str) -> str | None:
    """Return the shape of the member ``key``: "" when it is unknown, None when no reference can stand below it."""
    if shape[:1] == "{":
        return shape[1:-1]
    if shape == "callback":
        return "pathItem"
    inner = CHILDREN.get(shape, {}).get(key)
    if not inner and (shape == "schema" or key in _VALUES or key.startswith("x-")):
        return None
    return inner or ""


def _own_schemas(document: Document) -> dict[str, Any]:
    value = document.value
    components = value.get("components") if isinstance(value, dict) else None
    schemas = components.get("schemas") if isinstance(components, dict) else None
    return schemas if isinstance(schemas, dict) else {}
