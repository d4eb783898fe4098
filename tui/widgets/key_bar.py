"""The last line: what the keys do here, or what just happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textual.binding import Binding

from tui.paint import Line, clip, spread, width_of
from tui.scene import Scene


def key_bar(
    scene: Scene, bindings: Iterable[Binding], always: Iterable[Binding], width: int
) -> list[Line]:
    """The notice while there is one; else as many keys as fit, `always` at the right."""
    notice = scene.notice
    if notice is not None:
        return [[(" " + clip(notice.text, width - 2), notice.style)]]
    right: Line = []
    for key, word in named(scene, always):
        right += [(f" {key}", "key"), (f" {word} ", "muted")]
    left: Line = []
    room = width - width_of(right)
    for key, word in named(scene, bindings):
        part: Line = [(f" {key}", "key"), (f" {word}  ", "muted")]
        room -= width_of(part)
        if room < 0:
            break
        left += part
    return [spread(left, right, width)]


def named(
    scene: Scene, bindings: Iterable[Binding], *, hidden: bool = False
) -> Iterator[tuple[str, str]]:
    """Key and word of each binding once; `hidden` includes what the bar has no room for."""
    seen: set[tuple[str, str]] = set()
    for binding in bindings:
        if not binding.description or not (binding.show or hidden):
            continue
        pair = (binding.key_display or binding.key, scene.words(binding.description))
        if pair not in seen:
            seen.add(pair)
            yield pair
