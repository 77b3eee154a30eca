"""Query parameters that are unknown, repeated or empty: each has one answer."""

from types import SimpleNamespace
from typing import Any

import pytest
from conversation import Reply, call
from modelled import generated

STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def parameter(name: str, schema: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, **more}


def operation(name: str, *parameters: Any) -> dict[str, Any]:
    answer = {"200": {"description": "As given.", "content": {"application/json": {"schema": {}}}}}
    return {"get": {"operationId": name, "parameters": list(parameters), "responses": answer}}


CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "Query", "version": "1"},
    "paths": {
        "/": operation(
            "search",
            parameter("text", STRING),
            parameter("short", {"type": "string", "minLength": 1}),
            parameter("count", INTEGER),
            parameter("flag", {"type": "boolean"}),
            parameter("page", {"type": ["integer", "null"]}),
            parameter("many", {"type": "array", "items": STRING}),
            parameter("numbers", {"type": "array", "items": INTEGER}),
            parameter("csv", {"type": "array", "items": STRING}, explode=False),
            parameter("deep", {"type": "object", "properties": {"a": STRING}}, style="deepObject"),
            parameter("unused", INTEGER, allowEmptyValue=True),
            {"name": "json", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}},
        ),
        "/required": operation("getRequired", parameter("text", STRING, required=True, allowEmptyValue=True)),
        "/open": operation("getOpen", parameter("more", {"type": "object", "additionalProperties": STRING})),
    },
}


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return generated(tmp_path_factory.mktemp("query"), {"query": CONTRACT})["query"].module


def app_of(package: Any, **options: Any) -> Any:
    def echo(answer: Any) -> Any:
        async def handler(**arguments: Any) -> Any:
            given = {name.rstrip("_"): value for name, value in arguments.items() if value is not None}
            return answer(
                {name: value if isinstance(value, str | int | list) else dict(value) for name, value in given.items()}
            )

        return handler

    handlers = {"search": package.Search200, "get_required": package.GetRequired200, "get_open": package.GetOpen200}
    return package.create_app(SimpleNamespace(**{name: echo(answer) for name, answer in handlers.items()}), **options)


@pytest.fixture(scope="module")
def app(package):
    return app_of(package)


def get(app: Any, url: str) -> Reply:
    return call(app, "GET", url)


@pytest.mark.parametrize(
    ("url", "given"),
    [
        ("/?text=", {"text": ""}),
        ("/?text", {"text": ""}),
        ("/?text=%20", {"text": " "}),
        ("/?many=", {"many": [""]}),
        ("/?many=a&many=&many=b", {"many": ["a", "", "b"]}),
        ("/?many=a&many=a", {"many": ["a", "a"]}),
        ("/?many=a,b", {"many": ["a,b"]}),
        ("/?csv=", {"csv": []}),
        ("/?csv=a,,b", {"csv": ["a", "", "b"]}),
        ("/?unused=", {}),
        ("/?unused", {}),
        ("/?unused=1", {"unused": 1}),
        ("/required?text=", {"text": ""}),
        ("/?", {}),
        ("/?&&", {}),
        ("/?&text=a&", {"text": "a"}),
        ("/?text=a=b", {"text": "a=b"}),
        ("/?t%65xt=a", {"text": "a"}),
    ],
)
def test_empty_and_repeated_values_mean_what_the_schema_makes_of_them(app, url, given):
    reply = get(app, url)

    assert (reply.status, reply.json) == (200, given)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("/?text=a&text=a", ("/text", "style")),
        ("/?text=a&text=b", ("/text", "style")),
        ("/?text=&text=", ("/text", "style")),
        ("/?count=1&count=1", ("/count", "style")),
        ("/?csv=a&csv=b", ("/csv", "style")),
        ("/?json={}&json={}", ("/json", "style")),
        ("/?deep[a]=1&deep[a]=2", ("/deep/a", "type")),
        ("/?unused=&unused=", ("/unused", "style")),
        ("/?short=", ("/short", "minLength")),
        ("/?count=", ("/count", "type")),
        ("/?count", ("/count", "type")),
        ("/?flag=", ("/flag", "type")),
        ("/?flag", ("/flag", "type")),
        ("/?page=", ("/page", "type")),
        ("/?numbers=", ("/numbers/0", "type")),
        ("/?numbers=1&numbers=", ("/numbers/1", "type")),
        ("/?json=", ("/json", "style")),
        ("/?deep=", ("/deep", "style")),
        ("/required", ("/text", "required")),
    ],
)
def test_value_that_fits_nothing_is_refused(app, url, fault):
    reply = get(app, url)

    assert (reply.status, reply.faults) == (400, [("query", *fault)])


UNKNOWN = [
    "more=1",
    "more",
    "more=1&more=2",
    "=1",
    "=",
    "Text=a",
    "TEXT=a",
    "text[]=a",
    "many[]=a",
    "m%6Fre=1",
    "text.a=1",
]


@pytest.mark.parametrize("query", UNKNOWN)
def test_unknown_parameter_is_refused_or_ignored(package, app, query):
    refused, ignored = get(app, f"/?text=a&{query}"), get(app_of(package, unknown_query="ignore"), f"/?text=a&{query}")

    assert (refused.status, [keyword for _, _, keyword in refused.faults]) == (400, ["unknown"])
    assert (ignored.status, ignored.json) == (200, {"text": "a"})


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("/?text=a&text=b&more=1", ("/text", "style")),
        ("/?count=x&more=1", ("/count", "type")),
        ("/required?more=1", ("/text", "required")),
    ],
)
def test_known_parameters_are_checked_where_unknown_ones_are_ignored(package, url, fault):
    reply = get(app_of(package, unknown_query="ignore"), url)

    assert (reply.status, reply.faults) == (400, [("query", *fault)])


def test_unknown_parameters_are_named_with_all_that_is_wrong(app):
    assert get(app, "/?more=1&count=x&other=2").faults == [
        ("query", "/more", "unknown"),
        ("query", "/other", "unknown"),
        ("query", "/count", "type"),
    ]


@pytest.mark.parametrize("options", [{}, {"unknown_query": "ignore"}, {"unknown_query": "refuse"}])
def test_parameter_of_any_name_takes_them_all(package, options):
    assert get(app_of(package, **options), "/open?a=1&b=").json == {"more": {"a": "1", "b": ""}}
