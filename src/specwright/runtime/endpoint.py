"""One operation, compiled: request -> arguments of the handler, response of the handler -> answer."""

import logging
from collections.abc import Mapping
from functools import cached_property
from typing import Any, get_args, get_type_hints

import pydantic

from specwright.plan import Direction, Media, Operation
from specwright.runtime.forms import FormReader, Parts, attached, parts_of
from specwright.runtime.media import Decoder, decoder, matching, negotiated, offered, remembered
from specwright.runtime.outcomes import Outcome
from specwright.runtime.parameters import ParameterReader, as_given
from specwright.runtime.readonly import read_only_names, without_read_only
from specwright.runtime.refusals import Breach, Refusal
from specwright.runtime.responses import Answer, Response
from specwright.runtime.security import Guard, query_names
from specwright.runtime.styles import Raw
from specwright.runtime.types import adapter
from specwright.spec.excerpt import excerpt
from specwright.spec.media import is_form
from specwright.spec.pointer import escape
from specwright.spec.schemas import Schemas, Validator
from specwright.spec.violations import Violation

logger = logging.getLogger("specwright.runtime")

_MOST_BREACHES = 100  # a refusal is short, however many faults a hostile request has
_NO_BODY = Breach("body", Violation("", "required", "is required", expected=True))
_PLAIN = (str, bool, str | None, bool | None, Any, type(None))


class Endpoint:
    """Enforces the contract of one operation around its handler."""

    def __init__(
        self, operation: Operation, contract: Any, schemas: Mapping[Direction, Schemas], guard: Guard, method: Any
    ) -> None:
        self.operation, self.guard = operation, guard
        self._responses = schemas["response"]
        self.readers = [ParameterReader(parameter, contract, schemas["request"]) for parameter in operation.parameters]
        self._reads = [(reader.parameter.identifier, reader.read) for reader in self.readers]
        self._query_names = self._known_names(contract)
        self._keep_apart(contract)
        self._request_media = offered(operation.body.media) if operation.body else ()
        self._response_media = self._offers()
        self._hints = get_type_hints(method, include_extras=True)
        self._reader = remembered(self._reading)
        is_required = operation.body is not None and operation.body.required
        self._absent = [_NO_BODY] if is_required else []
        self._bodies = {media.media_type: _Body(media, contract, schemas["request"]) for media in _media(operation)}

    def ignore_unknown_query(self) -> None:
        """Let the query string have any key."""
        self._query_names = None

    # --- before the handler -----------------------------------------------------------------------------------

    def check_media(self, headers: Mapping[str, str]) -> None:
        """Raise Refusal 406 when the client takes no media type of the success responses."""
        accept = headers.get("accept", "*/*")
        if not self._response_media or accept == "*/*" or accept in self._response_media:
            return
        if negotiated(accept, self._response_media) is None:
            raise Refusal(406, f"the answer is {' or '.join(self._response_media)}, which Accept excludes")

    async def arguments(self, raw: Raw, data: bytes) -> dict[str, Any]:
        """Return the handler's arguments; raises Refusal with everything that is wrong with the request."""
        breaches = self._unknown(raw) if raw.query else []
        values = {name: read(raw, breaches) for name, read in self._reads}
        if data and self._request_media:
            values["body"] = await self._body(raw.headers.get("content-type", ""), data, breaches)
        elif self.operation.body:
            values["body"] = None
            breaches += self._absent
        if breaches:
            raise Refusal(400, _sentence(breaches), tuple(breaches[:_MOST_BREACHES]))
        for name, to_python in self._to_python:
            if values[name] is not None:
                values[name] = _python(name, to_python, values[name])
        return values

    def _unknown(self, raw: Raw) -> list[Breach]:
        if self._query_names is None or self._query_names.issuperset(raw.query):
            return []
        known, message = self._query_names, "is not a parameter of this operation"
        return [
            Breach(
                "query",
                Violation(f"/{escape(name)}", "unknown", message, excerpt(sorted(known)), excerpt(as_given(given))),
            )
            for name, given in raw.query.items()
            if name not in known and not self._is_bracketed(name)
        ]

    def _is_bracketed(self, name: str) -> bool:
        deep = [reader.parameter.name for reader in self.readers if reader.parameter.style == "deepObject"]
        return any(name.startswith(f"{base}[") for base in deep)

    async def _body(self, content_type: str, data: bytes, breaches: list[Breach]) -> Any:
        """Return the value of a body and add what is wrong with it; raises Refusal."""
        body, decode = self._reader(content_type)
        if decode is None:
            return body.form(await parts_of(content_type, data), breaches)
        value = decode(data)
        return value if isinstance(value, bytes) else body.checked(value, breaches)

    def _reading(self, content_type: str) -> tuple["_Body", Decoder | None]:
        """Return who reads a body of ``content_type``, and what decodes it unless it is a form; raises Refusal 415."""
        declared = matching(content_type, self._request_media) if content_type else None
        if declared is None:
            given = f"not {content_type}" if content_type else "and the request has no Content-Type"
            raise Refusal(415, f"the body must be {' or '.join(self._request_media)}, {given}")
        return self._bodies[declared], None if is_form(content_type) else decoder(content_type)

    @cached_property
    def _to_python(self) -> tuple[tuple[str, Any], ...]:
        """What makes a handler's argument of a JSON value, for those that need it."""
        typed = [(name, hint) for name, hint in self._hints.items() if name != "return" and hint not in _PLAIN]
        return tuple((name, adapter(hint).validator) for name, hint in typed)

    # --- after the handler ------------------------------------------------------------------------------------

    def answer(self, response: Response, headers: Mapping[str, str]) -> Answer:
        """Return the checked answer; a response that breaks the contract is logged and refused with a bare 500."""
        answer = self.checked(response, headers)
        if isinstance(answer, Answer):
            return answer
        logger.error("%s broke its contract: %s", self.operation.operation_id, "; ".join(answer))
        raise Refusal(500, "The server could not answer as its contract says.")

    def checked(self, response: Response, headers: Mapping[str, str]) -> Answer | list[str]:
        """Return the answer to a request with ``headers``, or what in ``response`` breaks the contract."""
        outcome = self._outcomes.get(type(response))
        if outcome is None:
            return [f"{type(response).__name__} is no response of this operation"]
        return outcome.answer(response, headers.get("accept", "*/*"))

    @cached_property
    def _outcomes(self) -> dict[type, Outcome]:
        declared = {response.class_name: response for response in self.operation.responses}
        hint = self._hints.get("return")
        classes = get_args(hint) or (hint,)
        return {
            cls: Outcome(declared[cls.__name__], cls, self._responses) for cls in classes if cls.__name__ in declared
        }

    # --- compiled once ----------------------------------------------------------------------------------------

    def _known_names(self, contract: Any) -> frozenset[str] | None:
        """Return every key that the query string may have, None when it may have any."""
        query = [reader for reader in self.readers if reader.parameter.location == "query"]
        if any(reader.style.takes_any_name for reader in query):
            return None
        names = frozenset(name for reader in query for name in reader.style.names)
        return names | query_names(self.operation, contract.get("components", {}).get("securitySchemes", {}))

    def _keep_apart(self, contract: Any) -> None:
        """Tell every parameter which keys of the query string are not its own."""
        keys = query_names(self.operation, contract.get("components", {}).get("securitySchemes", {}))
        query = [reader for reader in self.readers if reader.parameter.location == "query"]
        for reader in query:
            reader.style.foreign = keys.union(*(other.style.names for other in query if other is not reader))

    def _offers(self) -> tuple[str, ...]:
        if not self.operation.negotiates:
            return ()
        success = [response for response in self.operation.responses if response.status[0] == "2"]
        if any(not response.media for response in success):
            return ()
        return offered([media for response in success for media in response.media])


class _Body:
    """Reads and checks bodies of one declared media type."""

    def __init__(self, media: Media, contract: Any, schemas: Schemas) -> None:
        self._media, self._schemas = media, schemas
        self._form = FormReader(media, contract, schemas)
        self._contract = contract

    @cached_property
    def _validator(self) -> Validator | None:
        return self._schemas.compile(self._media.pointer) if self._media.pointer else None

    def form(self, parts: Parts, breaches: list[Breach]) -> Any:
        """Return the object that a form spells, and add what is wrong with it."""
        return attached(self.checked(self._form.read(parts), breaches), parts)

    def checked(self, value: Any, breaches: list[Breach]) -> Any:
        """Add what is wrong with ``value`` and return it without what a request cannot set."""
        if self._validator is None:
            return value
        if not self._validator.is_valid(value):
            breaches += [Breach("body", violation) for violation in self._validator.violations(value)]
        elif self._read_only:
            return without_read_only(value, self._read_only, self._validator)
        return value

    @cached_property
    def _read_only(self) -> frozenset[str]:
        return read_only_names(self._contract, self._media.pointer) if self._media.pointer else frozenset()


def _media(operation: Operation) -> tuple[Media, ...]:
    return operation.body.media if operation.body else ()


def _sentence(breaches: list[Breach]) -> str:
    shown = "; ".join(str(breach) for breach in breaches[:5])
    return shown if len(breaches) <= 5 else f"{shown}; and {len(breaches) - 5} more"


def _python(name: str, to_python: Any, value: Any) -> Any:
    try:
        return to_python.validate_python(value, by_alias=True, by_name=False)
    except pydantic.ValidationError as error:
        raise Refusal(400, f"{name} cannot be represented", tuple(_from_pydantic(name, error))) from None


def _from_pydantic(name: str, error: pydantic.ValidationError) -> list[Breach]:
    location = "body" if name == "body" else "parameter"
    return [Breach(location, _unrepresentable(item)) for item in error.errors(include_url=False, include_context=False)]


def _unrepresentable(item: Any) -> Violation:
    pointer = "".join(f"/{escape(str(token))}" for token in item["loc"])
    return Violation(pointer, item["type"], item["msg"].lower(), received=excerpt(item["input"]))
