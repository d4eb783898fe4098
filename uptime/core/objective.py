"""Error budgets: how fast one is spent, and how the month is going to end.

The *burn rate* of a window is the share of its known time that was down, divided by the share
that may be lost (1 - objective): 1 spends the budget exactly by the end of the period it is
meant for, 14.4 over an hour spends 2 % of thirty days' budget (The Site Reliability Workbook,
chapter 5, which the three windows are from as well). What is not known counts neither as up nor
as down; beside each figure stand the coverage and what it would be if all of that had been up
(`best`) or down (`worst`).

The *forecast* is what is lost so far, plus the rest of the month at the pace of the last three
days (of the month so far where nothing is known of those). In the best case all that is not
known was up and nothing is lost any more; in the worst all of it was down, and the rest goes on
like the last three days with all that is not known of them taken for down.

Percentages are floored, burn rates rounded up, so that 100 and 0 mean all and nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from uptime.core.sla import TimeLedger, percent

HOUR = 3_600_000
BURN = {"1h": HOUR, "6h": 6 * HOUR, "3d": 72 * HOUR}
PACE = "3d"


@dataclass(frozen=True, slots=True)
class Burn:
    """Multiples of the pace that just keeps the objective; None where nothing is known, or the
    objective leaves nothing to lose.
    """

    rate: float | None
    best: float | None
    worst: float | None
    coverage: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """Availability at the end of the month in percent, and what will then be left of the budget
    in ms, negative when overspent; budgets are None without an objective.
    """

    availability: float | None
    best: float | None
    worst: float | None
    budget_ms: int | None
    budget_left_ms: int | None
    budget_left_worst_ms: int | None


def burn(ledger: TimeLedger, objective: float | None) -> Burn | None:
    """Of a window with this time ledger; None without an objective (percent)."""
    if objective is None:
        return None
    known, all_of_it = ledger.measured, ledger.measured + ledger.unknown
    return Burn(
        rate=_rate(ledger.down, known, objective),
        best=_rate(ledger.down, all_of_it, objective),
        worst=_rate(ledger.down + ledger.unknown, all_of_it, objective),
        coverage=ledger.coverage,
    )


def forecast(
    so_far: TimeLedger, recent: TimeLedger, rest: int, objective: float | None
) -> Forecast:
    """How a month ends of which `so_far` is over and `rest` ms that count are still to come;
    `recent` are the last three days.
    """
    pace = recent if recent.measured else so_far
    lost = _going_on(so_far.down, pace.down, pace.measured, rest)
    blind = so_far.down + so_far.unknown
    at_worst = _going_on(blind, pace.down + pace.unknown, pace.measured + pace.unknown, rest)
    whole = so_far.measured + so_far.unknown + rest
    budget = None if objective is None else int(_share(objective) * whole)
    return Forecast(
        availability=_without(lost, so_far.measured + rest),
        best=_without(Fraction(so_far.down), whole),
        worst=_without(at_worst, whole),
        budget_ms=budget,
        budget_left_ms=_left(budget, lost),
        budget_left_worst_ms=_left(budget, at_worst),
    )


def _share(objective: float) -> Fraction:
    """That may be lost."""
    return (100 - Fraction(str(objective))) / 100


def _rate(down: int, known: int, objective: float) -> float | None:
    allowed = _share(objective)
    if known == 0 or allowed == 0:
        return None
    return -(Fraction(down, known) / allowed * -1000).__floor__() / 1000


def _going_on(lost: int, down: int, known: int, rest: int) -> Fraction | None:
    """What is lost by the end at a pace; None where no pace is known."""
    if rest == 0:
        return Fraction(lost)
    return None if known == 0 else lost + Fraction(down * rest, known)


def _without(lost: Fraction | None, whole: int) -> float | None:
    if lost is None:
        return None
    good = whole - lost
    return percent(good.numerator, good.denominator * whole)


def _left(budget: int | None, lost: Fraction | None) -> int | None:
    if budget is None or lost is None:
        return None
    return budget - lost.__ceil__()
