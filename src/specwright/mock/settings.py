"""How a mock is run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Auth = Literal["strict", "presence", "off"]
Kept = Literal["redacted", "full", "off"]


@dataclass(frozen=True)
class Settings:
    """What ``specwright mock`` can be told, as its options say it."""

    store: str = "sqlite://"
    auth: Auth = "presence"
    # Seconds after which a namespace that nobody uses is dropped.
    namespace_ttl: int = 3600
    # What mutations of the admin API must carry as a bearer token; None where nobody has to.
    admin_token: str | None = None
    # What becomes of requests, and of how many in each namespace.
    journal: Kept = "redacted"
    journal_limit: int = 1000
    # Origins whose pages may call the APIs, or "*".
    cors: tuple[str, ...] = ()
    # What is written to standard output for every request.
    log_format: Literal["text", "json", "off"] = "off"
    watch: bool = False


@dataclass(frozen=True)
class Listening:
    """Where and how a mock is reached."""

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    tls_cert: Path | None = None
    tls_key: Path | None = None
    # Who signed the certificates that clients must show.
    tls_client_ca: Path | None = None
