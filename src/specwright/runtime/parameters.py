"""Decode the parameters of a request: every location, style and explode of the specification.

Source: OpenAPI 3.1.1 section 4.8.12.2 (style values) and RFC 6570. What can be decided per parameter is decided once.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, NamedTuple
from urllib.parse import unquote

from specwright.plan import Parameter
from specwright.runtime.media import BadJson, is_json, json_value
from specwright.runtime.refusals import Breach
from specwright.runtime.values import Reading, scalar
from specwright.spec.excerpt import excerpt
from specwright.spec.parts import is_closed, properties_of
from specwright.spec.pointer import escape, has, resolve
from specwright.spec.schemas import Schemas, Validator
from specwright.spec.violations import Violation

MISSING: Any = object()
_SCALARS = frozenset({"boolean", "integer", "number", "string"})
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


class ParameterReader:
    """Reads one parameter: its text, its value, whether the value obeys the schema."""

    def __init__(self, parameter: Parameter, contract: Any, schemas: Schemas) -> None:
        self.parameter = parameter
        self._contract, self._schemas = contract, schemas
        self._schema = resolve(contract, parameter.pointer) if has(contract, parameter.pointer) else True
        self._reading = Reading(contract, self._schema)
        # What ``content`` spells is one text, whatever it means.
        self.shape = _shape(self._reading.types) if parameter.media_type is None else "scalar"
        self._text = self._reader()
        self._value = self._converter()
        self._is_unused_when_empty = _says_unused_when_empty(contract, parameter)
        # Keys of the query string that belong to other parameters or to credentials.
        self.foreign: frozenset[str] = frozenset()

    @cached_property
    def _validator(self) -> Validator:
        if self._schema is True:
            return self._schemas.compile_schema(True)
        return self._schemas.compile(self.parameter.pointer)

    @cached_property
    def names(self) -> frozenset[str]:
        """The keys of the query string that belong to this parameter; ``name[`` stands for all that begin so."""
        if self.parameter.style in ("form", "cookie") and self.parameter.explode and self.shape == "object":
            return frozenset(properties_of(self._contract, self._schema))
        if self.parameter.style == "deepObject":
            return frozenset({self.parameter.name, f"{self.parameter.name}["})
        return frozenset({self.parameter.name})

    @cached_property
    def takes_any_name(self) -> bool:
        """Tell whether any key of the query string may be a property of this parameter."""
        form = self.parameter.location == "query" and self.parameter.style == "form" and self.parameter.explode
        return form and self.shape == "object" and not is_closed(self._contract, self._schema)

    def read(self, raw: Raw, breaches: list[Breach]) -> Any:
        """Return the value (the default or None when there is none) and add what is wrong with it."""
        try:
            text = self._text(raw)
            value = text if text is MISSING else self._value(text)
        except (Malformed, ValueError) as error:
            message = str(error) if isinstance(error, Malformed) else "is not valid UTF-8"
            breaches.append(self._breach(Violation("", "style", message, self._spelling, excerpt(self._given(raw)))))
            return None
        if value is MISSING:
            if self.parameter.required:
                breaches.append(self._breach(Violation("", "required", "is required", expected=True)))
            return None if self.parameter.optional else self.parameter.default
        return value if self._validator.is_valid(value) else self._invalid(value, text, breaches)

    def spelled(self, raw: Raw) -> Any:
        """Return the value, MISSING when there is none; raises Malformed. Whether it obeys the schema is not asked."""
        text = self._text(raw)
        return text if text is MISSING else self._value(text)

    def _invalid(self, value: Any, text: Any, breaches: list[Breach]) -> Any:
        may_be_text = self.parameter.media_type is None and "string" in self._reading.types
        if value != text and may_be_text and isinstance(text, str) and self._validator.is_valid(text):
            return text
        breaches += [self._breach(violation) for violation in self._validator.violations(value)]
        return None

    def _breach(self, violation: Violation) -> Breach:
        pointer = f"/{escape(self.parameter.name)}{violation.pointer}"
        return Breach(self.parameter.location, replace(violation, pointer=pointer))

    @property
    def _spelling(self) -> str:
        """How the contract wants the value spelled: its style, or its media type."""
        return self.parameter.media_type or self.parameter.style

    def _given(self, raw: Raw) -> Any:
        """Return what the request has under the name of the parameter, as it is written."""
        name = self.parameter.name.lower() if self.parameter.location == "header" else self.parameter.name
        sources = {"path": raw.path, "query": raw.query, "header": raw.headers, "cookie": raw.cookies}
        found = sources[self.parameter.location].items()
        own = {key: _one(given) for key, given in found if key.partition("[")[0] == name or key in self.names}
        return own[name] if own.keys() == {name} else own

    def _converter(self) -> Callable[[Any], Any]:
        """Return what makes a value of the text, or of the lists and maps of texts."""
        if self.parameter.media_type is not None:
            return partial(_from_media, self.parameter.media_type)
        if self._reading.types == {"string"} and self.parameter.style != "deepObject":
            return str
        if self._reading.types <= _SCALARS and self.parameter.style != "deepObject":
            return partial(scalar, types=self._reading.types)
        return self._reading.value

    # --- where the text is, and how the style spells lists and maps --------------------------------------------

    def _reader(self) -> Callable[[Raw], Any]:
        parameter = self.parameter
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
        text = raw.path.get(self.parameter.name, MISSING)
        if text is MISSING:
            return MISSING
        style = self.parameter.style
        if style == "label":
            return self._label(text)
        if style == "matrix":
            return self._matrix(text)
        return self._simple(text, _decoded)

    def _from_header(self, raw: Raw) -> Any:
        text = raw.headers.get(self.parameter.name.lower())
        if text is None:
            return MISSING
        if is_json(self.parameter.media_type or ""):
            text = text.encode("latin-1").decode()  # a header comes as octets, a character each; JSON is UTF-8
        return self._simple(text, str.strip)

    def _simple(self, text: str, decode: Callable[[str], str]) -> Any:
        if self.shape == "scalar":
            return decode(text)
        parts = text.split(",") if text else []
        return self._composed(parts, decode, self.parameter.explode)

    def _label(self, text: str) -> Any:
        if not text.startswith("."):
            raise Malformed("must start with '.' (style label)")
        if self.shape == "scalar":
            return _decoded(text[1:])
        parts = text[1:].split("." if self.parameter.explode else ",")
        return self._composed(parts, _decoded, self.parameter.explode)

    def _matrix(self, text: str) -> Any:
        name = self.parameter.name
        if not text.startswith(";"):
            raise Malformed("must start with ';' (style matrix)")
        parts = text[1:].split(";")
        if self.shape == "object" and self.parameter.explode:
            return self._composed(parts, _decoded, explode=True)
        values = []
        for part in parts:
            key, _, value = part.partition("=")
            if _decoded(key) != name:
                raise Malformed(f"must be spelled ;{name}=... (style matrix)")
            values.append(value)
        if self.shape == "scalar":
            return _decoded(_only(values))
        if self.shape == "array" and self.parameter.explode:
            return [_decoded(value) for value in values]
        return self._composed(_only(values).split(","), _decoded, explode=False)

    def _one_from_query(self, raw: Raw) -> Any:
        values = raw.query.get(self.parameter.name)
        if values is None or (self._is_unused_when_empty and values == [""]):
            return MISSING
        return _decoded_plus(values[0] if len(values) == 1 else _only(values))

    def _from_query(self, raw: Raw) -> Any:
        parameter = self.parameter
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
        if self.parameter.explode and self.shape == "array":
            return [decode(value) for value in values]
        text = _only(values)
        parts = _SEPARATORS.get(self.parameter.style, _SEPARATORS["form"]).split(text) if text else []
        return self._composed(parts, decode, explode=False)

    def _deep_object(self, raw: Raw) -> Any:
        """``name[a][b]=1`` -> {a: {b: 1}}."""
        plain = raw.query.get(self.parameter.name)
        if plain and self.shape != "object":  # the style is defined for objects: anything else is spelled as in a form
            return self._form(plain, _decoded_plus)
        found: dict[str, Any] = {}
        for key, values in raw.query.items():
            if key == self.parameter.name or key.startswith(f"{self.parameter.name}["):
                brackets = key[len(self.parameter.name) :]
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
        decode = str if self.parameter.style == "cookie" else _decoded
        if self.shape == "object" and self.parameter.explode:
            return {name: decode(cookies[name][0]) for name in self.names if name in cookies} or MISSING
        texts = cookies.get(self.parameter.name)
        if texts is None:
            return MISSING
        # One name may be set for several paths, the most specific comes first (RFC 6265, section 5.4).
        return self._form(texts if self.shape == "array" and self.parameter.explode else texts[:1], decode)

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


def _one(given: Any) -> Any:
    return given[0] if isinstance(given, list) and len(given) == 1 else given


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
    return unquote(text.replace("+", " "), errors="strict")


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


def _from_media(media_type: str, text: str) -> Any:
    if not is_json(media_type):
        return text
    try:
        return json_value(text.encode())
    except BadJson as error:
        raise Malformed(f"is not valid JSON: {error}") from None
