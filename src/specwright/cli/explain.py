"""``specwright explain``: what a rule asks, why, and how to mend what breaks it."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from textwrap import fill, indent
from typing import TYPE_CHECKING

from specwright.cli.arguments import Verbs
from specwright.errors import UsageError
from specwright.workspace import find

if TYPE_CHECKING:
    from specwright.spec.catalogue import Entry

_WIDTH = 88


def add(verbs: Verbs) -> None:
    """Add the verb."""
    explain = verbs.add_parser("explain", help="say what a rule asks, why, and how to mend what breaks it")
    explain.add_argument("rules", nargs="*", metavar="RULE", help="ids of rules (default: list all)")
    explain.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from specwright.gate.configuration import configured
    from specwright.spec.near import did_you_mean

    rules = configured(_home(options.root)).rules
    for name in options.rules:
        if name not in rules:
            otherwise = ": `specwright explain` lists them"
            raise UsageError(f"there is no rule {name!r}{did_you_mean(name, rules, otherwise)}")
    print("\n\n".join(_explained(name, rules[name]) for name in options.rules) if options.rules else _list(rules))
    return 0


def _home(root: Path | None) -> Path:
    """Return the folder whose pyproject.toml may name rules of the user."""
    try:
        return find(root).root
    except UsageError:
        return Path()


def _list(rules: "Mapping[str, Entry]") -> str:
    width = max(map(len, rules))
    return "\n".join(f"{name:<{width}}  {entry.severity:<7}  {entry.asks}" for name, entry in sorted(rules.items()))


def _explained(name: str, entry: "Entry") -> str:
    paragraphs = [f"{name} ({entry.severity})", *(fill(text, _WIDTH) for text in (entry.asks, entry.why) if text)]
    paragraphs += [fill(f"To mend it: {entry.mend}", _WIDTH)] if entry.mend else []
    examples = (("Wrong:", entry.bad), ("Right:", entry.good))
    paragraphs += [f"{title}\n\n{indent(text.strip(), '    ')}" for title, text in examples if text]
    return "\n\n".join(paragraphs)
