"""The schema, as SQLModel tables; the truth that migrations are compared with.

Column order is part of the contract: the write path and `rows.py` speak tuples in this order.
Times are whole milliseconds since the epoch, UTC. A check is meant by its `key`, so that its
history follows a rename.
"""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Text
from sqlmodel import Field, SQLModel


class Table(SQLModel):
    """Base of every table, so that the metadata holds ours and nothing else."""

    metadata: ClassVar[MetaData] = MetaData()


def _text(*, null: bool = False) -> Column[str]:
    return Column(Text, nullable=null)


def _blob(*, null: bool = False) -> Column[bytes]:
    return Column(LargeBinary, nullable=null)


class Check(Table, table=True):
    """A check that ever stood in an accepted configuration; `last` is when it left it."""

    __tablename__ = "checks"

    key: int | None = Field(default=None, primary_key=True)
    id: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    first: int
    last: int | None = None


class Monitored(Table, table=True):
    """When a check was watched: in the configuration and not paused."""

    __tablename__ = "monitored"
    __table_args__ = ({"sqlite_with_rowid": False},)

    check_key: int = Field(primary_key=True, sa_type=Integer)
    began: int = Field(primary_key=True, sa_type=Integer)
    ended: int | None = None


class Ingest(Table, table=True):
    """Results as they come, in no order but that; an index would cost ninety times the writes.

    `code` packs status, blame and reason (codes.py), `duration` is in 0.1 ms, `latency` in
    10 us, `loss` in thousandths, `phases` in 0.1 ms in the order of the names of `phase_set`.
    """

    __tablename__ = "ingest"

    seq: int | None = Field(default=None, primary_key=True)
    check_key: int
    id: int
    at: int
    code: int
    duration: int
    latency: int | None = None
    loss: int | None = None
    phase_set: int
    phases: bytes | None = Field(default=None, sa_column=_blob(null=True))
    detail: str | None = Field(default=None, sa_column=_text(null=True))


class Chunk(Table, table=True):
    """The results of one check in one hour (since the epoch), packed by chunks.py.

    Kept in the order of hours, not of checks: an hour is appended in one place and dropped in
    one place.
    """

    __tablename__ = "chunk"
    __table_args__ = (Index("ix_chunk_hour_check", "hour", "check_key", unique=True),)

    seq: int | None = Field(default=None, primary_key=True)
    hour: int
    check_key: int
    count: int
    data: bytes = Field(sa_column=_blob())


class PhaseSet(Table, table=True):
    """Names of phases in order, as a JSON list; written once a combination."""

    __tablename__ = "phase_set"

    id: int | None = Field(default=None, primary_key=True)
    names: str = Field(sa_column=_text())


class Facts(Table, table=True):
    """The facts of a check's last run as last written, a JSON object."""

    __tablename__ = "facts"

    check_key: int = Field(primary_key=True)
    value: str = Field(sa_column=_text())


class FactRow(Table, table=True):
    """What a fact was from `since` on, as JSON; a row only when it changed."""

    __tablename__ = "fact"
    __table_args__ = ({"sqlite_with_rowid": False},)

    check_key: int = Field(primary_key=True, sa_type=Integer)
    name: str = Field(sa_column=Column(Text, primary_key=True, nullable=False))
    since: int = Field(primary_key=True, sa_type=Integer)
    value: str = Field(sa_column=_text())


class TransitionRow(Table, table=True):
    """Every change of state, as it was concluded; spans are made from these."""

    __tablename__ = "transition"
    __table_args__ = (Index("ix_transition_check_at", "check_key", "at"),)

    seq: int | None = Field(default=None, primary_key=True)
    check_key: int
    at: int
    old: str = Field(sa_column=_text())
    new: str = Field(sa_column=_text())
    old_state: str = Field(sa_column=_text())
    new_state: str = Field(sa_column=_text())
    began: int
    bound: int | None = None
    unknown_from: int | None = None
    unknown_until: int | None = None
    reason: str | None = Field(default=None, sa_column=_text(null=True))
    detail: str = Field(sa_column=_text())
    result_id: int


class SpanRow(Table, table=True):
    """The record that availability is computed from; disjoint for one check.

    `up`, `degraded`, `down` (ms) and `outages` are what lies before it (core/sums.py).
    """

    __tablename__ = "span"
    __table_args__ = ({"sqlite_with_rowid": False},)

    check_key: int = Field(primary_key=True, sa_type=Integer)
    began: int = Field(primary_key=True, sa_type=Integer)
    ended: int | None = None
    condition: str = Field(sa_column=_text())
    known: bool
    bound: int | None = None
    up: int
    degraded: int
    down: int
    outages: int


class State(Table, table=True):
    """CheckState as JSON, without what has its default; its times may lag behind the results."""

    __tablename__ = "state"

    check_key: int = Field(primary_key=True)
    value: str = Field(sa_column=_text())


class IncidentRow(Table, table=True):
    """An incident as it last stood; lists and mappings are JSON."""

    __tablename__ = "incident"

    id: int = Field(primary_key=True)
    kind: str = Field(sa_column=_text())
    check_key: int | None = Field(default=None, index=True)
    severity: str = Field(sa_column=_text())
    began: int
    began_bound: int | None = None
    ended: int | None = Field(default=None, index=True)
    ended_bound: int | None = None
    reason: str | None = Field(default=None, sa_column=_text(null=True))
    detail: str = Field(sa_column=_text())
    affected: str = Field(sa_column=_text())
    acked: str | None = Field(default=None, sa_column=_text(null=True))
    cause: str | None = Field(default=None, sa_column=_text(null=True))
    cause_reason: str | None = Field(default=None, sa_column=_text(null=True))
    notes: str = Field(sa_column=_text())
    told: str = Field(sa_column=_text())
    closing: str | None = Field(default=None, sa_column=_text(null=True))
    ticket: str | None = Field(default=None, sa_column=_text(null=True))
    proposed: str | None = Field(default=None, sa_column=_text(null=True))
    cause_by: str | None = Field(default=None, sa_column=_text(null=True))
    cause_at: int | None = None


class NotificationRow(Table, table=True):
    """The outbox: a row before it is a message, and kept after it was one."""

    __tablename__ = "notification"

    id: int = Field(primary_key=True)
    incident: int | None = Field(default=None, index=True)
    channel: str = Field(sa_column=_text())
    kind: str = Field(sa_column=_text())
    seq: int
    created: int
    due: int
    state: str = Field(sa_column=Column(Text, nullable=False, index=True))
    attempts: int
    attempted: int | None = None
    delivered: int | None = None
    error: str | None = Field(default=None, sa_column=_text(null=True))
    stored: bool


class OverlayRow(Table, table=True):
    """What a person or the configuration laid over checks; withdrawn, never deleted.

    `kind` is maintenance or pause; a pause has `check_key` alone. `covers` (which checks) is
    JSON, single checks in it by their keys; `start` is local time of `zone`, `duration` ms;
    `source` is person or file.
    """

    __tablename__ = "overlay"

    id: int = Field(primary_key=True)
    kind: str = Field(sa_column=_text())
    source: str = Field(sa_column=_text())
    check_key: int | None = None
    covers: str | None = Field(default=None, sa_column=_text(null=True))
    start: str | None = Field(default=None, sa_column=_text(null=True))
    duration: int | None = None
    zone: str | None = Field(default=None, sa_column=_text(null=True))
    rrule: str | None = Field(default=None, sa_column=_text(null=True))
    reason: str | None = Field(default=None, sa_column=_text(null=True))
    announced: int | None = None
    entered: int
    entered_by: str = Field(sa_column=_text())
    withdrawn: int | None = None
    withdrawn_by: str | None = Field(default=None, sa_column=_text(null=True))


class LedgerRow(Table, table=True):
    """The append-only, hash-chained record; its form is fixed (design 4.5)."""

    __tablename__ = "ledger"

    seq: int | None = Field(default=None, primary_key=True)
    entry: str = Field(sa_column=_text())
    prev: str = Field(sa_column=_text())
    hash: str = Field(sa_column=_text())


class Sealed(Table, table=True):
    """Days whose results are hashed in the ledger, with the number of that entry."""

    __tablename__ = "sealed"

    day: str = Field(sa_column=Column(Text, primary_key=True, nullable=False))
    began: int
    ended: int
    seq: int


class BlipRow(Table, table=True):
    """A failing streak too short to confirm an outage, until its first good result."""

    __tablename__ = "blip"
    __table_args__ = ({"sqlite_with_rowid": False},)

    check_key: int = Field(primary_key=True, sa_type=Integer)
    began: int = Field(primary_key=True, sa_type=Integer)
    ended: int
    fails: int


class Term(Table, table=True):
    """What the ledger last said of how something is judged, as JSON; for what changed since."""

    __tablename__ = "term"

    subject: str = Field(sa_column=Column(Text, primary_key=True, nullable=False))
    value: str = Field(sa_column=_text())


class Life(Table, table=True):
    """One row: the daemon's last sign of life, and how often it was started.

    A result is a sign of life, too: those behind `seq` in the ingest table are newer than `at`.
    """

    __tablename__ = "life"

    id: int = Field(primary_key=True)
    at: int | None = None
    seq: int
    era: int


class Applied(Table, table=True):
    """Batches of this start that were committed, so that none is applied twice."""

    __tablename__ = "applied"

    token: int = Field(primary_key=True)


class TokenRow(Table, table=True):
    """An API token; its text is shown once and never stored."""

    __tablename__ = "token"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_column=_text())
    hash: str = Field(sa_column=_text())
    scopes: str = Field(sa_column=_text())
    created: int
    expires: int | None = None
    revoked: int | None = None


class Idempotency(Table, table=True):
    """The answer that was given to a write, for who asks again with the same key."""

    __tablename__ = "idempotency"
    __table_args__ = ({"sqlite_with_rowid": False},)

    principal: str = Field(sa_column=Column(Text, primary_key=True, nullable=False))
    key: str = Field(sa_column=Column(Text, primary_key=True, nullable=False))
    request: str = Field(sa_column=_text())
    status: int
    body: bytes = Field(sa_column=_blob())
    at: int


class Rolled(Table, table=True):
    """A local day whose results were rolled up, and what it is read from: raw, minute or hour."""

    __tablename__ = "rolled"

    began: int = Field(primary_key=True)
    ended: int
    finest: str = Field(sa_column=_text())


class RollupRow(Table, table=True):
    """Of one check what is left of such a day for ever, packed by rollup_pack.py: the day as one
    and its hours.
    """

    __tablename__ = "rollup"
    __table_args__ = (Index("ix_rollup_began_check", "began", "check_key", unique=True),)

    seq: int | None = Field(default=None, primary_key=True)
    began: int
    check_key: int
    day: bytes = Field(sa_column=_blob())
    hours: bytes = Field(sa_column=_blob())


class RollupMinutes(Table, table=True):
    """Of one check the minutes of such a day, for a while after its results are gone."""

    __tablename__ = "rollup_minutes"
    __table_args__ = (Index("ix_rollup_minutes_began_check", "began", "check_key", unique=True),)

    seq: int | None = Field(default=None, primary_key=True)
    began: int
    check_key: int
    data: bytes = Field(sa_column=_blob())


class ReportRow(Table, table=True):
    """A closed month's report as it was closed, canonical JSON; a correction is one more."""

    __tablename__ = "report"

    seq: int = Field(primary_key=True)
    month: str = Field(sa_column=_text())
    revision: int
    at: int
    text: str = Field(sa_column=_text())


class OwnStateRow(Table, table=True):
    """How the monitor itself fared (uptime/core/own_state.py): a row a minute, or five when all
    was well.
    """

    __tablename__ = "own_state"
    __table_args__ = ({"sqlite_with_rowid": False},)

    began: int = Field(primary_key=True, sa_type=Integer)
    ended: int = Field(primary_key=True, sa_type=Integer)
    lag: int
    late: int
    step: int
    slept: int
    unstored: int
    synchronised: bool | None = None
    clock_error: int | None = None
    runs: int
    unjudged: int
    missed: int
    up: int
    degraded: int
    down: int
    unknown: int
    outbox: int
