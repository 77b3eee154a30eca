"""What a mock does for a contract that has no partner.py: resources that are inferred from its paths."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from conftest import GOLDEN
from conversation import Reply, call
from fuzzing import failures
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from specwright.cli import main
from specwright.mock.clock import Clock
from specwright.mock.contract.resources import plain, steps
from specwright.mock.server import load
from specwright.mock.settings import Settings
from specwright.plan import planned
from specwright.workspace import Workspace

CONTRACTS = Path(__file__).with_name("contracts")
SHOP = CONTRACTS / "shop" / "openapi.yaml"
REQUEST_ID = ("x-request-id", "3f2504e0-4f89-41d3-9a0c-0305e82c3301")
IMPOSSIBLE = """
openapi: 3.1.0
info: {title: Impossible, version: "1"}
paths:
  /impossible:
    get:
      operationId: getImpossible
      responses:
        "200":
          description: Nothing is both.
          content: {application/json: {schema: {allOf: [{type: object}, {type: integer}]}}}
"""
NOON = datetime(2031, 5, 6, 12, tzinfo=UTC)


class Client:
    """Talks to one API of a mock in a namespace of its own."""

    def __init__(self, mock, name, namespace):
        self.mock, self._name, self.namespace = mock, name, namespace

    def __call__(self, method, path, body=None) -> Reply:
        headers = [("x-mock-namespace", self.namespace), ("host", "mock.test"), REQUEST_ID]
        if body is None:
            return call(self.mock, method, f"/{self._name}{path}", headers)
        kind = ("content-type", "application/json")
        return call(self.mock, method, f"/{self._name}{path}", [*headers, kind], [json.dumps(body).encode()])

    def freeze(self, instant):
        self.mock.namespaces.get(self.namespace)
        self.mock.namespaces.change(self.namespace, clock=Clock(frozen=instant))


def planned_api(name):
    folder = Path(sys.modules[f"generated.{name}"].__file__).parent
    return planned((folder / "openapi.json").read_text())


NAMESPACES = (f"test-{number}" for number in count())


@pytest.fixture(scope="module")
def mock(tmp_path_factory) -> Iterator:
    root = tmp_path_factory.mktemp("resources")
    crud = GOLDEN / "crud" / "specs" / "crud" / "openapi.yaml"
    zoo = CONTRACTS / "zoo" / "openapi.yaml"
    contracts = {"shop": SHOP.read_text(), "crud": crud.read_text(), "zoo": zoo.read_text(), "impossible": IMPOSSIBLE}
    for name, text in contracts.items():
        folder = root / "specs" / f"resources_{name}"
        folder.mkdir(parents=True)
        (folder / "openapi.yaml").write_text(text)
    assert main(["--root", str(root), "generate"]) == 0
    workspace = Workspace(root)
    kept, path = taken_out(), [*sys.path]
    yield load(workspace, workspace.sources(), Settings(auth="off"))
    taken_out()
    sys.modules.update(kept)
    sys.path[:] = path


def taken_out():
    """Forget the package ``generated``, of which a process has but one, and return its modules."""
    names = [name for name in sys.modules if name.partition(".")[0] == "generated"]
    return {name: sys.modules.pop(name) for name in names}


@pytest.fixture
def shop(mock):
    return Client(mock, "resources_shop", next(NAMESPACES))


@pytest.fixture
def crud(mock):
    return Client(mock, "resources_crud", next(NAMESPACES))


# --- one item ---------------------------------------------------------------------------------------------------------


def test_what_was_created_is_there(shop):
    made = shop("POST", "/owners", {"name": "Ada", "city": "Bath"})

    assert made.status == 201
    assert (made.json["name"], made.json["city"]) == ("Ada", "Bath")
    assert isinstance(made.json["id"], int)
    assert shop("GET", f"/owners/{made.json['id']}").json == made.json
    assert shop("GET", "/owners").json == [made.json]


def test_what_the_request_leaves_open_comes_from_the_example(shop):
    assert shop("POST", "/owners", {"name": "Ada"}).json["city"] == "York"


def test_ids_differ(shop):
    ids = [shop("POST", "/owners", {"name": "Ada"}).json["id"] for _ in range(3)]

    assert len(set(ids)) == 3


def test_ids_are_the_same_for_the_same_seed(mock):
    one, other = (Client(mock, "resources_shop", next(NAMESPACES)) for _ in range(2))
    for client in (one, other):
        mock.namespaces.get(client.namespace)
        mock.namespaces.change(client.namespace, seed="same")

    assert one("POST", "/owners", {"name": "Ada"}).content == other("POST", "/owners", {"name": "Ada"}).content


def test_namespaces_share_nothing(mock, shop):
    made = shop("POST", "/owners", {"name": "Ada"}).json

    assert Client(mock, "resources_shop", next(NAMESPACES))("GET", f"/owners/{made['id']}").status == 404


def test_patch_merges(shop):
    made = shop("POST", "/owners", {"name": "Ada", "address": {"street": "A", "floor": 1}}).json

    changed = shop("PATCH", f"/owners/{made['id']}", {"address": {"floor": None, "door": "left"}})

    assert changed.status == 200
    assert changed.json == {**made, "address": {"street": "A", "door": "left"}}
    assert shop("GET", f"/owners/{made['id']}").json == changed.json


def test_numbers_of_any_size_are_kept(shop):
    made = shop("POST", "/owners", {"name": "Ada", "address": {"number": 2**70}}).json

    assert made["address"] == {"number": 2**70}
    assert shop("GET", f"/owners/{made['id']}").json == made
    assert shop("GET", "/owners").json == [made]


def test_put_replaces_what_clients_can_set(shop):
    made = shop("POST", "/owners", {"name": "Ada", "city": "Bath"}).json

    changed = shop("PUT", f"/owners/{made['id']}", {"name": "Bo"})

    assert changed.json["name"] == "Bo"
    assert "city" not in changed.json
    assert changed.json["id"] == made["id"]
    assert shop("GET", f"/owners/{made['id']}").json == changed.json


def test_an_update_that_the_response_does_not_allow_changes_nothing(shop):
    made = shop("POST", "/owners", {"name": "Ada"}).json

    refused = shop("PATCH", f"/owners/{made['id']}", {"name": "far too long for an owner", "city": "Bath"})

    assert (refused.status, refused.json) == (200, made)
    assert shop("GET", f"/owners/{made['id']}").json == made


def test_an_update_never_changes_the_id(shop):
    made = shop("POST", "/owners", {"name": "Ada"}).json

    assert shop("PATCH", f"/owners/{made['id']}", {"id": 7, "city": "Bath"}).json["id"] == made["id"]


def test_what_was_deleted_is_not_there(shop):
    path = f"/owners/{shop('POST', '/owners', {'name': 'Ada'}).json['id']}"

    assert shop("DELETE", path).status == 204
    assert [shop(method, path).status for method in ("GET", "DELETE")] == [404, 404]
    assert shop("PATCH", path, {"name": "Bo"}).status == 404
    assert shop("GET", "/owners").json == []


def test_a_404_says_why_in_the_words_of_the_contract(shop):
    path = f"/owners/{shop('POST', '/owners', {'name': 'Ada'}).json['id']}"
    shop("DELETE", path)

    assert shop("GET", path).json == {"message": f"there is no {path}: it was deleted"}
    assert shop("GET", "/owners/7").json == {"message": "there is no /owners/7: it was never created"}


def test_nothing_is_below_what_was_deleted(shop):
    path = f"/owners/{shop('POST', '/owners', {'name': 'Ada'}).json['id']}"
    shop("POST", f"{path}/pets", {"name": "Rex"})
    shop("DELETE", path)

    assert shop("GET", f"{path}/pets").status == 404
    assert shop("GET", f"{path}/invoice").status == 404


def test_an_update_may_say_in_its_body_which_item_it_means(shop):
    made = shop("POST", "/toys", {"name": "Ball", "price": 3}).json

    assert shop("PUT", "/toys", {"id": made["id"], "name": "Bone"}).json == {"id": made["id"], "name": "Bone"}
    assert shop("GET", f"/toys/{made['id']}").json["name"] == "Bone"
    assert shop("PUT", "/toys", {"id": 7, "name": "Bone"}).status == 404


def test_a_post_to_an_item_changes_it(shop):
    made = shop("POST", "/toys", {"name": "Ball", "price": 3}).json

    assert shop("POST", f"/toys/{made['id']}?name=Bone").json == {**made, "name": "Bone"}
    assert shop("GET", f"/toys/{made['id']}").json["name"] == "Bone"


# --- ids --------------------------------------------------------------------------------------------------------------


def test_id_is_in_an_envelope_and_of_its_format(shop):
    made = shop("POST", "/owners/1/pets", {"pet": {"name": "Rex"}}).json

    assert made["data"]["name"] == "Rex"
    assert UUID(made["data"]["pet_id"]).version == 4
    assert shop("GET", f"/owners/1/pets/{made['data']['pet_id']}").json == made


def test_id_obeys_its_pattern(shop):
    codes = [shop("POST", "/coupons", {"percent": 5}).json["code"] for _ in range(3)]

    assert len(set(codes)) == 3
    assert all(code[:2].isupper() and code[2:].isdecimal() and len(code) == 5 for code in codes)
    assert shop("GET", f"/coupons/{codes[0]}").json["percent"] == 5


def test_the_client_may_choose_the_id(shop):
    made = shop("POST", "/coupons", {"code": "AB123", "percent": 7})

    assert made.json == {"code": "AB123", "percent": 7}
    assert shop("GET", "/coupons/AB123").json == made.json


def test_an_id_that_is_taken_is_a_conflict_where_the_contract_has_one(shop):
    shop("POST", "/coupons", {"code": "AB123", "percent": 7})

    assert shop("POST", "/coupons", {"code": "AB123", "percent": 8}).status == 409
    assert shop("GET", "/coupons/AB123").json["percent"] == 7


def test_put_creates_where_the_contract_says_so(shop):
    assert shop("GET", "/tags/red").status == 404
    assert shop("PUT", "/tags/red", {"color": "f00"}).status == 201
    assert shop("PUT", "/tags/red", {"color": "e00"}).status == 200
    assert shop("GET", "/tags/red").json == {"name": "red", "color": "e00"}
    assert shop("DELETE", "/tags/red").status == 204
    assert shop("GET", "/tags/red").status == 404
    assert shop("PUT", "/tags/red", {"color": "d00"}).status == 201
    assert shop("GET", "/tags").json == {"tags": [{"name": "red", "color": "d00"}], "more": False}


def test_what_nobody_can_create_is_there_from_the_start(shop):
    assert shop("GET", "/rooms/3").json == {"id": 3, "name": "Blue", "seats": 4}
    assert shop("PATCH", "/rooms/3", {"seats": 6}).json == {"id": 3, "name": "Blue", "seats": 6}
    assert shop("GET", "/rooms/3").json["seats"] == 6
    assert shop("GET", "/rooms/4").json["seats"] == 4


# --- lists ------------------------------------------------------------------------------------------------------------


def test_collections_of_two_parents_are_two(shop):
    one = shop("POST", "/owners/1/pets", {"pet": {"name": "Rex"}}).json["data"]
    other = shop("POST", "/owners/2/pets", {"pet": {"name": "Tom"}}).json["data"]

    assert shop("GET", "/owners/1/pets").json["data"] == [one]
    assert shop("GET", "/owners/2/pets").json["data"] == [other]
    assert shop("GET", f"/owners/2/pets/{one['pet_id']}").status == 404


def test_limit_and_offset_choose_a_page(shop):
    names = [shop("POST", "/owners", {"name": name}).json["name"] for name in "abcde"]

    page = shop("GET", "/owners?offset=1&limit=2").json

    assert [owner["name"] for owner in page] == names[1:3]


def test_a_list_shows_what_it_declares(shop):
    made = shop("POST", "/orders", {"item": "ball", "amount": 3}).json

    assert "amount" in made
    assert shop("GET", "/orders").json["orders"] == [{"orderId": made["orderId"], "item": "ball"}]


# --- what servers set -------------------------------------------------------------------------------------------------


def test_times_follow_the_clock(shop):
    shop.freeze(NOON)
    made = shop("POST", "/orders", {"item": "ball"}).json
    shop.freeze(NOON.replace(hour=13))
    changed = shop("PATCH", f"/orders/{made['orderId']}", {"amount": 2}).json

    assert (made["createdAt"], made["updated_at"]) == ("2031-05-06T12:00:00Z", "2031-05-06T12:00:00Z")
    assert (changed["createdAt"], changed["updated_at"]) == ("2031-05-06T12:00:00Z", "2031-05-06T13:00:00Z")


def test_location_leads_to_the_item(shop):
    made = shop("POST", "/owners", {"name": "Ada"})

    assert made.headers["location"] == f"/resources_shop/owners/{made.json['id']}"
    assert shop("GET", made.headers["location"].removeprefix("/resources_shop")).json == made.json


def test_location_names_the_namespace_that_the_path_named(mock):
    body = [b'{"name": "Ada"}']
    headers = [("content-type", "application/json")]
    made = call(mock, "POST", "/__ns/located/resources_shop/owners", headers, body)

    assert made.headers["location"] == f"/__ns/located/resources_shop/owners/{made.json['id']}"
    assert call(mock, "GET", made.headers["location"]).json == made.json


def test_location_is_a_whole_uri_where_it_must_be_one(crud):
    made = crud("POST", "/pets", {"name": "Rex"})

    assert made.headers["location"] == f"http://mock.test/resources_crud/pets/{made.json['id']}"


# --- contracts that say less ------------------------------------------------------------------------------------------


def test_deleted_is_404_though_the_contract_declares_none(shop):
    path = f"/notes/{shop('POST', '/notes', {'text': 'x'}).json['id']}"

    assert shop("GET", "/notes/never-made").json == {"id": "never-made", "text": "Buy milk."}
    assert [shop("DELETE", path).status for _ in range(2)] == [204, 204]
    assert shop("GET", path).status == 404


def test_crud_of_the_golden_contract(crud):
    made = crud("POST", "/pets", {"name": "Rex"}).json
    path = f"/pets/{made['id']}"

    assert crud("GET", "/pets").json == [made]
    assert crud("PUT", path, {"name": "Bo"}).json == {**made, "name": "Bo"}
    assert crud("GET", path).json["name"] == "Bo"
    assert crud("DELETE", path).status == 204
    assert crud("GET", path).status == 404
    assert crud("PUT", path, {"name": "Bo"}).status == 404


def test_what_is_no_resource_is_answered_from_the_contract(shop):
    assert shop("POST", "/search", {"text": "ball"}).json == {"text": "ball", "hits": [1]}
    assert shop("GET", "/owners/1/invoice").json == {"total": 10}


def test_a_response_that_nothing_obeys_is_a_500_that_names_its_schema(mock, caplog):
    reply = call(mock, "GET", "/resources_impossible/impossible")

    assert reply.status == 500
    assert "/paths/~1impossible/get/responses/200/content/application~1json/schema" in reply.json["detail"]
    assert caplog.records == []


# --- the plan ---------------------------------------------------------------------------------------------------------


def test_roles_are_told_by_paths_and_methods(mock):
    some = steps(planned_api("resources_shop")).values()
    found = {f"{step.operation.method.upper()} {step.operation.path}": step.role for step in some}

    assert found["POST /owners"] == "create"
    assert found["GET /owners/{id}/pets"] == "list"
    assert found["PUT /tags/{name}"] == "replace"
    assert "POST /search" not in found
    assert "GET /owners/{id}/invoice" not in found


def test_styles_of_names_do_not_matter():
    assert {plain(name) for name in ("petId", "pet_id", "PET-ID")} == {"petid"}


# --- by chance ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["shop", "crud", "zoo"])
def test_resources_keep_their_contract_under_fuzz(mock, name):
    api = planned_api(f"resources_{name}")

    async def app(scope, receive, send):  # Schemathesis ends the lifespan after every phase, and the store with it
        if scope["type"] == "http":
            await mock(scope, receive, send)
            return
        for event in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{event}.complete"})

    assert list(failures(api, app, f"/resources_{name}{api.base_path}")) == []


# --- against a reference ----------------------------------------------------------------------------------------------

NAMES = st.text("abcxyz", min_size=1, max_size=8)
FIELDS = st.fixed_dictionaries({"name": NAMES}, optional={"city": NAMES})
PATCHES = st.fixed_dictionaries({}, optional={"name": NAMES, "city": st.none() | NAMES})


class Owners(RuleBasedStateMachine):
    """Does to a mock what it does to a dict."""

    client: Client
    ids = Bundle("ids")
    deleted = Bundle("deleted")

    @initialize()
    def begin(self):
        self.shop = Client(self.client.mock, "resources_shop", next(NAMESPACES))
        self.owners: dict[int, dict] = {}

    @rule(target=ids, fields=FIELDS)
    def create(self, fields):
        made = self.shop("POST", "/owners", fields)
        assert made.status == 201
        assert made.json["id"] not in self.owners
        assert fields.items() <= made.json.items()
        self.owners[made.json["id"]] = made.json
        return made.json["id"]

    @rule(key=ids)
    def read(self, key):
        assert self.shop("GET", f"/owners/{key}").json == self.owners[key]

    @rule(key=ids, fields=FIELDS)
    def replace(self, key, fields):
        kept = {name: value for name, value in self.owners[key].items() if name not in ("name", "city", "address")}
        assert self.shop("PUT", f"/owners/{key}", fields).json == {**kept, **fields}
        self.owners[key] = {**kept, **fields}

    @rule(key=ids, patch=PATCHES)
    def merge(self, key, patch):
        merged = {**self.owners[key], **patch}
        self.owners[key] = {name: value for name, value in merged.items() if value is not None}
        assert self.shop("PATCH", f"/owners/{key}", patch).json == self.owners[key]

    @rule(target=deleted, key=consumes(ids))
    def delete(self, key):
        assert self.shop("DELETE", f"/owners/{key}").status == 204
        del self.owners[key]
        return key

    @rule(key=deleted)
    def miss(self, key):
        assert self.shop("GET", f"/owners/{key}").status == 404
        assert self.shop("PATCH", f"/owners/{key}", {"name": "x"}).status == 404

    @rule(offset=st.integers(0, 4), limit=st.integers(1, 4))
    def page(self, offset, limit):
        page = self.shop("GET", f"/owners?offset={offset}&limit={limit}").json
        assert page == list(self.owners.values())[offset : offset + limit]

    @invariant()
    def list_is_what_there_is(self):
        if hasattr(self, "shop"):
            assert self.shop("GET", "/owners").json == list(self.owners.values())


def test_resources_behave_as_a_dict_does(shop):
    Owners.client = shop
    run_state_machine_as_test(Owners, settings=settings(max_examples=200, stateful_step_count=15, deadline=None))
