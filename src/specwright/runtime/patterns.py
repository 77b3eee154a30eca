"""A regular expression -> a text that it matches. The only module that knows the library for it."""

import random
import re
from typing import Any


class Steady(random.Random):
    """The same choices in every process: the characters of ``[^a]`` come from a set, whose order is another in each."""

    def choice(self, seq: Any) -> Any:
        """Return one of ``seq``."""
        return super().choice(sorted(seq, key=str))


def matching(pattern: str, least: int, most: int, source: Steady, tries: int) -> str:
    """Return a text of ``least`` to ``most`` characters that ``pattern`` matches, any other if ``tries`` do not find one."""
    # Imported here because most contracts have an example for every pattern.
    import rstr

    generator = rstr.Rstr(source)
    text = "string"
    try:
        for _ in range(tries):
            text = str(generator.xeger(pattern))
            for candidate in (text, text.ljust(least, "x")):
                if least <= len(candidate) <= most and re.search(pattern, candidate):
                    return candidate
    except Exception:  # noqa: BLE001 - any pattern the library cannot read is one without a sample
        return text
    return text
