"""Requests to the operations of one contract, in parts that a case can replace."""

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from specwright.plan import Media, Operation, Parameter
from specwright.prove.evidence import Request
from specwright.prove.sites import Sites
from specwright.prove.spelling import Unspellable, form, form_meaning, meaning, spelled
from specwright.prove.subject import Subject
from specwright.prove.witness import witness_of
from specwright.runtime.samples import Samples, given
from specwright.spec.media import concrete, is_form, is_json
from specwright.spec.pointer import deref, has, resolve
from specwright.spec.schemas import Schemas

_BINARY = b"x"  # a body that has no schema


class Unsendable(Exception):
    """No request can be made; the argument says why."""


@dataclass(frozen=True)
class Draft:
    """What goes over the wire: (location, name) -> text of a parameter or credential, and the body."""

    operation: Operation
    texts: Mapping[tuple[str, str], str]
    content_type: str = ""
    body: bytes = b""

    def without(self, location: str, name: str) -> "Draft":
        """Return the draft without one of its texts."""
        return replace(self, texts={key: text for key, text in self.texts.items() if key != (location, name)})

    def having(self, location: str, name: str, text: str) -> "Draft":
        """Return the draft with one text more, or another."""
        return replace(self, texts={**self.texts, (location, name): text})

    def built(self) -> Request:
        """Return the request."""
        path = re.sub(r"\{([^{}]*)\}", lambda found: self.texts["path", found[1]], self.operation.path)
        query = "&".join(self._at("query").values())
        headers = {"Accept": "*/*", **self._at("header")}
        if self._at("cookie"):
            headers["Cookie"] = "; ".join(self._at("cookie").values())
        if self.content_type:
            headers["Content-Type"] = self.content_type
        target = f"{path}?{query}" if query else path
        return Request(self.operation.method, target, tuple(headers.items()), self.body)

    def _at(self, location: str) -> dict[str, str]:
        return {name: text for (where, name), text in self.texts.items() if where == location}


class Requests:
    """Makes drafts of the requests of one subject."""

    def __init__(self, subject: Subject) -> None:
        self.subject, self.witness = subject, witness_of(subject.contract, "request")
        self.contract = self.witness.contract
        samples = Samples(self.contract, Schemas(self.contract))
        self.sites, self._samples = Sites(self.witness, samples), samples
        self._schemes = {scheme.name: scheme.scheme for scheme in subject.api.security_schemes}

    def sound(self, operation: Operation) -> Draft:
        """Return a request that the contract allows, with all that is required; raises Unsendable."""
        draft = Draft(operation, self._accept(operation))
        for parameter in operation.parameters:
            if parameter.required:
                draft = self.with_parameter(draft, parameter, self._first(parameter))
        if operation.body and operation.body.required:
            draft = self._with_some_body(draft, operation.body.media)
        return self.admitted(draft)

    def _accept(self, operation: Operation) -> dict[tuple[str, str], str]:
        """Return the header Accept where the contract gives it a meaning of its own: its first example."""
        if operation.negotiates:
            return {}
        path = operation.pointer.rpartition("/")[0]
        for pointer in (f"{path}/parameters", f"{operation.pointer}/parameters"):
            for node in resolve(self.contract, pointer) if has(self.contract, pointer) else ():
                parameter = deref(self.contract, node)
                if (parameter["in"], parameter["name"].lower()) == ("header", "accept"):
                    values = [*self._samples.named(parameter).values(), *given(parameter.get("schema"))]
                    return {("header", "Accept"): str(values[0])} if values else {}
        return {}

    def starts(self, pointer: str) -> list[Any]:
        """Return valid values of the schema of a parameter or body: the contract's examples first."""
        return self.sites.starts(pointer, list(self._samples.examples(pointer.rpartition("/")[0])))

    # --- parameters -------------------------------------------------------------------------------------------

    def with_parameter(self, draft: Draft, parameter: Parameter, value: Any) -> Draft:
        """Return the draft with ``value`` for ``parameter``; raises Unspellable."""
        return draft.having(parameter.location, parameter.name, spelled(parameter, value))

    def parameter_meaning(self, parameter: Parameter, value: Any) -> Any:
        """Return what is read where ``value`` is written; raises Unspellable."""
        spelled(parameter, value)
        if parameter.media_type is not None:
            return value
        return meaning(self.contract, resolve(self.contract, parameter.pointer), value)

    def _first(self, parameter: Parameter) -> Any:
        if not has(self.contract, parameter.pointer):
            return "text"
        for value in self.starts(parameter.pointer):
            try:
                if self.witness.is_valid(parameter.pointer, self.parameter_meaning(parameter, value)):
                    return value
            except Unspellable:
                continue
        raise Unsendable(f"no value for {parameter.location} {parameter.name}: give it an example")

    # --- bodies -----------------------------------------------------------------------------------------------

    def with_body(self, draft: Draft, media: Media, value: Any) -> Draft:
        """Return the draft with ``value`` as its body; raises Unspellable."""
        if is_json(media.media_type) or media.media_type == "*/*":
            name = "application/json" if media.media_type == "*/*" else media.media_type
            return replace(draft, content_type=name, body=json.dumps(value, ensure_ascii=False).encode())
        if is_form(media.media_type):
            content_type, body = form(media, value, self._files(media))
            return replace(draft, content_type=content_type, body=body)
        raise Unspellable(f"no writer for {media.media_type}")

    def body_meaning(self, media: Media, value: Any) -> Any:
        """Return what is read where ``value`` is written; raises Unspellable."""
        if is_form(media.media_type):
            return form_meaning(self.contract, media, resolve(self.contract, str(media.pointer)), value)
        return value

    def _with_some_body(self, draft: Draft, media: tuple[Media, ...]) -> Draft:
        for some in media:
            for value in self.starts(some.pointer) if some.pointer else ():
                try:
                    self.body_meaning(some, value)
                    return self.with_body(draft, some, value)
                except Unspellable:
                    continue
        for some in media:
            if not is_form(some.media_type):
                return self.with_bytes(draft, some)
        raise Unsendable("no body can be made: give one an example")

    def with_bytes(self, draft: Draft, media: Media) -> Draft:
        """Return the draft with a body of ``media`` that has no schema."""
        body = b"{}" if is_json(media.media_type) else _BINARY
        return replace(draft, content_type=str(concrete(media.media_type)), body=body)

    def _files(self, media: Media) -> frozenset[str]:
        properties = resolve(self.contract, str(media.pointer)).get("properties", {}) if media.pointer else {}
        binary = (
            name for name, item in properties.items() if isinstance(item, dict) and item.get("format") == "binary"
        )
        return frozenset(binary)

    # --- credentials ------------------------------------------------------------------------------------------

    def admitted(self, draft: Draft) -> Draft:
        """Return the draft with genuine credentials; raises Unsendable where none are known."""
        alternatives = draft.operation.security
        for alternative in alternatives:
            logins = [self.subject.logins[name].genuine for name, _ in alternative]
            if all(logins):
                for (name, _), login in zip(alternative, logins, strict=True):
                    draft = self.with_credential(draft, name, login)
                return draft
        if alternatives:
            names = " or ".join(" and ".join(name for name, _ in some) for some in alternatives)
            raise Unsendable(f"no credential for {names}: set SPECWRIGHT_PROVE_<SCHEME>")
        return draft

    def with_credential(self, draft: Draft, scheme: str, credential: str) -> Draft:
        """Return the draft with ``credential`` for a security scheme, in the place and form that it asks for."""
        location, name = self.credential_place(scheme)
        if location == "header" and name == "Authorization":
            return draft.having(location, name, self.authorization(scheme, credential))
        text = {"query": f"{quote(name, safe='')}={quote(credential, safe='')}", "cookie": f"{name}={credential}"}
        return draft.having(location, name, text.get(location, credential))

    def credential_place(self, scheme: str) -> tuple[str, str]:
        """Return (location, name) of the credentials of a security scheme."""
        said = self._schemes[scheme]
        return (said["in"], said["name"]) if said["type"] == "apiKey" else ("header", "Authorization")

    def authorization(self, scheme: str, credential: str) -> str:
        """Return the value of the header Authorization."""
        name = str(self._schemes[scheme].get("scheme", "bearer")).capitalize()
        return f"{name} {b64encode(credential.encode()).decode() if name == 'Basic' else credential}"
