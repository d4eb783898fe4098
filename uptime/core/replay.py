"""What another policy would have made of the same results: outages, minutes, alerts.

The same state machine over the results as they were measured; what was measured, and when, is
history and stays. Every outage would have been one alert and one recovery.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from uptime.core.blips import blip
from uptime.core.intervals import Interval
from uptime.core.model import CheckState, Condition, Policy, Result, Span, Status, Transition
from uptime.core.sla import TimeLedger, account
from uptime.core.spans import respan, tail_from
from uptime.core.state import expire, observe


@dataclass(frozen=True, slots=True)
class Trial:
    """A policy to try; `slow` is the latency in seconds above which a good run is degraded,
    None for as it was judged.
    """

    policy: Policy
    slow: float | None = None


@dataclass(frozen=True, slots=True)
class Outage:
    """Half-open milliseconds; still going on where `ended` is None. `found` is when it was
    confirmed: an alert cannot come sooner.
    """

    began: int
    ended: int | None
    found: int


@dataclass(slots=True)
class Replay:
    """Takes results in the order of time, then says what came of them."""

    check: str
    trial: Trial
    state: CheckState = field(default_factory=CheckState)
    spans: list[Span] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    blips: int = 0
    runs: int = 0

    def take(self, results: Iterable[Result]) -> None:
        for result in results:
            self.runs += 1
            self._expire(result.at)
            before, judged = self.state, self._judged(result)
            self.state, transition = observe(before, judged, self.trial.policy)
            self.blips += blip(before, self.state, judged) is not None
            self._apply(transition)

    def account(
        self, window: tuple[int, int], monitored: Iterable[Interval], until: int
    ) -> TimeLedger:
        """The time ledger it would have been, known until `until`."""
        self._expire(until)
        return account(window, self.spans, list(monitored), until=until)

    def alerts(self, window: tuple[int, int]) -> list[Outage]:
        """Outages found in the window, oldest first."""
        return [o for o in self.outages if window[0] <= o.found < window[1]]

    def _judged(self, result: Result) -> Result:
        slow = self.trial.slow
        if slow is None or result.latency is None:
            return result
        if result.status not in (Status.UP, Status.DEGRADED):
            return result
        status = Status.DEGRADED if result.latency > slow else Status.UP
        return result._replace(status=status)

    def _expire(self, at: int) -> None:
        self.state, transition = expire(self.check, self.state, at)
        self._apply(transition)

    def _apply(self, transition: Transition | None) -> None:
        if transition is None:
            return
        start = tail_from(transition)
        first = len(self.spans)
        while first and (
            self.spans[first - 1].ended is None or (self.spans[first - 1].ended or 0) > start
        ):
            first -= 1
        self.spans[first:] = respan(self.spans[first:], transition)
        if not transition.changed:
            return
        if transition.new is Condition.DOWN:
            self.outages.append(Outage(transition.began, None, transition.at))
        elif transition.old is Condition.DOWN:
            self.outages[-1] = replace(self.outages[-1], ended=transition.began)
