"""What every key does, read off the keys themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from tui.paint import Line, fit
from tui.screens.base import BACK, Framed, bindings_of
from tui.screens.board import BoardScreen
from tui.screens.check import CheckScreen
from tui.screens.incidents import IncidentsScreen
from tui.widgets.check_list import CheckList
from tui.widgets.key_bar import named
from tui.widgets.line_list import LineList
from tui.widgets.panel import Panel

_KEY, _WORD = 18, 18


class HelpScreen(Framed):
    BINDINGS: ClassVar[list[BindingType]] = [BACK]

    def content(self) -> Iterable[Widget]:
        yield VerticalScroll(Panel(self._lines), id="help")

    def _lines(self, width: int) -> list[Line]:
        scene = self.scene
        parts: list[tuple[str, list[type]]] = [
            ("h_everywhere", [type(self.app), LineList, HelpScreen]),
            ("h_board", [BoardScreen, CheckList]),
            ("h_check", [CheckScreen]),
            ("h_incidents", [IncidentsScreen]),
        ]
        lines: list[Line] = []
        told: set[tuple[str, str]] = set()
        for title, places in parts:
            bindings = [binding for place in places for binding in bindings_of(place)]
            pairs = [pair for pair in named(scene, bindings, hidden=True) if pair not in told]
            if title == "h_everywhere":
                told.update(pairs)
            lines += [[], [(" " + scene.words(title), "title")]]
            lines += _in_columns(pairs, width)
        lines += [[], [(" " + scene.words("h_signs"), "title")]]
        for state in ("down", "degraded", "unknown", "up", "paused"):
            sign = scene.sign(state)
            lines.append([("   " + sign, state if state != "paused" else "muted")])
        for mark, word in (
            ("✔", "h_ack"),
            ("⤷", "h_unreachable"),
            ("~", "h_flapping"),
            ("…", "h_busy"),
        ):
            lines.append([(f"   {mark}  ", "accent"), (scene.words(word), "text")])
        return lines


def _in_columns(pairs: list[tuple[str, str]], width: int) -> list[Line]:
    across = max(1, (width - 2) // (_KEY + _WORD))
    lines: list[Line] = []
    for at in range(0, len(pairs), across):
        line: Line = [("   ", "text")]
        for key, word in pairs[at : at + across]:
            line += [(fit(key, _KEY), "key"), (fit(word, _WORD), "text")]
        lines.append(line)
    return lines
