"""A contract as its author wrote it: plain JSON values, and where each of them stands in the file."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from specwright.errors import Problem

Position = tuple[int, int]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


@dataclass(frozen=True)
class Document:
    """One parsed file: its ``value``, its ``path`` as the user would type it, and lazily its positions."""

    path: str
    file: Path
    value: Any
    read_positions: Callable[[], Mapping[str, Position]] = field(repr=False, compare=False)
    # Where parts of a bundled value come from: pointer in the bundle -> (file, pointer in that file).
    origins: Mapping[str, "tuple[Document, str]"] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def positions(self) -> Mapping[str, Position]:
        """Line and column of every JSON Pointer of the file; read only once a problem needs a place."""
        return self.read_positions()

    def problem(self, pointer: str, message: str, rule: str = "") -> Problem:
        """Return a problem at ``pointer``, or at its nearest ancestor that the file really has."""
        origin = self._origin(pointer)
        if origin:
            return origin[0].problem(origin[1], message, rule)
        place = pointer
        while place and place not in self.positions:
            place = place.rpartition("/")[0]
        line, column = self.positions.get(place, (1, 1))
        return Problem(self.path, line, column, message, rule, pointer)

    def _origin(self, pointer: str) -> "tuple[Document, str] | None":
        place = pointer
        while place and self.origins:
            if place in self.origins:
                document, inside = self.origins[place]
                return document, inside + pointer[len(place) :]
            place = place.rpartition("/")[0]
        return None


def escape(token: str) -> str:
    """Return ``token`` as one reference token of a JSON Pointer (RFC 6901, section 3)."""
    return token.replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """Return the key that a JSON Pointer's reference token names."""
    return token.replace("~1", "/").replace("~0", "~")


def walk(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every node below ``value``, itself first, with its JSON Pointer."""
    stack = [(pointer, value)]
    while stack:
        place, node = stack.pop()
        yield place, node
        if isinstance(node, dict):
            stack.extend((f"{place}/{escape(key)}", child) for key, child in reversed(node.items()))
        elif isinstance(node, list):
            stack.extend((f"{place}/{index}", child) for index, child in reversed(list(enumerate(node))))


def operations(value: Any) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield (pointer, path, method, operation) for every operation under ``paths``."""
    paths = value.get("paths") if isinstance(value, dict) else None
    for path, item in paths.items() if isinstance(paths, dict) else ():
        for method in METHODS:
            if path.startswith("/") and isinstance(item, dict) and isinstance(item.get(method), dict):
                yield f"/paths/{escape(path)}/{method}", path, method, item[method]
