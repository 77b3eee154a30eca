"""What is proved and with which credentials; and its server in process, which tells what it found wrong."""

import os
import re
import sys
from collections.abc import Mapping
from contextvars import Context
from dataclasses import dataclass, replace
from importlib import import_module
from types import ModuleType
from typing import Any

from specwright.mock.auth import scopes_of
from specwright.mock.contract.answer import handlers
from specwright.mock.exchange import current
from specwright.mock.server import load
from specwright.mock.settings import Settings
from specwright.plan import Api, planned
from specwright.prove.target import Faults, InProcess, Insight, Remote
from specwright.runtime.app import Options
from specwright.runtime.explain import Refused
from specwright.runtime.security import Authenticate, Credential
from specwright.workspace import Source, Workspace

GENUINE, SCOPELESS = "proof-genuine", "proof-scopeless"


@dataclass(frozen=True)
class Login:
    """The credentials of one security scheme: one that is genuine, and one that is but grants no scope, if there is one.

    They are tokens, keys or ``user:password``; an empty one is not known.
    """

    genuine: str
    scopeless: str = ""


@dataclass(frozen=True)
class Subject:
    """One API: its name, its plan, the text of its bundled contract, the credentials by security scheme."""

    name: str
    api: Api
    contract: str
    logins: Mapping[str, Login]


def subject_of(workspace: Workspace, source: Source) -> Subject:
    """Return the subject that ``source`` is, with the credentials that servers in process take."""
    text = (workspace.generated / source.package / "openapi.json").read_text(encoding="utf-8")
    return subject_from(source.name, text)


def subject_from(name: str, contract: str) -> Subject:
    """Return the subject of the bundled ``contract``, with the credentials that servers in process take."""
    api = planned(contract)
    return Subject(name, api, contract, {scheme.name: _login(scheme.scheme) for scheme in api.security_schemes})


def _login(scheme: Mapping[str, Any]) -> Login:
    suffix = ":password" if scheme.get("scheme", "").lower() == "basic" else ""
    return Login(GENUINE + suffix, SCOPELESS + suffix)


def environment_logins(api: Api) -> dict[str, Login]:
    """Return the credentials that the environment has: ``SPECWRIGHT_PROVE_<SCHEME>``, and with ``_SCOPELESS`` after it."""
    found = {}
    for scheme in api.security_schemes:
        name = "SPECWRIGHT_PROVE_" + re.sub(r"[^A-Za-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", scheme.name))
        genuine = os.environ.get(name.upper(), "")
        found[scheme.name] = Login(genuine, os.environ.get(f"{name.upper()}_SCOPELESS", ""))
    return found


def remote(subject: Subject, url: str, rate: float) -> tuple[Subject, Remote]:
    """Return the subject with the credentials of the environment, and the server at ``url``."""
    return replace(subject, logins=environment_logins(subject.api)), Remote(url, rate)


def package_of(workspace: Workspace, source: Source) -> ModuleType:
    """Return the generated package of ``source``."""
    root = str(workspace.root.resolve())
    if root not in sys.path:
        sys.path.insert(0, root)
    return import_module(f"generated.{source.package}")


def contractual(api: Api, package: ModuleType) -> InProcess:
    """Return the server in process that is made of the contract alone."""
    return served(api, package, handlers(api, package))


def served(api: Api, package: ModuleType, functions: Any) -> InProcess:
    """Return the server in process whose handlers are ``functions``."""
    notes = Notes()
    app = package.create_app(functions, **notes.options(api))
    return InProcess(app, api.base_path, notes.insight)


class Notes:
    """What a server says of its last request, whatever its errors can say."""

    def __init__(self) -> None:
        self._refused: Refused | None = None

    def options(self, api: Api) -> Options:
        """Return what ``create_app`` must be told: who is genuine, and to tell these notes what is refused."""
        return {"authenticate": authenticator(api), "refused": self._note}

    def insight(self, _: Context) -> Insight:
        """Return what became of the last request, once."""
        refused, self._refused = self._refused, None
        return Insight(_faults(refused), refused is None)

    def _note(self, refused: Refused) -> None:
        self._refused = refused


def _faults(refused: Refused | None) -> Faults | None:
    if refused is None:
        return None
    return tuple((breach.location, breach.pointer, breach.keyword) for breach in refused.breaches)


def behaving(workspace: Workspace, source: Source, api: Api) -> InProcess:
    """Return the partner in process, as ``specwright mock`` serves it, with every switch at its default."""
    mock = load(workspace, [source], Settings(journal="off"), authenticate=authenticator(api))
    return InProcess(mock, f"/{source.name}{api.base_path}", _exchanged)


def _exchanged(context: Context) -> Insight:
    exchange = context.get(current)
    if exchange is None:
        return Insight(None, None)
    return Insight(None if exchange.reached else _faults(exchange.refused), exchange.reached)


def authenticator(api: Api) -> Authenticate:
    """Return the hook that knows the credentials of ``subject_of`` and no others."""
    scopes = scopes_of(api)

    async def authenticate(credential: Credential) -> frozenset[str] | None:
        name = credential.value.partition(":")[0]
        if name == SCOPELESS:
            return frozenset()
        return scopes if name in (GENUINE, "") else None

    return authenticate
