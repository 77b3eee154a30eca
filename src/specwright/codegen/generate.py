"""The verb ``generate``: load -> check -> build -> render -> write, for every API of a workspace."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specwright.codegen import write as disk
from specwright.codegen.render import Files, render
from specwright.errors import Problem, SpecError
from specwright.plan import build
from specwright.spec import read
from specwright.spec.document import Document
from specwright.workspace import Source, Workspace, templates

Report = Callable[[str], None]


@dataclass(frozen=True)
class Package:
    """One package as it should be: its files, and what the manifest says of it."""

    name: str
    files: Files
    entry: Mapping[str, Any]


def generate(workspace: Workspace, report: Report) -> int:
    """Bring generated/ up to date; return how many packages changed. Nothing is written if any contract is wrong."""
    sources = workspace.sources()
    packages = list(_stale(workspace, sources))
    orphans = disk.orphans(workspace.generated, [source.package for source in sources])
    entries = {name: entry for name, entry in disk.read_manifest(workspace.generated).items() if name not in orphans}
    changed = 0
    for package in packages:
        entries[package.name] = dict(package.entry)
        if disk.diff(workspace.generated, package.name, package.files):
            workspace.generated.mkdir(exist_ok=True)
            disk.write(workspace.generated, package.name, package.files)
            report(f"wrote generated/{package.name}")
            changed += 1
    disk.remove(workspace.generated, orphans)
    for name in orphans:
        report(f"removed generated/{name}: its contract is gone")
    if sources or orphans:
        disk.write_root(workspace.generated, entries)
    return changed + len(orphans)


def drift(workspace: Workspace) -> str:
    """Return the unified diff from generated/ to what the contracts make; empty when there is none."""
    sources = workspace.sources()
    packages = list(_stale(workspace, sources))
    texts = [disk.diff(workspace.generated, package.name, package.files) for package in packages]
    texts += [
        f"orphaned: generated/{name}: its contract is gone\n"
        for name in disk.orphans(workspace.generated, [source.package for source in sources])
    ]
    if sources:
        texts += [f"missing: generated/{name}\n" for name in disk.missing_root(workspace.generated)]
    return "".join(texts)


def _stale(workspace: Workspace, sources: tuple[Source, ...]) -> Iterator[Package]:
    """Yield the packages whose contract or generator is not the one the manifest knows; raises SpecError of all."""
    generator = disk.fingerprint(templates())
    known = disk.read_manifest(workspace.generated)
    problems: list[Problem] = []
    packages: list[Package] = []
    for source in sources:
        hashes = _hashes(workspace, known.get(source.package, {}).get("sources", {}))
        own = os.path.relpath(source.contract, workspace.root)
        if own in hashes and disk.is_current(workspace.generated, source.package, hashes, generator):
            continue
        try:
            packages.append(_package(workspace, source, generator))
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    yield from packages


def _package(workspace: Workspace, source: Source, generator: str) -> Package:
    document = read(source.contract, workspace.root)
    files = render(build(source.package, document.value), templates())
    hashes = _hashes(workspace, [os.path.relpath(file, workspace.root.resolve()) for file in files_of(document)])
    return Package(source.package, files, disk.manifest_entry(files, hashes, generator))


def files_of(document: Document) -> list[Path]:
    """Return every file that a bundled document was read from."""
    others = {other.file.resolve() for other, _ in document.origins.values()}
    return sorted({document.file.resolve(), *others})


def _hashes(workspace: Workspace, paths: Mapping[str, str] | list[str]) -> dict[str, str]:
    found = {}
    for path in sorted(paths):
        file = workspace.root / path
        found[path] = disk.digest(file.read_bytes()) if file.is_file() else ""
    return found
