"""What people do: each action once, shown while it is under way and when it is done.

An action that got no answer is repeated under its own Idempotency-Key, so that it takes effect
once whatever was lost on the way.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from tui.client import Client, Offline, Refused, Unauthorized
from tui.scene import Scene
from tui.words import CAUSES, OFFLINE
from uptime.schema import IncidentRow, ProposedCause

Answer = TypeVar("Answer")

TRIES = 3
PAUSE_S = 2.0
SAID_S = 6.0
FAILED_S = 12.0


class Stage(Protocol):
    """Who shows what becomes of an action."""

    def say(self, text: str, style: str, seconds: float | None) -> None: ...
    def learn(self, incident: IncidentRow) -> None: ...


class Actions:
    def __init__(self, client: Client, scene: Scene, stage: Stage) -> None:
        self._client = client
        self._scene = scene
        self._stage = stage
        self._pending: set[tuple[str, str, str]] = set()

    async def ack(self, incident: str) -> None:
        def said(after: IncidentRow) -> str:
            by = after.acked.by if after.acked is not None else "–"
            return self._scene.words("done_ack", id=after.id, by=by)

        await self._write("ack", incident, lambda key: self._client.ack(incident, key), said)

    async def unack(self, incident: str) -> None:
        await self._write("unack", incident, lambda key: self._client.unack(incident, key))

    async def note(self, incident: str, text: str) -> None:
        def call(key: str) -> Awaitable[IncidentRow]:
            return self._client.note(incident, key, text)

        await self._write("note", incident, call, text=text)

    async def cause(self, incident: str, text: str) -> None:
        def call(key: str) -> Awaitable[IncidentRow]:
            return self._client.cause(incident, key, text)

        await self._write("cause", incident, call, text=text)

    async def accept(self, incident: str, proposed: ProposedCause) -> None:
        """What was proposed on the screen, even if another is by now."""
        words = self._scene.words
        why = proposed.why.get(words.language)

        def call(key: str) -> Awaitable[IncidentRow]:
            return self._client.cause(incident, key, proposed.cause, why)

        def said(after: IncidentRow) -> str:
            return words("done_accept", id=after.id, cause=words.of(CAUSES, after.cause or ""))

        await self._write("cause", incident, call, said, text=proposed.cause)

    async def probe(self, check: str) -> None:
        result = await self._once("probe", check, lambda key: self._client.probe(check, key))
        if result is not None:
            scene = self._scene
            why = ": ".join(filter(None, (scene.reason(result.reason), result.detail)))
            text = (
                f"{check}: {scene.sign(result.status)} · {why or scene.latency(result.latency_s)}"
            )
            self._stage.say(text, result.status, SAID_S)

    async def _write(
        self,
        kind: str,
        incident: str,
        call: Callable[[str], Awaitable[IncidentRow]],
        said: Callable[[IncidentRow], str] | None = None,
        text: str = "",
    ) -> None:
        after = await self._once(kind, incident, call, text)
        if after is not None:
            self._stage.learn(after)
            words = self._scene.words
            done = words(f"done_{kind}", id=incident) if said is None else said(after)
            self._stage.say(done, "up", SAID_S)

    async def _once(
        self, kind: str, target: str, call: Callable[[str], Awaitable[Answer]], text: str = ""
    ) -> Answer | None:
        """The answer; None if it failed, which is said, or is under way already."""
        this = (kind, target, text)
        if this in self._pending:
            return None
        self._pending.add(this)
        words = self._scene.words
        self._scene.busy |= {target}
        self._stage.say(words(f"doing_{kind}", id=target), "accent", None)
        try:
            return await self._persist(call, str(uuid.uuid4()))
        except (Offline, Refused, Unauthorized) as error:
            why = _why(error, self._scene)
            self._stage.say(words("failed", id=target, why=why), "down", FAILED_S)
            return None
        finally:
            self._pending.discard(this)
            self._scene.busy = frozenset(target for _, target, _ in self._pending)

    async def _persist(self, call: Callable[[str], Awaitable[Answer]], key: str) -> Answer:
        for _ in range(TRIES - 1):
            try:
                return await call(key)
            except Offline:
                await asyncio.sleep(PAUSE_S)
        return await call(key)


def _why(error: Exception, scene: Scene) -> str:
    match error:
        case Offline():
            return scene.words.of(OFFLINE, error.reason)
        case Unauthorized():
            return scene.words.of(OFFLINE, "unauthorized")
        case _:
            return str(error)
