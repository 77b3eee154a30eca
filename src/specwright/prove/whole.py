"""The whole proof of one API: its cases, fuzzing and mutants, against what the plan says."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from specwright.errors import UsageError
from specwright.prove.evidence import Fuzz
from specwright.prove.fuzz import Effort
from specwright.prove.processes import cores
from specwright.prove.run import Ledger, Progress, Proof, Settings, evidence_of, prove
from specwright.prove.subject import behaving, contractual, package_of, remote, subject_of
from specwright.prove.target import InProcess, Remote, allowed
from specwright.prove.teeth import Api, fuzzed, fuzzed_at, mutants
from specwright.workspace import Source, Workspace


@dataclass(frozen=True)
class Plan:
    """What is proved of every API, of which server: the one at ``url``, the partner, or without either the contract's own.

    ``deadline`` is a time of ``time.monotonic``; ``examples`` are those of the fuzzer for each operation.
    """

    parts: frozenset[str]
    url: str | None
    mock: bool
    rate: int
    seed: int
    deadline: float
    examples: int
    mutants: int

    @property
    def target(self) -> str:
        """What the evidence calls the server."""
        return self.url or ("mock" if self.mock else "in process")


def proved(workspace: Workspace, source: Source, plan: Plan, note: Callable[[Progress], None]) -> Proof:
    """Return the proof of one API; raises UsageError when there is no server."""
    subject, settings = subject_of(workspace, source), Settings(plan.target, plan.seed, plan.deadline)
    if plan.url:
        allowed(plan.url, workspace.prove_hosts)
    proof = Proof(evidence_of(subject, settings, Ledger()), {})
    if "matrix" in plan.parts:
        proof = _cases(workspace, source, plan, settings, note)
    api, evidence = Api(workspace, source), proof.evidence
    if "fuzz" in plan.parts and time.monotonic() < plan.deadline:
        evidence = replace(evidence, fuzz=_fuzzed(api, plan))
    if "mutants" in plan.parts and plan.target == "in process" and time.monotonic() < plan.deadline:
        evidence = replace(evidence, mutants=mutants(api, plan.seed, plan.mutants, cores()))
    return replace(proof, evidence=evidence)


def _cases(
    workspace: Workspace, source: Source, plan: Plan, settings: Settings, note: Callable[[Progress], None]
) -> Proof:
    subject, package = subject_of(workspace, source), None
    target: InProcess | Remote
    if plan.url:
        subject, target = remote(subject, plan.url, plan.rate)
    elif plan.mock:
        target = behaving(workspace, source, subject.api)
    else:
        package = package_of(workspace, source)
        target = contractual(subject.api, package)
    try:
        return prove(subject, target, package, settings, note)
    except (ConnectionError, TimeoutError) as error:
        raise UsageError(f"no server answers at {target.url}: {error}") from None
    finally:
        target.close()


def _fuzzed(api: Api, plan: Plan) -> Fuzz:
    left = int(plan.deadline - time.monotonic())
    if plan.url:
        return fuzzed_at(api, plan.url, Effort((plan.seed,), plan.examples, rate=f"{plan.rate}/s", seconds=left))
    return fuzzed(api, Effort((plan.seed,), plan.examples), cores(), is_mock=plan.mock)
