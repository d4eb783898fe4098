"""The monthly report as values: all that is printed, in no language.

Times are milliseconds. What is kept of a closed month is this and nothing else: whoever prints
it later asks neither the record nor the configuration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from uptime.claims.gather import Paper
from uptime.core.booking import Booked
from uptime.core.sla import TimeLedger
from uptime.core.verdict import Verdict

Kind = Literal["service", "check", "group"]
"""What the rows of a report are."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. Its downtime lies in [`least`, `most`] by the edges of the outages;
    `before` is its time ledger of the month before, None where it was not watched then.
    """

    id: str
    name: str
    ledger: TimeLedger
    least: int
    most: int
    outages: int
    longest: int
    objective: float | None
    verdict: Verdict
    before: TimeLedger | None
    down_now: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Checks added up: a district, a group. `open`: how many are down at the end."""

    name: str
    checks: int
    ledger: TimeLedger
    outages: int
    open: int


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the month, added up over the rows; `date` is its number."""

    date: int
    weekday: int
    ledger: TimeLedger


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the trend. `closed` if its figures are those of its closed report."""

    month: str
    ledger: TimeLedger
    met: int
    judged: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Trouble:
    """One outage; `behind` is how many went down with it, `down` what of it lies in the month.
    `cause` is a name of the set or a person's words; `proposed` if no person has said so.
    """

    incident: str | None
    check: str
    name: str
    began: int
    bound: int | None
    ended: int | None
    ended_bound: int | None
    down: int
    behind: int
    cause: str | None
    proposed: bool
    follow_up: str | None


@dataclass(frozen=True, slots=True)
class Offender:
    """A check that failed again and again by itself."""

    id: str
    name: str
    outages: int
    down: int


@dataclass(frozen=True, slots=True)
class Handling:
    """Mean times in ms, None of nothing, over how many of the month's outages: until somebody
    took one on (MTTA), until it was restored (MTTR, in [`least`, `most`]); as core/repairs.py
    defines them.
    """

    outages: int
    acknowledged: int
    mtta: int | None
    restored: int
    mttr: int | None
    least: int | None
    most: int | None


@dataclass(frozen=True, slots=True)
class Alerts:
    """Messages owed in the month by what became of them; `late` are delivered ones."""

    delivered: int
    late: int
    undelivered: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Work:
    """One stretch of maintenance in force; `announced` whether anybody was told before. `where` is
    the name of the check if it is a single one.
    """

    name: str
    where: str | None
    reason: str | None
    start: int
    end: int
    checks: int
    announced: bool


@dataclass(frozen=True, slots=True)
class Book:
    """The ledger when the report was made; `day` and `day_head` are the newest signed head."""

    entries: int
    head: str
    bad: int | None
    day: str | None
    day_head: str | None
    results: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that is other than in the revision before; `field` names it."""

    subject: str
    field: Literal["down", "unknown", "outages", "cause", "refund", "new", "gone"]
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Closing:
    """What makes a report final: which revision, by whom, and of a later one why."""

    revision: int
    by: str
    reason: str | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """`until` is set while the month is not over: what came after it is left out. `made` dates
    every form; `closing` is None while the month is open.
    """

    organisation: str
    zone: str
    month: str
    window: tuple[int, int]
    until: int | None
    made: int
    kind: Kind
    rows: tuple[Row, ...]
    total: TimeLedger
    days: tuple[Day, ...]
    trend: tuple[Month, ...]
    causes: tuple[Booked, ...]
    by_district: bool
    parts: tuple[Part, ...]
    troubles: tuple[Trouble, ...]
    offenders: tuple[Offender, ...]
    handling: Handling
    alerts: Alerts
    works: tuple[Work, ...]
    checks: int
    known: TimeLedger
    book: Book
    annexes: tuple[Paper, ...]
    closing: Closing | None = None

    @property
    def revision(self) -> int:
        """0 while the month is open."""
        return 0 if self.closing is None else self.closing.revision
