"""Credentials: absent, malformed, wrong, of another scheme, lacking a scope; per operation and security scheme."""

from collections.abc import Iterator

from specwright.plan import Operation
from specwright.prove.evidence import Case, Kind, Reply, Unproved
from specwright.prove.probes import Probe, Send, Undecided, said
from specwright.prove.requests import Draft, Requests, Unsendable
from specwright.prove.spelling import Unspellable

_WRONG = "proof-wrong"


class Authentication:
    """Makes the probes of one subject."""

    def __init__(self, requests: Requests, send: Send) -> None:
        self._requests, self._send = requests, send
        self._schemes = {scheme.name: scheme.scheme for scheme in requests.subject.api.security_schemes}

    def probes(self) -> Iterator[Probe | Unproved]:
        """Yield a probe for everything that can be tried, and what cannot."""
        for operation in self._requests.subject.api.operations:
            if not operation.security:
                continue
            try:
                sound = self._requests.sound(operation)
            except (Unsendable, Unspellable) as error:
                yield Unproved(operation.operation_id, "credential", "", "", "unauthorized", str(error))
                continue
            if () in operation.security:
                yield self._probe(sound, self._bare(sound), "", "absent", "authorized")
                continue
            yield self._probe(sound, sound, "", "genuine", "authorized")
            yield self._probe(sound, self._bare(sound), "", "absent", "unauthorized")
            yield from self._alternatives(operation, sound)

    def _alternatives(self, operation: Operation, sound: Draft) -> Iterator[Probe | Unproved]:
        for alternative in operation.security:
            names = [name for name, _ in alternative]
            for name, scopes in alternative:
                kept = self._admitted(self._bare(sound), [other for other in names if other != name])
                for what, draft in self._wrong(kept, name):
                    yield self._probe(sound, draft, name, what, "unauthorized")
                if kept is not None and len(names) > 1:
                    yield self._probe(sound, kept, name, "only the others", "unauthorized")
                if scopes:
                    yield self._scopeless(sound, kept, name, scopes)

    def _wrong(self, draft: Draft, name: str) -> Iterator[tuple[str, Draft]]:
        """Yield (what, draft) of credentials that are none of the scheme ``name``."""
        scheme = self._schemes[name]
        if scheme["type"] == "mutualTLS":
            return
        location, header = self._requests.credential_place(name)
        wrong = f"{_WRONG}:{_WRONG}" if str(scheme.get("scheme", "")).lower() == "basic" else _WRONG
        yield "wrong", self._requests.with_credential(draft, name, wrong)
        if header != "Authorization":
            yield "empty", draft.having(location, header, f"{header}=" if location in ("query", "cookie") else "")
            return
        kind = self._requests.authorization(name, wrong).partition(" ")[0]
        genuine = self._requests.subject.logins[name].genuine
        yield "empty", draft.having(location, header, "")
        yield "a scheme alone", draft.having(location, header, kind)
        yield "another scheme", draft.having(location, header, f"Unheard {genuine}")
        yield "no scheme", draft.having(location, header, genuine)
        if kind == "Basic":
            yield "malformed", draft.having(location, header, "Basic ~~~")
        else:
            yield "malformed", draft.having(location, header, f"{kind} {genuine} {genuine}")

    def _scopeless(self, sound: Draft, kept: Draft, name: str, scopes: tuple[str, ...]) -> Probe | Unproved:
        login, operation = self._requests.subject.logins[name].scopeless, sound.operation
        if not login:
            reason = f"no credential without {' '.join(scopes)}: set SPECWRIGHT_PROVE_<SCHEME>_SCOPELESS"
            return Unproved(operation.operation_id, "credential", f"/{name}", "scopes", "forbidden", reason)
        draft = self._requests.with_credential(kept, name, login)
        return self._probe(sound, draft, name, f"lacks {' '.join(scopes)}", "forbidden")

    def _bare(self, draft: Draft) -> Draft:
        """Return the draft without any credential."""
        for scheme in self._schemes:
            draft = draft.without(*self._requests.credential_place(scheme))
        return draft

    def _admitted(self, draft: Draft, names: list[str]) -> Draft:
        for name in names:
            draft = self._requests.with_credential(draft, name, self._requests.subject.logins[name].genuine)
        return draft

    def _probe(self, sound: Draft, draft: Draft, scheme: str, what: str, kind: Kind) -> Probe:
        pointer = f"/{scheme}" if scheme else ""
        name = sound.operation.operation_id
        case = Case("authentication", name, "credential", pointer, "security", kind, what, draft.built())
        return Probe(case, self._send, _JUDGES[kind])


def _unauthorized(reply: Reply) -> str:
    if reply.status != 401:
        return f"answered {said(reply)}: must be 401"
    return "" if reply.header("www-authenticate") else "401 has no WWW-Authenticate"


def _forbidden(reply: Reply) -> str:
    return "" if reply.status == 403 else f"answered {said(reply)}: must be 403"


def _authorized(reply: Reply) -> str:
    if reply.status == 403:
        raise Undecided("answered 403: genuine, and not allowed to do this")
    return f"answered {said(reply)}: a genuine credential is refused" if reply.status == 401 else ""


_JUDGES = {"unauthorized": _unauthorized, "forbidden": _forbidden, "authorized": _authorized}
