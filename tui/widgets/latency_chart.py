"""Latency over time as bars, with the runs that failed marked on the ground line. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tui.format import instant
from tui.paint import Line, fit, merged, spread
from tui.scene import Scene
from uptime.schema import ResultPoint

_BLOCKS = " ▁▂▃▄▅▆▇█"
_LABEL = 9
_WORST = {"up": 0, "degraded": 1, "unknown": 2, "down": 3}


@dataclass(slots=True)
class Column:
    """What happened in the time of one column."""

    total: float = 0.0
    count: int = 0
    state: str | None = None

    @property
    def value(self) -> float | None:
        return self.total / self.count if self.count else None


def latency_chart(
    scene: Scene,
    points: Sequence[ResultPoint],
    window: tuple[float, float],
    interval: float,
    size: tuple[int, int],
) -> list[Line]:
    """`size` is width and height, the ground line with its times included."""
    width, height = size
    if width < 2 * _LABEL:
        return []
    plot, high = max(10, width - _LABEL), max(1, height - 1)
    found = columns(points, window, plot, interval)
    values = [column.value for column in found if column.value is not None]
    top = _nice(max(values, default=0.0))
    lines: list[Line] = []
    for level in range(high - 1, -1, -1):
        label = scene.latency(top) if level == high - 1 and values else ""
        edge = "┤" if label else "│"
        line: Line = [(fit(label, _LABEL - 1, right=True), "muted"), (edge, "faint")]
        line += merged([_cell(column, level, high, top) for column in found])
        lines.append(line)
    if not values and not any(column.state for column in found):
        text = fit(scene.words("no_points"), plot)
        lines[high // 2] = [*lines[high // 2][:2], (text, "muted")]
    lines.append(_times(scene, window, width))
    return lines


def columns(
    points: Sequence[ResultPoint], window: tuple[float, float], count: int, interval: float
) -> list[Column]:
    """A result stands until the next one, at most one and a half intervals."""
    start, end = window
    found = [Column() for _ in range(count)]
    scale = count / max(1e-9, end - start)
    places: list[tuple[int, ResultPoint]] = []
    for point in points:
        at = instant(point.at)
        if at is None or not start <= at < end:
            continue
        place = min(count - 1, int((at - start) * scale))
        places.append((place, point))
        column = found[place]
        if column.state is None or _WORST[_state(point)] > _WORST[column.state]:
            column.state = _state(point)
        if point.latency_s is not None and math.isfinite(point.latency_s):
            column.total += point.latency_s
            column.count += 1
    reach = math.ceil(interval * 1.5 * scale)
    for number, (place, point) in enumerate(places):
        following = places[number + 1][0] if number + 1 < len(places) else count
        for at in range(place + 1, min(following, place + reach)):
            found[at].state = _state(point)
            if point.latency_s is not None and math.isfinite(point.latency_s):
                found[at].total, found[at].count = point.latency_s, 1
    return found


def summary(scene: Scene, points: Sequence[ResultPoint]) -> str:
    """Least, middle and greatest latency; nothing if there is none."""
    values = sorted(point.latency_s for point in points if point.latency_s is not None)
    if not values:
        return ""
    most = max(point.latency_max_s or point.latency_s or 0.0 for point in points)
    return scene.words(
        "least_most",
        low=scene.latency(values[0]),
        mid=scene.latency(values[len(values) // 2]),
        high=scene.latency(most),
    )


def _state(point: ResultPoint) -> str:
    return "down" if point.failed and point.status == "up" else point.status


def _cell(column: Column, level: int, high: int, top: float) -> tuple[str, str]:
    if level == 0 and column.state == "down":
        return "×", "down"
    if column.value is None:
        return ("?", "faint") if level == 0 and column.state == "unknown" else (" ", "text")
    eighths = max(1, round(column.value / top * high * 8)) if top else 1
    filled = min(8, max(0, eighths - level * 8))
    return _BLOCKS[filled], "degraded" if column.state == "degraded" else "bar"


def _times(scene: Scene, window: tuple[float, float], width: int) -> Line:
    start, end = window
    middle = (start + end) / 2
    left: Line = [(" " * (_LABEL - 1) + "└ ", "faint"), (_time(scene, start, end - start), "muted")]
    right: Line = [(scene.words("now"), "muted")]
    line = spread(left, right, width)
    text = _time(scene, middle, end - start)
    gap = line[-2][0]
    used = sum(len(part) for part, _ in left)
    before = (width + _LABEL) // 2 - used - len(text) // 2
    if before > 1 and before + len(text) + 1 < len(gap):
        rest = len(gap) - before - len(text)
        line[-2:-1] = [(" " * before, "text"), (text, "muted"), (" " * rest, "text")]
    return line


def _time(scene: Scene, at: float, length: float) -> str:
    text = scene.clock(at, seconds=False)
    # A week and more is told by its days; the time of day would only be noise.
    return text.rsplit(" ", 1)[0] if length > 2 * 86400 and " " in text else text


def _nice(value: float) -> float:
    """The next 1, 2, 3, 5 of its power of ten."""
    if value <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 3, 5, 10) if step * power >= value * 0.9999)
