"""The command ``specwright prove``: its exit status, what it says and what it leaves behind."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mocked import MockProcess, clinic

from specwright.cli import main
from specwright.errors import UsageError
from specwright.prove.target import allowed
from specwright.workspace import Workspace

HOLDS = {
    "openapi": "3.1.0",
    "info": {"title": "Shelf", "version": "1"},
    "paths": {
        "/books": {
            "get": {
                "operationId": "listBooks",
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 9}}],
                "responses": {
                    "200": {
                        "description": "Books.",
                        "content": {"application/json": {"schema": {"type": "array", "items": {"type": "string"}}}},
                    }
                },
            }
        }
    },
}


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    contract = tmp_path / "specs" / "shelf_proved" / "openapi.json"
    contract.parent.mkdir(parents=True)
    contract.write_text(json.dumps(HOLDS), encoding="utf-8")
    return tmp_path


def test_evidence_is_left_behind(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root, out = Path(__file__).parents[1], tmp_path / "proof"
    status = main(["--root", str(root), "prove", "lobbie", "--only", "matrix", "--out", str(out)])
    said = capsys.readouterr().out

    assert status == 0
    assert "lobbie: 2" in said
    assert said.endswith(f"1 API proved, 0 failed: {out / 'index.html'}\n")
    assert sorted(file.name for file in out.iterdir()) == [
        "index.html",
        "junit.xml",
        "lobbie.json",
        "lobbie.times.json",
    ]
    assert json.loads((out / "lobbie.json").read_text())["holds"] is True


def test_server_at_a_url_is_proved(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = shelf / "proof"
    with MockProcess(shelf, "--journal", "off", "--log-format", "off") as mock:
        url = f"{mock.url}/shelf_proved"
        arguments = ["prove", "shelf_proved", "--url", url, "--rate", "1000", "--only", "matrix", "--out", str(out)]
        status = main(["--root", str(shelf), *arguments])
    evidence = json.loads((out / "shelf_proved.json").read_text())

    assert (status, capsys.readouterr().err.count("failed")) == (0, 0)
    assert evidence["target"] == url
    refused = {item["keyword"] for item in evidence["verdicts"] if item["kind"] == "refused"}
    assert refused == {"type", "maximum"}


def test_server_of_another_contract_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, out = clinic(tmp_path), tmp_path / "proof"
    with MockProcess(root, "--log-format", "off") as mock:
        arguments = ["prove", "clinic", "--url", f"{mock.url}/nowhere", "--only", "matrix", "--out", str(out)]
        status = main(["--root", str(root), *arguments])

    assert status == 1
    assert "rooms rule 405 carries Allow: rule: 405 carries Allow\n    answered 404" in capsys.readouterr().out


def test_whole_proof_has_cases_chance_and_mutants(shelf: Path) -> None:
    command = [sys.executable, "-m", "specwright", "--root", str(shelf), "prove", "--examples", "2", "--mutants", "4"]
    done = subprocess.run([*command, "--out", str(shelf / "proof")], capture_output=True, text=True, check=False)
    evidence = json.loads((shelf / "proof" / "shelf_proved.json").read_text())

    assert (done.returncode, done.stderr) == (0, "wrote generated/shelf_proved\n")
    assert evidence["fuzz"]["requests"] > 0
    assert evidence["fuzz"]["findings"] == []
    assert evidence["mutants"]["score"] == 1
    assert "mutants noticed (100.0%)" in done.stdout


def test_parts_that_there_are_not_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["prove", "--only", "matrix,luck"])

    assert "matrix,luck: the parts are matrix, fuzz, mutants" in capsys.readouterr().err


REFUSED = {
    "a host that is not named": (["--url", "https://api.example.com/v1"], 'prove-hosts = ["api.example.com"]'),
    "no URL": (["--url", "localhost:8000"], "localhost:8000 is not named"),
    "another scheme": (["--url", "ftp://localhost/"], "it begins with http:// or https://"),
    "nobody there": (["--url", "http://127.0.0.1:9/"], "no server answers at http://127.0.0.1:9"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_run_is_told(shelf: Path, capsys: pytest.CaptureFixture[str], what: str) -> None:
    arguments, expected = REFUSED[what]

    assert main(["--root", str(shelf), "prove", "shelf_proved", "--only", "matrix", *arguments]) == 2
    assert expected in capsys.readouterr().err


def test_a_url_has_one_api(capsys: pytest.CaptureFixture[str]) -> None:
    root = Path(__file__).parents[1]

    assert main(["--root", str(root), "prove", "--url", "http://127.0.0.1/"]) == 2
    assert "specwright prove API --url URL" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["5", "0s", "m", "5d", "-1s"])
def test_budget_that_is_no_time_is_refused(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["prove", f"--budget={text}"])

    assert f"{text} is no time: 90s, 5m, 1h" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["http://localhost/v1", "http://127.0.0.9:80", "http://[::1]:8000/"])
def test_this_host_is_always_asked(url: str) -> None:
    assert allowed(url, ()) == url


def test_hosts_are_named_in_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.specwright]\nprove-hosts = ["sandbox.example"]\n', encoding="utf-8")
    hosts = Workspace(tmp_path).prove_hosts

    assert allowed("https://sandbox.example/v1", hosts) == "https://sandbox.example/v1"
    with pytest.raises(UsageError, match=r"evil-sandbox\.example is not named"):
        allowed("https://evil-sandbox.example/v1", hosts)


@pytest.mark.parametrize("text", ['prove-hosts = "a"', "prove-hosts = [1]", "prove-hosts ="])
def test_hosts_that_are_no_list_are_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.specwright]\n{text}\n", encoding="utf-8")

    with pytest.raises(UsageError, match=r"pyproject\.toml: "):
        _ = Workspace(tmp_path).prove_hosts
