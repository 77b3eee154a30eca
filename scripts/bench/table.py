"""Markdown tables that are also tables to the eye."""

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return the table, its columns as wide as their widest cell."""
    widths = [max(len(cells[column]) for cells in (head, *rows)) for column in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    padded = ([cell.ljust(width) for cell, width in zip(cells, widths, strict=True)] for cells in lines)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in padded)
