"""`[calendars.*]` and `[[maintenance]]`: what is laid over the record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path as FilePath
from typing import Any
from zoneinfo import ZoneInfo

from uptime.config.errors import Bad, Findings
from uptime.config.include import Item, Raw
from uptime.config.keys import REQUIRED, Table
from uptime.config.model import Calendar, Config
from uptime.config.routing import exist, match_of
from uptime.config.suggest import hint, unknown_key
from uptime.config.tables import CALENDAR, COVER, MAINTENANCE
from uptime.config.values import ident
from uptime.core.calendar import Service, midnight
from uptime.core.maintenance import Plan, instant

_DECEMBER = 12


def calendars(findings: Findings, raw: Raw, today: date) -> dict[str, Calendar]:
    """Every calendar, with the joint leave that is known."""
    found = {}
    for name, item in raw.calendars.items():
        try:
            ident(name)
        except Bad as bad:
            findings.bad(item.source, item.path, bad)
        got, good = CALENDAR.read(findings, item.source, item.path, item.value)
        if not good:
            continue
        try:
            leave = _joint_leave(got["holidays"], got["joint_leave"], item.source.directory)
        except Bad as bad:
            findings.bad(item.source, (*item.path, "joint_leave"), bad)
            continue
        if got["holidays"] is not None:
            from uptime.days_off import public_holidays

            public_holidays(got["holidays"], today.year)  # imports it where that hurts nobody
        found[name] = Calendar(
            id=name,
            service=Service(got["hours"], got["periods"]),
            holidays=got["holidays"],
            joint_leave=frozenset(day for days in leave.values() for day in days),
            joint_years=frozenset(leave) or None,
            days_off=frozenset(got["days_off"]),
            working_days=frozenset(got["working_days"]),
        )
    return found


def _joint_leave(
    country: str | None, wanted: bool | str | None, directory: FilePath
) -> Mapping[int, frozenset[date]]:
    from uptime.days_off import read_joint_leave, shipped_joint_leave

    if wanted is False or (wanted is None and country is None):
        return {}
    if country is None:
        raise Bad("joint leave is a country's", 'add holidays = "ID"')
    leave = shipped_joint_leave(country)
    if isinstance(wanted, str):
        try:
            return {**leave, **read_joint_leave(directory / wanted, country)}
        except OSError as error:
            problem = f'"{wanted}" cannot be read ({error.strerror})'
            raise Bad(problem, "correct or remove it") from None
        except ValueError as error:
            problem, _, fix = str(error).partition("; fix: ")
            raise Bad(f'"{wanted}": {problem}', fix or "correct that file") from None
    if wanted and not leave:
        raise Bad(f'none is known of "{country}"', "name a file of your own, or remove it")
    return leave


def maintenance(findings: Findings, raw: Raw, zone: str) -> tuple[Plan, ...]:
    """Every plan, in the order of the files; local times are of `zone`."""
    found = (_plan(findings, raw, item, zone) for item in raw.maintenance)
    return tuple(plan for plan in found if plan is not None)


def _plan(findings: Findings, raw: Raw, item: Item, zone: str) -> Plan | None:
    got, good = MAINTENANCE.read(findings, item.source, item.path, item.value)
    if got["match"] is REQUIRED:
        return None
    at = (*item.path, "match")
    match, matching = COVER.read(findings, item.source, at, got["match"])
    for kind in ("group", "check"):
        exist(findings, raw, item, (*at, kind), match[kind] or ())
    if not good or not matching:
        return None
    try:
        return plan_of(got, match, zone)
    except Bad as bad:
        findings.bad(item.source, item.path, bad)
        return None


def said(found: Mapping[str, object], config: Config, now: int) -> Plan:
    """A plan that a person entered, in the words of the file; without `from` it begins now.

    Raises Bad, with the keys that are not acceptable.
    """
    zone = config.siaga.timezone
    begins = datetime.fromtimestamp(now // 1000, ZoneInfo(zone))
    got = _parsed(MAINTENANCE, {"from": begins, **found}, ())
    match = _parsed(COVER, got["match"], ("match",))
    for kind, known in (("group", config.groups), ("check", config.checks)):
        for number, name in enumerate(match[kind] or ()):
            if name not in known:
                problem = f'no {kind} named "{name}"{hint(name, known)}'
                raise Bad(problem, "correct it", "match", kind, number)
    return plan_of(got, match, zone)


def _parsed(table: Table, found: Mapping[str, object], at: tuple[str, ...]) -> dict[str, Any]:
    got = {name: key.default for name, key in table.keys.items()}
    bads = []
    for name, value in found.items():
        try:
            if name not in table.keys:
                raise Bad(*unknown_key(name, table.keys))
            got[name] = table.keys[name].parse(value)
        except Bad as bad:
            bads.append(bad.under(*at, name))
    missing = [name for name, value in got.items() if value is REQUIRED and name not in found]
    bads += [Bad("is missing", f"add {name}", *at, name) for name in missing]
    Bad.all(bads)
    return got


def plan_of(got: Mapping[str, object], match: Mapping[str, object], zone: str) -> Plan:
    """A plan of the values of its keys; Bad names the key whose value is none."""
    start, announced, rule = got["from"], got["announced"], got["rrule"]
    assert isinstance(start, datetime)
    local = ZoneInfo(zone)
    if isinstance(rule, str):
        from uptime.recurrence import check

        try:
            check(rule, start.astimezone(local).replace(tzinfo=None) if start.tzinfo else start)
        except ValueError as error:
            problem, _, fix = str(error).partition("; fix: ")
            raise Bad(problem, fix, "rrule") from None
    told: int | None = None
    if isinstance(announced, datetime):
        told = instant(announced, local)
    elif isinstance(announced, date):
        told = midnight(announced, local)
    duration, reason = got["duration"], got["reason"]
    assert isinstance(duration, float | int)
    return Plan(
        match=match_of(match),
        start=start,
        duration=round(duration * 1000),
        zone=zone,
        rrule=rule if isinstance(rule, str) else None,
        reason=reason if isinstance(reason, str) else None,
        announced=told,
    )


def warnings(found: Mapping[str, Calendar], today: date) -> Iterator[str]:
    """Joint leave that is decreed by now, and not known here."""
    years = [today.year, *([today.year + 1] if today.month == _DECEMBER else [])]
    for calendar in found.values():
        for year in years:
            if calendar.joint_years is not None and year not in calendar.joint_years:
                yield (
                    f'calendar "{calendar.id}" knows no joint leave of {year}: name a file that '
                    f'has it, joint_leave = "…", with [{calendar.holidays}.{year}] and its days'
                )
