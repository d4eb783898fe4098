"""Random lives of a recorder over a real store: results, gaps, steps of the clock, pauses,
reloads, a store that fails and comes back, stops and kills. Whatever happened, board, incidents,
spans and messages tell the same story.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.uptime.test_recorder import Meter, _config
from uptime.board import Board
from uptime.clock import Clock
from uptime.config import Config
from uptime.core.model import (
    Batch,
    CheckState,
    Condition,
    Notification,
    Pause,
    Result,
    Status,
)
from uptime.core.state import blind
from uptime.recorder import Recorder
from uptime.store import Store
from uptime.store.errors import StoreBroken

CHECKS = {"parent": "", "child": 'depends_on = ["parent"]', "other": ""}
HEAD = """
[defaults]
interval = "30s"
failure_threshold = 2
success_threshold = 2
[channels.chat]
url = "json://localhost/"
[[routes]]
channels = ["chat"]
degraded = true
group_wait = "0s"
"""
KINDS = (Status.UP, Status.UP, Status.DOWN, Status.DOWN, Status.DEGRADED, Status.UNKNOWN)


def _text(checks: Sequence[str]) -> str:
    return HEAD + "".join(
        f'[checks.{check}]\ntype = "fake"\ntarget = "x"\n'
        + (CHECKS[check] if "parent" in checks else "")
        + "\n"
        for check in checks
    )


class Life:
    """One installation through all of its starts."""

    def __init__(self, path: Path, config: Mapping[frozenset[str], Config], seed: int) -> None:
        self.url = f"sqlite:///{path}"
        self.config = config
        self.rng = random.Random(seed)
        self.wall, self.monotonic = 1.7e9, 1000.0
        self.clock = Clock(lambda: self.wall, lambda: self.monotonic)
        self.checks = set(CHECKS)
        self.heard: dict[int, list[tuple[int, str]]] = {}
        self.broken = False
        self.number = 0

    @property
    def now(self) -> Config:
        return self.config[frozenset(self.checks)]

    async def start(self) -> None:
        self.broken = False
        self.store = await asyncio.to_thread(Store.open, self.url, clock=self.clock.now)
        await self._accept()
        recovered = await asyncio.to_thread(
            self.store.recover, {c.id: c.policy.validity_ms for c in self.now.checks.values()}
        )
        self.number = recovered.era << 40
        self.recorder = Recorder(
            Board(), self, self.clock, Meter(), tell=self._tell, probe_soon=lambda _: None,
            next_incident=recovered.next_incident, next_notification=recovered.next_notification,
            next_overlay=recovered.next_overlay,
        )  # fmt: skip
        states, now = dict(recovered.states), self.clock.now()
        found = []
        for check, state in recovered.states.items():
            assert recovered.life is not None
            since = max(min(state.valid_until, recovered.life), state.since or 0)
            states[check], transition = blind(check, state, since, now)
            found += [transition] if transition else []
        changed = {t.check: states[t.check] for t in found}
        changed |= dict.fromkeys(states.keys() - self.checks, CheckState())
        await self.store.commit(Batch(transitions=tuple(found), states=changed, life=now))
        self.recorder.configure(
            self.now, states=states, incidents=recovered.incidents, last=recovered.last
        )
        self.recorder.remember_owed(recovered.told)

    async def commit(self, batch: Batch) -> None:
        """What the recorder takes for its store."""
        if self.broken:
            raise StoreBroken("by the script")
        await self.store.commit(batch)

    def _tell(self, notifications: Sequence[Notification]) -> None:
        for row in notifications:
            self.heard.setdefault(row.incident or 0, []).append((row.seq, row.kind))

    async def _accept(self) -> None:
        await self.store.accept(dict.fromkeys(self.checks), self.clock.now())

    def pass_(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds
        self.recorder.expire()

    # ---- what may happen ----

    async def results(self) -> None:
        check, status = self.rng.choice(sorted(self.checks)), self.rng.choice(KINDS)
        for _ in range(self.rng.choice((1, 1, 2, 3))):
            self.pass_(self.rng.choice((1, 5, 30)))
            self.number += 1
            blame = "self" if status is Status.UNKNOWN else "target"
            self.recorder.record(
                Result(check, self.number, self.clock.now(), 0.1, status, blame=blame)
            )

    async def save(self) -> None:
        await self.recorder.save()

    async def gap(self) -> None:
        self.pass_(200)

    async def step(self) -> None:
        self.wall += self.rng.choice((-3600, 3600))
        self.clock.follow()
        self.recorder.expire()

    async def standstill(self) -> None:
        self.recorder.lost_sight(self.clock.now() - 20_000)

    async def pause(self) -> None:
        now, number = self.clock.now(), self.recorder.draw_overlay()
        self.recorder.pause(Pause(number, self.rng.choice(sorted(self.checks)), "budi", now))

    async def resume(self) -> None:
        now, number = self.clock.now(), self.recorder.draw_overlay()
        check = self.rng.choice(sorted(self.checks))
        self.recorder.pause(Pause(number, check, "budi", now, now, "budi"))

    async def reload(self) -> None:
        check = self.rng.choice(sorted(CHECKS))
        if self.checks != {check}:
            self.checks ^= {check}
        await self._accept()
        self.recorder.configure(self.now)

    async def break_(self) -> None:
        self.broken = True

    async def mend(self) -> None:
        self.broken = False

    async def restart(self) -> None:
        self.broken = False
        await self.recorder.close()
        await self.check()
        await self.kill()

    async def kill(self) -> None:
        if self.recorder._saving.unsaved:  # what was told from memory alone is told once more
            self.heard.clear()
        await self.end()
        self.wall += 50
        self.monotonic += 50
        await self.start()

    async def end(self) -> None:
        await asyncio.to_thread(self.store.close)

    # ---- what must hold then ----

    async def check(self) -> None:
        self.broken = False
        await self.recorder.save()
        assert self.recorder._saving.unsaved == []
        assert self.recorder._unshown == {}
        open_ = {i.id: i.check for i in await self.store.incidents("open", None, 100)}
        said = set()
        for check in self.checks:
            row, state = self.recorder.board.rows[check], self.recorder.state(check)
            assert state is not None
            assert row.state == state
            assert (row.incident is not None) == (
                state.condition in {Condition.DOWN, Condition.DEGRADED}
            )
            said |= {row.incident} - {None}
            assert row.incident is None or open_.get(row.incident) == check
            spans = await self.store.spans(check, 0, 1 << 52)
            for left, right in zip(spans, spans[1:], strict=False):
                assert left.ended is not None
                assert left.ended <= right.began
            if state.condition is not Condition.NONE:
                last = spans[-1]
                assert (last.ended, last.condition, last.known) == (
                    None, state.condition, state.known,
                )  # fmt: skip
        assert said == set(open_), "nothing stays open that nobody sees"
        for messages in self.heard.values():
            numbers = [seq for seq, _ in messages]
            assert numbers == sorted(set(numbers))
            kinds = [kind for _, kind in messages if kind != "reminder"]
            assert all(a != b for a, b in zip(kinds, kinds[1:], strict=False)), kinds


OFTEN: tuple[tuple[Callable[[Life], object], int], ...] = (
    (Life.results, 60), (Life.save, 12), (Life.gap, 4), (Life.step, 2), (Life.standstill, 1),
    (Life.pause, 2), (Life.resume, 3), (Life.reload, 4), (Life.break_, 2), (Life.mend, 3),
    (Life.restart, 2), (Life.kill, 2),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(25))
async def test_whatever_happened_all_tell_the_same_story(tmp_path: Path, seed: int) -> None:
    names = sorted(CHECKS)
    sets = [frozenset(n for i, n in enumerate(names) if bits >> i & 1) for bits in range(1, 8)]
    config = {checks: await _config(tmp_path, _text(sorted(checks))) for checks in sets}
    life = Life(tmp_path / "siaga.db", config, seed)
    await life.start()
    try:
        happenings, weights = zip(*OFTEN, strict=True)
        for happening in life.rng.choices(happenings, weights, k=life.rng.randint(20, 120)):
            await happening(life)
        await life.check()
    finally:
        await life.end()
