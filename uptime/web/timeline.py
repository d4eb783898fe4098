"""How an incident went, told from what is remembered of it."""

from __future__ import annotations

from collections.abc import Iterable

from uptime.core.model import Incident, Notification
from uptime.core.text import rfc3339
from uptime.schema import TimelineRow


def timeline_of(incident: Incident, notifications: Iterable[Notification]) -> list[TimelineRow]:
    """Oldest first."""
    rows: list[tuple[int, TimelineRow]] = []

    def add(at: int | None, kind: str, by: str | None, text: str) -> None:
        if at is not None:
            rows.append((at, TimelineRow(at=rfc3339(at) or "", kind=kind, by=by, text=text)))

    add(incident.began, "began", None, ": ".join(filter(None, (incident.reason, incident.detail))))
    for each in notifications:
        add(each.created, "owed", each.channel, each.kind)
        add(each.delivered, "delivered", each.channel, each.kind)
        if each.delivered is None and each.error is not None:
            add(each.attempted, "failed", each.channel, each.error)
    if incident.acked is not None:
        add(incident.acked.at, "acknowledged", incident.acked.by, incident.acked.note)
    for note in incident.notes:
        add(note.at, "note", note.by, note.text)
    if incident.cause is not None:
        said = ": ".join(filter(None, (incident.cause, incident.cause_reason)))
        add(incident.cause_at, "cause", incident.cause_by, said)
    add(incident.ended, "ended", None, incident.closing or "")
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]
