"""The app on a pretended terminal, in front of a fake API."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from textual.pilot import Pilot

from tests.tui.fake_api import FakeApi
from tui.app import SiagaApp, make_app
from tui.client import Client

NOW = 1_795_000_000.0


class Stage:
    def __init__(self, api: FakeApi, app: SiagaApp, pilot: Pilot[None]) -> None:
        self.api = api
        self.app = app
        self.pilot = pilot

    async def until(self, condition: Callable[[], object]) -> None:
        """Bounded by the test's own time-out."""
        while not condition():
            if self.app._exception is not None:
                raise self.app._exception
            await self.pilot.pause(0.01)
        await self.pilot.pause()

    async def shows(self, text: str) -> None:
        await self.until(lambda: text in self.text())

    async def hides(self, text: str) -> None:
        await self.until(lambda: text not in self.text())

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    def lines(self) -> list[str]:
        """What stands on the screen."""
        return [strip.text.rstrip() for strip in self.app.screen._compositor.render_strips()]

    def text(self) -> str:
        return "\n".join(self.lines())

    def line(self, text: str) -> str:
        """The first line that holds a text."""
        return next(line for line in self.lines() if text in line)

    def writes(self) -> list[str]:
        """What was asked of the API to do."""
        return [path for method, path in self.api.calls if method == "POST"]


@contextlib.asynccontextmanager
async def stage(
    api: FakeApi | None = None,
    *,
    size: tuple[int, int] = (80, 24),
    incident: str | None = None,
    connected: bool = True,
) -> AsyncIterator[Stage]:
    api = api or FakeApi.regency(NOW)
    fake = api
    app = make_app(Client(transport=api.transport()), incident=incident, clock=lambda: fake.now)
    async with app.run_test(size=size) as pilot:
        on = Stage(api, app, pilot)
        if connected:
            await on.until(lambda: app.scene.heard is not None and app.scene.me is not None)
        yield on
