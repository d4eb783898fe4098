"""The claim of one contract for one period: every outage counted or not, and why.

What lies in agreed maintenance is taken out first; then an outage whose cause the contract
excludes; what is left of a contract's circuits is merged where it overlaps, and counts if the
merged outage is longer than the contract's minimum. An outage is judged whole, also where it
reaches over the edge of the month, so that two months give what one long one would. Of a
millisecond that several circuits lost, one row has it and the others say so.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter

from uptime.core.causes import Cause, recognise
from uptime.core.claim_money import Refund, Terms, refund
from uptime.core.claim_outages import Gap, Outage
from uptime.core.intervals import Closed, Interval, Set, intersect, measure, subtract, union

_NEVER, _FOREVER = -(1 << 62), 1 << 62


class Reason(StrEnum):
    """Why an outage counts or not."""

    COUNTED = "counted"
    MAINTENANCE = "maintenance"
    CAUSE = "cause"
    SHORT = "short"
    OVERLAP = "overlap"


class Remark(StrEnum):
    """What is to be said of the cause of an outage that counts: that nobody entered one, nor
    although what leads to the circuit was down as well, or that it is none of the set.
    """

    BEHIND = "behind"
    NO_CAUSE = "no-cause"
    NOT_RECOGNISED = "not-recognised"


@dataclass(frozen=True, slots=True)
class Row:
    """One outage of one circuit. `down` ms of it lie in the window and are known; the others
    are parts of that and add up to it. `cause` is the one recognised.
    """

    outage: Outage
    reason: Reason
    cause: Cause | None
    remark: Remark | None
    down: int
    counted: int
    maintenance: int
    excluded: int
    short: int
    overlap: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Times in ms. `window` is what is claimed for, `period` the T of the formula.

    `down` is all known downtime, overlaps once; `maintenance`, `excluded`, `short` and
    `counted` (D) add up to it. D lies in [`least`, `most`] by the edges of its outages.
    """

    terms: Terms
    window: tuple[int, int]
    period: int
    rows: tuple[Row, ...]
    gaps: tuple[Gap, ...]
    down: int
    maintenance: int
    excluded: Mapping[Cause, int]
    short: int
    counted: int
    least: int
    most: int
    refund: Refund


def claim(
    terms: Terms,
    window: tuple[int, int],
    period: int,
    outages: Iterable[Outage],
    gaps: Iterable[Gap] = (),
    maintenance: Mapping[str, Sequence[Interval]] | None = None,
) -> Claim:
    """The claim for [window[0], window[1]) of a period of `period` ms.

    `outages` are those of all circuits, whole; `maintenance` are the agreed intervals by check.
    """
    held = {
        check: union(intervals, _NEVER, _FOREVER)
        for check, intervals in (maintenance or {}).items()
    }
    cases = [_Case(o, terms, held.get(o.check, [])) for o in sorted(outages, key=_order)]
    for together in _merged([case for case in cases if not case.excluded]):
        whole = union([piece for case in together for piece in case.free], _NEVER, _FOREVER)
        for case in together:
            case.counts = measure(whole) > terms.minimum
    cases = [case for case in cases if measure(union(case.outage.down, *window))]
    rows = _rows(cases, window)
    counted = sum(row.counted for row in rows)
    excluded: dict[Cause, int] = {}
    for row in rows:
        if row.cause is not None and row.excluded:
            excluded[row.cause] = excluded.get(row.cause, 0) + row.excluded
    return Claim(
        terms=terms,
        window=window,
        period=period,
        rows=tuple(rows),
        gaps=tuple(sorted(gaps, key=lambda gap: (gap.began, gap.check))),
        down=measure(union([p for c in cases for p in c.outage.down], *window)),
        maintenance=sum(row.maintenance for row in rows),
        excluded=excluded,
        short=sum(row.short for row in rows),
        counted=counted,
        least=_bound(cases, window, least=True),
        most=_bound(cases, window, least=False),
        refund=refund(terms, period, counted),
    )


class _Case:
    """An outage while it is judged: what of it is `free` of maintenance, and whether it counts."""

    def __init__(self, outage: Outage, terms: Terms, held: Set) -> None:
        self.outage, self.held = outage, held
        self.cause = None if outage.cause is None else recognise(outage.cause)
        self.excluded = self.cause is not None and self.cause in terms.exclude
        self.free = subtract(outage.down, held)
        self.counts = False

    @property
    def remark(self) -> Remark | None:
        if self.outage.cause is None:
            return Remark.BEHIND if self.outage.behind else Remark.NO_CAUSE
        return Remark.NOT_RECOGNISED if self.cause is None else None


def _order(outage: Outage) -> tuple[int, str]:
    return outage.began, outage.check


def _merged(cases: Iterable[_Case]) -> list[list[_Case]]:
    """Cases that overlap or touch, together."""
    out: list[list[_Case]] = []
    end = _NEVER
    for case in sorted((c for c in cases if c.free), key=lambda c: c.free[0][0]):
        if case.free[0][0] <= end:
            out[-1].append(case)
        else:
            out.append([case])
        end = max(end, case.free[-1][1])
    return out


def _rows(cases: Sequence[_Case], window: tuple[int, int]) -> list[Row]:
    taken = _Taken()  # what counts is given out first, so that nothing else hides it
    own = [taken.add(union(c.free, *window)) if c.counts else 0 for c in cases]
    held = [taken.add(intersect(union(c.outage.down, *window), c.held)) for c in cases]
    rest = [0 if c.counts else taken.add(union(c.free, *window)) for c in cases]
    rows = []
    for case, mine, work, other in zip(cases, own, held, rest, strict=True):
        down = measure(union(case.outage.down, *window))
        excluded, short = (other, 0) if case.excluded else (0, other)
        parts = {
            Reason.MAINTENANCE: work,
            Reason.CAUSE: excluded,
            Reason.SHORT: short,
            Reason.OVERLAP: down - mine - work - other,
        }
        rows.append(
            Row(
                outage=case.outage,
                reason=Reason.COUNTED if mine else max(parts, key=lambda reason: parts[reason]),
                cause=case.cause,
                remark=case.remark if mine else None,
                down=down,
                counted=mine,
                maintenance=work,
                excluded=excluded,
                short=short,
                overlap=parts[Reason.OVERLAP],
            )
        )
    return rows


class _Taken:
    """The time that some row has already."""

    def __init__(self) -> None:
        self._pieces: Set = []

    def add(self, pieces: Iterable[Closed]) -> int:
        """How much of these was free until now, in ms."""
        fresh = 0
        for a, b in pieces:
            i = bisect_right(self._pieces, a, key=itemgetter(1))
            j = bisect_left(self._pieces, b, key=itemgetter(0))
            near = self._pieces[i:j]
            free = subtract([(a, b)], near)
            fresh += measure(free)
            self._pieces[i:j] = union([*near, *free], _NEVER, _FOREVER)
        return fresh


def _bound(cases: Iterable[_Case], window: tuple[int, int], *, least: bool) -> int:
    pieces: list[Closed] = []
    for case in cases:
        if case.counts:
            outage = case.outage
            pieces += subtract(outage.least if least else outage.most, case.held)
    return measure(union(pieces, *window))
