"""Who may call the servers that datamodel-code-generator emits."""

from collections.abc import Mapping
from typing import Any

from fastapi import HTTPException

from scripts.bench.cases import TOKEN


async def authorize(_: Any, credentials: Mapping[str, Any]) -> str:
    """Return who the token stands for; refuses every token but one."""
    if any(credential.credentials != TOKEN for credential in credentials.values()):
        raise HTTPException(401)
    return "bench"
