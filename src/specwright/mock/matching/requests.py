"""WireMock's request patterns -> predicates over the requests of the journal.

A pattern sees what the journal holds: a value that was redacted there equals its marker, nothing else.
"""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import unquote

from specwright.mock.matching.matchers import Matches, said, value_matcher
from specwright.mock.matching.patterns import BadPattern, Regex

_PARAMETER = re.compile(r"\{([^{}]+)\}")
Request: TypeAlias = Mapping[str, Any]
Criterion: TypeAlias = Callable[[Request], bool]


@dataclass(frozen=True)
class Matcher:
    """What a request must be, criterion by criterion."""

    criteria: tuple[Criterion, ...]

    def __call__(self, request: Request) -> bool:
        """Tell whether ``request`` matches; raises BadPattern when that takes too long to find out."""
        return all(holds(request) for holds in self.criteria)

    def distance(self, request: Request) -> float:
        """Return the share of the criteria that ``request`` misses: 0 when it matches, 1 when nothing does."""
        missed = sum(not holds(request) for holds in self.criteria)
        return missed / len(self.criteria) if self.criteria else 0.0


def pattern(document: Any) -> Matcher:
    """Return the matcher that ``document`` describes; raises BadPattern, which says what is wrong with it."""
    if not isinstance(document, dict):
        raise BadPattern(f'a request pattern is an object such as {{"method": "POST"}}, not {said(document)}')
    given = {key: value for key, value in document.items() if value is not None}
    unknown = given.keys() - _CRITERIA.keys()
    if unknown:
        why = "".join(f"; {_WHY_NOT[key]}" for key in sorted(unknown & _WHY_NOT.keys()))
        names = ", ".join(sorted(unknown))
        raise BadPattern(f"a request pattern here has no {names}: it takes {', '.join(_CRITERIA)}{why}")
    urls = [key for key in _URLS if key in given]
    if len(urls) > 1:
        raise BadPattern(f"a request pattern has one of {', '.join(_URLS)}, not {' and '.join(urls)}")
    if "pathParameters" in given and "urlPathTemplate" not in given:
        raise BadPattern("pathParameters need a urlPathTemplate that names them")
    return Matcher(tuple(holds for key, value in given.items() for holds in _CRITERIA[key](value, given)))


# --- method and URL -------------------------------------------------------------------------------------------------------


def _method(value: Any, _: Request) -> list[Criterion]:
    method = _text("method", value).upper()
    return [] if method == "ANY" else [lambda request: request["method"] == method]


def _url(value: Any, _: Request) -> list[Criterion]:
    url = _text("url", value)
    return [lambda request: request["url"] == url]


def _url_path(value: Any, _: Request) -> list[Criterion]:
    path = _text("urlPath", value)
    return [lambda request: path_of(request) == path]


def _url_pattern(value: Any, _: Request) -> list[Criterion]:
    regex = Regex(_text("urlPattern", value))
    return [lambda request: regex.fullmatch(request["url"])]


def _url_path_pattern(value: Any, _: Request) -> list[Criterion]:
    regex = Regex(_text("urlPathPattern", value))
    return [lambda request: regex.fullmatch(path_of(request))]


def _url_path_template(value: Any, _: Request) -> list[Criterion]:
    template = _Template(_text("urlPathTemplate", value))
    return [lambda request: template.captured(path_of(request)) is not None]


def _path_parameters(value: Any, given: Request) -> list[Criterion]:
    template = _Template(_text("urlPathTemplate", given["urlPathTemplate"]))
    unknown = _named("pathParameters", value).keys() - template.names
    if unknown:
        raise BadPattern(f"the urlPathTemplate {template.text!r} does not name {', '.join(sorted(unknown))}")

    def values(request: Request, name: str) -> Sequence[str]:
        captured = template.captured(path_of(request))
        return [captured[name]] if captured else ()

    return _criteria("pathParameters", value, values)


class _Template:
    """A path of which some segments are parameters: ``/pets/{petId}``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._segments = [(segment, _PARAMETER.fullmatch(segment)) for segment in text.split("/")]
        self.names = {found[1] for _, found in self._segments if found}
        for segment, found in self._segments:
            if not found and ("{" in segment or "}" in segment):
                raise BadPattern(f"in a urlPathTemplate a parameter is a whole segment, which {segment!r} is not")

    def captured(self, path: str) -> Mapping[str, str] | None:
        """Return the parameters that ``path`` gives, None when it is another path."""
        given = path.split("/")
        if len(given) != len(self._segments):
            return None
        pairs = list(zip(self._segments, given, strict=True))
        if not all(text if found else text == segment for (segment, found), text in pairs):
            return None
        return {found[1]: unquote(text) for (_, found), text in pairs if found}


def path_of(request: Request) -> str:
    """Return the path of a journalled request, without its query string."""
    return str(request["url"]).partition("?")[0]


# --- headers, query, cookies: any of several values may match ------------------------------------------------------------


def _headers(value: Any, _: Request) -> list[Criterion]:
    def values(request: Request, name: str) -> Sequence[str]:
        lower = name.lower()
        return next((_listed(found) for key, found in request["headers"].items() if key.lower() == lower), ())

    return _criteria("headers", value, values)


def _query_parameters(value: Any, _: Request) -> list[Criterion]:
    def values(request: Request, name: str) -> Sequence[str]:
        return request["queryParams"][name]["values"] if name in request["queryParams"] else ()

    return _criteria("queryParameters", value, values)


def _cookies(value: Any, _: Request) -> list[Criterion]:
    return _criteria("cookies", value, lambda request, name: _listed(request["cookies"].get(name, [])))


def _criteria(what: str, value: Any, values: Callable[[Request, str], Sequence[str]]) -> list[Criterion]:
    def criterion(name: str, matches: Matches) -> Criterion:
        return lambda request: any(map(matches, values(request, name) or (None,)))

    return [criterion(name, value_matcher(document)) for name, document in _named(what, value).items()]


def _listed(value: Any) -> Sequence[str]:
    return value if isinstance(value, list) else [value]


# --- body -----------------------------------------------------------------------------------------------------------------


def _body_patterns(value: Any, _: Request) -> list[Criterion]:
    if not isinstance(value, list):
        raise BadPattern(f"bodyPatterns is a list of matchers, not {said(value)}")
    return [_body_pattern(document) for document in value]


def _body_pattern(document: Any) -> Criterion:
    if isinstance(document, dict) and document.keys() == {"binaryEqualTo"}:
        expected = _decoded(document["binaryEqualTo"])
        return lambda request: _bytes(request) == expected
    matches = value_matcher(document)
    return lambda request: matches(_bytes(request).decode(errors="replace") or None)


def _bytes(request: Request) -> bytes:
    return _decoded(request["bodyAsBase64"]) if "bodyAsBase64" in request else str(request["body"]).encode()


def _decoded(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError):
        raise BadPattern(f"binaryEqualTo is a text in base64, not {said(text)}") from None


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise BadPattern(f"{name} is a text, not {said(value)}")
    return value


def _named(what: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadPattern(
            f'{what} is an object of matchers by name such as {{"a": {{"equalTo": "x"}}}}, not {said(value)}'
        )
    return value


_URLS: Mapping[str, Callable[[Any, Request], list[Criterion]]] = {
    "url": _url,
    "urlPath": _url_path,
    "urlPattern": _url_pattern,
    "urlPathPattern": _url_path_pattern,
    "urlPathTemplate": _url_path_template,
}
_CRITERIA: Mapping[str, Callable[[Any, Request], list[Criterion]]] = {
    "method": _method,
    **_URLS,
    "pathParameters": _path_parameters,
    "queryParameters": _query_parameters,
    "headers": _headers,
    "cookies": _cookies,
    "bodyPatterns": _body_patterns,
}
_WHY_NOT = {"basicAuthCredentials": "credentials are redacted, so match headers.Authorization with absent instead"}
