"""A contract as its author wrote it: plain JSON values, and where each of them stands in the file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from specwright.errors import Problem
from specwright.spec.dialects import Dialect
from specwright.spec.schemas import Schemas
from specwright.spec.structure import objects

Position = tuple[int, int]


@dataclass(frozen=True)
class Document:
    """One parsed file: its ``value``, its ``path`` as the user would type it, and lazily its positions."""

    path: str
    file: Path
    value: Any
    read_positions: Callable[[], Mapping[str, Position]] = field(repr=False, compare=False)
    # Where parts of a bundled value come from: pointer in the bundle -> (file, pointer in that file).
    origins: Mapping[str, "tuple[Document, str]"] = field(default_factory=dict, repr=False, compare=False)
    # Where a bundled value is in another dialect than around it, or may be: pointer in the bundle -> dialect.
    dialects: Mapping[str, Dialect] = field(default_factory=dict, repr=False, compare=False)
    # What was wrong with its references when it was bundled.
    problems: tuple[Problem, ...] = ()

    @cached_property
    def place(self) -> Path:
        """The file, symbolic links followed."""
        return self.file.resolve()

    @cached_property
    def positions(self) -> Mapping[str, Position]:
        """Line and column of every JSON Pointer of the file; read only once a problem needs a place."""
        return self.read_positions()

    @cached_property
    def objects(self) -> tuple[tuple[str, str, dict[str, Any]], ...]:
        """(pointer, kind, node) of every OpenAPI object of the document, references unfollowed."""
        return tuple(objects(self.value))

    @cached_property
    def schemas(self) -> Schemas:
        """The schemas of a bundled document in OpenAPI 3.1, compiled on demand."""
        return Schemas(self.value)

    @cached_property
    def _told(self) -> frozenset[tuple[str, str]]:
        return frozenset((problem.path, problem.pointer) for problem in self.problems)

    def is_told(self, pointer: str) -> bool:
        """Tell whether bundling found a problem at ``pointer``."""
        document, inside = self.origin(pointer) if self.problems else (self, pointer)
        return (document.path, inside) in self._told

    def advice(self, pointer: str, message: str, rule: str) -> Problem:
        """Return a warning at ``pointer``."""
        return replace(self.problem(pointer, message, rule), severity="warning")

    def problem(self, pointer: str, message: str, rule: str = "") -> Problem:
        """Return a problem at ``pointer``, or at its nearest ancestor that the file really has."""
        document, inside = self.origin(pointer)
        if document is not self:
            return document.problem(inside, message, rule)
        place = pointer
        while place and place not in self.positions:
            place = place.rpartition("/")[0]
        line, column = self.positions.get(place, (1, 1))
        return Problem(self.path, line, column, message, rule, pointer)

    def origin(self, pointer: str) -> "tuple[Document, str]":
        """Return the file that the value at ``pointer`` comes from, and its pointer there."""
        place = pointer
        while place and self.origins:
            if place in self.origins:
                document, inside = self.origins[place]
                return document, inside + pointer[len(place) :]
            place = place.rpartition("/")[0]
        return self, pointer
