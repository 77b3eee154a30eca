"""Fault profiles: what they say, what they decide for a request, and what a client then sees on its socket."""

import asyncio
import json
import logging
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import uvicorn
from pydantic import ValidationError
from wire import connected, read, request

from specwright.mock.faults.decide import (
    Broken,
    Failed,
    Fault,
    Faults,
    Malformed,
    Occasion,
    Slow,
    Truncated,
    decide,
)
from specwright.mock.faults.profile import Connection, Profile
from specwright.mock.faults.protocol import H11, HttpTools
from specwright.mock.faults.wire import break_connection, pause, send_spoilt
from specwright.mock.reply import Reply

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
BODY = json.dumps({"id": 7, "name": "Rex", "note": "x" * 64}).encode()


class Namespace:
    """Profiles with a clock and counters of their own."""

    def __init__(self, *profiles, seed="seed"):
        self.faults = Faults.model_validate({"profiles": profiles, "since": START, "generation": 1})
        self.seed = seed
        self.counters = Counter()

    def count(self, name):
        self.counters[name] += 1
        return self.counters[name]

    def call(self, millis=0, api="lobbie", operation="create"):
        at = START + timedelta(milliseconds=millis)
        return decide(self.faults, Occasion(api, operation, at), self.seed, self.count)

    def statuses(self, count, millis=0):
        return [_status(self.call(millis)) for _ in range(count)]


def _status(fault):
    return fault.harm.status if fault else 200


# What a profile says


def test_without_profiles_nothing_happens():
    assert Namespace().call() is None


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        ({}, "the profile does nothing"),
        ({"api": "lobbie", "seed": 3}, "the profile does nothing"),
        ({"errorStatus": 200}, "greater than or equal to 400"),
        ({"errorStatus": "500"}, "valid integer"),
        ({"errorStatus": True}, "valid integer"),
        ({"errorProbability": 1.5}, "less than or equal to 1"),
        ({"errorProbability": float("nan")}, "less than or equal to 1"),
        ({"error_status": 500}, "Extra inputs are not permitted"),
        ({"fault": "EXPLODE"}, "'CONNECTION_RESET_BY_PEER', 'EMPTY_RESPONSE'"),
        ({"latency": "slow"}, "latency is a number of milliseconds"),
        ({"latency": -1}, "greater than or equal to 0"),
        ({"latency": {"type": "normal"}}, "'fixed', 'uniform', 'lognormal'"),
        ({"latency": {"type": "uniform", "lower": 9, "upper": 3}}, r"lower \(9\) is above upper \(3\)"),
        ({"truncateBodyAtFraction": 1}, "less than 1"),
        ({"quotaLimit": 3}, "needs both quotaLimit and quotaWindowMillis"),
        ({"quotaWindowMillis": 3}, "needs both quotaLimit and quotaWindowMillis"),
        ({"errorStatus": 500, "quotaName": "a"}, "quotaName names a quota that needs"),
        ({"slowResponseChunkSize": 3}, "needs both slowResponseChunkSize and slowResponseChunkDelay"),
        ({"latency": 5, "retryAfter": 5}, "retryAfter belongs to an errorStatus or a quota"),
        ({"errorStatus": 503, "retryAfter": "1\r\nSet-Cookie: a=b"}, "valid integer"),
        ({"malformedBody": True, "truncateBodyAtFraction": 0.5}, "an answer is spoilt in one way"),
    ],
)
def test_a_profile_that_makes_no_sense_is_failed(profile, message):
    with pytest.raises(ValidationError, match=message):
        Profile.model_validate(profile)


@pytest.mark.parametrize(
    "profile",
    [
        {"api": "a", "errorStatus": 500, "errorProbability": 0.5, "seed": 7, "retryAfter": 3},
        {"latency": {"type": "lognormal", "median": 80, "sigma": 0.4, "maxValue": 500}},
        {"fault": "EMPTY_RESPONSE", "dropConnectionProbability": 0.1, "outageDurationMillis": 5},
        {"quotaName": "q", "quotaLimit": 1, "quotaWindowMillis": 60_000},
    ],
)
def test_profiles_outlive_being_stored_as_json(profile):
    faults = Namespace(profile).faults

    assert Faults.model_validate_json(faults.model_dump_json()) == faults


# Which requests


@pytest.mark.parametrize(
    ("where", "api", "operation", "status"),
    [
        ({}, "lobbie", "create", 500),
        ({}, "lobbie", None, 500),
        ({"api": "lobbie"}, "lobbie", "create", 500),
        ({"api": "lobbie"}, "lobbie", None, 500),
        ({"api": "lobbie"}, "upvio", "create", 200),
        ({"operation": "create"}, "upvio", "create", 500),
        ({"operation": "create"}, "upvio", "cancel", 200),
        ({"operation": "create"}, "upvio", None, 200),
        ({"api": "lobbie", "operation": "create"}, "upvio", "create", 200),
    ],
)
def test_a_profile_applies_where_it_says(where, api, operation, status):
    assert _status(Namespace({**where, "errorStatus": 500}).call(api=api, operation=operation)) == status


@pytest.mark.parametrize(
    ("profile", "statuses"),
    [
        ({"errorStatus": 500}, [500, 500, 500, 500, 500]),
        ({"succeedFirst": 2}, [200, 200, 503, 503, 503]),
        ({"failRequestCount": 2}, [503, 503, 200, 200, 200]),
        ({"succeedFirst": 1, "failRequestCount": 2, "errorStatus": 500}, [200, 500, 500, 200, 200]),
    ],
)
def test_requests_are_counted_until_they_fail_and_until_they_recover(profile, statuses):
    assert Namespace(profile).statuses(5) == statuses


def test_an_outage_begins_and_ends_by_the_namespace_clock():
    namespace = Namespace({"outageAfterMillis": 1000, "outageDurationMillis": 500})

    statuses = {millis: _status(namespace.call(millis)) for millis in (-1, 0, 999, 1000, 1499, 1500)}

    assert statuses == {-1: 200, 0: 200, 999: 200, 1000: 503, 1499: 503, 1500: 200}


def test_an_outage_may_break_connections():
    fault = Namespace({"outageDurationMillis": 500, "fault": "EMPTY_RESPONSE"}).call()

    assert fault.harm.how is Connection.EMPTY


def test_an_error_says_when_to_come_back():
    assert Namespace({"errorStatus": 429, "retryAfter": 30}).call().harm.headers == [(b"retry-after", b"30")]
    assert Namespace({"errorStatus": 500}).call().harm.headers == []


# Chance


@pytest.mark.parametrize(
    ("profile", "share"),
    [
        ({"errorStatus": 500, "errorProbability": 0.3}, 0.3),
        ({"dropConnectionProbability": 0.05}, 0.05),
        ({"errorStatus": 500, "errorProbability": 0}, 0),
        ({"fault": "EMPTY_RESPONSE", "dropConnectionProbability": 1}, 1),
    ],
)
def test_faults_are_as_frequent_as_stated(profile, share):
    namespace = Namespace(profile)

    harmed = sum(namespace.call() is not None for _ in range(1000))

    assert harmed == pytest.approx(1000 * share, abs=40 if 0 < share < 1 else 0)


def test_breaks_and_errors_are_chosen_apart():
    namespace = Namespace({"dropConnectionProbability": 0.5, "errorStatus": 500, "errorProbability": 0.5})

    kinds = Counter(type(fault.harm) if (fault := namespace.call()) else None for _ in range(1000))

    assert kinds == {
        Broken: pytest.approx(500, abs=60),
        Failed: pytest.approx(250, abs=60),
        None: pytest.approx(250, abs=60),
    }


def test_chance_follows_from_the_seed():
    profile = {"errorStatus": 500, "errorProbability": 0.5}
    seeded = {**profile, "seed": 42}

    assert Namespace(profile).statuses(50) == Namespace(profile).statuses(50)
    assert Namespace(profile).statuses(50) != Namespace(profile, seed="other").statuses(50)
    assert Namespace(seeded).statuses(50) == Namespace(seeded, seed="other").statuses(50)
    assert Namespace(seeded).statuses(50) != Namespace(profile).statuses(50)


def test_a_set_of_profiles_counts_anew():
    namespace = Namespace({"failRequestCount": 1}, {"quotaLimit": 2, "quotaWindowMillis": 1000})
    again = Namespace()
    again.counters, again.faults = namespace.counters, namespace.faults.model_copy(update={"generation": 2})

    assert namespace.statuses(3) == again.statuses(3) == [503, 200, 429]


def test_chance_is_the_same_on_every_machine_and_in_every_release():
    assert Namespace({"errorStatus": 500, "errorProbability": 0.5}).statuses(8) == [
        200,
        500,
        200,
        500,
        500,
        200,
        500,
        500,
    ]


def test_a_profile_before_another_does_not_change_its_chances():
    profile = {"errorStatus": 500, "errorProbability": 0.5}

    assert Namespace({"latency": 0}, profile).statuses(50) == Namespace(profile).statuses(50)


def test_processes_share_the_count():
    namespace = Namespace({"succeedFirst": 3})
    other = Namespace({"succeedFirst": 3})
    other.counters = namespace.counters

    assert [_status(each.call()) for each in (namespace, other, namespace, other)] == [200, 200, 200, 503]


@pytest.mark.parametrize(
    ("latency", "low", "middle", "high"),
    [
        (250, 0.25, 0.25, 0.25),
        ({"type": "fixed", "milliseconds": 250}, 0.25, 0.25, 0.25),
        ({"type": "uniform", "lower": 100, "upper": 300}, 0.1, 0.2, 0.3),
        ({"type": "lognormal", "median": 80, "sigma": 0.4, "maxValue": 150}, 0.0, 0.08, 0.15),
    ],
)
def test_latency_is_distributed_as_stated(latency, low, middle, high):
    namespace = Namespace({"latency": latency})

    delays = sorted(namespace.call().delay for _ in range(1001))

    assert low <= delays[0]
    assert delays[500] == pytest.approx(middle, rel=0.1)
    assert delays[-1] == pytest.approx(high, rel=0.01)


# Quotas


def test_a_quota_admits_so_many_requests_in_each_window():
    namespace = Namespace({"quotaLimit": 2, "quotaWindowMillis": 60_000})

    assert namespace.statuses(3, millis=0) == [200, 200, 429]
    assert namespace.statuses(1, millis=59_999) == [429]
    assert namespace.statuses(3, millis=60_000) == [200, 200, 429]


@pytest.mark.parametrize(("millis", "left"), [(0, b"60"), (1, b"60"), (59_000, b"1"), (59_999, b"1"), (60_000, b"60")])
def test_who_exceeds_a_quota_learns_when_the_window_ends(millis, left):
    refused = Namespace({"quotaLimit": 0, "quotaWindowMillis": 60_000}).call(millis).harm

    assert refused.headers == [(b"retry-after", left)]


def test_profiles_that_name_a_quota_share_it():
    quota = {"quotaName": "shared", "quotaLimit": 1, "quotaWindowMillis": 60_000}
    namespace = Namespace({**quota, "operation": "create"}, {**quota, "operation": "cancel", "quotaErrorStatus": 503})

    assert _status(namespace.call(operation="create")) == 200
    assert _status(namespace.call(operation="cancel")) == 503
    assert _status(namespace.call(operation="create")) == 429


def test_a_quota_without_a_name_is_its_own():
    quota = {"quotaLimit": 1, "quotaWindowMillis": 60_000}
    namespace = Namespace({**quota, "operation": "create"}, {**quota, "operation": "cancel"})

    assert [_status(namespace.call(operation=name)) for name in ("create", "cancel")] == [200, 200]


def test_a_quota_goes_before_other_faults_and_holds_when_they_are_not_due():
    namespace = Namespace({"quotaLimit": 2, "quotaWindowMillis": 1000, "retryAfter": 9, "failRequestCount": 1})
    faulty = Namespace({"quotaLimit": 1, "quotaWindowMillis": 1000, "errorStatus": 500, "latency": 5})

    assert namespace.statuses(3) == [200, 200, 429]
    assert namespace.call().harm == Failed(429, 9)
    assert [faulty.call(), faulty.call()] == [Fault(0.005, Failed(500, None)), Fault(0, Failed(429, 1))]


# Several at once


def test_delays_add_up_and_the_first_harm_counts():
    namespace = Namespace({"latency": 100}, {"latency": 50, "errorStatus": 500}, {"errorStatus": 502})

    assert namespace.call() == Fault(pytest.approx(0.15), Failed(500, None))


@pytest.mark.parametrize(
    ("profile", "harm"),
    [
        ({"truncateBodyAtFraction": 0.5}, Truncated(0.5)),
        ({"malformedBody": True}, Malformed()),
        ({"slowResponseChunkSize": 10, "slowResponseChunkDelay": 20}, Slow(10, 0.02)),
        ({"malformedBody": True, "errorStatus": 500, "errorProbability": 0}, Malformed()),
        ({"malformedBody": True, "errorStatus": 500}, Failed(500, None)),
    ],
)
def test_an_answer_is_spoilt_when_there_is_one(profile, harm):
    assert Namespace(profile).call() == Fault(harm=harm)


# On the wire

HARMS = {how.value: Broken(how, b"\x00\xffgarbage") for how in Connection} | {
    "half": Truncated(0.5),
    "nothing": Truncated(0),
    "malformed": Malformed(),
    "slow": Slow(7, 0),
    "slower": Slow(7, 600),
}
SERVERS = [(HttpTools, "asyncio"), (HttpTools, "uvloop"), (H11, "asyncio"), (H11, "uvloop")]


async def app(scope, receive, send):
    """Read the request, then answer as its path wants it: ``/HARM/STATUS``."""
    while (await receive()).get("more_body"):
        pass
    _, harm, status = scope["path"].split("/")
    if status == "late":
        assert (await receive())["type"] == "http.disconnect"
        status = "200"
    headers = [(b"content-type", b"application/json"), (b"Transfer-Encoding", b"chunked")]
    answer = Reply(int(status), [] if status == "204" else headers, b"" if status == "204" else BODY)
    harm = HARMS.get(harm)
    if isinstance(harm, Broken):
        await break_connection(harm, scope, send)
    elif harm:
        await send_spoilt(harm, answer, scope, send)
    else:
        await answer.send(scope["method"], send)


@contextmanager
def serving(protocol, loop):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, http=protocol, loop=loop, lifespan="off", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive(), "a request hangs"


@pytest.fixture(scope="module", params=SERVERS, ids=lambda item: f"{item[0].__name__}-{item[1]}")
def port(request) -> Iterator[int]:
    with serving(*request.param) as port:
        yield port


@pytest.fixture(autouse=True)
def _no_complaints(caplog):
    """The server has nothing to complain of: it knows what was done to its connections."""
    with caplog.at_level(logging.WARNING):
        yield
    assert [record.getMessage() for record in caplog.get_records("call")] == []


def get(path, *headers, method=b"GET"):
    return request(path, b"", *headers, method=method)


def received(port, data):
    """Return the bytes that come back for ``data`` until the server closes, and how that ends."""
    with connected(port) as client:
        client.sendall(data)
        pieces = []
        try:
            while piece := client.recv(65536):
                pieces.append(piece)
        except ConnectionResetError:
            return b"".join(pieces), "reset"
        return b"".join(pieces), "closed"


@pytest.mark.parametrize("body", [b"", b"a body"])
def test_a_connection_is_reset(port, body):
    assert received(port, request("/CONNECTION_RESET_BY_PEER/200", body)) == (b"", "reset")


def test_a_connection_is_closed_without_an_answer(port):
    assert received(port, get("/EMPTY_RESPONSE/200")) == (b"", "closed")


def test_a_connection_is_closed_after_random_data(port):
    assert received(port, get("/RANDOM_DATA_THEN_CLOSE/200")) == (b"\x00\xffgarbage", "closed")


def test_a_chunk_is_malformed(port):
    data, end = received(port, get("/MALFORMED_RESPONSE_CHUNK/200"))
    head, _, rest = data.partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\ntransfer-encoding: chunked" in head.lower()
    assert (rest, end) == (b"no size of a chunk\r\n\x00\xffgarbage", "closed")


@pytest.mark.parametrize(("harm", "kept"), [("half", BODY[:50]), ("nothing", b"")])
def test_a_body_is_truncated_though_its_length_is_that_of_the_whole(port, harm, kept):
    data, end = received(port, get(f"/{harm}/201"))
    head, _, rest = data.partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 201 Created\r\n")
    assert b"\r\ncontent-length: 100" in head.lower()
    assert b"transfer-encoding" not in head.lower()
    assert (rest, end) == (kept, "closed")


@pytest.mark.parametrize("harm", [*list(Connection), "half", "nothing"])
def test_nothing_follows_a_broken_answer(port, harm):
    data, _ = received(port, get("/no/200") + get(f"/{harm}/200") + get("/no/202") + get("/no/202"))

    assert b" 202 " not in data


def test_a_body_is_malformed_in_sound_framing_and_the_connection_goes_on(port):
    with connected(port) as client:
        client.sendall(get("/malformed/200") + get("/no/202"))
        malformed, sound = read(client, 2, "GET")

    with pytest.raises(json.JSONDecodeError):
        json.loads(malformed.body)
    assert (malformed.status, malformed.headers["content-length"]) == (200, "51")
    assert (sound.status, sound.body) == (202, BODY)


def test_a_slow_body_is_whole_and_the_connection_goes_on(port):
    with connected(port) as client:
        client.sendall(get("/slow/200") + get("/no/202"))
        slow, sound = read(client, 2, "GET")

    assert (slow.status, slow.headers["content-length"], slow.body) == (200, "100", BODY)
    assert (sound.status, sound.body) == (202, BODY)


def test_a_slow_body_comes_in_pieces_as_long_as_there_is_a_client(port):
    with connected(port) as client:
        client.sendall(get("/slower/200"))
        stream = client.makefile("rb")
        while stream.readline() != b"\r\n":
            pass

        assert stream.read1(100) == BODY[:7]
    # The rest would take hours: unless the server stops sending, it does not end.


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("status", [200, 204, 304])
def test_an_answer_without_a_body_is_left_without(port, harm, status):
    data, _ = received(port, get(f"/{harm}/{status}", b"Connection: close", method=b"HEAD"))

    assert BODY[:7] not in data
    assert b"content-length: 0" not in data


@pytest.mark.parametrize("server", SERVERS)
def test_a_client_that_has_gone_before_is_no_trouble(server):
    with serving(*server) as port:
        for harm in HARMS:
            with connected(port) as client:
                client.sendall(get(f"/{harm}/late"))
        assert received(port, get("/no/200", b"Connection: close"))[1] == "closed"


def test_all_of_a_large_answer_but_its_end_arrives(port, monkeypatch):
    monkeypatch.setitem(globals(), "BODY", b"x" * 5_000_000)

    data, end = received(port, get("/half/200"))

    assert (len(data.partition(b"\r\n\r\n")[2]), end) == (2_500_000, "closed")


# Without a server that hands over its connection


@pytest.mark.parametrize(("harm", "bodies"), [*((how, []) for how in Connection), ("half", [BODY[:50]])])
def test_in_process_a_broken_connection_is_an_error(harm, bodies):
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    with pytest.raises(ConnectionResetError, match="a fault profile breaks this connection"):
        asyncio.run(app({"type": "http", "method": "GET", "path": f"/{harm}/200"}, receive, send))

    assert [message.get("body") for message in sent[1:]] == bodies


def test_in_process_delays_are_delays():
    asyncio.run(pause(0.001, {"type": "http"}))
