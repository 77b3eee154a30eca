"""Arguments in, exit status out: the only module that prints, exits, or catches SpecError.

Exit status: 0 fine, 1 problems or drift, 2 could not run.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from functools import partial
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
_MOCK_EXAMPLES = """\
examples:
  specwright mock                                   all APIs on http://127.0.0.1:8000
  specwright mock caspen --port 9000                one of them
  specwright mock --store sqlite:///mock.db         state that survives the mock
  specwright mock --workers 4 --auth strict         four processes; only clients of world.yaml may call
  specwright mock --host 0.0.0.0 --tls-cert me.pem  for others, over HTTPS
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

    _add_mock(verbs)
    return parser


def _add_mock(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    mock = verbs.add_parser(
        "mock",
        help="serve the APIs as their partners behave",
        description="Serve the APIs: as specs/<api>/partner.py says, or from the contract where there is none.",
        epilog=_MOCK_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    mock.add_argument("apis", nargs="*", metavar="API", help="names of folders in specs/ (default: all)")
    served = mock.add_argument_group("where it listens")
    served.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    served.add_argument("--port", type=_port, default=8000, help="port, 0 for any that is free (default: %(default)s)")
    served.add_argument("--workers", type=_positive, default=1, metavar="N", help="processes (default: %(default)s)")
    served.add_argument("--tls-cert", type=Path, metavar="FILE", help="serve HTTPS with this certificate (PEM)")
    served.add_argument("--tls-key", type=Path, metavar="FILE", help="its key, unless it is in the same file")
    served.add_argument(
        "--tls-client-ca", type=Path, metavar="FILE", help="ask clients for certificates signed by this one"
    )
    served.add_argument(
        "--cors", action="append", default=[], metavar="ORIGIN", help="let pages of this origin call; * for all"
    )
    state = mock.add_argument_group("what it keeps")
    state.add_argument(
        "--store", default="sqlite://", metavar="URL", help="sqlite:///FILE or postgresql://... (default: in memory)"
    )
    state.add_argument(
        "--journal",
        choices=["redacted", "full", "off"],
        default="redacted",
        help="requests to keep (default: %(default)s)",
    )
    state.add_argument(
        "--journal-limit", type=_positive, default=1000, metavar="N", help="of each namespace (default: %(default)s)"
    )
    state.add_argument(
        "--namespace-ttl",
        type=_positive,
        default=3600,
        metavar="SECONDS",
        help="idle ones are dropped (default: %(default)s)",
    )
    access = mock.add_argument_group("who may do what")
    access.add_argument(
        "--auth",
        choices=["strict", "presence", "off"],
        default="presence",
        help="credentials of clients (default: %(default)s)",
    )
    access.add_argument(
        "--admin-token",
        default=os.environ.get("SPECWRIGHT_ADMIN_TOKEN"),
        metavar="TOKEN",
        help="what changes to the mock must carry (default: SPECWRIGHT_ADMIN_TOKEN; made up unless on loopback)",
    )
    mock.add_argument("--watch", action="store_true", help="follow changes of specs/ and templates/; state is kept")
    mock.add_argument("--log-format", choices=["text", "json", "off"], default="text", help="a line for every request")
    mock.set_defaults(run=_mock)


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 1 << 31:
        raise argparse.ArgumentTypeError(f"{text} is no whole number above 0")
    return int(text)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port: they are 0 to 65535")
    return int(text)


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
    workspace.sources(options.apis)  # a wrong name is told before anything is done
    make = partial(generate, workspace, print, _progress)
    make()
    from specwright.mock.run import run
    from specwright.mock.settings import Listening, Settings

    said = vars(options) | {"cors": tuple(options.cors)}
    settings = Settings(**{field.name: said[field.name] for field in fields(Settings)})
    listening = Listening(**{field.name: said[field.name] for field in fields(Listening)})
    run(workspace, options.apis, settings, listening, make)
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
