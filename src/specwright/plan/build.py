"""Document -> Api: decide what every part of a contract is called and typed in Python."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from specwright.plan import naming
from specwright.plan.definitions import Definitions
from specwright.plan.messages import Messages
from specwright.plan.model import Api, Group, Operation, SecurityScheme
from specwright.spec.pointer import deref, escape

# As many operations as one protocol may have.
_FEW = 30
# RFC 3986, appendix B: scheme and authority, query and fragment.
_AROUND_PATH = re.compile(r"\A([^:/?#]+:)?(//[^/?#]*)?|[?#].*", re.DOTALL)


def build(package: str, contract: Any, imported: Mapping[str, str] = MappingProxyType({})) -> Api:
    """Return the plan of ``contract``, a bundled and checked OpenAPI 3.1 document.

    ``imported`` says which schemas another package defines: place -> name there, as ``Api.names`` has them.
    """
    builder = _Builder(package, contract, {}, imported)
    api = builder.api()
    settled = builder.definitions.settle()
    return _Builder(package, contract, settled, imported).api() if settled else api


@lru_cache(maxsize=64)
def planned(text: str) -> Api:
    """Return the plan of the bundled contract that ``text`` spells in JSON; the same text is planned once."""
    return build("", json.loads(text))


def base_path(contract: Any) -> str:
    """Return the path of the first server URL, its variables at their defaults: ``/v1``, or nothing."""
    servers = contract.get("servers") or [{}]
    url = str(servers[0].get("url", ""))
    for name, variable in (servers[0].get("variables") or {}).items():
        url = url.replace(f"{{{name}}}", str(variable.get("default", "")))
    path = _AROUND_PATH.sub("", url).rstrip("/")
    return path if not path or path.startswith("/") else f"/{path}"


class _Builder:
    def __init__(self, package: str, contract: Any, settled: Mapping[str, str], imported: Mapping[str, str]) -> None:
        self.package, self.contract = package, contract
        self.operations = naming.identified(contract)
        shared = naming.shared_responses(contract)
        taken = frozenset(
            f"{base}{naming.status_name(status)}"
            for _, base, _, _, operation in self.operations
            for status in operation.get("responses", {})
        )
        self.definitions = Definitions(contract, taken | frozenset(shared.values()), settled, imported)
        self.messages = Messages(contract, self.definitions, shared)

    def api(self) -> Api:
        info = self.contract["info"]
        operations = tuple(self._operation(*operation) for operation in self.operations)
        for base, pointer, operation in naming.outgoing(self.contract):
            self.messages.body(pointer, operation, base)
            self.messages.responses(pointer, operation, base)
        schemes = self.contract.get("components", {}).get("securitySchemes", {})
        responses = {response.class_name: response for operation in operations for response in operation.responses}
        return Api(
            package=self.package,
            title=info["title"],
            version=info["version"],
            description=info.get("description", info.get("summary", "")),
            base_path=base_path(self.contract),
            operations=operations,
            groups=self._groups(operations, frozenset(responses) | self.definitions.definitions.keys()),
            responses=tuple(responses.values()),
            security_schemes=tuple(
                SecurityScheme(name, deref(self.contract, s)) for name, s in sorted(schemes.items())
            ),
            definitions=dict(sorted(self.definitions.definitions.items())),
            names=self.definitions.names,
            contract=self.contract,
        )

    def _operation(self, identifier: str, base: str, path: str, method: str, operation: dict[str, Any]) -> Operation:
        pointer = f"/paths/{escape(path)}/{method}"
        return Operation(
            operation_id=operation.get("operationId", identifier),
            identifier=identifier,
            method=method.upper(),
            path=path,
            pointer=pointer,
            summary=operation.get("summary", ""),
            description=operation.get("description", ""),
            deprecated=operation.get("deprecated", False),
            tags=tuple(operation.get("tags", ())),
            parameters=self.messages.parameters(pointer, path, operation, base),
            body=self.messages.body(pointer, operation, base),
            responses=self.messages.responses(pointer, operation, base),
            security=self._security(operation),
            negotiates=self.messages.negotiates(pointer, path, operation),
        )

    def _groups(self, operations: tuple[Operation, ...], taken: frozenset[str]) -> tuple[Group, ...]:
        """Return the operations by their first tag; none when they are few enough to be read in one place."""
        by_tag: dict[str, list[Operation]] = {}
        for operation in operations:
            by_tag.setdefault("".join(operation.tags[:1]), []).append(operation)
        tags = sorted(tag for tag in by_tag if tag)
        if len(operations) <= _FEW or len(tags) < 2:
            return ()
        texts = {tag.get("name"): tag.get("description", "") for tag in self.contract.get("tags", ())}
        names = naming.distinct({tag: f"{naming.pascal_case(tag)}Handlers" for tag in tags}, taken | {"Handlers"})
        return tuple(Group(names[tag], tag, texts.get(tag, ""), tuple(by_tag[tag])) for tag in tags)

    def _security(self, operation: dict[str, Any]) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], ...]:
        requirements = operation.get("security", self.contract.get("security", ()))
        return tuple(
            tuple((name, tuple(scopes)) for name, scopes in requirement.items()) for requirement in requirements
        )
