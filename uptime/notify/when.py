"""Times and durations as a duty engineer reads them, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = {
    "id": ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_UNITS = {"id": ("hari", "jam", "mnt", "dtk"), "en": ("d", "h", "min", "s")}
_CLOCK = {"id": ".", "en": ":"}
SHORT_MS = 10 * 60 * 1000


def _local(ms: int, timezone: str) -> datetime:
    # Read from disk when the configuration was checked; zoneinfo keeps it.
    return (_EPOCH + timedelta(milliseconds=ms)).astimezone(ZoneInfo(timezone))


def _zone_name(moment: datetime) -> str:
    """WIB, WITA, WIT; a bare offset is written as one."""
    name = moment.tzname() or "UTC"
    return f"UTC{name}" if name[0] in "+-" else name


def _clock(moment: datetime, language: str, *, seconds: bool) -> str:
    parts = [f"{moment.hour:02d}", f"{moment.minute:02d}"]
    if seconds:
        parts.append(f"{moment.second:02d}")
    return _CLOCK[language].join(parts)


def _date(moment: datetime, language: str) -> str:
    return f"{moment.day} {_MONTHS[language][moment.month - 1]} {moment.year}"


def time_of_day(ms: int, timezone: str, language: str) -> str:
    """`02.10 WIB`."""
    moment = _local(ms, timezone)
    return f"{_clock(moment, language, seconds=False)} {_zone_name(moment)}"


def date_time(ms: int, timezone: str, language: str) -> str:
    """`24 Nov 2026 02.10 WIB`."""
    return f"{_date(_local(ms, timezone), language)} {time_of_day(ms, timezone, language)}"


def interval(began: int, ended: int, now: int, timezone: str, language: str) -> str:
    """`02.10–02.25 WIB`; with the date if it was not today, with seconds if it was short."""
    first, last = _local(began, timezone), _local(ended, timezone)
    seconds = ended - began < SHORT_MS
    left = _clock(first, language, seconds=seconds)
    right = _clock(last, language, seconds=seconds)
    if first.date() != last.date():
        left = f"{_date(first, language)} {left}"
        right = f"{_date(last, language)} {right}"
        return f"{left} – {right} {_zone_name(last)}"
    if last.date() != _local(now, timezone).date():
        left = f"{_date(first, language)} {left}"
    return f"{left}–{right} {_zone_name(last)}"


def duration(ms: int, language: str) -> str:
    """`4 mnt 20 dtk`: the two largest units that are not zero, at least `0 dtk`."""
    seconds = max(ms, 0) // 1000
    counts = (seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60, seconds % 60)
    units = _UNITS[language]
    first = next((i for i, count in enumerate(counts) if count), len(counts) - 1)
    shown = [f"{counts[i]} {units[i]}" for i in range(first, min(first + 2, 4)) if counts[i]]
    return " ".join(shown) or f"0 {units[-1]}"


def number(value: float, digits: int, language: str) -> str:
    """A figure with the language's decimal sign, floored, without trailing zeros."""
    scaled = int(value * 10**digits + 1e-9)
    text = f"{scaled // 10**digits}.{scaled % 10**digits:0{digits}d}" if digits else f"{scaled}"
    if digits:
        text = text.rstrip("0").rstrip(".")
    return text.replace(".", ",") if language == "id" else text
