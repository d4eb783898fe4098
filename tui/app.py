"""The app: one scene, one poller, a stack of screens."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.theme import Theme

from tui.actions import Actions
from tui.client import Client
from tui.messages import ConnectionLost, Introduced, StatusReceived
from tui.picture import Changes
from tui.poller import Poller
from tui.scene import Notice, Scene, Trouble
from tui.screens.base import Framed
from tui.screens.board import BoardScreen
from tui.screens.check import CheckScreen
from tui.screens.help import HelpScreen
from tui.screens.incidents import IncidentsScreen
from tui.words import Words
from uptime.schema import IncidentRow

NIGHT = Theme(
    name="siaga",
    primary="#6ea3d0",
    secondary="#8b98a5",
    accent="#86b8e0",
    foreground="#cfd6dd",
    background="#0f141a",
    surface="#151b23",
    panel="#1d2630",
    error="#ff6b61",
    warning="#e9b44c",
    success="#74c08d",
    dark=True,
    variables={"muted": "#84909c", "faint": "#47525e", "bar": "#4d7898"},
)


# Read with the module: the loop is for what happens on the screen.
_STYLES = Path(__file__).with_name("app.tcss").read_text("utf-8")


class SiagaApp(App[None]):
    CSS = _STYLES
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "k_help", key_display="?"),
        Binding("l", "language", "k_language", show=False),
        Binding("q,ctrl+c", "quit", "k_quit", key_display="q"),
    ]

    def __init__(
        self,
        client: Client,
        incident: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self.client = client
        self.scene = Scene(client.place, clock)
        self.actions = Actions(client, self.scene, self)
        self._incident = incident
        self.register_theme(NIGHT)
        self.theme = NIGHT.name

    def get_default_screen(self) -> Screen[None]:
        return BoardScreen()

    def on_mount(self) -> None:
        self.run_worker(Poller(self.client, self.post_message).run())
        self.set_interval(1.0, self._tick)
        if self._incident is not None:
            self.open_incidents(self._incident)

    async def on_unmount(self) -> None:
        await self.client.aclose()

    # What the poller says

    def on_introduced(self, message: Introduced) -> None:
        self.scene.meet(message.me, message.zone)
        self._redraw()

    def on_status_received(self, message: StatusReceived) -> None:
        self.scene.hear(message.status.now)
        self._show(self.scene.picture.take(message.status))

    def on_connection_lost(self, message: ConnectionLost) -> None:
        self.scene.trouble = Trouble(message.reason, self.scene.local() + message.retry_in)
        self._redraw()

    # What actions say

    def learn(self, incident: IncidentRow) -> None:
        """The answer to an action, sooner than the next delta."""
        self.scene.picture.incidents[incident.id] = incident
        rows = {incident.check} if incident.check is not None else set[str]()
        self._show(Changes(frozenset(rows), order=False))

    def say(self, text: str, style: str, seconds: float | None) -> None:
        until = None if seconds is None else self.scene.local() + seconds
        self.scene.notice = Notice(text, style, until)
        self._redraw()

    def start(self, action: Coroutine[None, None, None]) -> None:
        """An action lives on when its screen is left."""
        self.run_worker(action)

    # Screens

    def open_check(self, check: str) -> None:
        self.push_screen(CheckScreen(check))

    def open_incidents(self, incident: str | None = None) -> None:
        self.push_screen(IncidentsScreen(incident))

    def action_help(self) -> None:
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())

    def action_language(self) -> None:
        self.scene.words = Words(self.scene.words.other)
        self._redraw()

    def _tick(self) -> None:
        notice = self.scene.notice
        if notice is not None and notice.until is not None and notice.until <= self.scene.local():
            self.scene.notice = None
        self._redraw()

    def _redraw(self) -> None:
        """What is in sight; a screen that comes back draws itself."""
        for screen in self.screen_stack:
            if isinstance(screen, Framed) and screen.is_mounted:
                screen.tick()

    def _show(self, changes: Changes) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, Framed) and screen.is_mounted:
                screen.changed(changes)


def make_app(
    client: Client, *, incident: str | None = None, clock: Callable[[], float] = time.time
) -> SiagaApp:
    """The app as the command line and the tests start it."""
    return SiagaApp(client, incident, clock)


def run(urls: list[str], socket: Path | None, incident: str | None, token: str | None) -> None:
    """In the foreground until the user quits, or a signal ends it with the terminal restored."""
    if len(urls) > 1:
        print("siaga: several addresses on one board are not built yet", file=sys.stderr)  # noqa: T201
        raise SystemExit(2)
    client = Client(urls[0] if urls else None, socket=socket, token=token)
    asyncio.run(_run(make_app(client, incident=incident)))


async def _run(app: SiagaApp) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, app.exit)
    await app.run_async()
