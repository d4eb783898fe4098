"""What all screens share: the frame of header, banner and keys, and what one may do to things."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget

from tui.actions import SAID_S
from tui.paint import Line
from tui.picture import Changes
from tui.scene import Scene
from tui.screens.prompt import Prompt
from tui.widgets.banner import banner
from tui.widgets.header import header
from tui.widgets.key_bar import key_bar
from tui.widgets.panel import Panel
from uptime.schema import BoardRow, IncidentRow

if TYPE_CHECKING:
    from tui.app import SiagaApp

BACK = Binding("escape,backspace", "back", "k_back", key_display="Esc")
ACK = Binding("a", "acknowledge", "k_ack")
UNACK = Binding("u", "unacknowledge", "k_unack")
NOTE = Binding("n", "note", "k_note")
CAUSE = Binding("c", "cause", "k_cause")
ACCEPT = Binding("y", "accept", "k_accept")
PROBE = Binding("p", "probe", "k_probe")


class Framed(Screen[None]):
    """Subclasses give `content`, and redraw what is theirs in `changed` and `tick`."""

    @property
    def siaga(self) -> SiagaApp:
        return cast("SiagaApp", self.app)

    @property
    def scene(self) -> Scene:
        return self.siaga.scene

    def content(self) -> Iterable[Widget]:
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        yield Panel(lambda width: header(self.scene, width), "header")
        yield Panel(lambda width: banner(self.scene, width), "banner")
        yield from self.content()
        yield Panel(self._keys, "keys")

    def _keys(self, width: int) -> list[Line]:
        front = bindings_of(type(self.focused)) if self.focused is not None else []
        own = [each for each in bindings_of(type(self)) if self.offers(each)]
        here = [*front, *own]
        return key_bar(self.scene, here, bindings_of(type(self.app)), width)

    def offers(self, binding: Binding) -> bool:  # noqa: ARG002  # for those who look closer
        """Whether a key has something to do here now; the others are not named at the foot."""
        return True

    def changed(self, changes: Changes) -> None:  # noqa: ARG002  # for those who look closer
        """The picture has changed."""
        self.tick()

    def tick(self) -> None:
        """A second has gone by; or the language, the connection, a notice has changed."""
        for panel in self.query(Panel):
            panel.redraw(grey=self.scene.stale and panel.has_class("data"))

    def on_screen_resume(self) -> None:
        self.tick()

    def action_back(self) -> None:
        self.app.pop_screen()


class Working(Framed):
    """A screen with something to act on: what stands under the cursor."""

    def row(self) -> BoardRow | None:
        """The check meant by the keys."""
        raise NotImplementedError

    def hold(self) -> None:
        """Something is about to be done to what is under the cursor: it stays there."""

    def incident(self) -> IncidentRow | None:
        """The incident meant by the keys."""
        row = self.row()
        return None if row is None else self.scene.picture.incident_of(row)

    def action_acknowledge(self) -> None:
        """At once, so that nobody else is woken; then a note, if there is one to give."""
        incident = self._meant()
        if incident is None:
            return
        if incident.acked is not None:
            self.say("already", id=incident.id, by=incident.acked.by)
            return
        self.siaga.start(self.siaga.actions.ack(incident.id))
        self._ask_note(incident.id)

    def action_unacknowledge(self) -> None:
        incident = self._meant()
        if incident is None:
            return
        if incident.acked is None:
            self.say("not_acked", id=incident.id)
            return
        self.siaga.start(self.siaga.actions.unack(incident.id))

    def action_note(self) -> None:
        incident = self._meant(closed=True)
        if incident is not None:
            self._ask_note(incident.id)

    def action_cause(self) -> None:
        incident = self._meant(closed=True)
        if incident is not None:
            named, actions = incident.id, self.siaga.actions
            self._ask("ask_cause", named, 80, lambda text: actions.cause(named, text))

    def action_probe(self) -> None:
        self.hold()
        row = self.row()
        if row is None:
            self.say("no_check")
        elif not self.scene.may_act:
            self.say("may_not")
        else:
            self.siaga.start(self.siaga.actions.probe(row.id))

    def say(self, key: str, **fields: object) -> None:
        self.siaga.say(self.scene.words(key, **fields), "degraded", SAID_S)

    def _meant(self, *, closed: bool = False) -> IncidentRow | None:
        """The incident to act on; where that cannot be, why is said."""
        self.hold()
        incident = self.incident()
        if incident is None:
            self.say("no_incident")
        elif not self.scene.may_act:
            self.say("may_not")
        elif incident.state == "closed" and not closed:
            self.say("is_closed", id=incident.id)
        else:
            return incident
        return None

    def _ask_note(self, incident: str) -> None:
        actions = self.siaga.actions
        self._ask("ask_note", incident, 2000, lambda text: actions.note(incident, text))

    def _ask(
        self,
        key: str,
        incident: str,
        longest: int,
        act: Callable[[str], Coroutine[None, None, None]],
    ) -> None:
        def answered(text: str | None) -> None:
            if text:
                self.siaga.start(act(text))

        words = self.scene.words
        prompt = Prompt(words(key, id=incident), words("ask_hint"), longest)
        self.app.push_screen(prompt, answered)


def bindings_of(widget: type) -> list[Binding]:
    """Those of a class and of the classes of ours it comes from."""
    found: list[Binding] = []
    for each in widget.__mro__:
        if each.__module__.startswith("tui."):
            named: list[BindingType] = each.__dict__.get("BINDINGS", [])
            found += [binding for binding in named if isinstance(binding, Binding)]
    return found
