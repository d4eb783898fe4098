"""Times as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rfc3339(ms: int | None) -> str | None:
    """`2026-11-24T03:04:05.678Z` of milliseconds since the epoch; None stays None."""
    if ms is None:
        return None
    moment = _EPOCH + timedelta(milliseconds=ms)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def from_rfc3339(text: str) -> int:
    """Milliseconds since the epoch; raises ValueError for a text without a zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f'"{text}" has no time zone; write "Z" or "+07:00"')
    return (moment - _EPOCH) // timedelta(milliseconds=1)
