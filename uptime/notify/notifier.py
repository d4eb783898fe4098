"""Delivers what is owed: one worker a channel, each row claimed, sent and marked.

Decides nothing about what is owed (uptime.core.alerting) and never holds up probing. At least
once, in order per channel and incident; a message that may have arrived before says so.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from uptime.core.model import Batch, Delivery, Incident, Notification
from uptime.notify.keeper import Keeper
from uptime.notify.memory import Memory
from uptime.notify.outbox import FINAL
from uptime.notify.render import Circumstances, Message, Renderer
from uptime.notify.sender import AppriseSender, Sender, Sent
from uptime.notify.subject import ChannelLike, Counts, Settings, Subject
from uptime.notify.worker import Worker

log = logging.getLogger(__name__)


def apprise_sender(channel: ChannelLike) -> Sender:
    return AppriseSender(channel.id, channel.url)


class Notifier:
    """The outbox of the whole daemon. Everything but `run` is called on the same loop."""

    def __init__(
        self,
        *,
        channels: Callable[[], Mapping[str, ChannelLike]],
        commit: Callable[[Batch], Awaitable[None]],
        incident: Callable[[int], Incident | None],
        subject: Callable[[str], Subject | None],
        now: Callable[[], int],
        settings: Callable[[], tuple[str, str, str]],
        metrics: Counts | None = None,
        sender: Callable[[ChannelLike], Sender] = apprise_sender,
    ) -> None:
        self._channels = channels
        self._incident = incident
        self._subject = subject
        self._now = now
        self._settings = settings
        self._metrics = metrics
        self._sender = sender
        self._keeper = Keeper(commit)
        self._memory = Memory()
        self._workers: dict[str, Worker] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._running = False
        self._closed = asyncio.Event()

    def offer(self, notifications: Sequence[Notification]) -> None:
        """These rows are owed (they are committed, or say that they are not); wakes workers.

        Rows in a final state are remembered for `told`; a row known before is ignored.
        """
        for row in notifications:
            if self._memory.knows(row.id):
                continue
            self._memory.put(row)
            worker = self._worker(row.channel)
            if worker is not None:
                worker.add(row)
            elif row.state not in FINAL:
                self._end_rows([replace(row, state=Delivery.DEAD, error="no such channel")])

    async def run(self) -> None:
        """Works until `close`; what is still owed then stays in the store."""
        self._running = True
        keeping = asyncio.create_task(self._keeper.run(), name="notify-keeper")
        warming = asyncio.create_task(self._warm(), name="notify-warm")
        try:
            for channel in list(self._workers):
                self._start(channel)
            await self._closed.wait()
        finally:
            self._running = False
            await _end([keeping, warming, *self._tasks])

    async def close(self, timeout: float) -> None:  # noqa: ASYNC109 - a bound, then it stops
        """Sends what can go now, for at most `timeout` seconds, then stops `run`."""
        for worker in self._workers.values():
            worker.finish()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=timeout)
        if self._keeper.unsaved:
            await self._keeper.save(())
        self._closed.set()

    def on_channels_changed(self) -> None:
        """After a reload: a removed channel's rows are dead, a changed one tries again."""
        channels = self._channels()
        for name, worker in list(self._workers.items()):
            channel = channels.get(name)
            if channel is None:
                del self._workers[name]
                reason = "the channel was removed from the configuration"
                self._end_rows(worker.give_up(reason))
            else:
                worker.reconfigure(channel)

    def pending(self) -> Mapping[str, int]:
        """Rows owed per configured channel."""
        counts = dict.fromkeys(self._channels(), 0)
        counts.update({name: len(worker) for name, worker in self._workers.items()})
        return counts

    def oldest(self) -> int | None:
        """When the oldest row that is still owed was created."""
        created = [row.created for worker in self._workers.values() for row in worker.rows()]
        return min(created, default=None)

    def told(self, incident: int) -> list[Notification]:
        """Everything owed for an open or recent incident, in every state."""
        return self._memory.of(incident)

    async def send_test(self, channel: str) -> Sent:
        """One marked test message, at once and outside the queue; raises KeyError."""
        target, now = self._channels()[channel], self._now()
        row = Notification(0, None, channel, "test", 0, now, now)
        return await self._sender(target).send(self._render(row, target, Circumstances(now, now)))

    def preview(self, incident: int, channel: str, kind: str) -> tuple[str, str]:
        """Title and body as that channel would get them now; raises KeyError."""
        if self._incident(incident) is None:
            raise KeyError(incident)
        target, now = self._channels()[channel], self._now()
        row = Notification(0, incident, channel, kind, 0, now, now)
        message = self._render(row, target, Circumstances(now, now))
        return message.title, message.body

    def _worker(self, name: str) -> Worker | None:
        worker = self._workers.get(name)
        if worker is None and (channel := self._channels().get(name)) is not None:
            worker = Worker(
                channel,
                sender=self._sender,
                render=self._render,
                save=self._keeper.save,
                note=self._note,
                now=self._now,
            )
            self._workers[name] = worker
            if self._running:
                self._start(name)
        return worker

    def _start(self, name: str) -> None:
        task = asyncio.create_task(self._workers[name].run(), name=f"notify-{name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _render(self, row: Notification, channel: ChannelLike, how: Circumstances) -> Message:
        incident = None if row.incident is None else self._incident(row.incident)
        settings = Settings(*self._settings())
        renderer = Renderer(settings, channel.language or settings.language, self._subject)
        return renderer.message(row, incident, how)

    def _end_rows(self, rows: Sequence[Notification]) -> None:
        self._note(rows)
        self._keeper.later(rows)

    def _note(self, rows: Iterable[Notification]) -> None:
        """Rows changed their state: remember it, count and log their ends."""
        for row in rows:
            self._memory.put(row)
            if row.state is Delivery.DEAD:
                log.error("%s was not delivered: %s", row.key, row.error)
            if self._metrics is not None:
                outcome = row.state.value if row.state in FINAL else "failed"
                self._metrics.notification(row.channel, outcome)

    async def _warm(self) -> None:
        """Loads services in threads, so that the first message does not wait for them."""
        try:
            for name in self._channels():
                if (worker := self._worker(name)) is not None:
                    await worker.warm()
        except Exception:
            log.exception("what notifications need could not be loaded")


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancels and waits; what a task raised was logged where it happened."""
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
