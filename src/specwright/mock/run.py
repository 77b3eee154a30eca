"""Serve a mock until it is told to stop: listening, TLS, one process or several."""

import gc
import secrets
import socket
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any

from specwright.errors import UsageError
from specwright.mock.app import Mock
from specwright.mock.server import base_urls, load
from specwright.mock.settings import Listening, Settings
from specwright.workspace import Source, Workspace

_GRACE = 10  # seconds that requests have to finish after the mock was told to stop


@dataclass(frozen=True)
class Application:
    """Makes the application in the process that serves it."""

    workspace: Workspace
    sources: tuple[Source, ...]
    settings: Settings

    def __call__(self) -> Mock:
        """Return the application, loaded."""
        gc.disable()  # nothing of what is loaded is dropped again
        mock = load(self.workspace, self.sources, self.settings)
        gc.freeze()
        gc.enable()
        return mock


def run(workspace: Workspace, sources: Sequence[Source], settings: Settings, listening: Listening) -> None:
    """Serve ``sources`` until interrupted; raises UsageError when it cannot, SpecError when a partner is wrong."""
    # Imported here because it is slow to load and only this function serves.
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    listener = _listen(listening)
    settings = _guarded(settings, listening.host)
    with _shared(settings, listening.workers) as settings:
        application = Application(workspace, tuple(sources), settings)
        made = application if listening.workers > 1 else application()
        config = uvicorn.Config(made, factory=listening.workers > 1, workers=listening.workers, **_options(listening))
        _say(workspace, sources, settings, listening, listener.getsockname()[1])
        try:
            Multiprocess(config, [listener]).run() if listening.workers > 1 else uvicorn.Server(config).run([listener])
        except KeyboardInterrupt:
            print("\nmock ended")


def _options(listening: Listening) -> dict[str, Any]:
    # Imported here because it loads uvicorn.
    from specwright.mock.protocol import HttpTools

    options: dict[str, Any] = {
        "http": HttpTools,
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": _GRACE,
    }
    if listening.tls_cert:
        _check_tls(listening)
        options |= {"ssl_certfile": listening.tls_cert, "ssl_keyfile": listening.tls_key}
    if listening.tls_client_ca:
        options |= {"ssl_ca_certs": str(listening.tls_client_ca), "ssl_cert_reqs": ssl.CERT_REQUIRED}
    return options


def _check_tls(listening: Listening) -> None:
    """Raise UsageError for what the TLS library would refuse without a word on which file."""
    try:
        ssl.create_default_context().load_cert_chain(
            str(listening.tls_cert), listening.tls_key and str(listening.tls_key)
        )
        if listening.tls_client_ca:
            ssl.create_default_context(cafile=str(listening.tls_client_ca))
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"cannot use the certificate {listening.tls_cert}: {error}; give PEM files") from None


def _listen(listening: Listening) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
        return socket.create_server((listening.host, listening.port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        place = f"{listening.host}:{listening.port}"
        raise UsageError(f"cannot listen on {place}: {error}; choose another --port") from None


def _guarded(settings: Settings, host: str) -> Settings:
    """Return settings with an admin token where others than this machine can reach the mock."""
    if settings.admin_token or _is_loopback(host):
        return settings
    return replace(settings, admin_token=secrets.token_urlsafe(16))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _shared(settings: Settings, workers: int) -> Iterator[Settings]:
    """Give several processes that were told no store one file to share, as long as they run."""
    if workers == 1 or settings.store != Settings.store:
        yield settings
        return
    with tempfile.TemporaryDirectory(prefix="specwright-") as folder:
        yield replace(settings, store=f"sqlite:///{folder}/mock.db")


def _say(workspace: Workspace, sources: Sequence[Source], settings: Settings, listening: Listening, port: int) -> None:
    scheme = "https" if listening.tls_cert else "http"
    host = f"[{listening.host}]" if ":" in listening.host else listening.host
    address = f"{scheme}://{host}:{port}"
    print(f"mock on {address} (Ctrl-C ends it)", flush=True)
    for path in base_urls(workspace, sources):
        print(f"  {address}{path}", flush=True)
    if settings.admin_token:
        print(f"admin token: {settings.admin_token} (Authorization: Bearer ... on what changes the mock)", flush=True)
