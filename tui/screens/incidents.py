"""Incidents: the list, and the one under the cursor in full."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from tui.client import Offline, Refused, Unauthorized
from tui.paint import Line, joined, spread
from tui.picture import Changes
from tui.screens.base import ACCEPT, ACK, BACK, CAUSE, NOTE, PROBE, UNACK, Working
from tui.views.incident import heading, incident_detail
from tui.widgets.incident_list import IncidentList
from tui.widgets.panel import Panel
from uptime.schema import BoardRow, IncidentRow, ProposedCause


class IncidentsScreen(Working):
    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        ACCEPT,
        ACK,
        UNACK,
        NOTE,
        CAUSE,
        Binding(PROBE.key, PROBE.action, PROBE.description, show=False),
        Binding("tab", "app.focus_next", "k_next", show=False),
    ]

    def __init__(self, wanted: str | None = None) -> None:
        super().__init__()
        self._wanted = wanted

    incidents: IncidentList
    detail: VerticalScroll

    def content(self) -> Iterable[Widget]:
        yield Panel(self._heading, "heading")
        self.incidents = IncidentList(self.scene, self._wanted, "incidents")
        yield self.incidents
        self.detail = VerticalScroll(
            Panel(
                lambda width: incident_detail(self.scene, self.incident(), width), classes="data"
            ),
            id="incident",
        )
        yield self.detail

    def incident(self) -> IncidentRow | None:
        return self.incidents.incident()

    def row(self) -> BoardRow | None:
        incident = self.incident()
        check = incident.check if incident is not None else None
        return self.scene.picture.rows.get(check) if check is not None else None

    def offers(self, binding: Binding) -> bool:
        return binding.action != ACCEPT.action or self._guess(self.incident()) is not None

    def action_accept(self) -> None:
        """The cause that is proposed becomes the person's word; another one is one key further."""
        incident = self._meant(closed=True)
        if incident is None:
            return
        proposed = self._guess(incident)
        if proposed is None:
            self.say("no_guess", id=incident.id)
        else:
            self.siaga.start(self.siaga.actions.accept(incident.id, proposed))

    def _guess(self, incident: IncidentRow | None) -> ProposedCause | None:
        """A cause nobody has spoken of yet."""
        return None if incident is None or incident.cause is not None else incident.proposed

    def on_mount(self) -> None:
        self.incidents.focus()
        self.incidents.show()
        self.run_worker(self._fetch())

    def changed(self, changes: Changes) -> None:
        self.incidents.show()
        super().changed(changes)

    def tick(self) -> None:
        super().tick()
        self.incidents.redraw_visible()

    async def _fetch(self) -> None:
        """The older ones, and the one that was asked for; the board knows only the last day's."""
        client, picture = self.siaga.client, self.scene.picture
        try:
            found = await client.incidents()
            if self._wanted is not None and self._wanted not in {each.id for each in found}:
                found.append(await client.incident(self._wanted))
        except Refused:
            self.say("not_found", id=self._wanted or "")
            return
        except (Offline, Unauthorized):
            return  # the banner says so
        for incident in found:
            picture.incidents.setdefault(incident.id, incident)
        self.incidents.show()
        self.tick()

    def _heading(self, width: int) -> list[Line]:
        words = self.scene.words
        incidents = self.scene.picture.incidents.values()
        opened = [each for each in incidents if each.state == "open"]
        waiting = sum(each.acked is None for each in opened)
        said = joined([
            [(words("open_n", n=len(opened)), "down" if opened else "muted")],
            [(words("unacked_n", n=waiting), "down" if waiting else "muted")],
        ])  # fmt: skip
        title: Line = [(f" {words('incidents')}  ", "title"), *said]
        return [spread(title, [], width), heading(self.scene, width - 1)]

    def on_line_list_moved(self) -> None:
        self.detail.scroll_home(animate=False)
        super().tick()

    def on_line_list_opened(self) -> None:
        row = self.row()
        if row is not None:
            self.siaga.open_check(row.id)
