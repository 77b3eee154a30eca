"""The enforcement matrix: every operation x location x pointer x keyword, refused when broken, accepted at the edge."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from specwright.plan import Media, Operation, Parameter
from specwright.prove.evidence import Case, Kind, Reply, Request, Unproved
from specwright.prove.probes import Probe, Send, Undecided, said
from specwright.prove.requests import Draft, Requests, Unsendable
from specwright.prove.spelling import Unspellable
from specwright.prove.variants import Variant, Variants
from specwright.spec.media import is_form, is_json
from specwright.spec.pointer import escape, has

# Answers that speak of credentials and quotas, not of what was sent.
_ELSEWHERE = frozenset({401, 403, 429})
# Answers that say that a message is not what the contract allows.
_BY_CONTRACT = frozenset({400, 405, 406, 411, 413, 414, 415, 422, 431})
# What a list with too few matching items breaks: the bound, if it is written.
_TOO_FEW = {"contains", "minContains"}
_UNDECLARED = "application/x-undeclared"


class Matrix:
    """Makes the probes of one subject."""

    def __init__(self, requests: Requests, send: Send) -> None:
        self._requests, self._send = requests, send
        self._variants = Variants(requests.witness, requests.sites)

    def probes(self) -> Iterator[Probe | Unproved]:
        """Yield a probe for everything that can be tried, and what cannot."""
        for operation in self._requests.subject.api.operations:
            try:
                sound = self._requests.sound(operation)
            except (Unsendable, Unspellable) as error:
                yield Unproved(operation.operation_id, "request", "", "", "accepted", str(error))
                continue
            sound = preferring(sound, self._send)
            control = Control(sound.built(), self._send)
            yield self._probe(control, _Named(operation, "request", "", "sound", "accepted", "as required"), sound)
            for parameter in operation.parameters:
                yield from self._parameter(sound, parameter, control)
            if operation.body:
                yield from self._body(sound, operation.body.media, control, is_required=operation.body.required)

    # --- parameters -------------------------------------------------------------------------------------------

    def _parameter(self, sound: Draft, parameter: Parameter, control: "Control") -> Iterator[Probe | Unproved]:
        operation, base = sound.operation, f"/{escape(parameter.name)}"
        if parameter.required and parameter.location != "path":
            named = _Named(operation, parameter.location, base, "required", "refused", "absent")
            yield self._probe(control, named, sound.without(parameter.location, parameter.name))
        if not has(self._requests.contract, parameter.pointer):
            return
        meaning = lambda value: self._requests.parameter_meaning(parameter, value)  # noqa: E731 - bound to this parameter
        for variant in self._variants.of(parameter.pointer, self._requests.starts(parameter.pointer), meaning):
            named = _named(operation, parameter.location, base, variant)
            try:
                draft = sound if variant.reason else self._requests.with_parameter(sound, parameter, variant.value)
            except Unspellable as error:
                yield named.unproved(str(error))
                continue
            yield named.unproved(variant.reason) if variant.reason else self._probe(control, named, draft, variant)

    # --- bodies -----------------------------------------------------------------------------------------------

    def _body(
        self, sound: Draft, medias: tuple[Media, ...], control: "Control", *, is_required: bool
    ) -> Iterator[Probe | Unproved]:
        absent = replace(sound, content_type="", body=b"")
        kind: Kind = "refused" if is_required else "accepted"
        yield self._probe(control, _Named(sound.operation, "body", "", "required", kind, "absent"), absent)
        if not any(media.media_type in ("*/*", "application/*") for media in medias):
            other = replace(sound, content_type=_UNDECLARED, body=b"x")
            yield self._probe(control, _Named(sound.operation, "body", "", "content", "refused", _UNDECLARED), other)
        for media in medias:
            yield from self._media(sound, media, control)

    def _media(self, sound: Draft, media: Media, control: "Control") -> Iterator[Probe | Unproved]:
        operation, location = sound.operation, f"body {media.media_type}"
        is_value = is_json(media.media_type) or is_form(media.media_type)
        if not media.pointer or not is_value:
            named = _Named(operation, location, "", "content", "accepted", "any content")
            yield self._probe(control, named, self._requests.with_bytes(sound, media))
            return
        meaning = lambda value: self._requests.body_meaning(media, value)  # noqa: E731 - bound to this media type
        for variant in self._variants.of(media.pointer, self._requests.starts(media.pointer), meaning):
            named = _named(operation, location, "", variant)
            if variant.reason:
                yield named.unproved(variant.reason)
                continue
            try:
                yield self._probe(control, named, self._requests.with_body(sound, media, variant.value), variant)
            except Unspellable as error:
                yield named.unproved(str(error))

    def _probe(self, control: "Control", named: "_Named", draft: Draft, variant: Variant | None = None) -> Probe:
        case = named.case(draft)
        is_optional = variant is not None and (variant.site.is_optional or variant.site.keyword in ("anyOf", "oneOf"))
        judge = Refused(case, control, is_optional=is_optional) if case.kind == "refused" else Accepted(control)
        return Probe(case, self._send, judge)


@dataclass(frozen=True)
class _Named:
    """What a case says of itself."""

    operation: Operation
    location: str
    pointer: str
    keyword: str
    kind: Kind
    what: str

    def case(self, draft: Draft) -> Case:
        name = self.operation.operation_id
        return Case("matrix", name, self.location, self.pointer, self.keyword, self.kind, self.what, draft.built())

    def unproved(self, reason: str) -> Unproved:
        return Unproved(self.operation.operation_id, self.location, self.pointer, self.keyword, self.kind, reason)


def _named(operation: Operation, location: str, base: str, variant: Variant) -> _Named:
    kind: Kind = "accepted" if variant.is_valid else "refused"
    return _Named(operation, location, base + variant.pointer, variant.site.keyword, kind, variant.what)


# --- what must be true of a reply ---------------------------------------------------------------------------------------


def preferring(sound: Draft, send: Send) -> Draft:
    """Return the draft with the wish for the declared success, if the server is one that tells nothing and follows it."""
    success = next((item.code for item in sound.operation.responses if item.status.startswith("2") and item.code), None)
    if success is None:
        return sound
    wishing = sound.having("header", "Prefer", f"code={success}")
    reply = send(wishing.built())
    is_followed = reply.status == success and reply.header("preference-applied") is not None
    return wishing if reply.reached is None and is_followed else sound


class Control:
    """What a server answers to the sound request of an operation: what it says of others is judged beside that."""

    def __init__(self, request: Request, send: Send) -> None:
        self._request, self._send = request, send
        self._reply: Reply | None = None

    @property
    def status(self) -> int:
        """The status of the answer."""
        if self._reply is None:
            self._reply = self._send(self._request)
        return self._reply.status


@dataclass(frozen=True)
class Accepted:
    """The contract lets the request through; whoever decides the rest may still say no.

    In process the server tells whether the contract was in the way. A remote one that follows the header Prefer is told to
    answer as declared, so that no rules of its own are in the way. Any other is believed to mean the contract by the
    statuses that speak of messages, but only where it takes the sound request.
    """

    control: Control

    def __call__(self, reply: Reply) -> str:
        """Return what is wrong; raises Undecided where the sound request is refused as well."""
        if reply.status >= 500:
            return f"answered {said(reply)}: must not fail"
        if reply.reached is not None:
            return "" if reply.reached else f"answered {said(reply)}: must be accepted"
        if reply.status in _ELSEWHERE:
            raise Undecided(f"answered {reply.status}, which says nothing of what was sent")
        if reply.status not in _BY_CONTRACT:
            return ""
        if self.control.status == reply.status:
            raise Undecided(
                f"answered {reply.status} as the sound request is: rules of the server's own are in the way"
            )
        return f"answered {said(reply)}: must be accepted"


@dataclass(frozen=True)
class Refused:
    """The request is refused with 4xx and, where the server names faults, for the fault that it has."""

    case: Case
    control: Control
    is_optional: bool

    def __call__(self, reply: Reply) -> str:
        """Return what is wrong; raises Undecided where the sound request is refused as well."""
        if not 400 <= reply.status < 500 or reply.reached:
            return f"answered {said(reply)}: must be refused with 4xx"
        if reply.faults:
            return "" if any(map(self._is_it, reply.faults)) else f"answered {said(reply)}: names {_listed(reply)}"
        if reply.reached is None and reply.status in _ELSEWHERE:
            raise Undecided(f"answered {reply.status}, which says nothing of what was sent")
        if reply.reached is None and reply.status == self.control.status:
            raise Undecided(f"the sound request is refused with {reply.status} too: for what, cannot be told")
        return ""

    def _is_it(self, fault: tuple[str, str, str]) -> bool:
        location, pointer, keyword = fault
        if location != self.case.location.partition(" ")[0]:
            return False
        near = f"{pointer}/".startswith(f"{self.case.pointer}/") or f"{self.case.pointer}/".startswith(f"{pointer}/")
        alike = keyword == self.case.keyword or self.is_optional or {keyword, self.case.keyword} <= _TOO_FEW
        return near and alike


def _listed(reply: Reply) -> str:
    return "; ".join(f"{location} {pointer} ({keyword})" for location, pointer, keyword in (reply.faults or ())[:5])
