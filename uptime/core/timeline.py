"""What is known of a check at every instant of a window: the six classes as one row of pieces.

Condition spans, when it was watched and what was planned are laid over each other here, when
asked, and nowhere else. Where they overlap, unmonitored goes before maintenance, that before
unknown, that before the condition (design 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from uptime.core.intervals import Closed, Interval, intersect, subtract, union
from uptime.core.model import Condition, Span


class Class(StrEnum):
    """What every millisecond is exactly one of."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"
    UNMONITORED = "unmonitored"


class Piece(NamedTuple):
    """Half-open milliseconds of one class."""

    began: int
    ended: int
    kind: Class


_BY_CONDITION = {
    Condition.UP: Class.UP,
    Condition.DEGRADED: Class.DEGRADED,
    Condition.DOWN: Class.DOWN,
}


def timeline(
    window: tuple[int, int],
    spans: Iterable[Span],
    monitored: Sequence[Interval],
    *,
    until: int,
    maintenance: Sequence[Interval] = (),
    hours: Sequence[Interval] | None = None,
) -> list[Piece]:
    """Pieces that cover [window[0], window[1]) without gap or overlap, neighbours of different
    kinds; none for an empty window.

    `until` is the last instant anything can be said about (now, or the last sign of life): what
    is open ends there. `spans` of one check are disjoint; intervals may overlap.
    What lies outside `hours` (None: round the clock) is unmonitored, too.
    """
    start, end = window
    if end <= start:
        return []
    served = union(monitored, start, end)
    if hours is not None:
        served = intersect(served, union(hours, start, end))
    base = _filled(_known(spans, start, end, until), start, end)
    held = _pieces(union(maintenance, start, end), Class.MAINTENANCE)
    away = _pieces(subtract([(start, end)], served), Class.UNMONITORED)
    return list(_joined(_over(_over(base, held), away)))


def by_parts(pieces: Iterable[Piece], edges: Iterable[Closed]) -> list[list[Piece]]:
    """The pieces of each of some parts of the window, which follow each other."""
    out: list[list[Piece]] = []
    rest = iter(pieces)
    piece = next(rest, None)
    for start, end in edges:
        part: list[Piece] = []
        while piece is not None and piece.began < end:
            began, ended = max(piece.began, start), min(piece.ended, end)
            if began < ended:
                part.append(Piece(began, ended, piece.kind))
            if piece.ended > end:
                break
            piece = next(rest, None)
        out.append(part)
    return out


def _pieces(intervals: Iterable[Closed], kind: Class) -> list[Piece]:
    return [Piece(a, b, kind) for a, b in intervals]


def _known(spans: Iterable[Span], start: int, end: int, until: int) -> Iterator[Piece]:
    for span in sorted(spans, key=lambda span: span.began):
        kind = _BY_CONDITION.get(span.condition)
        if not span.known or kind is None:
            continue
        began = max(span.began, start)
        ended = min(end, until if span.ended is None else span.ended)
        if began < ended:
            yield Piece(began, ended, kind)


def _filled(pieces: Iterable[Piece], start: int, end: int) -> Iterator[Piece]:
    """Gaps are unknown."""
    for piece in pieces:
        if start < piece.began:
            yield Piece(start, piece.began, Class.UNKNOWN)
        yield piece
        start = piece.ended
    if start < end:
        yield Piece(start, end, Class.UNKNOWN)


def _over(base: Iterable[Piece], upper: Sequence[Piece]) -> Iterator[Piece]:
    """`upper` laid over `base`, in one pass."""
    index = 0
    for piece in base:
        began = piece.began
        while index < len(upper) and upper[index].began < piece.ended:
            above = upper[index]
            if began < above.began:
                yield Piece(began, above.began, piece.kind)
            began = max(began, above.began)
            yield Piece(began, min(above.ended, piece.ended), above.kind)
            began = min(above.ended, piece.ended)
            if above.ended > piece.ended:
                break
            index += 1
        if began < piece.ended:
            yield Piece(began, piece.ended, piece.kind)


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    last: Piece | None = None
    for piece in pieces:
        if last is not None and last.kind is piece.kind:
            last = Piece(last.began, piece.ended, piece.kind)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last
