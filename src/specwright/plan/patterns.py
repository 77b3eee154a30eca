"""Regular expressions of JSON Schema -> the same in the dialect of Pydantic."""

import re
from functools import cache

# ECMA-262 means ASCII by these, Pydantic's engine means Unicode; where that takes more than it should nothing is lost.
_CLASSES = {
    r"\d": "0-9",
    r"\w": "0-9A-Za-z_",
    r"\s": r"\s\uFEFF",
    r"\D": r"[^0-9]",
    r"\W": r"[^0-9A-Za-z_]",
    r"\S": r"[^\t\n\x0B\x0C\r \u00A0\uFEFF\u2028\u2029\p{Zs}]",
}
_TOKEN = re.compile(r"\\.|.", re.DOTALL)


def portable(pattern: str | None) -> str | None:
    """Return ``pattern`` as Pydantic's engine reads it, None when there is none or it has no equal there."""
    return _portable(pattern) if isinstance(pattern, str) else None


@cache
def _portable(pattern: str) -> str | None:
    translated = _translated(pattern)
    return translated if translated is not None and _compiles(translated) else None


def _translated(pattern: str) -> str | None:
    """Say the same in the other dialect: there classes nest, sets have operators and a word boundary is Unicode's."""
    if any(text in pattern for text in (r"\b", r"\B", "[]", "[^]", "--")):
        return None
    found, inside = [], False
    for token in _TOKEN.findall(pattern):
        if inside and token in "&~[":
            return None
        inside = token == "[" or (inside and token != "]")
        ranged = _CLASSES.get(token, token)
        found.append(f"[{ranged}]" if token in (r"\d", r"\w", r"\s") and not inside else ranged)
    return "".join(found)


def _compiles(pattern: str) -> bool:
    # Imported here because it is slow to load and a run that changes nothing does not need it.
    from pydantic_core import SchemaError, SchemaValidator, core_schema

    try:
        SchemaValidator(core_schema.str_schema(pattern=pattern))
    except SchemaError:
        return False
    return True
