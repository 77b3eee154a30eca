"""``specwright validate``: say everything that is wrong with the contracts."""

import argparse
from pathlib import Path

from specwright.cli.arguments import Verbs, sources_of
from specwright.cli.screen import complain, count
from specwright.errors import UsageError
from specwright.workspace import find


def add(verbs: Verbs) -> None:
    """Add the verb."""
    validate = verbs.add_parser("validate", help="say everything that is wrong with the contracts")
    validate.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="contracts or folders (default: specs/)")
    validate.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from specwright.plan.collisions import names_stay_apart
    from specwright.spec.read import problems_of

    contracts, root = _contracts(options)
    shared = [find(options.root).shared] if not options.paths else []
    checked = [*contracts, *(source.contract for source in shared if source)]
    problems = dict.fromkeys(problem for path in checked for problem in problems_of(path, root, (names_stay_apart,)))
    complain(list(problems))
    errors = sum(problem.severity == "error" for problem in problems)
    if errors:
        return 1
    print(f"{count(len(contracts), 'contract')} valid")
    return 0


def _contracts(options: argparse.Namespace) -> tuple[list[Path], Path]:
    if not options.paths:
        workspace = find(options.root)
        return [source.contract for source in sources_of(workspace)], workspace.root
    contracts: list[Path] = []
    for path in options.paths:
        if path.is_dir():
            contracts += sorted(file for kind in ("yaml", "yml", "json") for file in path.rglob(f"openapi.{kind}"))
        elif path.is_file():
            contracts.append(path)
        else:
            raise UsageError(f"no such file or folder: {path}")
    if not contracts:
        raise UsageError("no contract found: a folder is searched for openapi.yaml, openapi.yml and openapi.json")
    return contracts, _root_of(options, contracts)


def _root_of(options: argparse.Namespace, contracts: list[Path]) -> Path:
    """Return the folder that references may not leave: the workspace if the contracts are in one."""
    try:
        root = find(options.root).root
    except UsageError:
        return contracts[0].parent
    inside = all(contract.resolve().is_relative_to(root.resolve()) for contract in contracts)
    return root if inside else contracts[0].parent
