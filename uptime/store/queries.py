"""What is asked of the record, on a reading connection; each answer is values of the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Select, Table, func, or_, select, text
from sqlmodel import col

from uptime.availability import Record, Tally
from uptime.core import ledger
from uptime.core.maintenance import Entered
from uptime.core.model import Fact, Incident, Notification, Span, Transition
from uptime.core.sla import TimeLedger
from uptime.store import rows, tables
from uptime.store.tables import (
    Check,
    FactRow,
    Idempotency,
    IncidentRow,
    LedgerRow,
    Monitored,
    NotificationRow,
    OverlayRow,
    SpanRow,
    TokenRow,
    TransitionRow,
)
from uptime.store.values import Token


def whole(model: type[tables.Table]) -> Select[Any]:
    """All columns in their order, as tuples."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return select(*table.columns)


def key_of(db: Connection, check: str) -> int | None:
    return db.execute(select(col(Check.key)).where(col(Check.id) == check)).scalar()


def names(db: Connection, checks: Sequence[str] | None = None) -> dict[int, str]:
    """Checks by their keys: these, or all ever."""
    query = select(col(Check.key), col(Check.id))
    if checks is not None:
        query = query.where(col(Check.id).in_(_each(checks)))
    return {key: check for key, check in db.execute(query) if key is not None}


def _each(values: Sequence[object]) -> Select[Any]:
    """Any number of values as one parameter."""
    return select(func.json_each(rows.dump(list(values))).table_valued("value").c.value)


def spans(db: Connection, check: str, start: int, end: int) -> list[Span]:
    """Those that touch [start, end), oldest first."""
    found = db.execute(
        whole(SpanRow)
        .where(col(SpanRow.check_key) == key_of(db, check), _touches(SpanRow, start, end))
        .order_by(col(SpanRow.began))
    )
    return [rows.to_span(row) for row in found]


def monitored(db: Connection, check: str) -> list[tuple[int, int | None]]:
    found = db.execute(
        select(col(Monitored.began), col(Monitored.ended))
        .where(col(Monitored.check_key) == key_of(db, check))
        .order_by(col(Monitored.began))
    )
    return [(began, ended) for began, ended in found]


def records(
    db: Connection, checks: Sequence[str] | None, start: int, end: int
) -> dict[str, Record]:
    """Spans and monitored intervals that touch [start, end); of all checks ever, if None."""
    wanted = names(db, checks)
    keys = _each(list(wanted))
    out: dict[str, tuple[list[Span], list[tuple[int, int | None]]]] = {
        check: ([], []) for check in wanted.values()
    }
    span_rows = db.execute(
        whole(SpanRow)
        .where(col(SpanRow.check_key).in_(keys), _touches(SpanRow, start, end))
        .order_by(col(SpanRow.check_key), col(SpanRow.began))
    )
    for row in span_rows:
        out[wanted[row[0]]][0].append(rows.to_span(row))
    watched = db.execute(
        whole(Monitored)
        .where(col(Monitored.check_key).in_(keys), _touches(Monitored, start, end))
        .order_by(col(Monitored.check_key), col(Monitored.began))
    )
    for key, began, ended in watched:
        out[wanted[key]][1].append((began, ended))
    return {check: Record(*found) for check, found in out.items()}


# One pass along the key, from the span that lies over the start of the window. What is open
# ends at :until; `dark` are stretches of down that were not known, which join outages.
_TALLIES = text("""
SELECT c.key, c.id,
  sum(CASE WHEN s.known AND s.condition = 'up' THEN
    max(0, min(coalesce(s.ended, :until), :end) - max(s.began, :start)) ELSE 0 END),
  sum(CASE WHEN s.known AND s.condition = 'degraded' THEN
    max(0, min(coalesce(s.ended, :until), :end) - max(s.began, :start)) ELSE 0 END),
  sum(CASE WHEN s.known AND s.condition = 'down' THEN
    max(0, min(coalesce(s.ended, :until), :end) - max(s.began, :start)) ELSE 0 END),
  sum(s.condition = 'down' AND coalesce(s.ended, :until) > :start),
  sum(s.condition = 'down' AND NOT s.known),
  min(CASE WHEN s.known THEN s.began END),
  max(CASE WHEN s.known THEN coalesce(s.ended, :until) END)
FROM json_each(:checks) AS wanted
CROSS JOIN checks AS c ON c.id = wanted.value
CROSS JOIN span AS s ON s.check_key = c.key AND s.began < :end AND s.began >= coalesce(
  (SELECT max(began) FROM span AS o WHERE o.check_key = c.key AND o.began <= :start), :start)
GROUP BY c.key""")
_WATCHED = text("""
SELECT check_key, count(*), min(began), max(coalesce(ended, :end)) FROM monitored
WHERE began < :end AND (ended IS NULL OR ended > :start) GROUP BY check_key""")


def tallies(
    db: Connection, checks: Sequence[str], window: tuple[int, int], until: int
) -> dict[str, Tally]:
    """Spans of a window added up where that is exact: for checks that were watched without a
    break from one instant to another, and known at no time outside of that.
    """
    start, end = window
    if end <= start:
        return {}
    values = {"start": start, "end": end, "until": until, "checks": rows.dump(list(checks))}
    watched = {key: tuple(row) for key, *row in db.execute(_WATCHED, values)}
    out = {}
    for key, check, up, degraded, down, outages, dark, first, last in db.execute(_TALLIES, values):
        count, began, ended = watched.get(key, (0, 0, 0))
        outside = first is not None and (first < began > start or last > ended < end)
        if count != 1 or dark or outside or ended <= began:
            continue
        served = min(ended, end) - max(began, start)
        ledger = TimeLedger(
            up=up,
            degraded=degraded,
            down=down,
            unknown=served - up - degraded - down,
            unmonitored=end - start - served,
        )
        out[check] = Tally(ledger, outages)
    return out


def _touches(model: type[SpanRow | Monitored], start: int, end: int) -> ColumnElement[bool]:
    open_or_later = or_(col(model.ended).is_(None), col(model.ended) > start)
    return (col(model.began) < end) & open_or_later


def transitions(db: Connection, check: str, start: int, end: int) -> list[Transition]:
    """Those found out in [start, end), oldest first."""
    query = whole(TransitionRow).where(
        col(TransitionRow.check_key) == key_of(db, check),
        col(TransitionRow.at) >= start,
        col(TransitionRow.at) < end,
    )
    found = db.execute(query.order_by(col(TransitionRow.seq)))
    return [rows.to_transition(check, row[1:]) for row in found]


def incidents(
    db: Connection,
    state: str | None,
    after_id: int | None,
    limit: int,
    check: str | None = None,
) -> list[Incident]:
    """Newest first, from below `after_id` on; `state` is open or closed."""
    query = whole(IncidentRow).order_by(col(IncidentRow.id).desc()).limit(limit)
    ended = col(IncidentRow.ended)
    if state is not None:
        query = query.where(ended.is_(None) if state == "open" else ended.is_not(None))
    if after_id is not None:
        query = query.where(col(IncidentRow.id) < after_id)
    if check is not None:
        query = query.where(col(IncidentRow.check_key) == key_of(db, check))
    return _incidents(db, query)


def incident(db: Connection, id: int) -> Incident | None:
    return next(iter(_incidents(db, whole(IncidentRow).where(col(IncidentRow.id) == id))), None)


def _incidents(db: Connection, query: Select[Any]) -> list[Incident]:
    found = db.execute(query).all()
    known = names(db) if found else {}
    return [rows.to_incident(known.get(row[2]), row) for row in found]


def notifications(
    db: Connection, incident: int | None, state: str | None, after_id: int | None, limit: int
) -> list[Notification]:
    """Newest first, from below `after_id` on."""
    query = whole(NotificationRow).order_by(col(NotificationRow.id).desc()).limit(limit)
    if incident is not None:
        query = query.where(col(NotificationRow.incident) == incident)
    if state is not None:
        query = query.where(col(NotificationRow.state) == state)
    if after_id is not None:
        query = query.where(col(NotificationRow.id) < after_id)
    return [rows.to_notification(row) for row in db.execute(query)]


def maintenance(db: Connection) -> list[Entered]:
    """All that was ever entered, oldest first."""
    query = whole(OverlayRow).where(col(OverlayRow.kind) == "maintenance")
    found = db.execute(query.order_by(col(OverlayRow.id))).all()
    known = names(db) if found else {}
    return [rows.to_maintenance(known, row) for row in found]


def facts(db: Connection, check: str, at: int) -> dict[str, Fact]:
    """What was known of a check at an instant."""
    return {name: value for name, (_, value) in facts_since(db, check, at).items()}


def facts_since(db: Connection, check: str, at: int) -> dict[str, tuple[int, Fact]]:
    """What was known of a check at an instant, and since when it was recorded so."""
    found = db.execute(
        select(col(FactRow.name), col(FactRow.since), col(FactRow.value))
        .where(col(FactRow.check_key) == key_of(db, check), col(FactRow.since) <= at)
        .order_by(col(FactRow.since))
    )
    latest = {name: (since, orjson.loads(value)) for name, since, value in found}
    return {name: found for name, found in latest.items() if found[1] is not None}


def ledger_page(db: Connection, after_seq: int, limit: int) -> list[ledger.Row]:
    query = whole(LedgerRow).where(col(LedgerRow.seq) > after_seq).order_by(col(LedgerRow.seq))
    return [(row[0], row[1], row[2], row[3]) for row in db.execute(query.limit(limit))]


def tokens(db: Connection) -> list[Token]:
    """All of them, revoked ones too."""
    found = db.execute(whole(TokenRow).order_by(col(TokenRow.id)))
    return [
        Token(number, name, digest, frozenset(scopes.split()), created, expires, revoked)
        for number, name, digest, scopes, created, expires, revoked in found
    ]


def remembered(db: Connection, key: str, principal: str) -> tuple[str, int, bytes] | None:
    """Hash of the request, status and body of the answer that was given to it."""
    row = db.execute(
        select(col(Idempotency.request), col(Idempotency.status), col(Idempotency.body)).where(
            col(Idempotency.principal) == principal, col(Idempotency.key) == key
        )
    ).first()
    return None if row is None else (row[0], row[1], row[2])
