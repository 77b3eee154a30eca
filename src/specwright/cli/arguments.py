"""What several verbs ask of their arguments."""

import argparse
from typing import TypeAlias

from specwright.errors import UsageError
from specwright.workspace import Source, Workspace

# What add_subparsers returns: argparse gives it no public name.
Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001


def sources_of(workspace: Workspace) -> tuple[Source, ...]:
    """Return the APIs of a workspace; raises UsageError when it has none."""
    sources = workspace.sources()
    if not sources:
        raise UsageError(f"{workspace.specs} has no API: make {workspace.specs}/<api>/openapi.yaml")
    return sources


def positive(text: str) -> int:
    """Return ``text`` as a whole number above 0; raises ArgumentTypeError."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 1 << 31:
        raise argparse.ArgumentTypeError(f"{text} is no whole number above 0")
    return int(text)
