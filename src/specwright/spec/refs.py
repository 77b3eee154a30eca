"""Follow ``$ref``: every one resolves, stays inside the workspace, and ends up local.

``bundle`` returns a document whose references are all of the form ``#/…``. Schemas of other files become named
components; everything else is put in place. Problems found later still point into the file at fault.
"""

import difflib
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from specwright.errors import Problem, SpecError
from specwright.spec.document import Document
from specwright.spec.load import load
from specwright.spec.pointer import escape, has, resolve, unescape
from specwright.spec.structure import CHILDREN

_LONGEST_PATH = 1000
_Place = tuple[Path, str]
_VALUES = ("example", "value", "default")


def bundle(document: Document, root: Path) -> Document:
    """Return ``document`` with every reference local.

    Files may be referenced anywhere below ``root``. Raises SpecError naming every reference that does not resolve,
    leaves ``root`` (symbolic links followed) or needs the network.
    """
    bundler = _Bundler(document, root.resolve())
    bundler.adopt_names()
    value = bundler.copy(document, "openapi", "", "", document.value)
    if bundler.problems:
        raise SpecError(bundler.problems)
    if not bundler.origins:
        return document
    schemas = value.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(bundler.schemas)
    return replace(document, value=value, origins=bundler.origins)


def deref(value: Any, node: Any) -> Any:
    """Return what ``node`` stands for, following local references; a Reference Object's own texts win."""
    seen = 0
    while isinstance(node, dict) and isinstance(node.get("$ref"), str) and seen < 100:
        target = resolve(value, unquote(node["$ref"][1:]))
        texts = {key: node[key] for key in ("summary", "description") if key in node}
        node = {**target, **texts} if texts and isinstance(target, dict) else target
        seen += 1
    return node


class _Bundler:
    def __init__(self, document: Document, root: Path) -> None:
        self.document, self.root = document, root
        self.problems: list[Problem] = []
        self.origins: dict[str, tuple[Document, str]] = {}
        self.schemas: dict[str, Any] = {}
        self._files = {document.place: document}
        self._names: dict[_Place, str] = {}
        self._taken = set(_own_schemas(document))
        self._open: list[_Place] = []

    def adopt_names(self) -> None:
        """Let a component that only points at another file give its name to what stands there."""
        for name, schema in _own_schemas(self.document).items():
            ref = schema.get("$ref") if isinstance(schema, dict) else None
            if isinstance(ref, str) and not ref.startswith("#"):
                target = self._target(self.document, f"/components/schemas/{escape(name)}/$ref", ref)
                if target and target[0] != self.document.place:
                    self._names.setdefault(target, name)

    def copy(self, source: Document, shape: str, pointer: str, place: str, node: Any) -> Any:
        """Return ``node`` of ``source`` with local references; it will stand at ``place`` of the bundle."""
        if isinstance(node, dict) and isinstance(node.get("$ref"), str) and (shape or len(node) == 1):
            return self._reference(source, shape, pointer, place, node)
        if isinstance(node, list):
            item_shape = shape[1:-1] if shape[:1] == "[" else ""
            places = [(f"{pointer}/{index}", f"{place}/{index}") for index in range(len(node))]
            return [self.copy(source, item_shape, *p, item) for p, item in zip(places, node, strict=True)]
        if not isinstance(node, dict):
            return node
        return {
            key: value
            if (inner := _inner(shape, key)) is None
            else self.copy(source, inner, f"{pointer}/{escape(key)}", f"{place}/{escape(key)}", value)
            for key, value in node.items()
        }

    def _reference(self, source: Document, shape: str, pointer: str, place: str, node: dict[str, Any]) -> Any:
        target = self._target(source, pointer + "/$ref", node["$ref"])
        if target is None:
            return node
        file, inside = target
        other = self._files[file]
        if other is self.document and shape != "pathItem":
            return {**node, "$ref": f"#{inside}"}
        siblings = {key: value for key, value in node.items() if key != "$ref"}
        if shape == "schema" and place != f"/components/schemas/{escape(self._names.get(target, ''))}":
            return {**siblings, "$ref": f"#/components/schemas/{escape(self._schema(other, file, inside))}"}
        if (file, inside) in self._open:
            self.problems.append(source.problem(pointer, f"$ref {node['$ref']!r} leads back to itself", "ref-loop"))
            return node
        self._open.append((file, inside))
        self.origins[place] = other, inside
        copied = self.copy(other, shape, inside, place, resolve(other.value, inside))
        self._open.pop()
        return {**copied, **siblings} if siblings and isinstance(copied, dict) else copied

    def _target(self, source: Document, pointer: str, ref: str) -> _Place | None:
        path, _, fragment = ref.partition("#")
        file = self._file(source, pointer, ref, unquote(path))
        if file is None:
            return None
        inside = unquote(fragment)
        if not has(self._files[file].value, inside):
            self._problem(source, pointer, ref, _near(self._files[file].value, inside))
            return None
        return file, inside

    def _file(self, source: Document, pointer: str, ref: str, path: str) -> Path | None:
        if not path:
            return source.place
        if "://" in path or path.startswith("//"):
            self._problem(source, pointer, ref, "remote references are not followed: keep a copy beside the contract")
            return None
        if "\0" in path or len(path) > _LONGEST_PATH:
            self._problem(source, pointer, f"{ref[:40]}...", "this is no path of a file")
            return None
        file = (source.file.parent / path).resolve()
        if not file.is_relative_to(self.root):
            self._problem(source, pointer, ref, "the file is outside the workspace")
            return None
        if file not in self._files:
            if not file.is_file():
                self._problem(source, pointer, ref, "there is no such file")
                return None
            try:
                self._files[file] = load(file)
            except SpecError as error:
                self.problems.extend(error.problems)
                return None
        return file

    def _problem(self, source: Document, pointer: str, ref: str, reason: str) -> None:
        self.problems.append(source.problem(pointer, f"$ref {ref!r} does not resolve: {reason}", "ref"))

    def _schema(self, other: Document, file: Path, inside: str) -> str:
        if (file, inside) not in self._names:
            name = self._name(file, inside)
            self._names[file, inside] = name
            self._taken.add(name)
            place = f"/components/schemas/{escape(name)}"
            self.origins[place] = other, inside
            self.schemas[name] = self.copy(other, "schema", inside, place, resolve(other.value, inside))
        return self._names[file, inside]

    def _name(self, file: Path, inside: str) -> str:
        """Name an outside schema by its own place: its key or file, qualified by its folders where that is taken."""
        parts = [*file.relative_to(self.root).with_suffix("").parts]
        if inside:
            parts.append(unescape(inside.rpartition("/")[2]))
        for start in range(len(parts) - 1, -1, -1):
            name = ".".join(parts[start:])
            if name not in self._taken:
                return name
        return f"{'.'.join(parts)}.{inside.replace('/', '.')}"


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


def _near(value: Any, inside: str) -> str:
    parent, _, token = inside.rpartition("/")
    try:
        siblings = resolve(value, parent)
    except KeyError:
        return f"there is nothing at {inside or '/'}"
    names = list(siblings) if isinstance(siblings, dict) else []
    near = difflib.get_close_matches(unescape(token), names, 1)
    return f"there is nothing at {inside}" + (f"; did you mean {near[0]!r}?" if near else "")
