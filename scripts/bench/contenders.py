"""Who takes part: our server, the limit, stock Connexion, two FastAPI servers, three mocks; all pinned to a version."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

from scripts.bench.cases import CASES, Case
from scripts.bench.install import CACHE, ROOT, Failed, install, install_node, reason
from scripts.bench.process import Contender

OURS = "specwright"
LIMIT = "the limit: bare ASGI"
CONNEXION = f"Connexion {version('connexion')}, validate_responses"
PRISM = "Prism 5.16.0"
FASTAPI = "FastAPI 0.165.0"
EMITTED = f"datamodel-code-generator {version('datamodel-code-generator')}, FastAPI server"
SPECMATIC = "Specmatic 2.55.1"
MOCKOON = "Mockoon 9.9.0"

# The same for every Python server, in the same versions.
UVICORN = (
    *("--factory", "--host", "127.0.0.1", "--port", "{port}", "--workers", "1", "--loop", "uvloop"),
    *("--http", "httptools", "--no-access-log", "--log-level", "critical"),
)
_SHARED = ("uvicorn", "httptools", "uvloop", "pydantic", "pydantic-core")
_EMITTED = CACHE / "emitted"
_NODE, _JAVA = 2, 8  # seconds until their compilers have warmed up


def contenders(case: Case) -> list[Contender]:
    """Return everyone who serves the case, installed; whoever cannot be says why."""
    return [contender(name, case) for name in _SERVERS]


def uvicorn(target: str, python: str = sys.executable) -> tuple[str, ...]:
    """Return the command that serves what the factory ``module:function`` returns."""
    return (python, "-m", "uvicorn", target, *UVICORN)


def contender(name: str, case: Case) -> Contender:
    """Return who is called ``name``, installed, or why it cannot be."""
    try:
        return _SERVERS[name](case)
    except Failed as failure:
        return Contender(name, case, case.base, failure=str(failure))


def _ours(case: Case) -> Contender:
    return Contender(OURS, case, case.base, uvicorn(f"scripts.bench.servers.ours.{case.name}:create"))


def _limit(case: Case) -> Contender:
    return Contender(LIMIT, case, case.base, uvicorn(f"scripts.bench.servers.limit:{case.name}"))


def _connexion(case: Case) -> Contender:
    return Contender(CONNEXION, case, case.base, uvicorn(f"scripts.bench.servers.stock:{case.name}"))


def _fastapi(case: Case) -> Contender:
    return _on_fastapi(FASTAPI, case, "fastapi_app")


def _emitted(case: Case) -> Contender:
    return _on_fastapi(EMITTED, case, "emitted_app")


def _on_fastapi(name: str, case: Case, package: str) -> Contender:
    environment = {"PYTHONPATH": str(_emission())}
    command = uvicorn(f"scripts.bench.servers.{package}.{case.name}:create", str(_fastapi_programs() / "python"))
    return Contender(name, case, case.base, command, environment)


# The mocks know no base path, except Mockoon.
def _prism(case: Case) -> Contender:
    programs = _there(install_node("@stoplight/prism-cli@5.16.0")) / ".bin"
    options = ("--host", "127.0.0.1", "--port", "{port}", "--verboseLevel", "silent")
    command = (str(programs / "prism"), "mock", *options, str(case.contract))
    return Contender(PRISM, case, "", command, warm_up=_NODE)


def _specmatic(case: Case) -> Contender:
    java = shutil.which("java")
    if java is None:
        raise Failed("not started: java is not on PATH")
    jar = _there(install_node("specmatic@2.55.1")) / "specmatic" / "specmatic.jar"
    options = ("--noConsoleLog", "--host", "127.0.0.1", "--port", "{port}")
    folder = CACHE / "specmatic"  # it leaves reports where it runs
    folder.mkdir(exist_ok=True)
    command = (java, "-jar", str(jar), "mock", *options, str(case.contract))
    return Contender(SPECMATIC, case, "", command, folder=folder, warm_up=_JAVA)


def _mockoon(case: Case) -> Contender:
    programs = _there(install_node("@mockoon/cli@9.9.0")) / ".bin"
    options = ("--hostname", "127.0.0.1", "--port", "{port}", "--disable-log-to-file", "--disable-admin-api")
    command = (str(programs / "mockoon-cli"), "start", "--data", str(case.contract), *options)
    return Contender(MOCKOON, case, case.base, command, warm_up=_NODE)


_SERVERS: Mapping[str, Callable[[Case], Contender]] = {
    OURS: _ours,
    LIMIT: _limit,
    CONNEXION: _connexion,
    FASTAPI: _fastapi,
    EMITTED: _emitted,
    PRISM: _prism,
    SPECMATIC: _specmatic,
    MOCKOON: _mockoon,
}


def _there(place: Path | str) -> Path:
    if isinstance(place, str):
        raise Failed(place)
    return place


def _fastapi_programs() -> Path:
    shared = [f"{name}=={version(name)}" for name in _SHARED]
    return _there(install(FASTAPI.lower().replace(" ", "=="), *shared))


@cache
def _emission() -> Path:
    """Return the folder of the package ``emitted``: models and server that datamodel-code-generator makes."""
    shutil.rmtree(_EMITTED, ignore_errors=True)
    for case in CASES:
        folder = _EMITTED / "emitted" / case.name
        folder.mkdir(parents=True)
        _run(_emit(case, folder), folder)
    return _EMITTED


def _emit(case: Case, folder: Path) -> list[str]:
    package = f"emitted.{case.name}"
    models = ["--input", str(case.contract), "--input-file-type", "openapi", "--output", str(folder / "models.py")]
    server = ["--generate-server", "fastapi", "--server-handler-mode", "async", "--server-output", f"{folder}/server"]
    names = ["--server-package", f"{package}.server", "--server-model-package", f"{package}.models"]
    options = ["--output-model-type", "pydantic_v2.BaseModel", "--formatters", "builtin"]
    return [str(Path(sys.executable).with_name("datamodel-codegen")), *models, *server, *names, *options]


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise Failed(f"not emitted: {reason(done.stdout + done.stderr, folder)}")
