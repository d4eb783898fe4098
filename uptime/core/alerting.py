"""Who is owed which message: Rule N, level and not edge.

For each incident and channel: owed when the confirmed condition differs from the one last
owed, nothing holds it and the last result is fresh. Evaluated at every result of a check with
an incident, so nothing hangs on catching the right moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from uptime.core.model import CheckState, Condition, Incident


@dataclass(frozen=True, slots=True)
class Want:
    """What one channel wants to hear of a check; routes to the same channel are one.

    Times in milliseconds; `repeat` None means no reminders.
    """

    channel: str
    degraded: bool = False
    wait: int = 30_000
    repeat: int | None = 4 * 3_600_000


@dataclass(frozen=True, slots=True)
class Owed:
    """A message to be written down: to whom, of what kind, not before when."""

    channel: str
    kind: str
    due: int


def union(wants: Iterable[Want]) -> tuple[Want, ...]:
    """One want per channel: the most eager of its routes."""
    merged: dict[str, Want] = {}
    for want in wants:
        known = merged.get(want.channel)
        if known is None:
            merged[want.channel] = want
            continue
        repeats = [r for r in (known.repeat, want.repeat) if r is not None]
        merged[want.channel] = Want(
            want.channel,
            known.degraded or want.degraded,
            min(known.wait, want.wait),
            min(repeats, default=None),
        )
    return tuple(merged.values())


def decide(
    incident: Incident,
    state: CheckState,
    wants: Sequence[Want],
    *,
    held: bool,
    now: int,
    last_owed: dict[str, int],
) -> list[Owed]:
    """The messages owed now. `held` is any overlay that forbids telling; `last_owed` is when
    each channel was last owed one of this incident (for reminders).

    A recovery is owed only to who was told, and at once; who was told is also told if no
    route leads there any more.
    """
    if not state.known:
        return []
    # A check on its way up is not called down any more: its next result tells.
    held = held or (state.condition is Condition.DOWN and state.goods > 0)
    owed: list[Owed] = []
    wanted = {want.channel: want for want in wants}
    for channel in [*wanted, *(c for c in incident.told if c not in wanted)]:
        want, told = wanted.get(channel), incident.told.get(channel)
        match state.condition:
            case Condition.UP if told is not None and told != Condition.UP:
                owed.append(Owed(channel, "recovered", now))
            case Condition.DEGRADED if told == Condition.DOWN:
                owed.append(Owed(channel, "improved", now))
            case Condition.DEGRADED if want and want.degraded and told is None and not held:
                owed.append(Owed(channel, "degraded", now + want.wait))
            case Condition.DOWN if want and told != Condition.DOWN and not held:
                # Somebody who already has the incident need not be spared the first seconds.
                owed.append(Owed(channel, "down", now + (want.wait if told is None else 0)))
            case Condition.DOWN if want and told == Condition.DOWN and not held:
                last = last_owed.get(channel)
                due = want.repeat is not None and last is not None and now - last >= want.repeat
                if due and not (incident.acked and incident.acked.holds(now)):
                    owed.append(Owed(channel, "reminder", now))
    return owed


TOLD = {
    "down": Condition.DOWN,
    "reminder": Condition.DOWN,
    "degraded": Condition.DEGRADED,
    "improved": Condition.DEGRADED,
    "recovered": Condition.UP,
}
"""The condition a channel knows of once it is owed a message of that kind."""
