"""Answers of handlers, in process: what breaks the contract is caught, what it declares is sent.

A handler is made to return one answer after the other. What a schema, a header, a status or a media type does not allow
must become a 500 that tells the client nothing.
"""

import json
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from types import ModuleType
from typing import Any

from pydantic import ValidationError

from specwright.mock.contract.answer import Answers, Form, NoAnswer
from specwright.plan import Api, Header, Media, Operation
from specwright.plan import Response as Declared
from specwright.prove.evidence import Case, Kind, Reply, Request, Unproved
from specwright.prove.probes import Judge, Probe, Undecided, said
from specwright.prove.requests import Draft, Requests, Unsendable
from specwright.prove.rules import leaks
from specwright.prove.sites import Sites
from specwright.prove.spelling import Unspellable
from specwright.prove.subject import Subject, served
from specwright.prove.variants import Variant, Variants
from specwright.prove.witness import witness_of
from specwright.runtime.responses import Response
from specwright.runtime.samples import NoSample, Samples
from specwright.spec.media import is_json
from specwright.spec.schemas import Schemas

_UNDECLARED_TYPE = "application/x-undeclared"
_UNDECLARED_STATUS = 799


class Undeclared(Response):
    """An answer that no operation declares."""

    status = 200


class Theatre:
    """A server whose handlers return what they are told to."""

    def __init__(self, api: Api, package: ModuleType) -> None:
        self._answer: Any = None
        self.target = served(api, package, self)

    def __getattr__(self, name: str) -> Any:
        """Return the handler of the operation ``name``."""
        if name.startswith("__"):
            raise AttributeError(name)

        async def handler(**_: Any) -> Any:
            return self._answer

        return handler

    def send(self, answer: Any, request: Request) -> Reply:
        """Return the reply to ``request`` when the handler returns ``answer``."""
        self._answer = answer
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pydantic says that it writes what it did not read, as it is meant to
            return self.target.send(request)

    def close(self) -> None:
        """End the server."""
        self.target.close()


@dataclass(frozen=True)
class _Scene:
    """One declared response of one operation, with an answer that is right."""

    request: Draft
    declared: Declared
    form: Form
    sound: Any

    @property
    def location(self) -> str:
        return f"response {self.declared.status}"


@dataclass(frozen=True)
class _Line:
    """What a case says of itself."""

    location: str
    pointer: str
    keyword: str
    kind: Kind
    what: str

    def unproved(self, operation: Operation, reason: str) -> Unproved:
        return Unproved(operation.operation_id, self.location, self.pointer, self.keyword, self.kind, reason)


def _line(location: str, variant: Variant) -> _Line:
    kind: Kind = "answer sent" if variant.is_valid else "answer caught"
    return _Line(location, variant.pointer, variant.site.keyword, kind, variant.what)


class Rehearsal:
    """Makes the probes of the answers of one subject."""

    def __init__(self, subject: Subject, package: ModuleType, requests: Requests) -> None:
        self._subject, self._requests = subject, requests
        self._theatre = Theatre(subject.api, package)
        self._answers = Answers(subject.api, package)
        self._witness = witness_of(subject.contract, "response")
        contract = self._witness.contract
        self._samples = Samples(contract, Schemas(contract))
        self._sites = Sites(self._witness, self._samples)
        self._variants = Variants(self._witness, self._sites)

    def close(self) -> None:
        """End the server."""
        self._theatre.close()

    def probes(self) -> Iterator[Probe | Unproved]:
        """Yield a probe for everything that can be tried, and what cannot."""
        for operation in self._subject.api.operations:
            try:
                draft = self._requests.sound(operation)
            except (Unsendable, Unspellable) as error:
                yield Unproved(operation.operation_id, "response", "", "", "answer sent", str(error))
                continue
            for declared in operation.responses:
                yield from self._response(draft, operation, declared)
            yield self._caught(draft, _Line("response", "", "status", "answer caught", "undeclared"), Undeclared())

    def _response(self, draft: Draft, operation: Operation, declared: Declared) -> Iterator[Probe | Unproved]:
        code = declared.code
        location = f"response {declared.status}"
        try:
            forms = self._answers.forms(operation, code) if code else self._answers.forms(operation, _some(declared))
            form = next(form for form in forms if form.declared.class_name == declared.class_name)
            sound = form.exact(form.example, code or _some(declared))
        except (NoAnswer, NoSample, ValidationError, StopIteration) as error:
            yield Unproved(operation.operation_id, location, "", "status", "answer sent", f"no answer: {error}")
            return
        scene = _Scene(draft, declared, form, sound)
        yield from self._statuses(scene)
        for header in declared.headers:
            yield from self._header(scene, header)
        for media in declared.media:
            yield from self._media(scene, media)

    # --- statuses and media types -----------------------------------------------------------------------------

    def _statuses(self, scene: _Scene) -> Iterator[Probe]:
        if not scene.declared.media:
            line = _Line(scene.location, "", "status", "answer sent", "declared")
            yield self._probe(scene.request, line, scene.sound, Sent(int(scene.sound.status), ""))
        if scene.declared.code is None:
            wrong = replace(scene.sound, status=_UNDECLARED_STATUS)
            line = _Line(scene.location, "", "status", "answer caught", str(_UNDECLARED_STATUS))
            yield self._caught(scene.request, line, wrong)

    def _media(self, scene: _Scene, media: Media) -> Iterator[Probe | Unproved]:
        location = f"{scene.location} {media.media_type}"
        line = _Line(location, "", "content", "answer sent", "declared")
        try:
            sound = scene.form.exact(self._body(scene, media), int(scene.sound.status), media)
        except (NoSample, ValidationError) as error:
            yield line.unproved(scene.request.operation, f"no answer: {error}")
            return
        accepting = scene.request.having("header", "Accept", media.media_type)
        request = accepting if scene.request.operation.negotiates else scene.request
        judge = Sent(int(sound.status), media.media_type)
        yield self._probe(request, line, sound, judge)
        if scene.declared.choice is not None:
            wrong = replace(sound, media_type=_UNDECLARED_TYPE)
            line = _Line(location, "", "content", "answer caught", _UNDECLARED_TYPE)
            yield self._caught(request, line, wrong)
        if media.pointer and is_json(media.media_type) and scene.declared.annotation not in ("Content", "Text", None):
            yield from self._bodies(request, location, media, sound)

    def _body(self, scene: _Scene, media: Media) -> Any:
        if media is scene.declared.media[0] or not media.pointer:
            return scene.form.example
        examples = list(self._samples.examples(media.pointer.rpartition("/")[0]))
        return next((value for value in examples if scene.form.obeys(media, value)), None) or self._samples.of(
            media.pointer
        )

    # --- values -----------------------------------------------------------------------------------------------

    def _bodies(self, request: Draft, location: str, media: Media, sound: Any) -> Iterator[Probe | Unproved]:
        pointer = str(media.pointer)
        examples = list(self._samples.examples(pointer.rpartition("/")[0]))
        for variant in self._variants.of(pointer, self._sites.starts(pointer, examples), _as_it_is):
            line = _line(location, variant)
            if variant.reason:
                yield line.unproved(request.operation, variant.reason)
                continue
            answer = replace(sound, body=variant.value)
            judge: Judge = Caught(partial(self._is_mended, pointer))
            if variant.is_valid:
                judge = Sent(int(sound.status), media.media_type)
            yield self._probe(request, line, answer, judge)

    def _header(self, scene: _Scene, header: Header) -> Iterator[Probe | Unproved]:
        location, request = f"{scene.location} header {header.name}", scene.request
        if header.required:
            wrong = replace(scene.sound, **{header.identifier: None})
            yield self._caught(request, _Line(location, "", "required", "answer caught", "absent"), wrong)
        if not header.pointer:
            return
        starts = self._sites.starts(header.pointer, list(self._samples.examples(header.pointer.rpartition("/")[0])))
        for variant in self._variants.of(header.pointer, starts, _as_it_is):
            if variant.value is None and not variant.reason:
                continue  # None leaves a header out
            line = _line(location, variant)
            if variant.reason:
                yield line.unproved(request.operation, variant.reason)
                continue
            answer = replace(scene.sound, **{header.identifier: variant.value})
            judge = Sent(int(scene.sound.status), "") if variant.is_valid else Caught(_never_mended)
            yield self._probe(request, line, answer, judge)

    def _is_mended(self, pointer: str, reply: Reply) -> bool:
        """Tell whether what was sent obeys the schema after all: some of what is wrong no JSON can say."""
        try:
            return self._witness.is_valid(pointer, json.loads(reply.body))
        except ValueError:
            return False

    # --- the probes -------------------------------------------------------------------------------------------

    def _caught(self, draft: Draft, line: _Line, answer: Any) -> Probe:
        return self._probe(draft, line, answer, Caught(_never_mended))

    def _probe(self, draft: Draft, line: _Line, answer: Any, judge: Judge) -> Probe:
        name = draft.operation.operation_id
        case = Case("answers", name, line.location, line.pointer, line.keyword, line.kind, line.what, draft.built())
        return Probe(case, partial(self._theatre.send, answer), judge)


def _as_it_is(value: Any) -> Any:
    return value


def _some(declared: Declared) -> int:
    """Return a status that a response of a range or ``default`` may have."""
    return int(declared.status[0]) * 100 if declared.status[0].isdigit() else 200


def _never_mended(_: Reply) -> bool:
    return False


@dataclass(frozen=True)
class Sent:
    """A declared answer leaves as it is."""

    status: int
    media_type: str

    def __call__(self, reply: Reply) -> str:
        """Return what is wrong."""
        if reply.status != self.status:
            return f"answered {said(reply)}: must be {self.status}"
        sent = (reply.header("content-type") or "").partition(";")[0].strip()
        wanted = self.media_type.partition(";")[0].strip()
        if wanted and "*" not in wanted and sent != wanted:
            return f"answered with {sent or 'no media type'}: must be {wanted}"
        return ""


@dataclass(frozen=True)
class Caught:
    """An answer that breaks the contract becomes a 500 that tells the client nothing of it."""

    is_mended: Callable[[Reply], bool]

    def __call__(self, reply: Reply) -> str:
        """Return what is wrong; raises Undecided where what leaves obeys the contract after all."""
        if reply.status == 500:
            return leaks(reply)
        if self.is_mended(reply):
            raise Undecided("what is sent obeys the schema: the writer says it so")
        return f"answered {said(reply)}: must be caught"
