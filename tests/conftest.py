"""What several test modules share: an option, a workspace of text files, the same examples on every run."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from specwright.spec import read

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")

GOLDEN = Path(__file__).parent / "golden"
# Tests that say what is right where the code is wrong still; fix the code and strike the line.
KNOWN_BUGS = {
    "test_golden.py::test_specs_make_what_is_expected[additional_properties]": "models.py uses Field without importing it",
    "test_golden.py::test_specs_make_what_is_expected[hostile_texts]": "quotes in a title end the docstring of the module",
    "test_golden.py::test_specs_make_what_is_expected[json_duplicate_keys]": "the key is shown as a token of a pointer",
    "test_golden.py::test_specs_make_what_is_expected[json_not_a_number]": "the place is not told",
    "test_golden.py::test_specs_make_what_is_expected[ref_loop]": "references that lead back to themselves are not found; generate hangs",
    "test_golden.py::test_specs_make_what_is_expected[ref_of_another_kind]": "a reference may lead to anything; generate raises KeyError",
    "test_golden.py::test_specs_make_what_is_expected[ref_problem_elsewhere]": "a bad pattern is told twice",
    "test_golden.py::test_specs_make_what_is_expected[schema_pattern]": "a bad pattern is told twice",
    "test_golden.py::test_specs_make_what_is_expected[several_problems]": "a bad pattern is told twice",
    "test_golden.py::test_specs_make_what_is_expected[shared_responses]": "what a shared response holds is named after its first user",
    "test_golden.py::test_specs_make_what_is_expected[yaml_tags]": "!!tag is shown as tag:yaml.org,2002:tag",
    "test_generate.py::test_check_misses_the_files_of_the_root[__init__.py]": "--check looks at packages only",
    "test_generate.py::test_check_misses_the_files_of_the_root[manifest.json]": "--check looks at packages only",
    "test_generate.py::test_awkward_contract_makes_a_package_that_works[a component begins with a digit]": "datamodel-code-generator renames _3d",
    "test_generate.py::test_awkward_contract_makes_a_package_that_works[an operation is called like a type]": "Handlers.date hides datetime.date in the annotations below it",
    "test_generate.py::test_awkward_contract_makes_a_package_that_works[a header is called like its type]": "date: date | None = None is evaluated with date = None",
    "test_generate.py::test_awkward_contract_makes_a_package_that_works[a header is called like a member of Response]": "only body, status and media_type are kept free",
    "test_generate.py::test_awkward_contract_makes_a_package_that_works[a parameter has content without schema]": "KeyError in Definitions.annotation",
    "test_generate.py::test_awkward_contract_makes_a_package_that_works[a parameter allows no value]": "Literal[] is no Python",
    "test_generate.py::test_awkward_contract_makes_a_package_that_works[paths have extensions]": "_identified takes x- keys for paths",
    "test_generate.py::test_awkward_contract_makes_a_package_that_works[a path item is a component]": "local references of path items are not followed: the operations are lost",
    "test_generate.py::test_awkward_contract_makes_a_package_that_works[a default is of a type that JSON lacks]": "the default stays text",
    "test_generate.py::test_awkward_contract_makes_a_package_that_works[further members have a type]": "models.py uses Field without importing it",
    "test_generate.py::test_awkward_contract_makes_a_package_that_works[an intersection has one part]": "KeyError: simplified moves the schema and keeps its pointer",
    "test_generate.py::test_awkward_contract_makes_a_package_that_works[an intersection with one part requires more]": "simplified drops required beside $ref",
    "test_generate.py::test_awkward_contract_makes_a_package_that_works[an intersection and its one part require something]": "simplified takes one required for both",
    "test_generate.py::test_awkward_contract_makes_a_package_that_works[an object or null has its members in place]": "the only object of a union is named by digest",
    "test_generate.py::test_models_are_the_classes_of_the_plan_and_no_other": "datamodel-code-generator makes and numbers aliases of its own",
    "test_generate.py::test_order_decides_no_name_of_a_member": "datamodel-code-generator numbers members: pet_id_1",
    "test_generate.py::test_a_damaged_contract_is_refused_or_understood": "AttributeError, TypeError and KeyError on malformed contracts",
    "test_load.py::test_scalars_are_read_by_the_core_schema[! 1-1]": "the non-specific tag ! makes a string",
    'test_load.py::test_what_no_contract_holds_is_refused_at_its_place[n.json-{"a": [-Infinity]}-problems4]': "the place is not told",
    "test_load.py::test_what_no_contract_holds_is_refused_at_its_place[n.yaml-a: !!float 1-problems8]": "!!tag is shown as tag:yaml.org,2002:tag",
    "test_load.py::test_a_number_that_no_float_holds_is_refused[large.yaml-a:  1e999]": "1e999 becomes inf",
    'test_load.py::test_a_number_that_no_float_holds_is_refused[large.json-{"a":1e999}]': "1e999 becomes inf",
    "test_refs.py::test_pointers_to_nothing_are_key_errors[/a~1b/c~0d/01]": "RFC 6901 section 4: no leading zeros",
    "test_refs.py::test_a_path_item_of_the_components_serves_its_path": "local references of path items are not followed",
    "test_upgrade.py::test_schemas_are_said_in_3_1[old24-new24]": "TypeError when enum is no list",
    "test_naming.py::test_every_letter_and_digit_of_unicode_is_spelled_as_python_reads_it": "some digits are no part of identifiers; upper() can undo NFKC",
    "test_naming_stability.py::test_order_decides_no_name[shared_responses]": "what a shared response holds is named after its first user",
    "test_naming_stability.py::test_what_operations_share_is_named_after_its_component": "what is shared is named after its first user",
    "test_naming_stability.py::test_one_more_user_of_what_is_shared_renames_nothing": "what is shared is named after its first user",
    "test_naming_stability.py::test_a_parameter_of_a_path_is_named_without_its_method": "what is shared is named after its first user",
}
MakeWorkspace = Callable[[Mapping[str, str]], Path]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the expected files of tests/golden")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        reason = KNOWN_BUGS.get(item.nodeid.removeprefix("tests/"))
        if reason:
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


@pytest.fixture
def make_workspace(tmp_path: Path) -> MakeWorkspace:
    """Return a function that writes {path below specs/: text} and returns the workspace's root."""

    def make(files: Mapping[str, str]) -> Path:
        for path, text in files.items():
            file = tmp_path / "specs" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return tmp_path

    return make


@cache
def golden_contracts() -> dict[str, Any]:
    """Return the contract, bundled and in OpenAPI 3.1, of every golden case that makes a package."""
    cases = sorted(generated.parents[1] for generated in GOLDEN.glob("*/expected/generated"))
    return {case.name: read(next(case.glob(f"specs/{case.name}/openapi.*")), case).value for case in cases}
