"""Services: what several checks are together, by interval algebra over their time lines.

One rule for all three: so many of the members that are watched have to be good. `all` wants
every one, `any` one, `at_least` n (or all of those watched, if they are fewer). Where too few
are seen to be good, what could still make up the number decides: members unknown make the
service unknown, planned work makes it maintenance, and if even both would not do it is down.
So `all` is down wherever a member is, `any` only where all are (reliability, invariant 20).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from typing import Literal

from uptime.core.timeline import Class, Piece

Kind = Literal["all", "any", "at_least"]


def combine(kind: Kind, members: Sequence[Sequence[Piece]], n: int = 1) -> list[Piece]:
    """The time line of a service from those of its members, which cover the same window."""
    counts = dict.fromkeys(Class, 0)
    current: list[Class | None] = [None] * len(members)
    out: list[Piece] = []
    at: int | None = None
    for instant, index, became in heapq.merge(*map(_changes, range(len(members)), members)):
        if at is not None and instant > at:
            _append(out, Piece(at, instant, judge(kind, counts, n)))
        at = instant
        was = current[index]
        if was is not None:
            counts[was] -= 1
        current[index] = became
        if became is not None:
            counts[became] += 1
    return out


def judge(kind: Kind, counts: dict[Class, int], n: int = 1) -> Class:
    """What a service is when so many of its members are of each class."""
    watched = sum(counts.values()) - counts[Class.UNMONITORED]
    if watched == 0:
        return Class.UNMONITORED
    wanted = {"all": watched, "any": 1, "at_least": min(n, watched)}[kind]
    reached = 0
    for each in (Class.UP, Class.DEGRADED, Class.UNKNOWN, Class.MAINTENANCE):
        reached += counts[each]
        if reached >= wanted:
            return each
    return Class.DOWN


def _changes(index: int, pieces: Sequence[Piece]) -> Iterator[tuple[int, int, Class | None]]:
    for piece in pieces:
        yield piece.began, index, piece.kind
    if pieces:
        yield pieces[-1].ended, index, None


def _append(out: list[Piece], piece: Piece) -> None:
    if out and out[-1].kind is piece.kind:
        out[-1] = Piece(out[-1].began, piece.ended, piece.kind)
    else:
        out.append(piece)
