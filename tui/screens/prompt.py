"""One line of text at the foot of the screen, over whatever is there."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.widgets.panel import Panel

# What a person pastes is shown before anybody has cleaned it.
PRINTABLE = r"[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]*"


class Prompt(ModalScreen[str | None]):
    """Answers the text, or None if it was given up or left empty."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", "k_back")]

    def __init__(self, title: str, hint: str, longest: int) -> None:
        super().__init__()
        self._title = title
        self._hint = hint
        self._longest = longest

    def compose(self) -> ComposeResult:
        yield Panel(lambda _: [[(f" {self._title} ", "title"), (f" {self._hint}", "muted")]])
        yield Input(max_length=self._longest, restrict=PRINTABLE, compact=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip() or None)

    def action_give_up(self) -> None:
        self.dismiss(None)
