"""Does the proof have teeth? Servers that are wrong in one way each, and what of the proof notices."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Self, cast

from specwright.prove.answers import Rehearsal
from specwright.prove.equivalent import equivalent
from specwright.prove.evidence import Mutant
from specwright.prove.mutations import Mutation
from specwright.prove.probes import Probe, Undecided
from specwright.prove.requests import Requests
from specwright.prove.rules import leaks
from specwright.prove.run import probes, quiet
from specwright.prove.subject import Subject, contractual
from specwright.prove.substitute import Substitute
from specwright.runtime.app import Options

_LONGEST = 300  # characters of what killed a mutant


class Laboratory:
    """Servers of one subject, made in process of mutated contracts, and all that the proof tries on them."""

    def __init__(self, subject: Subject, package: ModuleType) -> None:
        self._subject = subject
        self._folder = tempfile.TemporaryDirectory(prefix="specwright-")
        self._contract = Path(self._folder.name, "openapi.json")
        self._contract.write_text(subject.contract, encoding="utf-8")
        self._substitute = Substitute(package, self._contract)
        stand_in = cast(ModuleType, self._substitute)
        self._target = contractual(subject.api, stand_in)
        requests = Requests(subject)
        self._rehearsal = Rehearsal(subject, stand_in, requests)
        found = probes(requests, self._target, self._rehearsal)
        self.probes = [probe for probe in found if isinstance(probe, Probe)]
        self._ids = {item.pointer: item.operation_id for item in subject.api.operations}

    @property
    def contract(self) -> Any:
        """The true contract."""
        return self._subject.api.contract

    def close(self) -> None:
        """End the servers."""
        self._rehearsal.close()
        self._target.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def killed(self, mutation: Mutation) -> Mutant:
        """Try on the server that obeys ``mutation`` what the proof has for its operation, the likeliest first."""
        contract = Path(self._folder.name, "mutated.json")
        contract.write_text(json.dumps(mutation.applied(self._subject.api.contract)), encoding="utf-8")
        name = self._ids[mutation.operation]
        mine = [probe for probe in self.probes if probe.case.operation == name]
        mine.sort(key=lambda probe: probe.case.keyword != mutation.keyword)
        killer = self._tried(contract, mine, {})
        reason = "" if killer else equivalent(self._subject.api.contract, mutation)
        return Mutant(mutation.name, name, mutation.place, killer, reason)

    def without(self, what: str, options: Options) -> Mutant:
        """Try everything on the server that is made with other ``options``."""
        return Mutant(what, "", "create_app", self._tried(self._contract, self.probes, options))

    def _tried(self, contract: Path, mine: Sequence[Probe], options: Options) -> str:
        with quiet():
            try:
                self._substitute.turn(contract, **options)
            except Exception as error:  # noqa: BLE001 - a server that does not start serves nobody wrongly
                return f"does not start: {type(error).__name__}: {error}"[:_LONGEST]
            return next(_wrongs(mine), "")


def _wrongs(mine: Iterable[Probe]) -> Iterator[str]:
    for probe in mine:
        reply = probe.send(probe.case.request)
        try:
            wrong = probe.judge(reply) or leaks(reply)
        except Undecided:
            continue
        if wrong:
            yield f"{probe.case}: {wrong}"[:_LONGEST]
