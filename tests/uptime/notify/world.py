"""What a notifier stands in: incidents, checks, channels, a store in memory, a scripted sender."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from probes.base import Secret
from uptime.core.model import (
    Batch,
    Delivery,
    Incident,
    Notification,
    Result,
    Severity,
    Status,
)
from uptime.notify import Notifier, Sent, Settings, Subject, Verdict
from uptime.notify.outbox import FINAL
from uptime.notify.render import Message

BEGAN = 1_795_461_000_000  # 2026-11-23 19:10 UTC, 2026-11-24 02.10 WIB
MINUTE = 60_000
ZONE = ZoneInfo("Asia/Jakarta")  # as the configuration does: later uses do not read the disk


@dataclass(frozen=True)
class Channel:
    id: str
    url: Secret = field(default_factory=lambda: Secret("json://127.0.0.1:9/"))
    language: str = "en"


def incident(number: int = 482, **changes: object) -> Incident:
    base = Incident(
        id=number,
        kind="down",
        check=f"check-{number}",
        severity=Severity.HIGH,
        began=BEGAN,
        reason="timeout",
        detail="no answer from 192.0.2.17",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def subject(check: str, **changes: object) -> Subject:
    base = Subject(
        id=check,
        name=f"Name of {check}",
        severity=Severity.HIGH,
        state=Status.DOWN,
        result=Result(check, 1, BEGAN, 0.1, Status.DOWN),
        objective=99.5,
        availability=99.8126,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


class FakeSender:
    """Takes scripted verdicts, then delivers; keeps every attempt with its time."""

    def __init__(self, script: Iterable[Sent | Verdict] = ()) -> None:
        self.script = deque(script)
        self.attempts: list[tuple[float, Message]] = []
        self.received: list[Message] = []
        self.default: Sent | Verdict = Verdict.DELIVERED
        self.takes = 0.0
        self.ever: set[Verdict] = set()

    async def warm(self) -> None:
        """Nothing to load."""

    async def send(self, message: Message) -> Sent:
        self.attempts.append((asyncio.get_running_loop().time(), message))
        if self.takes:
            await asyncio.sleep(self.takes)
        step = self.script.popleft() if self.script else self.default
        sent = step if isinstance(step, Sent) else Sent(step, f"scripted {step}")
        self.ever.add(sent.verdict)
        if sent.verdict in {Verdict.DELIVERED, Verdict.UNKNOWN}:
            self.received.append(message)
        return sent

    @property
    def times(self) -> list[float]:
        return [at for at, _ in self.attempts]


class Counts:
    def __init__(self) -> None:
        self.outcomes: Counter[tuple[str, str]] = Counter()

    def notification(self, channel: str, outcome: str) -> None:
        self.outcomes[channel, outcome] += 1


class World:
    """Everything around a notifier; `restart` leaves only what the store holds."""

    def __init__(self, *names: str, language: str = "en") -> None:
        self.channels = {name: Channel(name, language=language) for name in names or ("piket",)}
        self.incidents: dict[int, Incident] = {}
        self.subjects: dict[str, Subject] = {}
        self.rows: dict[int, Notification] = {}
        self.history: list[Notification] = []
        self.senders: dict[str, FakeSender] = {name: FakeSender() for name in self.channels}
        self.metrics = Counts()
        self.store_error: Exception | None = None
        self.commit_takes = 0.0
        self.ahead = 0
        self._ids = 0
        self._seqs: Counter[tuple[str, int]] = Counter()

    def now(self) -> int:
        return BEGAN + self.ahead + int(asyncio.get_running_loop().time() * 1000)

    async def commit(self, batch: Batch) -> None:
        if self.commit_takes:
            await asyncio.sleep(self.commit_takes)
        if self.store_error is not None:
            raise self.store_error
        for row in batch.notifications:
            self.rows[row.id] = row
            self.history.append(row)

    def owe(
        self, kind: str, number: int = 482, channel: str = "piket", **more: int
    ) -> Notification:
        """A row, already in the store."""
        self._ids += 1
        self._seqs[channel, number] += 1
        self.incidents.setdefault(number, incident(number))
        self.subjects.setdefault(f"check-{number}", subject(f"check-{number}"))
        created = more.get("created", self.now())
        row = Notification(
            id=self._ids,
            incident=number,
            channel=channel,
            kind=kind,
            seq=self._seqs[channel, number],
            created=created,
            due=more.get("due", created),
        )
        self.rows[row.id] = row
        return row

    def recover(
        self, number: int = 482, channel: str = "piket", *, after: int = 15 * MINUTE
    ) -> Notification:
        """The incident is over and its recovery is owed."""
        began = self.incidents[number].began
        self.incidents[number] = replace(
            self.incidents[number], ended=began + after, closing="recovered"
        )
        self.subjects[f"check-{number}"] = subject(f"check-{number}", state=Status.UP)
        return self.owe("recovered", number, channel)

    def notifier(self) -> Notifier:
        return Notifier(
            channels=lambda: self.channels,
            commit=self.commit,
            incident=self.incidents.get,
            subject=self.subjects.get,
            now=self.now,
            settings=lambda: Settings("Diskominfo Contoh", "Asia/Jakarta", "en"),
            metrics=self.metrics,
            sender=lambda channel: self.senders.setdefault(channel.id, FakeSender()),
        )

    def unfinished(self) -> list[Notification]:
        return sorted(
            (row for row in self.rows.values() if row.state not in FINAL), key=lambda row: row.id
        )

    def state(self, row: Notification) -> Delivery:
        return self.rows[row.id].state

    def error(self, row: Notification) -> str:
        return self.rows[row.id].error or ""


@asynccontextmanager
async def running(notifier: Notifier) -> AsyncIterator[Notifier]:
    task = asyncio.create_task(notifier.run())
    await asyncio.sleep(0)
    try:
        yield notifier
    finally:
        await notifier.close(1.0)
        await task
