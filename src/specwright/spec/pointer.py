"""JSON Pointers into a document (RFC 6901), and the local references that are spelled with them."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

_FRAGMENT = "/~:@!$&'()*+,;="  # what a fragment may hold as it is (RFC 3986, section 3.5)
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)


def escape(token: str) -> str:
    """Return ``token`` as one reference token of a JSON Pointer (RFC 6901, section 3)."""
    return token.replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """Return the key that a JSON Pointer's reference token names."""
    return token.replace("~1", "/").replace("~0", "~")


def fragment(pointer: str) -> str:
    """Return ``pointer`` as the fragment of a URI (RFC 6901, section 6)."""
    return quote(pointer, safe=_FRAGMENT)


def walk(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every node below ``value``, itself first, with its JSON Pointer."""
    stack = [(pointer, value)]
    while stack:
        place, node = stack.pop()
        yield place, node
        if isinstance(node, dict):
            stack.extend((f"{place}/{escape(key)}", child) for key, child in reversed(node.items()))
        elif isinstance(node, list):
            stack.extend((f"{place}/{index}", child) for index, child in reversed(list(enumerate(node))))


def resolve(value: Any, pointer: str) -> Any:
    """Return the node at the JSON Pointer ``pointer``; raises KeyError when there is none."""
    for token in pointer.split("/")[1:]:
        if isinstance(value, dict):
            value = value[unescape(token) if "~" in token else token]
        elif isinstance(value, list):
            if not _INDEX.fullmatch(token) or int(token) >= len(value):
                raise KeyError(token)
            value = value[int(token)]
        else:
            raise KeyError(token)
    return value


def has(value: Any, pointer: str) -> bool:
    """Tell whether there is a node at ``pointer``."""
    try:
        resolve(value, pointer)
    except KeyError:
        return False
    return not pointer or pointer.startswith("/")


def deref(value: Any, node: Any) -> Any:
    """Return what ``node`` stands for, following local references; a Reference Object's own texts win.

    A reference to nothing stands for itself.
    """
    seen = 0
    while isinstance(node, dict) and isinstance(node.get("$ref"), str) and seen < 100:
        if not has(value, unquote(node["$ref"][1:])):
            return node
        target = resolve(value, unquote(node["$ref"][1:]))
        texts = {key: node[key] for key in ("summary", "description") if key in node}
        node = {**target, **texts} if texts and isinstance(target, dict) else target
        seen += 1
    return node


def mapping(value: Any, *keys: str) -> dict[str, Any]:
    """Return the object at the end of ``keys`` in ``value``, which may be malformed; an empty one without any."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
