"""Rules of security requirements."""

from collections.abc import Iterator
from typing import Any

from specwright.errors import Problem
from specwright.spec.document import Document
from specwright.spec.near import did_you_mean
from specwright.spec.pointer import deref, escape, mapping


def security_schemes_are_defined(document: Document) -> Iterator[Problem]:
    """Every security requirement names a scheme of the components."""
    schemes = mapping(document.value, "components", "securitySchemes")
    for place, name, _ in _requirements(document):
        if name not in schemes:
            hint = did_you_mean(name, schemes, ": add it to components.securitySchemes")
            yield document.problem(place, f"security scheme {name!r} is not defined{hint}", "security-defined")


def scopes_are_declared(document: Document) -> Iterator[Problem]:
    """Every scope that OAuth 2.0 is asked for is one that a flow of the scheme declares."""
    schemes = mapping(document.value, "components", "securitySchemes")
    for place, name, scopes in _requirements(document):
        scheme = deref(document.value, schemes.get(name))
        if mapping(scheme).get("type") != "oauth2":
            continue
        declared = {scope for flow in mapping(scheme, "flows").values() for scope in mapping(flow, "scopes")}
        for index, scope in enumerate(scopes if isinstance(scopes, list) else ()):
            if isinstance(scope, str) and scope not in declared:
                hint = did_you_mean(scope, declared, ": add it to the scopes of a flow")
                message = f"no flow of {name} declares the scope {scope!r}{hint}"
                yield document.advice(f"{place}/{index}", message, "security-scope")


def _requirements(document: Document) -> Iterator[tuple[str, str, Any]]:
    """Yield (pointer, name of the scheme, scopes) of every security requirement."""
    for pointer, kind, holder in document.objects:
        requirements = holder.get("security") if kind in ("openapi", "operation") else None
        for index, requirement in enumerate(requirements if isinstance(requirements, list) else ()):
            for name, scopes in mapping(requirement).items():
                yield f"{pointer}/security/{index}/{escape(name)}", name, scopes
