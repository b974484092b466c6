"""Tables: aligned and cut to the width of a terminal; tab-separated and whole for programs."""

import shutil
import sys
from collections.abc import Sequence

_GAP = "  "
_NARROWEST = 12


def write(heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """Writes a table to the standard output. The columns named in `right` are aligned right."""
    if sys.stdout.isatty():
        lines = aligned(heads, rows, right=right, width=shutil.get_terminal_size().columns)
    else:
        lines = ["\t".join(row) for row in (heads, *rows)]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()  # so that a reader who has gone is noticed here


def aligned(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str], width: int
) -> list[str]:
    """The lines of a table. What does not fit is cut: first the last column, then the first."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for place in (-1, 0):
        over = sum(widths) + len(_GAP) * (len(widths) - 1) - width
        widths[place] = max(min(widths[place], _NARROWEST), widths[place] - max(over, 0))
    lines = []
    for row in (heads, *rows):
        cells = [
            cut(cell, room).rjust(room) if head in right else cut(cell, room).ljust(room)
            for head, cell, room in zip(heads, row, widths, strict=True)
        ]
        lines.append(_GAP.join(cells).rstrip())
    return lines


def cut(text: str, room: int) -> str:
    """A text that is too long ends in an ellipsis."""
    return text if len(text) <= room else text[: max(room - 1, 0)] + "…"
