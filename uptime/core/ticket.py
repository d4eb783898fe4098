"""A vendor's ticket for an outage: what people say of it, and the response and repair times
that follow. Times in ms.

The figures are statements, not measurements: who said them when stands beside them, and what
was measured is shown apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TypedDict

SLACK = 60_000
"""People write minutes: a report at 02:10 of an outage that began at 02:10:35 is none too early,
nor is an answer in the minute of the report.
"""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ticket:
    """`number` is the vendor's, `reported` when they were told, `restored` when they said that it
    was mended; `by` is who said so last, `at` when.
    """

    number: str
    reported: int
    acknowledged: int | None
    restored: int | None
    by: str
    at: int


class Said(TypedDict, total=False):
    """What a person says of a ticket; what is absent stays as it was, None takes it back."""

    number: str
    reported: int
    acknowledged: int | None
    restored: int | None


class Untrue(ValueError):
    """A time that cannot be, and of which field."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}")
        self.field = field


@dataclass(frozen=True, slots=True)
class Clock:
    """A time since the report: `ms` is None where nobody said when it ended, `running` while it
    has not; `target` is the contract's.
    """

    ms: int | None
    running: bool
    target: int | None

    @property
    def met(self) -> bool | None:
        """None without a target, without an end, and while it can still be met."""
        if self.target is None or self.ms is None:
            return None
        if self.ms > self.target:
            return False
        return None if self.running else True


def revised(
    before: Ticket | None, said: Said, *, since: int, by: str, now: int, zone: tzinfo
) -> Ticket:
    """The ticket after what `by` says at `now` of an outage that began at `since` at the earliest.

    ValueError if nothing is said, or no number yet; Untrue for a time that lies in the future,
    before the outage or before the report. `zone` is that of the times in the message.
    """
    if not said:
        raise ValueError("nothing is said; fix: give a number or a time")
    if before is None and "number" not in said:
        raise ValueError("it has no ticket yet; fix: give the vendor's number first")
    found = Ticket(
        number=said["number"] if before is None else said.get("number", before.number),
        reported=said.get("reported", now if before is None else before.reported),
        acknowledged=said.get("acknowledged", before.acknowledged if before else None),
        restored=said.get("restored", before.restored if before else None),
        by=by,
        at=now,
    )

    def shown(ms: int) -> str:
        moment = (_EPOCH + timedelta(milliseconds=ms)).astimezone(zone)
        return moment.isoformat(sep=" ", timespec="seconds")

    times = (
        ("reported", found.reported),
        ("acknowledged", found.acknowledged),
        ("restored", found.restored),
    )
    for field, ms in times:
        if ms is not None and ms > now:
            raise Untrue(field, f"lies in the future: {shown(ms)}, now is {shown(now)}")
    if found.reported + SLACK <= since:
        problem = f"lies before the outage: {shown(found.reported)}, it began at {shown(since)}"
        raise Untrue("reported", problem)
    for field, ms in times[1:]:
        if ms is not None and ms + SLACK <= found.reported:
            problem = f"lies before the report: {shown(ms)}, reported at {shown(found.reported)}"
            raise Untrue(field, problem)
    return found


def clocks(
    ticket: Ticket, response: int | None, repair: int | None, now: int
) -> tuple[Clock, Clock]:
    """Response (until the vendor's acknowledgement) and repair (until they said it was mended),
    with their targets in ms. What was mended without an acknowledgement has no response time.
    """
    over = ticket.restored is not None
    return (
        _clock(ticket.reported, ticket.acknowledged, response, now, over=over),
        _clock(ticket.reported, ticket.restored, repair, now, over=over),
    )


def _clock(began: int, ended: int | None, target: int | None, now: int, *, over: bool) -> Clock:
    if ended is not None:
        return Clock(max(0, ended - began), running=False, target=target)
    if over:
        return Clock(None, running=False, target=target)
    return Clock(max(0, now - began), running=True, target=target)
