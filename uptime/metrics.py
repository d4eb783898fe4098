"""What Prometheus is told: the daemon's own counters, and every check at scrape time.

Decides what is counted and in which slices a scrape is rendered; `uptime.exposition` decides
names and labels. Counters live as long as the process; what is said of a check is read off the
board, so a removed check leaves nothing behind and a stale one has no values.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib.metadata import version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from uptime.board import Board, Row
from uptime.core.model import Severity, Status
from uptime.exposition import FAMILIES, Family, Shown, cleaned, label_prefix, ratio_family
from uptime.pacer import Pacer

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_VERSION = version("siaga")
_STEP = 32  # checks between two looks at the clock
_LAG_WINDOW_S = 30.0
_LATENESS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0)


def _wall() -> int:
    return int(time.time() * 1000)


disable_created_metrics()  # type: ignore[no-untyped-call]  # one series more a counter, for nothing


class Metrics:
    """Fed by direct calls, read by `render()`; everything on the loop."""

    def __init__(self, board: Board, now: Callable[[], int] = _wall) -> None:
        self._board = board
        self._now = now
        self._prefixes: dict[str, tuple[Row, object, str | None, str, str]] = {}
        self._availability: dict[str, dict[str, float]] = {}
        self._budget: dict[str, float] = {}
        self._families = (
            *FAMILIES,
            ratio_family(
                "siaga_check_availability_ratio",
                "Availability over a window that ends now.",
                self._windows,
            ),
            ratio_family(
                "siaga_check_error_budget_ratio",
                "Share of the error budget that is left; negative when overspent.",
                self._budget_of,
            ),
        )
        self._lags = (0.0, 0.0, time.monotonic())
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)
        own = self.registry = CollectorRegistry()
        self._probes = Counter(
            "siaga_probes", "Runs by probe type and result.", ["type", "result"], registry=own
        )
        self._probe_children: dict[tuple[str, str], Counter] = {}
        self._late = Histogram(
            "siaga_schedule_lateness_seconds",
            "How much later than due a run began.",
            buckets=_LATENESS,
            registry=own,
        )
        lag = Gauge(
            "siaga_loop_lag_seconds",
            "Largest delay of the event loop within the last half to one minute.",
            registry=own,
        )
        lag.set_function(self._lag_now)
        self._dropped = Counter(
            "siaga_results_dropped", "Results given up while the store was broken.", registry=own
        )
        self._commit = Histogram(
            "siaga_store_commit_seconds",
            "Duration of a commit to the store.",
            buckets=_LATENESS,
            registry=own,
        )
        self._notifications = Counter(
            "siaga_notifications",
            "Attempts to deliver a notification by outcome.",
            ["channel", "outcome"],
            registry=own,
        )
        self._pending = Gauge(
            "siaga_outbox_pending", "Notifications owed to a channel.", ["channel"], registry=own
        )
        self._oldest = Gauge(
            "siaga_outbox_oldest_seconds", "Age of the oldest notification owed.", registry=own
        )
        self._reload = Gauge(
            "siaga_config_last_reload_successful",
            "Whether the last reading of the configuration was accepted.",
            registry=own,
        )
        self._reload.set(1)
        incidents = Gauge(
            "siaga_incidents_open", "Open incidents by severity.", ["severity"], registry=own
        )
        for severity in Severity:
            incidents.labels(severity.value).set_function(partial(self._open, severity))
        Gauge("siaga_build_info", "Version of the program.", ["version"], registry=own).labels(
            _VERSION
        ).set(1)

    # ---- what the daemon says ----

    def probe(self, type: str, result: str, count: int = 1) -> None:
        """One run ended, whatever caused it, or so many never began."""
        child = self._probe_children.get((type, result))
        if child is None:
            child = self._probes.labels(cleaned(type), cleaned(result))
            self._probe_children[type, result] = child
        child.inc(count)

    def lateness(self, seconds: float) -> None:
        self._late.observe(seconds)

    def lag(self, seconds: float) -> None:
        """One measurement of the loop's delay; the largest of two windows is shown."""
        last, current, since = self._lags
        now = time.monotonic()
        if now - since > _LAG_WINDOW_S:
            last, current, since = current, 0.0, now
        self._lags = (last, max(current, seconds), since)

    def dropped(self, count: int) -> None:
        self._dropped.inc(count)

    def commit(self, seconds: float) -> None:
        self._commit.observe(seconds)

    def notification(self, channel: str, outcome: str) -> None:
        self._notifications.labels(cleaned(channel), cleaned(outcome)).inc()

    def reload(self, ok: bool) -> None:
        self._reload.set(int(ok))

    def outbox(self, pending: Mapping[str, int], oldest: int | None, now: int) -> None:
        """What is owed to each channel, and since when the oldest of it (ms)."""
        self._pending.clear()
        for channel, count in pending.items():
            self._pending.labels(cleaned(channel)).set(count)
        self._oldest.set(0 if oldest is None else max(0, now - oldest) / 1000)

    def availability(self, check: str, window: str, percent: float | None) -> None:
        """Percent over "24h", "7d" or "30d", shown as a ratio; None without data."""
        ratios = self._availability.setdefault(check, {})
        if percent is None:
            ratios.pop(window, None)
        else:
            ratios[window] = round(percent / 100, 5)

    def budget(self, check: str, ratio: float | None) -> None:
        """What is left of the error budget, 1 for all of it; None without an objective."""
        if ratio is None:
            self._budget.pop(check, None)
        else:
            self._budget[check] = ratio

    # ---- what a scrape reads ----

    def described(self) -> Iterator[tuple[str, str]]:
        """Name and meaning of every metric of ours, for the manual."""
        yield from ((family.name, family.help) for family in self._families)
        for metric in self.registry.collect():
            total = "_total" if metric.type == "counter" else ""
            yield metric.name + total, metric.documentation

    async def render(self) -> AsyncIterator[bytes]:
        """The page, a few milliseconds of work at a time."""
        pacer = Pacer()
        shown: list[Shown] = []
        now = self._now()
        for start in range(0, len(rows := list(self._board.rows.values())), _STEP):
            shown.extend(self._show(row, now) for row in rows[start : start + _STEP])
            await pacer.breathe()
        for family in self._families:
            async for text in self._family(family, shown, pacer):
                yield text.encode("utf-8", "replace")
        self._prune()
        yield generate_latest(self.registry)
        # Read from files, if only the kernel's: not on the loop.
        yield await asyncio.to_thread(generate_latest, self._process)

    async def _family(self, family: Family, shown: list[Shown], pacer: Pacer) -> AsyncIterator[str]:
        parts: list[str] = []
        head, lines = family.head, family.lines
        for start in range(0, len(shown), _STEP):
            text = "".join([lines(each) for each in shown[start : start + _STEP]])
            if text:
                parts.append(head + text)
                head = ""
            if pacer.due:
                if parts:
                    yield "".join(parts)
                    parts.clear()
                await pacer.breathe()
        if parts:
            yield "".join(parts)

    def _show(self, row: Row, now: int) -> Shown:
        cached = self._prefixes.get(row.id)
        if (
            cached is None
            or cached[0] is not row
            or cached[1] is not row.labels
            or cached[2] != row.group
            or cached[3] != row.target
        ):
            cached = (row, row.labels, row.group, row.target, label_prefix(row))
            self._prefixes[row.id] = cached
        result = row.result
        if result is not None and (result.status is Status.UNKNOWN or now > row.state.valid_until):
            result = None
        return Shown(row, cached[4], result)

    def _prune(self) -> None:
        rows = self._board.rows
        for kept in (self._prefixes, self._availability, self._budget):
            if len(kept) > len(rows):
                for gone in kept.keys() - rows.keys():
                    del kept[gone]

    def _windows(self, check: str) -> Iterable[tuple[str, float]]:
        ratios = self._availability.get(check)
        if ratios is None:
            return ()
        return ((f',window="{window}"', ratio) for window, ratio in ratios.items())

    def _budget_of(self, check: str) -> Iterator[tuple[str, float]]:
        if check in self._budget:
            yield "", self._budget[check]

    def _lag_now(self) -> float:
        last, current, since = self._lags
        age = time.monotonic() - since
        # Nothing measured for two windows: the figure would be of long ago.
        return 0.0 if age > 2 * _LAG_WINDOW_S else max(last, current)

    def _open(self, severity: Severity) -> float:
        return float(sum(i.open and i.severity is severity for i in self._board.incidents.values()))
