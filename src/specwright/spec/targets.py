"""What references lead to: files of the workspace and the schemas in them, the network only where it is allowed."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from specwright.errors import Problem, SpecError
from specwright.spec.dialects import Dialect, declaration, dialect_of, named, unknown
from specwright.spec.document import Document
from specwright.spec.load import load, parsed
from specwright.spec.near import did_you_mean
from specwright.spec.pointer import has, resolve, unescape
from specwright.spec.resources import Resource, Resources, joined

Place = tuple[Path, str]
_LONGEST_PATH = 1000


class Targets:
    """The targets of references in ``document`` and in the files that it refers to.

    All of them are below ``root`` or come from the hosts ``remote``.
    """

    def __init__(self, document: Document, root: Path, remote: frozenset[str] = frozenset()) -> None:
        self.problems: list[Problem] = []
        self.resources = Resources(dialect_of(document.value))
        self.files: dict[Path, Document] = {}
        self._root, self._remote = root, remote
        # Where what was fetched stands for references -> its URL.
        self._urls: dict[Path, str] = {}
        self._add(document)

    def find(self, source: Document, pointer: str, ref: str) -> Place | None:
        """Return the file and the pointer that ``ref`` leads to, None with a problem noted when there is nothing."""
        path, _, fragment = ref.partition("#")
        resource = self._resource(source, pointer, ref, path)
        if resource is None:
            return None
        value = resource.document.value
        inside = self.resources.pointer(resource, unquote(fragment))
        if inside and not has(value, inside) and not path and has(value, unquote(fragment)):
            return source.place, unquote(fragment)  # many who give a schema an $id still count from the file's root
        if inside is None:
            self._problem(source, pointer, ref, f"there is no $anchor {fragment!r}")
        elif not has(value, inside):
            self._problem(source, pointer, ref, _near(value, inside))
        else:
            return resource.document.place, inside
        return None

    def dialect(self, source: Document, pointer: str) -> Dialect:
        """Return the dialect of the schema at ``pointer``, a problem noted when nobody knows the one that it names."""
        declared = declaration(source.value, pointer)
        if declared and not named(declared.uri):
            problem = source.problem(declared.pointer, unknown(declared), "dialect")
            self.problems.extend([problem] if problem not in self.problems else [])
        return self.resources.dialect(source, pointer)

    def _resource(self, source: Document, pointer: str, ref: str, path: str) -> Resource | None:
        base = self.resources.around(source, pointer)
        if not path:
            return base
        uri = joined(base.uri, path)
        if uri and (known := self.resources.get(uri)):
            return known
        url = self._urls.get(source.place)
        where = urljoin(url, path) if url else unquote(_where(source, base, path, uri))
        file = self._file(source, pointer, ref, where)
        return self.resources.around(self.files[file], "") if file else None

    def _file(self, source: Document, pointer: str, ref: str, path: str) -> Path | None:
        if "://" in path or path.startswith("//"):
            return self._fetched(source, pointer, ref, path)
        if "\0" in path or len(path) > _LONGEST_PATH:
            self._problem(source, pointer, f"{ref[:40]}...", "this is no path of a file")
            return None
        try:
            file = (source.file.parent / path).resolve()
        except (OSError, RuntimeError):  # links that lead back to themselves: the latter until Python 3.13
            self._problem(source, pointer, ref, "there is no such file")
            return None
        if not file.is_relative_to(self._root):
            self._problem(source, pointer, ref, "the file is outside the workspace")
            return None
        if file not in self.files:
            if not _is_file(file):
                self._problem(source, pointer, ref, "there is no such file")
                return None
            try:
                self._add(load(file))
            except SpecError as error:
                self.problems.extend(error.problems)
                return None
        return file

    def _fetched(self, source: Document, pointer: str, ref: str, url: str) -> Path | None:
        # Imported here because what speaks HTTP is slow to load, and few contracts need it.
        from specwright.spec.remote import Unfetched, fetched, is_allowed, stand_in

        if not is_allowed(url, self._remote):
            self._problem(source, pointer, ref, "remote references are not followed: keep a copy beside the contract")
            return None
        file = stand_in(url, self._root)
        if file not in self.files:
            try:
                self._add(parsed(url, file, fetched(url)))
            except Unfetched as error:
                self._problem(source, pointer, ref, str(error))
                return None
            except SpecError as error:
                self.problems.extend(error.problems)
                return None
            self._urls[file] = url
        return file

    def _problem(self, source: Document, pointer: str, ref: str, reason: str) -> None:
        self.problems.append(source.problem(pointer, f"$ref {ref!r} does not resolve: {reason}", "ref"))

    def _add(self, document: Document) -> None:
        self.files[document.place] = document
        self.resources.add(document)


def _where(source: Document, base: Resource, path: str, uri: str | None) -> str:
    """Return the path of the file that ``path`` means, ``uri`` itself when that is far away."""
    if uri is None or (base.uri == source.place.as_uri() and not path.startswith("file:")):
        return path
    if uri.startswith("file:///"):
        return urlsplit(uri).path
    # An $id says where a schema will be published; what it refers to stands beside it until then.
    return path if _is_file(source.file.parent / unquote(path)) else uri


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False  # no system has names like that


def _near(value: Any, inside: str) -> str:
    parent, _, token = inside.rpartition("/")
    try:
        siblings = resolve(value, parent)
    except KeyError:
        return f"there is nothing at {inside or '/'}"
    names = list(siblings) if isinstance(siblings, dict) else []
    return f"there is nothing at {inside}{did_you_mean(unescape(token), names)}"
