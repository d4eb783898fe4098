"""What a start enters of the time the daemon was away: nothing is known of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from uptime.core import statements
from uptime.core.model import Batch, CheckState, Entry, Transition
from uptime.core.state import blind, set_back


def absence(
    states: Mapping[str, CheckState],
    life: int | None,
    now: int,
    configured: Collection[str],
    start: Entry,
) -> tuple[dict[str, CheckState], Batch]:
    """The states with which a start at `now` goes on, and what is to be stored before anything
    is measured. `life` is the last sign of life, None where there was no life before; `start`
    the statement of the start itself.
    """
    entries = [start]
    after: dict[str, CheckState] = dict(states)
    changed: dict[str, CheckState] = {}
    transitions: list[Transition] = []
    if life is not None:
        entries.append(statements.entry("absence", now, began=min(life, now), ended=now))
        for check, state in states.items():
            if life > now:
                after[check], transition = set_back(check, state, now)
            else:
                since = max(min(state.valid_until, life), state.since or 0)
                after[check], transition = blind(check, state, since, now)
            if transition is not None:
                transitions.append(transition)
                changed[check] = after[check]
    entries += statements.of_blindness(transitions, now)
    # What was removed meanwhile begins anew if it ever comes back.
    changed |= dict.fromkeys(after.keys() - configured, CheckState())
    batch = Batch(transitions=tuple(transitions), states=changed, entries=tuple(entries), life=now)
    return after, batch
