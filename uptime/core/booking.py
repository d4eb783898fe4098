"""Minutes of outages by what they were put down to.

What a person said is apart from what rules propose, and both from what nobody and nothing has a
word for; together they are all of the downtime. Outages of several checks at once are added up
check by check: what fell with its parent is there as well, under its own cause.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from uptime.core.causes import recognise
from uptime.core.claim_outages import Outage
from uptime.core.intervals import intersect, measure

Standing = Literal["confirmed", "proposed", "none"]
_ORDER: tuple[Standing, ...] = ("confirmed", "proposed", "none")


@dataclass(frozen=True, slots=True)
class Booked:
    """`cause` is a name of the set where the words are recognised, else the words; None of none."""

    cause: str | None
    standing: Standing
    outages: int
    down_ms: int


def booked(outages: Iterable[Outage], window: tuple[int, int]) -> list[Booked]:
    """Of a window: confirmed, proposed, then none; within that the most minutes first."""
    sums: dict[tuple[Standing, str | None], tuple[int, int]] = {}
    for outage in outages:
        down = measure(intersect(outage.down, [window]))
        if down:
            key = _account_of(outage)
            count, before = sums.get(key, (0, 0))
            sums[key] = count + 1, before + down
    found = [
        Booked(cause, standing, count, down) for (standing, cause), (count, down) in sums.items()
    ]
    return sorted(found, key=lambda b: (_ORDER.index(b.standing), -b.down_ms, b.cause or ""))


def _account_of(outage: Outage) -> tuple[Standing, str | None]:
    if outage.cause is not None:
        known = recognise(outage.cause)
        return "confirmed", outage.cause if known is None else known.value
    if outage.proposed is not None:
        return "proposed", outage.proposed.value
    return "none", None
