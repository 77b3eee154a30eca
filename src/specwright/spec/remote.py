"""Fetch what a reference to another host leads to: over HTTPS, from hosts that the user named, a little and soon."""

import time
from collections.abc import Collection
from hashlib import sha256
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from specwright.spec.load import MAX_BYTES

SECONDS = 10
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_CHUNK = 64 * 1024


class Unfetched(Exception):
    """The host did not give what was asked for; the text ends a sentence."""


def is_allowed(url: str, hosts: Collection[str]) -> bool:
    """Tell whether ``url`` is at one of ``hosts``, each a name or ``name:port``; without TLS only on this machine."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return False
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    return is_safe and "@" not in parts.netloc and f"{parts.hostname}{port}" in hosts


def stand_in(url: str, root: Path) -> Path:
    """Return the path below ``root`` that stands for ``url`` among files; there is no such file."""
    name = Path(urlsplit(url).path).name or "index"
    return root / ".remote" / sha256(url.encode()).hexdigest()[:16] / name


def fetched(url: str) -> bytes:
    """Return what ``url`` serves; raises Unfetched when it is not there, too large or too slow, or somewhere else."""
    until = time.monotonic() + SECONDS
    try:
        with build_opener(_SameHost()).open(Request(url), timeout=SECONDS) as response:  # noqa: S310 - see is_allowed
            return _body(response, until)
    except HTTPError as error:
        raise Unfetched(f"the host answers {error.code}") from None
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise Unfetched(f"it cannot be fetched: {getattr(error, 'reason', None) or error}") from None


def _body(response: Any, until: float) -> bytes:
    data = bytearray()
    # What is there at once is read, so that a host which sends a byte now and then is given up in time.
    while chunk := response.read1(_CHUNK):
        data += chunk
        if len(data) > MAX_BYTES:
            raise Unfetched(f"it is larger than {MAX_BYTES >> 20} MiB")
        if time.monotonic() > until:
            raise Unfetched(f"it takes longer than {SECONDS} s")
    return bytes(data)


class _SameHost(HTTPRedirectHandler):
    """Follows redirects within the host that was named, and no others."""

    def redirect_request(  # noqa: PLR0913, PLR0917 - as urllib calls it
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        here, there = urlsplit(req.full_url), urlsplit(newurl)
        if (here.scheme, here.netloc) != (there.scheme, there.netloc):
            raise Unfetched(f"it is redirected to {there.scheme}://{there.netloc}, which is another host")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
