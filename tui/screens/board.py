"""The board: everything at a glance, the worst under the cursor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from tui.filter import Filter
from tui.paint import Line, joined, spread, wrapped
from tui.picture import Changes
from tui.screens.base import ACK, CAUSE, NOTE, PROBE, UNACK, Working
from tui.screens.prompt import PRINTABLE
from tui.widgets.check_list import CheckList, heading
from tui.widgets.panel import Panel
from uptime.schema import BoardRow


class BoardScreen(Working):
    BINDINGS: ClassVar[list[BindingType]] = [
        ACK,
        Binding("slash", "filter", "k_filter", key_display="/"),
        Binding("i", "incidents", "k_incidents"),
        PROBE,
        NOTE,
        UNACK,
        Binding(CAUSE.key, CAUSE.action, CAUSE.description, show=False),
        Binding("escape", "all", "k_back", show=False, key_display="Esc"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._filter = Filter()

    # Kept by name: while the app shuts down they can no longer be asked for.
    checks: CheckList
    input: Input

    def content(self) -> Iterable[Widget]:
        yield Panel(self._heading, "heading")
        self.checks = CheckList(self.scene, "checks")
        yield self.checks
        yield Panel(self._inspector, "inspector", classes="data")
        self.input = Input(restrict=PRINTABLE, max_length=200, compact=True, id="filter")
        self.input.display = False
        yield self.input

    def row(self) -> BoardRow | None:
        return self.checks.row()

    def hold(self) -> None:
        self.checks.stay()

    def on_mount(self) -> None:
        self.checks.focus()
        self.checks.rebuild()

    def changed(self, changes: Changes) -> None:
        self.checks.show(changes)
        super().tick()

    def tick(self) -> None:
        super().tick()
        checks = self.checks
        if checks.grey != self.scene.stale:
            checks.grey = self.scene.stale
            checks.refresh()
        checks.redraw_visible()

    def _heading(self, width: int) -> list[Line]:
        return [heading(self.scene, width - 1)]  # less the scrollbar

    def _inspector(self, width: int) -> list[Line]:
        """The check under the cursor, in full; two lines."""
        scene, row = self.scene, self.row()
        text = self.input.value.strip()
        if text and not self.checks.shown:
            return [[], [(" " + scene.words("nothing_matches", text=text), "degraded")]]
        if row is None:
            return [[], []]
        incident = scene.picture.incident_of(row)
        about: list[Line] = [
            [(" " + row.name, "strong")],
            [(row.id, "muted")],
            [(f"{row.type} {row.target}", "text")],
        ]
        state: list[Line] = []
        if incident is not None:
            state.append([(incident.id, "accent")])
            if incident.acked is None:
                state.append([(scene.words("unhandled"), "down")])
            else:
                at = scene.clock(incident.acked.at, seconds=False)
                said = scene.words("handled_by", by=incident.acked.by, at=at)
                state.append([(said, "text")])
        right: Line = [*joined(state), (" ", "text")] if state else []
        shown = scene.words("filtered", n=self.checks.shown, all=len(scene.picture.rows))
        first = spread(joined(about), [(f"{shown} ", "muted")] if text else [], width)
        why = wrapped(scene.value(row), width - 1, 1) or [""]
        return [first, spread([(" " + why[0], "text")], right, width)]

    def on_line_list_moved(self) -> None:
        super().tick()

    def on_line_list_opened(self) -> None:
        row = self.row()
        if row is not None:
            self.siaga.open_check(row.id)

    # The filter

    def action_filter(self) -> None:
        self.input.placeholder = self.scene.words("filter_hint")
        self.input.display = True
        self.input.focus()

    def action_all(self) -> None:
        """Escape: back to everything."""
        self.input.value = ""
        self.input.display = False
        self.checks.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        self.checks.narrow(self._filter(event.value))

    def on_input_submitted(self) -> None:
        self.input.display = bool(self.input.value.strip())
        self.checks.focus()

    def action_incidents(self) -> None:
        self.siaga.open_incidents()
