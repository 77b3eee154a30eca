"""``specwright generate``: contracts in specs/ -> packages in generated/."""

import argparse
import sys
from contextlib import suppress

from specwright.cli.arguments import Verbs, sources_of
from specwright.cli.screen import complain, count, progress
from specwright.errors import SpecError
from specwright.workspace import Workspace, find


def add(verbs: Verbs) -> None:
    """Add the verb."""
    generate = verbs.add_parser("generate", help="contracts in specs/ -> packages in generated/")
    generate.add_argument("--check", action="store_true", help="change nothing; exit 1 with a diff on drift")
    generate.add_argument("--watch", action="store_true", help="go on: generate whenever a contract changes")
    generate.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from specwright.codegen.generate import drift, generate

    workspace = find(options.root)
    how_many = count(len(sources_of(workspace)), "API")
    if options.check:
        drifts = drift(workspace, progress)
        for found in drifts:
            sys.stdout.write(str(found))
        if drifts:
            print("specwright: generated/ is out of date: run `specwright generate`", file=sys.stderr)
            return 1
        print(f"generated/ is up to date ({how_many})")
        return 0
    if not generate(workspace, print, progress):
        print(f"generated/ is up to date ({how_many})")
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
                generate(workspace, print, progress)
            except SpecError as error:
                complain(error.problems)
