"""The ledger's entries: what was concluded and said, in whole numbers and text.

A field without a value is left out; every entry has `type` and `at` (ms). The fields of a
transition are enough to rebuild the spans of its check.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from uptime.core.maintenance import Entered
from uptime.core.model import Entry, Pause, Transition
from uptime.core.ticket import Ticket


def entry(kind: str, at: int, **fields: str | int | list[str] | None) -> Entry:
    return {"type": kind, "at": at, **{k: v for k, v in fields.items() if v is not None}}


def of_transition(transition: Transition, incident: int | None) -> Entry:
    unknown = transition.unknown or (None, None)
    return entry(
        "transition",
        transition.at,
        check=transition.check,
        old=transition.old.value,
        new=transition.new.value,
        state=transition.new_state.value,
        began=transition.began,
        bound=transition.bound,
        unknown_from=unknown[0],
        unknown_until=unknown[1],
        reason=transition.reason,
        detail=transition.detail or None,
        result=transition.result_id or None,
        incident=f"INC-{incident}" if incident is not None else None,
    )


def of_blindness(transitions: Iterable[Transition], at: int) -> list[Entry]:
    """Checks of which nothing is known from an instant on, told together: at a start there may
    be ten thousand of them.
    """
    since: dict[int, list[str]] = defaultdict(list)
    for transition in transitions:
        since[transition.began].append(transition.check)
    return [
        entry("blind", at, began=began, checks=sorted(checks))
        for began, checks in sorted(since.items())
    ]


def of_pause(pause: Pause) -> Entry:
    """That a check is no longer measured; or is again."""
    if pause.withdrawn is not None:
        return entry("resume", pause.withdrawn, check=pause.check, by=pause.withdrawn_by)
    return entry("pause", pause.entered, check=pause.check, by=pause.by)


def of_token(
    number: int,
    name: str,
    digest: str,
    scopes: Iterable[str],
    created: int,
    expires: int | None,
    by: str,
) -> Entry:
    """Who may speak from now on; `digest` is that of the token, not the token."""
    return entry(
        "token",
        created,
        token=number,
        name=name,
        digest=digest,
        scopes=sorted(scopes),
        expires=expires,
        by=by,
    )


def of_revocation(number: int, at: int, by: str) -> Entry:
    return entry("token revoked", at, token=number, by=by)


def of_maintenance(entered: Entered) -> Entry:
    """A plan as it was entered, whole; or that it was withdrawn."""
    if entered.withdrawn is not None:
        return entry(
            "maintenance withdrawn",
            entered.withdrawn,
            maintenance=entered.name,
            by=entered.withdrawn_by,
        )
    plan = entered.plan
    return entry(
        "maintenance",
        entered.entered,
        maintenance=entered.name,
        by=entered.by,
        source=entered.source,
        covers=plan.match.words,
        start=plan.start.isoformat(),
        zone=plan.zone,
        duration=plan.duration,
        rrule=plan.rrule,
        reason=plan.reason,
        announced=plan.announced,
    )


def of_ticket(incident: str, ticket: Ticket) -> Entry:
    """A vendor's ticket as it now is said to be, whole; a correction is another of these."""
    return entry(
        "ticket",
        ticket.at,
        incident=incident,
        by=ticket.by,
        number=ticket.number,
        reported=ticket.reported,
        acknowledged=ticket.acknowledged,
        restored=ticket.restored,
    )


def of_ticket_withdrawn(incident: str, number: str, by: str, at: int) -> Entry:
    """That there was no such ticket after all."""
    return entry("ticket withdrawn", at, incident=incident, by=by, number=number)
