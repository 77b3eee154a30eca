"""Arguments in, exit status out: the only room that prints, exits, or catches SpecError.

Exit status: 0 fine, 1 problems or drift, 2 could not run.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from specwright.cli import breaking, explain, generate, mock, prove, sources, validate
from specwright.cli.screen import complain
from specwright.errors import SpecError, UsageError

_EXAMPLES = """\
examples:
  specwright validate                 check every contract in specs/
  specwright breaking                 tell what breaks clients since the main branch
  specwright explain example          what a rule asks, and how to mend what breaks it
  specwright generate                 bring generated/ up to date
  specwright generate --check         fail, with a diff, when it is not
  specwright mock caspen --port 9000  serve one API
  specwright prove                    show that every server keeps its contract
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except SpecError as error:
        complain(error.problems)
        return 1
    except UsageError as error:
        print(f"specwright: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever reads has enough, as in `specwright explain | head`; what is left to flush goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        print(f"specwright: {error.strerror}: {error.filename}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="specwright",
        description="Contracts as code: validate OpenAPI documents, generate typed servers, serve mocks, prove them.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--root", type=Path, metavar="DIR", help="the workspace (default: found upward from here)")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    for verb in (validate, breaking, explain, sources, generate, mock, prove):
        verb.add(verbs)
    return parser
