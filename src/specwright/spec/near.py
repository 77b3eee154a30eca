"""Did you mean: the name that an author probably had in mind."""

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, names: Iterable[str], otherwise: str = "") -> str:
    """Return the end of a sentence about the unknown ``name``: the nearest of ``names``, else ``otherwise``."""
    # What is far longer than any name is no misspelling, and comparing it takes long.
    near = difflib.get_close_matches(name, names, 1) if len(name) < 200 else []
    return f"; did you mean {near[0]!r}?" if near else otherwise
