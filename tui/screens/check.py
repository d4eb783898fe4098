"""One check: how it is, why, and how it was."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from tui.client import Offline, Refused, Unauthorized
from tui.paint import Line, spread
from tui.picture import Changes
from tui.screens.base import ACK, BACK, CAUSE, NOTE, PROBE, UNACK, Working
from tui.views.check import facts, history, state
from tui.widgets.latency_chart import latency_chart, summary
from tui.widgets.panel import Panel
from tui.widgets.span_bar import span_bar
from uptime.schema import BoardRow, CheckDetail, ResultPoint, ResultRow

HOUR = 3600
DAY = 24 * HOUR
# Results that come faster than this are fetched together.
GATHER_S = 2.0
AGAIN_S = 300.0
_AROUND = 20  # lines of an 80x24 screen that are not the chart's


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the past and how finely it is asked for."""

    name: str
    length: int
    step: int


WINDOWS = (
    Window("1h", HOUR, 30),
    Window("6h", 6 * HOUR, 180),
    Window("24h", DAY, 600),
    Window("7d", 7 * DAY, 3600),
    Window("30d", 30 * DAY, 4 * HOUR),
)


class CheckScreen(Working):
    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        ACK,
        UNACK,
        NOTE,
        PROBE,
        Binding("1", "zoom(0)", "k_zoom", key_display="1-5"),
        *(Binding(str(at + 1), f"zoom({at})", "k_zoom", key_display="1-5") for at in range(1, 5)),
        Binding(CAUSE.key, CAUSE.action, CAUSE.description, show=False),
        Binding("down,j", "scroll(1)", "k_scroll", show=False, key_display="↑ ↓  j k"),
        Binding("up,k", "scroll(-1)", "k_scroll", show=False, key_display="↑ ↓  j k"),
        Binding("i", "incidents", "k_incidents"),
    ]

    def __init__(self, check: str) -> None:
        super().__init__()
        self.check = check
        self.detail: CheckDetail | None = None
        self.points: list[ResultPoint] = []
        self._loaded = False
        self._window = WINDOWS[0]
        self._news = asyncio.Event()

    def content(self) -> Iterable[Widget]:
        yield VerticalScroll(
            Panel(lambda width: state(self.scene, self.row(), self.detail, width), classes="data"),
            Panel(lambda width: facts(self.scene, self.row(), self.detail, width), classes="data"),
            Panel(self._chart, classes="data"),
            Panel(self._spans, classes="data"),
            Panel(
                lambda width: history(self.scene, self.row(), self.detail, width), classes="data"
            ),
            id="check",
            can_focus=False,
        )

    def row(self) -> BoardRow | None:
        return self.scene.picture.rows.get(self.check)

    def on_mount(self) -> None:
        self._follow()

    def changed(self, changes: Changes) -> None:
        if self.check in changes.rows:
            self._news.set()
        super().changed(changes)

    # What is fetched

    def _follow(self) -> None:
        self.run_worker(self._fetch(), exclusive=True)

    async def _fetch(self) -> None:
        """The detail when the row has changed; the points now and then, or with the detail."""
        loop = asyncio.get_running_loop()
        again = 0.0
        while True:
            self._news.clear()
            try:
                self.detail = await self.siaga.client.check(self.check)
                if loop.time() >= again:
                    await self._fetch_points()
                    again = loop.time() + max(AGAIN_S, self._window.step)
                elif self.detail.last is not None and self._step() is None:
                    self._append(self.detail.last)
            except (Offline, Refused, Unauthorized):
                pass  # the banner says so; what was fetched stays, greyed
            self.tick()
            await asyncio.sleep(GATHER_S)
            await self._news.wait()

    async def _fetch_points(self) -> None:
        now = self.scene.now()
        self.points = await self.siaga.client.results(
            self.check, now - self._window.length, now, self._step()
        )
        self._loaded = True

    def _append(self, last: ResultRow) -> None:
        if self.points and self.points[-1].at >= last.at:
            return
        point = ResultPoint(
            at=last.at, status=last.status, latency_s=last.latency_s,
            latency_max_s=last.latency_s, loss=last.loss, count=1,
            failed=int(last.status == "down"), reason=last.reason,
        )  # fmt: skip
        self.points.append(point)

    def _step(self) -> int | None:
        """None asks for every single result, which an hour of all but the busiest checks is."""
        single = self._window is WINDOWS[0] and self._interval() >= 10
        return None if single else self._window.step

    def _interval(self) -> float:
        interval = self.detail.config.get("interval_s") if self.detail is not None else None
        return float(interval) if isinstance(interval, (int, float)) else 30.0

    # What is drawn

    def _chart(self, width: int) -> list[Line]:
        scene, words = self.scene, self.scene.words
        length = words(f"window_{self._window.name}")
        title: Line = [(f" {words('latency')} ", "title"), (length, "muted")]
        said = summary(scene, self.points) if self._loaded else words("loading")
        lines: list[Line] = [[], spread(title, [(said + " ", "muted")], width)]
        height = max(5, min(18, self.size.height - _AROUND))
        return lines + latency_chart(
            scene,
            self.points,
            self._until_now(self._window.length, width - 10),
            max(self._interval(), self._step() or 0),
            (width - 1, height),
        )

    def _spans(self, width: int) -> list[Line]:
        scene = self.scene
        label: Line = [(f" {scene.words('window_24h')}".ljust(8), "title")]
        if self.detail is None:
            return [label]
        past = scene.percent(self.detail.availability.get("24h"))
        room = width - 8 - len(past) - 3
        bar = span_bar(self.detail.spans, self._until_now(DAY, room), max(10, room))
        return [spread([*label, *bar], [(past + " ", "text")], width)]

    def _until_now(self, length: float, columns: int) -> tuple[float, float]:
        """Moves by whole columns, so that nothing is drawn again for less."""
        column = length / max(10, columns)
        end = (math.floor(self.scene.now() / column) + 1) * column
        return end - length, end

    # Keys

    def action_zoom(self, at: int) -> None:
        self._window = WINDOWS[at]
        self.points, self._loaded = [], False
        self.tick()
        self._follow()

    def action_scroll(self, by: int) -> None:
        self.query_one("#check").scroll_relative(y=by, animate=False)

    def action_incidents(self) -> None:
        incident = self.incident()
        self.siaga.open_incidents(None if incident is None else incident.id)
