"""The verb generate: what it writes, when it writes, and what it makes of awkward contracts."""

import ast
import copy
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from conftest import GOLDEN, MakeWorkspace, golden_contracts
from hypothesis import given, note, settings
from hypothesis import strategies as st

from specwright.cli import main
from specwright.errors import SpecError
from specwright.plan import build
from specwright.spec.pointer import walk
from specwright.spec.read import read

PETS = """\
openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets:
    get:
      operationId: listPets
      responses:
        "200":
          description: The pets.
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Pet"}}}}
components:
  schemas:
    Pet: {type: object, required: [name], properties: {name: {type: string}}}
"""
CATS = PETS.replace("Pet", "Cat").replace("pet", "cat")


@pytest.fixture
def root(make_workspace: MakeWorkspace, capsys: pytest.CaptureFixture[str]) -> Path:
    """A workspace whose two contracts are generated."""
    root = make_workspace({"pets/openapi.yaml": PETS, "cats/openapi.yaml": CATS})
    assert generate(root) == 0
    capsys.readouterr()
    return root


def generate(root: Path, *options: str) -> int:
    return main(["--root", str(root), "generate", *options])


def files(root: Path) -> dict[str, tuple[int, str]]:
    """Return time and text of every generated file."""
    found = sorted(path for path in (root / "generated").rglob("*") if path.is_file())
    return {str(path.relative_to(root)): (path.stat().st_mtime_ns, path.read_text(encoding="utf-8")) for path in found}


def python(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=root, env=environment, capture_output=True, text=True, check=False
    )


# --- when it writes ------------------------------------------------------------------------------------------


def test_the_first_run_writes_every_package(make_workspace: MakeWorkspace, capsys: pytest.CaptureFixture[str]) -> None:
    root = make_workspace({"pets/openapi.yaml": PETS, "my-cats/openapi.yml": CATS, "notes/README.md": "No contract."})

    assert generate(root) == 0
    assert capsys.readouterr().out == "wrote generated/my_cats\nwrote generated/pets\n"
    assert list(files(root)) == [
        "generated/__init__.py",
        "generated/manifest.json",
        *(
            f"generated/{package}/{name}"
            for package in ("my_cats", "pets")
            for name in ("__init__.py", "handlers.py", "models.py", "openapi.json", "py.typed", "server.py")
        ),
    ]


def test_the_second_run_writes_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(root)

    assert generate(root) == 0
    assert capsys.readouterr().out == "generated/ is up to date (2 APIs)\n"
    assert files(root) == before


def test_only_what_changed_is_written(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(root)
    (root / "specs/pets/openapi.yaml").write_text(PETS.replace("The pets.", "All pets."), encoding="utf-8")

    assert generate(root) == 0
    assert capsys.readouterr().out == "wrote generated/pets\n"
    after = files(root)
    assert {path for path in after if after[path][1] != before[path][1]} == {
        "generated/manifest.json",
        "generated/pets/handlers.py",
        "generated/pets/openapi.json",
    }
    assert all(after[path] == before[path] for path in after if path.startswith("generated/cats"))


def test_a_change_that_means_nothing_writes_no_package(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "specs/pets/openapi.yaml").write_text(f"# The pets of the shop.\n{PETS}", encoding="utf-8")

    assert generate(root) == 0
    assert capsys.readouterr().out == "generated/ is up to date (2 APIs)\n"
    assert generate(root, "--check") == 0


def test_an_edited_file_is_brought_back_and_nothing_is_lost(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(root)
    (root / "generated/pets/models.py").write_text("mine = 1\n", encoding="utf-8")
    (root / "generated/pets/extra.py").write_text("mine = 2\n", encoding="utf-8")
    (root / "generated/cats/server.py").unlink()

    assert generate(root) == 0
    assert {path: text for path, (_, text) in files(root).items()} == {
        **{path: text for path, (_, text) in before.items()},
        "generated/.edited/pets/models.py": "mine = 1\n",
        "generated/.edited/pets/extra.py": "mine = 2\n",
    }
    assert capsys.readouterr().out.endswith(
        "generated/pets/extra.py was edited by hand: your text is kept in generated/.edited/pets/extra.py\n"
        "generated/pets/models.py was edited by hand: your text is kept in generated/.edited/pets/models.py\n"
    )
    assert generate(root, "--check") == 0


def test_a_lost_manifest_makes_nothing_hand_edited(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "generated/manifest.json").unlink()
    (root / "generated/pets/models.py").write_text("", encoding="utf-8")

    assert generate(root) == 0
    assert capsys.readouterr().out == "wrote generated/pets\n"


def test_a_manifest_that_names_another_folder_removes_nothing_there(root: Path) -> None:
    (root / "kept").mkdir()
    manifest = root / "generated/manifest.json"
    entry = {"sources": {}, "generator": "", "files": {}}
    manifest.write_text(json.dumps({"../kept": entry}), encoding="utf-8")

    assert generate(root) == 0
    assert (root / "kept").is_dir()


def test_a_killed_run_leaves_the_old_tree_or_the_new_one(root: Path) -> None:
    def tree() -> dict[str, str]:
        return {path: text for path, (_, text) in files(root).items() if path.startswith("generated/")}

    def change(summary: str) -> None:
        for name, text in (("pets", PETS), ("cats", CATS)):
            changed = text.replace("title: ", f"title: {summary} ")
            (root / "specs" / name / "openapi.yaml").write_text(changed, encoding="utf-8")

    trees = []
    for summary in ("Old", "New"):
        change(summary)
        assert generate(root) == 0
        trees.append(tree())
    command = [sys.executable, "-m", "specwright", "--root", str(root), "generate"]
    for step in range(12):
        change(("Old", "New")[step % 2])
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.25 + step * 0.07)  # killed at another point of the run each time
        process.kill()
        process.wait()

        assert tree() in trees


def test_a_package_goes_with_its_contract(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "specs/cats/openapi.yaml").unlink()

    assert generate(root) == 0
    assert capsys.readouterr().out == "removed generated/cats: its contract is gone\n"
    assert not (root / "generated/cats").exists()
    assert "cats" not in (root / "generated/manifest.json").read_text(encoding="utf-8")


def test_a_folder_that_generate_did_not_make_stays(root: Path) -> None:
    (root / "generated/mine").mkdir()
    (root / "generated/mine/notes.txt").write_text("keep", encoding="utf-8")

    assert generate(root) == 0
    assert (root / "generated/mine/notes.txt").read_text(encoding="utf-8") == "keep"


def test_a_lost_manifest_is_made_again(root: Path) -> None:
    before = files(root)
    (root / "generated/manifest.json").write_text("not json", encoding="utf-8")

    assert generate(root) == 0
    assert files(root)["generated/manifest.json"][1] == before["generated/manifest.json"][1]


def test_a_change_in_a_referenced_file_is_a_change(
    make_workspace: MakeWorkspace, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_workspace(
        {
            "pets/openapi.yaml": PETS.replace(
                "{type: object, required", "{$ref: ../pet.yaml, x-was: {required"
            ).replace("{name: {type: string}}}", "{name: {type: string}}}}"),
            "pet.yaml": "{type: object, properties: {name: {type: string}}}",
        }
    )
    assert generate(root) == 0
    assert "name: Annotated[str | None, Omittable]" in files(root)["generated/pets/models.py"][1]

    (root / "specs/pet.yaml").write_text("{type: object, properties: {age: {type: integer}}}", encoding="utf-8")

    assert generate(root) == 0
    assert "age: Annotated[int | None, Omittable]" in files(root)["generated/pets/models.py"][1]


SHARED = """\
Money: {type: object, required: [amount], properties: {amount: {type: number, multipleOf: 0.01}}}
"""
PRICED = PETS.replace("name: {type: string}", "price: {$ref: ../_shared/money.yaml#/Money}").replace(
    "[name]", "[price]"
)


def test_a_change_of_what_is_shared_is_one_of_those_that_refer_to_it(
    make_workspace: MakeWorkspace, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_workspace({"pets/openapi.yaml": PRICED, "cats/openapi.yaml": CATS, "_shared/money.yaml": SHARED})
    generate(root)
    before = files(root)
    (root / "specs/_shared/money.yaml").write_text(
        SHARED.replace("number, multipleOf: 0.01", "integer"), encoding="utf-8"
    )
    capsys.readouterr()

    assert generate(root) == 0
    assert capsys.readouterr().out == "wrote generated/_shared\nwrote generated/pets\n"
    assert {path for path in before if files(root)[path][1] != before[path][1]} == {
        "generated/_shared/models.py",
        "generated/manifest.json",
        "generated/pets/openapi.json",
    }


def test_a_new_file_of_what_is_shared_is_generated(
    make_workspace: MakeWorkspace, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_workspace({"pets/openapi.yaml": PRICED, "_shared/money.yaml": SHARED})
    generate(root)
    (root / "specs/_shared/size.yaml").write_text("Size: {type: object, properties: {a: {}}}", encoding="utf-8")
    capsys.readouterr()

    assert generate(root) == 0
    assert capsys.readouterr().out == "wrote generated/_shared\n"
    assert "class Size(" in (root / "generated/_shared/models.py").read_text(encoding="utf-8")


def test_nothing_is_loaded_to_find_that_nothing_changed(root: Path) -> None:
    code = """if True:
        import sys
        from specwright.cli import main
        status = main(["generate"])
        loaded = {"yaml", "pydantic", "jinja2", "jsonschema_rs", "connexion", "specwright.plan"} & sys.modules.keys()
        sys.exit(f"{status} {loaded}")
    """

    assert python(root, "-c", code).stderr == "0 set()\n"


def test_long_work_says_what_it_is_at(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in {"pets": PETS, "cats": CATS}.items():
        (root / f"specs/{name}/openapi.yaml").write_text(f"{text}# {'long' * 150_000}\n", encoding="utf-8")

    assert generate(root) == 0
    assert capsys.readouterr().err == "generating cats (1 of 2)\ngenerating pets (2 of 2)\n"
    assert generate(root) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("option", [(), ("--check",)])
def test_nothing_is_written_when_one_contract_is_wrong(
    root: Path, capsys: pytest.CaptureFixture[str], option: tuple[str, ...]
) -> None:
    before = files(root)
    (root / "specs/cats/openapi.yaml").write_text(CATS.replace("The cats.", "All cats."), encoding="utf-8")
    (root / "specs/pets/openapi.yaml").write_text(PETS.replace("listPets", "[]"), encoding="utf-8")

    assert generate(root, *option) == 1
    assert capsys.readouterr().err.endswith("pets/openapi.yaml:6:7: 'operationId' must be string, not array\n")
    assert files(root) == before


# --- check ---------------------------------------------------------------------------------------------------


def test_check_is_content_with_what_generate_wrote(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate(root, "--check") == 0
    assert capsys.readouterr().out == "generated/ is up to date (2 APIs)\n"


def drift(root: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the diff of a check that fails and changes nothing."""
    before = files(root)
    assert generate(root, "--check") == 1
    printed = capsys.readouterr()
    assert printed.err == "specwright: generated/ is out of date: run `specwright generate`\n"
    assert files(root) == before
    return printed.out


def test_check_shows_what_was_edited(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = root / "generated/pets/models.py"
    file.write_text(file.read_text(encoding="utf-8").replace("name: str", "name: int"), encoding="utf-8")

    difference = drift(root, capsys)

    assert difference.startswith("--- a/generated/pets/models.py\n+++ b/generated/pets/models.py\n@@ ")
    assert "\n-    name: int\n+    name: str\n" in difference
    assert difference.endswith("hand-edited: generated/pets/models.py\n")


def test_check_shows_what_is_missing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "generated/pets/server.py").unlink()

    difference = drift(root, capsys)

    assert difference.startswith("--- /dev/null\n+++ b/generated/pets/server.py\n@@ -0,0 +1,")
    assert "\n+def create_app(" in difference
    assert difference.endswith("missing: generated/pets/server.py\n")


def test_check_shows_what_does_not_belong(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "generated/pets/extra.py").write_text("mine = 1\n", encoding="utf-8")

    assert drift(root, capsys) == (
        "--- a/generated/pets/extra.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-mine = 1\nhand-edited: generated/pets/extra.py\n"
    )


def test_check_shows_what_the_contract_changed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "specs/pets/openapi.yaml").write_text(PETS.replace("The pets.", "All pets."), encoding="utf-8")

    difference = drift(root, capsys)

    assert '\n-    """The pets."""\n+    """All pets."""\n' in difference
    assert '\n-            "description": "The pets.",\n+            "description": "All pets.",\n' in difference


def test_check_shows_whose_contract_is_gone(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "specs/cats/openapi.yaml").unlink()

    assert drift(root, capsys) == "orphaned: generated/cats\n"


def test_check_shows_what_was_never_generated(
    make_workspace: MakeWorkspace, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_workspace({"pets/openapi.yaml": PETS})

    assert generate(root, "--check") == 1
    assert "+++ b/generated/pets/__init__.py\n" in capsys.readouterr().out
    assert not (root / "generated").exists()


@pytest.mark.parametrize("name", ["__init__.py", "manifest.json"])
def test_check_misses_the_files_of_the_root(root: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (root / "generated" / name).unlink()

    assert f"generated/{name}" in drift(root, capsys)


# --- what it writes ------------------------------------------------------------------------------------------


def test_output_does_not_depend_on_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = []
    for folder in (tmp_path / "one", tmp_path / "two" / "deeper"):
        for name, text in {"pets": PETS, "cats": CATS}.items():
            (folder / "specs" / name).mkdir(parents=True)
            (folder / "specs" / name / "openapi.yaml").write_text(text, encoding="utf-8")
        monkeypatch.chdir(folder.parent)
        assert generate(Path(folder.name)) == 0
        texts.append({path: text for path, (_, text) in files(folder).items()})

    assert texts[0] == texts[1]
    assert not [path for path, text in texts[0].items() if str(tmp_path) in text or "/tmp" in text]  # noqa: S108


def test_output_tells_no_time(root: Path) -> None:
    this_year = str((root / "specs").stat().st_mtime_ns)[:5]

    assert not [path for path, (_, text) in files(root).items() if "timestamp" in text.lower() or this_year in text]


# --- golden cases, all in one workspace ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that holds the expected packages of all golden cases."""
    root = tmp_path_factory.mktemp("everything")
    for generated in sorted(GOLDEN.glob("*/expected/generated")):
        case = generated.parents[1]
        shutil.copytree(case / "specs", root / "specs", dirs_exist_ok=True)
    assert generate(root) == 0
    return root


def packages(root: Path) -> Iterator[str]:
    return (file.parent.name for file in sorted((root / "generated").glob("*/__init__.py")))


def test_every_package_imports(everything: Path) -> None:
    names = list(packages(everything))

    result = python(everything, "-W", "error", "-c", "\n".join(f"import generated.{name}" for name in names))

    assert len(names) >= 15
    assert (result.returncode, result.stderr) == (0, "")


def test_every_package_is_strictly_typed(everything: Path) -> None:
    result = python(everything, "-m", "mypy", "--strict", "--no-incremental", "--config-file=", "generated")

    assert result.stdout.startswith("Success: no issues found"), result.stdout + result.stderr


# --- awkward contracts ---------------------------------------------------------------------------------------

HEAD = 'openapi: 3.1.0\ninfo: {title: Awkward, version: "1"}\n'
NONE = 'responses: {"204": {description: None.}}'
DATE = "schema: {type: string, format: date}"
DATE_QUERY = f"parameters: [{{name: since, in: query, {DATE}}}]"
# What makes the contract awkward: the contract, what must hold of its package ``api``.
AWKWARD = {
    "a component begins with a digit": (
        "components: {schemas: {3d: {type: object, properties: {a: {type: string}}}}}",
        "assert len(api.models.types.Model.__subclasses__()) == 1",
    ),
    "an operation is called like a type": (
        f"paths: {{/a: {{get: {{operationId: date, {NONE}}}, put: {{{DATE_QUERY}, {NONE}}}}}}}",
        "assert api.Handlers.date",
    ),
    "a header is called like its type": (
        f'paths: {{/a: {{get: {{responses: {{"200": {{description: d, headers: {{Date: {{{DATE}}}}}}}}}}}}}}}',
        "assert api.GetA200().header_names == {'date': 'Date'}",
    ),
    "a header is called like a member of Response": (
        f'paths: {{/a: {{get: {{responses: {{"200": {{description: d, headers: {{Media-Types: {{{DATE}}}}}}}}}}}}}}}',
        "assert api.GetA200().media_types == ()",
    ),
    "a parameter has content without schema": (
        f"paths: {{/a: {{get: {{parameters: [{{name: p, in: query, content: {{a/b: {{}}}}}}], {NONE}}}}}}}",
        "assert 'p' in api.Handlers.get_a.__annotations__",
    ),
    "a parameter allows no value": (
        f"paths: {{/a: {{get: {{parameters: [{{name: p, in: query, schema: {{enum: []}}}}], {NONE}}}}}}}",
        "assert 'p' in api.Handlers.get_a.__annotations__",
    ),
    "paths have extensions": (
        f"paths: {{x-a: 1, x-b: {{get: 2}}, /a: {{x-c: 3, get: {{{NONE}}}}}}}",
        "assert list(api.server.OPERATIONS) == ['get_a']",
    ),
    "a path item is a component": (
        f'paths: {{/a: {{$ref: "#/components/pathItems/A"}}}}\ncomponents: {{pathItems: {{A: {{get: {{{NONE}}}}}}}}}',
        "assert list(api.server.OPERATIONS) == ['get_a']",
    ),
    "a default is of a type that JSON lacks": (
        "components: {schemas: {A: {properties: {b: {type: string, format: date, default: 2020-02-29}}}}}",
        "assert api.A().b.year == 2020",
    ),
    "a default is an object": (
        "components: {schemas: {A: {properties: {b: {default: {c: x}, properties: {c: {type: string}}}}}}}",
        "assert api.A().b.c == 'x'",
    ),
    "a member is called like a method of Pydantic": (
        "components: {schemas: {A: {properties: {json: {}, copy: {}, model_dump: {}, self: {}}}}}",
        "a = {'json': 1, 'copy': 2, 'model_dump': 3, 'self': 4}; assert api.A.model_validate(a).model_dump() == a",
    ),
    "further members have a type": (
        "components: {schemas: {A: {properties: {a: {type: string}}, additionalProperties: {type: integer}}}}",
        "assert api.A.model_validate({'a': 'x', 'b': '1'}).model_dump() == {'a': 'x', 'b': 1}",
    ),
    "an intersection has one part": (
        "components: {schemas: {A: {properties: {b: {allOf: [{properties: {c: {properties: {d: {}}}}}]}}}}}",
        "assert api.A.model_validate({'b': {'c': {'d': 1}}}).b.c.d == 1",
    ),
    "an intersection with one part requires more": (
        "components: {schemas: {A: {properties: {b: {}}}, B: {allOf: [{$ref: '#/components/schemas/A'}], required: [b]}}}",
        "assert api.B.model_fields['b'].is_required()",
    ),
    "an intersection and its one part require something": (
        "components: {schemas: {A: {allOf: [{required: [b], properties: {b: {}, c: {}}}], required: [c]}}}",
        "assert all(field.is_required() for field in api.A.model_fields.values())",
    ),
    "an object or null has its members in place": (
        "components: {schemas: {A: {properties: {b: {anyOf: [{properties: {c: {}}}, {type: 'null'}]}}}}}",
        "assert api.AB",
    ),
    "schemas have no members": (
        "components: {schemas: {A: true, B: false, C: {}, D: {type: array}, E: {type: object}, F: {enum: []}}}",
        "assert {*'ABCDEF'} <= {*api.__all__}",
    ),
}


@pytest.mark.parametrize("case", AWKWARD)
def test_awkward_contract_makes_a_package_that_works(make_workspace: MakeWorkspace, case: str) -> None:
    contract, proof = AWKWARD[case]
    root = make_workspace({"api/openapi.yaml": f"{HEAD}{contract}\n"})

    assert generate(root) == 0

    result = python(root, "-W", "error", "-c", f"from generated import api\n{proof}")
    assert (result.returncode, result.stderr) == (0, "")
    result = python(root, "-c", "from generated import api\napi.create_app(api.Handlers)")
    assert (result.returncode, result.stderr) == (0, "")


CONSTRAINED = """
components:
  schemas:
    A: {type: array, items: {type: integer, minimum: 0}}
    AItem: {type: object, properties: {x: {type: string}}}
    B: {type: object, additionalProperties: {type: string, maxLength: 3}}
    C: {type: object, properties: {list: {type: array, items: {type: integer, minimum: 0}}}}
    D: {type: object, properties: {list: {type: array, items: {type: string, minLength: 1}}}}
    E: {anyOf: [{type: string, maxLength: 3}, {type: integer, minimum: 2}]}
"""


def classes(text: str) -> dict[str, list[str]]:
    """Return the classes and aliases of a module, each with its statements."""
    tree = ast.parse(text)
    return {
        **{
            node.name: [ast.unparse(item) for item in node.body] for node in tree.body if isinstance(node, ast.ClassDef)
        },
        **{ast.unparse(node.targets[0]): [] for node in tree.body if isinstance(node, ast.Assign)},
    }


def test_models_are_the_classes_of_the_plan_and_no_other(make_workspace: MakeWorkspace) -> None:
    root = make_workspace({"api/openapi.yaml": HEAD + CONSTRAINED})

    assert generate(root) == 0
    assert sorted(classes(files(root)["generated/api/models.py"][1])) == ["A", "AItem", "B", "C", "D", "E"]


def test_order_decides_no_name_of_a_member(make_workspace: MakeWorkspace) -> None:
    members = ["petId: {type: integer}", "pet_id: {type: string}", "pet-id: {type: boolean}"]
    texts = [", ".join(order) for order in (members, members[::-1])]
    schemas = "components: {{schemas: {{A: {{type: object, properties: {{{}}}}}}}}}"
    root = make_workspace({f"api{i}/openapi.yaml": HEAD + schemas.format(text) for i, text in enumerate(texts)})

    assert generate(root) == 0
    first, second = (classes(files(root)[f"generated/api{i}/models.py"][1])["A"] for i in (0, 1))
    assert sorted(first) == sorted(second)
    assert "pet_id: Annotated[str | None, Omittable] = None" in first


# --- damaged contracts ---------------------------------------------------------------------------------------

JUNK: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, "", "x", [], {}, [None], {"": None}, {"x": {}}, [{}]),
    *({"$ref": ref} for ref in (3, "", "#", "#/paths", "#/components", "#/nothing")),
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return (container, key) of every node below ``value``."""
    return [
        (node, key)
        for _, node in walk(value)
        if isinstance(node, dict | list)
        for key in (node if isinstance(node, dict) else range(len(node)))
    ]


@settings(max_examples=300)
@given(case=st.sampled_from(list(golden_contracts())), random=st.randoms(use_true_random=True))
def test_a_damaged_contract_is_refused_or_understood(
    tmp_path_factory: pytest.TempPathFactory, case: str, random: Random
) -> None:
    contract = copy.deepcopy(golden_contracts()[case])
    container, key = random.choice(places(contract))
    if random.random() < 0.2:
        del container[key]
    else:
        source, name = random.choice(places(golden_contracts()[case]))
        container[key] = copy.deepcopy(random.choice([source[name], *JUNK]))
    note(json.dumps(contract))
    file = tmp_path_factory.getbasetemp() / "damaged.json"
    file.write_text(json.dumps(contract), encoding="utf-8")

    with suppress(SpecError):
        build("api", read(file, file.parent).value)


def test_watching_generates_what_changes_and_outlives_mistakes(root: Path) -> None:
    contract = root / "specs/pets/openapi.yaml"
    command = [sys.executable, "-u", "-m", "specwright", "--root", str(root), "generate", "--watch"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline(), process.stdout.readline()]
        for text in (PETS.replace("The pets.", "All pets."), "openapi: 2", PETS):
            contract.write_text(text, encoding="utf-8")
            said.append(process.stdout.readline())
        process.send_signal(signal.SIGINT)

        assert process.wait() == 0
    assert said[:3] == [
        "generated/ is up to date (2 APIs)\n",
        "watching specs/ (Ctrl-C ends it)\n",
        "wrote generated/pets\n",
    ]
    assert said[3].endswith("pets/openapi.yaml:1:1: openapi must be 3.0.x, 3.1.x or 3.2.x, not 2\n")
    assert said[4] == "wrote generated/pets\n"
