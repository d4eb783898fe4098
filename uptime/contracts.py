"""A contract's circuits as one: what it was at every instant, as `siaga claim` sees it.

Its circuits are the checks that name it. It is down wherever one of them is known to be down, so
that time several lost counts once; that is a service of type `all` over them. Maintenance is what
the contract leaves out: announced in time, within the quota of its month. Service hours of a
circuit are not laid over it, since a claim does not know them; outside the days that the contract
ran it is unmonitored. What a claim leaves out besides (causes that are not the vendor's, outages
that are too short) was measured all the same and is down here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from uptime.availability import month_of
from uptime.config.suggest import hint
from uptime.core.calendar import midnight
from uptime.core.intervals import Interval, Set
from uptime.core.maintenance import excluded
from uptime.overlays import Laid

if TYPE_CHECKING:
    from uptime.config import Check, Config, Contract

Window = tuple[int, int]
Plans = Callable[[str, Window], Laid]
"""What is planned for a check in a window."""


@dataclass(frozen=True, slots=True)
class Over:
    """What is laid over a circuit on behalf of its contract."""

    held: list[Interval]
    hours: Set | None


@dataclass(frozen=True, slots=True)
class Circuits:
    """One contract with the checks that measure it, in the form of a service."""

    contract: Contract
    members: tuple[str, ...]
    zone: ZoneInfo
    plans: Plans
    type: Literal["all"] = "all"
    n: None = None

    @property
    def id(self) -> str:
        return self.contract.id

    @property
    def objective(self) -> float:
        return self.contract.sla

    def lay(self, check: str, window: Window) -> Over:
        start, end = ran(self.contract, self.zone, window)
        return Over(
            agreed(self.contract, check, window, self.zone, self.plans),
            None if (start, end) == window else [(start, end)] if start < end else [],
        )


def circuits(config: Config, contract: str, plans: Plans) -> Circuits:
    """KeyError for a contract that does not exist; ValueError, with the remedy, for one that no
    check measures.
    """
    found = config.contracts[contract]
    members = tuple(check.id for check in measured_by(config, contract))
    return Circuits(found, members, ZoneInfo(config.siaga.timezone), plans)


def named(config: Config, contract: str) -> Contract:
    """ValueError, with the remedy, for one that does not exist."""
    found = config.contracts.get(contract)
    if found is None:
        raise ValueError(
            f'no contract named "{contract}"{hint(contract, config.contracts)}; '
            f"fix: correct it, or add [contracts.{contract}]"
        )
    return found


def measured_by(config: Config, contract: str) -> list[Check]:
    """The checks of its circuits; ValueError, with the remedy, where there is none."""
    found = [check for check in config.checks.values() if check.contract == contract]
    if not found:
        raise ValueError(
            f'no check measures contract "{contract}"; '
            f'fix: write contract = "{contract}" into the checks of its circuits'
        )
    return found


def ran(contract: Contract, zone: ZoneInfo, window: Window) -> Window:
    """What of a window a contract ran; nothing where it ends before it starts."""
    start, end = window
    if contract.start is not None:
        start = max(start, midnight(contract.start, zone))
    if contract.end is not None:
        end = min(end, midnight(contract.end + timedelta(days=1), zone))
    return start, end


def agreed(
    contract: Contract, check: str, window: Window, zone: ZoneInfo, plans: Plans
) -> list[Interval]:
    """Maintenance that a contract leaves out in the months that touch a window, each with a quota
    of its own.
    """
    quota = None
    if contract.maintenance_quota is not None:
        quota = round(contract.maintenance_quota * 1000)
    notice = round(contract.maintenance_notice * 1000)
    found: list[Interval] = []
    for month in _months(window, zone):
        found += excluded(month, plans(check, month).maintenance, notice, quota)
    return found


def _months(window: Window, zone: ZoneInfo) -> Iterator[Window]:
    """Whole months: what came earlier in one has used up its quota."""
    at, end = window
    while at < end:
        month = month_of(at, zone)
        yield month
        at = month[1]
