"""WireMock's request patterns over journalled requests."""

import base64

import pytest
from wiremock.client import NearMissMatchPatternRequest

from specwright.mock.matching.matchers import value_matcher
from specwright.mock.matching.patterns import BadPattern
from specwright.mock.matching.requests import pattern

PET = '{"name": "Rex", "age": 3, "tags": ["a", "b"], "owner": {"city": "Ulm"}, "none": null, "empty": []}'
REQUEST = {
    "url": "/pets/api/v1/pets/7%2F8?limit=2&tag=a&tag=b",
    "method": "POST",
    "headers": {"content-type": "application/json", "x-trace": ["one", "two"]},
    "cookies": {"theme": "dark"},
    "queryParams": {"limit": {"key": "limit", "values": ["2"]}, "tag": {"key": "tag", "values": ["a", "b"]}},
    "body": PET,
}

VALUES = [
    # matcher, value, matches
    ({"equalTo": "a"}, "a", True),
    ({"equalTo": "a"}, "A", False),
    ({"equalTo": "a"}, None, False),
    ({"equalTo": 7}, "7", True),
    ({"equalTo": "STRASSE", "caseInsensitive": True}, "straße", True),
    ({"contains": "b"}, "abc", True),
    ({"contains": "b"}, None, False),
    ({"doesNotContain": "b"}, "abc", False),
    ({"doesNotContain": "b"}, "acd", True),
    ({"doesNotContain": "b"}, None, True),
    ({"matches": "b"}, "abc", False),
    ({"matches": "a.*"}, "abc", True),
    ({"matches": "(?i)ABC|x"}, "abc", True),
    ({"matches": "a|ab"}, "ab", True),
    ({"matches": ".*"}, None, False),
    ({"doesNotMatch": "a.*"}, "abc", False),
    ({"doesNotMatch": "b"}, "abc", True),
    ({"doesNotMatch": "b"}, None, True),
    ({"absent": True}, None, True),
    ({"absent": True}, "", False),
    ({"absent": False}, "x", True),
    ({"absent": False}, None, False),
    ({"equalToJson": '{"a": 1}'}, '{ "a":1 }', True),
    ({"equalToJson": {"a": 1}}, '{"a": 1}', True),
    ({"equalToJson": {"a": 1}}, '{"a": true}', False),
    ({"equalToJson": {"a": 1}}, '{"a": 1.0}', True),
    ({"equalToJson": {"a": 1}}, '{"a": 1, "b": 2}', False),
    ({"equalToJson": {"a": 1}, "ignoreExtraElements": True}, '{"a": 1, "b": 2}', True),
    ({"equalToJson": {"a": 1}, "ignoreExtraElements": True}, '{"b": 2}', False),
    ({"equalToJson": [1, 2]}, "[2, 1]", False),
    ({"equalToJson": [1, 2], "ignoreArrayOrder": True}, "[2, 1]", True),
    ({"equalToJson": [1, 1], "ignoreArrayOrder": True}, "[1, 2]", False),
    ({"equalToJson": [1, 2], "ignoreArrayOrder": True}, "[2, 1, 3]", False),
    (
        {"equalToJson": [{"a": 1}, {"a": 1, "b": 1}], "ignoreArrayOrder": True, "ignoreExtraElements": True},
        '[{"a": 1, "b": 1}, {"a": 1}]',
        True,
    ),
    ({"equalToJson": {"id": "${json-unit.any-number}"}}, '{"id": 5}', True),
    ({"equalToJson": {"id": "${json-unit.any-number}"}}, '{"id": "5"}', False),
    ({"equalToJson": {"id": "${json-unit.ignore}"}}, '{"id": [5]}', True),
    ({"equalToJson": {}}, "no JSON", False),
    ({"equalToJson": None}, "null", True),
    ({"equalToJson": None}, None, False),
    ({"matchesJsonPath": "$.name"}, PET, True),
    ({"matchesJsonPath": "$.nope"}, PET, False),
    ({"matchesJsonPath": "$.none"}, PET, False),
    ({"matchesJsonPath": "$.empty"}, PET, False),
    ({"matchesJsonPath": "$..city"}, PET, True),
    ({"matchesJsonPath": "$.tags[?(@ == 'b')]"}, PET, True),
    ({"matchesJsonPath": "$[?(@.city == 'Ulm')]"}, PET, True),
    ({"matchesJsonPath": "$[?(@.city == 'Bonn')]"}, PET, False),
    ({"matchesJsonPath": "$[?(@.city =~ /u.*/i)]"}, PET, True),
    ({"matchesJsonPath": "$[?(@.city =~ /u/i)]"}, PET, False),
    ({"matchesJsonPath": "$.name"}, "no JSON", False),
    ({"matchesJsonPath": "$.name"}, None, False),
    ({"matchesJsonPath": {"expression": "$.name"}}, PET, True),
    ({"matchesJsonPath": {"expression": "$.name", "equalTo": "Rex"}}, PET, True),
    ({"matchesJsonPath": {"expression": "$.age", "equalTo": "3"}}, PET, True),
    ({"matchesJsonPath": {"expression": "$.tags", "equalTo": "b"}}, PET, True),
    ({"matchesJsonPath": {"expression": "$.tags", "equalToJson": ["a", "b"]}}, PET, True),
    ({"matchesJsonPath": {"expression": "$..city", "contains": "l"}}, PET, True),
    ({"matchesJsonPath": {"expression": "$.nope", "absent": True}}, PET, True),
    ({"matchesJsonPath": {"expression": "$.name", "absent": True}}, PET, False),
    ({"matchesJsonSchema": {"required": ["name"]}}, PET, True),
    ({"matchesJsonSchema": '{"required": ["nope"]}'}, PET, False),
    ({"matchesJsonSchema": {}}, "no JSON", False),
    ({"before": "2025-01-15T09:30:00Z"}, "2025-01-15T10:29:59+01:00", True),
    ({"before": "2025-01-15T09:30:00Z"}, "2025-01-15T09:30:00Z", False),
    ({"after": "2025-01-15"}, "2025-01-15T00:00:01", True),
    ({"equalToDateTime": "2025-01-15T09:30:00Z"}, "2025-01-15T10:30:00+01:00", True),
    ({"equalToDateTime": "2025-01-15T09:30:00Z"}, "yesterday", False),
    ({"after": "2025-01-15T09:30:00Z"}, None, False),
    ({"and": [{"contains": "a"}, {"doesNotContain": "b"}]}, "ab", False),
    ({"and": [{"contains": "a"}, {"contains": "b"}]}, "ab", True),
    ({"or": [{"equalTo": "x"}, {"absent": True}]}, None, True),
    ({"or": [{"equalTo": "x"}, {"equalTo": "y"}]}, "z", False),
    ({"not": {"contains": "a"}}, "b", True),
    ({"not": {"contains": "a"}}, None, True),
]


@pytest.mark.parametrize(("matcher", "value", "expected"), VALUES)
def test_a_value_matches(matcher, value, expected):
    assert value_matcher(matcher)(value) is expected


REQUESTS = [
    # pattern, matches
    ({}, True),
    ({"method": "post"}, True),
    ({"method": "ANY"}, True),
    ({"method": "GET"}, False),
    ({"url": "/pets/api/v1/pets/7%2F8?limit=2&tag=a&tag=b"}, True),
    ({"url": "/pets/api/v1/pets/7%2F8"}, False),
    ({"urlPath": "/pets/api/v1/pets/7%2F8"}, True),
    ({"urlPath": "/pets/api/v1/pets"}, False),
    ({"urlPattern": "/pets/.*limit=2.*"}, True),
    ({"urlPattern": "/pets/api"}, False),
    ({"urlPathPattern": "/pets/api/v\\d/pets/[^/]+"}, True),
    ({"urlPathPattern": "/pets/.*tag=a.*"}, False),
    ({"urlPathTemplate": "/pets/api/v1/pets/{petId}"}, True),
    ({"urlPathTemplate": "/pets/api/v1/pets"}, False),
    ({"urlPathTemplate": "/pets/api/v2/pets/{petId}"}, False),
    ({"urlPathTemplate": "/pets/api/v1/{kind}/{petId}", "pathParameters": {"petId": {"equalTo": "7/8"}}}, True),
    ({"urlPathTemplate": "/pets/api/v1/{kind}/{petId}", "pathParameters": {"kind": {"equalTo": "cats"}}}, False),
    ({"urlPathTemplate": "/other/{petId}", "pathParameters": {"petId": {"absent": True}}}, False),
    ({"queryParameters": {"limit": {"equalTo": "2"}}}, True),
    ({"queryParameters": {"tag": {"equalTo": "b"}}}, True),
    ({"queryParameters": {"tag": {"equalTo": "c"}}}, False),
    ({"queryParameters": {"nope": {"absent": True}}}, True),
    ({"queryParameters": {"Limit": {"equalTo": "2"}}}, False),
    ({"headers": {"Content-Type": {"contains": "json"}}}, True),
    ({"headers": {"X-Trace": {"equalTo": "two"}}}, True),
    ({"headers": {"X-Trace": {"absent": True}}}, False),
    ({"headers": {"X-Nope": {"equalTo": ""}}}, False),
    ({"cookies": {"theme": {"equalTo": "dark"}}}, True),
    ({"cookies": {"theme": {"equalTo": "light"}}}, False),
    ({"bodyPatterns": [{"matchesJsonPath": "$.name"}, {"contains": "Rex"}]}, True),
    ({"bodyPatterns": [{"matchesJsonPath": "$.name"}, {"contains": "Tom"}]}, False),
    ({"bodyPatterns": [{"binaryEqualTo": base64.b64encode(PET.encode()).decode()}]}, True),
    ({"bodyPatterns": [{"binaryEqualTo": "AAAA"}]}, False),
    ({"method": "POST", "urlPath": "/pets/api/v1/pets/7%2F8", "headers": {"X-Trace": {"equalTo": "x"}}}, False),
]


@pytest.mark.parametrize(("document", "expected"), REQUESTS)
def test_a_request_matches(document, expected):
    assert pattern(document)(REQUEST) is expected


def test_a_body_that_is_no_text_is_compared_as_bytes():
    binary = {**REQUEST, "body": "", "bodyAsBase64": base64.b64encode(b"\xff\x00").decode()}

    assert pattern({"bodyPatterns": [{"binaryEqualTo": "/wA="}]})(binary)
    assert not pattern({"bodyPatterns": [{"binaryEqualTo": "/wAA"}]})(binary)


def test_a_request_without_a_body_has_an_absent_one():
    assert pattern({"bodyPatterns": [{"absent": True}]})({**REQUEST, "body": ""})


REFUSED = [
    ([], 'a request pattern is an object such as {"method": "POST"}, not []'),
    ({"metod": "POST"}, "a request pattern here has no metod: it takes method, url,"),
    ({"basicAuthCredentials": {}}, "credentials are redacted, so match headers.Authorization"),
    (
        {"url": "/", "urlPath": "/"},
        "one of url, urlPath, urlPattern, urlPathPattern, urlPathTemplate, not url and urlPath",
    ),
    ({"method": 1}, "method is a text, not 1"),
    ({"urlPattern": "("}, "'(' is not a regular expression"),
    ({"urlPattern": "a)|(b"}, "'a)|(b' is not a regular expression"),
    ({"urlPathTemplate": "/a{b}"}, "in a urlPathTemplate a parameter is a whole segment, which 'a{b}' is not"),
    ({"pathParameters": {}}, "pathParameters need a urlPathTemplate that names them"),
    ({"urlPathTemplate": "/{a}", "pathParameters": {"b": {}}}, "the urlPathTemplate '/{a}' does not name b"),
    ({"headers": []}, 'headers is an object of matchers by name such as {"a": {"equalTo": "x"}}, not []'),
    ({"headers": {"a": "x"}}, 'a value is matched by an object such as {"equalTo": "x"}, not by "x"'),
    ({"headers": {"a": {"equals": "x"}}}, '{"equals":"x"} must have one matcher of equalTo, contains,'),
    ({"headers": {"a": {"equalTo": "x", "contains": "x"}}}, 'combine several with "and"'),
    (
        {"headers": {"a": {"contains": "x", "caseInsensitive": True}}},
        "contains has no option caseInsensitive: it takes none",
    ),
    ({"headers": {"a": {"contains": 1}}}, "contains is a text, not 1"),
    ({"headers": {"a": {"equalTo": "x", "caseInsensitive": 1}}}, "caseInsensitive is true or false, not 1"),
    ({"headers": {"a": {"and": {}}}}, "and is a list of matchers, not {}"),
    ({"headers": {"a": {"after": "now"}}}, 'a time is ISO 8601 such as 2025-01-15T09:30:00Z, not "now"'),
    ({"headers": {"a": {"binaryEqualTo": "AAAA"}}}, "binaryEqualTo compares whole bodies: use it in bodyPatterns"),
    ({"bodyPatterns": {}}, "bodyPatterns is a list of matchers, not {}"),
    ({"bodyPatterns": [{"binaryEqualTo": "?"}]}, 'binaryEqualTo is a text in base64, not "?"'),
    ({"bodyPatterns": [{"equalToJson": "{"}]}, 'equalToJson is JSON or the text of JSON, not "{"'),
    ({"bodyPatterns": [{"matchesJsonPath": "$["}]}, "'$[' is no JSONPath: unexpected end of query"),
    ({"bodyPatterns": [{"matchesJsonPath": "$[?match(@, 'a')]"}]}, "function 'match' is not defined"),
    ({"bodyPatterns": [{"matchesJsonPath": "$[?@ =~ /(/]"}]}, "'(' is not a regular expression"),
    ({"bodyPatterns": [{"matchesJsonPath": "$" + ".a" * 600}]}, "a JSONPath has at most 1000 characters, not 1201"),
    ({"bodyPatterns": [{"matchesJsonPath": 1}]}, 'a text or {"expression": "$.a", "equalTo": "x"}, not 1'),
    ({"bodyPatterns": [{"matchesJsonSchema": {"type": "text"}}]}, "matchesJsonSchema has no valid schema: "),
]


@pytest.mark.parametrize(("document", "message"), REFUSED)
def test_a_pattern_that_cannot_be_used_says_why(document, message):
    with pytest.raises(BadPattern) as caught:
        pattern(document)

    assert message in str(caught.value)


NESTED = "[" * 60 + "]" * 60
WIDE = f"[{','.join(['0'] * 5000)}]"
HOSTILE = [
    ({"matches": "(?:(a+)\\1?)+b"}, "a" * 200),
    ({"matchesJsonPath": f"${'..*' * 12}[?@.x == 1]"}, NESTED),
    ({"matchesJsonPath": f"${'[*, *]' * 3}[?@.x == 1]"}, f"[{','.join([WIDE] * 20)}]"),
    ({"matchesJsonPath": "$[?@ =~ /(?:(a+)\\1?)+b/]"}, f'["{"a" * 200}"]'),
    ({"equalToJson": WIDE, "ignoreArrayOrder": True}, WIDE),
]


@pytest.mark.parametrize(("matcher", "value"), HOSTILE)
def test_matching_that_would_take_for_ever_ends(matcher, value):
    with pytest.raises(BadPattern, match="takes too long to match"):
        value_matcher(matcher)(value)


def test_distance_is_the_share_of_criteria_that_are_missed():
    matcher = pattern({"method": "GET", "urlPath": "/", "headers": {"X-Trace": {"equalTo": "one"}}, "cookies": {}})

    assert matcher.distance(REQUEST) == pytest.approx(2 / 3)
    assert pattern({}).distance(REQUEST) == 0


def test_patterns_of_the_official_client_are_understood():
    asked = NearMissMatchPatternRequest(
        method="POST", url_path_pattern="/pets/.*", query_parameters={"limit": {"equalTo": "2"}}
    )

    assert pattern(asked.get_json_data())(REQUEST)
