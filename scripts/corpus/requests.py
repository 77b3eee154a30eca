"""Valid requests for an operation, spelled here and not by the product."""

import base64
import fnmatch
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote

import httpx

from scripts.corpus.contract import Contract, Operation, is_json
from specwright.runtime.samples import NoSample


@dataclass
class Parts:
    """A request before it is put together."""

    path: dict[str, str] = field(default_factory=dict)
    query: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def put(self, node: Any, value: Any) -> None:
        """Serialise one parameter; what has no spelling (null, an empty list, lists of lists) is left out."""
        name, where = node["name"], node["in"]
        style = node.get("style", "form" if where in ("query", "cookie") else "simple")
        explode = node.get("explode", style == "form")
        if value is None or value in ([], {}) or (style != "deepObject" and _nests(value)):
            return
        if where == "header":
            self.headers[name.lower()] = _listed(value, explode, ",", str)
        elif where == "path" and style == "matrix":
            pairs = _pairs(name, value, "form", explode, _quoted)
            self.path[name] = "".join(f";{key}={text}" for key, text in pairs)
        elif where == "path":
            sign = "." if style == "label" else ""
            self.path[name] = sign + _listed(value, explode, sign if sign and explode else ",", _quoted)
        else:
            pairs = _pairs(name, value, style, explode, _quoted)
            (self.query if where == "query" else self.cookies).extend(f"{_quoted(key)}={text}" for key, text in pairs)


def _nests(value: Any) -> bool:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(isinstance(item, dict | list) for item in items)


def _listed(value: Any, explode: bool, joint: str, encode: Callable[[str], str]) -> str:
    if isinstance(value, dict):
        sign = "=" if explode else joint
        return joint.join(f"{encode(key)}{sign}{encode(_text(item))}" for key, item in value.items())
    return joint.join(encode(_text(item)) for item in (value if isinstance(value, list) else [value]))


def _pairs(name: str, value: Any, style: str, explode: bool, encode: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Yield the fields that a value becomes, by style and explode (RFC 6570)."""
    if style == "deepObject" and isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _pairs(f"{name}[{key}]", item, style, explode, encode)
    elif explode and isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else ((name, item) for item in value):
            yield key, encode(_text(item))
    else:
        joint = {"spaceDelimited": " ", "pipeDelimited": "|"}.get(style, "")
        yield name, _listed(value, False, encode(joint) or ",", encode)


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def is_impossible(contract: Contract, operation: Operation) -> bool:
    """Tell whether no request is valid: what it must have contradicts itself."""
    needed = [[place] for place in operation.parameters if contract[place].get("required")]
    body = _body_of(contract, operation)
    if body and contract[body].get("required"):
        needed.append(list(contract.below(body, "content").values()))
    return any(places and all(contract.is_impossible(place) for place in places) for places in needed)


def requests(contract: Contract, operation: Operation, base: str) -> Iterator[Callable[[], httpx.Request]]:
    """Yield what makes a request with everything that can be sent, one a media type, then the least that is required."""
    body = _body_of(contract, operation)
    media = (
        [item for item in contract.below(body, "content").items() if not contract.is_impossible(item[1])]
        if body
        else []
    )
    for kind in media or [("", "")]:
        yield partial(_request, contract, operation, base, kind, full=True)
    least = media[0] if body and media and contract[body].get("required") else ("", "")
    yield partial(_request, contract, operation, base, least, full=False)


def _body_of(contract: Contract, operation: Operation) -> str | None:
    has_body = "requestBody" in contract[operation.pointer]
    return contract.end(f"{operation.pointer}/requestBody") if has_body else None


def _request(
    contract: Contract, operation: Operation, base: str, media: tuple[str, str], *, full: bool
) -> httpx.Request:
    parts = Parts(headers={"accept": "*/*"})
    _identify(contract, operation, parts)
    for place in operation.parameters:
        node = contract[place]
        if node["in"] == "header" and node["name"].lower() in ("authorization", "content-type"):
            continue  # as the specification says
        holders = contract.below(place, "content").values()
        try:
            if full or node.get("required"):
                value = contract.value(next(iter(holders), place))
                parts.put(node, json.dumps(value) if holders else value)
        except NoSample:
            if node.get("required"):
                raise
    path = base + re.sub(r"\{([^{}]*)\}", lambda found: parts.path.get(found[1], "x"), operation.path)
    if parts.cookies:
        parts.headers["cookie"] = "; ".join(parts.cookies)
    body = _body(contract, *media, parts.headers) if media[0] else {}
    url = f"http://mock{path}{'?' if parts.query else ''}{'&'.join(parts.query)}"
    headers = [(name.encode(), text.encode()) for name, text in parts.headers.items()]
    return httpx.Request(operation.method, url, headers=headers, **body)


def _identify(contract: Contract, operation: Operation, parts: Parts) -> None:
    """Put in every credential of the first alternative."""
    alternatives = contract[operation.pointer].get("security", contract.document.get("security", []))
    for name in alternatives[0] if alternatives else ():
        scheme = contract[contract.below("/components", "securitySchemes")[name]]
        if scheme["type"] == "apiKey":
            parts.put(scheme, "key")
        elif scheme.get("scheme", "").lower() == "basic":
            parts.headers["authorization"] = f"Basic {base64.b64encode(b'user:password').decode()}"
        elif scheme["type"] != "mutualTLS":
            parts.headers["authorization"] = f"{scheme.get('scheme', 'Bearer')} token"


def _body(contract: Contract, media_type: str, holder: str, headers: dict[str, str]) -> dict[str, Any]:
    """Return the arguments of httpx for a body, and put its Content-Type into ``headers``."""
    kind = "application/json" if fnmatch.fnmatch("application/json", media_type) else media_type.replace("*", "x")
    is_multipart = kind.startswith("multipart/form-data")
    if not is_multipart:  # whose boundary httpx chooses
        headers["content-type"] = kind
    if is_json(kind):
        return {"content": json.dumps(contract.value(holder)).encode()}
    if not is_multipart and "form-urlencoded" not in kind:
        return {"content": _text(contract.value(holder) if kind.startswith("text/") else "x").encode()}
    encoding, value = contract[holder].get("encoding", {}), contract.value(holder)
    if is_multipart and contract.version.startswith("3.0"):  # which has no styles there
        encoding = {name: {"contentType": how.get("contentType", "")} for name, how in encoding.items()}
    if not isinstance(value, dict):
        raise NoSample(f"the value for {holder} is no form")
    fields = [
        pair
        for name, member in value.items()
        for pair in _fields(name, member, encoding.get(name, {}), str if is_multipart else _quoted)
    ]
    if is_multipart:
        return {"files": [(name, (None, text.encode())) for name, text in fields]}
    return {"content": "&".join(f"{_quoted(name)}={text}" for name, text in fields).encode()}


def _fields(name: str, value: Any, how: Any, encode: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Yield the fields of a form that one member becomes, by its Encoding Object."""
    style = how.get("style", "form")
    if value is not None and how.keys() & {"style", "explode", "allowReserved"}:
        yield from _pairs(name, value, style, how.get("explode", style == "form"), encode)
    elif isinstance(value, list) and not is_json(how.get("contentType", "")):
        yield from ((name, encode(_text(item))) for item in value)
    elif value is not None:
        yield name, encode(_text(value))
