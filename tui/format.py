"""Durations, ages, latencies and percentages as text, Indonesian and English. Pure."""

from __future__ import annotations

import math
from datetime import datetime, tzinfo

DASH = "–"
_UNITS = {"id": ("dtk", "mnt", "j", "m", "hr"), "en": ("s", "min", "h", "m", "d")}
_MONTHS = {
    "id": ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"],
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}


def instant(text: str | None) -> float | None:
    """Seconds since the epoch of an RFC 3339 time; None for none or for nonsense."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.timestamp() if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def number(value: float, places: int, language: str) -> str:
    """With a decimal comma in Indonesian."""
    text = f"{value:.{places}f}"
    return text.replace(".", ",") if language == "id" else text


def duration(seconds: float | None, language: str) -> str:
    """At most eight characters: `12 dtk`, `47 mnt`, `3j 12m`, `2hr 3j`, `41 hr`."""
    if seconds is None or not math.isfinite(seconds):
        return DASH
    second, minute, hour, minute_after, day = _UNITS[language]
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} {second}"
    if whole < 3600:
        return f"{whole // 60} {minute}"
    if whole < 86400:
        return f"{whole // 3600}{hour} {whole % 3600 // 60:02d}{minute_after}"
    if whole < 10 * 86400:
        return f"{whole // 86400}{day} {whole % 86400 // 3600}{hour}"
    return f"{whole // 86400} {day}"


def latency(seconds: float | None, language: str) -> str:
    """Three figures at most: `0,84 ms`, `12,3 ms`, `312 ms`, `2,41 s`."""
    if seconds is None or not math.isfinite(seconds):
        return DASH
    if seconds >= 0.9995:
        return f"{number(seconds, 2 if seconds < 10 else 1, language)} s"
    ms = seconds * 1000
    return f"{number(ms, 2 if ms < 1 else 1 if ms < 99.95 else 0, language)} ms"


def percent(value: float | None, language: str, places: int = 3) -> str:
    """Floored: 99.9996 is never shown as a hundred."""
    if value is None or not math.isfinite(value):
        return DASH
    scale = 10**places
    # Two more digits first: 99.3 is 99.299999… in binary and must not become 99.299.
    floored = math.floor(round(value * scale, 2)) / scale
    text = number(floored, places, language)
    if places:
        text = text.rstrip("0").rstrip(",.")
    return f"{text} %"


def clock(at: float | None, zone: tzinfo, language: str, *, seconds: bool = True) -> str:
    """`18.31.04` in Indonesian, `18:31:04` in English."""
    moment = _moment(at, zone)
    if moment is None:
        return DASH
    text = f"{moment:%H:%M:%S}" if seconds else f"{moment:%H:%M}"
    return text.replace(":", ".") if language == "id" else text


def day(at: float | None, zone: tzinfo, language: str) -> str:
    """The date as `24 Nov`."""
    moment = _moment(at, zone)
    return DASH if moment is None else f"{moment.day} {_MONTHS[language][moment.month - 1]}"


def zone_name(at: float, zone: tzinfo) -> str:
    moment = _moment(at, zone)
    return "" if moment is None else moment.tzname() or ""


def _moment(at: float | None, zone: tzinfo) -> datetime | None:
    if at is None:
        return None
    try:
        return datetime.fromtimestamp(at, zone)
    except (ValueError, OverflowError, OSError):
        return None
