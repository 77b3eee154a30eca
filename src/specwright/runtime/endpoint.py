"""One operation, compiled: request -> arguments of the handler, response of the handler -> answer."""

import logging
from collections.abc import Mapping
from functools import cached_property
from typing import Any, get_args, get_type_hints

import pydantic
from pydantic import TypeAdapter

from specwright.plan import Body, Direction, Media, Operation
from specwright.runtime.forms import FormReader, attached, is_form, parts_of
from specwright.runtime.media import matching, negotiated, offered, parse
from specwright.runtime.outcomes import Outcome
from specwright.runtime.parameters import MISSING, ParameterReader, Raw
from specwright.runtime.refusals import Breach, Refusal
from specwright.runtime.responses import Answer, Response
from specwright.runtime.security import Guard, query_names
from specwright.spec.pointer import escape
from specwright.spec.violations import Schemas, Validator, Violation

logger = logging.getLogger("specwright.runtime")

_MOST_BREACHES = 100  # a refusal is short, however many faults a hostile request has
_PLAIN = (str, bool, str | None, bool | None, Any, type(None))


class Endpoint:
    """Enforces the contract of one operation around its handler."""

    def __init__(
        self, operation: Operation, contract: Any, schemas: Mapping[Direction, Schemas], guard: Guard, method: Any
    ) -> None:
        self.operation, self.guard = operation, guard
        self._responses = schemas["response"]
        self.readers = [ParameterReader(parameter, contract, schemas["request"]) for parameter in operation.parameters]
        self._query_names = self._known_names(contract)
        self._keep_apart(contract)
        self._request_media = offered(operation.body.media) if operation.body else ()
        self._response_media = self._offers()
        self._hints = get_type_hints(method, include_extras=True)
        self._bodies = {media.media_type: _Body(media, contract, schemas["request"]) for media in _media(operation)}

    # --- before the handler -----------------------------------------------------------------------------------

    def check_media(self, headers: Mapping[str, str]) -> None:
        """Raise Refusal 406 when the client takes no media type of the success responses."""
        accept = headers.get("accept", "*/*")
        if self._response_media and accept != "*/*" and negotiated(accept, self._response_media) is None:
            raise Refusal(406, f"the answer is {' or '.join(self._response_media)}, which Accept excludes")

    async def arguments(self, raw: Raw, data: bytes) -> dict[str, Any]:
        """Return the handler's arguments; raises Refusal with everything that is wrong with the request."""
        breaches = self._unknown(raw)
        values = {reader.parameter.identifier: reader.read(raw, breaches) for reader in self.readers}
        if self.operation.body:
            values["body"] = await self._body(self.operation.body, raw.headers, data, breaches)
        if breaches:
            raise Refusal(400, _sentence(breaches), tuple(breaches[:_MOST_BREACHES]))
        return {name: None if value is MISSING else self._python(name, value) for name, value in values.items()}

    def _unknown(self, raw: Raw) -> list[Breach]:
        if self._query_names is None:
            return []
        return [
            Breach("query", Violation(f"/{escape(name)}", "unknown", "is not a parameter of this operation"))
            for name in raw.query
            if name not in self._query_names and not self._is_bracketed(name)
        ]

    def _is_bracketed(self, name: str) -> bool:
        deep = [reader.parameter.name for reader in self.readers if reader.parameter.style == "deepObject"]
        return any(name.startswith(f"{base}[") for base in deep)

    async def _body(self, body: Body, headers: Mapping[str, str], data: bytes, breaches: list[Breach]) -> Any:
        if not data:
            if body.required:
                breaches.append(Breach("body", Violation("", "required", "is required")))
            return MISSING
        content_type = headers.get("content-type", "")
        declared = matching(content_type, self._request_media) if content_type else None
        if declared is None:
            given = f"not {content_type}" if content_type else "and the request has no Content-Type"
            raise Refusal(415, f"the body must be {' or '.join(self._request_media)}, {given}")
        return await self._bodies[declared].read(content_type, data, breaches)

    def _python(self, name: str, value: Any) -> Any:
        adapter = self._adapters[name]
        if adapter is None:
            return value
        try:
            return adapter.validate_python(value, by_alias=True, by_name=False)
        except pydantic.ValidationError as error:
            raise Refusal(400, f"{name} cannot be represented", tuple(_from_pydantic(name, error))) from None

    @cached_property
    def _adapters(self) -> dict[str, TypeAdapter[Any] | None]:
        return {
            name: None if hint in _PLAIN else TypeAdapter(hint)
            for name, hint in self._hints.items()
            if name != "return"
        }

    # --- after the handler ------------------------------------------------------------------------------------

    def answer(self, response: Response, headers: Mapping[str, str]) -> Answer:
        """Return the checked answer; a response that breaks the contract is logged and refused with a bare 500."""
        outcome = self._outcomes.get(type(response))
        answer: Answer | list[str] = [f"{type(response).__name__} is no response of this operation"]
        if outcome is not None:
            answer = outcome.answer(response, headers.get("accept", "*/*"))
        if isinstance(answer, Answer):
            return answer
        logger.error("%s broke its contract: %s", self.operation.operation_id, "; ".join(answer))
        raise Refusal(500, "The server could not answer as its contract says.")

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
        if any(reader.takes_any_name for reader in query):
            return None
        names = frozenset(name for reader in query for name in reader.names)
        return names | query_names(self.operation, contract.get("components", {}).get("securitySchemes", {}))

    def _keep_apart(self, contract: Any) -> None:
        """Tell every parameter which keys of the query string are not its own."""
        keys = query_names(self.operation, contract.get("components", {}).get("securitySchemes", {}))
        query = [reader for reader in self.readers if reader.parameter.location == "query"]
        for reader in query:
            reader.foreign = keys.union(*(other.names for other in query if other is not reader))

    def _offers(self) -> tuple[str, ...]:
        if any(p.location == "header" and p.name.lower() == "accept" for p in self.operation.parameters):
            return ()  # the contract gives Accept a meaning of its own
        success = [response for response in self.operation.responses if response.status[0] == "2"]
        if any(not response.media for response in success):
            return ()
        return offered([media for response in success for media in response.media])


class _Body:
    """Reads and checks bodies of one declared media type."""

    def __init__(self, media: Media, contract: Any, schemas: Schemas) -> None:
        self._media, self._schemas = media, schemas
        self._form = FormReader(media, contract, schemas)

    @cached_property
    def _validator(self) -> Validator | None:
        return self._schemas.compile(self._media.pointer) if self._media.pointer else None

    async def read(self, content_type: str, data: bytes, breaches: list[Breach]) -> Any:
        parts = await parts_of(content_type, data) if is_form(content_type) else None
        value = parse(content_type, data) if parts is None else self._form.read(parts)
        if self._validator is not None and not isinstance(value, bytes) and not self._validator.is_valid(value):
            breaches += [Breach("body", violation) for violation in self._validator.few_violations(value)]
        return attached(value, parts) if parts else value


def _media(operation: Operation) -> tuple[Media, ...]:
    return operation.body.media if operation.body else ()


def _sentence(breaches: list[Breach]) -> str:
    shown = "; ".join(str(breach) for breach in breaches[:5])
    return shown if len(breaches) <= 5 else f"{shown}; and {len(breaches) - 5} more"


def _from_pydantic(name: str, error: pydantic.ValidationError) -> list[Breach]:
    location = "body" if name == "body" else "parameter"
    return [
        Breach(
            location,
            Violation("".join(f"/{escape(str(token))}" for token in item["loc"]), item["type"], item["msg"].lower()),
        )
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    ]
