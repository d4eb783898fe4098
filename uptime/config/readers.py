"""Readers of the kinds of value that only one key has."""

from __future__ import annotations

import ipaddress
import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from probes.base import describe, safe_text
from uptime.config import values
from uptime.config.errors import Bad
from uptime.config.model import PublicName, Tier
from uptime.config.suggest import hint, unknown_key
from uptime.core.calendar import DAY_MINUTES, DAYS, Hours, Period, Week
from uptime.core.causes import Cause, recognise

LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
RESERVED = frozenset(
    {"check", "group", "type", "instance", "job", "state", "phase", "window", "le"}
)
PERIOD = '{ from = 2026-02-18, to = 2026-03-19, hours = { mon-fri = "08:00-15:00" } }'
_HOURS = '{ mon-thu = "07:30-15:30", fri = "07:30-11:30 13:00-14:30" }'
_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")
_EARLIEST, _LATEST = 2000, 2100
_HOST = re.compile(r"(?=.{1,253}$)[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,62}\.?)+")


def labels(value: object) -> dict[str, str]:
    """Names that Prometheus takes and that are not ours, with short text."""
    bads = []
    for name, text in values.table(value, example='{ opd = "…" }').items():
        if not LABEL.fullmatch(name) or name.startswith("__") or len(name) > 64:
            fix = "use letters, digits and _; begin with a letter"
            bads.append(Bad("is no name of a Prometheus label", fix, name))
        elif name in RESERVED:
            bads.append(Bad(f'the label "{name}" is set by Siaga itself', "choose another", name))
        elif not isinstance(text, str):
            bads.append(Bad(f"expected text, found {describe(text)}", "put it in quotes", name))
        elif len(text) > 128 or safe_text(text, 128) != text:
            fix = "shorten it, without controls and spaces at its ends"
            bads.append(Bad("must be at most 128 printable characters", fix, name))
    Bad.all(bads)
    return dict(value)  # type: ignore[call-overload, no-any-return] # a table by now


def parents(value: object) -> tuple[tuple[str, ...], ...]:
    """`["a", ["b", "c"]]`: a, and one of b and c."""
    example = '["parent"], or [["a", "b"]] where either is enough'

    def ways(item: object) -> tuple[str, ...]:
        if isinstance(item, list):
            return values.listed(values.ident, example=example)(item)
        return (values.ident(item),)

    if value == []:
        return ()  # takes back what [defaults] say
    return values.listed(ways, example=example)(value)


def public(value: object) -> PublicName:
    example = '{ name = "…" }, what citizens call it'
    found = values.table(value, example=example)
    for name in found:
        if name != "name":
            raise Bad(*unknown_key(name, ["name"]), name)
    if "name" not in found:
        raise Bad("the public name is missing", f"write {example}")
    try:
        return PublicName(values.text(80)(found["name"]))
    except Bad as bad:
        raise bad.under("name") from None


def zone(value: object) -> str:
    name: str = values.text(64)(value)
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        # Listing all zones walks a directory tree: only to say which was meant.
        problem = f'unknown zone "{name}"{hint(name, available_timezones())}'
        raise Bad(problem, 'write one such as "Asia/Jakarta"') from None
    return name


def endpoint(value: object) -> str:
    """An address to listen on: `127.0.0.1:7424`, `[::1]:7424`, `localhost:7424`."""
    if not isinstance(value, str):
        raise Bad(f"expected an address, found {describe(value)}", 'write "127.0.0.1:7424"')
    shown = safe_text(value, 60)
    host, colon, port = value.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        raise Bad(f'"{shown}" is no host:port', 'write "127.0.0.1:7424" or "[::1]:7424"')
    if not host:
        raise Bad(f'"{shown}" has no host', f'write "0.0.0.0:{port}" to listen everywhere')
    if not (port.isascii() and port.isdigit() and int(port[:6]) <= 65535 and len(port) <= 5):
        raise Bad(f'port "{safe_text(port, 20)}" is not 1-65535', 'write "127.0.0.1:7424"')
    if host.startswith("["):
        try:
            ipaddress.IPv6Address(host.removeprefix("[").removesuffix("]").partition("%")[0])
        except ValueError:
            raise Bad(f'"{shown}" holds no IPv6 address', 'write "[::1]:7424"') from None
    elif re.fullmatch(r"[0-9.]+", host):
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            raise Bad(f'"{shown}" holds no IPv4 address', 'write "127.0.0.1:7424"') from None
    elif not _HOST.fullmatch(host):
        raise Bad(f'"{shown}" holds no host name', 'write "127.0.0.1:7424"')
    return f"{host}:{int(port)}"


def day(value: object) -> date:
    if isinstance(value, datetime):
        raise Bad("expected a date, found a time", "write a date: 2026-11-24")
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise Bad(f"expected a date, found {describe(value)}", "write 2026-11-24") from None


def moment(value: object) -> datetime:
    """A local time of this century; with an offset that instant, whatever the zone."""
    fix = 'write local time: "2026-12-01T22:00"'
    if isinstance(value, str):
        text = value
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            raise Bad(f'"{safe_text(text, 40)}" is no time', fix) from None
    if not isinstance(value, datetime):
        raise Bad(f"expected a time, found {describe(value)}", fix)
    if not _EARLIEST <= value.year <= _LATEST:
        raise Bad(
            f"the year {value.year} is out of range", f"write one from {_EARLIEST} to {_LATEST}"
        )
    return value


def day_or_moment(value: object) -> date | datetime:
    if isinstance(value, datetime) or (isinstance(value, str) and len(value) > 10):
        return moment(value)
    return day(value)


def hours(value: object) -> Week:
    """Hours by day, of which a range such as `mon-thu` stands for several; the rest is closed."""
    week: list[Hours | None] = [None] * 7
    bads = []
    for name, text in values.table(value, example=_HOURS).items():
        try:
            spans = _spans(text)
            for day_of_week in _days(name):
                if week[day_of_week] is not None:
                    raise Bad(f"{DAYS[day_of_week]} is named twice", "keep one")
                week[day_of_week] = spans
        except Bad as bad:
            bads.append(bad.under(name))
    Bad.all(bads)
    if not any(week):
        raise Bad("there are no hours", f"write {_HOURS}")
    return tuple(each or () for each in week)


def _days(name: str) -> list[int]:
    first, dash, last = name.partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        raise Bad("is no day of the week", f"write one of {', '.join(DAYS)}, or mon-fri")
    start, end = DAYS.index(first), DAYS.index(last or first)
    return [(start + step) % 7 for step in range((end - start) % 7 + 1)]


def _spans(text: object) -> Hours:
    fix = 'write "07:30-11:30 13:00-14:30"; a night is two: "22:00-24:00", and "00:00-06:00"'
    if not isinstance(text, str) or not text.split():
        raise Bad(f"expected hours, found {describe(text)}", fix)
    found: list[tuple[int, int]] = []
    for part in text.split():
        match = _SPAN.fullmatch(part)
        numbers = [int(group) for group in match.groups()] if match else [0] * 4
        start, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
        if match is None or end > DAY_MINUTES or start >= end:
            raise Bad(f'"{safe_text(part, 30)}" is no stretch of a day', fix)
        if found and start < found[-1][1]:
            raise Bad(f'"{part}" begins before the hours before it end', "write them in order")
        found.append((start, end))
    return tuple(found)


def period(value: object) -> Period:
    found = values.table(value, example=PERIOD)
    if found.keys() != {"from", "to", "hours"}:
        raise Bad("a period has the keys from, to and hours", f"write {PERIOD}")
    read: dict[str, Any] = {}
    bads = []
    for name, parse in (("from", day), ("to", day), ("hours", hours)):
        try:
            read[name] = parse(found[name])
        except Bad as bad:
            bads.append(bad.under(name))
    Bad.all(bads)
    if read["to"] < read["from"]:
        raise Bad("ends before it begins", "correct one of them", "to")
    return Period(read["from"], read["to"], read["hours"])


def country(value: object) -> str:
    """One whose public holidays are known; looking it up imports what knows them."""
    from uptime.days_off import countries

    name: str = values.text(8)(value)
    if name not in (known := countries()):
        raise Bad(f'no public holidays are known of "{name}"{hint(name, known)}', 'write "ID"')
    return name


def flag_or_path(value: object) -> bool | str:
    return value if isinstance(value, bool) else str(values.text(1000)(value))


def tier(value: object) -> Tier:
    example = "{ below = 99.0, refund = 5 }, both percent"
    found = values.table(value, example=example)
    if found.keys() != {"below", "refund"}:
        raise Bad("a tier has the keys below and refund", f"write {example}")
    try:
        return Tier(values.percent(found["below"]), values.percent(found["refund"]))
    except Bad as bad:
        raise Bad(bad.problems[0][1], f"write {example}") from None


def causes(value: object) -> frozenset[Cause]:
    """Causes by name, or by the words people use for them; `[]` is none."""

    def cause(item: object) -> Cause:
        found = recognise(item) if isinstance(item, str) else None
        # Choosing says how a value of another kind is written, and which name was meant.
        return found or values.member(Cause)(item)

    if value == []:
        return frozenset()
    return frozenset(values.listed(cause, example='["power", "planned-work"]')(value))
