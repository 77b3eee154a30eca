"""The verb ``generate``: load -> check -> build -> render -> write, for every API of a workspace."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from specwright.codegen import write as disk
from specwright.codegen.render import Files, render, render_shared
from specwright.errors import Problem, SpecError
from specwright.plan import REQUEST, Api, build
from specwright.spec import read
from specwright.spec.document import Document
from specwright.spec.shared import files_in
from specwright.workspace import SHARED, Source, Workspace

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
    orphans = disk.orphans(workspace.generated, _owned(workspace, sources))
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
    orphans = disk.orphans(workspace.generated, _owned(workspace, sources))
    drifts = list(disk.compare(workspace.generated, _packages(stale, orphans)))
    # Where a package differs the manifest does too: that goes without saying.
    return drifts or list(disk.compare_root(workspace.generated, _entries(workspace, stale, orphans)))


def _owned(workspace: Workspace, sources: tuple[Source, ...]) -> list[str]:
    return [source.package for source in sources] + ([SHARED] if workspace.shared else [])


def _entries(workspace: Workspace, stale: list[Package], orphans: list[str]) -> dict[str, Any]:
    known = disk.read_manifest(workspace.generated)
    kept = {name: entry for name, entry in known.items() if name not in orphans}
    return {**kept, **{package.name: dict(package.entry) for package in stale}}


def _packages(packages: list[Package], orphans: list[str]) -> dict[str, Files]:
    return {**{package.name: package.files for package in packages}, **{name: {} for name in orphans}}


def _stale(workspace: Workspace, sources: tuple[Source, ...]) -> Iterator[Package]:
    """Yield the packages whose contract or generator is not the one the manifest knows; raises SpecError of all."""
    generator = disk.fingerprint(workspace.templates)
    shared = _Shared(workspace, generator)
    problems: list[Problem] = []
    packages: list[Package] = []
    for source in sources:
        try:
            if not _is_current(workspace, source, generator):
                packages.append(_package(workspace, source, generator, shared))
        except SpecError as error:
            problems += error.problems
    try:
        packages += shared.stale()
    except SpecError as error:
        problems += [problem for problem in error.problems if problem not in problems]
    if problems:
        raise SpecError(problems)
    yield from packages


def _is_current(workspace: Workspace, source: Source, generator: str) -> bool:
    known = disk.read_manifest(workspace.generated).get(source.package, {}).get("sources", {})
    hashes = _hashes(workspace, known)
    own = [source.contract] if source.contract.is_file() else files_in(source.contract)
    is_known = all(os.path.relpath(file, workspace.root) in hashes for file in own)
    return is_known and disk.is_current(workspace.generated, source.package, hashes, generator)


def _package(workspace: Workspace, source: Source, generator: str, shared: "_Shared") -> Package:
    document = read(source.contract, workspace.root)
    files = render(build(source.package, document.value, shared.imported(document)), workspace.templates)
    hashes = _hashes(workspace, [os.path.relpath(file, workspace.root.resolve()) for file in files_of(document)])
    return Package(source.package, files, disk.manifest_entry(files, hashes, generator))


class _Shared:
    """The schemas that several contracts of the workspace refer to: one package, read only when one needs it."""

    def __init__(self, workspace: Workspace, generator: str) -> None:
        self._workspace, self._generator, self._source = workspace, generator, workspace.shared

    @cached_property
    def _document(self) -> Document:
        return read(self._workspace.specs / SHARED, self._workspace.root)

    @cached_property
    def _api(self) -> Api:
        return build(SHARED, self._document.value)

    def stale(self) -> Iterator[Package]:
        """Yield the package if it is not up to date."""
        if self._source and not _is_current(self._workspace, self._source, self._generator):
            files = render_shared(self._api, self._workspace.templates)
            paths = [os.path.relpath(file, self._workspace.root.resolve()) for file in files_of(self._document)]
            known = [path for path in paths if (self._workspace.root / path).is_file()]
            hashes = _hashes(self._workspace, known)
            yield Package(SHARED, files, disk.manifest_entry(files, hashes, self._generator))

    def imported(self, document: Document) -> dict[str, str]:
        """Return the definitions of the package that the schemas of ``document`` are: place -> name."""
        if not self._source or not any(
            _is_below(self._source.contract, other) for other, _ in document.origins.values()
        ):
            return {}
        places = {(other.file.resolve(), inside): place for place, (other, inside) in self._document.origins.items()}
        found = {}
        for place, (other, inside) in document.origins.items():
            there = places.get((other.file.resolve(), inside))
            for suffix in ("", REQUEST):
                if there and f"{there}{suffix}" in self._api.names:
                    found[f"{place}{suffix}"] = self._api.names[f"{there}{suffix}"]
        return found


def _is_below(folder: Path, document: Document) -> bool:
    return document.file.resolve().is_relative_to(folder.resolve())


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
