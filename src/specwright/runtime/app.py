"""The server of one contract: a contract made ready to enforce, on a stage inside Connexion's application.

Connexion is the frame: application object, operationId resolution (a missing handler fails at the start), middleware,
error handlers, lifespan. Requests do no set-up: routes and readers are made when the app is, validators when they are
first used.
"""

import sys
import warnings
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, Unpack

from specwright.plan import Api, Direction, Operation, planned, view
from specwright.runtime.dialect import connexion_view
from specwright.runtime.docs import Docs
from specwright.runtime.endpoint import Endpoint
from specwright.runtime.explain import Explain, Explained
from specwright.runtime.refusals import Refusals
from specwright.runtime.routing import Router
from specwright.runtime.security import Authenticate, Guard, hook_of
from specwright.runtime.stage import Compiled, Shortcut, Stage
from specwright.runtime.types import complete
from specwright.spec.schemas import Schemas

if TYPE_CHECKING:
    import connexion

# Connexion ships no types: generated code names this one instead of an import that strict type checkers refuse.
App: TypeAlias = "connexion.AsyncApp"
MAX_BODY_BYTES = 10 * 1024 * 1024


class Options(TypedDict, total=False):
    """What an app can be told besides its handlers.

    ``authenticate`` says whether a credential is genuine and which scopes it grants; without it every credential is
    refused.
    ``refused`` says in the words of the API why a request is refused: it returns one of the operation's error responses,
    or None for the default, which is the contract's own error schema filled in, RFC 9457 where there is none.
    ``security`` says whether the security requirements of the contract are checked; they are unless it is ``"ignore"``.
    ``unknown_query`` says what becomes of query parameters that the contract does not name; they are refused unless
    it is ``"ignore"``.
    ``max_body_bytes`` is the size from which a body is refused with 413; 10 MiB unless given.
    """

    authenticate: Authenticate
    refused: Explain
    security: Literal["check", "ignore"]
    unknown_query: Literal["refuse", "ignore"]
    max_body_bytes: int


def serve(
    contract: Path,
    handlers: object,
    operations: Mapping[str, Any],
    **options: Unpack[Options],
) -> App:
    """Return the Connexion app that serves the bundled ``contract`` with ``handlers``.

    ``operations`` maps every operationId to the method of the Handlers protocol that declares its types.
    """
    unknown = options.keys() - Options.__annotations__.keys()
    if unknown:
        raise TypeError(f"create_app has no option {', '.join(sorted(unknown))}")
    api = planned(contract.read_text(encoding="utf-8"))
    functions = {name: getattr(handlers, method.__name__) for name, method in operations.items()}
    for package in {method.__module__.rpartition(".")[0] for method in operations.values()}:
        complete(sys.modules[f"{package}.models"])
    limit = options.get("max_body_bytes", MAX_BODY_BYTES)
    compiled = _compiled(api, operations, options)
    return _framed(api, functions, partial(Stage, compiled=compiled, functions=functions, max_body_bytes=limit))


def _framed(api: Api, functions: Mapping[str, Any], stage: Any) -> App:
    """Return the application of Connexion whose middleware ``stage`` answers."""
    # Imported here because Connexion is slow to load, and importing generated models must not wait for it.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Connexion loads Starlette's test client, which asks for another httpx
        import connexion
    from connexion.middleware.exceptions import ExceptionMiddleware
    from connexion.middleware.lifespan import LifespanMiddleware
    from connexion.middleware.routing import RoutingMiddleware
    from connexion.middleware.server_error import ServerErrorMiddleware
    from connexion.resolver import Resolver

    order = [Shortcut, ServerErrorMiddleware, ExceptionMiddleware, stage, RoutingMiddleware, LifespanMiddleware]
    app = connexion.AsyncApp("specwright", middlewares=order)
    app.add_api(connexion_view(api), base_path=api.base_path or "/", resolver=Resolver(functions.__getitem__))
    return app


def _compiled(api: Api, operations: Mapping[str, Any], options: Options) -> Compiled:
    schemas: dict[Direction, Schemas] = {way: Schemas(view(api.contract, way)) for way in ("request", "response")}
    schemes = {scheme.name: scheme.scheme for scheme in api.security_schemes}
    authenticate = hook_of(api, options.get("authenticate"))
    refusals = Refusals(api.contract, schemas["response"])

    def endpoint(operation: Operation) -> Endpoint:
        is_open = options.get("security") == "ignore"
        guard = Guard(replace(operation, security=()) if is_open else operation, schemes, authenticate)
        made = Endpoint(operation, api.contract, schemas, guard, operations[operation.operation_id])
        if options.get("unknown_query") == "ignore":
            made.ignore_unknown_query()
        return made

    return Compiled(
        base_path=api.base_path,
        router=Router((item.method, item.path, endpoint(item)) for item in api.operations),
        refusals=refusals,
        explained=Explained(options.get("refused"), refusals),
        docs=Docs(api),
    )
