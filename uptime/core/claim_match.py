"""The vendor's outages beside ours: what agrees, what only one side has, what differs.

Outages that overlap belong together, however many each side made of them; so do those with the
same ticket, where one of them meets nobody in time. Nothing of either
side is left out: each outage stands in exactly one row.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from uptime.core.claim import Row
from uptime.core.claim_outages import Outage
from uptime.core.intervals import measure, union

SLACK = 60_000
"""Milliseconds that an edge may be off: vendors write minutes, cut or rounded."""

_NEVER, _FOREVER = -(1 << 62), 1 << 62


@dataclass(frozen=True, slots=True)
class Theirs:
    """One outage of the vendor's list, in ms; `line` is where it stands in the file."""

    line: int
    began: int
    ended: int
    ticket: str = ""


class Verdict(StrEnum):
    AGREE = "agree"
    DIFFERENT = "different"
    OURS = "ours"
    THEIRS = "theirs"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Match:
    """Outages that belong together. Differences are theirs less ours, in ms: of the beginning,
    of the end and of the length; None where a side has none.
    """

    verdict: Verdict
    ours: tuple[Row, ...]
    theirs: tuple[Theirs, ...]
    ours_ms: int
    theirs_ms: int
    began: int | None = None
    ended: int | None = None

    @property
    def length(self) -> int | None:
        return self.theirs_ms - self.ours_ms if self.ours and self.theirs else None


def match(
    ours: Iterable[Row], theirs: Iterable[Theirs], window: tuple[int, int], until: int
) -> list[Match]:
    """Both lists in the order of time. `until` ends what of ours still lasts; a row of theirs
    that lies outside the window and beside none of ours is said to be outside.
    """
    left = sorted(ours, key=lambda row: _first(row.outage))
    right = sorted(theirs, key=lambda each: (each.began, each.line))
    linked = _links(left, right, until, 0)
    met = {i for i, _ in linked} | {len(left) + j for _, j in linked}
    # Only who meets nobody is let off the slack: it must not tie neighbours together.
    near = _links(left, right, until, SLACK)
    linked += [(i, j) for i, j in near if i not in met and len(left) + j not in met]
    linked += _named(left, right, met)
    groups = _groups(len(left) + len(right), [(i, len(left) + j) for i, j in linked])
    found = [
        _judge(
            [left[n] for n in group if n < len(left)],
            [right[n - len(left)] for n in group if n >= len(left)],
            window,
            until,
        )
        for group in groups
    ]
    return sorted(found, key=_order)


def _links(
    left: Sequence[Row], right: Sequence[Theirs], until: int, slack: int
) -> list[tuple[int, int]]:
    """Which of ours overlap or touch which of theirs; both are in the order of time."""
    firsts = [_first(row.outage) - slack for row in left]
    ends = [_end(row.outage, until) + slack for row in left]
    longest = max((b - a for a, b in zip(firsts, ends, strict=True)), default=0)
    return [
        (i, j)
        for j, each in enumerate(right)
        for i in range(bisect_left(firsts, each.began - longest), bisect_right(firsts, each.ended))
        if ends[i] >= each.began
    ]


def _named(left: Sequence[Row], right: Sequence[Theirs], met: set[int]) -> list[tuple[int, int]]:
    """Those with the same ticket, of which one met nobody in time: its times may be mistaken."""
    tickets: dict[str, list[int]] = {}
    for i, row in enumerate(left):
        if name := _plain(row.outage.ticket or ""):
            tickets.setdefault(name, []).append(i)
    return [
        (i, j)
        for j, each in enumerate(right)
        for i in tickets.get(_plain(each.ticket), ())
        if i not in met or len(left) + j not in met
    ]


def _plain(ticket: str) -> str:
    """`TT-0451`, `tt 0451` and `#TT0451` are one ticket."""
    return "".join(letter for letter in ticket.casefold() if letter.isalnum())


def _groups(count: int, links: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Numbers below `count` that are linked, however far around, together."""
    above = list(range(count))

    def top(n: int) -> int:
        while above[n] != n:
            above[n] = above[above[n]]
            n = above[n]
        return n

    for a, b in links:
        above[top(a)] = top(b)
    found: dict[int, list[int]] = {}
    for n in range(count):
        found.setdefault(top(n), []).append(n)
    return list(found.values())


def _order(match: Match) -> tuple[int, int]:
    starts = [row.outage.began for row in match.ours] + [each.began for each in match.theirs]
    return min(starts), match.theirs[0].line if match.theirs else 0


def _judge(
    ours: Sequence[Row], theirs: Sequence[Theirs], window: tuple[int, int], until: int
) -> Match:
    ours_ms = measure(union([p for row in ours for p in row.outage.down], _NEVER, _FOREVER))
    theirs_ms = measure(union([(t.began, t.ended) for t in theirs], _NEVER, _FOREVER))
    if not theirs:
        return Match(Verdict.OURS, tuple(ours), (), ours_ms, 0)
    if not ours:
        inside = theirs[0].began < window[1] and theirs[0].ended >= window[0]
        verdict = Verdict.THEIRS if inside else Verdict.OUTSIDE
        return Match(verdict, (), tuple(theirs), 0, theirs_ms)
    first = min((row.outage for row in ours), key=lambda outage: outage.began)
    last = max((row.outage for row in ours), key=lambda outage: _end(outage, until))
    began = min(each.began for each in theirs)
    ended = max(each.ended for each in theirs)
    agree = (
        _first(first) - SLACK <= began <= first.began + SLACK
        and _least_end(last, until) - SLACK <= ended <= _end(last, until) + SLACK
    )
    if agree and len(ours) + len(theirs) > 2:
        edges = sum(_width(row.outage) + 2 * SLACK for row in ours)
        agree = abs(theirs_ms - ours_ms) <= edges
    return Match(
        Verdict.AGREE if agree else Verdict.DIFFERENT,
        tuple(ours),
        tuple(theirs),
        ours_ms,
        theirs_ms,
        began - first.began,
        ended - _end(last, until),
    )


def _first(outage: Outage) -> int:
    return outage.began if outage.bound is None else outage.bound


def _end(outage: Outage, until: int) -> int:
    return max(outage.began, until) if outage.ended is None else outage.ended


def _least_end(outage: Outage, until: int) -> int:
    return _end(outage, until) if outage.ended_bound is None else outage.ended_bound


def _width(outage: Outage) -> int:
    """How far the edges of an outage are from being known."""
    last = 0
    if outage.ended is not None and outage.ended_bound is not None:
        last = outage.ended - outage.ended_bound
    return outage.began - _first(outage) + last
