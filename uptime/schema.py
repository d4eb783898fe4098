"""The wire models: the API's contract, shared with the terminal UI and nothing else.

Times are RFC 3339 texts in UTC with milliseconds and "Z"; durations are seconds (`_s`) or
whole milliseconds (`_ms`). What has no value is null, never absent. Fields may be added,
never renamed.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

State = Literal["up", "degraded", "down", "unknown"]
Scope = Literal["read", "ack", "admin", "push"]
FactValue = str | int | float | bool | None | list[str]


class Wire(BaseModel):
    """Base of what goes over the wire: immutable; a newer server's extra fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Body(BaseModel):
    """Base of what comes in: unknown fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class BoardRow(Wire):
    """One check as the board shows it."""

    id: str
    name: str
    group: str | None
    type: str
    target: str
    labels: dict[str, str]
    severity: str
    state: State
    condition: str
    since: str | None
    overlays: list[str]
    fresh: bool
    blame: str | None
    reason: str | None
    detail: str | None
    latency_s: float | None
    loss: float | None
    last_result: str | None
    next_run: str | None
    incident: str | None
    objective: float | None
    depends_on: list[str] = Field(default_factory=list)


class Acked(Wire):
    by: str
    at: str
    until: str | None


class NoteRow(Wire):
    by: str
    at: str
    text: str


class Told(Wire):
    """One notification of an incident and how it went."""

    id: int
    channel: str
    kind: str
    state: str
    created: str
    delivered: str | None
    attempts: int
    error: str | None


class TicketRow(Wire):
    """A vendor's ticket as people said it was; `by` is who said so last, `at` when."""

    number: str
    reported: str
    acknowledged: str | None
    restored: str | None
    by: str
    at: str


class ProposedCause(Wire):
    """What rules make of an outage; nobody has confirmed it. `why` is by language (id, en),
    `evidence` names checks, and for the rules `said` and `answered` a check and a word.
    """

    cause: str
    confidence: Literal["strong", "likely", "possible"]
    rule: str
    evidence: list[str]
    why: dict[str, str]


class IncidentRow(Wire):
    id: str
    kind: str
    state: Literal["open", "closed"]
    severity: str
    check: str | None
    name: str | None
    affected: list[str]
    began: str
    began_bound: str | None
    ended: str | None
    ended_bound: str | None
    reason: str | None
    detail: str | None
    acked: Acked | None
    cause: str | None
    cause_reason: str | None
    notes: list[NoteRow]
    told: list[Told]
    ticket: TicketRow | None = None
    cause_by: str | None = None
    cause_at: str | None = None
    proposed: ProposedCause | None = None


class MonitorHealth(Wire):
    """How the monitor itself is."""

    state: Literal["ok", "degraded"]
    reasons: list[str]
    lag_ms: int
    outbox_pending: int
    outbox_oldest_s: float | None
    store: Literal["ok", "broken"]
    config_errors: list[str]
    on_call: str | None


class Status(Wire):
    """The answer of the long poll: what changed since a version, or everything."""

    version: str
    full: bool
    now: str
    checks: list[BoardRow]
    removed: list[str]
    incidents: list[IncidentRow]
    monitor: MonitorHealth


class ResultRow(Wire):
    """One run; `id` is null for a run outside the daemon."""

    id: int | None
    type: str
    target: str
    at: str
    duration_s: float
    status: State
    blame: str | None
    reason: str | None
    detail: str | None
    latency_s: float | None
    loss: float | None
    phases: dict[str, float]
    facts: dict[str, FactValue]


class ResultPoint(Wire):
    """One point of history: a single result, or with `step` the results of that bucket.

    `source` is what it was read from; quantiles are within 2 % of the latency at that rank.
    """

    at: str
    status: State
    latency_s: float | None
    latency_max_s: float | None
    loss: float | None
    count: int
    failed: int
    reason: str | None
    source: Literal["raw", "minute", "hour", "day"] = "raw"
    latency_min_s: float | None = None
    latency_p50_s: float | None = None
    latency_p95_s: float | None = None
    latency_p99_s: float | None = None
    statuses: dict[State, int] = {}


class ResultSeries(Wire):
    """The points of a window; `whole` is the window as one point, `notice` what cannot be
    answered as asked, since single results are not kept for ever.
    """

    items: list[ResultPoint]
    next: str | None
    whole: ResultPoint | None
    notice: str | None


class SpanRow(Wire):
    """A stretch of one state; the edge lies between `bound` and `began`."""

    state: State
    condition: str
    began: str
    bound: str | None
    ended: str | None


class CheckDetail(Wire):
    """Configuration, state and last result of one check."""

    id: str
    row: BoardRow
    config: dict[str, object]
    last: ResultRow | None
    spans: list[SpanRow]
    availability: dict[str, float | None]


class BurnRow(Wire):
    """Multiples of the pace that just keeps the objective; best and worst as in a row."""

    rate: float | None
    best: float | None
    worst: float | None
    coverage: float | None


class ForecastRow(Wire):
    """How the month that goes on will end, at the pace of the last three days."""

    availability: float | None
    best: float | None
    worst: float | None
    budget_ms: int | None
    budget_left_ms: int | None
    budget_left_worst_ms: int | None


class SlaDetail(Wire):
    """Burn rates by window (1h, 6h, 3d), none without an objective; means over the outages whose
    event (beginning, recovery, acknowledgement) fell into the window. `behind` are outages while
    what it depends on was down; `*_least_s` and `*_most_s` bound a length. `short` are outages of
    at most 300 s, `blips` failing streaks too short to be one, which count as up.
    """

    burn: dict[str, BurnRow]
    forecast: ForecastRow | None
    outages: int
    behind: int
    open: int
    acknowledged: int
    down_least_s: float
    down_most_s: float
    short: int
    short_s: float
    blips: int
    blips_s: float
    mttr_s: float | None
    mttr_least_s: float | None
    mttr_most_s: float | None
    mtbf_s: float | None
    mtta_s: float | None
    longest_s: float | None
    longest_least_s: float | None
    longest_most_s: float | None


class SlaRow(Wire):
    """The six add up to the window; `outside_ms` is the part of `unmonitored_ms` that was
    watched and lay outside the service hours. The objective of a group is the one that all its
    checks share, that of a contract its SLA. `detail` is null unless asked for.
    """

    id: str
    kind: Literal["check", "group", "service", "contract"]
    up_ms: int
    degraded_ms: int
    down_ms: int
    maintenance_ms: int
    unknown_ms: int
    unmonitored_ms: int
    outside_ms: int = 0
    availability: float | None
    coverage: float | None
    best: float | None
    worst: float | None
    incidents: int
    objective: float | None
    budget_left_ms: int | None
    detail: SlaDetail | None = None


class Sla(Wire):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    from_: str = Field(alias="from")
    to: str
    rows: list[SlaRow]


class CauseRow(Wire):
    """Downtime put down to one cause: by a person (`confirmed`), by rules alone (`proposed`), or
    by nobody (`none`; then `cause` is null). Minutes of all checks, each by itself.
    """

    cause: str | None
    standing: Literal["confirmed", "proposed", "none"]
    outages: int
    down_ms: int


class Causes(Wire):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    from_: str = Field(alias="from")
    to: str
    rows: list[CauseRow]


class OffenderRow(Wire):
    """A check that failed twice or more by itself; `behind` are outages while what it depends on
    was down, which are not held against it. `why` is by language (id, en).
    """

    rank: int
    id: str
    name: str
    outages: int
    down_ms: int
    behind: int
    mtbf_s: float | None
    longest_s: float | None
    why: dict[str, str]


class Offenders(Wire):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    from_: str = Field(alias="from")
    to: str
    rows: list[OffenderRow]


class Me(Wire):
    """Who the server thinks you are and what you may do."""

    name: str
    scopes: list[Scope]
    organisation: str
    timezone: str
    language: str
    version: str


class Problem(Wire):
    """RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    path: str | None = None


class AckBody(Body):
    note: str | None = Field(default=None, max_length=2000)
    until: str | None = None


class NoteBody(Body):
    text: str = Field(min_length=1, max_length=2000)


class CauseBody(Body):
    cause: str = Field(min_length=1, max_length=80)
    reason: str | None = Field(default=None, max_length=2000)


class MatchRow(Wire):
    """Which checks are covered: all of what is not null must hold."""

    severity: list[str] | None
    group: list[str] | None
    labels: dict[str, str] | None
    check: list[str] | None


class Stretch(Wire):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    from_: str = Field(alias="from")
    to: str


class MaintenanceRow(Wire):
    """A plan as it was entered; `from` is local time of `zone`, or has an offset.

    `next` is the stretch in force or the coming one, `checks` how many it covers now.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    id: str
    state: Literal["planned", "running", "over", "withdrawn"]
    match: MatchRow
    from_: str = Field(alias="from")
    zone: str
    duration_s: float
    rrule: str | None
    reason: str | None
    announced: str | None
    source: Literal["person", "file"]
    by: str
    entered: str
    withdrawn: str | None
    withdrawn_by: str | None
    next: Stretch | None
    checks: int


class MaintenanceBody(Body):
    """As `[[maintenance]]` of the configuration; without `from` it begins now."""

    match: dict[str, list[str] | dict[str, str]]
    from_: str | None = Field(default=None, alias="from", max_length=40)
    duration: str = Field(max_length=20)
    rrule: str | None = Field(default=None, max_length=200)
    reason: str | None = Field(default=None, max_length=500)
    announced: str | None = Field(default=None, max_length=40)


class NotificationRow(Told):
    """One notification with the incident it belongs to; null for a marked test."""

    incident: str | None


class CheckItem(Wire):
    """A check in a list: without the history that only one check at a time is asked for."""

    id: str
    row: BoardRow
    config: dict[str, object]
    last: ResultRow | None


class TimelineRow(Wire):
    """One thing that happened to an incident; `kind` says what, `by` who, if anybody."""

    at: str
    kind: str
    by: str | None
    text: str


class TokenRow(Wire):
    """What may be shown of a token: never the token, never its hash."""

    id: str
    name: str
    scopes: list[Scope]
    created: str
    expires: str | None
    revoked: str | None


class NewToken(TokenRow):
    """The one answer that holds the token itself."""

    token: str


class TokenBody(Body):
    name: str = Field(min_length=1, max_length=80)
    scopes: list[Scope] = Field(min_length=1, max_length=4)
    expires: str | None = None


class TicketBody(Body):
    """Times are RFC 3339, or local time of `timezone`; what is absent stays as it was, null takes
    a time back.
    """

    number: str | None = Field(default=None, min_length=1, max_length=80)
    reported: str | None = Field(default=None, max_length=40)
    acknowledged: str | None = Field(default=None, max_length=40)
    restored: str | None = Field(default=None, max_length=40)


class ReportBody(Body):
    """Close a month; a month that is closed takes a reason and gets another revision."""

    month: str = Field(max_length=7)
    reason: str | None = Field(default=None, max_length=500)


class ReportRow(Wire):
    """A closed month: `entry` is the number of its entry in the ledger, `hash` what that says of
    the report.
    """

    month: str
    revision: int
    closed: str
    entry: int
    hash: str


class JobBody(Body):
    """What is to be made; which fields are needed depends on `kind`."""

    kind: str = Field(min_length=1, max_length=40)
    incident: str | None = Field(default=None, max_length=40)
    contract: str | None = Field(default=None, max_length=200)
    month: str | None = Field(default=None, max_length=10)
    format: str | None = Field(default=None, max_length=10)
    language: Literal["id", "en"] | None = None


class JobProgress(Wire):
    """`done` of `total`; null where nobody knows how much there is."""

    stage: str
    done: int
    total: int | None


class JobRow(Wire):
    """Long work; `name` and `size` are those of its file, which is gone once it `expires`."""

    id: str
    kind: str
    state: Literal["queued", "running", "done", "failed"]
    progress: JobProgress | None
    by: str
    created: str
    finished: str | None
    expires: str | None
    error: str | None
    name: str | None
    size: int | None
