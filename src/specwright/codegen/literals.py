"""Text of a document -> text of Python that cannot be anything but a literal. Templates print documents only so."""

import textwrap
from typing import Any

_WIDTH = 112


def prose(text: str, indent: int = 0) -> str:
    """Return ``text`` wrapped for a docstring: one paragraph a blank line apart, nothing that could end it.

    Control and format characters (bidirectional overrides among them) become spaces; backslashes stay as they are.
    """
    paragraphs = [" ".join(_printable(part).split()) for part in text.replace("\r\n", "\n").split("\n\n")]
    wrapped = [textwrap.fill(part, _WIDTH - indent, break_on_hyphens=False) for part in paragraphs if part]
    quoted = "\n\n".join(wrapped).replace('"""', "'''")
    return f"{quoted} " if quoted.endswith('"') else quoted


def docstring(text: str, indent: int = 4) -> str:
    """Return a docstring literal of ``text``, its further lines indented by ``indent`` spaces."""
    body = prose(text, indent).replace("\\", "\\\\") or "Not described by the contract."
    lines = textwrap.indent(body, " " * indent).lstrip()
    return f'"""{lines}\n{" " * indent}"""' if "\n" in lines else f'"""{lines}"""'


def comment(text: str) -> str:
    """Return ``text`` as the rest of a one-line comment."""
    return " ".join(_printable(text).split())


def literal(value: Any) -> str:
    """Return a Python literal of a JSON value."""
    return ascii(value)


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)
