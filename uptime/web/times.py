"""Times, windows and steps as they come in a query; every bad one is a 422 that says why."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from probes.base import parse_duration
from uptime.core.text import from_rfc3339
from uptime.web.problems import Refused

_LONGEST_MS = 20 * 366 * 86_400_000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def instant(text: str, path: str, zone: ZoneInfo | None = None) -> int:
    """Milliseconds of an RFC 3339 time; with `zone` also of a day, which begins there."""
    try:
        if zone is not None and _DAY.fullmatch(text):
            return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)
        # A plus sign that was not escaped arrives as a space.
        return from_rfc3339(text.replace(" ", "+"))
    except (ValueError, OverflowError):
        raise Refused(
            422, 'write a time with its zone, such as "2026-11-24T03:04:05Z"', path=path
        ) from None


def length(text: str, path: str) -> int:
    """Milliseconds of "5m", or of a bare number of seconds."""
    try:
        seconds = parse_duration(f"{text}s" if text.isascii() and text.isdigit() else text)
    except ValueError as error:
        raise Refused(422, str(error), path=path) from None
    if not 0.001 <= seconds <= _LONGEST_MS / 1000:
        raise Refused(422, "out of range", path=path)
    return round(seconds * 1000)


def window(
    from_: str | None, to: str | None, now: int, default_ms: int, zone: ZoneInfo | None = None
) -> tuple[int, int]:
    """Half-open milliseconds; `to` defaults to now, `from` to `default_ms` before that."""
    end = now if to is None else instant(to, "to", zone)
    start = end - default_ms if from_ is None else instant(from_, "from", zone)
    if start >= end:
        raise Refused(422, "from must lie before to", path="from")
    if end - start > _LONGEST_MS:
        raise Refused(422, "the window is over twenty years", path="from")
    return start, end
