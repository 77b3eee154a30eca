"""Read a contract's text into a ``Document``; refuse what no honest contract holds.

YAML is read by the YAML 1.2 core schema: ``on`` and ``2025-01-15`` are strings, keys are strings as written.
The only module that knows YAML.
"""

import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from specwright.errors import Problem, SpecError
from specwright.spec.document import Document, Position
from specwright.spec.json_text import (
    FLOAT,
    MAX_DEPTH,
    MAX_NODES,
    finite,
    json_positions,
    read_json,
    too_deep,
    too_large,
)
from specwright.spec.pointer import escape

MAX_BYTES = 32 * 1024 * 1024

_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_NOT_JSON = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_STRING_TAGS = {None, "!", "tag:yaml.org,2002:str"}


def load(file: Path) -> Document:
    """Return the document in ``file``: JSON when its name ends in ``.json``, YAML otherwise.

    Raises SpecError when the text is no UTF-8, no YAML or JSON, has duplicate keys or non-string keys,
    or is larger, deeper or more self-repeating than a contract can be.
    """
    return parsed(display(file), file, file.read_bytes())


def parsed(path: str, file: Path, data: bytes) -> Document:
    """Return the document that ``data`` spells, called ``path`` in problems; see ``load``."""
    text = _text(path, data)
    reader = read_json if file.suffix == ".json" else _read_yaml
    value = reader(path, text)
    positions = json_positions if file.suffix == ".json" else _yaml_positions
    return Document(path, file, value, partial(positions, text))


def display(file: Path) -> str:
    """Return ``file`` as the user would type it: relative when it is below the current directory."""
    relative = os.path.relpath(file)
    return str(file) if relative.startswith("..") else relative


def _text(path: str, data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise SpecError([Problem(path, 1, 1, f"the file is larger than {MAX_BYTES >> 20} MiB", "size")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise SpecError(
            [Problem(path, line, column, "the text is not UTF-8: save the file as UTF-8", "utf8")]
        ) from None


def _read_yaml(path: str, text: str) -> Any:
    reader = _YamlReader(path)
    try:
        value = reader.read(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        reason = " ".join(filter(None, [error.context, error.problem]))
        raise SpecError([Problem(path, *place, f"not valid YAML: {reason}", "syntax")]) from None
    except yaml.reader.ReaderError as error:
        line, column = text.count("\n", 0, error.position) + 1, error.position - text.rfind("\n", 0, error.position)
        raise SpecError([Problem(path, line, column, f"not valid YAML: {error.reason}", "syntax")]) from None
    if reader.problems:
        raise SpecError(reader.problems)
    return value


class _YamlReader:
    """Builds plain values from parser events, so that nothing is constructed that the core schema lacks."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.positions: dict[str, Position] = {}
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._nodes = 0

    def read(self, text: str) -> Any:
        events = yaml.parse(text, Loader=_PARSER)
        value: Any = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop(event, "a contract is one YAML document: remove what follows '---'")
                self.positions[""] = (1, 1)
                value = self._node(next(events), events, "", 0)
        return value

    def _node(self, event: Any, events: Iterator[Any], pointer: str, depth: int) -> Any:
        if depth > MAX_DEPTH:
            self._stop(event, too_deep())
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self._nodes
        self._count(event, 1)
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(event, events, pointer, depth)
        else:
            value = self._mapping(event, events, pointer, depth)
        if event.anchor:
            self._anchors[event.anchor] = value, self._nodes - before
        return value

    def _alias(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            self._stop(event, f"alias *{event.anchor} has no anchor before it, or stands inside it")
        value, nodes = self._anchors[event.anchor]
        self._count(event, nodes)
        return value

    def _scalar(self, event: Any) -> Any:
        if event.tag not in _STRING_TAGS:
            self._tag(event)
        if event.style or event.tag:
            return event.value
        text = event.value
        if text in _NULL:
            return None
        if text in _BOOL:
            return _BOOL[text]
        return self._number(event, text)

    def _number(self, event: Any, text: str) -> Any:
        try:
            if _INT.fullmatch(text):
                return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
            if FLOAT.fullmatch(text):
                return finite(text)
        except ValueError:
            self._problem(event, too_large(text))
        if _NOT_JSON.fullmatch(text):
            self._problem(event, f"{text} is not a JSON value")
        return text

    def _sequence(self, event: Any, events: Iterator[Any], pointer: str, depth: int) -> list[Any]:
        self._untagged(event)
        items: list[Any] = []
        for item in events:
            if isinstance(item, yaml.SequenceEndEvent):
                break
            place = f"{pointer}/{len(items)}"
            self.positions[place] = _place(item)
            items.append(self._node(item, events, place, depth + 1))
        return items

    def _mapping(self, event: Any, events: Iterator[Any], pointer: str, depth: int) -> dict[str, Any]:
        self._untagged(event)
        members: dict[str, Any] = {}
        for key in events:
            if isinstance(key, yaml.MappingEndEvent):
                break
            if not isinstance(key, yaml.ScalarEvent):
                self._stop(key, "a key must be a plain string")
            if key.value in members:
                self._problem(key, f"duplicate key {key.value!r}")
            place = f"{pointer}/{escape(key.value)}"
            self.positions[place] = _place(key)
            members[key.value] = self._node(next(events), events, place, depth + 1)
        return members

    def _untagged(self, event: Any) -> None:
        if event.tag not in (None, "!"):
            self._tag(event)

    def _tag(self, event: Any) -> None:
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        self._problem(event, f"the YAML tag {tag} is not allowed: write a plain value")

    def _count(self, event: Any, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            self._stop(event, f"the document has more than {MAX_NODES} values once its aliases are expanded")

    def _problem(self, event: Any, message: str) -> None:
        self.problems.append(Problem(self.path, *_place(event), message, "yaml"))

    def _stop(self, event: Any, message: str) -> None:
        self._problem(event, message)
        raise SpecError(self.problems)


def _place(event: Any) -> Position:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _yaml_positions(text: str) -> dict[str, Position]:
    reader = _YamlReader("")
    reader.read(text)
    return reader.positions
