"""Evidence -> documents: JSON (proof.schema.json says what is in it), JUnit XML, and apart from it the times."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from specwright.prove.evidence import Evidence, Fuzz, Mutants, Suite, Unproved, Verdict
from specwright.prove.run import Proof

SCHEMA_ID = "urn:specwright:proof:1"
SUITES: tuple[Suite, ...] = ("matrix", "answers", "authentication", "rules")


def schema() -> Any:
    """Return the JSON Schema of the evidence."""
    return json.loads(Path(__file__).with_name("proof.schema.json").read_text(encoding="utf-8"))


def written(evidence: Evidence) -> str:
    """Return the evidence as JSON text: the same bytes for the same contract, seed and versions."""
    return json.dumps(document(evidence), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def times(proof: Proof) -> str:
    """Return the times of a run as JSON text, with the SHA-256 of the evidence that they belong to."""
    digest = hashlib.sha256(written(proof.evidence).encode()).hexdigest()
    seconds = {case: round(taken, 6) for case, taken in proof.seconds.items()}
    said = {"api": proof.evidence.api, "evidence": digest, "seconds": round(sum(seconds.values()), 3), "cases": seconds}
    return json.dumps(said, ensure_ascii=False, indent=1) + "\n"


def document(evidence: Evidence) -> dict[str, Any]:
    """Return the evidence as JSON values."""
    return {
        "$schema": SCHEMA_ID,
        "api": evidence.api,
        "title": evidence.title,
        "target": evidence.target,
        "contract": {"sha256": evidence.contract},
        "seed": evidence.seed,
        "versions": dict(evidence.versions),
        "holds": evidence.holds,
        "summary": {suite: counts(evidence.verdicts, suite) for suite in SUITES},
        "verdicts": [_verdict(verdict) for verdict in evidence.verdicts],
        "unproved": [asdict(item) for item in evidence.unproved],
        "witness": asdict(evidence.witnessed),
        "fuzz": None if evidence.fuzz is None else _fuzz(evidence.fuzz),
        "mutants": None if evidence.mutants is None else _mutants(evidence.mutants),
    }


def counts(verdicts: Iterable[Verdict], suite: str) -> dict[str, int]:
    """Return how many cases of a suite passed and failed."""
    found = Counter(verdict.passed for verdict in verdicts if verdict.case.suite == suite)
    return {"passed": found[True], "failed": found[False]}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    case = verdict.case
    said = {
        "suite": case.suite,
        "operation": case.operation,
        "location": case.location,
        "pointer": case.pointer,
        "keyword": case.keyword,
        "kind": case.kind,
        "what": case.what,
        "passed": verdict.passed,
    }
    return said if verdict.passed else {**said, "detail": verdict.detail, "curl": verdict.curl}


def _fuzz(fuzz: Fuzz) -> dict[str, Any]:
    return {"seeds": list(fuzz.seeds), "requests": fuzz.requests, "findings": [asdict(item) for item in fuzz.findings]}


def _mutants(mutants: Mutants) -> dict[str, Any]:
    return {
        "seed": mutants.seed,
        "score": round(mutants.score, 4),
        "mutants": [asdict(mutant) for mutant in mutants.mutants],
    }


# --- JUnit ------------------------------------------------------------------------------------------------------------


def junit(proofs: Sequence[Proof]) -> str:
    """Return the run as JUnit XML: a suite for each API and kind of case, what is not provable as skipped."""
    root = ET.Element("testsuites", name="specwright prove")
    for proof in proofs:
        for suite in SUITES:
            verdicts = [verdict for verdict in proof.evidence.verdicts if verdict.case.suite == suite]
            _suite(root, f"{proof.evidence.api} {suite}", verdicts, proof.seconds)
        _unproved(root, proof.evidence)
        _others(root, proof.evidence)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, name: str, verdicts: Sequence[Verdict], seconds: Mapping[str, float]) -> None:
    failed = sum(not verdict.passed for verdict in verdicts)
    taken = sum(seconds.get(str(verdict.case), 0) for verdict in verdicts)
    suite = ET.SubElement(
        root, "testsuite", name=name, tests=str(len(verdicts)), failures=str(failed), time=f"{taken:.3f}"
    )
    for verdict in verdicts:
        case = ET.SubElement(suite, "testcase", classname=name, name=_text(str(verdict.case)))
        case.set("time", f"{seconds.get(str(verdict.case), 0):.6f}")
        if not verdict.passed:
            failure = ET.SubElement(case, "failure", message=_text(verdict.detail))
            failure.text = _text(verdict.curl)


def _unproved(root: ET.Element, evidence: Evidence) -> None:
    items = evidence.unproved
    name, number = f"{evidence.api} not provable", str(len(items))
    suite = ET.SubElement(root, "testsuite", name=name, tests=number, failures="0", skipped=number)
    for item in items:
        case = ET.SubElement(suite, "testcase", classname=name, name=_text(_place(item)))
        ET.SubElement(case, "skipped", message=_text(item.reason))


def _others(root: ET.Element, evidence: Evidence) -> None:
    found = [("witness", text, "") for text in evidence.witnessed.disagreements]
    findings = evidence.fuzz.findings if evidence.fuzz else ()
    found += [("fuzz", f"{item.operation} {item.check}: {item.detail}", item.curl) for item in findings]
    suite = ET.SubElement(
        root, "testsuite", name=f"{evidence.api} witness and fuzz", tests=str(len(found)), failures=str(len(found))
    )
    for kind, text, curl in found:
        case = ET.SubElement(suite, "testcase", classname=f"{evidence.api} {kind}", name=_text(text[:200]))
        ET.SubElement(case, "failure", message=_text(text)).text = _text(curl)


def _place(item: Unproved) -> str:
    return " ".join(part for part in (item.operation, item.location, item.pointer, item.keyword, item.kind) if part)


def _text(text: str) -> str:
    """Return ``text`` without what XML cannot hold."""
    return "".join(char if char in "\n\t" or char >= " " else "\N{REPLACEMENT CHARACTER}" for char in text)
