"""The two lines on top: whose board, how many of what, how the monitor is, how old it all is."""

from __future__ import annotations

from collections.abc import Sequence

from tui import format as fmt
from tui.paint import Line, joined, spread, width_of
from tui.scene import Scene
from tui.tree import SHOWN
from tui.words import SIGNS, STATES


def header(scene: Scene, width: int) -> list[Line]:
    words, me = scene.words, scene.me
    name: Line = [(" SIAGA ", "title")]
    if me is not None:
        name.append((f" {me.organisation}", "text"))
    right: list[Line] = []
    if me is not None and not scene.may_act:
        right.append([(words("read_only"), "degraded")])
    if scene.heard is not None:
        now = scene.now()
        at = fmt.clock(now, scene.zone, scene.language)
        right.append([(f"{at} {fmt.zone_name(now, scene.zone)}", "muted")])
        style = "degraded" if scene.stale else "muted"
        right.append([(words("data", age=scene.length(scene.age)), style)])
    else:
        right.append([(words("connecting", place=scene.place), "muted")])
    return [
        spread(name, [*joined(right), (" ", "text")], width),
        _states(scene, width),
    ]


def _states(scene: Scene, width: int) -> Line:
    """Counts by word where there is room, else by sign alone."""
    right: Line = [*_monitor(scene, width), (" ", "text")]
    room = width - width_of(right)
    lefts = (
        _counts(scene, SHOWN, worded=True),
        _counts(scene, SHOWN[:-1], worded=True),
        _counts(scene, SHOWN, worded=False),
    )
    return spread(next((each for each in lefts if width_of(each) < room), lefts[-1]), right, width)


def _counts(scene: Scene, states: Sequence[str], *, worded: bool) -> Line:
    line: Line = [(" ", "text")]
    if not scene.picture.rows:
        return [*line, (scene.words("empty" if scene.heard else "no_data"), "muted")]
    counts = scene.picture.counts()
    for state in states:
        count = counts[state]
        word = f" {scene.words.of(STATES, state)}" if worded else ""
        if state == "paused" and not count:
            continue
        style = "faint" if not count else "muted" if scene.stale else state
        gap = "   " if len(line) > 1 else ""
        line.append((f"{gap}{SIGNS[state]} {count}{word}", style))
    return line


def _monitor(scene: Scene, width: int) -> Line:
    words, monitor = scene.words, scene.picture.monitor
    if monitor is None:
        return []
    fine = monitor.state == "ok" and monitor.store == "ok" and not monitor.config_errors
    parts: list[Line] = []
    if monitor.on_call:
        parts.append([(words("on_call", name=monitor.on_call), "text")])
    if monitor.outbox_pending and not fine:
        parts.append([(words("outbox", n=monitor.outbox_pending), "muted")])
    sign, word, style = ("✓", "fine", "muted") if fine else ("▲", "impaired", "degraded")
    parts.append([(f"{words('monitor')} {sign} {words(word)}", style)])
    line = joined(parts)
    return line if width_of(line) < width - 20 else parts[-1]
