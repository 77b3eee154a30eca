"""Files -> disk: the only code that touches generated/.

``manifest.json`` remembers which text came from which contract, so that what did not change is not done again and what
was edited by hand is not overwritten. A run replaces the whole folder at once: whenever it is killed, the old tree or
the new one is there, never a mix.
"""

import contextlib
import ctypes
import difflib
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

# Relative path in generated/ -> text.
Files = Mapping[str, str]

MANIFEST = "manifest.json"
EDITED = ".edited"
_INIT = {"__init__.py": '"""Packages that Specwright generated from the contracts in specs/."""\n'}
_TOOLS = ("datamodel_code_generator", "ruff")
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


@dataclass(frozen=True)
class Drift:
    """One file of generated/ (or a whole package) that is not what the contracts make; as text, the diff to that.

    ``changed``: the contract or the generator says something new; ``missing``; ``orphaned``: nothing makes it any more;
    ``hand-edited``: not what was generated last.
    """

    kind: Literal["changed", "missing", "orphaned", "hand-edited"]
    path: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        return f"{''.join(self._diff())}{self.kind}: generated/{self.path}\n"

    def _diff(self) -> Iterator[str]:
        lines = difflib.unified_diff(
            [] if self.before is None else self.before.splitlines(keepends=True),
            [] if self.after is None else self.after.splitlines(keepends=True),
            "/dev/null" if self.before is None else f"a/generated/{self.path}",
            "/dev/null" if self.after is None else f"b/generated/{self.path}",
        )
        for line in lines:
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def digest(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def fingerprint(templates: Iterable[Path]) -> str:
    """Return a digest of everything besides the contract that decides the output: our code, templates, tools."""
    package = Path(__file__).parents[1]
    files = [path for part in ("spec", "plan", "codegen") for path in (package / part).glob("*.py")]
    files += [path for folder in templates for path in folder.rglob("*.jinja") if path.is_file()]
    named = sorted((path.name, path.parent.name, digest(path.read_bytes())) for path in files)
    return digest(repr([named, [_installed(tool) for tool in _TOOLS]]).encode())


def _installed(tool: str) -> list[str]:
    """Return the names of the metadata of ``tool``, which end in its version; the library that reads it is slow to load."""
    spec = find_spec(tool)
    site = Path(spec.origin).parents[1] if spec and spec.origin else Path()
    return sorted(path.name for path in site.glob(f"{tool}-*.dist-info"))


def hashes(root: Path, paths: Iterable[str]) -> dict[str, str]:
    """Return the digests of the files at ``paths`` below ``root``, empty for one that is not there."""
    files = {path: root / path for path in sorted(paths)}
    return {path: digest(file.read_bytes()) if file.is_file() else "" for path, file in files.items()}


def is_current(
    generated: Path, package: str, entry: Mapping[str, Any], sources: Mapping[str, str], generator: str
) -> bool:
    """Tell whether the package on disk is what ``generator`` made of ``sources`` (path -> digest), as ``entry`` says."""
    if entry["sources"] != sources or entry["generator"] != generator:
        return False
    return bool(_hashes(_on_disk(generated, package)) == entry["files"])


def manifest_entry(files: Files, sources: Mapping[str, str], generator: str) -> dict[str, Any]:
    """Return what the manifest says of one package."""
    return {"sources": dict(sources), "generator": generator, "files": _hashes(files)}


def read_manifest(generated: Path) -> dict[str, Any]:
    """Return the entries of the manifest by package; none when there is no readable manifest."""
    try:
        entries = json.loads((generated / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: entry for name, entry in entries.items() if name.isidentifier() and _is_entry(entry)}


def _is_entry(entry: Any) -> bool:
    kinds = {"sources": dict, "generator": str, "files": dict}
    return isinstance(entry, dict) and all(isinstance(entry.get(key), kind) for key, kind in kinds.items())


def orphans(generated: Path, packages: Iterable[str]) -> list[str]:
    """Return the packages that were generated once and have no contract any more."""
    return sorted(name for name in read_manifest(generated).keys() - set(packages) if (generated / name).is_dir())


def compare(generated: Path, packages: Mapping[str, Files]) -> Iterator[Drift]:
    """Yield how the disk differs from ``packages``: the files of each one, none for one that should not be there."""
    manifest = read_manifest(generated)
    for package, files in packages.items():
        on_disk = _on_disk(generated, package)
        known = manifest[package]["files"] if package in manifest else None
        found = [
            Drift(_kind(path, on_disk.get(path), files.get(path), known), path, on_disk.get(path), files.get(path))
            for path in sorted({*on_disk, *files})
            if on_disk.get(path) != files.get(path)
        ]
        if files:
            yield from found
        else:
            yield from (drift for drift in found if drift.kind == "hand-edited")
            yield Drift("orphaned", package, None, None)


def compare_root(generated: Path, entries: Mapping[str, Any]) -> Iterator[Drift]:
    """Yield how the files of no package differ; the generator's own digest in the manifest is no difference."""
    for path, wanted in {**_INIT, MANIFEST: _manifest_text(entries)}.items():
        file = generated / path
        before = file.read_text(encoding="utf-8", errors="surrogateescape") if file.is_file() else None
        same = before == wanted or (
            path == MANIFEST and before and _sources(read_manifest(generated)) == _sources(entries)
        )
        if not same:
            yield Drift("missing" if before is None else "changed", path, before, wanted)


def _sources(entries: Mapping[str, Any]) -> dict[str, Any]:
    return {name: (entry["sources"], entry["files"]) for name, entry in entries.items()}


def write(generated: Path, packages: Mapping[str, Files], entries: Mapping[str, Any], kept: Files) -> None:
    """Make generated/ hold ``packages`` (one without files is removed), everything else as it is, in one step.

    ``kept`` are texts that would be lost; they go to the folder ``.edited``.
    """
    root = generated.resolve().parent
    aside = root / f".{generated.name}.{os.getpid()}"
    shutil.rmtree(aside, ignore_errors=True)
    if generated.exists():
        shutil.copytree(
            generated, aside, copy_function=os.link, ignore=shutil.ignore_patterns("__pycache__", *packages)
        )
    for path, text in {**_INIT, MANIFEST: _manifest_text(entries)}.items():
        _put(aside / path, text)
    for files in (*packages.values(), {f"{EDITED}/{path}": text for path, text in kept.items()}):
        for path, text in files.items():
            _put(aside / path, text)
    if generated.exists():
        _exchange(aside, generated.resolve())
        shutil.rmtree(aside, ignore_errors=True)
    else:
        aside.rename(generated)


def write_manifest(generated: Path, entries: Mapping[str, Any]) -> None:
    """Write the manifest alone, if it says anything new: the packages are as they should be."""
    text = _manifest_text(entries)
    for path, wanted in {**_INIT, MANIFEST: text}.items():
        if not (generated / path).is_file() or (generated / path).read_text(encoding="utf-8") != wanted:
            aside = generated / f".{path}.new"
            _put(aside, wanted)
            os.replace(aside, generated / path)


def _kind(
    path: str, before: str | None, after: str | None, known: Mapping[str, str] | None
) -> Literal["changed", "missing", "orphaned", "hand-edited"]:
    if before is None:
        return "missing"
    unknown = after is None if known is None else known.get(path) != digest(before.encode(errors="surrogateescape"))
    if unknown:
        return "hand-edited"
    return "orphaned" if after is None else "changed"


def _on_disk(generated: Path, package: str) -> dict[str, str]:
    folder = generated / package
    return {
        str(path.relative_to(generated)): path.read_text(encoding="utf-8", errors="surrogateescape")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def _hashes(files: Files) -> dict[str, str]:
    return {path: digest(text.encode(errors="surrogateescape")) for path, text in sorted(files.items())}


def _manifest_text(entries: Mapping[str, Any]) -> str:
    return json.dumps(dict(sorted(entries.items())), indent=2) + "\n"


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # What was linked from the old tree must not change with the new one.
    path.unlink(missing_ok=True)
    path.write_text(text, encoding="utf-8", errors="surrogateescape")


def _exchange(new: Path, current: Path) -> None:
    """Let two folders change places: in one step where the kernel can (Linux), else in two."""
    with contextlib.suppress(AttributeError, OSError):
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
        if renameat2(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(current), _RENAME_EXCHANGE) == 0:
            return
    old = new.with_suffix(".old")
    current.rename(old)
    new.rename(current)
    old.rename(new)
