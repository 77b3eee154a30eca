"""Who may call the FastAPI servers."""

from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from scripts.bench.cases import TOKEN


async def authorized(credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> None:
    """Refuse every token but one."""
    if credentials.credentials != TOKEN:
        raise HTTPException(401)
