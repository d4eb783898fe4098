"""Which time a claim is about: a month of the configured zone and what of it the contract ran."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from uptime import availability
from uptime.config.model import Contract
from uptime.contracts import ran


@dataclass(frozen=True, slots=True)
class Period:
    """Milliseconds: outages are looked for in `window`, half-open; `length` is the T of the
    formula, by the contract's denominator.
    """

    month: str
    window: tuple[int, int]
    length: int

    @property
    def whole(self) -> bool:
        """Whether the denominator makes no difference."""
        return self.length == self.window[1] - self.window[0]


def period_of(month: str, contract: Contract, zone: ZoneInfo) -> Period:
    """The period of a month such as "2026-11"; ValueError if it is none, or not the contract's."""
    first, following = availability.month(month, zone)
    start, end = ran(contract, zone, (first, following))
    if start >= end:
        days = f"{contract.start or '…'} to {contract.end or '…'}"
        raise ValueError(
            f'contract "{contract.id}" did not run in {month}: it runs {days}; '
            "fix: choose another month, or correct start and end"
        )
    calendar = contract.denominator == "calendar-month"
    return Period(month, (start, end), following - first if calendar else end - start)
