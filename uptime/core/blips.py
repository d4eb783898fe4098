"""Blips: failing streaks too short to confirm an outage. They count as up, and are reported.

Nothing of the time ledger hangs on them (design, section 5): they say how often a check stumbled
while its availability stayed what it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from uptime.core.model import Blip, CheckState, Condition, Result


class Blips(NamedTuple):
    """Of one check in one window: how many, and how long together in milliseconds."""

    number: int = 0
    ms: int = 0


NONE = Blips()


def added(each: Iterable[Blips]) -> Blips:
    """Those of several checks."""
    number, ms = 0, 0
    for of in each:
        number, ms = number + of.number, ms + of.ms
    return Blips(number, ms)


def blip(before: CheckState, after: CheckState, result: Result) -> Blip | None:
    """The one that a result ends; None where none was under way, or an outage came of it.

    Of a check that was never seen up, or is down, failing results are no blip.
    """
    if before.fails == 0 or after.fails > 0:
        return None
    if before.condition in (Condition.NONE, Condition.DOWN):
        return None
    return Blip(result.check, before.fails_from, result.at, before.fails)
