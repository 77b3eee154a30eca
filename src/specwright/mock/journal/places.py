"""Where in the author's file the keyword stands that a request breaks."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from specwright.spec.document import Document
from specwright.spec.pointer import escape, has, resolve, unescape
from specwright.spec.schemas import matches

_APPLIED = ("allOf", "anyOf", "oneOf")  # to the same instance, beside what a reference leads to
_ABOUT_A_MEMBER = frozenset({"required", "additionalProperties", "unevaluatedProperties"})


class Places:
    """Finds places in one bundled contract, which ``read`` returns; its pointers are those of the contract served."""

    def __init__(self, read: Callable[[], Document]) -> None:
        self._read = read

    @cached_property
    def _document(self) -> Document:
        """Read when the first request is refused: it takes as long as a start, and most runs need it not."""
        return self._read()

    def of(self, operation: str, location: str, pointer: str, keyword: str) -> str:
        """Return ``specs/x/openapi.yaml:12:3`` for a violation in a request to the operation at the pointer ``operation``.

        ``location`` is the part of the request: body, path, query, header or cookie; ``pointer`` leads to the value in it.
        Where the keyword cannot be told, it is the place of the nearest thing around it.
        """
        problem = self._document.problem(self._found(operation, location, pointer, keyword), "")
        return f"{problem.path}:{problem.line}:{problem.column}"

    def _found(self, operation: str, location: str, pointer: str, keyword: str) -> str:
        tokens = [unescape(token) for token in pointer.split("/")[1:]]
        if location == "body":
            return self._in_body(operation, tokens, keyword)
        parameter = self._parameter(operation, location, tokens[0]) if tokens else None
        if parameter is None:
            return f"{operation}/parameters"
        if keyword in self._value(parameter) and len(tokens) == 1:
            return f"{parameter}/{keyword}"  # required, style
        return self._in_schemas(parameter, tokens[1:], keyword) or parameter

    def _in_body(self, operation: str, tokens: Sequence[str], keyword: str) -> str:
        body = self._followed(f"{operation}/requestBody")
        if body is None:
            return operation
        if not tokens and keyword in self._value(body):
            return f"{body}/{keyword}"  # required
        return self._in_schemas(body, tokens, keyword) or body

    def _parameter(self, operation: str, location: str, name: str) -> str | None:
        for owner in (operation, operation.rpartition("/")[0]):
            for index in range(len(self._value(owner).get("parameters", ()))):
                place = self._followed(f"{owner}/parameters/{index}")
                value = self._value(place) if place else {}
                if value.get("in") == location and _same_name(value.get("name"), name, location):
                    return place
        return None

    # --- schemas: a value may have several, and each may be made of others --------------------------------------------

    def _in_schemas(self, holder: str, tokens: Sequence[str], keyword: str) -> str | None:
        """Return the place of ``keyword`` for the value at ``tokens`` in what ``holder`` has a schema or media types for."""
        content = self._value(holder).get("content", {})
        media = [f"{holder}/content/{escape(name)}" for name in content]
        held = [f"{place}/schema" for place in (holder, *media) if "schema" in self._value(place)]
        levels = [[*self._applied(held)]]
        for token in tokens:
            levels.append([*self._applied([place for at in levels[-1] for place in self._below(at, token)])])
        return self._telling(levels, tokens, keyword)

    def _telling(self, levels: list[list[str]], tokens: Sequence[str], keyword: str) -> str | None:
        """Return the keyword's own place; else that of the schema of the value, or of what is around it."""
        if keyword in _ABOUT_A_MEMBER and tokens:
            found = [self._about(place, tokens[-1], keyword) for place in levels[-2]]
        else:
            found = [f"{place}/{keyword}" for place in levels[-1] if keyword in self._value(place)]
        return next(filter(None, found), None) or next((level[0] for level in reversed(levels) if level), None)

    def _about(self, place: str, member: str, keyword: str) -> str | None:
        value = self._value(place).get(keyword)
        if keyword == "required":
            names = value if isinstance(value, list) else []
            return f"{place}/required/{names.index(member)}" if member in names else None
        return None if value is None else f"{place}/{keyword}"

    def _applied(self, places: Sequence[str]) -> Iterator[str]:
        """Yield the schemas at ``places`` and all that they apply to the same value, each once."""
        waiting, seen = [*places], set(places)
        for place in waiting:  # which grows on the way
            yield place
            schema = self._value(place)
            inner = [f"{place}/{key}/{index}" for key in _APPLIED for index in range(len(schema.get(key, ())))]
            inner += [f"{place}/{key}" for key in ("then", "else") if key in schema]
            inner += [target] if (target := _target(schema)) is not None else []
            waiting += [new for new in inner if new not in seen]
            seen.update(inner)

    def _below(self, place: str, token: str) -> Iterator[str]:
        """Yield the schemas that the one at ``place`` itself has for the member or item ``token`` of its values."""
        schema = self._value(place)
        if token.isdigit() and int(token) < len(schema.get("prefixItems", ())):
            yield f"{place}/prefixItems/{token}"
        elif token.isdigit() and "items" in schema:
            yield f"{place}/items"
        patterns = [pattern for pattern in schema.get("patternProperties", ()) if matches(pattern, token)]
        named = [f"{place}/patternProperties/{escape(pattern)}" for pattern in patterns]
        if token in schema.get("properties", ()):
            named.append(f"{place}/properties/{escape(token)}")
        yield from named or [f"{place}/{key}" for key in _OTHERS if isinstance(schema.get(key), dict)]

    # --- the document -------------------------------------------------------------------------------------------------

    def _followed(self, place: str) -> str | None:
        """Return the place of the object at ``place``, references followed; None when there is none."""
        seen: set[str] = set()
        while place not in seen and has(self._document.value, place):
            seen.add(place)
            target = _target(self._value(place))
            if target is None:
                return place
            place = target
        return None

    def _value(self, place: str) -> dict[str, Any]:
        value = resolve(self._document.value, place) if has(self._document.value, place) else None
        return value if isinstance(value, dict) else {}


_OTHERS = ("additionalProperties", "unevaluatedProperties")


def _target(value: dict[str, Any]) -> str | None:
    ref = value.get("$ref")
    return unquote(ref[1:]) if isinstance(ref, str) and ref.startswith("#") else None


def _same_name(declared: Any, given: str, location: str) -> bool:
    return bool(declared == given) or (location == "header" and str(declared).lower() == given.lower())
