"""Serve a mock until it is told to stop: listening, TLS, one process or several."""

import gc
import os
import secrets
import signal
import socket
import ssl
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specwright.errors import UsageError
from specwright.mock.app import Mock
from specwright.mock.journal.metrics import SHARED
from specwright.mock.server import load
from specwright.mock.settings import Listening, Settings
from specwright.workspace import Workspace

if TYPE_CHECKING:
    from specwright.mock.reload import Reloading

# Brings generated/ up to date.
Generate = Callable[[], object]

_GRACE = 10  # seconds that requests have to finish after the mock was told to stop


@dataclass(frozen=True)
class Application:
    """Makes the application in the process that serves it; of all APIs when it is given no names."""

    workspace: Workspace
    names: tuple[str, ...]
    settings: Settings
    reloading: "Reloading | None"

    def __call__(self) -> Mock:
        """Return the application, loaded; raises SpecError or UsageError saying what is wrong."""
        if self.reloading is None:
            return self._kept()
        # Python takes compiled code for current when source of the same length was written in the same second.
        sys.dont_write_bytecode = True
        mock = self._loaded()
        mock.beside = partial(self.reloading.follow, mock)
        return mock

    def _kept(self) -> Mock:
        gc.disable()  # nothing of what is loaded is dropped again
        mock = self._loaded()
        gc.freeze()
        gc.enable()
        return mock

    def _loaded(self) -> Mock:
        return load(self.workspace, self.workspace.sources(list(self.names)), self.settings)


def run(
    workspace: Workspace, names: Sequence[str], settings: Settings, listening: Listening, generate: Generate
) -> None:
    """Serve the APIs ``names``, or all, until interrupted; ``generate`` brings generated/ up to date for ``watch``.

    Raises UsageError when it cannot, SpecError when a partner is wrong.
    """
    # Imported here because it is slow to load and only this function serves.
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    options, listener = _options(listening), _listen(listening)
    settings = _guarded(settings, listening.host)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what is told to end ends as on Ctrl-C
    with _shared(settings, listening.workers) as settings, suppress(KeyboardInterrupt):
        application = Application(workspace, tuple(names), settings, _reloading(workspace, names, settings, generate))
        # Loaded here also for other processes to serve, so that what is wrong is said once.
        mock = application()
        _say(mock, settings, listening, listener.getsockname()[1])
        if listening.workers == 1:
            uvicorn.Server(uvicorn.Config(mock, **options)).run([listener])
        else:
            config = uvicorn.Config(application, factory=True, workers=listening.workers, **options)
            Multiprocess(config, [listener]).run()
    print("\nmock ended")


def _reloading(
    workspace: Workspace, names: Sequence[str], settings: Settings, generate: Generate
) -> "Reloading | None":
    if not settings.watch:
        return None
    # Imported here because it loads what watches files.
    from specwright.mock.reload import Reloading

    return Reloading(workspace, names, settings, generate)


def _options(listening: Listening) -> dict[str, Any]:
    # Imported here because it loads uvicorn.
    from specwright.mock.faults.protocol import HttpTools

    options: dict[str, Any] = {
        "http": HttpTools,
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,  # a journal says what was sent
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
    except OSError as error:
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
    """Give several processes a folder to share as long as they run: for metrics, and for state that nobody said where to keep."""
    if workers == 1:
        yield settings
        return
    with tempfile.TemporaryDirectory(prefix="specwright-") as folder:
        figures = Path(folder, "metrics")
        figures.mkdir()
        os.environ.setdefault(SHARED, str(figures))
        yield replace(settings, store=f"sqlite:///{folder}/mock.db") if settings.store == Settings.store else settings


def _say(mock: Mock, settings: Settings, listening: Listening, port: int) -> None:
    scheme = "https" if listening.tls_cert else "http"
    host = f"[{listening.host}]" if ":" in listening.host else listening.host
    address = f"{scheme}://{host}:{port}"
    print(f"mock on {address} (Ctrl-C ends it)", flush=True)
    for path in mock.base_urls:
        print(f"  {address}{path}", flush=True)
    if settings.admin_token:
        print(f"admin token: {settings.admin_token} (Authorization: Bearer ... on what changes the mock)", flush=True)
