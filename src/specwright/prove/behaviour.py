"""What a partner does that its contract cannot say: the conversations of ``specs/<api>/behaviour.yaml``, held with a mock.

Besides what a step says itself, an answer that is no error must have changed something, and an error nothing.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from specwright.errors import SpecError
from specwright.mock.app import Mock
from specwright.mock.clock import Clock
from specwright.mock.contract.views import merge_patch
from specwright.mock.scene import Scene
from specwright.prove.evidence import Headers, Reply, Request
from specwright.prove.target import InProcess
from specwright.spec.load import load
from specwright.spec.pointer import resolve

FILE = "behaviour.yaml"
_SECOND = timedelta(seconds=1)
_numbers = count(1)
_State = tuple[list[Any], list[Any]]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(_Said):
    """A request, or what is changed about one: the body is a JSON merge patch; ``take`` names values of the answer."""

    path: str = ""
    headers: Mapping[str, str] = {}
    body: Any = None
    text: str = ""
    take: Mapping[str, str] = {}


class Step(Message):
    """A request and what must come of it.

    ``says`` is a text in the answer, ``has`` values by pointer, ``headed`` headers by name (empty: it has none), ``stores``
    how many records of a kind there are then, ``holds`` how many bookings; before it the clock is set ``advance`` seconds on.
    """

    status: int
    advance: int = 0
    times: int = 1
    says: str = ""
    has: Mapping[str, Any] = {}
    headed: Mapping[str, str] = {}
    stores: Mapping[str, int] = {}
    holds: int | None = None


class Conversation(_Said):
    """What a partner does, shown in some steps."""

    what: str
    switches: Mapping[str, str] = {}
    steps: tuple[Step, ...]


class Behaviour(_Said):
    """All conversations with one partner; ``request`` is what every step changes, ``login`` is sent before the first."""

    clock: AwareDatetime
    request: Message
    login: Message | None = None
    # Kinds of records that refusals may change.
    counted: tuple[str, ...] = ()
    # Why a mutant of the partner whose name has this text cannot be told from the partner.
    equivalent: Mapping[str, str] = {}
    conversations: tuple[Conversation, ...]


def behaviour_of(path: Path) -> Behaviour:
    """Return what ``path`` says; raises SpecError saying what is wrong with it."""
    document = load(path)
    try:
        return Behaviour.model_validate(document.value)
    except ValidationError as error:
        first = error.errors()[0]
        pointer = "".join(f"/{token}" for token in first["loc"])
        raise SpecError([document.problem(pointer, first["msg"])]) from None


def held(mock: Mock, api: str, behaviour: Behaviour, conversation: Conversation) -> str:
    """Hold a conversation in a namespace of its own and return what went wrong, nothing when all is as it must be."""
    namespace = f"prove-{next(_numbers)}"
    switches = {api: dict(conversation.switches)}
    mock.namespaces.change(namespace, seed="prove", clock=Clock(frozen=behaviour.clock), switches=switches)
    try:
        with InProcess(mock, f"/__ns/{namespace}/{api}") as target:
            talk = _Talk(mock, namespace, api, target, behaviour)
            return next(talk.wrongs(conversation.steps), "")
    finally:
        mock.namespaces.drop(namespace)


@dataclass(frozen=True)
class _Talk:
    """A conversation in one namespace."""

    mock: Mock
    namespace: str
    api: str
    target: InProcess
    behaviour: Behaviour

    def wrongs(self, steps: Iterable[Step]) -> Iterator[str]:
        """Yield what goes wrong."""
        taken: dict[str, str] = {}
        login = self.behaviour.login
        if login:
            _take(self.target.send(_request(Message(), login, taken)), login, taken)
        for number, step in enumerate(steps, 1):
            clock = self.mock.namespaces.get(self.namespace).control.clock
            self.mock.namespaces.change(self.namespace, clock=clock.advance(step.advance * _SECOND))
            for _ in range(step.times):
                yield from (f"step {number}: {wrong}" for wrong in self._taken(step, taken))

    def _taken(self, step: Step, taken: dict[str, str]) -> Iterator[str]:
        scene = self.mock.namespaces.get(self.namespace).scene(self.api)[0]
        before = _state(scene, self.behaviour.counted)
        reply = self.target.send(_request(self.behaviour.request, step, taken))
        yield from _of_reply(reply, step)
        has_changed = before != _state(scene, self.behaviour.counted)
        if has_changed is (reply.status >= 400) and step.times == 1:
            yield f"answered {reply.status} and changed {'something' if has_changed else 'nothing'}"
        yield from _of_scene(scene, step)
        _take(reply, step, taken)


def _of_reply(reply: Reply, step: Step) -> Iterator[str]:
    body = reply.body.decode("utf-8", "replace")
    if reply.status != step.status:
        yield f"answered {reply.status}, not {step.status}: {body[:300]}"
    elif step.says not in body:
        yield f"answered {body[:300]}, which does not say {step.says}"
    for pointer, value in step.has.items():
        found = _at(reply, pointer)
        if found != value:
            yield f"{pointer} is {found!r}, not {value!r}"
    for name, text in step.headed.items():
        if (reply.header(name) or "") != text:
            yield f"the header {name} is {reply.header(name)}, not {text or 'absent'}"


def _of_scene(scene: Scene[Any], step: Step) -> Iterator[str]:
    for kind, number in step.stores.items():
        there = len(scene.records(kind).all())
        if there != number:
            yield f"{there} records of {kind} are stored, not {number}"
    holds = len(scene.calendar.bookings())
    if step.holds is not None and holds != step.holds:
        yield f"{holds} bookings are held, not {step.holds}"


def _state(scene: Scene[Any], counted: tuple[str, ...]) -> _State:
    records = [row for row in scene.store.all_records(scene.owner) if row[0] not in counted]
    return records, scene.store.bookings(scene.owner)


def _request(base: Message, step: Message, taken: Mapping[str, str]) -> Request:
    headers = {**base.headers, **step.headers}
    body = step.text.encode()
    if not body and (base.body is not None or step.body is not None):
        headers.setdefault("content-type", "application/json")
        body = json.dumps(merge_patch(base.body, step.body or {})).encode()
    said: Headers = tuple((name, text.format_map(taken)) for name, text in headers.items())
    return Request("POST", step.path or base.path, said, body)


def _take(reply: Reply, message: Message, taken: dict[str, str]) -> None:
    taken.update({name: str(_at(reply, pointer)) for name, pointer in message.take.items()})


def _at(reply: Reply, pointer: str) -> Any:
    """Return a value of the answer, a text that says so where there is none."""
    try:
        return resolve(json.loads(reply.body), pointer)
    except (ValueError, KeyError):
        return "(nothing)"
