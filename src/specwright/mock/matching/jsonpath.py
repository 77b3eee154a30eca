"""JSONPath over the bodies of a journal, in bounded time; the only module that knows the library for it."""

import re
from collections.abc import Iterator
from typing import Any, SupportsIndex

import jsonpath
from jsonpath.filter import RegexLiteral
from jsonpath.parse import Parser
from jsonpath.stream import TokenStream
from jsonpath.token import TOKEN_RE_FLAGS

from specwright.mock.matching.patterns import BadPattern, Budget, Regex

_LONGEST = 1000  # characters of a path


class Path:
    """A compiled JSONPath (RFC 9535, and ``=~ /regex/i`` in filters); raises BadPattern."""

    def __init__(self, expression: str) -> None:
        self._text = expression
        if len(expression) > _LONGEST:
            raise BadPattern(f"a JSONPath has at most {_LONGEST} characters, not {len(expression)}")
        try:
            self._query = _ENVIRONMENT.compile(expression)
        except (jsonpath.JSONPathError, RecursionError) as error:
            raise BadPattern(f"{expression!r} is no JSONPath: {str(error).splitlines()[0]}") from None
        self.is_definite = isinstance(self._query, jsonpath.JSONPath) and self._query.singular_query()

    def values(self, document: Any) -> list[Any]:
        """Return what the path finds in the JSON value ``document``; raises BadPattern when that takes too long."""
        if not isinstance(document, dict | list):
            return [document] if self._text == "$" else []
        try:
            return self._query.findall(_counted(document, Budget(f"the JSONPath {self._text[:80]!r}")))
        except (jsonpath.JSONPathError, RecursionError):
            return []  # deeper than any document that was meant


class _Parser(Parser):
    """Reads ``/…/`` as an expression of ours: the library's own are not bounded in time."""

    def parse_regex(self, stream: TokenStream) -> Any:
        pattern, flags = stream.current().value, ""
        if stream.peek().kind == TOKEN_RE_FLAGS:
            stream.next()
            flags = "".join(sorted(set(stream.next().value) & set("ims")))
        return RegexLiteral(value=_Regex(pattern, flags))  # type: ignore[arg-type]


class _Regex(Regex):
    """What the library asks of an expression besides, to write it."""

    def __init__(self, pattern: str, flags: str) -> None:
        super().__init__(pattern, flags)
        self.pattern, self.flags = pattern, re.RegexFlag(0)


class _Environment(jsonpath.JSONPathEnvironment):
    parser_class = _Parser

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        # Regular expressions again that nothing bounds; WireMock has =~ only.
        del self.function_extensions["match"], self.function_extensions["search"]


_ENVIRONMENT = _Environment()


class _Object(dict[str, Any]):
    """An object that counts how often it is looked into."""

    budget: Budget

    def items(self) -> Any:
        self.budget.spend(len(self))
        return super().items()

    def __getitem__(self, name: str) -> Any:
        self.budget.spend()
        return super().__getitem__(name)


class _Array(list[Any]):
    """An array that counts how often it is looked into."""

    budget: Budget

    def __iter__(self) -> Iterator[Any]:
        self.budget.spend(len(self))
        return super().__iter__()

    def __getitem__(self, index: SupportsIndex | slice) -> Any:
        self.budget.spend(len(self) if isinstance(index, slice) else 1)
        return super().__getitem__(index)


def _counted(value: Any, budget: Budget) -> Any:
    counted: Any
    if isinstance(value, dict):
        counted = _Object({name: _counted(item, budget) for name, item in value.items()})
    elif isinstance(value, list):
        counted = _Array(_counted(item, budget) for item in value)
    else:
        return value
    counted.budget = budget
    return counted
