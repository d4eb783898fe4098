"""From lines (tui.paint) to strips: the one way text takes to the terminal, made inert here."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tui.inert import inert
from tui.paint import STYLES, Line, cells

COMPONENTS = {f"ink--{name}" for name in (*STYLES, "cursor")}
# Without a current answer behind it nothing keeps the colour of its state.
_GREYED = dict.fromkeys(
    ("down", "degraded", "unknown", "up", "strong", "text", "accent", "bar"), "muted"
)


class Ink:
    """The styles of one widget, taken from the stylesheet."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[tuple[str, bool], Style] = {}

    def forget(self) -> None:
        """The stylesheet or the theme has changed."""
        self._styles.clear()

    def strip(self, line: Line, width: int, *, cursor: bool = False, grey: bool = False) -> Strip:
        segments: list[Segment] = []
        used = 0
        for text, name in line:
            clean = inert(text)
            segments.append(
                Segment(clean, self._style(_GREYED.get(name, name) if grey else name, cursor))
            )
            used += cells(clean)
        strip = Strip(segments, used)
        return strip.adjust_cell_length(width, self._style("text", cursor))

    def _style(self, name: str, cursor: bool) -> Style:
        style = self._styles.get((name, cursor))
        if style is None:
            get = self._widget.get_component_rich_style
            style = self._widget.rich_style + get(f"ink--{name}", partial=True)
            if cursor:
                style += get("ink--cursor", partial=True)
            self._styles[name, cursor] = style
        return style
