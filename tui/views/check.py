"""The texts of the check screen."""

from __future__ import annotations

from tui.format import instant
from tui.paint import Line, cells, clip, fit, joined, spread, width_of, wrapped
from tui.scene import SERVICES, Scene
from tui.tree import SHOWN, shown
from tui.words import OVERLAYS, SIGNS
from uptime.schema import BoardRow, CheckDetail, IncidentRow

LABEL = 12
_INCIDENTS = 8


def state(scene: Scene, row: BoardRow | None, detail: CheckDetail | None, width: int) -> list[Line]:
    """How it is, since when, who is at it, what is watched and why it fails."""
    words = scene.words
    if row is None:
        return [[(" " + words("gone"), "degraded")]]
    named = shown(row)
    about = joined([[(each, "muted")] for each in (row.group or "", scene.severity(row.severity))])
    title: Line = [
        (f" {scene.sign(named)}", named),
        (f"  {row.name}", "strong"),
        (f"  {row.id}", "muted"),
    ]
    lines = [spread(title, [*about, (" ", "text")], width)]
    lines.append(_labelled(scene, "l_state", _standing(scene, row), width))
    lines.append(_labelled(scene, "l_target", [(f"{row.type}  {row.target}", "text")], width))
    if row.state != "up" and row.reason is not None:
        why = ": ".join(filter(None, (scene.reason(row.reason), row.detail)))
        lines += _paragraph(scene, "l_why", why, row.state, width, 3)
        expected = _expected(detail)
        if expected:
            lines += _paragraph(scene, "l_expected", expected, "text", width, 2)
    return lines


def facts(scene: Scene, row: BoardRow | None, detail: CheckDetail | None, width: int) -> list[Line]:
    """What the last run took and learnt, and the rule it is judged by."""
    words = scene.words
    if row is None:
        return []
    if row.type in SERVICES:
        return [_labelled(scene, "l_result", [(scene.value(row), "text")], width)]
    parts: list[Line] = []
    if row.last_result is not None:
        ago = words("ago", age=scene.since(row.last_result))
        parts.append([(scene.clock(row.last_result), "text"), (f"  {ago}", "muted")])
        if row.latency_s is not None:
            parts.append([(scene.latency(row.latency_s), "text")])
        if row.loss is not None:
            parts.append([(words("lost", loss=scene.percent(row.loss * 100, 0)), "text")])
    else:
        parts.append([(words("no_result"), "muted")])
    lines = [_labelled(scene, "l_result", joined(parts), width)]
    if detail is None:
        return lines
    last = detail.last
    if last is not None and last.phases:
        lines.append(
            _labelled(scene, "l_phases", _phases(scene, last.phases, width - LABEL), width)
        )
    if last is not None and last.facts:
        said = " · ".join(f"{name} {_plain(value)}" for name, value in last.facts.items())
        lines += _paragraph(scene, "l_facts", said, "text", width, 2)
    lines.append(_labelled(scene, "l_rule", _rule(scene, detail), width))
    return lines


def history(
    scene: Scene, row: BoardRow | None, detail: CheckDetail | None, width: int
) -> list[Line]:
    """Availability, incidents, and what it hangs on and what hangs on it."""
    words = scene.words
    if row is None:
        return []
    lines: list[Line] = []
    if detail is not None:
        shares = [
            [(f"{words(f'window_{name}')} ", "muted"), (scene.percent(value), "text")]
            for name, value in detail.availability.items()
            if name in {"7d", "30d"}  # the last day stands beside its bar
        ]
        if row.objective is not None:
            shares.append([(words("objective", percent=scene.percent(row.objective)), "muted")])
        lines.append(_labelled(scene, "l_availability", joined(shares), width))
    for label, others in (
        ("l_parents", scene.picture.parents(row)),
        ("l_children", scene.picture.children(row.id)),
    ):
        if others:
            lines.append(_labelled(scene, label, _others(others, width - LABEL), width))
    found = [
        incident
        for incident in scene.picture.incidents.values()
        if incident.check == row.id or row.id in incident.affected
    ]
    found.sort(key=lambda incident: incident.began, reverse=True)
    for at, incident in enumerate(found[:_INCIDENTS]):
        label = "l_incidents" if at == 0 else ""
        lines.append(_labelled(scene, label, _incident(scene, incident), width))
    return lines


def labelled(label: str, content: Line, width: int) -> Line:
    line: Line = [(" " + fit(label, LABEL - 1), "muted"), *content]
    return spread(line, [], width - 1)


def paragraph(label: str, text: str, style: str, width: int, most: int) -> list[Line]:
    """Wrapped under its label."""
    parts = wrapped(text, max(10, width - LABEL - 1), most) or [""]
    return [
        labelled(label if at == 0 else "", [(part, style)], width) for at, part in enumerate(parts)
    ]


def _labelled(scene: Scene, key: str, content: Line, width: int) -> Line:
    return labelled(scene.words(key) if key else "", content, width)


def _paragraph(scene: Scene, key: str, text: str, style: str, width: int, most: int) -> list[Line]:
    return paragraph(scene.words(key), text, style, width, most)


def _standing(scene: Scene, row: BoardRow) -> Line:
    words = scene.words
    parts: list[Line] = []
    if row.since is not None:
        said = words("since_for", at=scene.clock(row.since), age=scene.since(row.since))
        parts.append([(said, "text")])
    incident = scene.picture.incident_of(row)
    if incident is not None:
        parts.append([(incident.id, "accent")])
        parts.append(handling(scene, incident))
    others = [each for each in row.overlays if each not in {"acknowledged", "paused"}]
    parts += [[(words.of(OVERLAYS, each), "degraded")] for each in others]
    return joined(parts)


def handling(scene: Scene, incident: IncidentRow) -> Line:
    """Who is at it."""
    acked = incident.acked
    if acked is None:
        return [(scene.words("unhandled"), "down")] if incident.state == "open" else []
    at = scene.clock(acked.at, seconds=False)
    return [(scene.words("handled_by", by=acked.by, at=at), "text")]


def _expected(detail: CheckDetail | None) -> str:
    probe = detail.config.get("probe") if detail is not None else None
    expect = probe.get("expect") if isinstance(probe, dict) else None
    if not isinstance(expect, dict):
        return ""
    return " · ".join(
        f"{name} {_plain(value)}" for name, value in expect.items() if value not in (None, [], {})
    )


def _plain(value: object) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "✓" if value else "✗"
        case float():
            return f"{value:g}"
        case list():
            return ", ".join(_plain(each) for each in value[:6])
        case _:
            return clip(str(value), 60)


def _phases(scene: Scene, phases: dict[str, float], width: int) -> Line:
    """Each with a bar of its share."""
    total = sum(phases.values()) or 1.0
    line: Line = []
    # Names and figures take their room first; what is left is shared out as bars.
    texts = [(name, scene.latency(seconds), seconds) for name, seconds in phases.items()]
    room = width - sum(cells(name) + cells(text) + 5 for name, text, _ in texts) - 2
    for name, text, seconds in texts:
        bar = "▇" * max(1, round(seconds / total * max(0, min(room, 40)))) if room > 0 else ""
        line += [(f"{name} ", "muted"), (f"{bar} " if bar else "", "bar"), (f"{text}   ", "text")]
    return line


def _rule(scene: Scene, detail: CheckDetail) -> Line:
    config = detail.config

    def figure(name: str) -> float:
        value = config.get(name)
        return float(value) if isinstance(value, (int, float)) else 0.0

    said = scene.words(
        "rule",
        interval=scene.length(figure("interval_s")),
        timeout=scene.length(figure("timeout_s")),
        fails=int(figure("failure_threshold")),
        goods=int(figure("success_threshold")),
    )
    return [(said, "muted")]


def _others(rows: list[BoardRow], width: int) -> Line:
    """The worst first, as many as there is room for, and how many more."""
    line: Line = []
    left = width - 6
    for at, row in enumerate(sorted(rows, key=lambda row: SHOWN.index(shown(row)))):
        part: Line = [(f"{SIGNS[shown(row)]} ", shown(row)), (f"{row.id}   ", "text")]
        left -= width_of(part)
        if left < 0 and line:
            return [*line, (f"+{len(rows) - at}", "muted")]
        line += part
    return line


def _incident(scene: Scene, incident: IncidentRow) -> Line:
    words = scene.words
    is_open = incident.state == "open"
    parts: list[Line] = [
        [(f"{incident.id}  ", "accent"), (scene.clock(incident.began), "text")],
        [(duration(scene, incident), "muted")],
        [(words("open"), "down")] if is_open else [(words("closed").lower(), "muted")],
        handling(scene, incident) if is_open else [],
        [(incident.cause, "text")] if incident.cause else [],
    ]
    return joined(parts)


def duration(scene: Scene, incident: IncidentRow) -> str:
    """So far, or in all."""
    if incident.ended is None:
        return scene.words("ongoing", age=scene.since(incident.began))
    return scene.words("lasted", age=lasted(scene, incident))


def lasted(scene: Scene, incident: IncidentRow) -> str:
    began = instant(incident.began)
    ended = scene.now() if incident.ended is None else instant(incident.ended)
    return scene.length(None if began is None or ended is None else ended - began)
