"""``specwright prove``: show that servers keep their contracts, and keep the evidence."""

import argparse
import re
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from specwright.cli.arguments import Verbs, positive, sources_of
from specwright.cli.screen import count, progress
from specwright.errors import UsageError
from specwright.workspace import Source, Workspace, find

if TYPE_CHECKING:
    from specwright.prove.evidence import Evidence
    from specwright.prove.run import Progress, Proof

_EXAMPLES = """\
examples:
  specwright prove                                      every API, in process, from its contract alone
  specwright prove caspen --mock                        its partner, as `specwright mock` serves it
  specwright prove caspen --url https://sandbox.example/v1 --budget 5m
                                                        a server that pyproject.toml names in prove-hosts;
                                                        credentials: SPECWRIGHT_PROVE_<SCHEME>
"""
_SHOWN = 10  # failures of each API
_PAUSE = 10  # seconds between two plain lines
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_PARTS = ("matrix", "fuzz", "mutants")
_FOREVER = 10 * 365 * 24 * 3600


def add(verbs: Verbs) -> None:
    """Add the verb."""
    prove = verbs.add_parser(
        "prove",
        help="show that servers keep their contracts",
        description="Break every keyword of a contract once, and keep to every edge of it: what a server does is the evidence.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    prove.add_argument("apis", nargs="*", metavar="API", help="names of folders in specs/ (default: all)")
    where = prove.add_mutually_exclusive_group()
    where.add_argument("--url", metavar="URL", help="base URL of a server of the one API that is named")
    where.add_argument("--mock", action="store_true", help="the partners that behave, in process")
    prove.add_argument(
        "--rate", type=positive, default=20, metavar="N", help="requests a second (default: %(default)s)"
    )
    prove.add_argument(
        "--budget", type=_seconds, default=_FOREVER, metavar="TIME", help="90s, 5m, 1h (default: no end)"
    )
    prove.add_argument("--seed", type=positive, default=1, metavar="N", help="of chance (default: %(default)s)")
    prove.add_argument(
        "--only", type=_parts, default=frozenset(_PARTS), metavar="PARTS", help=f"of {','.join(_PARTS)} (default: all)"
    )
    prove.add_argument("--examples", type=positive, default=20, metavar="N", help="to fuzz with (default: %(default)s)")
    prove.add_argument("--mutants", type=positive, default=40, metavar="N", help="of a contract (default: %(default)s)")
    prove.add_argument("--out", type=Path, default=Path("proof"), metavar="DIR", help="the evidence (default: proof/)")
    prove.add_argument(
        "--write-config",
        action="store_true",
        help="write schemathesis.toml, for Schemathesis itself, and prove nothing",
    )
    prove.set_defaults(run=_run)


def _configured(workspace: Workspace, sources: Sequence[Source]) -> int:
    from specwright.prove.schemathesis_toml import configuration

    path = workspace.root / "schemathesis.toml"
    path.write_text(configuration(workspace, sources), encoding="utf-8")
    print(f"wrote {path}")
    return 0


def _parts(text: str) -> frozenset[str]:
    named = frozenset(text.split(","))
    if not named <= set(_PARTS):
        raise argparse.ArgumentTypeError(f"{text}: the parts are {', '.join(_PARTS)}")
    return named


def _seconds(text: str) -> int:
    found = re.fullmatch(r"([1-9][0-9]{0,5})([smh])", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text} is no time: 90s, 5m, 1h")
    return int(found[1]) * _SECONDS[found[2]]


def _run(options: argparse.Namespace) -> int:
    from specwright.codegen.generate import generate

    workspace = find(options.root)
    sources_of(workspace)
    sources = workspace.sources(options.apis)
    if options.url and len(sources) != 1:
        raise UsageError("a URL has one API: specwright prove API --url URL")
    _check_extra()
    from specwright.prove.whole import Plan, proved

    generate(workspace, progress, progress)
    if options.write_config:
        return _configured(workspace, sources)
    screen = _Screen(is_terminal=sys.stderr.isatty())
    plan = Plan(
        parts=options.only,
        url=options.url,
        mock=options.mock,
        rate=options.rate,
        seed=options.seed,
        deadline=time.monotonic() + options.budget,
        examples=options.examples,
        mutants=options.mutants,
    )
    proofs = []
    for source in sources:
        proofs.append(proved(workspace, source, plan, screen.note))
        screen.clear()
        _tell(proofs[-1], print)
    _keep(proofs, options.out)
    failed = [proof for proof in proofs if not proof.evidence.holds]
    print(f"{count(len(proofs) - len(failed), 'API')} proved, {len(failed)} failed: {options.out / 'index.html'}")
    return 1 if failed else 0


def _check_extra() -> None:
    missing = [name for name in ("jsonschema", "schemathesis") if find_spec(name) is None]
    if missing:
        raise UsageError(f"prove needs {' and '.join(missing)}: pip install 'specwright[prove]'")


def _tell(proof: "Proof", say: Callable[[str], None]) -> None:
    evidence = proof.evidence
    cases, failed = len(evidence.verdicts), len(evidence.failures)
    disagreements = evidence.witnessed.disagreements
    taken = sum(proof.seconds.values())
    say(
        f"{evidence.api}: {cases - failed} of {count(cases, 'case')} hold, {len(evidence.unproved)} not provable, "
        f"{len(disagreements)} witness disagreements in {evidence.witnessed.messages} messages ({taken:.1f} s)"
    )
    _tell_of_chance(evidence, say)
    for verdict in evidence.failures[:_SHOWN]:
        say(f"  {verdict.case}\n    {verdict.detail}")
        if verdict.curl:
            say(f"    {verdict.curl}")
    for text in disagreements[:_SHOWN]:
        say(f"  witness: {text}")
    more = max(0, failed - _SHOWN) + max(0, len(disagreements) - _SHOWN)
    if more:
        say(f"  and {more} more: see the evidence")


def _tell_of_chance(evidence: "Evidence", say: Callable[[str], None]) -> None:
    if evidence.fuzz:
        found = count(len(evidence.fuzz.findings), "finding")
        say(f"{evidence.api}: {found} in {count(evidence.fuzz.requests, 'request')} of fuzzing")
        for finding in evidence.fuzz.findings[:_SHOWN]:
            say(f"  {finding.operation} {finding.pointer} {finding.check}: {finding.detail}\n    {finding.curl}")
    if evidence.mutants:
        total, survivors = len(evidence.mutants.mutants), evidence.mutants.survivors
        say(
            f"{evidence.api}: {total - len(survivors)} of {count(total, 'mutant')} noticed ({evidence.mutants.score:.1%})"
        )
        for mutant in survivors:
            say(f"  survives: {mutant.name} at {mutant.place}: {mutant.reason or 'not explained'}")


def _keep(proofs: Sequence["Proof"], out: Path) -> None:
    from specwright.prove.documents import junit, times, written
    from specwright.prove.page import page

    out.mkdir(parents=True, exist_ok=True)
    for proof in proofs:
        (out / f"{proof.evidence.api}.json").write_text(written(proof.evidence), encoding="utf-8")
        (out / f"{proof.evidence.api}.times.json").write_text(times(proof), encoding="utf-8")
    (out / "junit.xml").write_text(junit(proofs), encoding="utf-8")
    (out / "index.html").write_text(page(proofs), encoding="utf-8")


class _Screen:
    """Says how far it is: in one line that changes on a terminal, in a line now and then elsewhere."""

    def __init__(self, *, is_terminal: bool) -> None:
        self._is_terminal, self._said = is_terminal, time.monotonic()

    def note(self, state: "Progress") -> None:
        """Say how far it is."""
        line = f"{state.api}: {state.done}/{state.total} cases, {state.failed} failed, {state.left:.0f} s left"
        if self._is_terminal:
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self._said > _PAUSE:
            self._said = time.monotonic()
            progress(line)

    def clear(self) -> None:
        """Leave nothing on a terminal, and start anew."""
        self._said = time.monotonic()
        if self._is_terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
