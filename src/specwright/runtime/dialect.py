"""Say a contract in the OpenAPI 3.0 that Connexion understands. Delete when Connexion learns 3.1 (its issue 1396).

Connexion gets paths and operationIds, so that it resolves functions and its middleware can route. Parameters, bodies
and responses stay with the runtime, which reads the contract itself.
"""

from typing import Any

from specwright.plan import Api

_KNOWN_METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"})


def connexion_view(api: Api) -> dict[str, Any]:
    """Return the small 3.0 document that stands for ``api``."""
    paths: dict[str, Any] = {}
    for operation in api.operations:
        if operation.method in _KNOWN_METHODS:
            paths.setdefault(operation.path, {})[operation.method.lower()] = {
                "operationId": operation.operation_id,
                "responses": {"default": {"description": "as the contract says"}},
            }
    return {"openapi": "3.0.3", "info": {"title": api.title, "version": api.version}, "paths": paths}
