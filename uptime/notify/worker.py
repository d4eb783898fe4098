"""One channel at work: takes the next job, claims it, sends it, marks it.

The claim is stored before the send, so that a crash in between leaves a trace; the outcome is
stored after it. Neither waits for a store that does not answer (keeper).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from uptime.core.model import Notification
from uptime.notify.outbox import FINAL, Job, Outbox
from uptime.notify.render import Circumstances, Message
from uptime.notify.sender import Sender, Sent, Verdict
from uptime.notify.subject import ChannelLike

log = logging.getLogger(__name__)

MISHAP_S = 5.0


class Worker:
    """The queue of one channel and the loop that empties it."""

    def __init__(
        self,
        channel: ChannelLike,
        *,
        sender: Callable[[ChannelLike], Sender],
        render: Callable[[Notification, ChannelLike, Circumstances], Message],
        save: Callable[[Iterable[Notification]], Awaitable[bool]],
        note: Callable[[Iterable[Notification]], None],
        now: Callable[[], int],
    ) -> None:
        self._channel = channel
        self._make_sender = sender
        self._sender = sender(channel)
        self._render = render
        self._save = save
        self._note = note
        self._now = now
        self._outbox = Outbox()
        self._wake = asyncio.Event()
        self._sending: Job | None = None
        self._finishing = False
        self._gone: str | None = None

    def __len__(self) -> int:
        return len(self._outbox)

    def rows(self) -> list[Notification]:
        return self._outbox.rows()

    def add(self, row: Notification) -> None:
        self._outbox.add(row, self._now(), self._clock())
        self._wake.set()

    def reconfigure(self, channel: ChannelLike) -> None:
        """A reload: with a new address everything that waits is tried at once."""
        if channel.url != self._channel.url:
            self._sender = self._make_sender(channel)
            self._outbox.hurry(self._clock(), all_of_them=True)
            self._wake.set()
        self._channel = channel

    def give_up(self, reason: str) -> list[Notification]:
        """The channel is no more: what it owed is dead; an attempt under way may still end."""
        self._gone = reason
        self._wake.set()
        return self._outbox.give_up(reason, self._sending)

    def finish(self) -> None:
        """Send what can go now, then end."""
        self._finishing = True
        self._wake.set()

    async def warm(self) -> None:
        await self._sender.warm()

    async def run(self) -> None:
        while True:
            self._wake.clear()
            step = self._outbox.next(self._clock())
            if isinstance(step, Job):
                try:
                    await self._deliver(step)
                except Exception:
                    # A fault of ours must neither end the channel nor spin.
                    log.exception("channel %s: delivery failed", self._channel.id)
                    self._outbox.postpone(step, self._clock() + MISHAP_S)
            elif self._finishing or self._gone is not None:
                return
            else:
                await self._wait(step)

    async def _wait(self, until: float | None) -> None:
        loop = asyncio.get_running_loop()
        timer = None if until is None else loop.call_at(until, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            if timer is not None:
                timer.cancel()

    async def _deliver(self, job: Job) -> None:
        self._sending = job
        try:
            owed, repeat = job.carrier.owed, job.repeat
            stored = job.carrier.row.stored
            claim = self._outbox.claim(job, self._now())
            claimed = await self._save([claim])
            how = Circumstances(
                now=self._now(),
                owed=owed,
                repeat=repeat,
                unstored=not (stored and claimed),
                untold=job.untold,
                short=job.carrier.short,
            )
            sent = await self._sender.send(self._message(job, how))
        finally:
            self._sending = None
        await self._settle(job, sent, claimed=claimed)

    def _message(self, job: Job, how: Circumstances) -> Message:
        row = job.carrier.row
        try:
            return self._render(row, self._channel, how)
        except Exception:
            # Better a bare message than none.
            log.exception("%s: the text could not be made", row.key)
            return Message(f"INC-{row.incident}: {row.kind}", row.key, "failure")

    async def _settle(self, job: Job, sent: Sent, *, claimed: bool) -> None:
        if claimed:
            job.carrier.row = replace(job.carrier.row, stored=True)
        was_failing = self._outbox.failing
        changed = self._outbox.settle(job, sent, self._now(), self._clock())
        if self._gone is not None:
            ends = [row for row in changed if row.state in FINAL]
            changed = [*ends, *self._outbox.give_up(self._gone)]
        if sent.verdict is not Verdict.DELIVERED:
            level = logging.DEBUG if was_failing else logging.WARNING
            log.log(level, "channel %s: %s", self._channel.id, sent.error)
        elif was_failing:
            log.info("channel %s works again", self._channel.id)
        self._note(changed)
        await self._save(changed)

    @staticmethod
    def _clock() -> float:
        return asyncio.get_running_loop().time()
