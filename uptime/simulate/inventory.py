"""The inventory as it is written, and as the daemon gets it: on the addresses that were to be had.

Works on the text of the configuration, not on its meaning: what is wrong in it is for
uptime.config to say.
"""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import tomli_w

from probes.base import parse_duration

Table = Mapping[str, Any]

_HEAD = (
    "# Written by siaga demo at every start: changes are lost. What it plays stands in\n# {}\n\n"
)
_PING_OPTIONS = frozenset({"count", "degraded"})
_LAID_UNDER = ("interval", "timeout", "retry_interval")
_BUILT_IN = {"interval": "30s", "timeout": "10s", "retry_interval": "5s"}


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the demo is: upper limits in seconds, and seconds of the script per second."""

    interval: float
    timeout: float
    retry: float
    wait: float
    again: float
    speed: float
    lead: float
    """Real seconds before the script begins, for every check to be measured once."""


NORMAL = Pace(interval=5, timeout=4, retry=1, wait=3, again=15, speed=1, lead=10)
FAST = Pace(interval=2, timeout=1.6, retry=0.5, wait=1, again=5, speed=5, lead=6)


@dataclass(frozen=True, slots=True)
class Inventory:
    """A configuration file; `checks` have the defaults of file and group laid under them."""

    path: Path
    raw: Table
    checks: Mapping[str, Table]

    @classmethod
    def read(cls, path: Path) -> Inventory:
        """Blocking. For a file that uptime.config accepts."""
        return cls.parse(path.read_text(), path.absolute())

    @classmethod
    def parse(cls, text: str, path: Path) -> Inventory:
        """The text of the file at `path`."""
        raw = tomllib.loads(text)
        groups = raw.get("groups", {})
        checks = {}
        for name, check in raw["checks"].items():
            below = raw.get("defaults", {})
            group = groups.get(check.get("group", below.get("group")), {})
            checks[name] = {**_BUILT_IN, **below, **group.get("defaults", {}), **check}
        return cls(path, raw, checks)


@dataclass(frozen=True, slots=True)
class Found:
    """What the simulation got from this machine; the rest of a configuration stays."""

    targets: Mapping[str, str]
    """Every simulated check with its target as it now is."""
    stand_ins: frozenset[str]
    """Checks that are measured by tcp in place of icmp."""
    channels: Mapping[str, str]
    ca_file: Path
    listen: str
    socket: str


def derive(inventory: Inventory, found: Found, pace: Pace) -> dict[str, Any]:
    """The configuration the daemon gets."""
    raw = inventory.raw
    own = ("include", "database", "public_listen", "socket", "listen")
    siaga = {key: value for key, value in raw.get("siaga", {}).items() if key not in own}
    channels = {
        name: {**channel, "url": found.channels.get(name, channel["url"])}
        for name, channel in raw.get("channels", {}).items()
    }
    return {
        **{key: raw[key] for key in ("history", "contracts") if key in raw},
        "siaga": {
            **siaga,
            "database": "sqlite:///siaga.db",
            "listen": found.listen,
            "socket": found.socket,
        },
        "groups": {
            name: {key: value for key, value in group.items() if key != "defaults"}
            for name, group in raw.get("groups", {}).items()
        },
        "checks": {name: _check(name, c, found, pace) for name, c in inventory.checks.items()},
        "channels": channels,
        "routes": [_route(route, pace) for route in raw.get("routes", [])],
    }


def write(configuration: Mapping[str, Any], path: Path, source: Path) -> None:
    """Blocking; whoever reads it meanwhile sees the old one or the new one."""
    new = path.with_suffix(".new")
    new.write_text(_HEAD.format(source) + tomli_w.dumps(configuration))
    new.replace(path)


def _check(name: str, check: Table, found: Found, pace: Pace) -> dict[str, Any]:
    limits = dict(zip(_LAID_UNDER, (pace.interval, pace.timeout, pace.retry), strict=True))
    made = {**check, **{key: _at_most(check[key], limit) for key, limit in limits.items()}}
    if name not in found.targets:
        return made
    made["target"] = found.targets[name]
    if name in found.stand_ins:
        made = {key: value for key, value in made.items() if key not in _PING_OPTIONS}
        made["type"] = "tcp"
    elif check["type"] == "tls" or str(check["target"]).startswith("https:"):
        made.setdefault("ca_file", str(found.ca_file))
    return made


def _route(route: Table, pace: Pace) -> dict[str, Any]:
    return {
        **route,
        "group_wait": _at_most(route.get("group_wait", "30s"), pace.wait),
        "group_interval": _at_most(route.get("group_interval", "5m"), pace.again),
    }


def _at_most(text: str, limit: float) -> str:
    return f"{round(min(parse_duration(text), limit) * 1000)}ms"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a check's target is: `port` 0 where the protocol has none."""

    scheme: str
    host: str
    port: int


def place(kind: str, target: str) -> Place | None:
    """The place of a target on this machine's loopback; None: elsewhere, not to be simulated."""
    if "://" in target:
        url = urlsplit(target)
        port = url.port or {"https": 443}.get(url.scheme, 80)
        found = Place(url.scheme, url.hostname or "", port)
    elif kind == "icmp":
        found = Place(kind, target, 0)
    else:
        host, _, number = target.rpartition(":")
        found = Place("https" if kind == "tls" else kind, host, int(number))
    try:
        here = ipaddress.IPv4Address(found.host).is_loopback
    except ValueError:
        return None
    return found if here else None


def moved(target: str, port: int) -> str:
    """The same target on another port."""
    if "://" not in target:
        return f"{target.partition(':')[0]}:{port}"
    url = urlsplit(target)
    return urlunsplit(url._replace(netloc=f"{url.hostname}:{port}"))
