"""The contracts that a verb is asked to look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from specwright.cli.arguments import sources_of
from specwright.errors import UsageError
from specwright.workspace import find

_KINDS = ("yaml", "yml", "json")


@dataclass(frozen=True)
class Asked:
    """``contracts``, and what they share, each with the folder that its references may not leave.

    ``home`` is the folder whose pyproject.toml counts.
    """

    home: Path
    contracts: Mapping[Path, Path]
    shared: Mapping[Path, Path] = field(default_factory=dict)


def asked_contracts(root: Path | None, paths: list[Path]) -> Asked:
    """Return the contracts at ``paths``, folders searched, or those of the workspace; raises UsageError for none."""
    if not paths:
        workspace = find(root)
        contracts = {source.contract: workspace.root for source in sources_of(workspace)}
        shared = {workspace.shared.contract: workspace.root} if workspace.shared else {}
        return Asked(workspace.root, contracts, shared)
    found = dict.fromkeys(contract for path in paths for contract in _contracts_at(path))
    if not found:
        raise UsageError("no contract found: a folder is searched for openapi.yaml, openapi.yml and openapi.json")
    around = _around(root)
    contracts = {contract: _root_of(contract, around) for contract in found}
    return Asked(around or Path(), contracts)


def _contracts_at(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UsageError(f"no such file or folder: {path}")
    found = (file for kind in _KINDS for file in path.rglob(f"openapi.{kind}"))
    return sorted(file for file in found if _is_by_hand(file, path))


def _is_by_hand(file: Path, searched: Path) -> bool:
    """Tell whether ``file`` is somebody's contract: none that we generated, none of an installed package."""
    inside = file.relative_to(searched).parts
    is_ours = file.parents[1].name == "generated" and (file.parents[1] / "manifest.json").is_file()
    return not is_ours and not any(part.startswith(".") or part == "node_modules" for part in inside)


def _around(root: Path | None) -> Path | None:
    """Return the folder that the user named, else that of the workspace, if there is one."""
    if root is not None:
        if not root.is_dir():
            raise UsageError(f"no such folder: {root}")
        return root
    try:
        return find(None).root
    except UsageError:
        return None


def _root_of(contract: Path, around: Path | None) -> Path:
    """Return the folder around ``contract``, its own where it is not inside."""
    is_inside = around and contract.resolve().is_relative_to(around.resolve())
    return around if around and is_inside else contract.parent
