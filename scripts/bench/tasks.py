"""The tasks: which tools do what with which contracts, each from where it should start."""

import itertools
import json
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from scripts.bench.install import ROOT, Failed, say
from scripts.bench.tools import BATCH, FLASK, OURS, PEERS, Command, Cost, Peer, generate, run

PARTNERS = "all of specs/"
FIFTY = "one contract of fifty changed"

# One of the fifty contracts; its edition is what changes.
CONTRACT = """\
openapi: 3.1.0
info: {title: Orders, version: "1"}
paths:
  /orders/{id}:
    get:
      operationId: getOrder
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
      responses:
        "200":
          description: The order.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Order"}
components:
  schemas:
    Order:
      type: object
      description: An order, edition 0.
      required: [id]
      properties:
        id: {type: string}
        amount: {type: integer, minimum: 0}
"""


@dataclass
class Row:
    """A tool at a task: ``prepare`` readies a folder and returns the commands to time; then what they took."""

    task: str
    tool: str
    prepare: Callable[[Path], list[Command]]
    packages: int | None = None  # that Specwright should say it wrote; a peer need only write something
    costs: list[Cost] = field(default_factory=list)
    failure: str = ""

    def median(self, quantity: str) -> float:
        """Return the median of an attribute of Cost over all runs."""
        return float(statistics.median(getattr(cost, quantity) for cost in self.costs))


@dataclass(frozen=True)
class Bench:
    """Where the tools run, and under which limits."""

    scratch: Path
    peers: dict[str, Path | str]
    cores: int
    timeout: float
    editions: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def groups(self, documents: dict[str, Path]) -> Iterator[list[Row]]:
        """Yield the rows to measure together, by turns, so that a busy moment of the machine hits all of them."""
        partners = {path.parent.name: path for path in sorted((ROOT / "specs").glob("*/openapi.*"))}
        yield [Row(FIFTY, OURS, self._edited, 1), self._unchanged(PARTNERS, partners)]
        yield [
            self._ours(PARTNERS, partners),
            self._theirs(FLASK, PARTNERS, partners),
            Row(PARTNERS, BATCH.name, lambda folder: self._batched(folder, partners)),
        ]
        for name, path in documents.items():
            task = f"document {name}"
            yield [
                self._ours(task, {name: path}),
                *(self._theirs(peer, task, {name: path}) for peer in PEERS),
                self._unchanged(name, {name: path}),
            ]

    def measured(self, rows: list[Row], runs: int) -> list[Row]:
        """Fill in the rows; one that fails once is not run again."""
        for _, row in itertools.product(range(runs), rows):
            if row.failure:
                continue
            try:
                row.costs.append(self._measure(row))
                say(f"{row.task}: {row.tool}: {row.costs[-1].seconds:.2f} s")
            except Failed as failure:
                row.failure = str(failure)
                say(f"{row.task}: {row.tool}: failed: {failure}")
        return rows

    def _ours(self, task: str, contracts: dict[str, Path]) -> Row:
        return Row(task, OURS, lambda folder: [generate(_workspace(folder, contracts))], len(contracts))

    def _theirs(self, peer: Peer, task: str, contracts: dict[str, Path]) -> Row:
        def prepare(folder: Path) -> list[Command]:
            places = ((str(path), str(folder / "output" / name)) for name, path in contracts.items())
            return [self._command(peer, folder, input=source, output=output) for source, output in places]

        return Row(task, peer.name, prepare)

    def _batched(self, folder: Path, contracts: dict[str, Path]) -> list[Command]:
        files = []
        for name, path in contracts.items():
            config = {"generatorName": "python-flask", "additionalProperties": {"useConnexion3": "true"}}
            place = {"inputSpec": str(path), "outputDir": str(folder / "output" / name)}
            file = folder / f"{name}.json"
            file.write_text(json.dumps(config | place))
            files.append(str(file))
        command = self._command(BATCH, folder, cores=str(self.cores))
        return [replace(command, arguments=(*command.arguments, *files))]

    def _command(self, peer: Peer, folder: Path, **places: str) -> Command:
        programs = self.peers[peer.requirement]
        if isinstance(programs, str):
            raise Failed(programs)
        program, *arguments = peer.command.split()
        return Command((str(programs / program), *(argument.format(**places) for argument in arguments)), folder)

    def _unchanged(self, name: str, contracts: dict[str, Path]) -> Row:
        return Row(f"nothing changed: {name}", OURS, lambda _: [generate(self._standing(name, contracts))], 0)

    def _edited(self, folder: Path) -> list[Command]:
        """Change one contract of fifty in a workspace that is up to date."""
        small = folder / "openapi.yaml"
        small.write_text(CONTRACT)
        root = self._standing(FIFTY, {f"orders_{number}": small for number in range(50)})
        contract = root / "specs" / "orders_25" / "openapi.yaml"
        contract.write_text(CONTRACT.replace("edition 0", f"edition {next(self.editions)}"))
        return [generate(root)]

    def _standing(self, name: str, contracts: dict[str, Path]) -> Path:
        """Return the workspace of that name, which stays, made and generated at first."""
        root = self.scratch / name.replace("/", "")
        if not root.is_dir():
            run(generate(_workspace(root, contracts)), self.timeout)
        return root

    def _measure(self, row: Row) -> Cost:
        """Run what the row says in a new folder; raises Failed, also when what it wrote is not what it should."""
        with tempfile.TemporaryDirectory(dir=self.scratch) as name:
            folder = Path(name)
            (folder / "output").mkdir()
            costs, outputs = zip(*(run(command, self.timeout) for command in row.prepare(folder)), strict=True)
            wrote = sum(output.count("wrote generated/") for output in outputs)
            if row.packages is not None and wrote != row.packages:
                raise Failed(f"wrote {wrote} packages, not {row.packages}")
            if row.packages is None and not any(path.is_file() for path in folder.glob("output/**/*")):
                raise Failed("wrote nothing")
        seconds, processor = sum(cost.seconds for cost in costs), sum(cost.processor for cost in costs)
        return Cost(seconds, processor, max(cost.megabytes for cost in costs))


def _workspace(root: Path, contracts: dict[str, Path]) -> Path:
    """Copy the contracts to where Specwright finds them."""
    for name, path in contracts.items():
        folder = root / "specs" / name
        folder.mkdir(parents=True)
        shutil.copyfile(path, folder / f"openapi{path.suffix}")
    return root
