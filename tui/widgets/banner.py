"""What the engineer must know about the monitor before believing the board; empty when fine."""

from __future__ import annotations

from tui.paint import Line, clip, fit, wrapped
from tui.scene import Scene
from tui.words import OFFLINE, REASONS


def banner(scene: Scene, width: int) -> list[Line]:
    lines: list[Line] = []
    if scene.trouble is not None:
        said = wrapped(_trouble(scene), width - 2, 2)
        lines += [[(fit(f" {text}", width), "alarm")] for text in said]
    monitor = scene.picture.monitor
    if monitor is None or scene.trouble is not None:
        return lines
    words = scene.words
    reasons = list(monitor.reasons)
    if monitor.store == "broken":
        reasons.insert(0, words("store_broken"))
    if monitor.config_errors:
        reasons.append(words("config_errors", n=len(monitor.config_errors)))
        reasons.append(monitor.config_errors[0])
    if reasons:
        text = " · ".join(words.of(REASONS, each) for each in reasons)
        lines.append([(clip(f" ▲ {words('monitor')}: {text}", width), "degraded")])
    return lines


def _trouble(scene: Scene) -> str:
    trouble, words = scene.trouble, scene.words
    assert trouble is not None
    parts = [f"✗ {words('offline')}", words.of(OFFLINE, trouble.reason)]
    if scene.heard is None:
        parts += [words("no_data"), scene.place]
    else:
        at = scene.clock(scene.heard + scene.now() - scene.local())
        parts.append(words("data_of", at=at, age=scene.length(scene.age)))
    if trouble.retry_at is not None:
        left = trouble.retry_at - scene.local()
        parts.append(words("again", age=scene.length(left)) if left > 0 else words("trying"))
    return " · ".join(parts)
