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
    """Bring generated/ up to date; return how many packages changed.

    Nothing is written when a contract is wrong (SpecError). What was edited by hand is replaced, told, and kept aside.
    """
    sources = workspace.sources()
    stale = list(_stale(workspace, sources))
    orphans = disk.orphans(workspace.generated, [source.package for source in sources])
    drifts = list(disk.compare(workspace.generated, _packages(stale, orphans)))
    changed = sorted({drift.path.partition("/")[0] for drift in drifts})
    entries = _entries(workspace, stale, orphans)
    edited = {drift.path: drift.before or "" for drift in drifts if drift.kind == "hand-edited"}
    if changed:
        packages = _packages([package for package in stale if package.name in changed], orphans)
        disk.write(workspace.generated, packages, entries, edited)
    elif entries:
        disk.write_manifest(workspace.generated, entries)
    for name in changed:
        report(f"removed generated/{name}: its contract is gone" if name in orphans else f"wrote generated/{name}")
    for path in edited:
        report(f"generated/{path} was edited by hand: your text is kept in generated/{disk.EDITED}/{path}")
    return len(changed)


def drift(workspace: Workspace) -> list[disk.Drift]:
    """Return how generated/ differs from what the contracts make."""
    sources = workspace.sources()
    stale = list(_stale(workspace, sources))
    orphans = disk.orphans(workspace.generated, [source.package for source in sources])
    drifts = list(disk.compare(workspace.generated, _packages(stale, orphans)))
    # Where a package differs the manifest does too: that goes without saying.
    return drifts or list(disk.compare_root(workspace.generated, _entries(workspace, stale, orphans)))


def _entries(workspace: Workspace, stale: list[Package], orphans: list[str]) -> dict[str, Any]:
    known = disk.read_manifest(workspace.generated)
    kept = {name: entry for name, entry in known.items() if name not in orphans}
    return {**kept, **{package.name: dict(package.entry) for package in stale}}


def _packages(packages: list[Package], orphans: list[str]) -> dict[str, Files]:
    return {**{package.name: package.files for package in packages}, **{name: {} for name in orphans}}


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
