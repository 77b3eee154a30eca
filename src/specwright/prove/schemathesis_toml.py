"""The configuration for those who run Schemathesis themselves, against the mock: ``schemathesis.toml``."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from specwright.mock.server import served
from specwright.mock.settings import Settings
from specwright.mock.world import World
from specwright.plan import Api
from specwright.prove.subject import package_of
from specwright.workspace import Source, Workspace

_HEAD = """\
# How to run Schemathesis against `specwright mock`; `specwright prove --write-config` writes it anew.
#   st run http://127.0.0.1:8000/{name}{base}/openapi.json
# Its documentation: https://schemathesis.readthedocs.io/en/stable/reference/configuration/
seed = 1

[cache]
enabled = false

[generation]
mode = "all"
database = "none"
deterministic = true

# What obeys a contract may still be more than a partner can do: somebody unknown, a time in the past.
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "422", "429"]
"""


def configuration(workspace: Workspace, sources: Sequence[Source]) -> str:
    """Return the text of the file for the mock of ``sources``, whose packages must have been generated."""
    for source in sources:
        package_of(workspace, source)  # which makes it known to the partner
    behaviours = {name: some.behaviour for name, some in served(workspace, sources, Settings()).items()}
    return written({name: (some.api, some.world) for name, some in behaviours.items()})


def written(projects: Mapping[str, tuple[Api, World]]) -> str:
    """Return the text of the file for APIs and what the mock starts with, by name."""
    name, (api, _) = next(iter(projects.items()))
    parts = [_HEAD.format(name=name, base=api.base_path)]
    for plan, world in projects.values():
        parts += [f"[[project]]\ntitle = {_text(plan.title)}\n", *_auth(plan, world)]
    return "\n".join(parts)


def _auth(api: Api, world: World) -> list[str]:
    """Return the tables that say how ``api`` is called by the first client of its world."""
    if not world.clients:
        return []
    client = world.clients[0]
    tables = []
    for scheme in api.security_schemes:
        kind = str(scheme.scheme.get("scheme", scheme.scheme["type"])).lower()
        url = _token_url(scheme.scheme)
        if kind == "basic":
            tables.append(_table(f"openapi.{scheme.name}", username=client.id, password=client.secret))
        elif kind in ("apikey", "bearer"):
            key = "api_key" if kind == "apikey" else "bearer"
            tables.append(_table(f"openapi.{scheme.name}", **{key: client.secret}))
        elif url:
            tables.append(
                _table(
                    f"dynamic.openapi.{scheme.name}",
                    path=_below(api.base_path, url),
                    payload_content_type="application/x-www-form-urlencoded",
                    extract_selector="/access_token",
                    payload={
                        "grant_type": "client_credentials",
                        "client_id": client.id,
                        "client_secret": client.secret,
                    },
                )
            )
    return tables


def _below(base: str, url: str) -> str:
    """Return the path of a token endpoint as Schemathesis wants it, from the base URL on; the mock has it above that."""
    return "/" + "../" * base.count("/") + urlsplit(url).path.lstrip("/")


def _token_url(scheme: Mapping[str, Any]) -> str:
    return str((scheme.get("flows") or {}).get("clientCredentials", {}).get("tokenUrl", ""))


def _table(name: str, **values: Any) -> str:
    lines = [f"[project.auth.{name}]", *(f"{key} = {_text(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_text(item)}" for key, item in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)  # a string of TOML where it has no control character
