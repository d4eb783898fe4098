"""How the monitor itself fared, minute by minute, and whether that was well enough to be believed.

Recorded beside the results, so that who doubts an outage can see that it was not the monitor that
was late, asleep, or wrong about the time. Minutes in which nothing was wrong and nothing changed
are one record of up to five (`merged`): a year of them is a few megabytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace

from uptime.core.intervals import Closed, union

MINUTE_MS = 60_000
MERGED_MS = 5 * MINUTE_MS
TOLERATED_LAG_MS = 250  # reliability R1: what was measured under more is not believed
TOLERATED_LATE_MS = 1000  # behind the plan by as much as the scheduler takes for a standstill
UNWRITTEN_MS = MERGED_MS + MINUTE_MS  # of a monitor that runs: not recorded yet


@dataclass(frozen=True, slots=True)
class OwnState:
    """The monitor in [began, ended). Of the loop's delay (`lag`) and of how late runs began
    (`late`) the largest; by how much the clock was set (`step`), how long the machine slept
    (`slept`) and the store took nothing (`unstored`); all in ms.

    `synchronised` is what the kernel says of its clock, with the largest error it then allows for
    (`clock_error`, us); None where it does not say. `runs` ended meanwhile, `unjudged` of them
    because of the monitor itself; `missed` were skipped. `up` to `unknown` are how many checks
    were so at the end, `outbox` how many messages waited then.
    """

    began: int
    ended: int
    lag: int = 0
    late: int = 0
    step: int = 0
    slept: int = 0
    unstored: int = 0
    synchronised: bool | None = None
    clock_error: int | None = None
    runs: int = 0
    unjudged: int = 0
    missed: int = 0
    up: int = 0
    degraded: int = 0
    down: int = 0
    unknown: int = 0
    outbox: int = 0

    @property
    def well(self) -> bool:
        """Whether what was measured then can be believed. What the clock is worth is another
        question: nobody can say how wrong one is that nothing disciplines.
        """
        return not (
            self.lag > TOLERATED_LAG_MS
            or self.late > TOLERATED_LATE_MS
            or self.step
            or self.slept
            or self.unstored
            or self.unjudged
        )

    @property
    def _standing(self) -> tuple[object, ...]:
        return self.synchronised, self.up, self.degraded, self.down, self.unknown


def lines(states: Iterable[OwnState]) -> bytes:
    """The one text of records in their order, a line of JSON each: what a day's head hashes."""
    return "\n".join(json.dumps(astuple(each), separators=(",", ":")) for each in states).encode()


def parse_line(line: bytes) -> OwnState:
    """A record out of its line; ValueError or TypeError for what is none."""
    return OwnState(*json.loads(line))


def merged(one: OwnState, following: OwnState) -> OwnState | None:
    """Both as one, if nothing was wrong and nothing changed; never beyond five minutes of the
    clock, so that what is not written yet is no more.
    """
    if not (one.well and following.well and one.ended == following.began):
        return None
    if one._standing != following._standing or is_full(one):
        return None
    errors = [e for e in (one.clock_error, following.clock_error) if e is not None]
    return replace(
        following,
        began=one.began,
        lag=max(one.lag, following.lag),
        late=max(one.late, following.late),
        clock_error=max(errors, default=None),
        runs=one.runs + following.runs,
        missed=one.missed + following.missed,
    )


def is_full(one: OwnState) -> bool:
    return one.began // MERGED_MS != one.ended // MERGED_MS


@dataclass(frozen=True, slots=True)
class Wellbeing:
    """Whether the monitor was well in a window: None where that is not known.

    `dark` ms have no record, `unwell` ms were not well, of which it was `absent` for so long. All
    others as in OwnState, the worst of all; `synchronised` is False if it ever was not.
    """

    well: bool | None
    window: Closed
    dark: int
    unwell: int
    absent: int
    lag: int
    late: int
    step: int
    slept: int
    unstored: int
    unjudged: int
    synchronised: bool | None
    clock_error: int | None


def wellbeing(
    window: Closed, states: Sequence[OwnState], absences: Iterable[Closed], until: int
) -> Wellbeing:
    """`states` touch the window, `absences` are when no monitor ran, by the ledger; the record
    goes on to `until`. Its last minutes may not be written yet: those of the window are dark then,
    but nothing speaks against them.
    """
    began, ended = window
    inside = [each for each in states if each.began < ended and each.ended > began]
    away = union(absences, began, ended)
    dark = ended - began - _length(union([*away, *((s.began, s.ended) for s in inside)], *window))
    unwell = union([*away, *((s.began, s.ended) for s in inside if not s.well)], *window)
    newest = max((s.ended for s in inside), default=None)
    unwritten = 0
    if newest is not None:
        unwritten = max(0, min(ended - newest, UNWRITTEN_MS - (until - ended)))
    told = [s.synchronised for s in inside]
    errors = [s.clock_error for s in inside if s.clock_error is not None]
    well: bool | None = True
    if unwell:
        well = False
    elif not inside or dark > unwritten + 1000:
        well = None
    return Wellbeing(
        well=well,
        window=window,
        dark=dark,
        unwell=_length(unwell),
        absent=_length(away),
        lag=max((s.lag for s in inside), default=0),
        late=max((s.late for s in inside), default=0),
        step=max((s.step for s in inside), key=abs, default=0),
        slept=sum(s.slept for s in inside),
        unstored=sum(s.unstored for s in inside),
        unjudged=sum(s.unjudged for s in inside),
        synchronised=None if not told or None in told else all(told),
        clock_error=max(errors, default=None),
    )


def _length(intervals: Sequence[Closed]) -> int:
    return sum(ended - began for began, ended in intervals)
