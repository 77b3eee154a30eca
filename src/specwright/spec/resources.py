"""Schema resources: which place a URI stands for (JSON Schema 2020-12 core, sections 8.2 and 9).

A file is a resource; so is every schema in it that has an ``$id``. Anchors are names inside of one.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urldefrag, urljoin

from specwright.spec.dialects import NAMING, Dialect, dialect_of, is_openapi_3_0, names
from specwright.spec.document import Document
from specwright.spec.structure import objects


class Resource(NamedTuple):
    """One resource: its base URI, the pointer of its schema in ``document``."""

    uri: str
    document: Document
    pointer: str


class Resources:
    """The resources of all files that were read so far."""

    def __init__(self, default: Dialect) -> None:
        self._default = default
        self._by_uri: dict[str, Resource] = {}
        self._of_file: dict[Path, dict[str, Resource]] = {}
        self._anchors: dict[str, dict[str, str]] = {}
        # Base URI -> name -> place of the dynamic anchor.
        self._dynamic: dict[str, dict[str, tuple[Path, str]]] = {}

    def add(self, document: Document) -> None:
        """Learn the names in ``document``."""
        root = Resource(document.place.as_uri(), document, "")
        found = self._of_file[document.place] = {"": root}
        self._by_uri[root.uri] = root
        for pointer, node in _schemas(document.value):
            own = names(node, self.dialect(document, pointer))
            base = self.around(document, pointer)
            uri = joined(base.uri, own.uri)
            if uri:
                base = found[pointer] = Resource(urldefrag(uri).url, document, pointer)
                self._by_uri.setdefault(base.uri, base)
            for anchor in own.anchors:
                self._anchors.setdefault(base.uri, {})[anchor] = pointer
            if own.dynamic or (own.dynamic is not None and pointer == base.pointer):
                self._dynamic.setdefault(base.uri, {})[own.dynamic] = document.place, pointer

    def dialect(self, document: Document, pointer: str) -> Dialect:
        """Return the dialect of the schema at ``pointer`` of ``document``."""
        return dialect_of(document.value, pointer, self._default)

    def around(self, document: Document, pointer: str) -> Resource:
        """Return the innermost resource that ``pointer`` of ``document`` is in."""
        found = self._of_file[document.place]
        while pointer not in found:
            pointer = pointer.rpartition("/")[0]
        return found[pointer]

    def get(self, uri: str) -> Resource | None:
        """Return the resource called ``uri``, if one is."""
        return self._by_uri.get(uri)

    def pointer(self, resource: Resource, fragment: str) -> str | None:
        """Return where ``fragment``, a JSON Pointer or an anchor, leads in the file of ``resource``."""
        if not fragment or fragment.startswith("/"):
            return resource.pointer + fragment
        return self._anchors.get(resource.uri, {}).get(fragment)

    def is_dynamic(self, name: str, place: tuple[Path, str]) -> bool:
        """Tell whether the dynamic anchor ``name`` stands at ``place``."""
        return any(anchors.get(name) == place for anchors in self._dynamic.values())

    def entered(self, resource: Resource, scope: "Scope") -> "Scope":
        """Return the dynamic scope after entering ``resource``: what was there before counts more."""
        anchors = self._dynamic.get(resource.uri)
        return {**anchors, **scope} if anchors else scope

    def entering(self, document: Document, pointer: str, scope: "Scope") -> "Scope":
        """Return the dynamic scope of the schema at ``pointer`` when it is read in ``scope``."""
        resource = self.around(document, pointer)
        return self.entered(resource, scope) if resource.pointer == pointer else scope

    def scope(self, document: Document, pointer: str) -> "Scope":
        """Return the dynamic scope of what is read in place: that of the resources around it, the outermost first."""
        around = [item for place, item in self._of_file[document.place].items() if _is_in(pointer, place)]
        scope: Scope = {}
        for resource in sorted(around, key=lambda item: len(item.pointer)):
            scope = self.entered(resource, scope)
        return scope


# Name of a dynamic anchor -> the outermost place that has it.
Scope = Mapping[str, tuple[Path, str]]


def joined(base: str, reference: Any) -> str | None:
    """Return ``reference`` as an absolute URI (RFC 3986, section 5), None when it is no reference."""
    try:
        return urljoin(base, reference) if isinstance(reference, str) else None
    except ValueError:
        return None


def _schemas(value: Any) -> list[tuple[str, dict[str, Any]]]:
    if is_openapi_3_0(value):
        return []  # which knows no names of schemas
    is_contract = isinstance(value, dict) and "openapi" in value
    found = objects(value, "openapi" if is_contract else "schema")
    return [(pointer, node) for pointer, kind, node in found if kind == "schema" and not NAMING.isdisjoint(node)]


def _is_in(pointer: str, place: str) -> bool:
    return pointer == place or pointer.startswith(f"{place}/")
