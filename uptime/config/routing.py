"""`[channels.*]` and `[[routes]]`: no secret in plain text, no route to nowhere."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from probes.base import Secret, describe
from uptime.config.errors import Bad, Findings, Path
from uptime.config.include import Item, Raw
from uptime.config.keys import REQUIRED
from uptime.config.model import Channel, Language, Route
from uptime.config.secrets import REFERENCE, Secrets
from uptime.config.suggest import hint
from uptime.config.tables import CHANNEL, MATCH, ROUTE
from uptime.config.values import ident
from uptime.core.match import Match

ValidateUrl = Callable[[str], str | None]

# Services on a host of one's own, whose address is no secret by itself.
_OPEN = frozenset({
    "form", "forms", "json", "jsons", "mailto", "mailtos", "mqtt", "mqtts", "rsyslog", "syslog",
    "xml", "xmls",
})  # fmt: skip
_TELLING = re.compile(r"pass|pwd|token|secret|key|auth|sig", re.IGNORECASE)
_TOKEN = re.compile(r"(?=[^/]*[0-9])(?=[^/]*[A-Za-z])[A-Za-z0-9_-]{20,}")


def channels(
    findings: Findings, raw: Raw, secrets: Secrets, language: Language, validate: ValidateUrl
) -> dict[str, Channel]:
    """Every channel; what is wrong with an address is said without it."""
    found = {}
    for name, item in raw.channels.items():
        try:
            ident(name)
        except Bad as bad:
            findings.bad(item.source, item.path, bad)
        got, good = CHANNEL.read(findings, item.source, item.path, item.value)
        if got["url"] is REQUIRED:
            continue
        try:
            url = _url(got["url"], item.source.directory, secrets, validate)
        except Bad as bad:
            findings.bad(item.source, (*item.path, "url"), bad)
            continue
        if good:
            found[name] = Channel(name, url, got["language"] or language)
    return found


def _url(value: object, directory: FilePath, secrets: Secrets, validate: ValidateUrl) -> Secret:
    if not isinstance(value, str | dict):
        raise Bad(f"expected an address, found {describe(value)}", 'write "mailto://…" in quotes')
    if isinstance(value, str) and (why := _plain_secret(value)) is not None:
        raise Bad(why, 'write "${NAME}" in its place, or the whole as { file = "…" }')
    if isinstance(value, str) and "${" not in value:
        url = Secret(value)
    else:
        url = secrets.resolve(value, directory)
    said = validate(url.reveal())
    if said is not None:
        # It promises not to show the value; this makes sure.
        problem, _, fix = said.replace(url.reveal(), "***").partition("; ")
        fix = fix or "compare it with the service's page in Apprise's documentation"
        raise Bad(f"not a valid channel address (value hidden): {problem}", fix)
    return url


def _plain_secret(address: str) -> str | None:
    """What in an address is a secret written out, or None."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        return None  # a reference to the whole, or no address at all: Apprise will say
    rest, _, query = rest.partition("?")
    place, *path = rest.split("/")
    login, _, host = place.rpartition("@")
    password = login.partition(":")[2]
    if password and REFERENCE.sub("", password):
        return "a password is written out in the address"
    for name, value in parse_qsl(query, keep_blank_values=True):
        if _TELLING.search(name) and REFERENCE.sub("", value):
            return f'the value of "{name}" is written out in the address'
    is_open, here = scheme.lower() in _OPEN, _is_loopback(host)
    if is_open and here:
        return None
    if not is_open and "${" not in host and not _is_host(host):
        return "the token of this service is written out in the address"
    if any(_TOKEN.fullmatch(REFERENCE.sub("", part)) for part in path):
        return "a token is written out in the address"
    if not is_open and not here and not REFERENCE.search(address):
        return f'an address of "{scheme}" is a secret and stands here in plain text'
    return None


def _name_of(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_host(host: str) -> bool:
    name = _name_of(host)
    if name == "localhost":
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return re.fullmatch(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+", name, re.IGNORECASE) is not None
    return True


def _is_loopback(host: str) -> bool:
    name = _name_of(host)
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def routes(findings: Findings, raw: Raw) -> tuple[Route, ...]:
    """Every route, in the order of the files."""
    found = (_route(findings, raw, item) for item in raw.routes)
    return tuple(route for route in found if route is not None)


def _route(findings: Findings, raw: Raw, item: Item) -> Route | None:
    got, good = ROUTE.read(findings, item.source, item.path, item.value)
    at = (*item.path, "match")
    match, matching = MATCH.read(findings, item.source, at, got["match"])
    if got["channels"] is not REQUIRED:
        exist(findings, raw, item, (*item.path, "channels"), got["channels"])
    exist(findings, raw, item, (*at, "group"), match["group"] or ())
    if not good or not matching:
        return None
    return Route(
        match=match_of(match),
        channels=got["channels"],
        degraded=got["degraded"],
        group_wait=got["group_wait"],
        group_interval=got["group_interval"],
        repeat_interval=got["repeat_interval"],
    )


def match_of(got: Mapping[str, Any]) -> Match:
    """What the keys of a `match` say."""
    return Match(
        severity=frozenset(got["severity"]) if got["severity"] else None,
        groups=frozenset(got["group"]) if got["group"] else None,
        labels=MappingProxyType(got["labels"]) if got["labels"] else None,
        checks=frozenset(got["check"]) if got.get("check") else None,
    )


def exist(findings: Findings, raw: Raw, item: Item, at: Path, names: Iterable[str]) -> None:
    """Every name in the list at `at` stands for a channel, a group or a check."""
    kind = {"channels": "channel", "group": "group", "check": "check"}[str(at[-1])]
    known: Mapping[str, Item] = getattr(raw, f"{kind}s")
    for number, name in enumerate(names):
        if name not in known and raw.complete:
            problem = f'no {kind} named "{name}"{hint(name, known)}'
            fix = f"correct it, or add [{kind}s.{name}]"
            findings.add(item.source, (*at, number), problem, fix)


def unused(found: Mapping[str, Channel], routes: Sequence[Route]) -> list[str]:
    """Channels that no route leads to."""
    used = {name for route in routes for name in route.channels}
    return [name for name in found if name not in used]
