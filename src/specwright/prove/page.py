"""Evidence -> one HTML page without scripts or anything from elsewhere: the matrix as a heat map, and what is not well."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template

from specwright.prove.documents import SUITES, counts, written
from specwright.prove.evidence import Evidence, Mutants, Unproved, Verdict
from specwright.prove.run import Proof

_SHOWN = 200  # failures, survivors and findings of each API
_SLOWEST = 8
_TITLE = 160  # characters of a line
_SUITE_NAMES = {
    "matrix": "Requests",
    "answers": "Answers",
    "authentication": "Credentials",
    "rules": "HTTP rules",
}
_LEGEND = (
    '<ul class="legend"><li>A number: so many cases hold.</li><li class="bad">2/3: some fail.</li>'
    '<li class="odd">?: none could be made, see below.</li><li>Empty: the contract says nothing.</li></ul>'
)


def page(proofs: Sequence[Proof]) -> str:
    """Return the page of one run."""
    template = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
    failed = [proof.evidence.api for proof in proofs if not proof.evidence.holds]
    kept = "One contract is kept" if len(proofs) == 1 else f"All {len(proofs)} contracts are kept"
    title = f"Not kept: {', '.join(failed)}" if failed else kept
    total = sum(len(proof.evidence.verdicts) for proof in proofs)
    targets = ", ".join(dict.fromkeys(proof.evidence.target for proof in proofs))
    return template.substitute(
        title=escape(title),
        lead=escape(f"Specwright proof · {total:,} cases · {targets}"),
        links="".join(_link(proof.evidence) for proof in proofs),
        sections="\n".join(_section(proof) for proof in proofs),
    )


def _link(evidence: Evidence) -> str:
    text = f"{escape(evidence.api)}<br><small class='soft'>{len(evidence.verdicts):,} cases</small>"
    return f'<li><a href="#{escape(evidence.api)}">{_ring(evidence, 34)}<span>{text}</span></a></li>'


def _section(proof: Proof) -> str:
    evidence = proof.evidence
    parts = [
        f'<section class="card" id="{escape(evidence.api)}" aria-labelledby="name-{escape(evidence.api)}">',
        f'<div class="head">{_ring(evidence, 76)}<div><h2 id="name-{escape(evidence.api)}">{escape(evidence.api)}</h2>',
        f'<p class="soft">{escape(evidence.title)} · {escape(evidence.target)}</p></div></div>',
        _tiles(evidence),
        _failures(evidence),
        _heat(evidence, "matrix", "Requests: what is wrong is refused, what is right is let through"),
        _heat(evidence, "answers", "Answers: what breaks the contract is caught, what it declares is sent"),
        _others(evidence),
        _mutants(evidence.mutants) if evidence.mutants else "",
        _unproved(evidence.unproved),
        _slowest(proof.seconds),
        _facts(evidence),
        "</section>",
    ]
    return "\n".join(part for part in parts if part)


# --- the score ----------------------------------------------------------------------------------------------------------


def _ring(evidence: Evidence, size: int) -> str:
    total, failed = len(evidence.verdicts), len(evidence.failures)
    share = 100 * (total - failed) / total if total else 100.0
    text = "100" if share == 100 else f"{min(share, 99.9):.1f}"
    kind = "ring" if evidence.holds else "ring bad"
    return (
        f'<svg class="{kind}" role="img" aria-label="{text} percent of {total} cases hold" width="{size}" height="{size}"'
        ' viewBox="0 0 36 36"><circle class="track" cx="18" cy="18" r="15.9155"/>'
        f'<circle class="share" cx="18" cy="18" r="15.9155" stroke-dasharray="{share:.2f} 100" transform="rotate(-90 18 18)"/>'
        f'<text x="18" y="20.8">{text}%</text></svg>'
    )


def _tiles(evidence: Evidence) -> str:
    tiles = []
    for suite in SUITES:
        found = counts(evidence.verdicts, suite)
        if sum(found.values()):
            tiles.append(_tile(_SUITE_NAMES[suite], found["passed"], sum(found.values())))
    witnessed = evidence.witnessed
    differ = len(witnessed.disagreements)
    tiles.append(
        f"<div><dt>Witness disagrees</dt><dd class='{'bad' if differ else 'good'}'>{differ}"
        f" <small>of {witnessed.messages:,} messages</small></dd></div>"
    )
    if evidence.fuzz:
        found_by = len(evidence.fuzz.findings)
        tiles.append(
            f"<div><dt>Fuzzing</dt><dd class='{'bad' if found_by else 'good'}'>{found_by}"
            f" <small>findings in {evidence.fuzz.requests:,} requests</small></dd></div>"
        )
    if evidence.mutants:
        killed = len(evidence.mutants.mutants) - len(evidence.mutants.survivors)
        tiles.append(_tile("Mutants noticed", killed, len(evidence.mutants.mutants)))
    tiles.append(f"<div><dt>Not provable</dt><dd>{len(evidence.unproved)}</dd></div>")
    return f'<dl class="tiles">{"".join(tiles)}</dl>'


def _tile(name: str, passed: int, total: int) -> str:
    kind = "good" if passed == total else "bad"
    return f"<div><dt>{escape(name)}</dt><dd class='{kind}'>{passed:,} <small>of {total:,}</small></dd></div>"


# --- the heat map -------------------------------------------------------------------------------------------------------


def _heat(evidence: Evidence, suite: str, title: str) -> str:
    verdicts = [verdict for verdict in evidence.verdicts if verdict.case.suite == suite]
    if not verdicts:
        return ""
    cells: dict[tuple[str, str], list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        cells[_row(verdict.case.operation, verdict.case.location), verdict.case.keyword].append(verdict)
    kinds = {verdict.case.kind for verdict in verdicts}
    doubts = Counter(
        (_row(item.operation, item.location), item.keyword) for item in evidence.unproved if item.kind in kinds
    )
    rows = dict.fromkeys([row for row, _ in cells] + [row for row, _ in doubts])
    used = Counter(keyword for _, keyword in [*cells, *doubts])
    keywords = sorted(used, key=lambda keyword: (-used[keyword], keyword))
    head = "".join(f'<th scope="col"><span>{escape(keyword)}</span></th>' for keyword in keywords)
    body = "".join(
        f'<tr><th scope="row">{escape(row)}</th>'
        + "".join(_cell(row, keyword, cells.get((row, keyword), []), doubts[row, keyword]) for keyword in keywords)
        + "</tr>"
        for row in rows
    )
    return (
        f'<h3>{escape(title)}</h3><div class="scroll" tabindex="0" role="region" aria-label="{escape(title)}">'
        f'<table class="heat"><thead><tr><th class="corner" scope="col">operation, place</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>{_LEGEND}"
    )


def _row(operation: str, location: str) -> str:
    return f"{operation} · {location}"


def _cell(row: str, keyword: str, verdicts: Sequence[Verdict], doubts: int) -> str:
    passed, total = sum(verdict.passed for verdict in verdicts), len(verdicts)
    if not total:
        return '<td class="doubt"><span>?</span></td>' if doubts else '<td class="blank"><span></span></td>'
    places = len({verdict.case.pointer for verdict in verdicts})
    said = f"{row}, {keyword}: {passed} of {total} cases hold in {places} places"
    said += f", {doubts} not provable" if doubts else ""
    kind, text = ("all", str(total)) if passed == total else ("some", f"{passed}/{total}")
    return f'<td class="{kind}"><span title="{escape(said)}">{text}</span></td>'


# --- what is not well ---------------------------------------------------------------------------------------------------


def _failures(evidence: Evidence) -> str:
    found = [(str(verdict.case), verdict.detail, verdict.curl) for verdict in evidence.failures]
    found += [(f"witness: {text[:_TITLE]}", text, "") for text in evidence.witnessed.disagreements]
    findings = evidence.fuzz.findings if evidence.fuzz else ()
    found += [(f"fuzzing: {f.operation} {f.pointer} {f.keyword} {f.check}", f.detail, f.curl) for f in findings]
    if not found:
        return ""
    shown = "".join(_failure(*item) for item in found[:_SHOWN])
    more = f"<p class='soft'>and {len(found) - _SHOWN} more: see the JSON</p>" if len(found) > _SHOWN else ""
    return f'<h3 class="bad">Failures ({len(found)})</h3><div class="list" tabindex="0" role="region" aria-label="Failures">{shown}{more}</div>'


def _failure(what: str, detail: str, curl: str) -> str:
    repeated = f"<pre><code>{escape(curl)}</code></pre>" if curl else ""
    return f'<details><summary><span class="bad">✗</span> {escape(what)}</summary><pre>{escape(detail)}</pre>{repeated}</details>'


def _others(evidence: Evidence) -> str:
    """Return credentials and rules: one line a case."""
    found = [verdict for verdict in evidence.verdicts if verdict.case.suite in ("authentication", "rules")]
    rows = defaultdict(list)
    for verdict in found:
        rows[_SUITE_NAMES[verdict.case.suite], verdict.case.what].append(verdict)
    body = "".join(
        f"<tr><td>{escape(suite)}</td><td>{escape(what)}</td><td class='number'>{_share(items)}</td></tr>"
        for (suite, what), items in rows.items()
    )
    return f'<details><summary>Credentials and HTTP rules ({len(found)} cases)</summary><table class="rows"><tbody>{body}</tbody></table></details>'


def _share(verdicts: Sequence[Verdict]) -> str:
    passed, total = sum(verdict.passed for verdict in verdicts), len(verdicts)
    kind = "good" if passed == total else "bad"
    return f'<span class="{kind}">{passed}/{total} hold</span>'


def _mutants(mutants: Mutants) -> str:
    items = "".join(
        f"<details><summary>{escape(mutant.name)}: {escape(mutant.operation)} {escape(mutant.place)}</summary>"
        f"<p>{escape(mutant.reason or 'not explained')}</p></details>"
        for mutant in mutants.survivors[:_SHOWN]
    )
    noticed = f"{len(mutants.mutants) - len(mutants.survivors)} of {len(mutants.mutants)} noticed ({mutants.score:.1%})"
    return f"<h3>Mutants: {noticed}</h3>{items or '<p class=soft>None survives.</p>'}"


def _unproved(unproved: Iterable[Unproved]) -> str:
    by_reason: dict[str, list[Unproved]] = defaultdict(list)
    for item in unproved:
        by_reason[item.reason].append(item)
    if not by_reason:
        return ""
    items = "".join(
        f"<li>{escape(reason)} <span class='soft'>({len(found)})</span><pre>{escape(_places(found))}</pre></li>"
        for reason, found in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0]))
    )
    number = sum(map(len, by_reason.values()))
    return f"<details><summary>Not provable ({number}), and why</summary><ul>{items}</ul></details>"


def _places(found: Sequence[Unproved]) -> str:
    lines = [f"{item.operation} {item.location} {item.pointer} {item.keyword}: {item.kind}" for item in found]
    return "\n".join(lines[:50] + ([f"and {len(lines) - 50} more"] if len(lines) > 50 else []))


# --- the rest -----------------------------------------------------------------------------------------------------------


def _slowest(seconds: Mapping[str, float]) -> str:
    slowest = sorted(seconds.items(), key=lambda item: -item[1])[:_SLOWEST]
    rows = "".join(
        f"<tr><td class='number'>{taken * 1000:.1f} ms</td><td>{escape(case)}</td></tr>" for case, taken in slowest
    )
    return f'<details><summary>Slowest cases</summary><table class="rows"><tbody>{rows}</tbody></table></details>'


def _facts(evidence: Evidence) -> str:
    facts = {
        "Contract (SHA-256)": evidence.contract,
        "Evidence (SHA-256)": hashlib.sha256(written(evidence).encode()).hexdigest(),
        "Seed": str(evidence.seed),
        "Fuzzing seeds": ", ".join(map(str, evidence.fuzz.seeds)) if evidence.fuzz else "",
        "Witness": f"{evidence.witnessed.unread:,} requests had a part that it could not read",
        "Versions": ", ".join(f"{name} {number}" for name, number in evidence.versions.items()),
    }
    said = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts.items() if text)
    return f'<h3>What it stands on</h3><dl class="facts">{said}</dl>'
