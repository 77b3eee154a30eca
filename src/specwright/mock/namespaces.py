"""Namespaces: each has its own state, clock, seed, faults and switches, and shares nothing with another.

What is said of a namespace (its Control) is one row of the store, so that all processes see it; its scenes are made of that
row, and made anew when it changes.
"""

import math
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from specwright.mock.clock import Clock
from specwright.mock.faults.decide import Faults
from specwright.mock.partner import Behaviour
from specwright.mock.scene import Scene
from specwright.mock.store import Owner, Store
from specwright.mock.world import World

DEFAULT = "default"
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
_SELDOM = 60  # seconds between two notes in the store that a namespace is in use, and between two looks for idle ones
_REMEMBERED = 1000  # namespaces kept ready; any number may be in the store
_SEEDED = "seeded"  # the counter that tells that an API has what there is from the beginning


class BadName(ValueError):
    """A namespace cannot be called so."""


class Control(BaseModel):
    """What was said of a namespace through the admin API."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: str
    clock: Clock = Clock()
    faults: Faults | None = None
    switches: Mapping[str, Mapping[str, str]] = {}
    worlds: Mapping[str, Any] = {}
    revoked: tuple[str, ...] = ()


class Namespace:
    """One namespace as it stands; never changed, but replaced."""

    def __init__(self, store: Store, number: int, name: str, text: str, behaviours: Mapping[str, Behaviour]) -> None:
        self.id, self.name, self.text = number, name, text
        self.control = Control.model_validate_json(text)
        self._store, self._behaviours = store, behaviours
        self._scenes: dict[str, tuple[Scene[World], Any]] = {}
        # When it was last noted that it is in use.
        self.noted = -math.inf

    def scene(self, api: str) -> tuple[Scene[World], Any]:
        """Return the scene of ``api`` and the partner on it, seeded when it is the first."""
        if api not in self._scenes:
            self._scenes[api] = self._made(api)
        return self._scenes[api]

    def _made(self, api: str) -> tuple[Scene[World], Any]:
        behaviour, control, owner = self._behaviours[api], self.control, Owner(self.id, api)
        world = behaviour.kept(control.worlds[api]) if api in control.worlds else behaviour.world
        states = behaviour.states(world, control.switches.get(api, {}))
        scene: Scene[World] = Scene(
            self._store, owner, self.name, control.seed, control.clock, world, states, frozenset(control.revoked)
        )
        partner = behaviour.partner(scene)
        if hasattr(partner, "seed"):
            with self._store.transaction(self.id):
                if _SEEDED not in self._store.counters(owner):
                    self._store.set_counter(owner, _SEEDED, 1)
                    partner.seed()
        return scene, partner


class Namespaces:
    """All namespaces of a mock; one that nobody used for ``idle`` seconds is dropped."""

    def __init__(self, store: Store, behaviours: Mapping[str, Behaviour], idle: int) -> None:
        self._store, self._behaviours, self._idle = store, behaviours, idle
        self._seldom = min(_SELDOM, idle / 4)
        self._expired = -math.inf
        self._known: dict[str, Namespace] = {}
        # Names whose row was read since another process may last have written.
        self._fresh: set[str] = set()

    def get(self, name: str) -> Namespace:
        """Return a namespace, made if there is none of that name; raises BadName."""
        if self._store.has_changed():
            self._fresh.clear()
        if name not in self._fresh:
            self._read(name)
        namespace = self._known[name]
        now = time.monotonic()
        if now - namespace.noted > self._seldom:
            namespace.noted = now
            self._store.touch(namespace.id, _now())
        return namespace

    def names(self) -> list[str]:
        """Return the names of all namespaces."""
        return self._store.namespaces()

    def change(self, name: str, **said: Any) -> Namespace:
        """Return a namespace for which ``said``, members of Control, is the case from now on."""
        return self.edit(name, lambda _: said)

    def edit(self, name: str, edit: Callable[[Control], Mapping[str, Any]]) -> Namespace:
        """Return a namespace for which that is the case which ``edit`` makes of what is."""
        with self._store.transaction(self._read(name).id):
            namespace = self._read(name)
            control = namespace.control.model_copy(update=edit(namespace.control))
            self._store.set_control(namespace.id, control.model_dump_json())
            return self._read(name)

    def reset(self, name: str) -> Namespace:
        """Return a namespace that is as if it had just been made."""
        self.drop(name)
        return self.get(name)

    def forget(self, name: str) -> None:
        """Make the scenes of a namespace anew: their state was changed under them."""
        self._known.pop(name, None)
        self._fresh.discard(name)

    def drop(self, name: str) -> bool:
        """Forget a namespace and tell whether there was one."""
        self.forget(name)
        row = self._store.namespace(name)
        if row:
            self._store.drop(row[0])
        return row is not None

    def replace(self, behaviours: Mapping[str, Behaviour]) -> None:
        """Go on with other behaviours; what is in the store stays."""
        self._behaviours = behaviours
        self._known.clear()
        self._fresh.clear()

    def _read(self, name: str) -> Namespace:
        row = self._store.namespace(name) or self._made(name)
        known = self._known.get(name)
        if known is None or (known.id, known.text) != row:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
                self._fresh.clear()
            known = self._known[name] = Namespace(self._store, row[0], name, row[1], self._behaviours)
        self._fresh.add(name)
        return known

    def _made(self, name: str) -> tuple[int, str]:
        if not _NAME.fullmatch(name):
            raise BadName(
                f"{name[:100]!r} is no name of a namespace: use 1 to 100 letters, digits, dots, dashes, underscores"
            )
        self._expire()
        self._store.add_namespace(name, Control(seed=name).model_dump_json(), _now())
        return self._store.namespace(name) or self._made(name)  # another process may have dropped it at once

    def _expire(self) -> None:
        """Drop what nobody used for long; asked when a namespace is made, for only then their number grows."""
        now = time.monotonic()
        if now - self._expired < self._seldom:
            return
        self._expired = now
        for name in self._store.namespaces(unused_since=_now() - self._idle * 1_000_000):
            if name != DEFAULT:
                self.drop(name)


def _now() -> int:
    """Return real time, in microseconds: a namespace is idle whatever its own clock says."""
    return time.time_ns() // 1000
