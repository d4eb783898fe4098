"""Readers of the kinds of value that only one key has."""

from __future__ import annotations

import ipaddress
import re
from datetime import date, datetime
from zoneinfo import ZoneInfo, available_timezones

from probes.base import describe, safe_text
from uptime.config import values
from uptime.config.errors import Bad
from uptime.config.model import PublicName, Tier
from uptime.config.suggest import hint, unknown_key
from uptime.core.causes import Cause, recognise

LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
RESERVED = frozenset(
    {"check", "group", "type", "instance", "job", "state", "phase", "window", "le"}
)
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
