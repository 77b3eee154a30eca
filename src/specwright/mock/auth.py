"""Who may call: the clients of a world by their keys, or by tokens that this mock issued and that expire on its clock.

Tokens are JSON Web Tokens (RFC 7519) for one API in one namespace; token endpoints are those of RFC 6749, section 4.4.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, unquote_plus, urlsplit

from specwright.mock.clock import EPOCH
from specwright.mock.exchange import Exchange, current
from specwright.mock.partner import Behaviour, Call, Endpoint, json_answer
from specwright.mock.scene import Scene
from specwright.mock.world import Client
from specwright.plan import Api
from specwright.runtime.responses import Answer
from specwright.runtime.security import Credential

if TYPE_CHECKING:
    from jwt.types import Options

Mode = Literal["strict", "presence", "off"]

HOUR = timedelta(hours=1)
_ALGORITHM = "HS256"
_FORM = "application/x-www-form-urlencoded"
_BASIC = 'Basic realm="token"'


class Authority:
    """Checks the credentials of one API and issues its tokens.

    ``strict`` knows the clients of the world and their tokens only; ``presence`` takes any well-formed credential for the
    first client's, but for tokens that it issued itself: those must be for this API, not expired and not revoked.
    """

    def __init__(self, behaviour: Behaviour, mode: Mode) -> None:
        self._api, self._mode = behaviour.api, mode
        self._schemes = {scheme.name: scheme.scheme for scheme in behaviour.api.security_schemes}
        self._tokens_only = behaviour.attribute("TOKENS", False)
        self._scopes = scopes_of(behaviour.api)

    async def authenticate(self, credential: Credential) -> frozenset[str] | None:
        """Return the scopes of a credential and note in the exchange whose it is; None when it is not genuine."""
        exchange = current.get()
        claims = _claims(credential.value, _key(exchange.scene))
        if claims is not None:
            return self._of_token(exchange, claims)
        client = self._client(exchange.scene, credential)
        if client is None or not client.is_active:
            return None
        exchange.client = client
        return self._granted(client)

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """Return the token endpoints of the contract by method and path."""
        urls = {
            flow["tokenUrl"]
            for scheme in self._schemes.values()
            for flow in (scheme.get("flows") or {}).values()
            if "tokenUrl" in flow
        }
        return {("POST", f"/{urlsplit(url).path.lstrip('/')}"): self._token for url in urls}

    async def _token(self, call: Call) -> Answer:
        """Answer a client credentials request (RFC 6749, section 4.4; errors: section 5.2)."""
        form = _form(call)
        if form is None:
            return _error(400, "invalid_request", f"the body must be {_FORM}, every parameter in it once")
        scene = current.get().scene
        identity = _basic(call.headers.get("authorization", "")) or (form.get("client_id"), form.get("client_secret"))
        client = next((some for some in scene.world.clients if (some.id, some.secret) == identity), None)
        if client is None or not client.is_active:
            return _error(401, "invalid_client", "the client id or secret is wrong", www_authenticate=_BASIC)
        if "grant_type" not in form:
            return _error(400, "invalid_request", "grant_type is required")
        if form["grant_type"] != "client_credentials":
            return _error(400, "unsupported_grant_type", "grant_type must be client_credentials")
        return self._issued(scene, client, frozenset(form.get("scope", "").split()))

    def _issued(self, scene: Scene[Any], client: Client, asked: frozenset[str]) -> Answer:
        """Answer with a token for the scopes that were ``asked`` for, or else for all that ``client`` may have."""
        granted = self._granted(client)
        if not asked <= granted:
            return _error(400, "invalid_scope", f"the client has the scopes {' '.join(sorted(granted)) or '(none)'}")
        said = {
            "access_token": issue(scene, client, HOUR, asked or granted),
            "token_type": "Bearer",
            "expires_in": int(HOUR.total_seconds()),
        }
        return json_answer(200, said | ({"scope": " ".join(sorted(asked))} if asked else {}), cache_control="no-store")

    def _of_token(self, exchange: Exchange, claims: Mapping[str, Any]) -> frozenset[str] | None:
        scene = exchange.scene
        client = next((some for some in scene.world.clients if some.id == claims["sub"]), None)
        is_sound = claims["aud"] == scene.owner.api and EPOCH + timedelta(seconds=claims["exp"]) > scene.clock.now()
        if client is None or not client.is_active or not is_sound or claims["jti"] in scene.revoked:
            return None
        exchange.client = client
        return frozenset(claims["scope"].split())

    def _granted(self, client: Client) -> frozenset[str]:
        """Return the scopes that ``client`` may have."""
        return self._scopes if client.scopes is None else frozenset(client.scopes)

    def _client(self, scene: Scene[Any], credential: Credential) -> Client | None:
        """Return the client whose key or secret ``credential`` is."""
        kind = self._schemes[credential.scheme].get("type")
        is_token = kind in ("oauth2", "openIdConnect") or (self._tokens_only and kind == "http")
        clients: tuple[Client, ...] = scene.world.clients
        for client in clients:
            if not is_token and credential.value in (client.secret, f"{client.id}:{client.secret}"):
                return client
        is_taken = self._mode == "presence" or kind == "mutualTLS"
        return clients[0] if is_taken and clients else None


def issue(scene: Scene[Any], client: Client, lifetime: timedelta, scopes: Iterable[str] = ()) -> str:
    """Return a token for ``client`` that is good for the API and the namespace of ``scene`` until its clock says otherwise."""
    now = int((scene.clock.now() - EPOCH).total_seconds())
    claims = {
        "iss": "specwright-mock",
        "sub": client.id,
        "aud": scene.owner.api,
        "iat": now,
        "exp": now + int(lifetime.total_seconds()),
        "jti": str(scene.ids.uuid("token")),
        "scope": " ".join(sorted(scopes)),
    }
    # Imported here, as below, because it is slow to load and many mocks issue no token.
    import jwt

    return jwt.encode(claims, _key(scene), algorithm=_ALGORITHM)


def scopes_of(api: Api) -> frozenset[str]:
    """Return every scope that an operation asks for or a flow declares."""
    asked = {scope for item in api.operations for some in item.security for _, scopes in some for scope in scopes}
    flows = [flow for scheme in api.security_schemes for flow in (scheme.scheme.get("flows") or {}).values()]
    return frozenset(asked | {scope for flow in flows for scope in flow.get("scopes", ())})


def _key(scene: Scene[Any]) -> str:
    return _key_of(scene.namespace, scene.seed)


@lru_cache(maxsize=4096)
def _key_of(namespace: str, seed: str) -> str:
    """Return what the tokens of a namespace are signed with: they are worth nothing in another."""
    return hashlib.sha256(f"{namespace}\n{seed}".encode()).hexdigest()


# Times are checked by the mock's own clock, the audience where the API is known.
_UNCHECKED: "Options" = {
    "verify_exp": False,
    "verify_iat": False,
    "verify_aud": False,
    "require": ["sub", "aud", "exp", "jti", "scope"],
}


@lru_cache(maxsize=4096)
def _claims(token: str, key: str) -> Mapping[str, Any] | None:
    """Return the claims of a token that was signed with ``key``, None for anything else."""
    if token.count(".") != 2:  # RFC 7515, section 7.1
        return None
    import jwt

    try:
        return jwt.decode(token, key, algorithms=[_ALGORITHM], options=_UNCHECKED)
    except jwt.InvalidTokenError:
        return None


def _form(call: Call) -> Mapping[str, str] | None:
    """Return the parameters of a token request, None when it is no form or has one of them twice."""
    fields = parse_qs(call.body.decode("utf-8", "replace"))
    is_form = call.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM
    return {name: values[0] for name, values in fields.items()} if is_form and _are_single(fields) else None


def _are_single(fields: Mapping[str, list[str]]) -> bool:
    return all(len(values) == 1 for values in fields.values())


def _basic(header: str) -> tuple[str, str] | None:
    """Return the client id and secret of an Authorization header (RFC 6749, section 2.3.1)."""
    name, _, value = header.partition(" ")
    if name.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote_plus(user), unquote_plus(password)


def _error(status: int, error: str, description: str, **headers: str) -> Answer:
    return json_answer(status, {"error": error, "error_description": description}, cache_control="no-store", **headers)
