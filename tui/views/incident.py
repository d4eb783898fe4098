"""The texts of the incidents screen."""

from __future__ import annotations

from tui.paint import Line, fit, joined, spread
from tui.scene import Scene
from tui.views.check import duration, handling, labelled, lasted, paragraph
from tui.words import CAUSES, DELIVERIES, MESSAGES, REASONS
from uptime.schema import IncidentRow, TicketRow, Told

_SIGNS = {"delivered": ("✓", "up"), "dead": ("✗", "down"), "merged": ("=", "muted")}


def heading(scene: Scene, width: int) -> Line:
    words = scene.words
    line: Line = [(" " * 2, "faint"), (fit("", 10), "faint"), (fit(words("state"), 12), "faint")]
    line += [(fit(words("name"), _name(width)), "faint"), (fit(words("began"), 13), "faint")]
    line += [(fit(words("length"), 9, right=True), "faint"), ("  " + words("by"), "faint")]
    return spread(line, [], width)


def incident_line(scene: Scene, incident: IncidentRow, width: int, *, here: bool) -> Line:
    """One incident of the list."""
    words, is_open = scene.words, incident.state == "open"
    loud = is_open and incident.acked is None
    sign, word = ("✗", "open") if is_open else ("✓", "closed")
    style = "down" if loud else "degraded" if is_open else "muted"
    by = incident.acked.by if incident.acked is not None else "–" if is_open else ""
    mark = "…" if incident.id in scene.busy else ""
    return [
        ("▌" if here else " ", "accent"),
        (" ", "text"),
        (fit(incident.id, 10), "accent" if is_open else "muted"),
        (fit(f"{sign} {words(word)}", 12), style),
        (fit(scene.title(incident), _name(width) - 1) + " ", "strong" if loud else "text"),
        (fit(scene.clock(incident.began, seconds=False), 13), "muted"),
        (fit(lasted(scene, incident), 9, right=True), "text" if is_open else "muted"),
        ("  " + mark + by, "down" if by == "–" else "text"),
    ]


def incident_detail(scene: Scene, incident: IncidentRow | None, width: int) -> list[Line]:
    words = scene.words
    if incident is None:
        return [[], [(" " + words("no_incidents"), "muted")]]
    is_open = incident.state == "open"
    title: Line = [(f" {incident.id}", "accent"), (f"  {scene.title(incident)}", "strong")]
    said = words("open" if is_open else "closed")
    right = joined([
        [(scene.severity(incident.severity), "muted")],
        [(said + " ", "down" if is_open else "muted")],
    ])  # fmt: skip
    lines = [spread(title, right, width)]

    def put(key: str, content: Line) -> None:
        lines.append(labelled(words(key), content, width))

    began: Line = [(scene.clock(incident.began), "text")]
    put("l_began", joined([began, _between(scene, incident.began_bound, incident.began),
                           [(duration(scene, incident), "text")]]))  # fmt: skip
    if incident.ended is not None:
        put("l_ended", joined([[(scene.clock(incident.ended), "text")],
                               _between(scene, incident.ended_bound, incident.ended)]))  # fmt: skip
    why = ": ".join(filter(None, (words.of(REASONS, incident.reason or ""), incident.detail)))
    lines += paragraph(words("l_symptom"), why or "–", "text", width, 3)
    put("l_handled", handling(scene, incident) or [("–", "muted")])
    named = words.of(CAUSES, incident.cause or "")  # in a person's own words, or one of ours
    cause = ": ".join(filter(None, (named, incident.cause_reason)))
    if cause:
        lines += paragraph(words("l_cause"), cause, "text", width, 3)
    elif incident.proposed is not None:
        guess = words(
            "guess",
            cause=words.of(CAUSES, incident.proposed.cause),
            why=incident.proposed.why.get(words.language, ""),
        )
        lines += paragraph(words("l_cause"), guess, "muted", width, 3)
    else:
        put("l_cause", [(words("not_given"), "muted")])
    if incident.affected:
        text = f"{len(incident.affected)}: " + ", ".join(incident.affected)
        lines += paragraph(words("l_affected"), text, "text", width, 4)
    if incident.ticket is not None:
        put("l_ticket", _ticket(scene, incident.ticket))
    notes = incident.notes
    if not notes:
        put("l_notes", [(words("no_notes"), "muted")])
    for at, note in enumerate(notes):
        text = f"{scene.clock(note.at, seconds=False)} {note.by}: {note.text}"
        lines += paragraph(words("l_notes") if at == 0 else "", text, "text", width, 6)
    if not incident.told:
        put("l_told", [(words("nobody_told"), "muted")])
    for at, told in enumerate(incident.told):
        lines.append(labelled(words("l_told") if at == 0 else "", _told(scene, told), width))
    return lines


def _ticket(scene: Scene, ticket: TicketRow) -> Line:
    """The vendor's number, and the times people stated."""
    times = (
        ("ticket_reported", ticket.reported),
        ("ticket_acknowledged", ticket.acknowledged),
        ("ticket_restored", ticket.restored),
    )
    said: list[Line] = [
        [(scene.words(key, at=scene.clock(at, seconds=False)), "text")]
        for key, at in times
        if at is not None
    ]
    return joined([[(ticket.number, "strong")], *said])


def _told(scene: Scene, told: Told) -> Line:
    words = scene.words
    sign, style = _SIGNS.get(told.state, ("…", "degraded"))
    arrived = scene.clock(told.delivered) if told.delivered is not None else ""
    parts: list[Line] = [
        [(f"{sign} ", style), (told.channel, "text")],
        [(words.of(MESSAGES, told.kind), "text")],
        [
            (
                f"{words.of(DELIVERIES, told.state)} {arrived}".rstrip(),
                style if sign != "✓" else "text",
            )
        ],
        [(words("tries", n=told.attempts), "muted")] if told.attempts > 1 else [],
        [(told.error, "degraded")] if told.error and told.delivered is None else [],
    ]
    return joined(parts)


def _between(scene: Scene, bound: str | None, at: str) -> Line:
    """The edge lies somewhere in here."""
    if bound is None or bound == at:
        return []
    return [(scene.words("between", a=scene.clock(bound), b=scene.clock(at)), "muted")]


def _name(width: int) -> int:
    return max(10, min(48, width - 10 - 12 - 13 - 9 - 2 - 14))
