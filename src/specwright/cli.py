"""Arguments in, exit status out: the only module that prints, exits, or catches SpecError.

Exit status: 0 fine, 1 problems or drift, 2 could not run.
"""

import argparse
import gc
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from specwright.errors import Problem, SpecError, UsageError
from specwright.workspace import Source, Workspace, find

_EXAMPLES = """\
examples:
  specwright validate                 check every contract in specs/
  specwright generate                 bring generated/ up to date
  specwright generate --check         fail, with a diff, when it is not
  specwright mock caspen --port 9000  serve one API
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except SpecError as error:
        _complain(error.problems)
        return 1
    except UsageError as error:
        print(f"specwright: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"specwright: {error.strerror}: {error.filename}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="specwright",
        description="Contracts as code: validate OpenAPI documents, generate typed servers, serve mocks.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--root", type=Path, metavar="DIR", help="the workspace (default: found upward from here)")
    verbs = parser.add_subparsers(metavar="VERB", required=True)

    validate = verbs.add_parser("validate", help="say everything that is wrong with the contracts")
    validate.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="contracts or folders (default: specs/)")
    validate.set_defaults(run=_validate)

    generate = verbs.add_parser("generate", help="contracts in specs/ -> packages in generated/")
    generate.add_argument("--check", action="store_true", help="change nothing; exit 1 with a diff on drift")
    generate.add_argument("--watch", action="store_true", help="go on: generate whenever a contract changes")
    generate.set_defaults(run=_generate)

    mock = verbs.add_parser("mock", help="serve the APIs, answering from their contracts")
    mock.add_argument("apis", nargs="*", metavar="API", help="names of folders in specs/ (default: all)")
    mock.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    mock.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
    mock.set_defaults(run=_mock)
    return parser


def _validate(options: argparse.Namespace) -> int:
    from specwright.spec.read import problems_of

    contracts, root = _contracts(options)
    shared = [find(options.root).shared] if not options.paths else []
    checked = [*contracts, *(source.contract for source in shared if source)]
    problems = dict.fromkeys(problem for path in checked for problem in problems_of(path, root))
    _complain(list(problems))
    errors = sum(problem.severity == "error" for problem in problems)
    if errors:
        return 1
    print(f"{_count(len(contracts), 'contract')} valid")
    return 0


def _contracts(options: argparse.Namespace) -> tuple[list[Path], Path]:
    if not options.paths:
        workspace = find(options.root)
        return [source.contract for source in _sources(workspace)], workspace.root
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


def _generate(options: argparse.Namespace) -> int:
    from specwright.codegen.generate import drift, generate

    workspace = find(options.root)
    count = _count(len(_sources(workspace)), "API")
    if options.check:
        drifts = drift(workspace, _progress)
        for found in drifts:
            sys.stdout.write(str(found))
        if drifts:
            print("specwright: generated/ is out of date: run `specwright generate`", file=sys.stderr)
            return 1
        print(f"generated/ is up to date ({count})")
        return 0
    if not generate(workspace, print, _progress):
        print(f"generated/ is up to date ({count})")
    return _watch(workspace) if options.watch else 0


def _watch(workspace: Workspace) -> int:
    """Generate at every change of contracts and templates until interrupted."""
    with suppress(KeyboardInterrupt):
        _watch_forever(workspace)
    return 0


def _watch_forever(workspace: Workspace) -> None:
    from watchfiles import watch

    from specwright.codegen.generate import generate

    folders = [folder for folder in (workspace.specs, workspace.root / "templates") if folder.is_dir()]
    announced = False
    for changes in watch(*folders, rust_timeout=200, yield_on_timeout=True):
        if not announced:
            # Said once changes are seen, so that whoever waits for it loses none.
            print("watching specs/ (Ctrl-C ends it)", flush=True)
            announced = True
        if changes:
            try:
                generate(workspace, print, _progress)
            except SpecError as error:
                _complain(error.problems)


def _mock(options: argparse.Namespace) -> int:
    from specwright.codegen.generate import generate

    workspace = find(options.root)
    _sources(workspace)
    sources = workspace.sources(options.apis)
    generate(workspace, print, _progress)
    gc.disable()  # until all is loaded: nothing of it is dropped again, a collection would only take its time
    from specwright.mock.server import run

    run(workspace, sources, options.host, options.port)
    return 0


def _sources(workspace: Workspace) -> tuple[Source, ...]:
    sources = workspace.sources()
    if not sources:
        raise UsageError(f"{workspace.specs} has no API: make {workspace.specs}/<api>/openapi.yaml")
    return sources


def _complain(problems: Sequence[Problem]) -> None:
    for problem in problems:
        print(problem, file=sys.stderr)


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
