"""Run the probes of one subject against a target, within a time, and keep what they showed."""

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from platform import python_version
from types import ModuleType

from specwright.prove.answers import Rehearsal
from specwright.prove.authentication import Authentication
from specwright.prove.evidence import Evidence, Unproved, Verdict, Witnessed, curl
from specwright.prove.matrix import Matrix
from specwright.prove.messages import Messages
from specwright.prove.preferred import preferred
from specwright.prove.probes import Probe, Undecided, undecided
from specwright.prove.requests import Requests
from specwright.prove.rules import Rules, leaks
from specwright.prove.subject import Subject
from specwright.prove.target import Target

_LIBRARIES = ("specwright", "connexion", "jsonschema", "jsonschema-rs", "pydantic")
_LEAST = 0.05  # seconds between two words on progress


@dataclass(frozen=True)
class Progress:
    """How far a run is: cases done of all there are, how many failed, seconds it has taken."""

    api: str
    done: int
    total: int
    failed: int
    seconds: float

    @property
    def left(self) -> float:
        """Seconds that the rest takes if it goes on like this."""
        return self.seconds / self.done * (self.total - self.done) if self.done else 0.0


@dataclass
class Ledger:
    """What a run has shown so far."""

    verdicts: list[Verdict] = field(default_factory=list)
    unproved: list[Unproved] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)
    messages: int = 0
    unread: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        """How many cases failed."""
        return sum(not verdict.passed for verdict in self.verdicts)


@dataclass(frozen=True)
class Proof:
    """The evidence of one subject, and apart from it the seconds that its cases took."""

    evidence: Evidence
    seconds: dict[str, float]


@dataclass(frozen=True)
class Settings:
    """How a run is made: what its target is called, its seed, when it must end (of ``time.monotonic``)."""

    target: str
    seed: int
    deadline: float


def probes(requests: Requests, target: Target, rehearsal: Rehearsal | None) -> Iterator[Probe | Unproved]:
    """Yield all probes of a subject; those of its answers are rehearsed where it can be served in process."""
    yield from Matrix(requests, target.send).probes()
    yield from Authentication(requests, target.send).probes()
    rules = Rules(requests, target.send)
    yield from rules.probes()
    if rehearsal is None:
        yield from preferred(requests, target.send)
    else:
        yield from rules.of_our_servers()
        yield from rehearsal.probes()


def run(
    subject: Subject,
    target: Target,
    found: Iterable[Probe | Unproved],
    deadline: float,
    note: Callable[[Progress], None],
) -> Ledger:
    """Try every probe until ``deadline`` (of ``time.monotonic``) and return what they showed; what is left is unproved."""
    ledger, messages = Ledger(), Messages(subject)
    all_of_them = list(found)
    started, noted = time.monotonic(), 0.0
    with quiet():
        for number, probe in enumerate(all_of_them):
            if isinstance(probe, Unproved):
                ledger.unproved.append(probe)
            elif time.monotonic() > deadline:
                ledger.unproved.append(undecided(probe.case, "there was no time left"))
            else:
                _try(probe, target, messages, ledger)
            now = time.monotonic()
            if now - noted > _LEAST or number + 1 == len(all_of_them):
                noted = now
                note(Progress(subject.name, number + 1, len(all_of_them), ledger.failed, now - started))
    return ledger


def _try(probe: Probe, target: Target, messages: Messages, ledger: Ledger) -> None:
    started = time.monotonic()
    reply = probe.send(probe.case.request)
    ledger.seconds[str(probe.case)] = time.monotonic() - started
    ledger.messages += 2
    opinion = messages.opinion(probe.case, reply)
    ledger.unread += not opinion.is_whole
    ledger.disagreements += opinion.faults
    try:
        wrong = probe.judge(reply) or leaks(reply)
    except Undecided as error:
        ledger.unproved.append(undecided(probe.case, str(error)))
        return
    repeated = curl(target.url, probe.case.request) if wrong and probe.case.suite != "answers" else ""
    ledger.verdicts.append(Verdict(probe.case, not wrong, wrong, repeated))


def prove(
    subject: Subject,
    target: Target,
    package: ModuleType | None,
    settings: Settings,
    note: Callable[[Progress], None],
) -> Proof:
    """Prove ``subject`` on ``target`` and return the evidence; its answers too if its ``package`` can be served."""
    requests = Requests(subject)
    with ExitStack() as stack:
        rehearsal = stack.enter_context(closing(Rehearsal(subject, package, requests))) if package else None
        ledger = run(subject, target, probes(requests, target, rehearsal), settings.deadline, note)
    return Proof(evidence_of(subject, settings, ledger), ledger.seconds)


def evidence_of(subject: Subject, settings: Settings, ledger: Ledger) -> Evidence:
    """Return what a run showed."""
    return Evidence(
        api=subject.name,
        title=subject.api.title,
        target=settings.target,
        contract=hashlib.sha256(subject.contract.encode()).hexdigest(),
        seed=settings.seed,
        versions=versions(),
        verdicts=tuple(ledger.verdicts),
        unproved=tuple(ledger.unproved),
        witnessed=Witnessed(ledger.messages, ledger.unread, tuple(ledger.disagreements)),
    )


def versions() -> dict[str, str]:
    """Return what the run stands on."""
    return {"python": python_version(), **{name: version(name) for name in _LIBRARIES}}


@contextmanager
def quiet() -> Iterator[None]:
    """Keep servers in process from logging what they are made to do wrong."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
