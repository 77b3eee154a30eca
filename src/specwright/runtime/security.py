"""Credentials of a request against the security requirements of an operation.

The runtime finds credentials; whether they are genuine is for ``Authenticate`` to say, and without it none is.
Source: OpenAPI 3.1.1 sections 4.8.27 and 4.8.30; RFC 9110 section 11, RFC 6750, RFC 7617.
"""

import base64
import logging
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from specwright.plan import Api, Operation
from specwright.runtime.refusals import Refusal
from specwright.runtime.styles import Raw

logger = logging.getLogger("specwright.runtime")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MALFORMED = "\0"  # presented, but no credential: those have no control characters
_BEARER = 'Bearer realm="api"'


class Credential(NamedTuple):
    """What a client presented for one security scheme: a token, a key, or ``user:password``.

    Of mutualTLS the value is empty: what ends TLS has seen the certificate, this server has not.
    """

    scheme: str
    value: str


# Returns the scopes that the credential grants (a text lists them as OAuth does), None when it is not genuine. It runs
# in the context of the handler: a ContextVar that it sets tells the handler who calls. When it raises, nothing opens.
Authenticate = Callable[[Credential], Awaitable[Collection[str] | None]]
_Find = Callable[[Raw], str | None]


def hook_of(api: Api, authenticate: Authenticate | None) -> Authenticate:
    """Return ``authenticate``, or the hook that takes no credential for genuine; the log says so if that matters."""
    if authenticate is not None:
        return authenticate
    closed = sum(bool(operation.security) and () not in operation.security for operation in api.operations)
    if closed:
        logger.warning(
            "%s: every credential is refused, so %d of %d operations answer 401: give create_app the option authenticate",
            api.title,
            closed,
            len(api.operations),
        )
    return _nobody


async def _nobody(_: Credential) -> None:
    return None


@dataclass(frozen=True)
class _Scheme:
    """One security scheme, as one requirement uses it."""

    name: str
    scopes: frozenset[str]
    find: _Find
    challenge: str

    @property
    def is_bearer(self) -> bool:
        return self.challenge == _BEARER


@dataclass(frozen=True)
class _Denial:
    """Why a requirement does not hold: a scheme whose credential is refused, or schemes that grant too little."""

    refused: _Scheme | None = None
    lacking: tuple[tuple[_Scheme, frozenset[str]], ...] = ()


_ABSENT = _Denial()


class Guard:
    """Checks the security requirements of one operation."""

    def __init__(self, operation: Operation, schemes: Mapping[str, Any], authenticate: Authenticate) -> None:
        self._authenticate = authenticate
        self._requirements = [
            [_scheme(name, scopes, schemes[name]) for name, scopes in requirement]
            for requirement in operation.security
            if requirement
        ]
        self._is_optional = () in operation.security
        used = [scheme for requirement in self._requirements for scheme in requirement]
        self._challenges = _challenges(used, "")
        self._after_refused_token = _challenges(used, "invalid_token")

    async def check(self, raw: Raw) -> None:
        """Raise Refusal 401 without genuine credentials, 403 when they lack a scope."""
        denials = []
        for requirement in self._requirements:
            denial = await self._denial(requirement, raw)
            if denial is None:
                return
            denials.append(denial)
        if denials and not self._is_optional:
            raise self._refusal(denials)

    async def _denial(self, requirement: Sequence[_Scheme], raw: Raw) -> _Denial | None:
        """Return why ``requirement`` does not hold; nobody is asked about a part of its credentials."""
        presented = []
        for scheme in requirement:
            value = scheme.find(raw)
            if value is None:
                return _ABSENT
            presented.append((scheme, value))
        lacking = []
        for scheme, value in presented:
            scopes = None if value == _MALFORMED else await self._authenticate(Credential(scheme.name, value))
            if scopes is None:
                return _Denial(refused=scheme)
            missing = scheme.scopes.difference(scopes.split() if isinstance(scopes, str) else scopes)
            if missing:
                lacking.append((scheme, missing))
        return _Denial(lacking=tuple(lacking)) if lacking else None

    def _refusal(self, denials: Sequence[_Denial]) -> Refusal:
        """Return what is said to the client: 403 as soon as one requirement lacks nothing but scopes."""
        lacking = next((denial.lacking for denial in denials if denial.lacking), ())
        if lacking:
            names = sorted({name for _, missing in lacking for name in missing})
            tokens = [scheme for scheme, _ in lacking if scheme.is_bearer]
            challenge = {"www-authenticate": _challenges(tokens, "insufficient_scope")} if tokens else {}
            return Refusal(403, f"the credentials lack the scope {' '.join(names)}", headers=challenge)
        has_token = any(denial.refused and denial.refused.is_bearer for denial in denials)
        challenges = self._after_refused_token if has_token else self._challenges
        return Refusal(401, "credentials are missing or not valid", headers={"www-authenticate": challenges})


def query_names(operation: Operation, schemes: Mapping[str, Any]) -> frozenset[str]:
    """Return the query parameters that carry API keys of ``operation``."""
    used = {name for requirement in operation.security for name, _ in requirement}
    return frozenset(
        scheme["name"]
        for name, scheme in schemes.items()
        if name in used and scheme.get("type") == "apiKey" and scheme.get("in") == "query"
    )


def _scheme(name: str, scopes: Collection[str], scheme: Mapping[str, Any]) -> _Scheme:
    return _Scheme(name, frozenset(scopes), _finder(scheme), _challenge(scheme))


# --- where a credential stands: its text, None when there is none, _MALFORMED when there is something else --------------


def _finder(scheme: Mapping[str, Any]) -> _Find:
    kind = scheme.get("type")
    if kind == "apiKey":
        return _KEYS[scheme["in"]](str(scheme["name"]))
    if kind == "mutualTLS":
        return lambda _: ""
    name = str(scheme.get("scheme", "")).lower() if kind == "http" else "bearer"
    if name == "bearer":
        return _bearer
    return _basic if name == "basic" else lambda raw: _authorization(raw, name)


def _header_key(name: str) -> _Find:
    lower = name.lower()
    return lambda raw: _sent(raw.headers.get(lower, ""))


def _cookie_key(name: str) -> _Find:
    return lambda raw: _sent(raw.cookies.get(name, [""])[0])


def _query_key(name: str) -> _Find:
    def find(raw: Raw) -> str | None:
        values = raw.query.get(name, [""])
        try:
            value = unquote_plus(values[0], errors="strict")
        except UnicodeDecodeError:
            return _MALFORMED
        return _MALFORMED if len(values) > 1 or _CONTROL.search(value) else value or None

    return find


_KEYS: Mapping[str, Callable[[str], _Find]] = {"header": _header_key, "query": _query_key, "cookie": _cookie_key}


def _sent(text: str) -> str | None:
    """Return what a header field says: visible ASCII with spaces in between."""
    value = text.strip(" \t") or None
    return value if value is None or (value.isascii() and value.isprintable()) else _MALFORMED


def _authorization(raw: Raw, scheme: str) -> str | None:
    name, _, value = raw.headers.get("authorization", "").partition(" ")
    return _sent(value) if name.lower() == scheme else None


def _bearer(raw: Raw) -> str | None:
    """Return the token; two headers, which arrive as one with a comma and a space, are none."""
    value = _authorization(raw, "bearer")
    return _MALFORMED if value and " " in value else value


def _basic(raw: Raw) -> str | None:
    value = _authorization(raw, "basic")
    if value is None or value == _MALFORMED:
        return value
    try:
        text = base64.b64decode(value, validate=True).decode()
    except ValueError:  # no base64, no ASCII or no UTF-8
        return _MALFORMED
    return text if ":" in text and not _CONTROL.search(text) else _MALFORMED


# --- how a server asks for it -------------------------------------------------------------------------------------------


def _challenge(scheme: Mapping[str, Any]) -> str:
    kind = scheme.get("type")
    if kind == "apiKey":
        return f'ApiKey realm="api", in="{scheme["in"]}", name="{_quotable(str(scheme["name"]))}"'
    if kind == "mutualTLS":
        return 'Mutual realm="api"'
    name = str(scheme.get("scheme", "")).lower() if kind == "http" else "bearer"
    if name == "bearer":
        return _BEARER
    return 'Basic realm="api", charset="UTF-8"' if name == "basic" else f'{_quotable(name).capitalize()} realm="api"'


def _challenges(schemes: Sequence[_Scheme], error: str) -> str:
    """Return one challenge for every way to authenticate; what RFC 6750 adds, bearer tokens alone have."""
    scopes = next((scheme.scopes for scheme in schemes if scheme.is_bearer and scheme.scopes), ())
    said = {"error": error, "scope": " ".join(_quotable(scope) for scope in sorted(scopes))}
    bearer = ", ".join([_BEARER, *(f'{name}="{text}"' for name, text in said.items() if text)])
    return ", ".join(dict.fromkeys(bearer if scheme.is_bearer else scheme.challenge for scheme in schemes))


def _quotable(text: str) -> str:
    return "".join(char for char in text if char.isascii() and char.isprintable() and char not in '"\\')
