"""Measure Specwright against its peers: ``generate``, ``validate``, ``serve`` or ``mock``; ``bookings``: the state of the mock by itself."""

import signal
import sys

from scripts.bench import bookings, generate, mock, serve, validate

VERBS = {
    "generate": generate.main,
    "validate": validate.main,
    "serve": serve.main,
    "mock": mock.main,
    "bookings": bookings.main,
}


def main() -> int:
    """Run the verb of the command line; Ctrl-C and a plain kill end it alike, and whatever it started with it."""
    verb, arguments = sys.argv[1:2], sys.argv[2:]
    if not verb or verb[0] not in VERBS:
        sys.exit(f"usage: python -m scripts.bench {{{','.join(VERBS)}}} [--help]")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return VERBS[verb[0]](arguments)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
