"""What a mock does for one API: the ``Partner`` of ``specs/<api>/partner.py``, or answers from the contract.

A partner is a class that implements the generated ``Handlers`` and is made with a ``Scene``. A class ``World`` beside it, a
subclass of ``specwright.mock.world.World``, says what world.yaml holds. Besides its handlers a partner may have

- ``SWITCHES``: what the vendor does not document, by name: the states it can have, the default first;
- ``TOKENS``: True where a bearer token must be one that this mock issued, and never the API key itself;
- ``OPTIONS``: options of ``create_app`` that the API needs;
- ``ENDPOINTS``: what is not in the contract: (method, path) -> name of an async method that takes a ``Call``;
- ``seed()``: adds what there is when a namespace is first used;
- ``refused(request)``: says why a request is refused, as the option of ``create_app`` does.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError

from specwright.errors import Problem, SpecError, UsageError
from specwright.mock.contract.answer import Answers
from specwright.mock.contract.contracted import Contracted
from specwright.mock.contract.inferred import Inferred
from specwright.mock.journal.places import Places
from specwright.mock.scene import Scene
from specwright.mock.world import World, read_world
from specwright.plan import Api
from specwright.plugins import imported, line_in
from specwright.runtime.responses import Answer
from specwright.spec.load import display
from specwright.spec.read import read

logger = logging.getLogger("specwright.mock")


class Call(NamedTuple):
    """A request to an endpoint that is not in the contract."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


Endpoint = Callable[[Call], Awaitable[Answer]]


def json_answer(status: int, body: Any, **headers: str) -> Answer:
    """Return the answer of an endpoint that is not in the contract."""
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"content-type": "application/json", **said}, orjson.dumps(body))


@dataclass(frozen=True)
class Behaviour:
    """What a mock does for ``api``: what makes its partner, and what its world starts as."""

    api: Api
    package: ModuleType
    partner: Callable[[Scene[Any]], Any]
    world: World
    switches: Mapping[str, tuple[str, ...]]
    answers: Answers
    places: Places

    def attribute(self, name: str, default: Any) -> Any:
        """Return what the partner says by the name ``name``."""
        return getattr(self.partner, name, default)

    def states(self, world: World, chosen: Mapping[str, str]) -> dict[str, str]:
        """Return the state of every switch: the one chosen if there is such, or else ``world``'s, or else the default."""
        return {
            name: next(state for state in (chosen.get(name), world.switches.get(name), states[0]) if state in states)
            for name, states in self.switches.items()
        }

    def kept(self, document: Any) -> World:
        """Return the world that was stored as ``document``, or the file's where the partner does not read it any more."""
        try:
            return self.parsed(document)
        except ValidationError as error:
            logger.warning("%s: a stored world does not fit its partner any more: %s", self.api.title, error)
            return self.world

    def mistakes(self, world: World) -> str:
        """Return what ``world`` says of switches and operations that are not there, nothing when all are."""
        return "; ".join(filter(None, (self._wrong_switches(world), self._wrong_rules(world))))

    def parsed(self, document: Any) -> World:
        """Return the world that ``document``, JSON values, describes; raises pydantic.ValidationError."""
        return type(self.world).model_validate(document)

    def _wrong_rules(self, world: World) -> str:
        known = [item.operation_id for item in self.api.operations]
        meant = [rule.when.operation for rule in world.rules if rule.when.operation is not None]
        wrong = [name for name in meant if name not in known]
        return f"rules: no such operation: {', '.join(wrong)} (there is {', '.join(known)})" if wrong else ""

    def _wrong_switches(self, world: World) -> str:
        wrong = [
            f"{name}: {state}" for name, state in world.switches.items() if state not in self.switches.get(name, ())
        ]
        known = "; ".join(f"{name} is {' or '.join(states)}" for name, states in self.switches.items()) or "it has none"
        return f"switches: no such state: {', '.join(wrong)} ({known})" if wrong else ""


def behaviour(contract: Path, root: Path, api: Api, package: ModuleType) -> Behaviour:
    """Return the behaviour that is described beside ``contract``; raises SpecError or UsageError saying what is wrong."""
    folder = contract.parent
    partner, cls = _imported(folder / "partner.py")
    switches: Mapping[str, tuple[str, ...]] = getattr(partner, "SWITCHES", {})
    path = folder / "world.yaml"
    world = read_world(path, cls)
    missing = [item.identifier for item in api.operations if partner and not hasattr(partner, item.identifier)]
    if missing:
        raise UsageError(f"{folder / 'partner.py'}: Partner has no {', '.join(missing)}, which the contract asks for")
    answers = Answers(api, package)
    places = Places(lambda: read(contract, root))
    made = partner or partial(Contracted, Inferred(api, answers))
    found = Behaviour(api, package, made, world, switches, answers, places)
    wrong = found.mistakes(world)
    if wrong:
        raise SpecError([Problem(display(path), 1, 1, wrong, "world")])
    return found


def _imported(path: Path) -> tuple[type[Any] | None, type[World]]:
    if not path.is_file():
        return None, World
    try:
        module = imported(path, f"specwright_partners.{path.parent.name}")
    except Exception as error:
        line = line_in(path, error)
        place = f"line {line}: " if line else ""
        raise UsageError(f"{path}: {place}{type(error).__name__}: {error}") from error
    found: Any = getattr(module, "Partner", None)
    if not isinstance(found, type):
        raise UsageError(f"{path} has no class Partner")
    return found, getattr(module, "World", World)
