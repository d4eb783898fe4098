"""Spans as one line: the worst state in the time of each column. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tui.format import instant
from tui.paint import Line, merged
from uptime.schema import SpanRow

# Told apart without colour: what was wrong is heavier than what was well.
_GLYPHS = {"up": "━", "degraded": "▒", "down": "█", "unknown": "·"}
_WORST = {"up": 1, "unknown": 2, "degraded": 3, "down": 4}


def span_bar(spans: Sequence[SpanRow], window: tuple[float, float], width: int) -> Line:
    """Blank where nothing was watched."""
    start, end = window
    scale = width / max(1e-9, end - start)
    states: list[str | None] = [None] * width
    for span in spans:
        began = instant(span.began)
        ended = end if span.ended is None else instant(span.ended)
        if began is None or ended is None or ended <= start or began >= end:
            continue
        first = max(0, int((began - start) * scale))
        last = min(width - 1, max(first, int((min(ended, end) - start) * scale - 1e-6)))
        for at in range(first, last + 1):
            old = states[at]
            if old is None or _WORST[span.state] > _WORST[old]:
                states[at] = span.state
    return merged([(" ", "text") if s is None else (_GLYPHS[s], s) for s in states])
