"""The configuration as everything else sees it: strict, complete, and never changed.

A reload builds a new one; nothing here holds state of a check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from probes.base import Probe, Secret
from uptime.core.calendar import Service as ServiceHours
from uptime.core.causes import Cause
from uptime.core.claim_money import Formula
from uptime.core.maintenance import Plan
from uptime.core.match import Match
from uptime.core.model import Policy, Severity
from uptime.core.service import Kind as ServiceKind

Scope = Literal["local", "external"]
Language = Literal["id", "en"]
Denominator = Literal["calendar-month", "contract-start"]


@dataclass(frozen=True, slots=True)
class SiagaSettings:
    """`[siaga]`; addresses are "host:port", paths are absolute."""

    organisation: str
    timezone: str
    language: Language
    database: str
    listen: str
    public_listen: str | None
    socket: Path
    include: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class History:
    """`raw`: seconds that every result is kept."""

    raw: float


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class PublicName:
    """What the status page calls a check; only checks that have one are on it."""

    name: str


@dataclass(frozen=True, slots=True)
class Check:
    """What is watched, how often, judged how; durations are seconds.

    `depends_on`: all of the outer, any of each inner. `runbook` is an address or the path of a
    file. Two checks of one process with the same `fingerprint` are the same in everything.
    """

    id: str
    type: str
    target: str
    name: str
    group: str | None
    probe: Probe
    interval: float
    timeout: float
    retry_interval: float
    failure_threshold: int
    success_threshold: int
    objective: float | None
    severity: Severity
    depends_on: tuple[tuple[str, ...], ...]
    scope: Scope
    labels: Mapping[str, str]
    contract: str | None
    calendar: str | None
    public: PublicName | None
    runbook: str | None
    was: str | None
    policy: Policy
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Service:
    """What several checks are together: `n` of `at_least`, None otherwise."""

    id: str
    type: ServiceKind
    members: tuple[str, ...]
    n: int | None
    name: str
    group: str | None
    objective: float | None
    severity: Severity
    labels: Mapping[str, str]
    public: PublicName | None
    runbook: str | None


@dataclass(frozen=True, slots=True)
class Channel:
    id: str
    url: Secret
    language: Language


@dataclass(frozen=True, slots=True)
class Route:
    """Which checks' incidents go to which channels."""

    match: Match
    channels: tuple[str, ...]
    degraded: bool
    group_wait: float
    group_interval: float
    repeat_interval: float


@dataclass(frozen=True, slots=True)
class Calendar:
    """Service hours, and the days on which there are none.

    `holidays` is a country; `joint_years` are the years of which joint leave is known, None
    where it does not matter. On `working_days` the hours hold whatever else the day is.
    """

    id: str
    service: ServiceHours
    holidays: str | None
    joint_leave: frozenset[date]
    joint_years: frozenset[int] | None
    days_off: frozenset[date]
    working_days: frozenset[date]


@dataclass(frozen=True, slots=True)
class Tier:
    """Of formula `tabel`: below this availability (percent), this part of the fee (percent)."""

    below: float
    refund: float


@dataclass(frozen=True, slots=True)
class Contract:
    """A vendor's promise and its price; carried for the claim, judged nowhere here.

    `sla` and `cap` are percent, `fee` whole rupiah a month before tax, `minimum_outage` the
    seconds an outage must exceed to count. `denominator` says whether the time that availability
    is a share of is the whole month or what of it the contract ran; `exclude` are the causes of
    outages that do not count. Maintenance does not count if announced `maintenance_notice` seconds
    ahead, up to `maintenance_quota` seconds a month. `end` is the last day. `response` and
    `repair` are the seconds within which the vendor answers a ticket and mends what it is about.
    """

    id: str
    provider: str
    number: str | None
    circuit: str | None
    sla: float
    fee: int
    formula: Formula
    tiers: tuple[Tier, ...]
    cap: float | None
    denominator: Denominator
    minimum_outage: float
    maintenance_notice: float
    maintenance_quota: float | None
    exclude: frozenset[Cause]
    start: date | None
    end: date | None
    response: float | None
    repair: float | None


@dataclass(frozen=True, slots=True)
class Config:
    """One accepted configuration; `digest` names it without its secrets."""

    path: Path
    siaga: SiagaSettings
    history: History
    groups: Mapping[str, Group]
    checks: Mapping[str, Check]
    services: Mapping[str, Service]
    channels: Mapping[str, Channel]
    routes: tuple[Route, ...]
    contracts: Mapping[str, Contract]
    calendars: Mapping[str, Calendar]
    maintenance: tuple[Plan, ...]
    warnings: tuple[str, ...]
    digest: str
