"""Read the parameters of a request: their texts, the values that they spell, whether those obey the schema."""

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any

from specwright.plan import Parameter
from specwright.runtime.media import BadJson, json_value
from specwright.runtime.refusals import Breach
from specwright.runtime.styles import MISSING, Malformed, Raw, Style
from specwright.runtime.values import Reading, scalar
from specwright.spec.excerpt import excerpt
from specwright.spec.media import is_json
from specwright.spec.pointer import escape, has, resolve
from specwright.spec.schemas import Schemas, Validator
from specwright.spec.violations import Violation

_SCALARS = frozenset({"boolean", "integer", "number", "string"})


class ParameterReader:
    """Reads one parameter: its text, its value, whether the value obeys the schema."""

    def __init__(self, parameter: Parameter, contract: Any, schemas: Schemas) -> None:
        self.parameter = parameter
        self._contract, self._schemas = contract, schemas
        self._schema = resolve(contract, parameter.pointer) if has(contract, parameter.pointer) else True
        self._reading = Reading(contract, self._schema)
        self.style = Style(parameter, self._reading.types, contract, self._schema)
        self._text, self._value = self.style.text, self._converter()

    @cached_property
    def _validator(self) -> Validator:
        if self._schema is True:
            return self._schemas.compile_schema(True)
        return self._schemas.compile(self.parameter.pointer)

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
        return Breach(self.parameter.location, violation._replace(pointer=pointer))

    @property
    def _spelling(self) -> str:
        """How the contract wants the value spelled: its style, or its media type."""
        return self.parameter.media_type or self.parameter.style

    def _given(self, raw: Raw) -> Any:
        """Return what the request has under the name of the parameter, as it is written."""
        name = self.parameter.name.lower() if self.parameter.location == "header" else self.parameter.name
        sources = {"path": raw.path, "query": raw.query, "header": raw.headers, "cookie": raw.cookies}
        found = sources[self.parameter.location].items()
        own = {key: as_given(given) for key, given in found if key.partition("[")[0] == name or key in self.style.names}
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


def as_given(given: Any) -> Any:
    """Return what a request has under a name: the one value where there is one."""
    return given[0] if isinstance(given, list) and len(given) == 1 else given


def _from_media(media_type: str, text: str) -> Any:
    if not is_json(media_type):
        return text
    try:
        return json_value(text.encode())
    except BadJson as error:
        raise Malformed(f"is not valid JSON: {error}") from None
