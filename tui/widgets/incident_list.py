"""Incidents: open ones first, those that nobody is at before the others, then the newest."""

from __future__ import annotations

from tui.paint import Line
from tui.scene import Scene
from tui.views.incident import incident_line
from tui.widgets.line_list import LineList
from uptime.schema import IncidentRow


class IncidentList(LineList):
    def __init__(self, scene: Scene, wanted: str | None, key: str) -> None:
        super().__init__(key)
        self._scene = scene
        self._order: list[str] = []
        self._at = wanted

    @property
    def count(self) -> int:
        return len(self._order)

    def line(self, index: int, width: int) -> Line:
        incident = self._scene.picture.incidents.get(self._order[index])
        if incident is None:
            return []
        return incident_line(self._scene, incident, width, here=index == self.cursor)

    def incident(self) -> IncidentRow | None:
        if self.cursor >= len(self._order):
            return None
        return self._scene.picture.incidents.get(self._order[self.cursor])

    def show(self) -> None:
        """Sorts what the picture holds; the cursor stays on its incident."""
        incidents = sorted(self._scene.picture.incidents.values(), key=_number, reverse=True)
        incidents.sort(key=lambda each: (each.state == "closed", each.acked is not None))
        order = [incident.id for incident in incidents]
        if order == self._order:
            self.redraw_visible()
            return
        self._order = order
        self.cursor = order.index(self._at) if self._at in order else 0
        if self._at is None and order:
            self._at = order[0]
        self.resized()
        self._reveal()
        self.post_message(self.Moved())

    def moved(self) -> None:
        incident = self.incident()
        self._at = None if incident is None else incident.id
        super().moved()


def _number(incident: IncidentRow) -> tuple[int, str]:
    digits = incident.id.rpartition("-")[2]
    return (
        int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else 0,
        incident.id,
    )
