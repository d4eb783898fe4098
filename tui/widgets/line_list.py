"""A list of any length, one line each, of which only the visible ones are ever made."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.paint import Line
from tui.widgets.ink import COMPONENTS, Ink

_CONTEXT = 2  # lines kept in sight above and below the cursor


class LineList(ScrollView, can_focus=True):
    """Subclasses give `count` and `line`; a cursor, keys and mouse come from here."""

    COMPONENT_CLASSES = COMPONENTS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "k_move", show=False, key_display="↑ ↓  j k"),
        Binding("down,j", "move(1)", "k_move", show=False, key_display="↑ ↓  j k"),
        Binding("pageup,ctrl+b", "page(-1)", "k_page", show=False, key_display="PgUp PgDn"),
        Binding("pagedown,ctrl+f", "page(1)", "k_page", show=False, key_display="PgUp PgDn"),
        Binding("home,g", "end(-1)", "k_ends", show=False, key_display="Home End  g G"),
        Binding("end,G", "end(1)", "k_ends", show=False, key_display="Home End  g G"),
        Binding("enter", "open", "k_open", key_display="↵"),
    ]

    class Moved(Message):
        """The cursor stands on another line, or its line says something else."""

    class Opened(Message):
        """Enter, or a click on the line of the cursor."""

    def __init__(self, key: str) -> None:
        super().__init__(id=key)
        self.cursor = 0
        self.grey = False
        self._ink = Ink(self)
        self._drawn: dict[int, Line] = {}

    @property
    def count(self) -> int:
        raise NotImplementedError

    def line(self, index: int, width: int) -> Line:
        raise NotImplementedError

    # Drawing

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width

    @property
    def _height(self) -> int:
        return self.scrollable_content_region.height

    def render_line(self, y: int) -> Strip:
        index = y + self.scroll_offset.y
        width = self._width
        if index >= self.count:
            return self._ink.strip([], width)
        line = self.line(index, width)
        self._drawn[index] = line
        return self._ink.strip(line, width, cursor=index == self.cursor, grey=self.grey)

    def redraw_visible(self) -> None:
        """Draws again what no longer says what it said."""
        if not self.is_attached or not self._width:
            return
        top = self.scroll_offset.y
        visible = range(top, min(self.count, top + self._height))
        self._drawn = {i: line for i, line in self._drawn.items() if i in visible}
        for index in visible:
            if self._drawn.get(index) != self.line(index, self._width):
                self.refresh_line(index)

    def resized(self) -> None:
        """The number of lines, or what stands where, has changed."""
        self._drawn.clear()
        self.virtual_size = Size(self._width, self.count)
        self.refresh()

    def notify_style_update(self) -> None:
        self._ink.forget()
        super().notify_style_update()

    def on_resize(self) -> None:
        self.virtual_size = Size(self._width, self.count)
        self._reveal()

    # The cursor

    def place(self, index: int) -> None:
        """Puts the cursor on a line, in sight."""
        index = max(0, min(index, self.count - 1))
        old, self.cursor = self.cursor, index
        if old != index:
            self.refresh_line(old)
            self.refresh_line(index)
        self._reveal()
        self.moved()

    def moved(self) -> None:
        """After each movement of the cursor."""
        self.post_message(self.Moved())

    def _reveal(self) -> None:
        height = self._height
        if not height:
            return
        context = min(_CONTEXT, (height - 1) // 2)
        top = self.scroll_offset.y
        if self.cursor - context < top:
            top = max(0, self.cursor - context)
        elif self.cursor + context >= top + height:
            top = min(max(0, self.count - height), self.cursor + context - height + 1)
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False)

    def action_move(self, by: int) -> None:
        self.place(self.cursor + by)

    def action_page(self, by: int) -> None:
        self.place(self.cursor + by * max(1, self._height - 1))

    def action_end(self, side: int) -> None:
        self.place(self.count - 1 if side > 0 else 0)

    def action_open(self) -> None:
        if self.count:
            self.post_message(self.Opened())

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.scroll_offset.y
        if index >= self.count:
            return
        if index == self.cursor:
            self.action_open()
        else:
            self.place(index)
