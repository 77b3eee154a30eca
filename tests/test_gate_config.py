"""What pyproject.toml and the contracts themselves may say about the rules, and what is said of mistakes there."""

import json

import pytest
from gated import PATH, PETS, SAID, WRONG, Gated

SCHEMA = f"{PATH}:18"
OWN = '''\
from specwright.gate.own import rule


@rule("summaries-end-in-no-stop", severity="warning")
def summaries_end_in_no_stop(document):
    """Summaries are no sentences.

    Our portal prints them as titles.
    """
    for pointer, kind, node in document.objects:
        if kind == "operation" and node["summary"].endswith("."):
            yield document.problem(f"{pointer}/summary", "a summary ends in no full stop")


@rule("no-pets")
def no_pets(document):
    for path in document.value["paths"]:
        if path == "/pets":
            yield document.problem("/paths/~1pets", "we sell no pets")
'''


def configure(gated: Gated, text: str) -> None:
    gated.write("pyproject.toml", f"[project]\nname = 'x'\n\n[tool.specwright]\n{text}")


def ignoring(said: str, schema: str = WRONG) -> str:
    return f"{schema[:-1]}, x-specwright-ignore: {said}}}"


# --- levels ----------------------------------------------------------------------------------------------------------


def test_contract_is_valid(gated: Gated):
    assert gated.run("validate") == (0, "1 contract valid\n", [])


@pytest.mark.parametrize(
    ("level", "status", "said"),
    [("off", 0, []), ("warning", 0, [SAID]), ("error", 1, [SAID.replace("warning: ", "")])],
)
def test_rule_has_the_level_that_is_asked(gated: Gated, level, status, said):
    gated.contract(WRONG)
    configure(gated, f'[tool.specwright.rules]\ndefault = "{level}"\n')

    assert gated.validate() == (status, said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('rules = {defualt = "off"}', "5:10: there is no rule 'defualt'; did you mean 'default'?"),
        (
            '[tool.specwright.rules]\n"zzz" = "off"',
            "6:1: there is no rule 'zzz': `specwright explain` lists them",
        ),
        (
            '[tool.specwright.rules]\n# default = 1\ndefault = "of"',
            "7:1: the level of default must be one of error, warning, off, not 'of'",
        ),
        (
            'rules.configuration = "off"',
            "5:7: configuration is always an error: the gate could not be relied on otherwise",
        ),
        ("rules = 3", '5:1: rules must be a table: rules = {example = "off"}'),
        ("ruels = {}", "5:1: [tool.specwright] has no key 'ruels'; did you mean 'rules'?"),
        ("own-rules = 'a.py'", "5:1: own-rules must be a list of Python files"),
        ("rules = {", "5:10: not valid TOML: "),
        ("rules =\nown-rules = []", "5:8: not valid TOML: "),
    ],
)
def test_mistake_in_the_configuration_has_its_place(gated: Gated, text, said):
    configure(gated, text)
    status, lines = gated.validate()

    assert status == 1
    assert [line.startswith(f"pyproject.toml:{said}") for line in lines] == [True]


def test_other_rules_are_asked_beside_a_mistake_in_the_configuration(gated: Gated):
    gated.contract(WRONG)
    configure(gated, 'rules = {defualt = "off"}')

    assert gated.validate()[1][1:] == [SAID]


def test_rule_that_generation_needs_cannot_be_off(gated: Gated):
    gated.contract('{type: string, pattern: "["}')
    configure(gated, '[tool.specwright.rules]\npattern = "off"\n')

    assert gated.validate() == (
        1,
        [
            "pyproject.toml:6:1: pattern cannot be off: nothing can be generated from a contract that breaks it",
            f"{PATH}:18:38: '[' is no regular expression of ECMA-262: it has a [ without a ]",
        ],
    )


def test_configuration_is_that_of_the_workspace(gated: Gated):
    gated.contract(WRONG)
    configure(gated, 'rules = {default = "off"}')
    other = gated.write("elsewhere/pyproject.toml", '[tool.specwright]\nrules = {default = "error"}').parent

    assert gated.validate(PATH) == (0, [])
    assert gated.run("--root", str(gated.root), "validate", str(gated.root / PATH))[0] == 0
    assert other.is_dir()


def test_rule_that_is_off_is_asked_once_it_has_a_level(gated: Gated):
    configure(gated, 'rules = {response-5xx = "error"}')

    status, lines = gated.validate()
    assert status == 1
    assert [line.startswith(f"{PATH}:13:7: GET /pets ") for line in lines] == [True]


# --- own rules -------------------------------------------------------------------------------------------------------


def test_own_rules_are_asked(gated: Gated):
    gated.write(PATH, PETS.replace("SCHEMA", "{type: string}").replace("List pets", "List pets."))
    gated.write("checks/ours.py", OWN)
    configure(gated, 'own-rules = ["checks/ours.py"]')

    assert gated.validate() == (
        1,
        [f"{PATH}:7:3: we sell no pets", f"{PATH}:10:7: warning: a summary ends in no full stop"],
    )


def test_own_rules_have_levels_ignores_and_texts_as_ours_do(gated: Gated):
    text = PETS.replace("SCHEMA", "{type: string}").replace("List pets", "List pets.")
    ignore = "x-specwright-ignore: [{rule: summaries-end-in-no-stop, why: It is a name.}]"
    gated.write(PATH, text.replace("tags: [Pets]", ignore))
    gated.write("checks/ours.py", OWN)
    configure(gated, 'own-rules = ["checks/ours.py"]\nrules = {no-pets = "off", "tag-defined" = "off"}')

    lines = gated.validate()[1]
    assert not [line for line in lines if "pets" in line.replace(PATH, "") or "full stop" in line]
    assert gated.run("explain", "summaries-end-in-no-stop")[1] == (
        "summaries-end-in-no-stop (warning)\n\nSummaries are no sentences.\n\nOur portal prints them as titles.\n"
    )
    assert gated.run("explain", "no-pets")[1] == "no-pets (error)\n\nWhat checks/ours.py asks.\n"


def test_own_rules_wait_until_a_contract_can_be_used(gated: Gated):
    gated.contract('{type: string, pattern: "["}')
    gated.write("ours.py", OWN)
    configure(gated, 'own-rules = ["ours.py"]')

    assert gated.validate()[1] == [f"{PATH}:18:38: '[' is no regular expression of ECMA-262: it has a [ without a ]"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "from specwright.gate.own import rule\n\n@rule('ours')\ndef ours(document):\n    yield 1 / 0\n",
            "ours.py:5: ZeroDivisionError: division by zero",
        ),
        (
            "from specwright.gate.own import rule\n\n@rule('ours')\ndef ours(document):\n    return ['x']\n",
            "ours.py:3: ours must yield problems: document.problem(pointer, message)",
        ),
        (
            "from specwright.gate.own import rule\n\n@rule('ours')\ndef ours(document):\n    pass\n",
            "ours.py:3: TypeError: 'NoneType' object is not iterable",
        ),
        (
            "from specwright.gate.own import rule\n\n@rule('ours')\nclass Ours: ...\n",
            "ours.py:3: TypeError: the rule ours is no function",
        ),
        ("import json\n\njson.loads('{')\n", "ours.py:3: JSONDecodeError: "),
        ("def ours(:\n", "ours.py:1: SyntaxError: "),
        ("x = 1\n", "ours.py:1: there is no rule here: decorate one with @rule(id)"),
        (
            "from specwright.gate.own import rule\n\n@rule('ours', severity='fatal')\ndef ours(document): ...\n",
            "ours.py:3: ValueError: the severity of ours is error or warning, not 'fatal'",
        ),
        (
            "from specwright.gate.own import rule\n\n@rule('default')\ndef ours(document): ...\n",
            "ours.py: the rule 'default' is one of ours: call it otherwise",
        ),
    ],
)
def test_failing_rule_is_one_sentence(gated: Gated, code, said):
    gated.write("ours.py", code)
    configure(gated, 'own-rules = ["ours.py"]')

    for root in (str(gated.root), "."):
        status, _, lines = gated.run("--root", root, "validate")
        assert status == 2
        assert [line.startswith(f"specwright: {said}") for line in lines] == [True]


def test_missing_file_of_rules_is_said_at_its_line(gated: Gated):
    configure(gated, 'own-rules = ["ours.py"]')

    assert gated.validate() == (2, ["specwright: pyproject.toml:5: own-rules: there is no file ours.py"])


# --- ignores ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "before",
    ["openapi: 3.1.0\n", "  /pets:\n", "    get:\n", '        "200":\n', "            application/json:\n"],
)
def test_ignore_silences_its_rule_at_and_below_its_object(gated: Gated, before):
    text = PETS.replace("SCHEMA", WRONG)
    inside = text.split(before)[1]
    indent = " " * (len(inside) - len(inside.lstrip(" ")))
    ignore = f"{indent}x-specwright-ignore: [{{rule: default, why: The page shows it.}}]\n"
    gated.write(PATH, text.replace(before, before + ignore))

    assert gated.validate() == (0, [])


def test_ignore_on_the_schema_itself(gated: Gated):
    gated.contract(ignoring("[{rule: default, why: The page shows it.}]"))

    assert gated.validate() == (0, [])
    assert gated.run("generate")[0] == 0


@pytest.mark.parametrize(
    ("said", "column", "message"),
    [
        ("[default]", 72, "the ignore of 'default' must give a reason: write {rule: default, why: …}"),
        ("[{rule: default}]", 72, "the ignore of 'default' must give a reason: say why in one sentence"),
        ("[{rule: default, why: ' '}]", 72, "the ignore of 'default' must give a reason: say why in one sentence"),
        ("[{rule: defualt, why: So.}]", 72, "there is no rule 'defualt'; did you mean 'default'?"),
        ("[3]", 72, "an ignore must be {rule: …, why: …}"),
        ("default", 50, "x-specwright-ignore must be a list of {rule: …, why: …}"),
    ],
)
def test_ignore_that_cannot_be_meant_is_an_error(gated: Gated, said, column, message):
    gated.contract(ignoring(said))

    assert gated.validate() == (1, [SAID, f"{SCHEMA}:{column}: {message}"])


def test_ignore_that_silences_nothing_is_a_warning(gated: Gated):
    gated.contract(ignoring("[{rule: default, why: So.}]", "{type: string}"))

    assert gated.validate() == (0, [f"{SCHEMA}:60: warning: there is nothing of 'default' to ignore here: remove it"])
    configure(gated, 'rules = {ignore-unused = "off"}')
    assert gated.validate() == (0, [])


def test_ignores_around_each_other_are_both_used(gated: Gated):
    ignore = "x-specwright-ignore: [{rule: default, why: So.}]"
    text = PETS.replace("SCHEMA", ignoring("[{rule: default, why: So.}]"))
    gated.write(PATH, text.replace("paths:", f"{ignore}\npaths:"))

    assert gated.validate() == (0, [])


def test_ignore_above_or_beside_the_problem_is_not_enough(gated: Gated):
    ignore = "x-specwright-ignore: [{rule: default, why: So.}]"
    text = PETS.replace("SCHEMA", WRONG)
    gated.write(PATH, text.replace('"400": {', f'"400": {{{ignore}, '))

    status, lines = gated.validate()
    assert status == 0
    assert lines[0] == SAID
    assert lines[1].endswith("warning: there is nothing of 'default' to ignore here: remove it")


def test_what_generation_needs_cannot_be_ignored(gated: Gated):
    gated.contract(ignoring("[{rule: pattern, why: So.}]", '{type: string, pattern: "["}'))

    said = "'pattern' cannot be ignored here: nothing can be generated from a contract that breaks it"
    assert gated.validate() == (
        1,
        [f"{SCHEMA}:38: '[' is no regular expression of ECMA-262: it has a [ without a ]", f"{SCHEMA}:74: {said}"],
    )
    assert gated.run("generate")[0] == 1


def test_ignore_in_another_file(gated: Gated):
    gated.contract("{$ref: pet.yaml}")
    gated.write("specs/pets/pet.yaml", "type: string\ndefault: 3\n")
    assert [line.partition(":")[0] for line in gated.validate()[1]] == ["specs/pets/pet.yaml"]

    gated.write(
        "specs/pets/pet.yaml",
        "type: string\ndefault: 3\nx-specwright-ignore: [{rule: default, why: The page shows it.}]\n",
    )
    assert gated.validate() == (0, [])


def test_ignore_beside_a_reference_holds_for_what_it_refers_to(gated: Gated):
    head, _, item = PETS.replace("SCHEMA", WRONG).partition("  /pets:\n")
    item, _, tail = item.partition("components:\n")
    gated.write("specs/pets/item.yaml", item)
    ignore = "x-specwright-ignore: [{rule: RULE, why: The page shows it.}]"
    text = f"{head}  /pets:\n    $ref: item.yaml\n    {ignore}\ncomponents:\n{tail}"

    gated.write(PATH, text.replace("RULE", "default"))
    assert gated.validate() == (0, [])

    gated.write(PATH, text.replace("RULE", "example"))
    assert gated.validate()[1][1:] == [
        "specs/pets/openapi.yaml:9:27: warning: there is nothing of 'example' to ignore here: remove it"
    ]


def test_ignore_in_an_example_is_an_example(gated: Gated):
    gated.contract("{type: object, example: {x-specwright-ignore: [default]}}")

    assert gated.validate() == (0, [])


# --- what is asked ---------------------------------------------------------------------------------------------------


def test_folder_is_searched_for_what_is_written_by_hand(gated: Gated):
    gated.run("generate")
    gated.contract(path=".venv/lib/openapi.yaml")
    gated.contract(path="web/node_modules/x/openapi.yaml")
    gated.contract(path="more/openapi.json").write_text(json.dumps({"openapi": "3.1.0"}), encoding="utf-8")

    found = json.loads(gated.run("validate", ".", "--format", "json")[1])["contracts"]
    assert found == ["more/openapi.json", PATH]


def test_contracts_outside_a_workspace_stay_in_their_own_folders(gated: Gated, monkeypatch: pytest.MonkeyPatch):
    outside = gated.root / "outside"
    gated.contract("{$ref: ../pet.yaml}", "outside/a/openapi.yaml")
    gated.contract("{$ref: pet.yaml}", "outside/b/openapi.yaml")
    gated.write("outside/pet.yaml", "type: string")
    gated.write("outside/b/pet.yaml", "type: string")
    (gated.root / "specs").rename(gated.root / "elsewhere")
    monkeypatch.chdir(outside)

    assert gated.validate(".") == (
        1,
        ["a/openapi.yaml:18:24: $ref '../pet.yaml' does not resolve: the file is outside the workspace"],
    )
    assert gated.run("--root", ".", "validate", ".")[0] == 0
    assert gated.run("--root", "x", "validate", ".")[2] == ["specwright: no such folder: x"]
