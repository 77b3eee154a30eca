"""Generated code never runs what a document says.

A cell is a position (a word ``at_…`` of hostile/positions.yaml) with a payload of hostile/words.yaml in its place. Either
the document is refused, every problem with its place, or its package obeys the grammar of the templates and has as many
lines of each kind as for a harmless word. ``HOSTILE_EXAMPLES=10000`` tries every cell in a document of its own, and as
many fuzzed documents.
"""

import json
import keyword
import os
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from grammar import faults, shape

from specwright.cli import main
from specwright.codegen import render as rendering
from specwright.errors import SpecError
from specwright.plan import build
from specwright.spec.read import read
from specwright.spec.schemas import is_pattern
from specwright.workspace import Workspace

EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "300"))
SEED = int(os.environ.get("HOSTILE_SEED", "1"))
CHUNKS = 6
TEMPLATES = rendering.templates_in(Workspace(Path(__file__)).templates)

DATA = Path(__file__).parent / "hostile"
DOCUMENT = yaml.safe_load((DATA / "positions.yaml").read_text(encoding="utf-8"))
WORDS = yaml.safe_load((DATA / "words.yaml").read_text(encoding="utf-8"))
# YAML has no way to say a surrogate; JSON has.
LONG, SURROGATES = {"100 kB": ("a" * 99 + '"') * 1000}, {"lone surrogate": "a\ud800b", "escaped byte": "\udc80"}
PAYLOADS: dict[str, str] = {**WORDS["payloads"], **LONG, **SURROGATES}
POSITIONS = tuple(dict.fromkeys(re.findall(r"at_[a-z_]+", json.dumps(DOCUMENT))))
# Where OpenAPI or a rule has a say in the text; everywhere else every text is accepted.
KEYS = {position for position in POSITIONS if position.startswith("at_key_")}
PICKY = {"at_path", "at_path_parameter", "at_status", "at_pattern", "at_query_pattern", "at_pattern_key", "at_why"}
PICKY |= {"at_header", "at_cookie", "at_response_header", "at_scheme_header"}
HARMLESS = {"at_status": "418"}


def package(text: str, file: Path) -> Mapping[str, str]:
    """Return the files that the contract ``text`` makes; raises SpecError. The one place that knows the pipeline."""
    file.write_text(text, encoding="utf-8")
    document = read(file, file.parent)
    return rendering.render(build("api", document.value), TEMPLATES)


@pytest.fixture
def contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where to write contracts; what templates print is judged unformatted."""
    monkeypatch.setattr(rendering, "formatted", dict)
    return tmp_path / "openapi.json"


# --- cells ---------------------------------------------------------------------------------------------------------


def filled(node: Any, words: Mapping[str, str], in_reference: bool = False) -> Any:
    """Return ``node`` with the positions that ``words`` names replaced, in references as references spell it."""
    if isinstance(node, dict):
        return {filled(key, words): filled(value, words, key == "$ref") for key, value in node.items()}
    if isinstance(node, list):
        return [filled(value, words) for value in node]
    if in_reference:
        escaped = str.maketrans({"%": "%25", "~": "~0", "/": "~1"})
        words = {word: text if word == "at_key_ref" else text.translate(escaped) for word, text in words.items()}
    return re.sub(r"at_[a-z_]+", lambda m: words.get(m[0], m[0]), node) if isinstance(node, str) else node


def judged(text: str, file: Path) -> tuple[Mapping[str, str] | None, list[str]]:
    """Return the files that ``text`` makes, None when it is refused, and what is wrong with them or with the refusal."""
    try:
        files = package(text, file)
    except SpecError as error:
        placed = [p for p in error.problems if Path(p.path).name == file.name and p.line > 0 < p.column and p.message]
        return None, [] if placed and len(placed) == len(error.problems) else [f"has no place: {error}"]
    except Exception as error:  # noqa: BLE001 - whatever it is, a user would see a traceback
        return None, [repr(error)]
    return files, list(faults(files))


def wrong(payload: str, positions: Sequence[str], file: Path, expected: Counter[str]) -> Iterator[str]:
    """Yield what is wrong with ``payload`` in ``positions``: in all at once, in halves where that is wrong or refused."""
    words = {**HARMLESS, **dict.fromkeys(positions, payload)}
    files, found = judged(json.dumps(filled(DOCUMENT, words)), file)
    if files is None and not found and positions[0] not in KEYS | PICKY:
        found.append("is refused")
    elif files is not None and not found and shape(files) != expected:
        found.append(f"has {shape(files) - expected} more, {expected - shape(files)} less")
    if len(positions) > 1 and (found or files is None):
        for half in (positions[: len(positions) // 2], positions[len(positions) // 2 :]):
            yield from wrong(payload, half, file, expected)
    else:
        yield from (f"{positions[0]}: {fault[:300]}" for fault in found)


def all_wrong(payload: str, positions: Sequence[str], file: Path) -> Iterator[str]:
    expected = shape(package(json.dumps(filled(DOCUMENT, HARMLESS)), file))
    size = 1 if EXAMPLES >= 10_000 else 10 if len(payload) > 1000 else len(POSITIONS)
    for kind in (KEYS, PICKY, set(POSITIONS) - KEYS - PICKY):
        group = [position for position in positions if position in kind]
        for at in range(0, len(group), size):
            yield from wrong(payload, group[at : at + size], file, expected)


def test_harmless_words_obey(contract: Path) -> None:
    assert judged(json.dumps(filled(DOCUMENT, HARMLESS)), contract)[1] == []
    assert (len(POSITIONS) > 100, len(PAYLOADS) > 30) == (True, True)


@pytest.mark.parametrize("name", [name for name in PAYLOADS if name not in SURROGATES])
def test_payload_is_text_everywhere(name: str, contract: Path) -> None:
    assert list(all_wrong(PAYLOADS[name], POSITIONS, contract)) == []


@pytest.mark.parametrize("name", SURROGATES)
def test_half_a_character_is_refused_everywhere(name: str, contract: Path) -> None:
    for position in POSITIONS:
        with pytest.raises(SpecError) as refusal:
            package(json.dumps(filled(DOCUMENT, {**HARMLESS, position: PAYLOADS[name]})), contract)

        assert {"half of a surrogate pair" in problem.message for problem in refusal.value.problems} == {True}, position


def free(name: str) -> Any:
    """Return the document with the payload wherever any text is accepted."""
    return filled(DOCUMENT, {**HARMLESS, **dict.fromkeys(set(POSITIONS) - KEYS - PICKY, PAYLOADS[name])})


@pytest.mark.parametrize("name", WORDS["payloads"])
def test_yaml_carries_payloads_as_json_does(name: str, contract: Path) -> None:
    text = json.dumps(free(name))

    assert package(text, contract.with_suffix(".yaml")) == package(text, contract)


# --- the disk ------------------------------------------------------------------------------------------------------


def workspace(root: Path, documents: Sequence[Any]) -> Path:
    for number, document in enumerate(documents):
        (root / f"specs/api{number}").mkdir(parents=True)
        (root / f"specs/api{number}/openapi.json").write_text(json.dumps(document), encoding="utf-8")
    return root


def test_payloads_arrive_formatted_and_imported_as_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    monkeypatch.setattr(os, "system", ran.append)
    root = workspace(tmp_path / "root", [free(name) for name in WORDS["payloads"]])

    assert main(["--root", str(root), "generate"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["root"]
    assert {path.name for path in root.iterdir()} == {"specs", "generated"}
    for number, name in enumerate(WORDS["payloads"]):
        made = root / f"generated/api{number}"
        assert list(faults({f"api/{path.name}": path.read_text("utf-8") for path in made.iterdir()})) == [], name
        load(made, f"hostile_{number}")
    assert ran == []


def load(folder: Path, name: str) -> None:
    """Import the package in ``folder`` under a name of its own."""
    spec = spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])
    assert spec is not None and spec.loader is not None  # noqa: PT018 - for mypy
    module = sys.modules[name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    finally:
        for known in [known for known in sys.modules if known.partition(".")[0] == name]:
            del sys.modules[known]


def load_files(files: Mapping[str, str], folder: Path) -> None:
    folder.mkdir()
    for path, text in files.items():
        (folder / path.partition("/")[2]).write_text(text, encoding="utf-8")
    load(folder, folder.name)


def test_refused_payloads_leave_the_disk_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [name for name, text in WORDS["payloads"].items() if not re.fullmatch(r"\w+", text, re.ASCII)]
    root = workspace(tmp_path, [filled(DOCUMENT, {**HARMLESS, "at_key_schema": PAYLOADS[name]}) for name in names])

    assert main(["--root", str(root), "generate"]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["specs"]
    lines = capsys.readouterr().err.removesuffix("\n").split("\n")
    assert [line for line in lines if not re.match(r".*specs/api\d+/openapi\.json:\d+:\d+: .", line)] == []
    assert len({line.partition(".json")[0] for line in lines}) == len(names)


@pytest.mark.parametrize("name", WORDS["payloads"])
def test_folder_is_a_name_of_python(name: str, tmp_path: Path) -> None:
    text = PAYLOADS[name].replace("/", "-").replace("\0", "-") or "-"
    (tmp_path / "specs" / text).mkdir(parents=True)
    (tmp_path / "specs" / text / "openapi.json").touch()

    packages = [source.package for source in Workspace(tmp_path).sources()]

    assert all(text == unicodedata.normalize("NFKC", text) for text in packages)
    assert all(text.isidentifier() and not keyword.iskeyword(text) for text in packages)


@pytest.mark.parametrize("name", [*WORDS["payloads"], *LONG])
def test_referenced_file_is_text(name: str, contract: Path) -> None:
    text = PAYLOADS[name]
    if not set("/\0") & set(text) and len(text) < 200:
        contract.with_name(f"{text}.json").write_text(json.dumps({"properties": {"a": {}}}), encoding="utf-8")
    paths = [f"{text}.json", f"./{quote(text)}.json", text, f"#{text}", f"#/{text}", f"file://{text}", f"//{text}/a"]
    for path in paths:
        document = {**EMPTY, "components": {"schemas": {"A": {"properties": {"a": {"$ref": path}}}}}}

        assert judged(json.dumps(document), contract)[1] == [], path


EMPTY = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}}
BRANCHES: dict[str, list[Any]] = {
    "a name hides a type": [{"properties": {"a": {}}}, {"required": ["str"]}],
    "a deep name hides a type": [{"allOf": [{"properties": {"str": {}}}]}],
    "a class is its own base": [{"properties": {"a": {}}}, {"$ref": "#/components/schemas/A"}],
}


@pytest.mark.parametrize("name", BRANCHES)
def test_branches_hide_nothing(name: str, contract: Path) -> None:
    document = {**EMPTY, "components": {"schemas": {"A": {"allOf": BRANCHES[name]}}}}

    assert judged(json.dumps(document), contract)[1] == []


def test_alternatives_in_a_circle_are_imported(contract: Path) -> None:
    schemas = {
        "A": {"$ref": "#/components/schemas/B"},
        "B": {"oneOf": [{"$ref": "#/components/schemas/A"}, {"type": "array"}, {"type": "string"}]},
    }

    load_files(
        package(json.dumps({**EMPTY, "components": {"schemas": schemas}}), contract), contract.with_name("circle")
    )


@pytest.mark.parametrize(
    ("place", "char"),
    [("path", "\n"), ("path", "\x1b"), ("reference", "\n"), ("reference", "\x1b"), ("key", "\u2028")],
)
def test_problem_is_one_line_of_text(place: str, char: str, contract: Path) -> None:
    hostile = f"a{char}::error::b"
    documents: dict[str, Any] = {
        "path": {"paths": {f"/{hostile}{{b}}": {"get": {"responses": {"200": {"description": "d"}}}}}},
        "reference": {"components": {"schemas": {"A": {"$ref": f"#/{hostile}"}}}},
        "key": {"components": {"schemas": {hostile: {}}}},
    }

    with pytest.raises(SpecError) as refusal:
        package(json.dumps(EMPTY | documents[place]), contract)
    assert [problem for problem in refusal.value.problems if not str(problem).isprintable()] == []


# --- fuzzed documents ----------------------------------------------------------------------------------------------

TEXTS = [*WORDS["payloads"].values()]
PATTERNS = [text for text in TEXTS if is_pattern(text)]
NOT_IN_3_0 = {"const", "prefixItems", "patternProperties", "$defs", "propertyNames", "examples", "$comment"}


class Fuzz:
    """A random document, the same for the same seed."""

    def __init__(self, seed: str) -> None:
        self.random = Random(seed)  # noqa: S311 - repeatable, not secret
        self.texts = self.random.sample(TEXTS, 4) + self.random.sample(WORDS["members"], 4)
        self.names = self.random.sample(WORDS["components"], self.random.randint(1, 4))
        self.version = self.random.choice(["3.0.3", *["3.1.0"] * 6, "3.2.0"])
        self.depth, old = self.random.randint(0, 3), self.version < "3.1"
        self.keywords = sorted(KEYWORDS.keys() - (NOT_IN_3_0 if old else set()))
        self.types: list[Any] = ["string", "integer", "number", "boolean", "array", *["object"] * 4]
        self.types += [] if old else ["null", ["object", "null"], ["string", "integer"]]
        self.leaves: list[Any] = [{}, {"type": "string", "format": self.random.choice(WORDS["formats"])}]
        self.leaves += [] if old else [True, False]

    def text(self) -> str:
        return str(self.random.choice(self.texts))

    def some(self, most: int) -> list[str]:
        return self.random.sample(self.texts, self.random.randint(1, most))

    def value(self) -> Any:
        texts = self.some(2) * 2
        return self.random.choice([*texts, [texts[0]], {texts[0]: texts[1]}, [], {}, 0, -1, 1.5, 10**30, True, None])

    def schema(self, depth: int = 0, names: Sequence[str] | None = None) -> Any:
        references = [{"$ref": f"#/components/schemas/{name}"} for name in (self.names if names is None else names)]
        if depth > self.depth or self.random.random() < 0.2:
            return self.random.choice([*references, *references, *self.leaves])
        keywords = self.random.sample(self.keywords, self.random.randint(1, 6))
        return {keyword: KEYWORDS[keyword](self, depth + 1) for keyword in keywords}

    def branches(self, depth: int) -> list[Any]:
        return [self.schema(depth) for _ in range(self.random.randint(1, 3))]

    def named(self, depth: int) -> dict[str, Any]:
        return {name: self.schema(depth) for name in self.some(4)}

    def content(self) -> dict[str, Any]:
        kinds = ["application/json", "text/plain", "multipart/form-data", "*/*", f"application/{self.text()}+json"]
        return {kind: {"schema": self.schema(1)} for kind in self.random.sample(kinds, self.random.randint(1, 3))}

    def parameter(self, name: str, number: int) -> dict[str, Any]:
        where = self.random.choice(["query", "header", "cookie"])
        name = name if where == "query" else _token(f"{name}{number}")
        return {"name": name, "in": where, "description": self.text(), "schema": self.schema(1)}

    def response(self) -> dict[str, Any]:
        names = {_token(name) for name in self.some(2)}
        headers = {name: {"description": self.text(), "schema": self.schema(2)} for name in sorted(names)}
        return {"description": self.text(), "headers": headers, "content": self.content()}

    def operation(self, number: int) -> dict[str, Any]:
        statuses = self.random.sample(["200", "204", "404", "4XX", "default"], self.random.randint(1, 2))
        return {
            **({"operationId": f"{self.text()} {number}"} if self.random.random() < 0.8 else {}),
            **{key: self.text() for key in ("summary", "description", f"x-{self.text()}")},
            "tags": self.some(2),
            "parameters": [self.parameter(name, number) for number, name in enumerate(self.some(3))],
            "requestBody": {"description": self.text(), "content": self.content()},
            "responses": {status: self.response() for status in statuses},
        }

    def document(self) -> dict[str, Any]:
        return {
            "openapi": self.version,
            "info": {"title": self.text(), "version": self.text(), "description": self.text()},
            "paths": {f"/{number}": {"post": self.operation(number)} for number in range(self.random.randint(0, 2))},
            "components": {"schemas": self.schemas()},
        }

    def schemas(self) -> dict[str, Any]:
        """Return the components; none is but a reference to one that may be but a reference to it."""
        return {name: self.schema(0, self.names[:index]) for index, name in enumerate(self.names)}


def _token(text: str) -> str:
    """Return what a header or cookie may be called of ``text``; the rest of it no contract may say."""
    return "X-" + "".join(char for char in text if char.isascii() and (char.isalnum() or char in "!#$%&'*+-.^_`|~"))


KEYWORDS: dict[str, Callable[[Fuzz, int], Any]] = {
    **dict.fromkeys(("title", "description", "$comment", "x-specwright-name"), lambda fuzz, _: fuzz.text()),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), lambda fuzz, depth: fuzz.branches(depth)),
    **dict.fromkeys(("items", "additionalProperties", "not", "propertyNames"), lambda fuzz, depth: fuzz.schema(depth)),
    **dict.fromkeys(("properties", "$defs"), lambda fuzz, depth: fuzz.named(depth)),
    **dict.fromkeys(("minimum", "maximum", "multipleOf"), lambda fuzz, _: fuzz.random.choice([1, 2.5, 1e300, 10**30])),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), lambda fuzz, _: fuzz.random.randint(0, 9)),
    **dict.fromkeys(("deprecated", "readOnly", "nullable", "uniqueItems"), lambda fuzz, _: fuzz.random.random() < 0.5),
    **dict.fromkeys(("default", "const", "x-any"), lambda fuzz, _: fuzz.value()),
    "enum": lambda fuzz, _: [fuzz.value() for _ in range(3)],
    "examples": lambda fuzz, _: [fuzz.value()],
    "type": lambda fuzz, _: fuzz.random.choice(fuzz.types),
    "format": lambda fuzz, _: fuzz.random.choice([*WORDS["formats"], fuzz.text()]),
    "pattern": lambda fuzz, _: fuzz.random.choice(PATTERNS),
    "patternProperties": lambda fuzz, depth: {fuzz.random.choice(PATTERNS): fuzz.schema(depth)},
    "required": lambda fuzz, _: fuzz.some(2),
    "discriminator": lambda fuzz, _: {"propertyName": fuzz.text(), "mapping": {fuzz.text(): fuzz.text()}},
}


@pytest.mark.filterwarnings("ignore")  # Pydantic warns of ``deprecated`` on what is no field
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_fuzzed_document_is_text(chunk: int, contract: Path) -> None:
    accepted, failed = 0, {}
    for number in range(chunk, EXAMPLES, CHUNKS):
        files, found = judged(json.dumps(Fuzz(f"{SEED}/{number}").document()), contract)
        failed[number] = found
        accepted += files is not None
        if files and accepted % 10 == 1:
            load_files(files, contract.with_name(f"fuzzed_{number}"))
    assert {number: found for number, found in failed.items() if found} == {}, f"HOSTILE_SEED={SEED}"
    assert accepted > EXAMPLES / CHUNKS / 4
