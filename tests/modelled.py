"""Schemas -> their generated package, which every test of models reads, writes and serves through.

``jsonschema``, which the product does not use, says what obeys a schema.
"""

import asyncio
import importlib.util
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType, ModuleType, SimpleNamespace
from typing import Any, get_type_hints

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import BaseModel, TypeAdapter

from specwright.cli import main

Schemas = Mapping[str, Any]


def document(schemas: Schemas, version: str = "3.1.0") -> dict[str, Any]:
    """Return a contract with an operation for each of ``schemas``, which takes it and answers it."""
    return {
        "openapi": version,
        "info": {"title": "Models", "version": "1"},
        "paths": {f"/{index}": {"post": _echo(index, key)} for index, key in enumerate(schemas)},
        "components": {"schemas": schemas},
    }


def ref(key: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{key}"}


def _echo(index: int, key: str) -> dict[str, Any]:
    content = {"application/json": {"schema": ref(key)}}
    return {
        "operationId": f"echo{index}",
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "The same.", "content": content}},
    }


def generated(root: Path, documents: Mapping[str, Any]) -> dict[str, "Package"]:
    """Return the package of each of ``documents``, all generated in one run."""
    for name, contract in documents.items():
        folder = root / "specs" / name
        folder.mkdir(parents=True)
        (folder / "openapi.json").write_text(json.dumps(contract), encoding="utf-8")
    assert main(["--root", str(root), "generate"]) == 0
    return {name: Package(root / "generated" / name) for name in documents}


@dataclass(frozen=True)
class Package:
    """One generated package; ``key`` is the name of a component schema."""

    folder: Path

    @cached_property
    def module(self) -> ModuleType:
        """The package, imported by a name that no other has."""
        name = f"modelled_{self.folder.parents[1].name}_{self.folder.name}".replace("-", "_")
        spec = importlib.util.spec_from_file_location(name, self.folder / "__init__.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module

    @cached_property
    def contract(self) -> Any:
        return json.loads((self.folder / "openapi.json").read_text(encoding="utf-8"))

    @cached_property
    def _oracle(self) -> Draft202012Validator:
        return Draft202012Validator(self.contract, format_checker=FormatChecker())

    def obeys(self, key: str, value: Any) -> bool:
        """Tell whether the contract accepts ``value`` as a ``key``."""
        return bool(self._oracle.evolve(schema=ref(key)).is_valid(value))

    def adapter(self, key: str) -> TypeAdapter[Any]:
        """Return the reader and writer of the type that a handler is given for ``key``."""
        return self._adapters[key]

    @cached_property
    def _adapters(self) -> dict[str, TypeAdapter[Any]]:
        return {key: TypeAdapter(self._hints(index)["body"]) for index, key in enumerate(self._keys)}

    @cached_property
    def _keys(self) -> list[str]:
        return list(self.contract["components"]["schemas"])

    def _hints(self, index: int) -> dict[str, Any]:
        return get_type_hints(self.module.server.OPERATIONS[f"echo{index}"], include_extras=True)

    @cached_property
    def app(self) -> Any:
        """The server whose handlers answer what they are given."""

        def handler(index: int) -> Any:
            answer = self._hints(index)["return"]

            async def echo(*, body: Any) -> Any:
                return answer(body)

            return echo

        return self.module.create_app(
            SimpleNamespace(**{f"echo{index}": handler(index) for index in range(len(self._keys))})
        )

    def post(self, key: str, text: str) -> httpx.Response:
        """Send ``text`` to the operation of ``key``."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://models") as client:
                return await client.post(
                    f"/{self._keys.index(key)}", content=text.encode(), headers={"Content-Type": "application/json"}
                )

        return asyncio.run(send())


def readings(adapter: TypeAdapter[Any], value: Any) -> Iterator[Any]:
    """Yield ``value`` as it is read from Python and from JSON text, by wire names as servers do."""
    yield adapter.validate_python(value, by_alias=True, by_name=False)
    yield adapter.validate_json(json.dumps(value), by_alias=True, by_name=False)


def assert_round_trip(adapter: TypeAdapter[Any], value: Any) -> None:
    """``value`` is accepted, and is written as it came in, both ways."""
    for read in readings(adapter, value):
        assert same(adapter.dump_python(read, mode="json", by_alias=True, exclude_unset=True), value)
        assert same(json.loads(adapter.dump_json(read, by_alias=True, exclude_unset=True)), value)
        if isinstance(read, BaseModel):
            assert same(read.model_dump(mode="json"), value)
            assert same(json.loads(read.model_dump_json()), value)


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same JSON: 1.0 is 1, true is not, a missing member is not null."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other, strict=True))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def classes(value: Any) -> list[str]:
    """Return the names of the classes of all models in ``value``, outer ones first."""
    if isinstance(value, BaseModel):
        members = [getattr(value, name) for name in type(value).model_fields]
        return [type(value).__name__, *classes([*members, *(value.model_extra or {}).values()])]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [name for item in items for name in classes(item)]


# --- rows: a schema (or several, of which Target is read), values that obey it, values that do not --------------------

Case = tuple[dict[str, Any], list[Any], list[Any]]


def documents(cases: Mapping[str, Case]) -> dict[str, Any]:
    """Return the contract of each of ``cases``, which may refer to Pet."""
    pet = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    schemas = [case if "Target" in case else {"Target": case} for case, _, _ in cases.values()]
    return {f"case{index}": document({"Pet": pet, **case}) for index, case in enumerate(schemas)}


def rows(cases: Mapping[str, Case], *, accepted: bool, defects: Mapping[str, str] = MappingProxyType({})) -> list[Any]:
    """Return (package, value) of every value that is accepted, or is not; a row that is one of ``defects`` fails."""
    found = []
    for index, (name, case) in enumerate(cases.items()):
        for value in case[1 if accepted else 2]:
            label = f"{name}: {json.dumps(value)}"
            marks = [pytest.mark.xfail(strict=True, reason=defects[label])] if label in defects else []
            found.append(pytest.param(f"case{index}", value, id=label, marks=marks))
    return found


def assert_accepted(package: Package, value: Any) -> None:
    """``value`` is a Target, for the judge, the models and the server."""
    assert _has_another_judge(package.contract) or package.obeys("Target", value)
    assert_round_trip(package.adapter("Target"), value)
    reply = package.post("Target", json.dumps(value))
    assert reply.status_code == 200, reply.text
    assert same(reply.json(), value)


def assert_refused(package: Package, value: Any) -> None:
    """``value`` is no Target, for the judge and the server."""
    assert _has_another_judge(package.contract) or not package.obeys("Target", value)
    assert package.post("Target", json.dumps(value)).status_code == 400


def _has_another_judge(contract: Any) -> bool:
    """``jsonschema`` reads patterns as Python does, divides floats and knows some formats: there the row is the judge."""
    return any(f'"{keyword}": ' in json.dumps(contract) for keyword in ("pattern", "format", "multipleOf"))
