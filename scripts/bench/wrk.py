"""The client, wrk: from PATH, else from its Debian package, unpacked below .bench/ without touching the system."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.bench.cases import Request
from scripts.bench.install import CACHE, Failed, reason, say

CONNECTIONS = 16
_PACKAGES = ("wrk", "libluajit-5.1-2")
_SCRIPT = Path(__file__).with_name("wrk.lua")


@dataclass(frozen=True)
class Volley:
    """What came of one run of the client."""

    requests: int
    rate: float  # requests a second
    p99: float  # milliseconds
    refused: int  # answers with a status of 400 or more
    broken: int  # connections that failed, requests without an answer


@dataclass(frozen=True)
class Wrk:
    """The program and where its libraries are."""

    program: str
    libraries: str = ""

    def fire(self, port: int, request: Request, seconds: int) -> Volley:
        """Send the request to a port of this machine, over and over, for so long; raises Failed."""
        with tempfile.NamedTemporaryFile() as body:
            body.write(request.body)
            body.flush()
            options = ["-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(_SCRIPT), f"http://127.0.0.1:{port}"]
            said = [request.path, body.name, request.token, request.accept, str(request.step)]
            output = self._run([*options, "--", *said], seconds + 20)
        return _volley(output)

    def _run(self, arguments: list[str], timeout: float) -> str:
        # The times that the script makes are UTC.
        environment = {**os.environ, "TZ": "UTC", **({"LD_LIBRARY_PATH": self.libraries} if self.libraries else {})}
        command = [self.program, *arguments]
        try:
            done = subprocess.run(
                command, check=False, capture_output=True, text=True, timeout=timeout, env=environment
            )
        except subprocess.TimeoutExpired:
            raise Failed("the client got stuck") from None
        if done.returncode:
            raise Failed(f"wrk: {reason(done.stdout + done.stderr, _SCRIPT.parent)}")
        return done.stdout


def _volley(output: str) -> Volley:
    said = json.loads(output.splitlines()[-1])
    if not said["requests"]:
        raise Failed("answered nothing under load")
    rate = said["requests"] / said["microseconds"] * 1e6
    return Volley(said["requests"], rate, said["p99"] / 1000, said["refused"], said["broken"])


def find() -> Wrk | str:
    """Return the client, fetched first if need be, or why there is none."""
    known = shutil.which("wrk")
    if known:
        return Wrk(known)
    folder = CACHE / "wrk"
    if not list(folder.glob("usr/bin/wrk")):
        missing = _fetch(folder)
        if missing:
            return f"wrk is not on PATH, and its Debian package is not to be had: {missing}"
    return Wrk(str(folder / "usr" / "bin" / "wrk"), str(next(folder.glob("usr/lib/*/libluajit*")).parent))


def _fetch(folder: Path) -> str:
    """Download and unpack the packages; return what went wrong, empty if nothing did."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        return "there is no apt-get"
    say("fetching wrk")
    for name in ("state/lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    # Lists and locks of its own, so that this needs no root and changes nothing.
    apt = ["apt-get", "-o", f"Dir::State::Lists={folder}/state/lists", "-o", f"Dir::Cache={folder}/cache"]
    apt += ["-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User="]
    steps = [[*apt, "--quiet", "update"], [*apt, "--quiet", "download", *_PACKAGES]]
    failure = next((failure for step in steps if (failure := _step(step, folder))), "")
    packages = sorted(folder.glob("*.deb"))
    return failure or next((failure for path in packages if (failure := _step(["dpkg", "-x", path, "."], folder))), "")


def _step(command: Sequence[str | Path], folder: Path) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, stdin=subprocess.DEVNULL)
    return reason(done.stdout + done.stderr, folder) if done.returncode else ""
