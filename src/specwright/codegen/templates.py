"""Templates: where they are found, what they may do, and how their mistakes are told.

The only module that knows Jinja. A template prints names and types that the plan made; text of the document reaches it
as ``Raw``, which only a filter turns into Python.
"""

import dataclasses
import re
import traceback
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateRuntimeError, TemplateSyntaxError, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from specwright.errors import Problem, SpecError
from specwright.spec.load import display

# What templates get, see templates/README.md; a change of it that breaks one of theirs counts up.
VALUES = 1
# Texts that the plan made of the document's: identifiers, types, Python through and through.
_SAFE = frozenset({"annotation", "class_name", "identifier", "method", "origin", "package"})
_WRITTEN_FOR = re.compile(r"\{#-?\s*values\s+(\d+)\b")


class Raw:
    """A value of the document. It can be asked whether there is any, put together with other text, and filtered."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return bool(self._value == other)

    def __hash__(self) -> int:
        return hash(str(self._value))

    def __add__(self, other: object) -> "Raw":
        return Raw(f"{self._value}{_text(other)}")

    def __radd__(self, other: object) -> "Raw":
        return Raw(f"{_text(other)}{self._value}")

    def __str__(self) -> NoReturn:
        raise UnfilteredError

    def __repr__(self) -> str:
        return "<text of the document>"


class UnfilteredError(TypeError):
    """A template prints what is not Python."""

    def __str__(self) -> str:
        return "a value of the document must go through a filter: literal or docstring"


def shown(value: Any, name: str = "") -> Any:
    """Return ``value`` as templates see it: dataclasses as they are, every text raw unless the plan made it."""
    if isinstance(value, bool | int | Raw) or value is None:
        return value
    if isinstance(value, str):
        return value if name in _SAFE else Raw(value)
    if isinstance(value, tuple):
        return [shown(item, name) for item in value]
    return _View(value) if dataclasses.is_dataclass(value) else Raw(value)


class _View:
    """A value of the plan; what it holds is made visible when it is asked for."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or hasattr(self._value, name):
            return shown(getattr(self._value, name), name)
        raise TemplateRuntimeError(
            f"{type(self._value).__name__} has no {name!r}: templates/README.md says what it has"
        )


def plain(value: Any) -> Any:
    """Return what stands behind ``value``: for filters."""
    return value._value if isinstance(value, Raw | _View) else value  # noqa: SLF001 - templates cannot reach it


@dataclasses.dataclass(frozen=True)
class Templates:
    """The templates of ``folders``, the first that has a name counts; ``filters`` make Python of what is raw."""

    folders: tuple[Path, ...]
    filters: Mapping[str, Callable[..., Any]]

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """Return the text of one template; raises SpecError with the place of a mistake in it."""
        try:
            template = self._environment.get_template(name)
            return template.render(values)
        except Exception as error:
            raise SpecError([self._problem(name, error)]) from error

    @cached_property
    def _environment(self) -> Environment:
        environment = _Sandbox(
            loader=FileSystemLoader(self.folders),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,  # it escapes HTML; Python literals are made by the filters
            finalize=_printed,
        )
        environment.filters.update(self.filters)
        return environment

    def file(self, name: str) -> Path:
        """Return the file of a template."""
        return next(folder / name for folder in self.folders if (folder / name).is_file())

    def _problem(self, name: str, error: Exception) -> Problem:
        place, line = self.file(name), 1
        for frame in traceback.extract_tb(error.__traceback__):
            if any(Path(frame.filename).is_relative_to(folder) for folder in self.folders):
                place, line = Path(frame.filename), frame.lineno or 1
        if isinstance(error, TemplateSyntaxError):
            line = error.lineno
        return Problem(display(place), line, 1, f"the template fails: {error}", "template")

    def check_values(self, names: Iterable[str]) -> None:
        """Raise SpecError for templates that say they were written for other values than those of today."""
        found = []
        for name in names:
            file = self.file(name)
            said = _WRITTEN_FOR.match(file.read_text(encoding="utf-8"))
            if said and int(said[1]) != VALUES:
                message = f"the template was written for values {said[1]}, these are values {VALUES}: see CHANGELOG.md"
                found.append(Problem(display(file), 1, 1, message, "template"))
        if found:
            raise SpecError(found)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Says once of every kind of value whether an attribute is safe: templates ask for the same ones all the time."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._safe: dict[tuple[type, str], bool] = {}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Tell whether a template may read ``attr`` of ``obj``."""
        known = self._safe.get((type(obj), attr))
        if known is None:
            known = self._safe[type(obj), attr] = super().is_safe_attribute(obj, attr, value)
        return known


def _printed(value: Any) -> Any:
    if isinstance(value, str | int | Undefined):
        return value
    raise UnfilteredError


def _text(value: object) -> str:
    return str(plain(value))
