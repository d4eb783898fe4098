"""Figures as a paper shows them, exact: what does not fit its digits is cut and marked "…".

Times come in milliseconds and are shown in the zone of the configuration, to the second.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = {
    "id": (
        "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September",
        "Oktober", "November", "Desember",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
}  # fmt: skip
_TIME = {"id": "%d/%m/%Y %H.%M.%S", "en": "%Y-%m-%d %H:%M:%S"}
_CLOCK = {"id": "%H.%M.%S", "en": "%H:%M:%S"}
_HOUR = {"id": "%H.%M", "en": "%H:%M"}
_DAY = {"id": "%d/%m/%Y", "en": "%Y-%m-%d"}


def local(ms: int, zone: ZoneInfo) -> datetime:
    return (_EPOCH + timedelta(milliseconds=ms)).astimezone(zone)


def moment(ms: int, zone: ZoneInfo, language: str) -> str:
    """`03/11/2026 02.10.05`, in English `2026-11-03 02:10:05`."""
    return local(ms, zone).strftime(_TIME[language])


def clock(ms: int, beside: int, zone: ZoneInfo, language: str) -> str:
    """The time of day; with its date if that is not the date of `beside`."""
    here = local(ms, zone)
    same = here.date() == local(beside, zone).date()
    return here.strftime((_CLOCK if same else _TIME)[language])


def day(ms: int, zone: ZoneInfo, language: str) -> str:
    """`03/11/2026`, as columns and lists have it."""
    return local(ms, zone).strftime(_DAY[language])


def date_in_words(at: date, language: str) -> str:
    """`3 November 2026`, as sentences have it."""
    return f"{at.day} {_MONTHS[language][at.month - 1]} {at.year:04d}"


def day_in_words(ms: int, zone: ZoneInfo, language: str) -> str:
    return date_in_words(local(ms, zone).date(), language)


def moment_in_words(ms: int, zone: ZoneInfo, language: str) -> str:
    """`3 November 2026 02.10 WIB`, to the minute."""
    hour = local(ms, zone).strftime(_HOUR[language])
    return f"{day_in_words(ms, zone, language)} {hour} {zone_name(ms, zone)}"


def month(text: str, language: str) -> str:
    """`November 2026` of "2026-11"."""
    year, number = text.split("-")
    return f"{_MONTHS[language][int(number) - 1]} {int(year):04d}"


def zone_name(ms: int, zone: ZoneInfo) -> str:
    """WIB, WITA, WIT; a bare offset is written as one."""
    name = local(ms, zone).tzname() or "UTC"
    return f"UTC{name}" if name[0] in "+-" else name


def number(value: Fraction | int, digits: int, language: str) -> str:
    """At most that many decimals, grouped by thousands; cut, never rounded."""
    scale = 10**digits
    scaled = abs(value) * scale
    whole = scaled.numerator // scaled.denominator
    cut = "…" if scaled.denominator != 1 else ""
    integer, rest = divmod(whole, scale)
    decimals = f"{rest:0{digits}d}".rstrip("0") if digits and not cut else ""
    if digits and cut:
        decimals = f"{rest:0{digits}d}"
    text = f"{integer:,}" + (f".{decimals}" if decimals else "") + cut
    if language == "id":
        text = text.translate(str.maketrans(",.", ".,"))
    return f"−{text}" if value < 0 and whole else text


def seconds(ms: Fraction | int, language: str) -> str:
    """`33.600`, with as many decimals as there are milliseconds."""
    return number(Fraction(ms) / 1000, 3, language)


def minutes(ms: Fraction | int, language: str) -> str:
    return number(Fraction(ms) / 60_000, 2, language)


def percent(share: Fraction, language: str) -> str:
    """`98,7455… %` of a ratio."""
    return f"{number(share * 100, 4, language)} %"


def rupiah(amount: int, language: str) -> str:
    return f"Rp{number(amount, 0, language)}"
