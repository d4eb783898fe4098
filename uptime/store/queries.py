"""What is asked of the record, on a reading connection; each answer is values of the model."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from operator import attrgetter, itemgetter
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Select, Table, func, or_, select
from sqlmodel import col

from uptime.availability import Laid, Record, Tally
from uptime.core import ledger
from uptime.core.blips import Blips
from uptime.core.counted import Counting, Stretch
from uptime.core.maintenance import Entered
from uptime.core.model import Fact, Incident, Notification, Span, Transition
from uptime.core.sla import TimeLedger, accounted
from uptime.store import rows, tables
from uptime.store.tables import (
    BlipRow,
    Check,
    FactRow,
    Idempotency,
    IncidentRow,
    LedgerRow,
    Monitored,
    NotificationRow,
    OverlayRow,
    ReportRow,
    SpanRow,
    TokenRow,
    TransitionRow,
)
from uptime.store.values import Kept, Token


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


_BEGAN = attrgetter("began")
_FIRST = itemgetter(0)
# From the span over the start of the window on, so that older ones are not looked at.
_SPANS = """
SELECT s.check_key, s.began, s.ended, s.condition, s.known, s.bound
FROM json_each(:keys) AS k CROSS JOIN span AS s ON s.check_key = k.value
  AND s.began < :end AND s.began >= coalesce(
    (SELECT max(began) FROM span WHERE check_key = k.value AND began <= :start), :start)
WHERE s.ended IS NULL OR s.ended > :start"""
_MONITORED = """
SELECT m.* FROM json_each(:keys) AS k CROSS JOIN monitored AS m ON m.check_key = k.value
  AND m.began < :end AND (m.ended IS NULL OR m.ended > :start)"""


def records(
    db: sqlite3.Connection, checks: Mapping[int, str], start: int, end: int
) -> dict[str, Record]:
    """Spans and monitored intervals of these checks (by key) that touch [start, end), oldest
    first.
    """
    values = {"keys": rows.dump(sorted(checks)), "start": start, "end": end}
    spans: dict[int, list[Span]] = {key: [] for key in checks}
    watched: dict[int, list[tuple[int, int | None]]] = {key: [] for key in checks}
    named = rows.CONDITIONS
    for key, began, ended, condition, known, bound in db.execute(_SPANS, values):
        spans[key].append(Span(began, ended, named[condition], known == 1, bound))
    for key, began, ended in db.execute(_MONITORED, values):
        watched[key].append((began, ended))
    # They come in this order, though nobody promised it; SQLite would sort all of them at once.
    for each in spans.values():
        each.sort(key=_BEGAN)
    return {check: Record(spans[key], sorted(watched[key])) for key, check in checks.items()}


def counted(
    db: sqlite3.Connection,
    checks: Mapping[int, str],
    laid: Mapping[str, Laid],
    window: tuple[int, int],
    until: int,
) -> dict[str, Tally]:
    """The time ledgers of these checks (by key) over which something is laid: every span is looked
    at and none is kept.
    """
    start, end = window
    values = {"keys": rows.dump(sorted(checks)), "start": start, "end": end}
    watched: dict[int, list[tuple[int, int | None]]] = {key: [] for key in checks}
    for key, began, ended in db.execute(_MONITORED, values):
        watched[key].append((began, ended))
    counting = Counting(window)
    named = rows.CONDITIONS
    out: dict[str, Tally] = {}

    def add(key: int, spans: list[Stretch]) -> None:
        over = laid[checks[key]]
        time = counting.of(watched.pop(key), over.held, over.hours)
        spans.sort(key=_FIRST)  # they come in this order, though nobody promised it
        out[checks[key]] = Tally(accounted(time, spans, until), time.outages(spans, until))

    for key, found in groupby(db.execute(_SPANS, values), _FIRST):
        add(key, [(a, b, named[was], known == 1, bound) for _, a, b, was, known, bound in found])
    for key in list(watched):
        add(key, [])
    return out


def _between(stretches: str) -> str:
    """A query for what lies in `stretches` (key and id of a check, began, ended): the difference
    of the sums before the spans over both edges, with what of those spans lies before the edge.
    An open span is until :until.
    """

    def known(kind: str) -> str:
        return " - ".join(
            f"coalesce({s}.{kind} + CASE WHEN {s}.condition = '{kind}' AND {s}.known THEN"
            f" max(0, min(coalesce({s}.ended, :until), {edge}) - {s}.began) ELSE 0 END, 0)"
            for s, edge in (("b", "w.ended"), ("a", "w.began"))
        )

    return f"""
SELECT w.key, w.id, w.began, w.ended, {known("up")}, {known("degraded")}, {known("down")},
  coalesce(b.outages, 0) - coalesce(a.outages, 0)
    + coalesce(a.condition = 'down' AND coalesce(a.ended, :until) > w.began, 0)
FROM ({stretches}) AS w
LEFT JOIN span AS a ON a.check_key = w.key
  AND a.began = (SELECT max(began) FROM span WHERE check_key = w.key AND began <= w.began)
LEFT JOIN span AS b ON b.check_key = w.key
  AND b.began = (SELECT max(began) FROM span WHERE check_key = w.key AND began < w.ended)"""  # noqa: S608 - constants


_WATCHED = _between("""
SELECT c.key, c.id, max(m.began, :start) AS began, min(coalesce(m.ended, :end), :end) AS ended
FROM json_each(:checks) AS wanted CROSS JOIN checks AS c ON c.id = wanted.value
CROSS JOIN monitored AS m ON m.check_key = c.key
  AND m.began < :end AND (m.ended IS NULL OR m.ended > max(m.began, :start))""")
_WINDOW = _between("""
SELECT c.key, c.id, :start AS began, :end AS ended
FROM json_each(:checks) AS wanted CROSS JOIN checks AS c ON c.id = wanted.value""")


def tallies(
    db: sqlite3.Connection, checks: Sequence[str], window: tuple[int, int], until: int
) -> dict[str, Tally]:
    """The time ledgers of those of `checks` that were watched within a window, without a look at
    the spans inside of it.

    None at all for a window after `until`, in which an open outage would not be one, and none of
    a check that was watched twice at once, as it may be after the clock was set back.
    """
    start, end = window
    if end <= start or until <= start:
        return {}
    values = {"start": start, "end": end, "until": until, "checks": rows.dump(list(checks))}
    whole = end - start
    out: dict[str, Tally] = {}
    parts: dict[str, list[tuple[int, ...]]] = defaultdict(list)
    for _, check, began, ended, up, degraded, down, outages in db.execute(_WATCHED, values):
        if began == start and ended == end:
            unknown = whole - up - degraded - down
            out[check] = Tally(TimeLedger(up, degraded, down, 0, unknown), outages)
        else:
            parts[check].append((began, ended, up, degraded, down))
    # An outage that began or lasted when a check was not watched is one of the window, too.
    values["checks"] = rows.dump([check for check in parts if check not in out])
    for _, check, *_, outages in db.execute(_WINDOW, values):
        found = sorted(parts[check])
        if all(one[1] <= other[0] for one, other in pairwise(found)):
            began, ended, up, degraded, down = map(sum, zip(*found, strict=True))
            watched = ended - began
            unknown = watched - up - degraded - down
            out[check] = Tally(TimeLedger(up, degraded, down, 0, unknown, whole - watched), outages)
    return out


def blips(db: Connection, checks: Sequence[str] | None, start: int, end: int) -> dict[str, Blips]:
    """Those that began in [start, end), by check; of checks that have any."""
    wanted = names(db, checks)
    found = db.execute(
        select(
            col(BlipRow.check_key),
            func.count(),
            func.sum(col(BlipRow.ended) - col(BlipRow.began)),
        )
        .where(
            col(BlipRow.check_key).in_(_each(list(wanted))),
            col(BlipRow.began) >= start,
            col(BlipRow.began) < end,
        )
        .group_by(col(BlipRow.check_key))
    )
    return {wanted[key]: Blips(count, ms) for key, count, ms in found}


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


def incidents_within(db: Connection, start: int, end: int) -> list[Incident]:
    """Those that touch [start, end), oldest first."""
    ended = col(IncidentRow.ended)
    query = whole(IncidentRow).where(
        col(IncidentRow.began) < end, or_(ended.is_(None), ended > start)
    )
    return _incidents(db, query.order_by(col(IncidentRow.id)))


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


def deliveries(db: Connection, start: int, end: int, late: int) -> tuple[int, int, int, int]:
    """Messages owed in [start, end): delivered, of those more than `late` ms after they were
    due, given up, still waiting.
    """
    row, state = NotificationRow, col(NotificationRow.state)
    sent = state == "delivered"
    counted = db.execute(
        select(
            func.count().filter(sent),
            func.count().filter(sent, col(row.delivered) - col(row.due) > late),
            func.count().filter(state == "dead"),
            func.count().filter(state.in_(("pending", "claimed"))),
        ).where(col(row.created) >= start, col(row.created) < end, col(row.kind) != "test")
    ).one()
    return counted[0], counted[1], counted[2], counted[3]


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


def reports(db: Connection, month: str | None) -> list[Kept]:
    """Closed reports of a month, or of all, in the order in which they were closed."""
    query = whole(ReportRow).order_by(col(ReportRow.seq))
    if month is not None:
        query = query.where(col(ReportRow.month) == month)
    return [Kept(of, revision, at, seq, text) for seq, of, revision, at, text in db.execute(query)]
