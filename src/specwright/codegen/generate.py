"""The verb ``generate``: what is stale is made, what is made is written. What is not stale costs no more than hashes."""

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from specwright.codegen import write as disk
from specwright.codegen.write import Files
from specwright.errors import Problem, SpecError
from specwright.workspace import SHARED, Source, Workspace

if TYPE_CHECKING:
    from specwright.codegen.package import Package

Report = Callable[[str], None]

# Work on more bytes of contracts takes long enough to say what is being done.
_MUCH = 1_000_000


def generate(workspace: Workspace, report: Report, progress: Report) -> int:
    """Bring generated/ up to date; return how many packages changed.

    Nothing is written when a contract is wrong (SpecError). What was edited by hand is replaced, told, and kept aside.
    ``report`` gets what was done, ``progress`` what is being done when that takes long.
    """
    sources = workspace.sources()
    stale = _stale(workspace, sources, progress)
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


def drift(workspace: Workspace, progress: Report) -> list[disk.Drift]:
    """Return how generated/ differs from what the contracts make."""
    sources = workspace.sources()
    stale = _stale(workspace, sources, progress)
    orphans = disk.orphans(workspace.generated, _owned(workspace, sources))
    drifts = list(disk.compare(workspace.generated, _packages(stale, orphans)))
    # Where a package differs the manifest does too: that goes without saying.
    return drifts or list(disk.compare_root(workspace.generated, _entries(workspace, stale, orphans)))


def _owned(workspace: Workspace, sources: tuple[Source, ...]) -> list[str]:
    return [source.package for source in sources] + ([SHARED] if workspace.shared else [])


def _entries(workspace: Workspace, stale: "list[Package]", orphans: list[str]) -> dict[str, Any]:
    known = disk.read_manifest(workspace.generated)
    kept = {name: entry for name, entry in known.items() if name not in orphans}
    return {**kept, **{package.name: dict(package.entry) for package in stale}}


def _packages(packages: "list[Package]", orphans: list[str]) -> dict[str, Files]:
    return {**{package.name: package.files for package in packages}, **{name: {} for name in orphans}}


def _stale(workspace: Workspace, sources: tuple[Source, ...], progress: Report) -> "list[Package]":
    """Return the packages whose contract or generator is not the one the manifest knows; raises SpecError of all."""
    generator = disk.fingerprint(workspace.templates)
    known = disk.read_manifest(workspace.generated)
    shared = [workspace.shared] if workspace.shared else []
    stale = [source for source in (*sources, *shared) if not _is_current(workspace, source, known, generator)]
    return _made(workspace, stale, generator, progress) if stale else []


def _is_current(workspace: Workspace, source: Source, known: Mapping[str, Any], generator: str) -> bool:
    entry = known.get(source.package)
    if entry is None or not {os.path.relpath(file, workspace.root) for file in source.files} <= entry["sources"].keys():
        return False
    hashes = disk.hashes(workspace.root, entry["sources"])
    return disk.is_current(workspace.generated, source.package, entry, hashes, generator)


def _made(workspace: Workspace, stale: list[Source], generator: str, progress: Report) -> "list[Package]":
    # Imported here because what reads and renders contracts is slow to load.
    from specwright.codegen.package import Maker

    maker = Maker(workspace, generator)
    is_long = sum(file.stat().st_size for source in stale for file in source.files) > _MUCH
    packages: list[Package] = []
    problems: list[Problem] = []
    for number, source in enumerate(stale, 1):
        if is_long:
            progress(f"generating {source.name} ({number} of {len(stale)})")
        try:
            packages.append(maker.package(source))
        except SpecError as error:
            problems += [problem for problem in error.problems if problem not in problems]
    if problems:
        raise SpecError(problems)
    return packages
