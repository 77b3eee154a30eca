"""Who may call our servers."""

from scripts.bench.cases import TOKEN
from specwright.runtime.security import Credential


async def authenticate(credential: Credential) -> list[str] | None:
    """Say that one token is genuine."""
    return [] if credential.value == TOKEN else None
