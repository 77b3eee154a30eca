"""Connexion as it comes, which checks requests and responses itself; the contract is said in OpenAPI 3.0."""

from typing import Any

import connexion
from connexion.resolver import Resolver

from scripts.bench.cases import CASPEN, NEXHEALTH, TOKEN, Case
from scripts.bench.servers.store import answerer

_NULL = {"type": "null"}
_UNKNOWN = ("const", "example", "examples", "summary")  # to 3.0 or to this reading of it


def in_30(node: Any) -> Any:
    """Return a part of a 3.1 contract in 3.0, as far as the contracts of this benchmark need it."""
    if isinstance(node, list):
        return [in_30(item) for item in node]
    if not isinstance(node, dict):
        return node
    copy = {name: in_30(item) for name, item in node.items() if name not in _UNKNOWN and not name.startswith("x-")}
    if "const" in node:
        copy["enum"] = [node["const"]]
    if isinstance(node.get("type"), list):
        kinds = [kind for kind in node["type"] if kind != "null"]
        copy |= {"type": kinds[0], "nullable": "null" in node["type"]}
    if _NULL in node.get("anyOf", ()):
        copy |= {"anyOf": [item for item in copy["anyOf"] if item != _NULL], "nullable": True}
    return copy


def user_of(token: str) -> dict[str, str] | None:
    """Return who a token stands for, None for nobody; Connexion calls it by its name."""
    return {"sub": "bench"} if token == TOKEN else None


def _server(case: Case) -> Any:
    contract = {**in_30(case.document), "openapi": "3.0.3"}
    for scheme in contract["components"]["securitySchemes"].values():
        scheme["x-bearerInfoFunc"] = f"{__name__}.user_of"
    answer = answerer(case)

    async def handler(body: Any, appointment: str = "", **_: Any) -> tuple[Any, int]:
        return answer(body, appointment), case.status

    app = connexion.AsyncApp(__name__)
    app.add_api(contract, resolver=Resolver(lambda _: handler), validate_responses=True)
    return app


def nexhealth() -> Any:
    """Return the server of NexHealth."""
    return _server(NEXHEALTH)


def caspen() -> Any:
    """Return the server of Caspen."""
    return _server(CASPEN)
