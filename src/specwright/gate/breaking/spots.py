"""A way through a contract that follows references and remembers where it stands."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from specwright.spec.pointer import escape, resolve

_MOST_STEPS = 100


class Spot:
    """A value of a contract and its JSON Pointer, references followed."""

    def __init__(self, contract: Any, pointer: str, value: Any) -> None:
        steps = 0
        while isinstance(value, dict) and isinstance(value.get("$ref"), str) and steps < _MOST_STEPS:
            pointer, steps = unquote(value["$ref"][1:]), steps + 1
            value = resolve(contract, pointer)
        self.contract, self.pointer, self.value = contract, pointer, value

    def __bool__(self) -> bool:
        return self.value is not None

    def get(self, key: str) -> "Spot":
        """Return what stands under ``key``; its value is None when nothing does."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return Spot(self.contract, f"{self.pointer}/{escape(key)}", value)

    def plain(self, key: str, default: Any = None) -> Any:
        """Return the value under ``key`` as it is."""
        return self.value.get(key, default) if isinstance(self.value, dict) else default

    def below(self, key: str) -> str:
        """Return the pointer of ``key``, no reference followed."""
        return f"{self.pointer}/{escape(key)}"

    def members(self) -> Iterator[tuple[str, "Spot"]]:
        """Yield the members of an object, extensions aside."""
        for key in self.value if isinstance(self.value, dict) else ():
            if not key.startswith("x-"):
                yield key, self.get(key)

    def items(self) -> Iterator["Spot"]:
        """Yield the items of a list."""
        for index, item in enumerate(self.value if isinstance(self.value, list) else ()):
            yield Spot(self.contract, f"{self.pointer}/{index}", item)
