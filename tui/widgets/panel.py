"""A few lines made by a function of the width; drawn again only where they differ."""

from __future__ import annotations

from collections.abc import Callable

from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tui.paint import Line
from tui.widgets.ink import COMPONENTS, Ink


class Panel(Widget):
    """As high as its lines, unless the stylesheet says otherwise."""

    COMPONENT_CLASSES = COMPONENTS

    def __init__(
        self,
        lines: Callable[[int], list[Line]],
        key: str | None = None,
        *,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=key, classes=classes)
        self._make = lines
        self._lines: list[Line] = []
        self._width = 0
        self._grey = False
        self._ink = Ink(self)

    def redraw(self, *, grey: bool = False) -> None:
        """Something behind the lines may have changed."""
        width = self.content_size.width or self._width
        if not width:
            return
        old, self._lines, self._width = self._lines, self._make(width), width
        if grey != self._grey or len(old) != len(self._lines):
            self._grey = grey
            self.refresh(layout=len(old) != len(self._lines))
            return
        changed = [y for y, (a, b) in enumerate(zip(old, self._lines, strict=True)) if a != b]
        if changed:
            left, top = self.gutter.left, self.gutter.top
            self.refresh(*(Region(left, top + y, width, 1) for y in changed))

    def notify_style_update(self) -> None:
        self._ink.forget()
        super().notify_style_update()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        if width != self._width:
            self._lines, self._width = self._make(width), width
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        if width != self._width:
            self._lines, self._width = self._make(width), width
        line = self._lines[y] if y < len(self._lines) else []
        return self._ink.strip(line, width, grey=self._grey)
