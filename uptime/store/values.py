"""What the store answers with, beyond the values of `uptime.core.model`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from uptime.core.maintenance import Entered
from uptime.core.model import CheckState, Incident, Notification, Result, Status


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a start finds: the past up to `life`, the daemon's last sign of life.

    `states` have their times brought up to the last stored result; `incidents` are the open
    ones, `told` every notification they led to; `notifications` are those still owed;
    `maintenance` is all that was ever entered; `era` numbers the starts, this one included.
    """

    states: Mapping[str, CheckState]
    last: Mapping[str, Result]
    incidents: list[Incident]
    told: list[Notification]
    notifications: list[Notification]
    maintenance: list[Entered]
    life: int | None
    era: int
    next_incident: int
    next_notification: int
    next_overlay: int


@dataclass(frozen=True, slots=True)
class Point:
    """One result, or those of one step: the worst status and its most frequent reason, the mean
    latency and its quantiles (uptime.core.rollup); `source` is the coarsest of raw, minute, hour
    and day that it was read from.
    """

    at: int
    source: str
    status: Status
    latency: float | None
    latency_min: float | None
    latency_p50: float | None
    latency_p95: float | None
    latency_p99: float | None
    latency_max: float | None
    loss: float | None
    count: int
    failed: int
    statuses: Mapping[Status, int]
    reason: str | None


@dataclass(frozen=True, slots=True)
class Series:
    """The points of a window, and the window as one, if it has any; `notice` says what was asked
    for and is no longer kept.
    """

    points: list[Point]
    whole: Point | None
    notice: str | None


@dataclass(frozen=True, slots=True)
class Token:
    """`hash` is the hex SHA-256 of what its owner holds."""

    id: int
    name: str
    hash: str
    scopes: frozenset[str]
    created: int
    expires: int | None
    revoked: int | None


@dataclass(frozen=True, slots=True)
class Verified:
    """The ledger from its first entry to its head; `bad` is the first that does not fit."""

    count: int
    head: str
    bad: int | None


@dataclass(frozen=True, slots=True)
class Kept:
    """The report of a month as it was closed `at`; `seq` is its entry of the ledger."""

    month: str
    revision: int
    at: int
    seq: int
    text: str

    @property
    def hash(self) -> str:
        """What the entry says of the text: its SHA-256."""
        return hashlib.sha256(self.text.encode(errors="replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Finding:
    """What does not fit; `entry` is the number of the ledger's entry it contradicts, if any.

    `kind` is chain, entry, head, tip, gap, key, check, span, watched, maintenance, pause, token,
    incident, results, late, minutes, rollup, report or wanted.
    """

    kind: str
    entry: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Audit:
    """The whole record beside its ledger; `findings` has the first of each kind of trouble.
    `days` are those whose results were hashed again, `rollups` those whose rollups were.

    `unsigned` are entries that stood there at a start, or stand there now, without having been
    signed: a daemon that was killed leaves such, and so does who adds them by hand.
    """

    count: int
    head: str
    bad: int | None
    findings: tuple[Finding, ...]
    heads: int
    days: int
    rollups: int
    checks: int
    spans: bool
    unsigned: int

    @property
    def ok(self) -> bool:
        return not self.findings
