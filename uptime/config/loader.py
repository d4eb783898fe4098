"""From a file to a configuration, or to every error it has.

Each part reports what it does not like and the rest goes on; only what hangs on an unreadable
file is left out. Nothing is opened or reached but files, and nothing is kept between loads.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from uptime.config import overlays
from uptime.config.checks import MOST, CheckReader
from uptime.config.errors import Bad, Findings
from uptime.config.fingerprint import digest
from uptime.config.include import Item, Raw, gather
from uptime.config.model import (
    Calendar,
    Channel,
    Check,
    Config,
    Contract,
    Group,
    History,
    Route,
)
from uptime.config.probe_types import Registry, Types, installed
from uptime.config.references import check_references
from uptime.config.routing import ValidateUrl, channels, routes, unused
from uptime.config.secrets import Secrets
from uptime.config.services import is_service, services
from uptime.config.settings import settings
from uptime.config.tables import CONTRACT, GROUP, HISTORY
from uptime.config.values import ident

_NAMED_SINGLY = 5  # warnings of one kind; beyond that they are counted


def load(
    path: Path,
    environ: Mapping[str, str] = os.environ,
    *,
    probes: Registry | None = None,
    validate_url: ValidateUrl | None = None,
    today: date | None = None,
) -> Config:
    """The configuration of a file and what it includes; raises ConfigErrors with all faults.

    `probes` and `validate_url` stand in for the installed probes and Apprise's judgement,
    `today` for the clock's date.
    """
    findings = Findings()
    raw = gather(path, findings)
    if not raw.sources or raw.sources[0].path != path:
        findings.stop()
    siaga = settings(findings, raw, path, environ)
    history = _history(findings, raw)
    groups = _groups(findings, raw)
    contracts = _contracts(findings, raw)
    zone = siaga.timezone if siaga else "UTC"
    today = today or datetime.now(ZoneInfo(zone)).date()
    calendars = overlays.calendars(findings, raw, today)
    maintenance = overlays.maintenance(findings, raw, zone)
    secrets = Secrets(environ)
    language = siaga.language if siaga else "id"
    if raw.channels and validate_url is None:
        from uptime.notify.urls import validate_url  # loads Apprise: only where it is needed
    found_channels = channels(findings, raw, secrets, language, validate_url or _any)
    found_routes = routes(findings, raw)
    reader = CheckReader(
        findings, Types(probes or installed(), secrets), raw.once.get("defaults"), raw.groups
    )
    checks = _checks(findings, raw, reader)
    found_services = services(findings, raw, reader)
    check_references(findings, raw, reader.mentions, found_services)
    findings.stop()
    assert siaga is not None  # or it was reported
    meaning = {
        # As written: absolute paths would make the digest one of the directory.
        "siaga": {**asdict(siaga), **_as_written(raw)},
        "history": history,
        "groups": groups,
        "channels": {name: item.value for name, item in raw.channels.items()},
        "routes": found_routes,
        "contracts": contracts,
        "calendars": calendars,
        "maintenance": maintenance,
    }
    return Config(
        path=path,
        siaga=siaga,
        history=history,
        groups=MappingProxyType(groups),
        checks=MappingProxyType(checks),
        services=MappingProxyType(found_services),
        channels=MappingProxyType(found_channels),
        routes=found_routes,
        contracts=MappingProxyType(contracts),
        calendars=MappingProxyType(calendars),
        maintenance=maintenance,
        warnings=(
            *_warnings(checks, found_channels, found_routes, calendars),
            *overlays.warnings(calendars, today),
        ),
        digest=digest(meaning, reader.forms),
    )


def _any(_: str) -> None:
    return None


def _as_written(raw: Raw) -> dict[str, object]:
    item = raw.once.get("siaga")
    return {name: item.value.get(name) if item else None for name in ("database", "socket")} | {
        "include": None  # where things stand is not what they mean
    }


def _history(findings: Findings, raw: Raw) -> History:
    item = raw.once.get("history")
    if item is None:
        return History(HISTORY.keys["raw"].default)
    return History(**HISTORY.read(findings, item.source, item.path, item.value)[0])


def _groups(findings: Findings, raw: Raw) -> dict[str, Group]:
    found = {}
    for name, item in raw.groups.items():
        _named(findings, name, item)
        got, _ = GROUP.read(findings, item.source, item.path, item.value)
        found[name] = Group(name, got["name"] or name)
    return found


def _contracts(findings: Findings, raw: Raw) -> dict[str, Contract]:
    found = {}
    for name, item in raw.contracts.items():
        _named(findings, name, item)
        got, good = CONTRACT.read(findings, item.source, item.path, item.value)
        if not good:
            continue
        contract = Contract(id=name, **got)
        if contract.start and contract.end and contract.end < contract.start:
            findings.add(item.source, (*item.path, "end"), "is before start", "correct one of them")
        if contract.denominator == "contract-start" and contract.start is None:
            problem = '"contract-start" needs to know when the contract began'
            fix = 'add start = 2026-01-15, or write "calendar-month"'
            findings.add(item.source, (*item.path, "denominator"), problem, fix)
        if (contract.formula == "tabel") != bool(contract.tiers):
            problem = 'formula "tabel" and tiers go together'
            fix = (
                "write tiers = [{ below = 99.0, refund = 5 }]"
                if not contract.tiers
                else "remove tiers"
            )
            findings.add(item.source, (*item.path, "tiers"), problem, fix)
        found[name] = contract
    return found


def _checks(findings: Findings, raw: Raw, reader: CheckReader) -> dict[str, Check]:
    main = raw.sources[0]
    if not raw.checks and raw.complete:
        fix = 'add [checks.web] with type and target; "siaga init" writes a start'
        findings.add(main, ("checks",), "there are no checks", fix)
    if len(raw.checks) > MOST:
        problem = f"{len(raw.checks):,} checks, limit {MOST:,}"
        findings.add(main, ("checks",), problem, "split them over several machines")
        return {}
    found = {}
    for name, item in raw.checks.items():
        if is_service(item):
            continue
        check = reader.read(name, item)
        if check is not None:
            found[name] = check
    if raw.complete:
        reader.finish()
    return found


def _named(findings: Findings, name: str, item: Item) -> None:
    try:
        ident(name)
    except Bad as bad:
        findings.bad(item.source, item.path, bad)


def _warnings(
    checks: Mapping[str, Check],
    found: Mapping[str, Channel],
    ways: Sequence[Route],
    calendars: Mapping[str, Calendar],
) -> Iterator[str]:
    """What is allowed and probably not meant."""
    if not ways:
        yield "there are no [[routes]]: nobody is told of anything"
    else:
        silent = [c.id for c in checks.values() if not any(r.match.matches(c) for r in ways)]
        yield from _each(silent, 'check "{}" alerts nobody', "{} more checks alert nobody")
    yield from _each(
        unused(found, ways), 'channel "{}" is in no route', "{} more channels are in no route"
    )
    idle = calendars.keys() - {c.calendar for c in checks.values()}
    yield from _each(
        sorted(idle), 'calendar "{}" is used by no check', "{} more calendars are used by no check"
    )
    lost = [
        c.id
        for c in checks.values()
        if c.runbook is not None and "://" not in c.runbook and not Path(c.runbook).is_file()
    ]
    yield from _each(lost, 'the runbook of check "{}" is no file', "{} more runbooks are no files")


def _each(names: Sequence[str], one: str, more: str) -> Iterator[str]:
    yield from (one.format(name) for name in names[:_NAMED_SINGLY])
    if len(names) > _NAMED_SINGLY:
        yield more.format(len(names) - _NAMED_SINGLY)
