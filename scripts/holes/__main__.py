"""What Connexion, as it comes, does not enforce of a contract: ``python -m scripts.holes CONTRACT``, by default the zoo.

The contract is said in OpenAPI 3.0, which is what Connexion reads; what 3.0 cannot say is not asked of it. Each hole is one
line: operation, location, pointer, keyword, and what came instead.
"""

import json
import logging
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

from scripts.holes.oas30 import in_30
from specwright.plan import build
from specwright.prove.matrix import Matrix
from specwright.prove.probes import Probe, Undecided
from specwright.prove.requests import Requests
from specwright.prove.subject import Subject
from specwright.prove.target import InProcess
from specwright.spec.read import read

_ZOO = Path(__file__).parents[2] / "tests" / "contracts" / "zoo" / "openapi.yaml"
_ACCEPTED, _REFUSED, _FAILED = "accepted though wrong", "refused though right", "failed"


def main(contract: Path) -> None:
    """Print every hole and how many cases there were."""
    warnings.simplefilter("ignore")  # Connexion loads what is deprecated
    logging.disable(logging.CRITICAL)
    said = in_30(read(contract, contract.parent).value)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "openapi.json")
        path.write_text(json.dumps(said), encoding="utf-8")
        document = read(path, Path(folder)).value
    api = build("", document)
    # Imported here so that what Connexion warns of while it is loaded stays quiet.
    from scripts.holes.stock import stock

    subject = Subject("stock", api, json.dumps(document), {})
    with InProcess(stock(said, api), api.base_path) as target:
        lines = list(_holes(subject, target))
    for line in lines[:-1]:
        print(line)
    print(lines[-1])


def _holes(subject: Subject, target: InProcess) -> Iterator[str]:
    """Yield a line for each constraint that is not enforced, and one about all."""
    seen: set[str] = set()
    cases = 0
    for probe in Matrix(Requests(subject), target.send).probes():
        if not isinstance(probe, Probe):
            continue
        cases += 1
        reply = probe.send(probe.case.request)
        try:
            wrong = probe.judge(reply)
        except Undecided:
            continue
        if wrong:
            kind = _FAILED if reply.status >= 500 else _ACCEPTED if probe.case.kind == "refused" else _REFUSED
            line = f"{probe.case.place}: {kind} ({reply.status})"
            if line not in seen:
                seen.add(line)
                yield line
    yield f"{len(seen)} holes in {cases} cases"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else _ZOO)
