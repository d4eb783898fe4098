"""What a transition makes of incidents: opened, raised, closed.

One open incident a check at most. A degraded one that goes down is raised, not doubled; a
recovery to degraded closes the outage and leaves a degraded incident, already told to whoever
is told of degraded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from uptime.core.model import Condition, Incident, Severity, Transition


def follow(
    current: Incident | None,
    transition: Transition,
    *,
    number: Callable[[], int],
    severity: Severity,
    affected: tuple[str, ...] = (),
    told_degraded: Collection[str] = (),
) -> tuple[Incident, ...]:
    """The incidents as they stand after a transition of their check, changed ones only.

    `number` draws a new id; `told_degraded` are the channels that want to hear of degraded.
    """
    if not transition.changed:
        return ()
    if current is None:
        match transition.new:
            case Condition.DOWN:
                return (_open("down", transition, number(), severity, affected),)
            case Condition.DEGRADED:
                return (_open("degraded", transition, number(), severity, ()),)
        return ()
    match transition.new:
        case Condition.DOWN if current.kind == "degraded":
            return (_raise(current, transition, affected),)
        case Condition.DEGRADED if current.kind == "down":
            still = _open("degraded", transition, number(), severity, ())
            told = {
                channel: Condition.DEGRADED.value
                for channel in current.told
                if channel in told_degraded
            }
            return close(current, transition, "degraded"), replace(still, told=told)
        case Condition.UP:
            return (close(current, transition, "recovered"),)
    return ()


def close(incident: Incident, transition: Transition, how: str) -> Incident:
    return replace(
        incident,
        ended=max(transition.began, incident.began),
        ended_bound=transition.bound,
        closing=how,
    )


def _raise(incident: Incident, transition: Transition, affected: tuple[str, ...]) -> Incident:
    return replace(
        incident,
        kind="down",
        reason=transition.reason,
        detail=transition.detail,
        affected=affected,
        acked=None,  # whoever is at something lesser has not said that they are at this
    )


def _open(
    kind: str, transition: Transition, number: int, severity: Severity, affected: tuple[str, ...]
) -> Incident:
    return Incident(
        id=number,
        kind=kind,
        check=transition.check,
        severity=severity,
        began=transition.began,
        began_bound=transition.bound,
        reason=transition.reason,
        detail=transition.detail,
        affected=affected,
    )
