"""How often something fails and how fast it is restored, off the outages of a window.

The definitions, each event counted in the window it fell into:

* An outage counts if some of it is known and lies in the window and in the time that counts
  (no agreed work, within service hours). What was not known is no downtime. Its length is all
  that is known of it, from its beginning on even where that lies before the window, and up to
  the end of the window: what comes after never changes a month that is over.
* MTTR, mean time to restore service (ITIL 4, incident management): the mean length of the
  outages restored within the window. One that still lasts is none of them; `open` counts those.
* MTBF, mean operating time between failures (IEC 60050-192, 192-05-13): the time it was known
  to be up or degraded, divided by the outages that began within the window. Repair is no
  operation (ITIL calls the time with repair MTBSI), and what is not known is neither.
* MTTA, mean time to acknowledge: from the first failing result to the acknowledgement as it
  stands, over the outages acknowledged within the window. The time to detect is in it.
* The flap budget is spent by outages of at most `SHORT_MS`, the 300 s below which contracts count
  nothing (domain.md 2.4): each too short to claim, together perhaps the worst of a link.
* A repeat offender failed at least twice by itself; outages while something it depends on was
  down are counted apart and not held against it.

Milliseconds throughout; means are floored. Where there is nothing to take a mean of, it is None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from uptime.core.claim_outages import Outage
from uptime.core.intervals import Closed, intersect, measure
from uptime.core.timeline import Class, Piece

SHORT_MS = 300_000
_NEVER = -(1 << 62)


@dataclass(frozen=True, slots=True)
class Repairs:
    """Of one check, service or group in a window.

    `count` are the outages, `down_ms` what of them lies in the window. `began`, `restored` and
    `acknowledged` are those whose event fell into it, `open` those that lasted at its end,
    `short` those restored that lasted at most `SHORT_MS`.
    `behind` and `behind_down_ms` are the part that had a parent down at the same time.
    `*_least_ms` and `*_most_ms` bound a length by the results around its edges. `longest` is the
    longest outage itself, cut at the end of the window.
    """

    count: int = 0
    down_ms: int = 0
    down_least_ms: int = 0
    down_most_ms: int = 0
    began: int = 0
    restored: int = 0
    acknowledged: int = 0
    open: int = 0
    short: int = 0
    short_ms: int = 0
    behind: int = 0
    behind_down_ms: int = 0
    operating_ms: int = 0
    mttr_ms: int | None = None
    mttr_least_ms: int | None = None
    mttr_most_ms: int | None = None
    mtbf_ms: int | None = None
    mtta_ms: int | None = None
    longest_ms: int | None = None
    longest_least_ms: int | None = None
    longest_most_ms: int | None = None
    longest: Outage | None = None

    @property
    def own(self) -> int:
        """Outages that nothing it depends on explains."""
        return self.count - self.behind

    @property
    def own_down_ms(self) -> int:
        return self.down_ms - self.behind_down_ms


@dataclass(frozen=True, slots=True)
class Offender:
    """What failed again and again; `rank` begins at 1."""

    rank: int
    id: str
    repairs: Repairs


def repairs(outages: Iterable[Outage], window: tuple[int, int], operating: int) -> Repairs:
    """The figures of a window [window[0], window[1]) that is over, or ends now.

    Of each outage `down` is what counts. `operating` is the time up or degraded within the
    window (`TimeLedger.good`); of several checks together the sum, as the outages are of all.
    """
    start, end = window
    found = [cut for outage in outages if measure((cut := _cut(outage, end)).down) > 0]
    found = [outage for outage in found if _within(outage, window) > 0]
    restored = [o for o in found if o.ended is not None and o.ended >= start]
    waits = [
        max(0, o.acked - o.began) for o in found if o.acked is not None and start <= o.acked < end
    ]
    began = sum(o.began >= start for o in found)
    short = [o for o in restored if measure(o.down) <= SHORT_MS]
    behind = [o for o in found if o.behind]
    longest = max(found, key=lambda o: (measure(o.down), -o.began), default=None)
    return Repairs(
        count=len(found),
        down_ms=sum(_within(o, window) for o in found),
        down_least_ms=sum(measure(intersect(o.least, [window])) for o in found),
        down_most_ms=sum(measure(intersect(o.most, [window])) for o in found),
        began=began,
        restored=len(restored),
        acknowledged=len(waits),
        open=sum(o.ended is None for o in found),
        short=len(short),
        short_ms=sum(measure(o.down) for o in short),
        behind=len(behind),
        behind_down_ms=sum(_within(o, window) for o in behind),
        operating_ms=operating,
        mttr_ms=_mean([measure(o.down) for o in restored]),
        mttr_least_ms=_mean([measure(o.least) for o in restored]),
        mttr_most_ms=_mean([measure(o.most) for o in restored]),
        mtbf_ms=operating // began if began else None,
        mtta_ms=_mean(waits),
        longest_ms=None if longest is None else measure(longest.down),
        longest_least_ms=None if longest is None else measure(longest.least),
        longest_most_ms=None if longest is None else measure(longest.most),
        longest=longest,
    )


def outages_of_line(subject: str, line: Sequence[Piece]) -> list[Outage]:
    """The outages of what has a time line and no spans, such as a service. What was not known,
    planned or not watched in between does not end one.
    """
    out: list[Outage] = []
    down: list[Closed] = []
    for piece in line:
        if piece.kind is Class.DOWN:
            down.append((piece.began, piece.ended))
        elif down and piece.kind in (Class.UP, Class.DEGRADED):
            out.append(Outage(subject, down[0][0], None, piece.began, None, tuple(down)))
            down = []
    if down:
        out.append(Outage(subject, down[0][0], None, None, None, tuple(down)))
    return out


def offenders(found: Mapping[str, Repairs], least: int = 2) -> list[Offender]:
    """Those that failed at least so often by themselves: by how often, then by how long."""
    again = [(name, each) for name, each in found.items() if each.own >= least]
    again.sort(key=lambda pair: (-pair[1].own, -pair[1].own_down_ms, pair[0]))
    return [Offender(rank, name, each) for rank, (name, each) in enumerate(again, 1)]


def _cut(outage: Outage, end: int) -> Outage:
    """As it stood at the end of the window."""
    if outage.acked is not None and outage.acked >= end:
        outage = replace(outage, acked=None)
    if outage.ended is not None and outage.ended < end:
        return outage
    down = tuple(intersect(outage.down, [(_NEVER, end)]))
    return replace(outage, down=down, ended=None, ended_bound=None)


def _within(outage: Outage, window: tuple[int, int]) -> int:
    return measure(intersect(outage.down, [window]))


def _mean(values: list[int]) -> int | None:
    return sum(values) // len(values) if values else None
