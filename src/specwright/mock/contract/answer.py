"""Answers made of the contract: any declared response, by example or by chance, with the request's own values put in.

Every answer obeys its schema: a value of the request is taken over only where the contract allows it.
"""

import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from types import ModuleType, SimpleNamespace
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from specwright.mock.contract.dynamic import Dynamic
from specwright.mock.contract.echo import as_json, echo
from specwright.mock.prefer import NO_PREFERENCE, Preference
from specwright.plan import Api, Header, Media, Operation, Response, view
from specwright.runtime.samples import Maker, NoSample, Samples, fixed
from specwright.spec.pointer import deref, resolve
from specwright.spec.schemas import Schemas, Validator

Handler = Callable[..., Coroutine[Any, Any, Any]]

_SEED = "specwright"  # of chance, where none is preferred
# The annotations of bodies that are no values, and of none.
_RAW = ("Content", "Text", None)


@dataclass
class NoAnswer(Exception):
    """The contract has no such answer (404), or is itself in the way of one (500); ``pointer`` leads to the place in it."""

    status: int
    detail: str
    pointer: str

    def __str__(self) -> str:
        return self.detail


def handlers(api: Api, package: ModuleType) -> SimpleNamespace:
    """Return handlers for every operation of ``api`` that answer with the classes of the generated ``package``."""
    answers = Answers(api, package)
    return SimpleNamespace(**{item.identifier: _handler(answers, item) for item in api.operations})


def _handler(answers: "Answers", operation: Operation) -> Handler:
    async def handler(**arguments: Any) -> Any:
        return answers.response(operation, NO_PREFERENCE, arguments)

    return handler


class Answers:
    """The answers of one API, each made ready when it is first asked for: a large API has many that never are."""

    def __init__(self, api: Api, package: ModuleType) -> None:
        contract = view(api.contract, "response")
        schemas = Schemas(contract)
        samples = Samples(contract, schemas)
        self.material = Material(contract, schemas, samples, Dynamic(contract, samples))
        self._classes = package.handlers
        self._forms: dict[str, Form] = {}

    def response(self, operation: Operation, preference: Preference, arguments: Mapping[str, Any]) -> Any:
        """Return the response of ``operation`` to the ``arguments`` of its handler; raises NoAnswer.

        It is the preferred status (else its range, else ``default``), or without one the success. A preferred example
        is answered as it stands; into any other success the values of the request are put.
        """
        forms = self.forms(operation, preference.code)
        try:
            if preference.example is not None:
                return _named(operation, forms, preference.example, preference.code)
            form = forms[0]
            body = form.varied(preference.seed or _SEED) if preference.dynamic else form.example
            return form.filled(body, preference.code, _request(operation, arguments))
        except NoSample as error:
            raise NoAnswer(500, f"{_place(operation)}: {error}", operation.pointer) from error

    def forms(self, operation: Operation, code: int | None = None) -> list["Form"]:
        """Return what may be answered, the likeliest first: to ``code``, or else a success; raises NoAnswer."""
        return [self._form(operation, response) for response in _wanted(operation, code)]

    def _form(self, operation: Operation, response: Response) -> "Form":
        form = self._forms.get(response.class_name)
        if form is None:
            form = Form(response, getattr(self._classes, response.class_name), self.material, operation.pointer)
            self._forms[response.class_name] = form
        return form


@dataclass(frozen=True)
class Material:
    """What the answers of one contract are made of."""

    contract: Any
    schemas: Schemas
    samples: Samples
    dynamic: Dynamic


class Form:
    """One response class and what can be put into it."""

    def __init__(self, declared: Response, cls: type, material: Material, operation: str) -> None:
        self.declared, self._cls, self._material, self._operation = declared, cls, material, operation

    @cached_property
    def named(self) -> Mapping[str, tuple[Media, Any]]:
        """The examples of every media type by name; of one name, the first."""
        found: dict[str, tuple[Media, Any]] = {}
        for media in self.declared.media:
            for name, example in self._examples(media).items():
                found.setdefault(name, (media, example))
        return found

    @cached_property
    def example(self) -> Any:
        """The first example that is valid, else a sample; raises NoSample."""
        if not self.declared.media:
            return None
        media = self.declared.media[0]
        examples = [value for value in self._examples(media).values() if self.obeys(media, value)]
        if examples:
            return examples[0]
        return self._material.samples.of(media.pointer) if media.pointer else _anything(self.declared)

    @cached_property
    def shape(self) -> Any:
        """A body with every member that may be in it down to the second level, right or not; None when it is no JSON."""
        if self.declared.annotation in _RAW or not self.declared.media[0].pointer:
            return None
        return shape(self._material.contract, self.declared.media[0].pointer)

    def varied(self, seed: str) -> Any:
        """Return a body by chance; raises NoSample."""
        pointer = self.declared.media[0].pointer if self.declared.media else None
        return self._material.dynamic.of(pointer, seed) if pointer else self.example

    def filled(self, body: Any, code: int | None, request: Mapping[str, Any]) -> Any:
        """Return the response with ``body``, as the generated types allow it; a success has the values of ``request``."""
        is_success = 200 <= self._status(code) < 300
        validator = self._validators[self.declared.media[0].media_type] if self.declared.media and is_success else None
        for candidate in (echo(body, request, validator) if validator else body, body):
            with suppress(ValidationError):
                return self.exact(candidate, code)
        return self.exact(self.example, code)

    def exact(self, body: Any, code: int | None, media: Media | None = None) -> Any:
        """Return the response with ``body`` as a value of ``media``, else of the first media type."""
        status = {} if self.declared.code else {"status": self._status(code)}
        if self.declared.annotation is None:
            return self._cls(**self._headers, **status)
        said = self._media_type(media or self.declared.media[0])
        return self._cls(self._typed(body), **self._headers, **status, **said)

    def obeys(self, media: Media, value: Any) -> bool:
        """Tell whether ``value`` is a body of ``media``."""
        validator = self._validators[media.media_type]
        return validator is None or validator.is_valid(value)

    def located(self, response: Any, urls: Sequence[str]) -> Any:
        """Return ``response`` with the first of ``urls`` that its header Location may be, if it has such a header."""
        for header in self.declared.headers:
            if header.name.lower() == "location":
                validator = self._material.schemas.compile(header.pointer) if header.pointer else None
                allowed = [url for url in urls if validator is None or validator.is_valid(url)]
                for url in allowed[:1]:
                    return replace(
                        response, **{header.identifier: self._adapters[header.identifier].validate_python(url)}
                    )
        return response

    def _status(self, code: int | None) -> int:
        """Return the preferred status, else that of the class: 200 for ``default``, 300 for ``3XX``."""
        status = self.declared.status
        return code or self.declared.code or (int(status[0]) * 100 if status[0].isdigit() else 200)

    def _media_type(self, media: Media) -> dict[str, str]:
        """Return the argument that says the media type where it must be said: an example is no picture, nor says it is."""
        choice = self.declared.choice
        is_said = choice is not None and (choice.required or media != self.declared.media[0])
        return {"media_type": media.media_type.replace("*", "x-example")} if is_said else {}

    def _examples(self, media: Media) -> dict[str, Any]:
        contract = self._material.contract
        response = deref(contract, resolve(contract, f"{self._operation}/responses/{self.declared.status}"))
        return self._material.samples.named(deref(contract, response["content"][media.media_type]))

    @cached_property
    def _validators(self) -> Mapping[str, Validator | None]:
        compiled = self._material.schemas.compile
        return {media.media_type: compiled(media.pointer) if media.pointer else None for media in self.declared.media}

    @cached_property
    def _headers(self) -> Mapping[str, Any]:
        return {header.identifier: self._header(header) for header in self.declared.headers}

    def _header(self, header: Header) -> Any:
        if header.pointer is None:
            return "example" if header.required else None
        samples = self._material.samples
        examples = list(samples.examples(header.pointer.rpartition("/")[0]))
        value = examples[0] if examples else samples.of(header.pointer)
        return self._adapters[header.identifier].validate_python(value)

    @cached_property
    def _adapters(self) -> Mapping[str, TypeAdapter[Any]]:
        """What reads the headers, and the body where it is no text."""
        hints = get_type_hints(self._cls, include_extras=True)
        body = [] if self.declared.annotation in _RAW else ["body"]
        return {
            name: TypeAdapter(hints[name]) for name in [*body, *(item.identifier for item in self.declared.headers)]
        }

    def _typed(self, body: Any) -> Any:
        if self.declared.annotation not in _RAW:
            return self._adapters["body"].validate_python(body, by_alias=True, by_name=False)
        text = body if isinstance(body, str) else json.dumps(body)
        return text if self.declared.annotation == "Text" else text.encode()


def shape(contract: Any, pointer: str) -> Any:
    """Return what the schema at ``pointer`` makes with every member down to the second level, right or not."""
    return Maker(contract, 2, 0, fixed).make(resolve(contract, pointer), 0)


def _anything(response: Response) -> Any:
    """Return a body that has no schema."""
    return "example" if response.annotation in _RAW else {}


def _wanted(operation: Operation, code: int | None) -> list[Response]:
    """Return the responses that may be answered, the likeliest first; raises NoAnswer when ``code`` is not declared."""
    if code is None:
        ranked = sorted(operation.responses, key=_rank)
        return [response for response in ranked if response.status[0] == "2"] or ranked[:1]
    # What stands for several statuses stands for those that a final response has.
    others = [f"{code // 100}XX", "DEFAULT"] if 200 <= code < 600 else []
    for status in (str(code), *others):
        found = [response for response in operation.responses if response.status.upper() == status]
        if found:
            return found
    statuses = ", ".join(dict.fromkeys(response.status for response in operation.responses))
    detail = f"{_place(operation)} has no response {code}: the contract declares {statuses}"
    raise NoAnswer(404, detail, f"{operation.pointer}/responses")


def _rank(response: Response) -> tuple[bool, bool, str]:
    """Order the first 2xx response before the default one, and that before the lowest that is declared."""
    return response.status[0] != "2", response.status != "default", response.status


def _named(operation: Operation, forms: Sequence[Form], name: str, code: int | None) -> Any:
    """Return the response with the example ``name``, by whichever of ``forms`` has it; raises NoAnswer."""
    for form in forms:
        if name in form.named:
            media, example = form.named[name]
            if form.obeys(media, example):
                return form.exact(example, code, media)
            detail = f"{_place(operation)}: the example {name} of {media.media_type} does not obey its schema"
            raise NoAnswer(500, detail, f"{operation.pointer}/responses/{form.declared.status}")
    names = ", ".join(dict.fromkeys(known for form in forms for known in form.named)) or "none"
    statuses = " and ".join(dict.fromkeys(form.declared.status for form in forms))
    detail = f"{_place(operation)} has no example {name} for {statuses}: the contract has {names}"
    raise NoAnswer(404, detail, f"{operation.pointer}/responses")


def _place(operation: Operation) -> str:
    return f"{operation.method.upper()} {operation.path}"


def _request(operation: Operation, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a request by their wire names: parameters, and the members of the body above them."""
    given = ((parameter.name, arguments.get(parameter.identifier)) for parameter in operation.parameters)
    body = as_json(arguments.get("body"))
    return {
        **{name: as_json(value) for name, value in given if value is not None},
        **(body if isinstance(body, dict) else {}),
    }
