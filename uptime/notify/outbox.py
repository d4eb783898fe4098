"""What one channel owes: which message goes next, and when.

Pure but for the jitter of the waits: time comes in as seconds of a monotonic clock, so a
stepped wall clock neither delays nor hurries a retry. Decides order, merging, back-off and
giving up; leaves sending and storing to the worker.

* Of one incident, rows leave in the order of their `seq`; between incidents none is promised.
* Rows of one incident that wait together become one message: a recovery takes the unsent
  outage into its own text, so it never comes without it or before it.
* A channel that fails is probed, not flooded: after each failed pair of attempts everything
  waits. A message that fails alone, while others pass, waits alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from uptime.core.model import Delivery, Notification
from uptime.notify.backoff import LONGEST_S, delay
from uptime.notify.render import CLOSING
from uptime.notify.sender import Sent, Verdict

AGE_LIMIT_S = 24 * 3600.0
FRESH_PROBE_S = 2.0
PROBES = 2
RESOLUTION_S = 0.001  # a loop's timer may fire a hair before its time
OUTAGE = frozenset({"down", "degraded"})
FINAL = frozenset({Delivery.DELIVERED, Delivery.MERGED, Delivery.DEAD})


@dataclass(slots=True, eq=False)
class Entry:
    """A row that is owed. `ready` and `born` are monotonic seconds; `owed` is wall time.

    `repeat`: an earlier attempt may have arrived. `short`: the long text was refused.
    `passed`: how many messages had passed when it failed last. `alone`: it failed again after
    others had passed, so the fault lies with it and not with the channel.
    """

    row: Notification
    ready: float
    born: float
    owed: int
    repeat: bool = False
    short: bool = False
    passed: int | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One message to send: the row it goes out as, and the rows it says as well."""

    carrier: Entry
    merged: tuple[Entry, ...] = ()
    untold: bool = False

    @property
    def entries(self) -> tuple[Entry, ...]:
        return (self.carrier, *self.merged)

    @property
    def repeat(self) -> bool:
        return any(entry.repeat for entry in self.entries)


class Outbox:
    """The rows of one channel that are not yet delivered, merged or dead."""

    def __init__(self) -> None:
        self._groups: dict[int, list[Entry]] = {}
        self._lost: set[int] = set()  # incidents whose outage was given up
        self._failing = False
        self._hold = 0.0
        self._told = False  # the service itself named the end of the hold
        self._probes = 0
        self._tried = 0.0
        self._passed = 0

    def __len__(self) -> int:
        return sum(len(group) for group in self._groups.values())

    @property
    def failing(self) -> bool:
        return self._failing

    def rows(self) -> list[Notification]:
        return [entry.row for group in self._groups.values() for entry in group]

    def add(self, row: Notification, now_ms: int, clock: float) -> None:
        """A row is owed; one in a final state is only remembered for what it tells."""
        if row.state in FINAL:
            if row.state is Delivery.DEAD and row.kind in OUTAGE and row.incident is not None:
                self._lost.add(row.incident)
            return
        # A wait can be no longer than it was meant to be, whatever became of the wall clock.
        longest = LONGEST_S if row.attempts else max(row.due - row.created, 0) / 1000
        ready = clock + min(max(row.due - now_ms, 0) / 1000, longest)
        entry = Entry(
            row=row,
            ready=ready,
            born=clock - max(now_ms - row.created, 0) / 1000,
            owed=row.created if row.attempts else max(row.created, row.due),
            repeat=row.state is Delivery.CLAIMED,
        )
        group = self._groups.setdefault(_group(row), [])
        group.append(entry)
        group.sort(key=lambda e: (e.row.seq, e.row.id))
        # What came before one that was tried went along with it, and never goes after it.
        last = 0.0
        for each in reversed(group):
            each.ready = max(each.ready, last)
            if each.row.attempts:
                last = each.ready
        if self._failing and not self._told:
            # News is worth knocking for, soon.
            self._hold = min(self._hold, self._tried + FRESH_PROBE_S)

    def next(self, clock: float) -> Job | float | None:
        """A job to send now, the time to ask again, or None while nothing is owed."""
        if not self._groups:
            return None
        clock += RESOLUTION_S
        if clock < self._hold:
            return self._hold
        ready: list[list[Entry]] = []
        soonest = float("inf")
        for group in self._groups.values():
            first = min(entry.ready for entry in group)
            if first <= clock:
                ready.append(group)
            else:
                soonest = min(soonest, first)
        if not ready:
            return soonest
        return self._job(self._choose(ready), clock)

    def _choose(self, ready: list[list[Entry]]) -> list[Entry]:
        if not self._failing:
            return min(ready, key=_oldest)
        if self._probes == 0:
            retried = [group for group in ready if any(e.row.attempts for e in group)]
            return min(retried or ready, key=_oldest)
        # The second probe goes round, so that one message nobody takes cannot hide the rest.
        return min(ready, key=lambda group: max(e.row.attempted or 0 for e in group))

    def _job(self, group: list[Entry], clock: float) -> Job:
        """The last news goes out and says all that waits before it; reminders add nothing."""
        news = [e for e in group if e.row.kind != "reminder"]
        carrier = (news or [e for e in group if e.ready <= clock])[-1]
        place = group.index(carrier)
        merged = (*group[:place], *(e for e in group[place + 1 :] if e.ready <= clock))
        untold = carrier.row.kind in CLOSING and (
            any(e.row.kind in OUTAGE for e in merged) or carrier.row.incident in self._lost
        )
        return Job(carrier, merged, untold)

    def claim(self, job: Job, now_ms: int) -> Notification:
        """The row as it stands while the attempt runs."""
        row = job.carrier.row
        job.carrier.row = replace(
            row, state=Delivery.CLAIMED, attempts=row.attempts + 1, attempted=now_ms
        )
        return job.carrier.row

    def settle(self, job: Job, sent: Sent, now_ms: int, clock: float) -> list[Notification]:
        """Takes in how a job went; returns the rows that changed, to be stored."""
        self._tried = clock
        match sent.verdict:
            case Verdict.DELIVERED:
                return self._delivered(job, now_ms, clock)
            case Verdict.MALFORMED:
                return self._malformed(job, sent, now_ms, clock)
            case _:
                return self._failed(job, sent, now_ms, clock)

    def _delivered(self, job: Job, now_ms: int, clock: float) -> list[Notification]:
        self._passed += 1
        if self._failing:
            self.hurry(clock)
        self._lost.discard(_group(job.carrier.row))
        delivered = replace(job.carrier.row, state=Delivery.DELIVERED, delivered=now_ms, error=None)
        merged = [replace(entry.row, state=Delivery.MERGED) for entry in job.merged]
        self._drop(job.entries)
        return [delivered, *merged]

    def _malformed(self, job: Job, sent: Sent, now_ms: int, clock: float) -> list[Notification]:
        carrier = job.carrier
        if carrier.short:
            return [self._bury(carrier, sent.error)]
        carrier.short = True
        carrier.row = replace(
            carrier.row,
            state=Delivery.CLAIMED if carrier.repeat else Delivery.PENDING,
            due=now_ms,
            error=sent.error,
        )
        carrier.ready = clock
        return [carrier.row]

    def _failed(self, job: Job, sent: Sent, now_ms: int, clock: float) -> list[Notification]:
        carrier = job.carrier
        carrier.repeat = carrier.repeat or sent.verdict is Verdict.UNKNOWN
        wait = delay(
            carrier.row.attempts, sent.retry_after, refused=sent.verdict is Verdict.REFUSED
        )
        # A row whose outcome is not known stays claimed: a restart must know it, too.
        carrier.row = replace(
            carrier.row,
            state=Delivery.CLAIMED if carrier.repeat else Delivery.PENDING,
            due=now_ms + int(wait * 1000),
            error=sent.error,
        )
        changed = [carrier.row]
        carrier.alone = (
            carrier.passed is not None
            and carrier.passed < self._passed
            and not self._failing
            and sent.retry_after is None
        )
        for entry in job.entries:
            entry.ready, entry.passed = clock + wait, self._passed
        if not carrier.alone:
            self._stumble(clock + wait, told=sent.retry_after is not None)
        changed += [
            self._bury(entry, f"given up after 24 h: {sent.error}")
            for group in list(self._groups.values())
            for entry in list(group)
            if clock - entry.born > AGE_LIMIT_S and (self._failing or entry is carrier)
        ]
        return list({row.id: row for row in changed}.values())

    def _stumble(self, until: float, *, told: bool) -> None:
        """The channel failed: hold everything after its first failure, then after each pair."""
        self._probes = PROBES if not self._failing or told else self._probes + 1
        self._failing = True
        if self._probes >= PROBES:
            self._hold, self._told, self._probes = until, told, 0

    def hurry(self, clock: float, *, all_of_them: bool = False) -> None:
        """The channel works, or may work now: what waited for it is tried at once.

        Rows that failed alone go on waiting, unless the address itself has changed.
        """
        for group in self._groups.values():
            for entry in group:
                if all_of_them:
                    entry.alone = False
                if self._waits_for_channel(entry):
                    entry.ready = min(entry.ready, clock)
        self._failing, self._hold, self._told, self._probes = False, 0.0, False, 0

    @staticmethod
    def _waits_for_channel(entry: Entry) -> bool:
        return (entry.row.attempts > 0 or entry.passed is not None) and not entry.alone

    def postpone(self, job: Job, until: float) -> None:
        """Nothing was learnt from this job: come back to it later."""
        for entry in job.entries:
            entry.ready = until

    def give_up(self, reason: str, but: Job | None = None) -> list[Notification]:
        """Everything owed is dead, except what is being sent: the channel is no more."""
        spared = but.entries if but is not None else ()
        entries = [e for group in self._groups.values() for e in group if e not in spared]
        return [self._bury(entry, reason) for entry in entries]

    def _bury(self, entry: Entry, error: str | None) -> Notification:
        self._drop((entry,))
        if entry.row.kind in OUTAGE and entry.row.incident is not None:
            self._lost.add(entry.row.incident)
        return replace(entry.row, state=Delivery.DEAD, error=error)

    def _drop(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            key = _group(entry.row)
            group = self._groups.get(key, [])
            if entry in group:
                group.remove(entry)
            if not group:
                self._groups.pop(key, None)


def _group(row: Notification) -> int:
    """Rows of one incident belong together; a test stands alone."""
    return row.incident if row.incident is not None else -row.id


def _oldest(group: list[Entry]) -> tuple[float, int]:
    return min((entry.ready, entry.row.id) for entry in group)
