"""Credentials of a request against the security requirements of an operation.

The runtime finds credentials; whether they are genuine is for ``Authenticate`` to say.
Source: OpenAPI 3.1.1 sections 4.8.27 and 4.8.30; RFC 6750, RFC 7617.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from specwright.plan import Operation
from specwright.runtime.parameters import Raw
from specwright.runtime.refusals import Refusal


class Credential(NamedTuple):
    """What a client presented for one security scheme: a token, a key, or ``user:password``."""

    scheme: str
    value: str


# Returns the scopes that the credential grants, None when it is not genuine.
Authenticate = Callable[[Credential], Awaitable[Collection[str] | None]]
_Find = Callable[[Raw], str | None]


class Guard:
    """Checks the security requirements of one operation."""

    def __init__(self, operation: Operation, schemes: Mapping[str, Any], authenticate: Authenticate | None) -> None:
        self._authenticate = authenticate
        self._alternatives = [
            [(name, frozenset(scopes), _finder(schemes[name])) for name, scopes in requirement]
            for requirement in operation.security
        ]
        names = dict.fromkeys(name for requirement in operation.security for name, _ in requirement)
        self._challenges = ", ".join(dict.fromkeys(_challenge(schemes[name]) for name in names))
        self.is_open = not self._alternatives or [] in self._alternatives

    async def check(self, raw: Raw) -> None:
        """Raise Refusal 401 without genuine credentials, 403 when they lack a scope."""
        if self.is_open:
            return
        lacking: frozenset[str] = frozenset()
        for alternative in self._alternatives:
            missing = await self._missing(alternative, raw)
            if missing is not None and not missing:
                return
            lacking = lacking or missing or frozenset()
        if lacking:
            raise Refusal(403, f"the credentials lack the scope {' '.join(sorted(lacking))}")
        raise Refusal(401, "credentials are missing or not valid", headers={"www-authenticate": self._challenges})

    async def _missing(self, alternative: list[tuple[str, frozenset[str], _Find]], raw: Raw) -> frozenset[str] | None:
        """Return the scopes that are not granted; None when a scheme has no genuine credential."""
        missing: frozenset[str] = frozenset()
        for name, scopes, find in alternative:
            value = find(raw)
            if not value:
                return None
            if self._authenticate is not None:
                granted = await self._authenticate(Credential(name, value))
                if granted is None:
                    return None
                missing |= scopes - frozenset(granted)
        return missing


def query_names(operation: Operation, schemes: Mapping[str, Any]) -> frozenset[str]:
    """Return the query parameters that carry API keys of ``operation``."""
    used = {name for requirement in operation.security for name, _ in requirement}
    return frozenset(
        scheme["name"]
        for name, scheme in schemes.items()
        if name in used and scheme.get("type") == "apiKey" and scheme.get("in") == "query"
    )


def _finder(scheme: Mapping[str, Any]) -> _Find:
    kind = scheme.get("type")
    if kind == "apiKey":
        return _key_finder(str(scheme["in"]), str(scheme["name"]))
    if kind == "mutualTLS":
        return lambda _: "tls"  # the server that ends TLS has checked the certificate
    if kind == "http":
        name = str(scheme.get("scheme", "")).lower()
        return _basic if name == "basic" else lambda raw: _authorization(raw, name)
    return lambda raw: _authorization(raw, "bearer")


def _key_finder(location: str, name: str) -> _Find:
    if location == "header":
        lower = name.lower()
        return lambda raw: raw.headers.get(lower)
    if location == "query":
        return lambda raw: unquote_plus(raw.query[name][0]) if name in raw.query else None
    return lambda raw: raw.cookies[name][0] if name in raw.cookies else None


def _authorization(raw: Raw, scheme: str) -> str | None:
    name, _, value = raw.headers.get("authorization", "").partition(" ")
    return value.strip() if name.lower() == scheme else None


def _basic(raw: Raw) -> str | None:
    value = _authorization(raw, "basic")
    try:
        text = base64.b64decode(value or "", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return text if ":" in text else None


def _challenge(scheme: Mapping[str, Any]) -> str:
    kind = scheme.get("type")
    if kind == "apiKey":
        return f'ApiKey in="{scheme["in"]}", name="{_quotable(str(scheme["name"]))}"'
    if kind == "http" and str(scheme.get("scheme", "")).lower() not in ("bearer", ""):
        return f'{_quotable(str(scheme["scheme"])).capitalize()} realm="api"'
    return "Bearer" if kind != "mutualTLS" else "Mutual"


def _quotable(text: str) -> str:
    return "".join(char for char in text if char.isascii() and char.isprintable() and char not in '"\\')
