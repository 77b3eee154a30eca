"""A grammar of hostile requests: kinds of damage times the places that can be damaged.

``CONTENTS`` and ``MESSAGES`` list the kinds. What may come back is a set of statuses; ``HANGS_UP`` in it lets the server close the
connection without an answer, which only bytes that are no HTTP may get.
"""

import base64
import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from urllib.parse import quote_from_bytes

from wire import chunked, request

from specwright.plan import Api, Parameter, build, view
from specwright.runtime.samples import Samples
from specwright.spec.schemas import Schemas

LIMIT = 2**20  # of a body, in octets
PARTNERS = ("caspen", "drcare247", "lobbie", "nexhealth", "upvio")
SECRET = b"secret"

HANGS_UP = 0
REFUSED = frozenset({400, 422})
UNMATCHED = frozenset({404})
UNSUPPORTED = frozenset({415})
TAKEN = frozenset({200, 201, 204})
TAKEN_OR_REFUSED = TAKEN | REFUSED
ANSWERED = frozenset(range(200, 500))
CUT_SHORT = frozenset({HANGS_UP, 400})
NO_HTTP = frozenset({HANGS_UP, *range(200, 500)})


@dataclass(frozen=True)
class Attack:
    """What is sent over one connection, and the statuses that may come back."""

    name: str
    pieces: tuple[bytes | float, ...]
    statuses: Collection[int]
    count: int = 1
    ends: bool = False
    method: str = "POST"


@dataclass(frozen=True)
class Target:
    """An operation with a JSON body and the parts of a request that it takes."""

    api: str
    path: str
    headers: tuple[bytes, ...]
    body: bytes

    def request(self, body: bytes, *headers: bytes) -> bytes:
        return request(self.path, body, *self.headers, *headers)

    @property
    def sound(self) -> bytes:
        return self.request(self.body, JSON)


JSON = b"Content-Type: application/json"
FORM = b"Content-Type: application/x-www-form-urlencoded"
MULTIPART = b"Content-Type: multipart/form-data; boundary=b"
TEXT = b"Content-Type: text/plain"
OCTETS = b"Content-Type: application/octet-stream"
NAMED = b'{"name":"a"}'
HOME = "/everything"
HERE = Target("everything", f"{HOME}/json", (), NAMED)


@cache
def targets(generated: Path) -> tuple[Target, ...]:
    """Return the operation of every partner in ``generated``, asked as its contract says, and one of our own."""
    apis = {name: build(name, json.loads((generated / name / "openapi.json").read_text())) for name in PARTNERS}
    return (HERE, *(_target(name, api) for name, api in apis.items()))


def _target(name: str, api: Api) -> Target:
    (operation,) = api.operations
    assert operation.body
    contract = view(api.contract, "request")
    samples = Samples(contract, Schemas(contract))

    def text(parameter: Parameter) -> str:
        value = samples.of(parameter.pointer)
        return value if isinstance(value, str) else json.dumps(value)

    path, query = operation.path, []
    for parameter in operation.parameters:
        if parameter.location == "path":
            path = path.replace(f"{{{parameter.name}}}", text(parameter))
        elif parameter.location == "query" and parameter.required:
            query.append(f"{parameter.name}={text(parameter)}")
    keys = [item.scheme.get("name", "Authorization") for item in api.security_schemes]
    headers = tuple(
        b"%s: %s" % (key.encode(), b"Bearer " + SECRET if key == "Authorization" else SECRET) for key in keys
    )
    body = json.dumps(samples.of(operation.body.media[0].pointer or "")).encode()
    return Target(name, f"/{name}{api.base_path}{path}{'?' * bool(query)}{'&'.join(query)}", headers, body)


def get(target: str | bytes, *headers: bytes) -> bytes:
    return request(target, b"", *headers, method=b"GET")


def asking(name: object, sent: bytes, statuses: Collection[int]) -> Attack:
    return Attack(str(name), (sent,), statuses, method=sent.partition(b" ")[0].decode("latin-1"))


def named(place: str, what: object) -> str:
    return f"{what!r:.60} in {place}"


# --- JSON -------------------------------------------------------------------------------------------------------------

MALFORMED = {
    "nothing but space": b" \t\r\n",
    "byte order mark": b"\xef\xbb\xbf{}",
    "utf-16": "{}".encode("utf-16"),
    "utf-16 without mark": "{}".encode("utf-16-be"),
    "utf-32": "{}".encode("utf-32"),
    "invalid byte": b'"\xff"',
    "invalid byte in a name": b'{"\xff":1}',
    "invalid byte deep down": b'{"a":[{"b":"\xc3\x28"}]}',
    "invalid byte outside": b"\x80{}",
    "overlong slash": b'"\xc0\xaf"',
    "overlong NUL": b'"\xe0\x80\x80"',
    "beyond Unicode": b'"\xf4\x90\x80\x80"',
    "cut character": b'"\xe2\x82"',
    "raw surrogate": b'"\xed\xa0\x80"',
    "high surrogate": b'"\\ud800"',
    "low surrogate": b'"\\udc00"',
    "reversed surrogates": b'"\\udc00\\ud800"',
    "surrogate in a name": b'{"\\ud800":1}',
    "half an escape": b'"\\u12"',
    "unknown escape": b'"\\x41"',
    "raw NUL": b'"\x00"',
    "raw control": b'"\x1f"',
    "raw line end": b'"a\nb"',
    "NUL after": b"{}\x00",
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "-Infinity": b"-Infinity",
    "NaN deep down": b'{"a":[NaN]}',
    "1e400": b"1e400",
    "-1e400": b"-1e400",
    "huge exponent": b"1e999999999999",
    "5000 digits": b"9" * 5000,
    "minus 5000 digits": b"-" + b"9" * 5000,
    "leading zero": b"01",
    "plus": b"+1",
    "bare point": b".5",
    "point at the end": b"5.",
    "half an exponent": b"1e",
    "hexadecimal": b"0x10",
    "single quotes": b"{'a':1}",
    "bare name": b"{a:1}",
    "trailing comma": b'{"a":1,}',
    "trailing comma of a list": b"[1,]",
    "missing colon": b'{"a" 1}',
    "missing comma": b"[1 2]",
    "line comment": b"{} // done",
    "block comment": b"/* here */ {}",
    "garbage after": b"{} x",
    "two values": b"{}{}",
    "upper case": b"TRUE",
    "Python": b"None",
    "wrong bracket": b'{"a":[1}]',
    "unopened": b"}",
    "depth 101": b"[" * 101 + b"]" * 101,
    "depth 300": b"[" * 300 + b"]" * 300,
    "depth 1024": b"[" * 1024 + b"]" * 1024,
    "depth 1025": b'{"a":' * 1025 + b"1" + b"}" * 1025,
    "depth 100000": b"[" * 100_000 + b"]" * 100_000,
    "unclosed 100000": b'{"a":' * 100_000,
}
ODD = {
    "minus zero": b"-0",
    "minus zero point": b"-0.0",
    "300 digits": b"9" * 300,
    "largest double": b"1.7976931348623157e308",
    "vanishing": b"1e-400",
    "5000 decimals": b"0." + b"1" * 5000,
    "duplicate names": b'{"name":1,"name":2}',
    "escaped NUL": b'"\\u0000"',
    "escaped NUL in a name": b'{"\\u0000":1}',
    "noncharacter": b'"\xef\xbf\xbf"',
    "pair of surrogates": b'"\\ud83c\\udf55"',
    "empty name": b'{"":{"":{}}}',
    "odd names": b'{"__proto__":1,"__class__":2,"model_config":3,"self":4,"a.b":5,"a/b~c":6}',
    "depth 90": b"[" * 90 + b"]" * 90,
    "depth 90 of objects": b'{"a":' * 90 + b"1" + b"}" * 90,
    "many items": b"[" + b"0," * 30_000 + b"0]",
    "many names": b"{" + b",".join(b'"n%d":0' % index for index in range(5000)) + b"}",
    "long name": b'{"%s":1}' % (b"k" * 100_000),
    "long text": b'"%s"' % (b"t" * 100_000),
    "null": b"null",
    "true": b"true",
    "text": b'""',
    "list": b"[]",
    "object": b"{}",
}


def part(name: bytes, value: bytes, *headers: bytes) -> bytes:
    lines = [b'Content-Disposition: form-data; name="%s"' % name, *headers]
    return b"--b\r\n" + b"\r\n".join(lines) + b"\r\n\r\n" + value + b"\r\n"


def quoted(octets: bytes) -> str:
    return quote_from_bytes(octets, safe="")


def member(body: bytes, name: bytes, text: bytes) -> bytes:
    """Return the JSON object ``body`` with one more member."""
    return b'%s,"%s":%s}' % (body[:-1], name, text)


JSON_PLACES: dict[str, Callable[[bytes], bytes]] = {
    "a +json body": lambda text: request(f"{HOME}/suffix", text, b"Content-Type: application/vnd.thing+json"),
    "a text/json body": lambda text: request(f"{HOME}/text-json", text, b"Content-Type: text/json"),
    "a body of any kind": lambda text: request(f"{HOME}/any", text, JSON),
    "an optional body": lambda text: request(f"{HOME}/optional", text, JSON),
    "a deep member": lambda text: request(f"{HOME}/json", b'{"name":"a","inner":{"name":"b","free":[{"x":%s}]}}' % text, JSON),
    "a form field": lambda text: request(f"{HOME}/form", b"name=a&inner=" + quoted(text).encode(), FORM),
    "a part": lambda text: request(
        f"{HOME}/multipart", part(b"name", b"a") + part(b"inner", text, JSON) + b"--b--\r\n", MULTIPART
    ),
}  # fmt: skip
JSON_IN_HEADS: dict[str, Callable[[bytes], bytes]] = {
    "a query parameter": lambda text: get(f"{HOME}/query?json={quoted(text)}"),
    "a header": lambda text: get(f"{HOME}/headers", b"X-Json: " + text),
}


def json_bodies(places: tuple[Target, ...]) -> Iterator[Attack]:
    for what, text in MALFORMED.items():
        for place in places:
            yield asking(named(place.api, what), place.request(text, JSON), REFUSED)
            inside = place.request(member(place.body, b"x", text), JSON)
            yield asking(named(f"a member for {place.api}", what), inside, REFUSED)
        for name, damaged in JSON_PLACES.items():
            yield asking(named(name, what), damaged(text), {413, *REFUSED})
        for name, damaged in JSON_IN_HEADS.items():
            # A head has limits of its own, and no room for control characters.
            yield asking(named(name, what), damaged(text), NO_HTTP - TAKEN)


def json_oddities(places: tuple[Target, ...]) -> Iterator[Attack]:
    for what, text in ODD.items():
        for place in places:
            yield asking(named(place.api, what), place.request(text, JSON), TAKEN_OR_REFUSED)
            inside = place.request(member(place.body, b"x", text), JSON)
            yield asking(named(f"a member for {place.api}", what), inside, TAKEN_OR_REFUSED)
        for name, damaged in JSON_PLACES.items():
            yield asking(named(name, what), damaged(text), TAKEN_OR_REFUSED)
        for name, damaged in JSON_IN_HEADS.items():
            yield asking(named(name, what), damaged(text), NO_HTTP)


def truncated(places: tuple[Target, ...]) -> Iterator[Attack]:
    for place in places:
        step = max(1, len(place.body) // 40)
        for length in range(1, len(place.body), step):
            sent = place.request(place.body[:length], JSON)
            yield asking(named(place.api, f"{length} of {len(place.body)} bytes"), sent, REFUSED)


def large_and_wrong(_: tuple[Target, ...]) -> Iterator[Attack]:
    """Yield bodies that break the contract in more places than anyone wants to read."""
    key = b"k" * 200_000
    bodies = {
        "items": b'{"name":"a","tags":[%s1]}' % (b"1," * 400_000),
        "below a long name": b'{"name":"a","inner":{"name":"b","inner":{"name":"c","tags":[%s1]},"%s":1}}' % (b"1," * 9000, key),
        "names": b'{"name":"a","tags":{%s}}' % b",".join(b'"n%d":0' % index for index in range(50_000)),
        "levels": b'{"inner":' * 90 + b'{"tags":[%s1]}' % (b"1," * 100_000) + b"}" * 90,
    }  # fmt: skip
    for what, text in bodies.items():
        yield asking(what, request(f"{HOME}/json", text, JSON), REFUSED)
    flat = b"".join(b"n%d=x&" % index for index in range(2000))
    yield asking("query", get(b"/everything/query?" + flat), NO_HTTP - TAKEN)
    yield asking("long names", get(b"/everything/query?" + b"&".join([b"n" * 5000] * 10)), REFUSED)


FORMATS = {
    "moment": ["", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2025-06-30T23:59:60Z",
               "2025-01-01T00:00:00." + "9" * 5000 + "Z", "10000-01-01T00:00:00Z", "2025-02-30T00:00:00Z", "2025-01-01"],
    "day": ["0000-00-00", "9999-12-31", "0001-01-01", "2025-02-29", "-2025-01-01", "\uff12\uff10\uff12\uff15-01-01"],
    "clock": ["24:00:00Z", "23:59:60Z", "00:00:00+99:99", "00:00:00." + "0" * 5000 + "Z", "T00:00Z"],
    "span": ["P", "PT", "P1Y", "P999999999D", "P99999999999999999999D", "PT" + "9" * 400 + "S", "-P1D", "P1W", "PT0.1S"],
    "id": ["", "g" * 36, "00000000-0000-0000-0000-000000000000", "{3f2504e0-4f89-41d3-9a0c-0305e82c3301}", "-" * 36],
    "link": ["http://", "http://[", "//", "a:" + "b" * 50_000, "http://\x7f", "http://a:99999999/", "javascript:0"],
    "mail": ["@", "a@", "a" * 10_000 + "@b.c", '"' * 3000, "a@[::1]", "a@b@c"],
    "four": ["256.0.0.1", "1.2.3", "01.02.03.04", "0x7f.1", "1" * 5000],
    "six": ["::", ":::", "1::2::3", "::ffff:1.2.3.4", "fe80::1%eth0", ":" * 5000],
    "host": ["-", "a" * 64, "xn--a", ".".join(["a"] * 130), "a..b", "\u2603.example", "xn--" + "9" * 2000],
    "regex": ["(", "(?<=a)", "[", "(a+)+$", "a{99999999}", "\\", "(" * 5000],
    "octets": ["=", "a===", "\u00e9", "AA==" * 20_000, "!!!!"],
    "word": ["a" * 50_000 + "b", "a" * 50_000, "\x00"],
}  # fmt: skip
NUMBERS = ["-2147483649", "2147483648", "9223372036854775808", "-9223372036854775809", "1" + "0" * 300, "1e308", "1e-308", "-0.0", "1.0", "0.07", "1.5", "123456789012345678.9", "true", '"1"', "null"]  # fmt: skip


def scalars(_: tuple[Target, ...]) -> Iterator[Attack]:
    rows = [(name, json.dumps(text)) for name, texts in FORMATS.items() for text in texts]
    rows += product(("small", "large", "integer", "single", "double", "step"), NUMBERS)
    rows.append(("unique", json.dumps([{"a": index} for index in range(20_000)])))
    for name, text in rows:
        sent = request(f"{HOME}/scalars", b'{"%s":%s}' % (name.encode(), text.encode()), JSON)
        yield asking(named(name, text), sent, TAKEN_OR_REFUSED)


# --- other bodies -----------------------------------------------------------------------------------------------------

CONTENT_TYPES = [
    b"", b" ", b";", b"/", b"json", b"*/*", b"application/*", b"application/", b"/json", b"application/json/json", b"text/plain",
    b"application/json, application/json", b"application/xml", b"multipart/form-data", b"application/json\xff", b"\xe2\x98\x83/x",
    b"application/json; charset=utf-16", b"application/json; charset=utf-32", b'application/json; charset="utf-16"',
    b"application/json; charset=", b"application/json; charset=\xff", b"application/json; charset=klingon",
    b"application/json; charset=utf-7", b"application/json; charset=idna", b"application/json; charset=hex",
    b"application/json; charset=rot13", b"application/json; charset=" + b"x" * 4000, b"x" * 4000, b"application/json-patch",
    b"APPLICATION/JSON ;charset=latin-1", b"application/problem+json",
]  # fmt: skip
CHARSETS = [b"klingon", b"utf-16", b"utf-7", b"idna", b"hex", b"rot13", b"\xff", b"", b'"', b"utf-8;utf-8", b"x" * 2000]


def content_types(places: tuple[Target, ...]) -> Iterator[Attack]:
    for place, kind in product(places, CONTENT_TYPES):
        sent = place.request(place.body, b"Content-Type: " + kind)
        yield asking(named(place.api, kind), sent, {415} if place.api != "drcare247" else {415, *REFUSED})
    for place in places:
        yield asking(named(place.api, "no type"), place.request(place.body), {415})
        yield asking(named(place.api, "two types"), place.request(place.body, JSON, TEXT), {415})
        yield asking(named(place.api, "one type twice"), place.request(place.body, JSON, JSON), {415})
    for path, kind in (("text", TEXT), ("form", FORM)):
        for charset in CHARSETS:
            sent = request(f"{HOME}/{path}", b"name=a", kind + b"; charset=" + charset)
            yield asking(named(path, charset), sent, {415, *TAKEN_OR_REFUSED})
    for text in (b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\x00", b"x" * 1001):
        yield asking(named("text", text), request(f"{HOME}/text", text, TEXT), TAKEN_OR_REFUSED)
        yield asking(named("octets", text), request(f"{HOME}/octets", text, OCTETS), TAKEN)


FORMS = {
    "no name": (b"=a", REFUSED),
    "nothing but separators": (b"&&&&", REFUSED),
    "equals": (b"====", REFUSED),
    "half an escape": (b"name=%", TAKEN_OR_REFUSED),
    "bad escape": (b"name=%zz&%zz=1", TAKEN_OR_REFUSED),
    "escaped NUL": (b"name=%00", TAKEN_OR_REFUSED),
    "invalid UTF-8": (b"name=%ff", REFUSED),
    "invalid UTF-8 in a name": (b"%ff=a", REFUSED),
    "surrogate": (b"name=%ed%a0%80", REFUSED),
    "overlong": (b"name=%c0%af", REFUSED),
    "raw byte": (b"name=\xff", REFUSED),
    "1000 fields": (b"name=a" + b"".join(b"&k%d=v" % index for index in range(999)), TAKEN),
    "1001 fields": (b"name=a" + b"".join(b"&k%d=v" % index for index in range(1000)), {413}),
    "100000 fields": (b"k=v&" * 100_000, {413}),
    "one name 1000 times": (b"name=a&" * 1000, REFUSED),
    "brackets": (b"name=a&inner[name]=b&inner[tags][]=x&inner[tags][]=y", TAKEN_OR_REFUSED),
    "open bracket": (b"name=a&inner[=b", TAKEN_OR_REFUSED),
    "closed bracket": (b"name=a&inner]=b&]=c&[=d&[]=e", TAKEN_OR_REFUSED),
    "empty brackets": (b"name=a&inner[]=b", REFUSED),
    "brackets nested": (b"name=a&inner[[name]]=b", TAKEN_OR_REFUSED),
    "brackets of 1000": (b"name=a&inner" + b"[inner]" * 1000 + b"=b", REFUSED),
    "brackets of 20": (b"name=a&inner" + b"[inner]" * 19 + b"[name]=b", TAKEN_OR_REFUSED),
    "value and members": (b"name=a&inner=x&inner[name]=b", REFUSED),
    "members and value": (b"name=a&inner[name]=b&inner=x", REFUSED),
    "index": (b"name=a&tags[0]=a&tags[99999999999999999999]=b&tags[-1]=c", TAKEN_OR_REFUSED),
    "digits": (b"name=a&count=" + b"9" * 5000, REFUSED),
    "exponent": (b"name=a&count=1e999", REFUSED),
    "superscript": (b"name=a&count=%C2%B2", REFUSED),
    "spaces": (b"name=a&tags=%20%20+%20a", TAKEN_OR_REFUSED),
    "long name": (b"name=a&" + b"k" * 200_000 + b"=v", TAKEN_OR_REFUSED),
    "dunder": (b"name=a&__class__=b&__init__[__globals__]=c&self=d", TAKEN_OR_REFUSED),
}
END = b"--b--\r\n"
NAME = part(b"name", b"a")
PARTS = {
    "nothing": (b"", REFUSED),
    "no boundary": (b"name=a", REFUSED),
    "only the end": (END, REFUSED),
    "no end": (NAME, REFUSED),
    "half an end": (NAME + b"--b", REFUSED),
    "text before": (b"preamble\r\n" + NAME + END, TAKEN_OR_REFUSED),
    "text after": (NAME + END + b"epilogue", TAKEN_OR_REFUSED),
    "bare line ends": ((NAME + END).replace(b"\r\n", b"\n"), REFUSED),
    "no disposition": (b"--b\r\n\r\na\r\n" + END, REFUSED),
    "no name": (b"--b\r\nContent-Disposition: form-data\r\n\r\na\r\n" + END, REFUSED),
    "empty name": (NAME + part(b"", b"a") + END, TAKEN_OR_REFUSED),
    "no colon": (b"--b\r\nContent-Disposition\r\n\r\na\r\n" + END, REFUSED),
    "other disposition": (NAME.replace(b"form-data", b"attachment") + END, TAKEN_OR_REFUSED),
    "unclosed quote": (b'--b\r\nContent-Disposition: form-data; name="a\r\n\r\na\r\n' + END, TAKEN_OR_REFUSED),
    "invalid UTF-8 in a name": (NAME + part(b"\xff\xfe", b"a") + END, TAKEN_OR_REFUSED),
    "invalid UTF-8 in a value": (part(b"name", b"\xff") + END, TAKEN_OR_REFUSED),
    "NUL in a name": (NAME + part(b"a\x00b", b"a") + END, TAKEN_OR_REFUSED),
    "brackets": (NAME + part(b"inner[a]", b"1") + part(b"inner[b]", b"x") + END, TAKEN_OR_REFUSED),
    "brackets of 1000": (NAME + part(b"inner" + b"[a]" * 1000, b"1") + END, REFUSED),
    "open bracket": (NAME + part(b"inner[", b"1") + END, TAKEN_OR_REFUSED),
    "1000 parts": (NAME + b"".join(part(b"k%d" % index, b"") for index in range(999)) + END, TAKEN),
    "5000 parts": (b"".join(part(b"k%d" % index, b"") for index in range(5000)) + END, REFUSED),
    "2000 files": (NAME + part(b'more"; filename="f', b"") * 2000 + END, REFUSED),
    "long header": (part(b"name", b"a", b"X-Long: " + b"x" * 100_000) + END, TAKEN_OR_REFUSED),
    "many headers": (part(b"name", b"a", *[b"X-Many: 1"] * 5000) + END, TAKEN_OR_REFUSED),
    "NUL in a header": (part(b"name", b"a", b"X-Nul: \x00") + END, TAKEN_OR_REFUSED),
    "control in a header name": (part(b"name", b"a", b"X\x01: a") + END, TAKEN_OR_REFUSED),
    "folded header": (part(b"name", b"a", b"X-Fold: a\r\n b") + END, TAKEN_OR_REFUSED),
    "transfer encoding": (part(b"name", b"YQ==", b"Content-Transfer-Encoding: base64") + END, TAKEN_OR_REFUSED),
    "nested": (NAME + part(b"inner", b"--c\r\n\r\n\r\n--c--", b"Content-Type: multipart/mixed; boundary=c") + END, REFUSED),
    "charset of a part": (part(b"name", b"\xe9", b"Content-Type: text/plain; charset=utf-16") + END, TAKEN_OR_REFUSED),
    "bad type of a part": (NAME + part(b'photo"; filename="f', b"a", b"Content-Type: \xff/;;=") + END, TAKEN_OR_REFUSED),
    "path as file name": (NAME + part(b'photo"; filename="../../etc/passwd', b"a") + END, TAKEN),
    "NUL in a file name": (NAME + part(b'photo"; filename="a\x00b', b"a") + END, TAKEN_OR_REFUSED),
    "long file name": (NAME + part(b'photo"; filename="' + b"f" * 100_000, b"a") + END, TAKEN_OR_REFUSED),
    "invalid file name": (NAME + part(b'photo"; filename="\xff\xfe', b"a") + END, TAKEN_OR_REFUSED),
    "extended file name": (NAME + part(b'photo"; filename*=UTF-8\'\'%ff; x="', b"a") + END, TAKEN_OR_REFUSED),
    "empty file name": (NAME + part(b'photo"; filename="', b"a") + END, TAKEN_OR_REFUSED),
    "file where text belongs": (part(b'name"; filename="f', b"\xff\x00") + END, TAKEN_OR_REFUSED),
    "text where a file belongs": (NAME + part(b"photo", b"text") + END, TAKEN_OR_REFUSED),
    "file and text": (NAME + part(b"more", b"text") + part(b'more"; filename="f', b"\xff") + END, TAKEN_OR_REFUSED),
    "large file": (NAME + part(b'photo"; filename="f', bytes(1_000_000)) + END, TAKEN),
    "almost a boundary": (NAME + part(b'photo"; filename="f', b"\r\n--a\r\n--\r\n-b" * 20_000) + END, TAKEN_OR_REFUSED),
}  # fmt: skip
BOUNDARIES = [b"", b"; boundary", b"; boundary=", b'; boundary=""', b"; boundary=c", b"; boundary=" + b"b" * 10_000, b'; boundary="b', b"; boundary=\xff", b"; boundary=b; boundary=c", b"; boundary=b; charset=klingon", b"; boundary=b; charset=utf-16", b"; boundary=b; charset=hex", b"; boundary*0=b", b"; boundary=b c", b"; BOUNDARY=b", b'; boundary="b "', b"; boundary=--b"]  # fmt: skip


def forms(_: tuple[Target, ...]) -> Iterator[Attack]:
    for what, (form, statuses) in FORMS.items():
        yield asking(what, request(f"{HOME}/form", form, FORM), statuses)
    drcare = b"/drcare247/api/Calendar/PatientAppointmentPost_v2"
    for what, (form, _) in FORMS.items():
        yield asking(named("drcare247", what), request(drcare, form, FORM), {413, *TAKEN_OR_REFUSED})


def multiparts(_: tuple[Target, ...]) -> Iterator[Attack]:
    for what, (text, statuses) in PARTS.items():
        yield asking(what, request(f"{HOME}/multipart", text, MULTIPART), statuses)
    for boundary in BOUNDARIES:
        sent = request(f"{HOME}/multipart", NAME + END, b"Content-Type: multipart/form-data" + boundary)
        yield asking(named("the header", boundary), sent, TAKEN_OR_REFUSED | UNSUPPORTED)
    whole = NAME + part(b'photo"; filename="f"\r\nContent-Type: "image/png', b"\x89PNG") + END
    for length in range(0, len(whole) - 8, 6):
        sent = request(f"{HOME}/multipart", whole[:length], MULTIPART)
        yield asking(f"{length} of {len(whole)} bytes", sent, REFUSED)


# --- parameters -------------------------------------------------------------------------------------------------------

TEXTS = ["", "%", "%zz", "%00", "%ff", "%c0%af", "%ed%a0%80", "%E2%80%AE", "a" * 5000, "9" * 401, "9" * 402, "9" * 5000, "-0", "1e999", "-1e999", "1E400", "NaN", "Infinity", "0x1", "%C2%B2", "1,2,,3", ",,,,", "%2C", "1%202", "1|2", "null", "true", "[]", "{}", "..", "%2e%2e%2f", "%252e", "'%22%3C%3E", "a%0d%0aSet-Cookie:x=y"]  # fmt: skip
KEYS = ["text", "number", "integer", "flag", "moment", "list", "commas", "spaces", "pipes", "deep", "deep[a]", "json"]
QUERIES = [
    "&", "=", "?", "&&==&&", "%=1", "%zz=1", "%00=1", "%ff=1", "integer=1&integer=2", "unknown=1", "deep[a]=1&deep[a]=2",
    "deep[=1", "deep]=1", "deep[]=1", "deep[a][b]=1", "deep[a]=1&deep[a][b]=2", "deep=1", "deep" + "[a]" * 500 + "=1",
    "deep%5Ba%5D=1", "DEEP[a]=1", "list[]=1", "list=" + "1,2" * 5000, "spaces=" + "%20" * 5000, "pipes=" + "|" * 5000,
    "list=1&" * 5000, "x" * 20_000, "text=" + "%41" * 10_000, ";".join(["a=1"] * 100), "text=a#fragment", "__class__=1",
]  # fmt: skip
PATHS = ["things", "numbers", "simple", "label", "matrix", "parts"]
PARTS_OF_PATHS = [*TEXTS[1:], ".1.2", ".", "..", "...", ".1,2", ";value=1;value=2", ";value", ";", ";other=1", "a=1,b=2", "a=1,a=2", "a", "=,=", "-.json", "a-b-c.json", "-" * 4000, "-" * 4000 + ".json", "a-" * 2000 + ".jso", "%2F", "a%2Fb", ";" * 4000]  # fmt: skip
HEADER_TEXTS = [b"", b" ", b"\xff\xfe", b"\xe2\x98\x83", b"\x80", b"9" * 401, b"9" * 5000, b"1e999", b"NaN", b",,,", b"1,2,x", b"a=1,b=2", b"a=1,a=2", b"a", b"=", b"{", b"[" * 500, b'"\\ud800"', b"x" * 10_000, b"%ff", b"\t1\t", b"1, 1"]  # fmt: skip
COOKIES = [b"", b"=", b";", b";;;;", b"text", b"text=", b"=text", b"text=a; text=b", b'text="', b'text="a;b"', b"text=\xff", b"text=%ff", b"text=%00", b"number=x", b"number=1; number=2", b"number=" + b"9" * 5000, b"list=1,2,x", b"list=,", b"list=%", b"a=b; " * 2000, b"text=" + b"x" * 10_000, b"text=a\tb", b"$Version=1; text=a", b"text = a", b"text=a, number=1", b"\x80=1"]  # fmt: skip


def queries(places: tuple[Target, ...]) -> Iterator[Attack]:
    for key, text in product(KEYS, TEXTS):
        yield asking(named(key, text), get(f"{HOME}/query?{key}={text}"), TAKEN_OR_REFUSED)
    for query in QUERIES:
        yield asking(named("a query", query), get(f"{HOME}/query?{query}"), TAKEN_OR_REFUSED)
    for place, query in product(places, QUERIES[:18]):
        mark = "&" if "?" in place.path else "?"
        sent = request(f"{place.path}{mark}{query}", place.body, *place.headers, JSON)
        yield asking(named(place.api, query), sent, TAKEN_OR_REFUSED)


def paths(_: tuple[Target, ...]) -> Iterator[Attack]:
    for path, text in product(PATHS, PARTS_OF_PATHS):
        yield asking(named(path, text), get(f"{HOME}/{path}/{text}"), TAKEN_OR_REFUSED | UNMATCHED)


def headers(_: tuple[Target, ...]) -> Iterator[Attack]:
    for name, text in product((b"X-Text", b"X-Number", b"X-List", b"X-Map", b"X-Json", b"Accept"), HEADER_TEXTS):
        sent = get(f"{HOME}/headers", name + b": " + text)
        yield asking(named(name.decode(), text), sent, TAKEN_OR_REFUSED | {406})
    for text in (
        b"\xff",
        b";q=x",
        b"*/*;q=nan",
        b"*/*;q=-1",
        b",,",
        b"a/b;q=" + b"9" * 500,
        b"a/b," * 4000,
        b"text/html",
    ):
        sent = get(f"{HOME}/things/1", b"Accept: " + text)
        yield asking(named("Accept", text), sent, {200, 406})


def cookies(_: tuple[Target, ...]) -> Iterator[Attack]:
    for text in COOKIES:
        yield asking(named("a cookie", text), get(f"{HOME}/cookies", b"Cookie: " + text), TAKEN_OR_REFUSED)
        twice = get(f"{HOME}/cookies", b"Cookie: " + text, b"Cookie: text=b")
        yield asking(named("two cookies", text), twice, TAKEN_OR_REFUSED)


CREDENTIALS = [b"", b" ", b"\t", b"Basic", b"Basic ", b"Basic =", b"Basic !!!!", b"Basic " + base64.b64encode(b"nocolon"), b"Basic " + base64.b64encode(b"\xff:\xfe"), b"Basic " + base64.b64encode(b"user:wrong"), b"Basic " + base64.b64encode(b":"), b"Basic " + base64.b64encode(b"user:secret")[:-1], b"Basic " + base64.b64encode(b"a" * 9000), b"Basic \xff", b"Bearer", b"Bearer ", b"Bearer wrong", b"Bearer " + b"t" * 10_000, b"Bearer \xff", b"Bearer secret secret", b"Bearer secret, Bearer secret", b"Bearer,secret", b"bearer\tsecret", b"secret", b"Digest secret", b"Negotiate", b"Bearersecret", b"Bearer %73ecret", b"Bearer SECRET", b"None", b"Bearer null"]  # fmt: skip
KEYS_OF_CLIENTS = [b"", b"wrong", b"SECRET", b"secret,secret", b"\xff", b"x" * 10_000, b"secre", b"secret%00", b"%ff"]


def credentials(places: tuple[Target, ...]) -> Iterator[Attack]:
    closed = [f"{HOME}/closed/{name}" for name in ("basic", "bearer", "oauth2", "openid", "header", "query", "cookie")]
    for path, text in product(closed, CREDENTIALS):
        yield asking(named(path, text), get(path, b"Authorization: " + text), {401})
    for text in KEYS_OF_CLIENTS:
        yield asking(named("X-Key", text), get(f"{HOME}/closed/header", b"X-Key: " + text), {401})
        yield asking(named("a key", text), get(f"{HOME}/closed/query?key={quoted(text)}"), {401})
        yield asking(named("sid", text), get(f"{HOME}/closed/cookie", b"Cookie: sid=" + text), {401})
    for place, text in product([place for place in places if place.headers], CREDENTIALS[::2]):
        name = place.headers[0].partition(b":")[0]
        sent = request(place.path, place.body, JSON, name + b": " + text)
        yield asking(named(place.api, text), sent, {401} if text != b"secret" or name == b"Authorization" else TAKEN)
    twice = get(f"{HOME}/closed/bearer", b"Authorization: Bearer secret", b"Authorization: Bearer wrong")
    yield asking("two of them", twice, {401})


# --- HTTP -------------------------------------------------------------------------------------------------------------

BODIES = [("json", JSON, NAMED), ("form", FORM, b"name=a"), ("multipart", MULTIPART, NAME + END), ("octets", OCTETS, b"octets")]  # fmt: skip
WELL_CHUNKED: dict[str, Callable[[bytes], bytes]] = {
    "one chunk": chunked,
    "extension": lambda body: b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (len(body), body),
    "trailers": lambda body: b"%x\r\n%s\r\n0\r\nX-Trailer: a\r\n\r\n" % (len(body), body),
    "leading zeros": lambda body: b"%016x\r\n%s\r\n0\r\n\r\n" % (len(body), body),
    "capitals": lambda body: b"%X\r\n%s\r\n0\r\n\r\n" % (len(body), body),
}
CHUNKS = {
    "odd extension": (b'6;a="\\"\r\n123456\r\n0\r\n\r\n', NO_HTTP),
    "long extension": (b"6;" + b"a" * 100_000 + b"\r\n123456\r\n0\r\n\r\n", NO_HTTP),
    "length as a trailer": (b"6\r\n123456\r\n0\r\nX-Trailer: a\r\nContent-Length: 5\r\n\r\n", NO_HTTP),
    "many trailers": (b"6\r\n123456\r\n0\r\n" + b"X-Trailer: a\r\n" * 2000 + b"\r\n", NO_HTTP),
    "NUL in a trailer": (b"6\r\n123456\r\n0\r\nX: \x00\r\n\r\n", NO_HTTP),
    "no size": (b"\r\n123456\r\n0\r\n\r\n", CUT_SHORT),
    "no number": (b"xyz\r\n123456\r\n0\r\n\r\n", CUT_SHORT),
    "negative": (b"-6\r\n123456\r\n0\r\n\r\n", CUT_SHORT),
    "prefix": (b"0x6\r\n123456\r\n0\r\n\r\n", CUT_SHORT),
    "overflow": (b"FFFFFFFFFFFFFFFFF\r\n123456\r\n0\r\n\r\n", {HANGS_UP, 400, 413}),
    "huge": (b"7FFFFFFFFFFFFFFF\r\n123456", {HANGS_UP, 400, 413}),
    "too small": (b"3\r\n123456\r\n0\r\n\r\n", CUT_SHORT),
    "too large": (b"7\r\n123456\r\n0\r\n\r\n", CUT_SHORT),
    "no end": (b"6\r\n123456\r\n", CUT_SHORT),
    "half a chunk": (b"6\r\n123", CUT_SHORT),
    "half a size": (b"6", CUT_SHORT),
    "nothing": (b"", CUT_SHORT),
    "no line end": (b"6\r\n1234560\r\n\r\n", CUT_SHORT),
}  # fmt: skip
CODINGS = [b"chunked, chunked", b"gzip, chunked", b"chunked, gzip", b"identity", b"xchunked", b"chunked\x0b", b"", b"Chunked", b'"chunked"', b"chunked;q=1", b"gzip"]  # fmt: skip
LENGTHS = [b"-1", b"+6", b"0x6", b"6.0", b"six", b"", b"6 6", b"6,7", b"9" * 19, b"9" * 30, b"9" * 5000, b"1e3", b"\xd9\xa6", b"6\x00", b"\x0b6", b"10485760000"]  # fmt: skip


def head(path: str, *lines: bytes) -> bytes:
    return (
        b"\r\n".join((b"POST %s/%s HTTP/1.1" % (HOME.encode(), path.encode()), b"Host: server", *lines)) + b"\r\n\r\n"
    )


def framing(_: tuple[Target, ...]) -> Iterator[Attack]:
    for path, kind, body in BODIES:
        for length in LENGTHS:
            sent = head(path, kind, b"Content-Length: " + length) + body
            yield Attack(named(path, length), (sent,), {HANGS_UP, 400, 413, 415, 422}, ends=True)
        for more in (1, 10, 1000):
            sent = head(path, kind, b"Content-Length: %d" % (len(body) + more)) + body
            yield Attack(named(path, f"{more} too many"), (sent,), CUT_SHORT, ends=True)
        for length in (0, 1, 5):
            sent = head(path, kind, b"Content-Length: %d" % length) + body
            yield Attack(named(path, f"only {length}"), (sent,), TAKEN_OR_REFUSED)
        n = b"Content-Length: %d" % len(body)
        for lines in (
            (n, b"Content-Length: 1"),
            (b"Content-Length: 1", n),
            (n, n),
            (n, b"Transfer-Encoding: chunked"),
            (b"Transfer-Encoding: chunked", n),
        ):
            yield Attack(named(path, lines), (head(path, kind, *lines), body), NO_HTTP, ends=True)
            yield Attack(
                named(path, ("chunked", *lines)), (head(path, kind, *lines), chunked(body)), NO_HTTP, ends=True
            )
        for coding in CODINGS:
            sent = head(path, kind, b"Transfer-Encoding: " + coding) + chunked(body)
            yield Attack(named(path, coding), (sent,), NO_HTTP, ends=True)
        yield Attack(f"no length for {path}", (head(path, kind), body), NO_HTTP)


def chunking(places: tuple[Target, ...]) -> Iterator[Attack]:
    for place in places:
        text = place.request(b"", JSON, b"Transfer-Encoding: chunked")
        halves = place.body[: len(place.body) // 2], place.body[len(place.body) // 2 :]
        yield asking(f"halves for {place.api}", text + chunked(*halves), TAKEN)
        bytewise = chunked(*(place.body[index : index + 1] for index in range(len(place.body))))
        yield asking(f"single bytes for {place.api}", text + bytewise, TAKEN)
    for path, kind, body in BODIES:
        coded = head(path, kind, b"Transfer-Encoding: chunked")
        for what, spelled in WELL_CHUNKED.items():
            yield asking(named(path, what), coded + spelled(body), TAKEN)
        for what, (chunks, statuses) in CHUNKS.items():
            yield Attack(named(path, what), (coded, chunks), statuses, ends=statuses is not NO_HTTP)


def splitting(places: tuple[Target, ...]) -> Iterator[Attack]:
    for place in places:
        yield Attack(f"byte by byte to {place.api}", tuple(bytes([octet]) for octet in place.sound), TAKEN)
        for at in range(1, len(place.sound), 23):
            yield Attack(f"cut at {at} to {place.api}", (place.sound[:at], place.sound[at:]), TAKEN)
        slow = [step for octets in (place.sound[:9], place.sound[9:-9], place.sound[-9:]) for step in (octets, 0.02)]
        yield Attack(f"slowly to {place.api}", tuple(slow), TAKEN)


def leaving(places: tuple[Target, ...]) -> Iterator[Attack]:
    for place in places:
        for length in range(0, len(place.sound), 11):
            yield Attack(f"{length} bytes to {place.api}", (place.sound[:length],), CUT_SHORT, ends=True)


def expecting(places: tuple[Target, ...]) -> Iterator[Attack]:
    for place in places:
        for expectation, statuses in ((b"100-continue", TAKEN), (b"200-maybe", ANSWERED), (b"", ANSWERED), (b"100-continue, 100-continue", ANSWERED)):  # fmt: skip
            sent = place.request(place.body, JSON, b"Expect: " + expectation)
            yield asking(named(place.api, expectation), sent, statuses)
        text, _, body = place.request(place.body, JSON, b"Expect: 100-continue").partition(b"\r\n\r\n")
        yield Attack(f"late body for {place.api}", (text + b"\r\n\r\n", 0.02, body), TAKEN)
        yield Attack(f"no body for {place.api}", (text + b"\r\n\r\n",), CUT_SHORT, ends=True)
        large = request(
            place.path, b"", *place.headers, JSON, b"Expect: 100-continue", b"Content-Length: %d" % (LIMIT + 1)
        )
        yield Attack(f"large body for {place.api}", (large,), {413})


def pipelining(places: tuple[Target, ...]) -> Iterator[Attack]:
    everything = b"".join(place.sound for place in places)
    yield Attack("one to each", (everything,), TAKEN, count=len(places))
    yield Attack("fifty", (HERE.sound * 50,), TAKEN, count=50)
    yield Attack("fifty byte by byte", tuple(bytes([octet]) for octet in HERE.sound * 5), TAKEN, count=5)
    wrong = HERE.request(b"{", JSON)
    for what, sent in {
        "wrong ones between": (HERE.sound + wrong) * 5,
        "unknown paths between": (HERE.sound + get("/nowhere") + get(f"{HOME}/nowhere")) * 3,
        "wrong types between": (HERE.request(NAMED, TEXT) + HERE.sound) * 5,
        "HEAD without a body": request(f"{HOME}/nowhere", b"", method=b"OPTIONS") + HERE.sound,
    }.items():
        yield Attack(what, (sent,), ANSWERED, count=sent.count(b" HTTP/1.1\r\n"))
    for what, junk in {
        "NUL": b"\x00" * 10,
        "text": b"hello\r\n\r\n",
        "blank lines": b"\r\n\r\n\r\n",
        "half": b"GET ",
    }.items():
        yield Attack(f"{what} after", (HERE.sound + junk,), TAKEN | {400})
        yield Attack(f"{what} before", (junk + HERE.sound,), NO_HTTP, ends=True)
    for place in places:
        large = place.request(b" " * (LIMIT + 1), JSON)
        yield Attack(f"after a large one for {place.api}", (large + place.sound,), {413, *TAKEN}, count=2)


HEADS = {
    "many": [b"X-%d: 1" % index for index in range(100)],
    "very many": [b"X-%d: 1" % index for index in range(5000)],
    "one name": [b"X-Same: 1"] * 1000,
    "long value": [b"X-Long: " + b"x" * 100_000],
    "long name": [b"x" * 100_000 + b": 1"],
    "NUL in a value": [b"X-Nul: a\x00b"],
    "NUL in a name": [b"X\x00: a"],
    "control in a value": [b"X-Control: \x01\x7f"],
    "folded": [b"X-Fold: a\r\n b"],
    "folded first": [b" X-Fold: a"],
    "non-ASCII value": [b"X-Text: \xff\xe2\x98\x83"],
    "non-ASCII name": [b"X-\xe2\x98\x83: a"],
    "no name": [b": a"],
    "no colon": [b"X-None"],
    "space before the colon": [b"X-Space : a"],
    "space in a name": [b"X Space: a"],
    "bare CR": [b"X-Cr: a\rb"],
    "bare LF": [b"X-Lf: a\nX-Next: b"],
    "two hosts": [b"Host: other"],
    "empty host": [b"Host:"],
    "odd host": [b"Host: \xff@[::1]:99999999/../?"],
    "two lengths": [b"Content-Length: 0", b"Content-Length: 0"],
    "length of nothing": [b"Content-Length: 0"],
    "cookies": [b"Cookie: a=b"] * 500,
    "credentials": [b"Authorization: Bearer a"] * 50,
    "forwarded": [
        b"X-Forwarded-For: \xff",
        b"X-Forwarded-Proto: javascript",
        b"X-Forwarded-Host: a b",
        b"Forwarded: for=;;",
    ],
    "override": [b"X-HTTP-Method-Override: DELETE", b"X-Original-URL: /admin", b"X-Rewrite-URL: /admin"],
    "connection": [b"Connection: close, keep-alive, X-Text, Host", b"Keep-Alive: timeout=-1"],
    "ranges": [b"Range: bytes=" + b"0-," * 1000, b"If-Range: x", b"If-None-Match: *"],
    "coded": [b"Content-Encoding: gzip", b"Accept-Encoding: \xff"],
    "te": [b"TE: trailers, x;q=9", b"Trailer: Content-Length"],
}
SOUND = {"many", "cookies", "credentials", "forwarded", "override", "ranges", "coded", "te", "length of nothing"}
LINES = [
    b"", b"\r\n", b"GET", b"GET ", b"GET /", b"GET / HTTP", b"GET / HTTP/", b"GET / HTTP/x", b"GET / HTTP/1.1 ", b"GET  /  HTTP/1.1",
    b"GET / HTTP/1.1 x", b"GET\t/\tHTTP/1.1", b" GET / HTTP/1.1", b"GET / http/1.1", b"GET / HTTP/1.2", b"GET / HTTP/9.9",
    b"GET / HTTP/2.0", b"GET / HTTP/11.1", b"GET / HTTP/1.1\x00", b"GET / SIP/2.0", b"\x16\x03\x01\x02\x00\x01\x00", b"\x00" * 100,
    b"\xff" * 100, b"SSH-2.0-x", b"HTTP/1.1 200 OK", b"PRI * HTTP/2.0", b"GET / HTTP/0.9", b"GET / HTTP/1.0", b"{}", b"GET / HTTP/1.1\r",
]  # fmt: skip
WILD = [
    "*", "", "x", "?", "//", "///everything/json", "http://server/everything/things/1", "http://server", "https://other:443/everything/json",
    "http://user:secret@server/everything/json", "ftp://x/", "server:80", ":80", "/everything", "/everything/", "/everything//json",
    "/everything/json/", "/everything/./json", "/everything/../everything/json", "/../../../../etc/passwd", "/everything/things/..",
    "/everything/things/%2e%2e%2f%2e%2e", "/everything/things/..%2f..", "/%65verything/json", "/everything%2fjson", "/everything/%6Ason",
    "/everything/things/%00", "/everything/things/%zz", "/everything/things/%", "/everything/things/%c0%ae", "/everything/things/%ff",
    "/everything/things/\xff", "/everything/things/\xe2\x98\x83", "/everything/things/a b", "/everything/things/a\tb", "/everything/things/a\x00b",
    "/everything/things/#x", "/everything/things/a\\b", "/everything/things/" + "a" * 100_000, "/everything" + "/a" * 50_000,
    "/everything/things/1?" + "q" * 100_000, "/everything/things/1?" + "a=b&" * 25_000, "/everything/things/" + "%41" * 30_000,
    "/everything/openapi.json/x", "/everything/ui/../ui/", "/everything/ui/%2e%2e/%2e%2e/secret", "/everything/ui/..%5c..%5cx",
    "/everything/ui/swagger-ui.css%00", "/everything/json;x=y", "/everything/json%3fx", "/EVERYTHING/JSON", "/everything/\u00eaason",
    "/__admin/health/../x", "/__admin/%68ealth", "/nobody", "/everything/things/{id}", "/everything/things/%7Bid%7D", "/everything/things/?",
    "/lobbie/partner/v2/account/x/location/%00/appointment", "/lobbie/partner/v2/account//location//appointment", "/caspen/v1/appointments/",
    "/caspen/v2/appointments/1", "/caspen//v1/appointments/1", "/upvio/v1/businesses/%2F/appointments", "/nexhealth/appointments?subdomain=%00",
]  # fmt: skip
METHODS = [b"GET", b"PUT", b"DELETE", b"PATCH", b"HEAD", b"OPTIONS", b"TRACE", b"CONNECT", b"PROPFIND", b"QUERY", b"FOO", b"post", b"Post", b"P" * 5000, b"P\xffST", b"PO ST", b"PO\x00ST", b"!#$%&'*+-.^_`|~", b"(POST)", b"1", b"__CLASS__", b"PRI"]  # fmt: skip
SOCKET = [
    b"Upgrade: websocket",
    b"Connection: Upgrade",
    b"Sec-WebSocket-Version: 13",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
]
UPGRADES = {
    "WebSocket": SOCKET,
    "WebSocket of version 99": [*SOCKET[:2], b"Sec-WebSocket-Version: 99", SOCKET[3]],
    "WebSocket without a key": SOCKET[:3],
    "WebSocket with a bad key": [*SOCKET[:3], b"Sec-WebSocket-Key: \xff"],
    "WebSocket with protocols": [*SOCKET, b"Sec-WebSocket-Protocol: a, b, \xff", b"Sec-WebSocket-Extensions: permessage-deflate; x=1"],
    "WebSocket and HTTP/2": [*SOCKET, b"Upgrade: h2c"],
    "HTTP/2": [b"Upgrade: h2c", b"Connection: Upgrade, HTTP2-Settings", b"HTTP2-Settings: AAMAAABkAAQAAP__"],
    "TLS": [b"Upgrade: TLS/1.0", b"Connection: Upgrade"],
    "nothing": [b"Upgrade:", b"Connection: Upgrade"],
    "no connection": [b"Upgrade: websocket"],
    "junk": [b"Upgrade: \xff, ,;", b"Connection: upgrade, \xff"],
}  # fmt: skip


def heads(places: tuple[Target, ...]) -> Iterator[Attack]:
    for what, lines in HEADS.items():
        for place in places:
            yield Attack(named(place.api, what), (place.request(place.body, JSON, *lines),), NO_HTTP, ends=False)
        yield asking(named("a GET", what), get(f"{HOME}/things/1", *lines), {200} if what in SOUND else NO_HTTP)
    yield asking("no host", b"GET /everything/things/1 HTTP/1.1\r\n\r\n", NO_HTTP)
    yield Attack("endless", (b"GET /everything/things/1 HTTP/1.1\r\n", *[b"X: 1\r\n" * 500] * 20), NO_HTTP, ends=True)


def lines(_: tuple[Target, ...]) -> Iterator[Attack]:
    for line in LINES:
        yield Attack(named("a line", line), (line + b"\r\nHost: server\r\n\r\n",), NO_HTTP, ends=True, method="GET")
        yield Attack(named("a whole", line), (line,), NO_HTTP, ends=True, method="GET")
    for target in WILD:
        path = target.encode("utf-8" if "\u2603" in target else "latin-1")
        yield Attack(named("GET", target), (get(path),), NO_HTTP, ends=True, method="GET")
        yield Attack(named("POST", target), (request(path, NAMED, JSON),), NO_HTTP, ends=True)
    yield Attack("HTTP/2", (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00" * 9,), NO_HTTP, ends=True)


def methods(places: tuple[Target, ...]) -> Iterator[Attack]:
    for place, method in product(places, METHODS):
        sent = request(place.path, place.body, *place.headers, JSON, method=method)
        text = method.decode("latin-1")
        yield Attack(named(place.api, text), (sent,), NO_HTTP - {200, 201}, method=text, ends=text == "CONNECT")
    for method in METHODS:
        text = method.decode("latin-1")
        sent = request(f"{HOME}/things/1", b"", method=method)
        yield Attack(named("a GET", text), (sent,), NO_HTTP, method=text, ends=text == "CONNECT")


def upgrades(places: tuple[Target, ...]) -> Iterator[Attack]:
    for what, added in UPGRADES.items():
        for path in (f"{HOME}/things/1", f"{HOME}/nowhere", "/nowhere", "/", f"{HOME}/ui/"):
            yield asking(named(path, what), get(path, *added), NO_HTTP)
        for place in places:
            yield Attack(named(place.api, what), (place.request(place.body, JSON, *added),), NO_HTTP, ends=True)


Group = Callable[[tuple[Target, ...]], Iterator[Attack]]
# Damage that any server of HTTP hands on to us, and damage that each meets in its own way.
CONTENTS: tuple[Group, ...] = (
    *(json_bodies, json_oddities, truncated, large_and_wrong, scalars, content_types, forms, multiparts),
    *(queries, paths, headers, cookies, credentials),
)
MESSAGES: tuple[Group, ...] = (
    *(framing, chunking, splitting, leaving, expecting, pipelining),
    *(heads, lines, methods, upgrades),
)
