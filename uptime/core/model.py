"""The values everything else passes around; no behaviour beyond what a value can say of itself.

Times are whole milliseconds since the epoch, UTC; durations measured by a probe are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from types import MappingProxyType
from typing import Any, NamedTuple

from uptime.core.maintenance import Entered
from uptime.core.own_state import OwnState
from uptime.core.proposed import Proposal
from uptime.core.ticket import Ticket

Fact = str | int | float | bool | None | list[str]
Entry = Mapping[str, "str | int | list[str] | None"]
"""One statement of the ledger: whole numbers and text only (design 4.5)."""


class Status(StrEnum):
    """How one run was judged; also the state every output shows."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


class Condition(StrEnum):
    """What a check last was, confirmed."""

    NONE = "none"
    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"


class Severity(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Overlay(StrEnum):
    """Lies over a state, never changes it."""

    MAINTENANCE = "maintenance"
    SILENCE = "silence"
    ACKNOWLEDGED = "acknowledged"
    UNREACHABLE = "unreachable"
    FLAPPING = "flapping"
    SELF_OUTAGE = "self_outage"
    PAUSED = "paused"


_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Result(NamedTuple):
    """An outcome, dated, bounded and judged; a tuple for the sake of its price.

    `id` orders the results of a check: it grows with each run of this installation and does
    not depend on the clock. `at` is when the run began, `duration` seconds until judged,
    `latency` seconds, `loss` a ratio. `blame` is "target" unless the status is unknown.
    """

    check: str
    id: int
    at: int
    duration: float
    status: Status
    blame: str = "target"
    reason: str | None = None
    detail: str = ""
    latency: float | None = None
    loss: float | None = None
    phases: Mapping[str, float] = _NOTHING
    facts: Mapping[str, Fact] = _NOTHING


class Blip(NamedTuple):
    """A streak of `fails` failing results from `began` until `ended`, the first good one (ms)."""

    check: str
    began: int
    ended: int
    fails: int


@dataclass(frozen=True, slots=True)
class Policy:
    """How results become a condition. `validity_ms`: interval + timeout + 5 s."""

    failure_threshold: int = 3
    success_threshold: int = 2
    validity_ms: int = 45_000


LASTING = 20
"""How many fields of a CheckState do not move with every result."""


class CheckState(NamedTuple):
    """What is remembered of a check between results; survives a restart.

    `since` is when the condition began, `since_bound` the last result that still spoke for
    the condition before it: the change lies in [since_bound, since]. `known` says whether a
    fresh result stands behind the condition; when not, `blind_from` is since when and
    `seen_from` the first result afterwards that did not restore it. The counters are runs
    of equal results, saturated at their threshold, each with the time of its first
    (`_from`) and of the known result before that (`_bound`). `last_at` is the last result of
    any kind, `last_known` the last that was not unknown, `last_status` its status.
    `flips` holds the last 20 "differs from the one before" bits, newest lowest (Icinga 2).
    A tuple, since every result makes a new one: a frozen dataclass costs five times as much.
    What every result moves stands last, after the first `LASTING` fields.
    """

    condition: Condition = Condition.NONE
    since: int | None = None
    since_bound: int | None = None
    known: bool = False
    blind_from: int | None = None
    seen_from: int | None = None
    fails: int = 0
    fails_from: int = 0
    fails_bound: int | None = None
    poors: int = 0  # degraded or failing
    poors_from: int = 0
    poors_bound: int | None = None
    goods: int = 0  # up or degraded
    goods_from: int = 0
    goods_bound: int | None = None
    ups: int = 0
    ups_from: int = 0
    ups_bound: int | None = None
    flips: int = 0
    flapping: bool = False
    last_id: int = 0
    last_at: int | None = None
    last_known: int | None = None
    last_status: Status | None = None
    valid_until: int = 0

    @property
    def state(self) -> Status:
        """The condition while it is known, else unknown."""
        if not self.known or self.condition is Condition.NONE:
            return Status.UNKNOWN
        return Status(self.condition.value)

    @property
    def lasting(self) -> tuple[object, ...]:
        """All but the times that every result moves: what is worth writing down."""
        return self[:LASTING]

    @property
    def suspect(self) -> bool:
        """A confirmation is under way: the retry interval applies."""
        match self.condition:
            case Condition.DOWN:
                return self.goods > 0
            case Condition.DEGRADED:
                return self.fails > 0 or self.ups > 0
            case _:
                return self.poors > 0


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of state: of the condition, of whether it is known, or of both.

    `began` dates the new state (the first result of it, or the end of what was known),
    `bound` is the last result before that. `unknown` is the interval that was not known, its
    end None while it lasts. `at` is when this was found out.
    """

    check: str
    at: int
    old: Condition
    new: Condition
    old_state: Status
    new_state: Status
    began: int
    bound: int | None = None
    unknown: tuple[int, int | None] | None = None
    reason: str | None = None
    detail: str = ""
    result_id: int = 0

    @property
    def changed(self) -> bool:
        """Whether the condition itself changed."""
        return self.old is not self.new


class Span(NamedTuple):
    """A stretch of one condition, known or not; `ended` is None for the last one.

    The true beginning lies in [`bound`, `began`]; `bound` is None where nothing was known
    before.
    """

    began: int
    ended: int | None
    condition: Condition
    known: bool
    bound: int | None = None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    by: str
    at: int
    until: int | None = None
    note: str = ""

    def holds(self, now: int) -> bool:
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Note:
    by: str
    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Incident:
    """From a transition to down (or degraded) until the recovery.

    `told` is, per channel, the last condition a notification was owed for: Rule N compares
    against it. `kind` is down, degraded, security or self; `cause` is free text or a name, as a
    person gave it; `proposed` is what rules make of it, which nobody has confirmed.
    """

    id: int
    kind: str
    check: str | None
    severity: Severity
    began: int
    began_bound: int | None = None
    ended: int | None = None
    ended_bound: int | None = None
    reason: str | None = None
    detail: str = ""
    affected: tuple[str, ...] = ()
    acked: Acknowledgement | None = None
    cause: str | None = None
    cause_reason: str | None = None
    notes: tuple[Note, ...] = ()
    told: Mapping[str, str] = field(default_factory=dict)
    closing: str | None = None  # recovered, degraded, removed
    ticket: Ticket | None = None
    proposed: Proposal | None = None
    cause_by: str | None = None
    cause_at: int | None = None

    @property
    def open(self) -> bool:
        return self.ended is None

    @property
    def name(self) -> str:
        return f"INC-{self.id}"


@dataclass(frozen=True, slots=True)
class Pause:
    """A person stopped a check's measuring; kept after it was resumed."""

    id: int
    check: str
    by: str
    entered: int
    withdrawn: int | None = None
    withdrawn_by: str | None = None


class Delivery(StrEnum):
    """Where a notification stands."""

    PENDING = "pending"
    CLAIMED = "claimed"
    DELIVERED = "delivered"
    MERGED = "merged"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Notification:
    """One message owed to one channel; exists as a row before it is a message.

    `kind` is down, degraded, recovered, improved (down to degraded), reminder or test;
    `seq` orders the messages of one incident on one channel; `due` is the earliest time of
    the next attempt. The text is made at delivery, from the incident as it then stands.
    """

    id: int
    incident: int | None
    channel: str
    kind: str
    seq: int
    created: int
    due: int
    state: Delivery = Delivery.PENDING
    attempts: int = 0
    attempted: int | None = None
    delivered: int | None = None
    error: str | None = None
    stored: bool = True

    @property
    def key(self) -> str:
        """The same for every repetition of this message, so that a receiver can tell."""
        return f"INC-{self.incident or 0}.{self.seq}.{self.kind}.{self.channel}"


_tokens = count(1)


@dataclass(frozen=True, slots=True)
class Batch:
    """What belongs together: one commit of the store, in this order.

    `states` are written when something but their times changed; `incidents`,
    `notifications` and `overlays` are whole rows, inserted or replaced by id; `entries` are
    appended to the ledger; `life` is the daemon's sign of life, `own` how it fared. `token` names
    this batch for as long as the process lives, so that one written again after a failure of
    unknown outcome stands once; results, `blips` and `own` need none for that.
    """

    results: tuple[Result, ...] = ()
    transitions: tuple[Transition, ...] = ()
    states: Mapping[str, CheckState] = field(default_factory=dict)
    incidents: tuple[Incident, ...] = ()
    notifications: tuple[Notification, ...] = ()
    overlays: tuple[Entered | Pause, ...] = ()
    entries: tuple[Entry, ...] = ()
    life: int | None = None
    blips: tuple[Blip, ...] = ()
    own: tuple[OwnState, ...] = ()
    token: int = field(default_factory=_tokens.__next__, compare=False)

    @property
    def urgent(self) -> bool:
        """Worth an fsync of its own: anything but what is measured, and signs of life."""
        return bool(
            self.transitions
            or self.incidents
            or self.notifications
            or self.overlays
            or self.entries
        )
