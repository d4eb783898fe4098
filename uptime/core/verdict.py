"""Whether a target was reached in a window, when not all of it was seen."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction

from uptime.core.sla import TimeLedger


class Verdict(StrEnum):
    """`UNSURE`: what was not seen would decide."""

    MISSED = "missed"
    UNSURE = "unsure"
    MET = "met"
    NO_DATA = "no-data"
    NO_TARGET = "no-target"


def verdict(ledger: TimeLedger, objective: float | None) -> Verdict:
    """Met if the target (percent) were reached even with everything unknown down, missed if it
    were not even with everything unknown up. Exact: floored percentages are for reading.
    """
    if objective is None:
        return Verdict.NO_TARGET
    if ledger.measured == 0:
        return Verdict.NO_DATA
    wanted = Fraction(str(objective)) / 100 * (ledger.measured + ledger.unknown)
    if ledger.good >= wanted:
        return Verdict.MET
    return Verdict.MISSED if ledger.good + ledger.unknown < wanted else Verdict.UNSURE
