"""What a proof is made of: requests and replies, cases and verdicts, and the evidence of one run. Plain frozen values."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Headers: TypeAlias = tuple[tuple[str, str], ...]
Suite = Literal["matrix", "answers", "authentication", "rules"]
Kind = Literal["refused", "accepted", "answer caught", "answer sent", "unauthorized", "authorized", "forbidden", "rule"]
_LONGEST = 2000  # characters of a body in a curl


@dataclass(frozen=True)
class Request:
    """One request; ``target`` is path and query below the base URL of the API, percent-encoded: ``/pets?limit=1``."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return the value of a header, empty when there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass(frozen=True)
class Reply:
    """What came back.

    ``faults`` are (location, pointer, keyword) of every fault that the server names, None if it names none; ``reached``
    says whether the contract let the request through to whoever decides the rest, None if that is not known.
    """

    status: int
    headers: Headers
    body: bytes
    faults: tuple[tuple[str, str, str], ...] | None = None
    reached: bool | None = None

    def header(self, name: str) -> str | None:
        """Return the value of a header, None when there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class Case:
    """One thing that must hold: what becomes of ``request``.

    ``location`` is where in a message the value is (path, query, header, cookie, ``body application/json``,
    ``response 200 application/json``, ``response 200 header X``), ``pointer`` leads to it there, ``keyword`` is what of
    its schema is tried; ``what`` tells cases of one place and keyword apart.
    """

    suite: Suite
    operation: str
    location: str
    pointer: str
    keyword: str
    kind: Kind
    what: str
    request: Request

    @property
    def place(self) -> str:
        """Operation, location, pointer and keyword in one line."""
        return " ".join(part for part in (self.operation, self.location, self.pointer, self.keyword) if part)

    def __str__(self) -> str:
        return f"{self.place}: {self.kind}: {self.what}"


@dataclass(frozen=True)
class Verdict:
    """Whether ``case`` holds; ``detail`` says what happened instead, ``curl`` repeats it."""

    case: Case
    passed: bool
    detail: str = ""
    curl: str = ""


@dataclass(frozen=True)
class Unproved:
    """What no case could be made for, and why."""

    operation: str
    location: str
    pointer: str
    keyword: str
    kind: Kind
    reason: str


@dataclass(frozen=True)
class Finding:
    """One failure of the fuzzer, shrunk; of one operation, pointer, keyword and check there is one."""

    operation: str
    pointer: str
    keyword: str
    check: str
    detail: str
    curl: str
    seed: int


@dataclass(frozen=True)
class Fuzz:
    """What fuzzing tried and found."""

    seeds: tuple[int, ...]
    requests: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Mutant:
    """One change to the server and what noticed it; ``killed_by`` is empty for a survivor, ``reason`` explains one."""

    name: str
    operation: str
    place: str
    killed_by: str
    reason: str = ""


@dataclass(frozen=True)
class Mutants:
    """The mutants of one run; the score is the share that was noticed."""

    seed: int
    mutants: tuple[Mutant, ...]

    @property
    def survivors(self) -> tuple[Mutant, ...]:
        """Those that nothing noticed."""
        return tuple(mutant for mutant in self.mutants if not mutant.killed_by)

    @property
    def score(self) -> float:
        """Share of the mutants that was noticed, 1 when there are none."""
        return 1 - len(self.survivors) / len(self.mutants) if self.mutants else 1.0


@dataclass(frozen=True)
class Witnessed:
    """What the independent witness judged: how many messages, how many it could not read, where it disagrees."""

    messages: int = 0
    unread: int = 0
    disagreements: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """All that one run showed of one API, the same for the same contract and seed; times are kept apart.

    ``target`` is ``in process``, ``mock`` or a URL; ``contract`` is the SHA-256 of the bundled contract.
    """

    api: str
    title: str
    target: str
    contract: str
    seed: int
    versions: Mapping[str, str]
    verdicts: tuple[Verdict, ...]
    unproved: tuple[Unproved, ...] = ()
    witnessed: Witnessed = field(default_factory=Witnessed)
    fuzz: Fuzz | None = None
    mutants: Mutants | None = None

    @property
    def failures(self) -> tuple[Verdict, ...]:
        """The verdicts that are failures."""
        return tuple(verdict for verdict in self.verdicts if not verdict.passed)

    @property
    def holds(self) -> bool:
        """Whether nothing failed: no case, no fuzzing, no message that the witness judges otherwise."""
        found = self.fuzz.findings if self.fuzz else ()
        return not self.failures and not self.witnessed.disagreements and not found


def curl(url: str, request: Request) -> str:
    """Return the command that sends ``request`` to the API at ``url``."""
    parts = ["curl", "-i", "--path-as-is", "-X", request.method, shlex.quote(f"{url}{request.target}")]
    for name, value in request.headers:
        # curl leaves out a header without a value unless it ends in a semicolon.
        parts += ["-H", shlex.quote(f"{name}: {value}" if value else f"{name};")]
    if request.body:
        parts += ["--data-binary", _quoted(request.body)]
    return " ".join(parts)


def _quoted(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = ""
    if not text or any(ord(char) < 32 and char not in "\n\r\t" for char in text) or len(text) > _LONGEST:
        return f"@- # {len(body)} bytes: {body[:20].hex()}..."
    return shlex.quote(text)
