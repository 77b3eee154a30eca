"""Formats that the validation library does not assert: numbers in a range, and base64.

Source: the format registry of the OpenAPI Initiative (spec.openapis.org/registry/format).
"""

import binascii
from collections.abc import Callable, Mapping
from typing import Any

from specwright.spec.structure import MEANS, objects

# The largest finite numbers of IEEE 754.
_FLOAT, _DOUBLE = 3.4028234663852886e38, 1.7976931348623157e308
LIMITS: Mapping[str, tuple[float, float]] = {
    "int8": (-(2**7), 2**7 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint8": (0, 2**8 - 1),
    "uint16": (0, 2**16 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
    "double-int": (-(2**53) + 1, 2**53 - 1),
    "float": (-_FLOAT, _FLOAT),
    "double": (-_DOUBLE, _DOUBLE),
}


def is_base64(text: str) -> bool:
    """Tell whether ``text`` is base64 as RFC 4648 section 4 has it, padding and all."""
    try:
        binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return False
    return True


STRINGS: Mapping[str, Callable[[str], bool]] = {"byte": is_base64}


def with_limits(document: Any) -> Any:
    """Return ``document`` with the formats of numbers spelled as limits: the library asserts formats of strings only."""
    formats = {str(node.get("format")) for _, kind, node in objects(document) if kind == "schema"}
    return _with_limits(document) if formats & LIMITS.keys() else document


def _with_limits(node: Any) -> Any:
    if isinstance(node, list):
        return [_with_limits(item) for item in node]
    if not isinstance(node, dict):
        return node
    copy = {key: _with_limits(value) for key, value in node.items()}
    name = copy.get("format")
    limits = LIMITS.get(name) if isinstance(name, str) else None
    if limits and _says_numbers(copy) and isinstance(copy.get("allOf", []), list):
        spelled = {"minimum": limits[0], "maximum": limits[1], "format": name, MEANS: "format"}
        copy["allOf"] = [*copy.get("allOf", []), spelled]
    return copy


def _says_numbers(schema: dict[str, Any]) -> bool:
    types = schema.get("type")
    return any(name in ("integer", "number") for name in (types if isinstance(types, list) else [types]))
