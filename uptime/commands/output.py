"""What the commands share: where output goes, errors in one line, tables, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

STYLES = {"up": "green", "degraded": "yellow", "down": "bold red", "unknown": "magenta"}
SIGNS = {"up": "✓", "degraded": "▲", "down": "✗", "unknown": "?"}


def console() -> Console:
    from rich.console import Console

    # Into a pipe or a file nothing is folded: programs and `less -S` read lines.
    width = None if sys.stdout.isatty() else 400
    return Console(highlight=False, markup=False, emoji=False, width=width)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def fail(text: str) -> None:
    sys.stderr.write(f"siaga: {text}\n")


def dump(value: object) -> None:
    """JSON for programs; what they read next they can parse."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A plain table; numbers to the right."""
    from rich.table import Table
    from rich.text import Text

    out = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    lines = [list(row) for row in rows]
    for index, name in enumerate(columns):
        numeric = bool(lines) and all(isinstance(r[index], int | float | None) for r in lines)
        out.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in lines:
        out.add_row(*(cell if isinstance(cell, Text) else Text(_plain(cell)) for cell in row))
    console().print(out)


def length(ms: int | None) -> str | None:
    """`2:13:00`, rounded up to the second."""
    if ms is None:
        return None
    sign, seconds = ("-" if ms < 0 else ""), -(-abs(ms) // 1000)
    hours, rest = divmod(seconds, 3600)
    return f"{sign}{hours}:{rest // 60:02}:{rest % 60:02}"


def state(name: str) -> object:
    """A state as sign, word and colour."""
    from rich.text import Text

    return Text(f"{SIGNS.get(name, ' ')} {name}", style=STYLES.get(name, ""))


def _plain(cell: object) -> str:
    return "-" if cell is None else str(cell)
