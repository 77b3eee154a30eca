"""Text of a document -> text of Python that cannot be anything but a literal. Templates print documents only so."""

import re
import textwrap
from typing import Any

_WIDTH = 112
# Lines that mean something as lines: items of a list, code, tables.
_LISTED = re.compile(r"\s*([-*+|>]|\d+[.)]) |    |```|\|")


def prose(text: str, indent: int = 0) -> str:
    """Return ``text`` wrapped for a docstring, nothing in it that could end it; lists and code keep their lines.

    Control and format characters (bidirectional overrides among them) become spaces, backslashes are doubled.
    """
    blocks = _printable(text.replace("\r\n", "\n")).split("\n\n")
    wrapped = [_wrapped(block.rstrip(), _WIDTH - indent) for block in blocks if block.strip()]
    quoted = "\n\n".join(wrapped).strip().replace("\\", "\\\\").replace('"""', "'''")
    return f"{quoted} " if quoted.endswith('"') else quoted


def _wrapped(block: str, width: int) -> str:
    if len(block) <= width and "\n" not in block:
        return " ".join(block.split())
    lines = block.split("\n")
    if not any(_LISTED.match(line) for line in lines):
        lines = [" ".join(block.split())]
    return "\n".join(textwrap.fill(line.rstrip(), width, break_on_hyphens=False) for line in lines)


def docstring(text: str, indent: int = 4) -> str:
    """Return a docstring literal of ``text``, its further lines indented by ``indent`` spaces."""
    body = prose(text, indent) or "Not described by the contract."
    lines = textwrap.indent(body, " " * indent).lstrip()
    return f'"""{lines}\n{" " * indent}"""' if "\n" in lines else f'"""{lines}"""'


def literal(value: Any) -> str:
    """Return a Python literal of a JSON value."""
    return ascii(value)


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)
