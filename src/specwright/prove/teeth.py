"""The teeth of the proof of one API: fuzzing and mutants, shared out over processes."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from specwright.mock.app import Mock
from specwright.mock.server import served
from specwright.mock.settings import Settings
from specwright.mock.store import open_store
from specwright.prove.behaviour import FILE, behaviour_of
from specwright.prove.evidence import Fuzz, Mutant, Mutants
from specwright.prove.fuzz import Effort, Server, fuzz
from specwright.prove.mutants import Laboratory
from specwright.prove.mutations import Mutation, chosen, mutations
from specwright.prove.partner_mutants import broken_partners, killed
from specwright.prove.processes import Job, done
from specwright.prove.run import quiet
from specwright.prove.subject import behaving, contractual, environment_logins, package_of, subject_of
from specwright.runtime.app import Options
from specwright.workspace import Source, Workspace

# What is left out when the whole server is made -> its options; what is about credentials, where some are asked for.
_CARELESS: dict[str, Options] = {
    "no credentials are asked for": {"security": "ignore"},
}


@dataclass(frozen=True)
class Api:
    """One API of a workspace, as every process finds it again."""

    workspace: Workspace
    source: Source


def mutants(api: Api, seed: int, count: int, workers: int) -> Mutants:
    """Return what became of ``count`` mutants of the contract, chosen by ``seed``, and of all of the partner."""
    subject = subject_of(api.workspace, api.source)
    wanted = chosen(mutations(subject.api.contract), count, seed)
    jobs: list[Job] = [partial(_of_contract, api, wanted[start::workers], start == 0) for start in range(workers)]
    if (api.source.contract.parent / FILE).is_file():
        jobs += [partial(_of_partner, api, start, workers) for start in range(workers)]
    found = [mutant for some in done(jobs, workers) for mutant in some]
    return Mutants(seed, tuple(sorted(found, key=lambda mutant: (mutant.place, mutant.name))))


def fuzzed(api: Api, effort: Effort, workers: int, *, is_mock: bool) -> Fuzz:
    """Return what fuzzing finds in the server of the contract, or in its partner, in process."""
    return fuzz(partial(_server, api, is_mock), effort, workers)


def fuzzed_at(api: Api, url: str, effort: Effort) -> Fuzz:
    """Return what fuzzing finds in the server at ``url``, with the credentials of the environment."""
    return fuzz(partial(_server_at, api, url), effort)


def _server(api: Api, is_mock: bool) -> Server:
    subject = subject_of(api.workspace, api.source)
    if is_mock:
        target = behaving(api.workspace, api.source, subject.api)
    else:
        target = contractual(subject.api, package_of(api.workspace, api.source))
    logging.disable(logging.CRITICAL)
    return Server(subject.api, subject.logins, target.url, target.app, behaves=is_mock)


def _server_at(api: Api, url: str) -> Server:
    plan = subject_of(api.workspace, api.source).api
    return Server(plan, environment_logins(plan), url, behaves=True)


def _of_contract(api: Api, wanted: Iterable[Mutation], is_first: bool) -> list[Mutant]:
    subject = subject_of(api.workspace, api.source)
    with Laboratory(subject, package_of(api.workspace, api.source)) as laboratory:
        found = [laboratory.killed(mutation) for mutation in wanted]
        is_guarded = any(operation.security for operation in subject.api.operations)
        for name, options in _CARELESS.items() if is_first else ():
            if is_guarded:
                found.append(laboratory.without(name, options))
        return found


def _of_partner(api: Api, start: int, step: int) -> list[Mutant]:
    """Return what became of every mutant of a partner from ``start`` on, by ``step``."""
    settings = Settings(auth="strict", journal="off")
    package_of(api.workspace, api.source)  # which makes its package known to the partner
    servers = served(api.workspace, [api.source], settings)
    name, folder = api.source.name, api.source.contract.parent
    mock = Mock(servers, open_store(settings.store), settings)
    behaviour = behaviour_of(folder / FILE)
    partner = cast(type[Any], servers[name].behaviour.partner)  # its file says so
    broken = list(broken_partners(folder / "partner.py", partner))
    with quiet():
        return [killed(mock, name, servers[name], behaviour, some) for some in broken[start::step]]
