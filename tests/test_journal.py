"""The journal: entries as WireMock has them, what is asked of them, near misses."""

import uuid

import orjson
import pytest
from wiremock.client import NearMissMatchResponse, RequestCountResponse, RequestResponseAll, RequestResponseFindResponse

from specwright.mock.journal.entry import (
    Reason,
    Record,
    counted,
    entry_id,
    found,
    listed,
    matching,
    read,
    removed,
    unmatched,
    violation,
    written,
)
from specwright.mock.journal.near import Reachable, near_misses, nearest_operations, nearest_requests
from specwright.mock.journal.redact import Redacting, Verbatim
from specwright.mock.matching.patterns import BadPattern
from specwright.mock.matching.requests import pattern
from specwright.spec.violations import Violation

NOON = 1_736_942_400_000  # 2025-01-15T12:00:00Z
JSON = ("content-type", "application/json")
CREATED = Record(
    id=entry_id("seed", 1),
    method="POST",
    url="/pets/v1/pets?dry=1&tag=a&tag=b+c&token=abc",
    origin="http://mock.example/__ns/one",
    client_ip="127.0.0.1",
    headers=[
        JSON,
        ("x-a", "1"),
        ("x-a", "2"),
        ("x-a", "3"),
        ("cookie", "sid=abc; theme=dark"),
        ("authorization", "Bearer abc"),
    ],
    body=b'{"id": 7, "name": "Rex"}',
    logged=NOON + 5,
    status=201,
    response_headers=[JSON, ("set-cookie", "sid=abc")],
    response_body=b'{"id": 7, "email": "rex@a.example"}',
    elapsed=3,
    was_matched=True,
    api="pets",
    operation="createPet",
)
BREACH = violation("body", Violation("/age", "minimum", "must be at least 0", 0, -1))
REFUSED = CREATED._replace(
    id=entry_id("seed", 2),
    status=400,
    was_matched=False,
    refused=Reason(400, "body /age must be at least 0", [BREACH]),
)
LOST = Record(
    entry_id("seed", 3),
    "GET",
    "/pets/v1/pest/7",
    "http://mock.example",
    "::1",
    [],
    b"",
    NOON,
    404,
    [],
    b"",
    1,
    was_matched=False,
)
OPERATIONS = [
    Reachable("pets", "createPet", "post", "/pets/v1/pets"),
    Reachable("pets", "readPet", "get", "/pets/v1/pets/{petId}"),
    Reachable("pets", "removePet", "delete", "/pets/v1/pets/{petId}"),
    Reachable("shop", "listOrders", "get", "/shop/orders"),
]


def entry(record, keeping=None):
    return read(written(record, keeping or Redacting()))


def test_an_entry_is_as_wiremock_has_it_without_secrets_and_names():
    assert entry(CREATED) == {
        "id": CREATED.id,
        "request": {
            "url": "/pets/v1/pets?dry=1&tag=a&tag=b+c&token=REDACTED",
            "absoluteUrl": "http://mock.example/__ns/one/pets/v1/pets?dry=1&tag=a&tag=b+c&token=REDACTED",
            "method": "POST",
            "clientIp": "127.0.0.1",
            "headers": {
                "content-type": "application/json",
                "x-a": ["1", "2", "3"],
                "cookie": "REDACTED",
                "authorization": "Bearer REDACTED",
            },
            "cookies": {"sid": "REDACTED", "theme": "REDACTED"},
            "queryParams": {
                "dry": {"key": "dry", "values": ["1"]},
                "tag": {"key": "tag", "values": ["a", "b c"]},
                "token": {"key": "token", "values": ["REDACTED"]},
            },
            "loggedDate": NOON + 5,
            "loggedDateString": "2025-01-15T12:00:00.005Z",
            "body": '{"id":7,"name":"REDACTED"}',
        },
        "responseDefinition": {"status": 201},
        "response": {
            "status": 201,
            "headers": {"content-type": "application/json", "set-cookie": "REDACTED"},
            "body": '{"id":7,"email":"REDACTED"}',
        },
        "wasMatched": True,
        "timing": {"serveTime": 3, "totalTime": 3},
        "api": "pets",
        "operation": "createPet",
        "refused": None,
    }


def test_a_refused_request_says_why():
    assert entry(REFUSED)["refused"] == {
        "status": 400,
        "detail": "body /age must be at least 0",
        "violations": [
            {
                "in": "body",
                "pointer": "/age",
                "keyword": "minimum",
                "detail": "must be at least 0",
            }
        ],
    }


def test_a_body_that_is_no_text_is_kept_in_base64_where_nothing_is_redacted():
    request = entry(CREATED._replace(body=b"\xff\x00"), Verbatim())["request"]

    assert (request["body"], request["bodyAsBase64"]) == ("", "/wA=")
    assert request["cookies"] == {"sid": "abc", "theme": "dark"}


def test_a_body_that_is_large_is_cut_and_says_so():
    cut = entry(CREATED._replace(response_body=b"[" + b"0," * 40_000 + b"0]"))

    assert cut["response"]["body"] == "[CUT: more than 65536 bytes]"


def test_ids_are_uuids_that_depend_on_seed_and_number_alone():
    ids = [entry_id(seed, number) for seed in ("a", "b") for number in range(100)]

    assert ids == [entry_id(seed, number) for seed in ("a", "b") for number in range(100)]
    assert len(set(ids)) == 200
    assert {(uuid.UUID(text).version, uuid.UUID(text).variant) for text in ids} == {(8, uuid.RFC_4122)}


ENTRIES = [entry(record) for record in (LOST, CREATED, REFUSED)]
IDS = [item["id"] for item in ENTRIES]
LISTED = [
    ({}, 3, [IDS[2], IDS[1], IDS[0]]),
    ({"limit": 1}, 3, [IDS[2]]),
    ({"limit": 0}, 3, []),
    ({"unmatched": True}, 2, [IDS[2], IDS[0]]),
    ({"unmatched": True, "limit": 1}, 2, [IDS[2]]),
    ({"since": "2025-01-15T12:00:00Z"}, 2, [IDS[2], IDS[1]]),
    ({"since": "2025-01-15T13:00:00.004+01:00", "limit": 5}, 2, [IDS[2], IDS[1]]),
    ({"since": "2025-01-15T12:00:00.005Z"}, 0, []),
]


@pytest.mark.parametrize(("asked", "total", "ids"), LISTED)
def test_entries_are_listed_newest_first(asked, total, ids):
    answer = listed(ENTRIES, **asked)

    assert [item["id"] for item in answer["requests"]] == ids
    assert answer["meta"] == {"total": total}
    assert answer["requestJournalDisabled"] is False


def test_since_is_a_time():
    with pytest.raises(BadPattern, match="since is a time in ISO 8601 such as 2025-01-15T09:30:00Z, not 'yesterday'"):
        listed(ENTRIES, since="yesterday")


def test_limit_is_not_negative():
    with pytest.raises(BadPattern, match="limit is a number of entries, not -1"):
        listed(ENTRIES, limit=-1)


def test_requests_are_counted_and_found_by_pattern():
    posts = pattern({"method": "POST", "bodyPatterns": [{"matchesJsonPath": {"expression": "$.id", "equalTo": "7"}}]})

    assert counted(ENTRIES, posts) == {"count": 2, "requestJournalDisabled": False}
    assert found(ENTRIES, posts) == {
        "requests": [ENTRIES[1]["request"], ENTRIES[2]["request"]],
        "requestJournalDisabled": False,
    }
    assert removed(matching(ENTRIES, posts)) == {"serveEvents": ENTRIES[1:]}


def test_unmatched_requests_are_those_that_no_operation_took():
    assert unmatched(ENTRIES) == {
        "requests": [ENTRIES[0]["request"], ENTRIES[2]["request"]],
        "requestJournalDisabled": False,
    }


def test_a_lost_request_is_near_operations_of_like_path_and_method():
    misses = near_misses(ENTRIES[:1], OPERATIONS)["nearMisses"]
    distances = [miss["matchResult"]["distance"] for miss in misses]

    assert [miss["operation"] for miss in misses] == ["readPet", "removePet", "createPet"]
    assert misses[0]["requestPattern"] == {"method": "GET", "urlPathTemplate": "/pets/v1/pets/{petId}"}
    assert misses[0]["request"] == ENTRIES[0]["request"]
    assert distances == sorted(distances)
    assert 0 < distances[0] < 0.1 < distances[-1] <= 1


def test_a_refused_request_is_near_its_operation_and_says_why():
    [miss] = near_misses(ENTRIES[1:], OPERATIONS)["nearMisses"]

    assert (miss["api"], miss["operation"]) == ("pets", "createPet")
    assert miss["requestPattern"] == {"method": "POST", "urlPathTemplate": "/pets/v1/pets"}
    assert miss["refused"]["violations"] == [BREACH]
    assert 0 < miss["matchResult"]["distance"] < 0.1


def test_more_violations_are_further_away():
    refused = Reason(400, "many", [BREACH] * 30)
    far = near_misses([entry(REFUSED._replace(refused=refused))], OPERATIONS)["nearMisses"][0]
    near = near_misses([entry(REFUSED)], OPERATIONS)["nearMisses"][0]

    assert near["matchResult"]["distance"] < far["matchResult"]["distance"] < 1


def test_near_misses_of_a_request_that_was_never_sent():
    misses = nearest_operations({"method": "GET", "url": "/shop/order?x=1"}, OPERATIONS)["nearMisses"]

    assert misses[0]["operation"] == "listOrders"


def test_requests_near_a_pattern_are_those_that_miss_least_of_it():
    document = {"method": "POST", "urlPath": "/pets/v1/pets", "headers": {"x-a": {"equalTo": "9"}}}
    misses = nearest_requests(ENTRIES[:2], pattern(document), document)["nearMisses"]

    assert [miss["request"] for miss in misses] == [ENTRIES[1]["request"], ENTRIES[0]["request"]]
    assert [miss["matchResult"]["distance"] for miss in misses] == [0.3333, 1.0]
    assert misses[0]["requestPattern"] == document


def test_the_official_client_reads_the_answers():
    everything = RequestResponseAll.from_dict(plain(listed(ENTRIES, limit=1)))
    count = RequestCountResponse.from_dict(plain(counted(ENTRIES, pattern({}))))
    some = RequestResponseFindResponse.from_dict(plain(found(ENTRIES, pattern({"method": "GET"}))))
    near = NearMissMatchResponse.from_dict(plain(near_misses(ENTRIES[:1], OPERATIONS)))

    assert everything.meta.total == 3
    assert everything.requests[0].request.url == ENTRIES[2]["request"]["url"]
    assert everything.requests[0].response_definition.status == 400
    assert count.count == 3
    assert some.requests[0].absolute_url == "http://mock.example/pets/v1/pest/7"
    assert near.near_misses[0].match_result.distance == pytest.approx(0.0625, abs=0.05)
    assert near.near_misses[0].request.method == "GET"
    assert near.near_misses[0].request_pattern.method == "GET"


def plain(answer):
    """Return ``answer`` as it arrives at a client."""
    return orjson.loads(orjson.dumps(answer))
