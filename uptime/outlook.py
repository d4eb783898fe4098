"""How fast budgets are spent and how the month will end: for whatever has a time ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from uptime.core.objective import BURN, PACE, Burn, Forecast, burn, forecast
from uptime.core.sla import TimeLedger

Window = tuple[int, int]
Ask = Callable[[Window], TimeLedger]


@dataclass(frozen=True, slots=True)
class Outlook:
    """Burn rates by window up to the end of what was asked for; none without an objective. The
    forecast is of the month that is going on; None where that end is past.
    """

    burn: Mapping[str, Burn]
    forecast: Forecast | None


def outlook(
    end: int, month: Window | None, objective: float | None, ledger: Ask, rest: Ask
) -> Outlook:
    """At `end`, in `month` if that is going on; `rest` is the ledger of a window to come in which
    nothing fails.
    """
    recent = {name: ledger((end - length, end)) for name, length in BURN.items()}
    rates = {name: burn(each, objective) for name, each in recent.items()}
    told = None
    if month is not None:
        to_come = rest((end, month[1])).up
        told = forecast(ledger((month[0], end)), recent[PACE], to_come, objective)
    return Outlook({name: rate for name, rate in rates.items() if rate is not None}, told)
