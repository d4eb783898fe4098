"""Lines as plain values: pairs of text and the name of a style. Pure, so that views are tested
without a terminal; `tui.widgets.ink` is the one place that turns them into what is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size

Span = tuple[str, str]
Line = list[Span]

STYLES = (
    "text", "strong", "muted", "faint", "down", "degraded", "unknown", "up", "paused", "accent",
    "title", "alarm", "key", "bar",
)  # fmt: skip


def cells(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def clip(text: str, width: int) -> str:
    """Not wider than `width`; what is cut ends in an ellipsis."""
    if cells(text) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    return set_cell_size(text, width - 1).rstrip() + "…"


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Exactly `width` wide."""
    text = clip(text, width)
    gap = " " * (width - cells(text))
    return gap + text if right else text + gap


def width_of(line: Iterable[Span]) -> int:
    return sum(cells(text) for text, _ in line)


def cut(line: Line, width: int) -> Line:
    """A line not wider than `width`."""
    kept: Line = []
    left = width
    for text, style in line:
        if left <= 0:
            break
        text = clip(text, left)
        kept.append((text, style))
        left -= cells(text)
    return kept


def spread(left: Line, right: Line, width: int) -> Line:
    """`right` ends at the edge; where both do not fit, `left` is cut."""
    right = cut(right, width)
    room = width - width_of(right)
    left = cut(left, max(0, room - 1)) if right else cut(left, room)
    return [*left, (" " * (room - width_of(left)), "text"), *right]


def joined(parts: Iterable[Line], between: str = " · ") -> Line:
    """Parts with a faint separator; empty ones are left out."""
    line: Line = []
    for part in parts:
        if not part:
            continue
        if line:
            line.append((between, "faint"))
        line += part
    return line


def wrapped(text: str, width: int, most: int) -> list[str]:
    """Words over at most `most` lines; the last is cut where there are more."""
    lines: list[str] = []
    line = ""
    words = text.split()
    for at, word in enumerate(words):
        candidate = f"{line} {word}" if line else word
        if cells(candidate) <= width or not line:
            line = candidate
            continue
        if len(lines) == most - 1:
            return [*lines, clip(f"{line} {' '.join(words[at:])}", width)]
        lines.append(clip(line, width))
        line = word
    return [*lines, clip(line, width)] if line else lines


def merged(spans: Iterable[Span]) -> Line:
    """Neighbours of one style become one."""
    line: Line = []
    for text, style in spans:
        if line and line[-1][1] == style:
            line[-1] = (line[-1][0] + text, style)
        else:
            line.append((text, style))
    return line
