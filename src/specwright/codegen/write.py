"""Files -> disk: the only code that touches generated/.

``manifest.json`` remembers which text came from which contract, so that what did not change is not done again.
"""

import difflib
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from specwright.codegen.render import Files

MANIFEST = "manifest.json"
_ROOT_FILES = {"__init__.py": '"""Packages that Specwright generated from the contracts in specs/."""\n'}
_TOOLS = ("datamodel-code-generator", "ruff")


def digest(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def fingerprint(templates: Path) -> str:
    """Return a digest of everything besides the contract that decides the output: our code, templates, tools."""
    package = Path(__file__).parents[1]
    files = [path for part in ("spec", "plan", "codegen") for path in (package / part).glob("*.py")]
    files += [path for path in templates.rglob("*") if path.is_file()]
    named = sorted((path.name, path.parent.name, digest(path.read_bytes())) for path in files)
    return digest(repr([named, [version(tool) for tool in _TOOLS]]).encode())


def is_current(generated: Path, package: str, sources: Mapping[str, str], generator: str) -> bool:
    """Tell whether the package on disk is what ``generator`` made of ``sources`` (path -> digest) before."""
    entry = read_manifest(generated).get(package)
    if not entry or entry["sources"] != sources or entry["generator"] != generator:
        return False
    return bool(_hashes(_on_disk(generated, package)) == entry["files"])


def manifest_entry(files: Files, sources: Mapping[str, str], generator: str) -> dict[str, Any]:
    """Return what the manifest says of one package."""
    return {"sources": dict(sources), "generator": generator, "files": _hashes(files)}


def read_manifest(generated: Path) -> dict[str, Any]:
    """Return the entries of the manifest by package; none when there is no readable manifest."""
    try:
        entries = json.loads((generated / MANIFEST).read_text())
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, dict) else {}


def write(generated: Path, package: str, files: Files) -> None:
    """Make the folder of ``package`` hold exactly ``files``: prepared aside and moved in as one."""
    aside = generated / f".{package}.new"
    old = generated / f".{package}.old"
    for folder in (aside, old):
        shutil.rmtree(folder, ignore_errors=True)
    for path, text in files.items():
        target = aside / Path(path).relative_to(package)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    if (generated / package).exists():
        os.rename(generated / package, old)
    os.rename(aside, generated / package)
    shutil.rmtree(old, ignore_errors=True)


def missing_root(generated: Path) -> list[str]:
    """Return the files of no package that should be there and are not."""
    return sorted(name for name in (*_ROOT_FILES, MANIFEST) if not (generated / name).is_file())


def write_root(generated: Path, entries: Mapping[str, Any]) -> None:
    """Write what belongs to no package: the manifest, and the file that makes generated/ importable."""
    for name, text in {**_ROOT_FILES, MANIFEST: _manifest_text(entries)}.items():
        _replace(generated / name, text)


def remove(generated: Path, packages: Iterable[str]) -> None:
    """Remove packages whose contract is gone."""
    for package in packages:
        shutil.rmtree(generated / package, ignore_errors=True)


def orphans(generated: Path, packages: Iterable[str]) -> list[str]:
    """Return the packages that were generated once and have no contract any more."""
    return sorted(name for name in read_manifest(generated).keys() - set(packages) if (generated / name).is_dir())


def diff(generated: Path, package: str, files: Files) -> str:
    """Return the unified diff from the disk to ``files``; empty when up to date."""
    on_disk = _on_disk(generated, package)
    lines: list[str] = []
    for path in sorted({*on_disk, *files}):
        before, after = on_disk.get(path), files.get(path)
        if before != after:
            lines += difflib.unified_diff(
                [] if before is None else before.splitlines(keepends=True),
                [] if after is None else after.splitlines(keepends=True),
                "/dev/null" if before is None else f"a/generated/{path}",
                "/dev/null" if after is None else f"b/generated/{path}",
            )
            if not (before and after):
                lines.append(f"{'missing' if before is None else 'orphaned'}: generated/{path}\n")
    return "".join(lines)


def _on_disk(generated: Path, package: str) -> dict[str, str]:
    folder = generated / package
    return {
        str(path.relative_to(generated)): path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def _hashes(files: Files) -> dict[str, str]:
    return {path: digest(text.encode()) for path, text in sorted(files.items())}


def _manifest_text(entries: Mapping[str, Any]) -> str:
    return json.dumps(dict(sorted(entries.items())), indent=2) + "\n"


def _replace(path: Path, text: str) -> None:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.new")
    aside.write_text(text, encoding="utf-8")
    os.replace(aside, path)
