"""A contract -> its package: read, built, rendered."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from specwright.codegen import write as disk
from specwright.codegen.render import render, render_shared, templates_in
from specwright.codegen.templates import Templates
from specwright.codegen.write import Files
from specwright.plan import REQUEST, Api, build
from specwright.spec.document import Document
from specwright.spec.read import read
from specwright.workspace import SHARED, Source, Workspace


@dataclass(frozen=True)
class Package:
    """One package as it should be: its files, and what the manifest says of it."""

    name: str
    files: Files
    entry: Mapping[str, Any]


class Maker:
    """Makes the packages of a workspace; what several contracts share is read once, when the first one needs it."""

    def __init__(self, workspace: Workspace, generator: str) -> None:
        self._workspace, self._generator = workspace, generator

    def package(self, source: Source) -> Package:
        """Return the package of ``source``; raises SpecError."""
        if source.package == SHARED:
            document, files = self._shared_document, render_shared(self._shared_api, self._templates)
        else:
            document = read(source.contract, self._workspace.root)
            api = build(source.package, document.value, self._imported(document))
            files = render(api, self._templates)
        entry = disk.manifest_entry(files, self._hashes(source, document), self._generator)
        return Package(source.package, files, entry)

    @cached_property
    def _templates(self) -> Templates:
        return templates_in(self._workspace.templates)

    @cached_property
    def _shared_document(self) -> Document:
        return read(self._workspace.specs / SHARED, self._workspace.root)

    @cached_property
    def _shared_api(self) -> Api:
        return build(SHARED, self._shared_document.value)

    def _imported(self, document: Document) -> dict[str, str]:
        """Return the definitions of what is shared that the schemas of ``document`` are: place -> name."""
        folder = self._workspace.specs / SHARED
        if not any(_is_below(folder, other) for other, _ in document.origins.values()):
            return {}
        origins = self._shared_document.origins
        places = {(other.place, inside): place for place, (other, inside) in origins.items()}
        found = {}
        for place, (other, inside) in document.origins.items():
            there = places.get((other.place, inside))
            for suffix in ("", REQUEST):
                if there and f"{there}{suffix}" in self._shared_api.names:
                    found[f"{place}{suffix}"] = self._shared_api.names[f"{there}{suffix}"]
        return found

    def _hashes(self, source: Source, document: Document) -> dict[str, str]:
        """Return the digests of every file that the package depends on."""
        root = self._workspace.root.resolve()
        files = {file.resolve() for file in source.files} | {other.place for other, _ in document.origins.values()}
        return disk.hashes(root, [os.path.relpath(file, root) for file in files])


def _is_below(folder: Path, document: Document) -> bool:
    return document.place.is_relative_to(folder.resolve())
