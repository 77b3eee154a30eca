"""Contracts that were made to do harm are refused, or taken, with located lines: at once and in little memory."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MEMORY = 200  # MiB that validating may take
PATIENCE = 20  # seconds, far more than any takes on a busy machine: what takes longer hangs
MEASURED = (
    "import sys; from specwright.cli import main; status = main(sys.argv[1:]); "
    "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]); sys.exit(status)"
)
LOCATED = re.compile(r"[^:]+:[0-9]+:[0-9]+: \S.*")
HEAD = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {}}


def contract(**schemas: Any) -> str:
    return json.dumps({**HEAD, "components": {"schemas": schemas}})


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def chain(length: int, link: Callable[[int], Any], end: Any) -> str:
    return contract(**{f"S{number}": link(number + 1) for number in range(length)}, **{f"S{length}": end})


def bomb(levels: int) -> str:
    lines = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(["openapi: 3.1.0", "a0: &a0 [x, x, x, x, x, x, x, x, x]", *lines])


Text = str | bytes | Callable[[], str]
YAML: dict[str, tuple[Text, str]] = {
    "alias bomb": (bomb(9), "the document has more than"),
    "alias bomb of keys": ("a: &a {b: 1}\n? *a\n: 1\n", "a key must be a plain string"),
    "alias of itself": ("a: &a [*a]\n", "has no anchor before it"),
    "merge keys": ("a: &a {b: 1}\nc: {<<: *a}\n", "openapi must be"),
    "flow nesting": ("openapi: " + "[" * 50_000, "values nest deeper than"),
    "open flow mappings": ("openapi: " + "{a: " * 50_000, "values nest deeper than"),
    "block nesting": ("\n".join(" " * depth + "a:" for depth in range(1500)), "values nest deeper than"),
    "sequence nesting": ("- " * 50_000, "values nest deeper than"),
    "binary": (bytes(range(256)) * 100, "not UTF-8"),
    "UTF-16": ("openapi: 3.1.0".encode("utf-16"), "not UTF-8"),
    "NUL": (b"openapi: 3.1.0\0", "not valid YAML"),
    "invalid UTF-8": (b"openapi: 3.1.0\ninfo: {title: \xff}\n", "not UTF-8"),
    "overlong UTF-8": (b"openapi: \xc0\xaf\n", "not UTF-8"),
    "duplicate keys": ("openapi: 3.1.0\nopenapi: 3.1.0\n", "duplicate key 'openapi'"),
    "Python tag": ('a: !!python/object/apply:os.system ["true"]\n', "is not allowed"),
    "own tag": ("a: !x 1\n", "is not allowed"),
    "gigantic integer": ("a: " + "9" * 100_000, "is larger than any implementation can hold"),
    "gigantic exponent": ("a: 1e999999999\n", "is larger than any implementation can hold"),
    "sexagesimal": ("openapi: 190:20:30:15:59\n", "openapi must be"),
    "directive": ("%YAML 9.9\n---\na: 1\n", "not valid YAML"),
    "many documents": ("---\na: 1\n" * 10_000, "a contract is one YAML document"),
    "long line": (lambda: "openapi: " + "x" * 5_000_000, "openapi must be"),
    "many anchors": ("\n".join(f"a{n}: &a{n} x" for n in range(20_000)), "openapi must be"),
    "empty": ("", "openapi must be"),
}
JSON: dict[str, tuple[Text, str]] = {
    "nesting": ("[" * 100_000, "values nest deeper than"),
    "closed nesting": ("[" * 900 + "]" * 900, "values nest deeper than"),
    "many values": (lambda: "[" + "[]," * 8_000_000 + "[]]", "has more than"),
    "as many values as are read": (lambda: "[" + "[]," * 240_000 + "[]]", "openapi must be"),
    "many numbers": (lambda: "[" + "0," * 15_000_000 + "0]", "has more than"),
    "too large": (lambda: " " * (33 << 20), "is larger than 32 MiB"),
    "gigantic integer": ('{"a": ' + "9" * 100_000 + "}", "is larger than any implementation can hold"),
    "gigantic exponent": ('{"a": 1e999}', "is larger than any implementation can hold"),
    "no number": ('{"a": NaN}', "is not a JSON value"),
    "half a character": ('{"openapi": "\\ud800"}', "half of a surrogate pair"),
    "duplicate keys": ('{"openapi": "3.1.0", "openapi": "3.1.0"}', "duplicate key 'openapi'"),
    "reference to itself": (contract(A=ref("A")), "leads back to itself"),
    "long loop of references": (chain(3000, lambda n: ref(f"S{n % 3000}"), {}), "leads back to itself"),
    "long chain of references": (chain(3000, lambda n: ref(f"S{n}"), {"type": 5}), "'type' must be"),
    "loop of branches": (contract(A={"allOf": [ref("A")]}), "made of itself"),
    "long loop of branches": (chain(2000, lambda n: {"allOf": [ref(f"S{n % 2000}")]}, {}), "made of itself"),
    "long circle of alternatives": (
        chain(2000, lambda n: {"anyOf": [ref(f"S{n % 2000}")]}, {}),
        "alternative of itself",
    ),
    "doubling branches": (
        chain(60, lambda n: {"allOf": [ref(f"S{n}"), ref(f"S{n}")]}, {"type": "string", "minLength": "x"}),
        "'minLength' must be",
    ),
    "expensive pattern": (
        contract(A={"type": "string", "pattern": "^(a+)+$", "examples": ["a" * 60 + "!"]}),
        "for ever",
    ),
    "expensive pattern with a look": (
        contract(A={"type": "string", "pattern": "^(?=(a+)+$)b", "examples": ["a" * 60 + "!"]}),
        "for ever",
    ),
    "gigantic pattern": (contract(A={"pattern": "(((a{1000}){1000}){1000}){1000}"}), "no regular expression"),
    "long pattern": (contract(A={"pattern": "(a|b)*" * 20_000 + "("}), "no regular expression"),
    "nested pattern": (contract(A={"pattern": "(" * 5000 + ")" * 5000}), "no regular expression"),
    "many patterns": (
        contract(**{f"A{n}": {"pattern": f"^(x{n}a+)+$"} for n in range(300)}, B={"pattern": "("}),
        "no regular expression",
    ),
    "gigantic limits": (contract(A={"type": "array", "minItems": 10**18, "maxItems": 10**17}), "no array has"),
    "many components": (contract(**{f"A{n}": {"type": "strin"} for n in range(2000)}), "'type' must be"),
    "absolute file": (contract(A={"$ref": "/etc/passwd"}), "outside the workspace"),
    "file above": (contract(A={"$ref": "../../../../etc/passwd"}), "outside the workspace"),
    "encoded file above": (contract(A={"$ref": "%2e%2e/%2e%2e/etc/passwd"}), "outside the workspace"),
    "file of a URI": (contract(A={"$ref": "file:///etc/passwd"}), "outside the workspace"),
    "endless file": (contract(A={"$ref": "/dev/zero"}), "outside the workspace"),
    "link to an endless file": (contract(A={"$ref": "zero.yaml"}), "outside the workspace"),
    "pipe": (contract(A={"$ref": "pipe.yaml"}), "there is no such file"),
    "folder": (contract(A={"$ref": "."}), "there is no such file"),
    "link out": (contract(A={"$ref": "link.yaml"}), "outside the workspace"),
    "link to itself": (contract(A={"$ref": "loop.yaml"}), "does not resolve"),
    "network": (contract(A={"$ref": "http://127.0.0.1:1/a.yaml"}), "remote references are not followed"),
    "name without end": (contract(A={"$ref": "a/" * 5000}), "this is no path of a file"),
}
CASES = [
    *(pytest.param("yaml", *case, id=f"yaml {name}") for name, case in YAML.items()),
    *(pytest.param("json", *case, id=f"json {name}") for name, case in JSON.items()),
]


@pytest.mark.parametrize(("kind", "text", "message"), CASES)
def test_harm_is_told_in_its_place(tmp_path: Path, kind: str, text: Text, message: str) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    said = text() if callable(text) else text
    (folder / f"openapi.{kind}").write_bytes(said if isinstance(said, bytes) else said.encode())
    (tmp_path / "out.yaml").write_text("type: string\n", encoding="utf-8")
    for link, target in (("link.yaml", "../out.yaml"), ("zero.yaml", "/dev/zero"), ("loop.yaml", "loop.yaml")):
        (folder / link).symlink_to(target)
    os.mkfifo(folder / "pipe.yaml")

    command = [sys.executable, "-c", MEASURED, "validate", f"openapi.{kind}"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)

    lines = run.stderr.splitlines()
    assert message in run.stderr
    assert [line for line in lines if not LOCATED.fullmatch(line)] == []
    assert run.returncode == (0 if all(": warning: " in line for line in lines) else 1)
    # The peak of this process alone; what resource tells includes that of the process which started it.
    assert int(run.stdout.splitlines()[-1]) < MEMORY * 1024
