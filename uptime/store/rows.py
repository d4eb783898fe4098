"""Values as tuples in the order of their table's columns, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson

from uptime.core.causes import Cause
from uptime.core.maintenance import Entered, Plan
from uptime.core.match import Match
from uptime.core.model import (
    Acknowledgement,
    CheckState,
    Condition,
    Delivery,
    Incident,
    Note,
    Notification,
    Pause,
    Severity,
    Span,
    Status,
    Transition,
)
from uptime.core.proposed import Proposal
from uptime.core.sums import Summed, Sums
from uptime.core.ticket import Ticket

_STATE_DEFAULTS = CheckState._field_defaults
CONDITIONS = {each.value: each for each in Condition}  # a look costs a fifth of a call


def from_transition(key: int, t: Transition) -> tuple[object, ...]:
    """Behind `seq`."""
    unknown = t.unknown or (None, None)
    return (
        key, t.at, t.old, t.new, t.old_state, t.new_state, t.began, t.bound, *unknown,
        t.reason, t.detail, t.result_id,
    )  # fmt: skip


def to_transition(check: str, row: Sequence[Any]) -> Transition:
    _, at, old, new, old_state, new_state, began, bound, start, end, reason, detail, run = row
    return Transition(
        check=check,
        at=at,
        old=Condition(old),
        new=Condition(new),
        old_state=Status(old_state),
        new_state=Status(new_state),
        began=began,
        bound=bound,
        unknown=None if start is None else (start, end),
        reason=reason,
        detail=detail,
        result_id=run,
    )


def from_span(key: int, made: Summed) -> tuple[object, ...]:
    span = made.span
    return key, span.began, span.ended, span.condition, span.known, span.bound, *made.sums


def to_span(row: Sequence[Any]) -> Span:
    _, began, ended, condition, known, bound, *_ = row
    return Span(began, ended, CONDITIONS[condition], known == 1, bound)


def to_summed(row: Sequence[Any]) -> Summed:
    return Summed(to_span(row), Sums._make(row[6:]))


def from_state(state: CheckState) -> str:
    """What has its default is left out."""
    values = ((name, getattr(state, name)) for name in _STATE_DEFAULTS)
    return dump({name: value for name, value in values if value != _STATE_DEFAULTS[name]})


def state_values(text: str) -> dict[str, Any]:
    """The fields of a CheckState that have not their default."""
    values: dict[str, Any] = orjson.loads(text)
    if "condition" in values:
        values["condition"] = Condition(values["condition"])
    if "last_status" in values:
        values["last_status"] = Status(values["last_status"])
    return values


def from_incident(key: int | None, i: Incident) -> tuple[object, ...]:
    acked = i.acked and dump({"by": i.acked.by, "at": i.acked.at, "until": i.acked.until,
                              "note": i.acked.note})  # fmt: skip
    return (
        i.id, i.kind, key, i.severity, i.began, i.began_bound, i.ended, i.ended_bound,
        i.reason, i.detail, dump(i.affected), acked, i.cause, i.cause_reason,
        dump([{"by": n.by, "at": n.at, "text": n.text} for n in i.notes]), dump(dict(i.told)),
        i.closing, i.ticket and dump(asdict(i.ticket)), i.proposed and dump(asdict(i.proposed)),
        i.cause_by, i.cause_at,
    )  # fmt: skip


def to_incident(check: str | None, row: Sequence[Any]) -> Incident:
    (
        number, kind, _, severity, began, began_bound, ended, ended_bound, reason, detail, affected,
        acked, cause, cause_reason, notes, told, closing, ticket, proposed, cause_by, cause_at,
    ) = row  # fmt: skip
    return Incident(
        id=number,
        kind=kind,
        check=check,
        severity=Severity(severity),
        began=began,
        began_bound=began_bound,
        ended=ended,
        ended_bound=ended_bound,
        reason=reason,
        detail=detail,
        affected=tuple(orjson.loads(affected)),
        acked=Acknowledgement(**orjson.loads(acked)) if acked else None,
        cause=cause,
        cause_reason=cause_reason,
        notes=tuple(Note(**note) for note in orjson.loads(notes)),
        told=orjson.loads(told),
        closing=closing,
        ticket=Ticket(**orjson.loads(ticket)) if ticket else None,
        proposed=_proposal(orjson.loads(proposed)) if proposed else None,
        cause_by=cause_by,
        cause_at=cause_at,
    )


def _proposal(found: dict[str, Any]) -> Proposal:
    return Proposal(
        Cause(found["cause"]), found["rule"], found["confidence"], tuple(found["evidence"])
    )


def from_notification(n: Notification) -> tuple[object, ...]:
    return (
        n.id, n.incident, n.channel, n.kind, n.seq, n.created, n.due, n.state, n.attempts,
        n.attempted, n.delivered, n.error, n.stored,
    )  # fmt: skip


def to_notification(row: Sequence[Any]) -> Notification:
    (
        number, incident, channel, kind, seq, created, due, state, attempts, attempted, delivered,
        error, stored,
    ) = row  # fmt: skip
    return Notification(
        id=number,
        incident=incident,
        channel=channel,
        kind=kind,
        seq=seq,
        created=created,
        due=due,
        state=Delivery(state),
        attempts=attempts,
        attempted=attempted,
        delivered=delivered,
        error=error,
        stored=bool(stored),
    )


def from_pause(key: int, p: Pause) -> tuple[object, ...]:
    return (
        p.id, "pause", "person", key, *[None] * 7, p.entered, p.by, p.withdrawn, p.withdrawn_by,
    )  # fmt: skip


def to_pause(check: str, row: Sequence[Any]) -> Pause:
    *_, entered, by, withdrawn, withdrawn_by = row
    return Pause(row[0], check, by, entered, withdrawn, withdrawn_by)


def from_maintenance(keys: Callable[[str], int], m: Entered) -> tuple[object, ...]:
    """`keys` gives the number of a check, by which its plans follow a rename."""
    plan, match = m.plan, m.plan.match
    covers = dump({
        "severity": sorted(match.severity or ()), "group": sorted(match.groups or ()),
        "labels": dict(match.labels or {}), "check": sorted(map(keys, match.checks or ())),
    })  # fmt: skip
    return (
        m.id, "maintenance", m.source, None, covers, plan.start.isoformat(), plan.duration,
        plan.zone, plan.rrule, plan.reason, plan.announced, m.entered, m.by, m.withdrawn,
        m.withdrawn_by,
    )  # fmt: skip


def to_maintenance(names: Mapping[int, str], row: Sequence[Any]) -> Entered:
    (
        number, _, source, _, covers, start, duration, zone, rrule, reason, announced, entered,
        by, withdrawn, withdrawn_by,
    ) = row  # fmt: skip
    found = orjson.loads(covers)
    match = Match(
        severity=frozenset(found["severity"]) or None,
        groups=frozenset(found["group"]) or None,
        labels=found["labels"] or None,
        checks=frozenset(names[key] for key in found["check"]) or None,
    )
    plan = Plan(match, datetime.fromisoformat(start), duration, zone, rrule, reason, announced)
    return Entered(number, plan, by, entered, source, withdrawn, withdrawn_by)


def dump(value: object) -> str:
    """JSON; text that has no UTF-8 form loses what is not text in it."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return orjson.dumps(_clean(value)).decode()


def _clean(value: object) -> object:
    match value:
        case str():
            return value.encode(errors="replace").decode()
        case Mapping():
            return {_clean(key): _clean(item) for key, item in value.items()}
        case list() | tuple():
            return [_clean(item) for item in value]
        case int() if not -(1 << 63) <= value < 1 << 64:
            return str(value)  # as text rather than not at all
    return value
