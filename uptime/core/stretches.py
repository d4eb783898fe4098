"""Outages of a time line: stretches of down, and how much of each was seen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from uptime.core.timeline import Class, Piece


class Stretch(NamedTuple):
    """From the first instant down to the last; `down` ms of it were."""

    began: int
    ended: int
    down: int


def stretches(pieces: Iterable[Piece]) -> list[Stretch]:
    """In order; what was not known or planned in between does not end one."""
    out: list[Stretch] = []
    down = False
    for began, ended, kind in pieces:
        if kind is Class.DOWN:
            if down:
                last = out.pop()
                out.append(Stretch(last.began, ended, last.down + ended - began))
            else:
                out.append(Stretch(began, ended, ended - began))
            down = True
        elif kind in (Class.UP, Class.DEGRADED):
            down = False
    return out


def by_parts(
    pieces: Iterable[Piece], edges: Iterable[tuple[int, int]]
) -> list[list[Piece]]:
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
