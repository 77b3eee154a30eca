"""What a namespace plays with: the worlds of its APIs, and the fault profiles it is to suffer."""

from collections.abc import Callable, Iterable
from typing import Any

from specwright.mock.admin.ask import Ask, Refusal, checked
from specwright.mock.faults.decide import Faults
from specwright.mock.faults.profile import Profile
from specwright.mock.namespaces import Control
from specwright.mock.reply import Reply, json_reply
from specwright.mock.store import Owner


def world(ask: Ask) -> Reply:
    """Return the world of one API: what it holds besides what requests have changed."""
    api = ask.parameters["api"]
    ask.behaviour(api)
    scene, _ = ask.namespace.scene(api)
    return json_reply(scene.world.model_dump(mode="json", by_alias=True))


def put_world(ask: Ask) -> Reply:
    """Replace the world of one API; what requests have changed is forgotten."""
    api, document = ask.parameters["api"], ask.json()
    ask.world(api, document)
    _play(ask, api, lambda control: {"worlds": {**control.worlds, api: document}})
    return world(ask)


def reset_world(ask: Ask) -> Reply:
    """Give one API the world of its file again; what requests have changed is forgotten."""
    api = ask.parameters["api"]
    ask.behaviour(api)
    _play(ask, api, lambda control: {"worlds": {name: item for name, item in control.worlds.items() if name != api}})
    return world(ask)


def _play(ask: Ask, api: str, edit: Callable[[Control], dict[str, Any]]) -> None:
    """Begin anew in another world; raises Refusal, nothing changed, when the partner cannot."""
    namespaces = ask.house.namespaces
    try:
        with ask.house.store.transaction(ask.namespace.id):
            ask.house.store.clear(Owner(ask.namespace.id, api))
            namespaces.forget(ask.name)
            namespaces.edit(ask.name, edit).scene(api)  # adds what there is from the beginning
    except Exception as error:
        namespaces.forget(ask.name)
        raise Refusal(422, f"{api} cannot begin with this world: {error}") from error


def faults(ask: Ask) -> Reply:
    """Return the fault profiles of the namespace."""
    found = ask.namespace.control.faults
    profiles = [item.model_dump(mode="json", exclude_defaults=True) for item in (found.profiles if found else ())]
    return json_reply({"profiles": profiles})


def put_faults(ask: Ask) -> Reply:
    """Replace the fault profiles of the namespace; all counting begins anew."""
    document = ask.json()
    if not isinstance(document, dict) or not isinstance(document.get("profiles"), list):
        raise Refusal(422, 'send {"profiles": [...]}')
    generation = ask.house.store.count(Owner(ask.namespace.id, ""), "faults")
    now = ask.namespace.control.clock.now()
    found = checked(Faults, {**document, "since": now, "generation": generation})
    check_targets(ask, found.profiles)
    ask.house.namespaces.change(ask.name, faults=found if found.profiles else None)
    return faults(ask)


def drop_faults(ask: Ask) -> Reply:
    """Remove the fault profiles of the namespace."""
    ask.house.namespaces.change(ask.name, faults=None)
    return json_reply({})


def check_targets(ask: Ask, profiles: Iterable[Profile]) -> None:
    """Raise Refusal unless the mock has the APIs and operations that ``profiles`` name."""
    for profile in profiles:
        behaviours = [ask.behaviour(profile.api, 422)] if profile.api else ask.house.behaviours.values()
        known = [item.operation_id for some in behaviours for item in some.api.operations]
        if profile.operation is not None and profile.operation not in known:
            raise Refusal(422, f"there is no operation {profile.operation}: it may be {', '.join(known[:50])}")
