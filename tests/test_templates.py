"""Templates of the workspace: they override ours one by one, get what is documented, and cannot print what is raw."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from conftest import MakeWorkspace

from specwright.cli import main
from specwright.codegen.templates import VALUES
from specwright.plan import model

OURS = Path(__file__).parents[1] / "templates"
CONTRACT = """\
openapi: 3.1.0
info: {title: "evil()", version: "1"}
tags: [{name: evil}]
paths:
  /pets/{petId}:
    get:
      operationId: getPet
      tags: [evil]
      parameters: [{name: petId, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: evil(), content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}}
components:
  schemas:
    Pet: {type: object, description: A pet., properties: {name: {type: string}}}
"""


@pytest.fixture
def root(make_workspace: MakeWorkspace) -> Path:
    return make_workspace({"pets/openapi.yaml": CONTRACT})


def generate(root: Path, **templates: str) -> int:
    for name, text in templates.items():
        file = root / "templates" / f"{name}.py.jinja"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return main(["--root", str(root), "generate"])


def test_workspace_overrides_one_template_and_the_others_stay(root: Path) -> None:
    generate(root)
    before = {file.name: file.read_text() for file in (root / "generated" / "pets").iterdir()}

    assert generate(root, server='TITLE = {{ api.title | literal }}\nPETS = "{{ definitions | join }}"\n') == 0

    after = {file.name: file.read_text() for file in (root / "generated" / "pets").iterdir()}
    assert after.pop("server.py") == 'TITLE = "evil()"\nPETS = "Pet"\n'
    assert before.pop("server.py")
    assert after == before


def test_template_of_one_class_can_be_overridden(root: Path) -> None:
    text = (OURS / "models" / "class.py.jinja").read_text().replace("class {{", "# ours\nclass {{")
    (root / "templates" / "models").mkdir(parents=True)
    (root / "templates" / "models" / "class.py.jinja").write_text(text)

    assert generate(root) == 0
    assert "# ours\nclass Pet(types.Model):" in (root / "generated" / "pets" / "models.py").read_text()


def test_overridden_template_is_used_until_it_is_gone(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    generate(root)
    generate(root, server="X = 1\n")
    (root / "templates" / "server.py.jinja").unlink()
    capsys.readouterr()

    assert generate(root) == 0
    assert capsys.readouterr().out == "wrote generated/pets\n"


UNFILTERED = "a value of the document must go through a filter: literal or docstring"
RAW = [
    "{{ api.title }}",
    "{{ api.title ~ 'x' }}",
    "{{ 'x' + api.title }}",
    "{{ api.title | upper }}",
    "{{ api.title | replace('e', 'e') }}",
    "{{ '%s' % api.title }}",
    "{{ '{}'.format(api.title) }}",
    "{{ '%s' | format(api.title) }}",
    "{{ [api.title] }}",
    "{{ [api.title] | join }}",
    "{{ api.operations[0].tags | join }}",
    "{{ api.operations[0].path }}",
    "{{ api.responses[0].description }}",
    "{{ api.operations[0].parameters[0].name }}",
    "{{ api.operations[0] }}",
    "{{ api.operations[0] | about }}",
    "{{ api.contract }}",
    "{% set title = api.title %}{{ title }}",
    "{% macro print(text) %}{{ text }}{% endmacro %}{{ print(api.title) }}",
]


@pytest.mark.parametrize("template", RAW)
def test_raw_text_without_a_filter_is_refused(root: Path, template: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate(root, server=f"# line 1\n{template}\n") == 1
    assert f"templates/server.py.jinja:2:1: the template fails: {UNFILTERED}\n" in capsys.readouterr().err
    assert not (root / "generated").exists()


@pytest.mark.parametrize(
    "template",
    [
        "{{ api.title._value }}",
        "{{ api._value.title }}",
        "{{ api.title.__class__ }}",
        "{{ api.title | list | join }}",
        "{{ api.title | tojson }}",
        "{{ ''.join([api.title]) }}",
        "{% for letter in api.title %}{{ letter }}{% endfor %}",
        "{% include api.title %}",
    ],
)
def test_raw_text_is_out_of_reach_by_any_other_way(
    root: Path, template: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate(root, server=f"# line 1\n{template}\n") == 1
    assert "templates/server.py.jinja:2:1: the template fails: " in capsys.readouterr().err


@pytest.mark.parametrize("shown", ["{{ '%r' % api.title }}", "{{ api.title | pprint }}"])
def test_what_raw_text_looks_like_says_nothing_of_it(root: Path, shown: str) -> None:
    assert generate(root, server=f"X = '''{shown}'''\n") == 0
    assert (root / "generated" / "pets" / "server.py").read_text() == 'X = """<text of the document>"""\n'


@pytest.mark.parametrize(
    ("template", "line", "message"),
    [
        ("{{ nothing }}", 1, "the template fails: 'nothing' is undefined"),
        ("\n{{ api.nothing }}", 2, "the template fails: Api has no 'nothing': templates/README.md says what it has"),
        ("\n\n{% if %}", 3, "the template fails: Expected an expression, got 'end of statement block'"),
        ("{{ 1 / 0 }}", 1, "the template fails: division by zero"),
        ("{{ 1 | nothing }}", 1, "the template fails: No filter named 'nothing'."),
        ("x = = 1", 1, "the template makes no Python: invalid syntax in line 1 of server.py: x = = 1"),
        (
            f"{{# values {VALUES + 1} #}}",
            1,
            f"the template was written for values {VALUES + 1}, these are values {VALUES}: see CHANGELOG.md",
        ),
    ],
)
def test_mistake_of_a_template_is_located_and_nothing_is_written(
    root: Path, template: str, line: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    generate(root)
    before = {file: file.read_text() for file in (root / "generated").rglob("*.*")}
    capsys.readouterr()

    assert generate(root, server=template) == 1
    assert capsys.readouterr().err == f"{root}/templates/server.py.jinja:{line}:1: {message}\n"
    assert {file: file.read_text() for file in (root / "generated").rglob("*.*")} == before


def test_values_of_today_are_accepted(root: Path) -> None:
    assert generate(root, server=f"{{# values {VALUES} #}}\nX = 1\n") == 0


@pytest.mark.parametrize(
    "shown",
    [model.Api, model.Operation, model.Parameter, model.Body, model.Media, model.Response, model.Header, model.Group],
)
def test_every_value_is_documented(shown: Any) -> None:
    readme = (OURS / "README.md").read_text()
    paragraph = next(part for part in readme.split("\n\n") if part.startswith(f"**{shown.__name__}**"))

    undocumented = {"definitions"}  # the templates have a value of their own for it
    names = {field.name for field in dataclasses.fields(shown)} - undocumented
    assert sorted(name for name in names if f"`{name}`" not in paragraph) == []
