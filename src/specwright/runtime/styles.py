"""Where the text of a parameter is, and how its style spells lists and maps: every one of the specification.

Source: OpenAPI 3.1.1 section 4.8.12.2 (style values) and RFC 6570. What can be decided per parameter is decided once.
"""

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_plus

from specwright.plan import Parameter
from specwright.spec.media import is_json
from specwright.spec.parts import is_closed, properties_of
from specwright.spec.pointer import has, resolve

MISSING: Any = object()
_SEPARATORS = {
    "form": re.compile(","),
    "spaceDelimited": re.compile(r"%20|\+| "),
    "pipeDelimited": re.compile(r"%7[Cc]|\|"),
}
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_BRACKETED = re.compile(r"(\[[^\[\]]*\])+")


class Malformed(Exception):
    """A serialised value that does not follow its style; the argument says how."""


class Raw(NamedTuple):
    """The parts of a request that parameters are read from, percent-encoding still in place in path and query."""

    path: Mapping[str, str]
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    cookies: Mapping[str, list[str]]


class Style:
    """How one parameter, whose schema accepts values of ``types``, is spelled."""

    def __init__(self, parameter: Parameter, types: frozenset[str], contract: Any, schema: Any) -> None:
        self._parameter, self._contract, self._schema = parameter, contract, schema
        # What ``content`` spells is one text, whatever it means.
        self.shape = _shape(types) if parameter.media_type is None else "scalar"
        self._is_unused_when_empty = _says_unused_when_empty(contract, parameter)
        # Keys of the query string that belong to other parameters or to credentials.
        self.foreign: frozenset[str] = frozenset()
        # Reads the text, or the lists and maps of texts; MISSING when there is none; raises Malformed.
        self.text: Callable[[Raw], Any] = self._reader()

    @cached_property
    def names(self) -> frozenset[str]:
        """The keys of the query string that belong to this parameter; ``name[`` stands for all that begin so."""
        if self._parameter.style in ("form", "cookie") and self._parameter.explode and self.shape == "object":
            return frozenset(properties_of(self._contract, self._schema))
        if self._parameter.style == "deepObject":
            return frozenset({self._parameter.name, f"{self._parameter.name}["})
        return frozenset({self._parameter.name})

    @cached_property
    def takes_any_name(self) -> bool:
        """Tell whether any key of the query string may be a property of this parameter."""
        form = self._parameter.location == "query" and self._parameter.style == "form" and self._parameter.explode
        return form and self.shape == "object" and not is_closed(self._contract, self._schema)

    def _reader(self) -> Callable[[Raw], Any]:
        parameter = self._parameter
        if parameter.location == "path":
            return self._from_path
        if parameter.location == "query":
            if parameter.style == "deepObject":
                return self._deep_object
            return self._one_from_query if self.shape == "scalar" else self._from_query
        if parameter.location == "header":
            return self._from_header
        return lambda raw: self._cookie(raw.cookies)

    def _from_path(self, raw: Raw) -> Any:
        text = raw.path.get(self._parameter.name, MISSING)
        if text is MISSING:
            return MISSING
        style = self._parameter.style
        if style == "label":
            return self._label(text)
        if style == "matrix":
            return self._matrix(text)
        return self._simple(text, _decoded)

    def _from_header(self, raw: Raw) -> Any:
        text = raw.headers.get(self._parameter.name.lower())
        if text is None:
            return MISSING
        if is_json(self._parameter.media_type or ""):
            text = text.encode("latin-1").decode()  # a header comes as octets, a character each; JSON is UTF-8
        return self._simple(text, str.strip)

    def _simple(self, text: str, decode: Callable[[str], str]) -> Any:
        if self.shape == "scalar":
            return decode(text)
        parts = text.split(",") if text else []
        return self._composed(parts, decode, self._parameter.explode)

    def _label(self, text: str) -> Any:
        if not text.startswith("."):
            raise Malformed("must start with '.' (style label)")
        if self.shape == "scalar":
            return _decoded(text[1:])
        parts = text[1:].split("." if self._parameter.explode else ",")
        return self._composed(parts, _decoded, self._parameter.explode)

    def _matrix(self, text: str) -> Any:
        name = self._parameter.name
        if not text.startswith(";"):
            raise Malformed("must start with ';' (style matrix)")
        parts = text[1:].split(";")
        if self.shape == "object" and self._parameter.explode:
            return self._composed(parts, _decoded, explode=True)
        values = []
        for part in parts:
            key, _, value = part.partition("=")
            if _decoded(key) != name:
                raise Malformed(f"must be spelled ;{name}=... (style matrix)")
            values.append(value)
        if self.shape == "scalar":
            return _decoded(_only(values))
        if self.shape == "array" and self._parameter.explode:
            return [_decoded(value) for value in values]
        return self._composed(_only(values).split(","), _decoded, explode=False)

    def _one_from_query(self, raw: Raw) -> Any:
        values = raw.query.get(self._parameter.name)
        if values is None or (self._is_unused_when_empty and values == [""]):
            return MISSING
        return _decoded_plus(values[0] if len(values) == 1 else _only(values))

    def _from_query(self, raw: Raw) -> Any:
        parameter = self._parameter
        if self.shape == "object" and parameter.explode and parameter.style == "form":
            names = filter(self._may_own, raw.query) if self.takes_any_name else self.names
            found = {name: _decoded_plus(_only(raw.query[name])) for name in names if name in raw.query}
            return found or MISSING
        values = raw.query.get(parameter.name)
        if values is None or (values == [""] and self._is_unused_when_empty):
            return MISSING
        return self._form(values, _decoded_plus)

    def _may_own(self, key: str) -> bool:
        base, bracket, _ = key.partition("[")
        return key not in self.foreign and base + bracket not in self.foreign

    def _form(self, values: list[str], decode: Callable[[str], str]) -> Any:
        if self.shape == "scalar":
            return decode(_only(values))
        if self._parameter.explode and self.shape == "array":
            return [decode(value) for value in values]
        text = _only(values)
        parts = _SEPARATORS.get(self._parameter.style, _SEPARATORS["form"]).split(text) if text else []
        return self._composed(parts, decode, explode=False)

    def _deep_object(self, raw: Raw) -> Any:
        """``name[a][b]=1`` -> {a: {b: 1}}."""
        plain = raw.query.get(self._parameter.name)
        if plain and self.shape != "object":  # the style is defined for objects: anything else is spelled as in a form
            return self._form(plain, _decoded_plus)
        found: dict[str, Any] = {}
        for key, values in raw.query.items():
            if key == self._parameter.name or key.startswith(f"{self._parameter.name}["):
                brackets = key[len(self._parameter.name) :]
                if not _BRACKETED.fullmatch(brackets):
                    raise Malformed("must name its properties in brackets (style deepObject)")
                path = _BRACKETS.findall(brackets)
                texts = [_decoded_plus(value) for value in values]
                if len(path) > 1 and not path[-1]:
                    del path[-1]  # name[a][]=1&name[a][]=2 is a list as name[a]=1&name[a]=2 is
                _put(found, path, texts if len(texts) > 1 else texts[0])
        return found or MISSING

    def _cookie(self, cookies: Mapping[str, list[str]]) -> Any:
        # OpenAPI 3.2.0 section 4.12.3: style cookie has no percent-encoding.
        decode = str if self._parameter.style == "cookie" else _decoded
        if self.shape == "object" and self._parameter.explode:
            return {name: decode(cookies[name][0]) for name in self.names if name in cookies} or MISSING
        texts = cookies.get(self._parameter.name)
        if texts is None:
            return MISSING
        # One name may be set for several paths, the most specific comes first (RFC 6265, section 5.4).
        return self._form(texts if self.shape == "array" and self._parameter.explode else texts[:1], decode)

    def _composed(self, parts: list[str], decode: Callable[[str], str], explode: bool) -> Any:
        """Return a list, or a map spelled ``k=v,k=v`` (explode) or ``k,v,k,v``."""
        if self.shape == "array":
            return [decode(part) for part in parts]
        if explode:
            pairs = [part.partition("=")[::2] for part in parts]
        elif len(parts) % 2:
            raise Malformed("must list its properties as name,value,name,value")
        else:
            pairs = list(zip(parts[::2], parts[1::2], strict=True))
        return {decode(key): decode(value) for key, value in pairs}


def _says_unused_when_empty(contract: Any, parameter: Parameter) -> bool:
    """Tell whether an empty value stands for none (OpenAPI 3.1.1 section 4.8.12.2.1, allowEmptyValue)."""
    place = parameter.pointer.removesuffix("/schema")
    node = resolve(contract, place) if parameter.location == "query" and has(contract, place) else {}
    return not parameter.required and isinstance(node, dict) and node.get("allowEmptyValue") is True


def _shape(types: frozenset[str]) -> str:
    if "string" in types or not types & {"array", "object"}:
        return "scalar"
    return "array" if "array" in types else "object"


def _only(values: list[str]) -> str:
    if len(values) > 1:
        raise Malformed(f"is given {len(values)} times, must be given once")
    return values[0]


def _decoded(text: str) -> str:
    return unquote(text, errors="strict")


def _decoded_plus(text: str) -> str:
    """Decode text of a query string, where ``+`` is a space (in a path, header or cookie it is not)."""
    if "%" not in text and "+" not in text:
        return text
    return unquote_plus(text, errors="strict")


def _put(found: dict[str, Any], path: list[str], value: Any) -> None:
    if len(path) > 20:
        raise Malformed("must name its properties in brackets (style deepObject)")
    for key in path[:-1]:
        found = found.setdefault(key, {})
        if not isinstance(found, dict):
            raise Malformed("gives one property both a value and members")
    if path[-1] in found:
        raise Malformed(f"gives the property {path[-1]!r} twice")
    found[path[-1]] = value
