"""The filter: words that a row must match, `!word` that it must not. Pure."""

from __future__ import annotations

from collections.abc import Callable

from tui.words import STATES
from uptime.schema import BoardRow


class Filter:
    """Remembers what each row says, so that ten thousand are filtered at a keystroke."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[BoardRow, str]] = {}

    def __call__(self, text: str) -> Callable[[BoardRow], bool] | None:
        """None for a text without words: everything matches."""
        words = text.lower().split()
        musts = [word for word in words if not word.startswith("!")]
        nots = [word[1:] for word in words if word.startswith("!") and len(word) > 1]
        if not musts and not nots:
            return None

        def wanted(row: BoardRow) -> bool:
            said = self._said(row)
            return all(word in said for word in musts) and not any(word in said for word in nots)

        return wanted

    def _said(self, row: BoardRow) -> str:
        seen = self._seen.get(row.id)
        if seen is not None and seen[0] is row:
            return seen[1]
        said = "\n".join(
            (
                row.id, row.name, row.group or "", row.type, row.target, row.severity,
                row.state, *STATES[row.state], *row.overlays, row.incident or "",
                row.reason or "", *(f"{k}:{v}" for k, v in row.labels.items()),
            )
        ).lower()  # fmt: skip
        self._seen[row.id] = (row, said)
        return said
