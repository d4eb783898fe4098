"""The last line: what the keys do here, or what just happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textual.binding import Binding

from tui.paint import Line, cells, clip
from tui.scene import Scene


def key_bar(scene: Scene, bindings: Iterable[Binding], width: int) -> list[Line]:
    """The notice while there is one; else as many keys as fit, in their order."""
    notice = scene.notice
    if notice is not None:
        return [[(" " + clip(notice.text, width - 2), notice.style)]]
    line: Line = []
    left = width
    for key, word in named(scene, bindings):
        need = cells(key) + cells(word) + 4
        if need > left:
            break
        line += [(f" {key}", "key"), (f" {word}  ", "muted")]
        left -= need
    return [line]


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
