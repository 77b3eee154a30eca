"""``specwright mock``: serve the APIs as their partners behave."""

import argparse
import os
from dataclasses import fields
from functools import partial
from pathlib import Path

from specwright.cli.arguments import Verbs, positive, sources_of
from specwright.cli.screen import progress
from specwright.workspace import find

_EXAMPLES = """\
examples:
  specwright mock                                   all APIs on http://127.0.0.1:8000
  specwright mock caspen --port 9000                one of them
  specwright mock --store sqlite:///mock.db         state that survives the mock
  specwright mock --workers 4 --auth strict         four processes; only clients of world.yaml may call
  specwright mock --watch                           what is changed in specs/ is served, state is kept
  specwright mock --host 0.0.0.0 --tls-cert me.pem  for others, over HTTPS
"""


def add(verbs: Verbs) -> None:
    """Add the verb."""
    mock = verbs.add_parser(
        "mock",
        help="serve the APIs as their partners behave",
        description="Serve the APIs: as specs/<api>/partner.py says, or from the contract where there is none.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    mock.add_argument("apis", nargs="*", metavar="API", help="names of folders in specs/ (default: all)")
    served = mock.add_argument_group("where it listens")
    served.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    served.add_argument("--port", type=_port, default=8000, help="port, 0 for any that is free (default: %(default)s)")
    served.add_argument("--workers", type=positive, default=1, metavar="N", help="processes (default: %(default)s)")
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
        "--journal-limit", type=positive, default=1000, metavar="N", help="of each namespace (default: %(default)s)"
    )
    state.add_argument(
        "--namespace-ttl",
        type=positive,
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
    mock.set_defaults(run=_run)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port: they are 0 to 65535")
    return int(text)


def _run(options: argparse.Namespace) -> int:
    from specwright.codegen.generate import generate

    workspace = find(options.root)
    sources_of(workspace)
    workspace.sources(options.apis)  # a wrong name is told before anything is done
    make = partial(generate, workspace, print, progress)
    make()
    from specwright.mock.run import run
    from specwright.mock.settings import Listening, Settings

    said = vars(options) | {"cors": tuple(options.cors)}
    settings = Settings(**{field.name: said[field.name] for field in fields(Settings)})
    listening = Listening(**{field.name: said[field.name] for field in fields(Listening)})
    run(workspace, options.apis, settings, listening, make)
    return 0
