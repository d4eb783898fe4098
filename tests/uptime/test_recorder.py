"""The recorder: store, then show, then tell; and what it does when the store fails."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.base import Fact, Outcome, Probe
from uptime.board import Board
from uptime.clock import Clock
from uptime.config import Config, load
from uptime.core.model import (
    Acknowledgement,
    Batch,
    CheckState,
    Incident,
    Note,
    Notification,
    Overlay,
    Pause,
    Result,
    Severity,
    Span,
    Status,
)
from uptime.core.spans import respan, tail_from
from uptime.core.statements import entry
from uptime.recorder import STEADY_EVERY, STEADY_MOST, NotStored, Recorder
from uptime.store.errors import StoreBroken

CONFIG = """
[defaults]
interval = "60s"
failure_threshold = 2
success_threshold = 2
[checks.gw]
type = "fake"
target = "gw"
[checks.web]
type = "fake"
target = "web"
depends_on = ["gw"]
[channels.chat]
url = "json://localhost/"
[[routes]]
channels = ["chat"]
group_wait = "0s"
"""

SOONER = '[checks.web]\ninterval = "10s"'


class AnyProbe(Probe):
    async def run(self, net: Any, before: Any) -> Outcome:
        raise NotImplementedError


class Registry:
    def names(self) -> list[str]:
        return ["fake"]

    def load(self, name: str) -> type[Probe]:
        return AnyProbe


class Meter:
    def __init__(self) -> None:
        self.results: Counter[str] = Counter()
        self.lost = 0

    def probe(self, type: str, result: str) -> None:
        self.results[result] += 1

    def dropped(self, count: int) -> None:
        self.lost += count

    def commit(self, seconds: float) -> None:
        pass


class FakeStore:
    """Notes batches; fails, or waits, as told."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.broken = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def commit(self, batch: Batch) -> None:
        await self.gate.wait()
        if self.broken:
            raise StoreBroken("disk full")
        self.batches.append(batch)


class Scene:
    """A recorder with two checks, gw above web, and everything it talks to."""

    def __init__(self, folder: Path, config: Config) -> None:
        self.folder = folder
        self.time = 1_000.0
        self.store = FakeStore()
        self.meter = Meter()
        self.board = Board()
        self.told: list[Notification] = []
        self.shown_when_told: list[str] = []
        self.soon: list[str] = []
        self.numbers = 0
        self.recorder = Recorder(
            self.board, self.store, Clock(lambda: self.time, lambda: self.time), self.meter,
            tell=self._tell, probe_soon=self.soon.append,
        )  # fmt: skip
        self.recorder.configure(config)

    def _tell(self, notifications: Sequence[Notification]) -> None:
        self.told += notifications
        self.shown_when_told += [
            row.status.value
            for _ in notifications
            for row in self.board.rows.values()
            if row.id in {"web", "www"}
        ]

    def see(self, check: str, runs: str) -> None:
        """Results by letter, ten seconds apart."""
        kinds = {"u": Status.UP, "d": Status.DEGRADED, "f": Status.DOWN, "?": Status.UNKNOWN}
        for letter in runs:
            self.time += 10
            self.numbers += 1
            status = kinds[letter]
            reason = None if status is Status.UP else "refused"
            facts: dict[str, Fact] = {"n": self.numbers}
            self.recorder.record(
                Result(check, self.numbers, round(self.time * 1000), 0.1, status,
                       reason=reason, facts=facts)
            )  # fmt: skip

    def pause(self, check: str) -> None:
        self.recorder.pause(Pause(1, check, "budi", round(self.time * 1000)))

    def resume(self, check: str) -> None:
        now = round(self.time * 1000)
        self.recorder.pause(Pause(1, check, "budi", now, now, "sari"))

    async def both_up(self) -> None:
        self.see("gw", "uu")
        self.see("web", "uu")
        await self.recorder.save()


async def _config(folder: Path, text: str) -> Config:
    path = folder / "checks.toml"
    path.write_text(text)
    return await asyncio.to_thread(load, path, {}, probes=Registry(), validate_url=lambda _: None)


@pytest.fixture
async def scene(tmp_path: Path) -> Scene:
    scene = Scene(tmp_path, await _config(tmp_path, CONFIG))
    await scene.both_up()
    return scene


def _statuses(scene: Scene) -> dict[str, str]:
    return {check: row.status.value for check, row in scene.board.rows.items()}


async def test_a_transition_its_incident_and_what_is_owed_are_one_batch(scene: Scene) -> None:
    scene.see("gw", "u")
    scene.see("web", "ff")
    scene.see("gw", "u")
    await scene.recorder.save()
    batch = scene.store.batches[-1]
    assert [(t.old.value, t.new.value) for t in batch.transitions] == [("up", "down")]
    assert [i.kind for i in batch.incidents] == ["down"]
    assert [n.kind for n in batch.notifications] == ["down"]
    assert batch.entries[0]["check"] == "web"
    assert batch.entries[0]["new"] == "down"
    assert batch.states["web"].condition.value == "down"


async def test_a_failure_that_came_to_nothing_is_written_down_and_nobody_is_told(
    scene: Scene,
) -> None:
    scene.see("web", "fu")
    await scene.recorder.save()
    (blip,) = (each for batch in scene.store.batches for each in batch.blips)
    assert (blip.check, blip.fails, blip.ended - blip.began) == ("web", 1, 10_000)
    assert scene.told == []


async def test_a_transition_is_shown_after_its_commit_and_told_after_that(scene: Scene) -> None:
    scene.store.gate.clear()
    scene.see("gw", "u")
    scene.see("web", "ff")
    scene.see("gw", "u")
    saving = asyncio.create_task(scene.recorder.save())
    await asyncio.sleep(0)
    assert _statuses(scene)["web"] == "up"
    assert scene.told == []
    scene.store.gate.set()
    await saving
    assert _statuses(scene)["web"] == "down"
    assert scene.shown_when_told == ["down"]
    assert scene.told[0].stored


async def test_steady_results_are_shown_at_once_and_stored_together(scene: Scene) -> None:
    before = len(scene.store.batches)
    scene.see("web", "uuuu")
    assert scene.board.rows["web"].result is not None
    assert scene.board.rows["web"].result.facts["n"] == scene.numbers
    await scene.recorder.save()
    (batch,) = scene.store.batches[before:]
    assert len(batch.results) == 4
    assert not batch.urgent
    assert batch.states == {}


async def test_with_a_broken_store_it_goes_on_shows_tells_and_writes_the_same_later(
    scene: Scene,
) -> None:
    scene.store.broken = True
    scene.see("gw", "u")
    scene.see("web", "ff")
    scene.see("gw", "u")
    await scene.recorder.save()
    assert _statuses(scene)["web"] == "down"
    assert [(n.kind, n.stored) for n in scene.told] == [("down", False)]
    assert scene.recorder.store_error == "disk full"
    with pytest.raises(NotStored):
        await scene.recorder.commit(Batch(notifications=(scene.told[0],)))
    scene.store.broken = False
    stored_before = len(scene.store.batches)
    await scene.recorder.save()
    first, claim, *_ = scene.store.batches[stored_before:]
    assert [n.id for n in first.notifications] == [scene.told[0].id]
    assert claim.notifications == (scene.told[0],), "a claim is written after what it claims"
    assert scene.recorder.store_error is None


async def test_a_slow_commit_does_not_hold_up_the_message(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uptime.saving.PATIENCE", 0.05)
    scene.store.gate.clear()
    scene.see("gw", "u")
    scene.see("web", "ff")
    scene.see("gw", "u")
    await scene.recorder.save()
    assert [(n.kind, n.stored) for n in scene.told] == [("down", False)]
    scene.store.gate.set()


async def test_a_batch_that_cannot_be_stored_for_its_own_sake_does_not_block_the_rest(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def poison(batch: Batch) -> None:
        raise TypeError("a fault of ours")

    scene.see("web", "u")
    monkeypatch.setattr(scene.store, "commit", poison)
    await scene.recorder.save()
    monkeypatch.undo()
    scene.see("web", "u")
    before = len(scene.store.batches)
    await scene.recorder.save()
    assert len(scene.store.batches) == before + 1
    assert scene.meter.lost == 1


async def test_a_childs_first_failure_asks_its_parent_and_waits_for_the_answer(
    scene: Scene,
) -> None:
    scene.see("web", "f")
    assert scene.soon == ["gw"]
    scene.see("web", "f")
    await scene.recorder.save()
    assert scene.told == []
    assert "unreachable" in scene.board.rows["web"].overlays
    scene.see("gw", "u")
    await scene.recorder.save()
    assert [n.kind for n in scene.told] == ["down"]
    assert scene.board.rows["web"].overlays == frozenset()


async def test_a_parents_outage_is_one_message_that_names_its_children(scene: Scene) -> None:
    scene.see("gw", "f")
    scene.see("web", "ff")
    scene.see("gw", "f")
    await scene.recorder.save()
    assert [scene.board.incidents[n.incident or 0].check for n in scene.told] == ["gw"]
    assert scene.board.incidents[scene.told[0].incident or 0].affected == ("web",)
    scene.see("gw", "uu")
    scene.see("web", "uu")
    await scene.recorder.save()
    assert [n.kind for n in scene.told] == ["down", "recovered"]


async def test_a_child_still_down_when_its_parent_is_back_is_told_after_a_probe_of_its_own(
    scene: Scene,
) -> None:
    scene.see("gw", "ff")
    scene.see("web", "ff")
    scene.see("gw", "uu")
    await scene.recorder.save()
    told = [scene.board.incidents[n.incident or 0].check for n in scene.told]
    assert told == ["gw", "gw"]
    scene.see("web", "f")
    await scene.recorder.save()
    assert scene.board.incidents[scene.told[-1].incident or 0].check == "web"


async def test_an_acknowledgement_is_an_entry_an_overlay_and_can_be_taken_back(
    scene: Scene,
) -> None:
    scene.see("web", "ff")
    scene.see("gw", "u")
    await scene.recorder.save()
    running = asyncio.create_task(scene.recorder.run())
    try:
        acked = Acknowledgement("budi", 5)
        await scene.recorder.revise(1, entry("acknowledgement", 5, by="budi"), acked=acked)
        assert "acknowledged" in scene.board.rows["web"].overlays
        assert scene.store.batches[-1].incidents[-1].acked == acked
        await scene.recorder.revise(1, entry("withdrawn", 6, by="budi"), acked=None)
        assert scene.board.rows["web"].overlays == frozenset()
        with pytest.raises(KeyError):
            await scene.recorder.revise(99, entry("acknowledgement", 5, by="budi"), acked=acked)
    finally:
        running.cancel()


async def test_past_its_validity_a_check_is_unknown_and_its_incident_stays(scene: Scene) -> None:
    scene.see("web", "ff")
    scene.time += 100
    scene.recorder.expire()
    await scene.recorder.save()
    row = scene.board.rows["web"]
    assert (row.status.value, row.state.condition.value) == ("unknown", "down")
    assert row.incident == 1
    assert scene.board.incidents[1].open


@given(st.lists(st.tuples(st.sampled_from("gw"), st.integers(-7200, 7200)), max_size=20))
def test_whatever_the_clock_does_what_is_past_its_validity_is_found_at_once(
    tmp_path_factory: pytest.TempPathFactory, course: list[tuple[str, int]]
) -> None:
    async def play() -> None:
        folder = tmp_path_factory.mktemp("expire")
        scene = Scene(folder, await _config(folder, CONFIG.replace("[checks.web]", SOONER)))
        scene.time = 1_000_000.0
        for letter, step in course:
            scene.see({"g": "gw", "w": "web"}[letter], "u")
            scene.time += step
            scene.recorder.expire()
            now = round(scene.time * 1000)
            for check in ("gw", "web"):
                state = scene.recorder.state(check)
                assert state is not None
                assert not (state.known and now > state.valid_until)

    asyncio.run(play())


async def test_a_reload_keeps_the_state_of_what_stays_and_closes_what_goes(scene: Scene) -> None:
    scene.see("web", "ff")
    scene.see("gw", "u")
    await scene.recorder.save()
    since = scene.board.rows["gw"].state.since
    without_web = CONFIG[: CONFIG.index("[checks.web]")] + CONFIG[CONFIG.index("[channels") :]
    scene.recorder.configure(await _config(scene.folder, without_web))
    await scene.recorder.save()
    assert set(scene.board.rows) == {"gw"}
    assert scene.board.rows["gw"].state.since == since
    assert scene.board.incidents[1].closing == "removed"
    scene.see("web", "u")
    await scene.recorder.save()


async def test_memory_is_bounded_while_the_store_is_broken(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uptime.saving.MOST_RESULTS", 10)
    scene.store.broken = True
    for _ in range(8):
        scene.see("gw", "uuu")
        await scene.recorder.save()
    scene.see("gw", "ff")
    await scene.recorder.save()
    assert scene.meter.lost >= 12
    scene.store.broken = False
    before = len(scene.store.batches)
    await scene.recorder.save()
    written = scene.store.batches[before:]
    assert sum(len(b.results) for b in written) <= 12
    assert [t.new.value for b in written for t in b.transitions] == ["down"]


# ---- what a reload, a pause or a restart does in the middle of things ----

WITHOUT_WEB = CONFIG[: CONFIG.index("[checks.web]")] + CONFIG[CONFIG.index("[channels") :]


async def test_a_check_that_comes_back_begins_anew_and_is_known_from_then_on(
    scene: Scene,
) -> None:
    scene.see("gw", "u")
    scene.see("web", "ff")
    scene.see("gw", "u")
    await scene.recorder.save()
    scene.recorder.configure(await _config(scene.folder, WITHOUT_WEB))
    await scene.recorder.save()
    batch = scene.store.batches[-1]
    assert batch.states["web"] == CheckState(), "a restart must not bring the outage back"
    assert [t.unknown for t in batch.transitions] == [(round(scene.time * 1000), None)]
    scene.time += 3600
    scene.recorder.configure(await _config(scene.folder, CONFIG))
    scene.see("gw", "u")
    scene.see("web", "ff")
    scene.see("gw", "u")
    await scene.recorder.save()
    spans: list[Span] = []
    for transition in (t for b in scene.store.batches for t in b.transitions):
        if transition.check == "web":
            start = tail_from(transition)
            tail = [s for s in spans if s.ended is None or s.ended > start]
            spans = [s for s in spans if s not in tail] + respan(tail, transition)
    assert [(s.condition.value, s.known) for s in spans] == [
        ("up", True), ("down", True), ("down", False), ("down", True),
    ]  # fmt: skip
    assert [n.incident for n in scene.told] == [1, 2], "a new outage is told anew"


async def test_the_incident_of_a_check_removed_while_we_were_off_closes_at_the_start(
    scene: Scene,
) -> None:
    config = await _config(scene.folder, CONFIG)
    fresh = Scene(scene.folder, config)
    gone = Incident(7, "down", "gone", Severity.HIGH, 5)
    fresh.recorder.configure(config, incidents=[gone])
    await fresh.recorder.save()
    (closed,) = fresh.store.batches[-1].incidents
    assert (closed.id, closed.closing, closed.open) == (7, "removed", False)


async def test_a_rename_by_reload_takes_state_and_incident_along(scene: Scene) -> None:
    scene.see("gw", "u")
    scene.see("web", "ff")
    scene.see("gw", "u")
    await scene.recorder.save()
    since = scene.board.rows["web"].state.since
    renamed = CONFIG.replace("[checks.web]", '[checks.www]\nwas = "web"')
    scene.recorder.configure(await _config(scene.folder, renamed))
    await scene.recorder.save()
    assert set(scene.board.rows) == {"gw", "www"}
    row = scene.board.rows["www"]
    assert (row.id, row.status.value, row.state.since, row.incident) == ("www", "down", since, 1)
    assert scene.board.incidents[1].check == "www"
    assert scene.board.incidents[1].open
    scene.see("www", "uu")
    await scene.recorder.save()
    assert [n.kind for n in scene.told] == ["down", "recovered"]


async def test_what_ends_after_its_check_was_paused_is_no_news(scene: Scene) -> None:
    scene.see("gw", "u")
    scene.see("web", "f")
    scene.pause("web")
    scene.see("web", "f")
    await scene.recorder.save()
    assert scene.board.rows["web"].status.value == "unknown"
    assert scene.board.incidents == {}
    scene.resume("web")
    scene.see("web", "u")
    await scene.recorder.save()
    assert scene.board.rows["web"].status.value == "up"


async def test_a_paused_parent_keeps_nobodys_message_back(scene: Scene) -> None:
    scene.see("web", "ff")
    await scene.recorder.save()
    assert scene.told == [], "its parent was not asked yet"
    scene.pause("gw")
    await scene.recorder.save()
    assert [n.kind for n in scene.told] == ["down"]
    scene.see("web", "uuff")
    await scene.recorder.save()
    assert [n.kind for n in scene.told] == ["down", "recovered", "down"]


async def test_flapping_ends_on_the_board_and_in_the_store_when_it_ends(scene: Scene) -> None:
    scene.see("web", "fufufufufuf")
    await scene.recorder.save()
    assert "flapping" in scene.board.rows["web"].overlays
    scene.see("gw", "u")
    scene.see("web", "u" * 20)
    await scene.recorder.save()
    assert scene.board.rows["web"].overlays == frozenset()
    stored = [b.states["web"] for b in scene.store.batches if "web" in b.states][-1]
    assert stored.lasting == scene.board.rows["web"].state.lasting


async def test_two_statements_made_during_one_commit_both_stand(scene: Scene) -> None:
    scene.see("gw", "u")
    scene.see("web", "ff")
    scene.see("gw", "u")
    await scene.recorder.save()
    scene.store.gate.clear()
    saving: list[asyncio.Future[Any]] = []
    for text in ("first", "second"):
        notes = (*scene.recorder.incident(1).notes, Note("budi", 5, text))
        changing = scene.recorder.revise(1, entry("note", 5, text=text), notes=notes)
        saving.append(asyncio.ensure_future(changing))
        await asyncio.sleep(0)
        saving.append(asyncio.ensure_future(scene.recorder.save()))
        await asyncio.sleep(0)
    scene.store.gate.set()
    await asyncio.gather(*saving)
    assert [n.text for n in scene.board.incidents[1].notes] == ["first", "second"]
    assert scene.recorder._unshown == {}


# ---- a store in trouble ----


async def test_a_store_that_hangs_is_said_to_be_broken_and_memory_stays_bounded(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uptime.saving.PATIENCE", 0.02)
    monkeypatch.setattr("uptime.saving.IMPATIENCE", 0.02)
    monkeypatch.setattr("uptime.saving.MOST_RESULTS", 10)
    before = len(scene.store.batches)
    scene.store.gate.clear()
    for _ in range(8):
        scene.see("gw", "uuu")
        await scene.recorder.save()
    said: str | None = scene.recorder.store_error
    assert said == "it does not answer"
    assert sum(len(b.results) for b in scene.recorder._saving.unsaved) <= 13
    scene.see("gw", "ff")
    scene.store.gate.set()
    await scene.recorder.save()
    said = scene.recorder.store_error
    assert said is None
    written = scene.store.batches[before:]
    assert sum(len(b.results) for b in written) + scene.meter.lost == 26
    assert [t.new.value for b in written for t in b.transitions] == ["down"]


async def test_rows_marked_again_and_again_wait_once(scene: Scene) -> None:
    scene.store.broken = True
    rows = [Notification(n, 1, "chat", "down", n, 0, 0) for n in (1, 2)]
    for attempts in range(1, 50):
        marked = tuple(replace(row, attempts=attempts) for row in rows)
        with pytest.raises(NotStored):
            await scene.recorder.commit(Batch(notifications=marked))
    assert len(scene.recorder._saving.unsaved) <= 3
    scene.store.broken = False
    await scene.recorder.save()
    written = {n.id: n.attempts for b in scene.store.batches for n in b.notifications}
    assert written == {1: 49, 2: 49}


async def test_what_was_concluded_is_stored_even_beside_results_no_store_will_take(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[Batch] = []

    async def picky(batch: Batch) -> None:
        if batch.results:
            raise TypeError("a fault of ours")
        taken.append(batch)

    monkeypatch.setattr(scene.store, "commit", picky)
    scene.see("gw", "u")
    scene.see("web", "ff")
    scene.see("gw", "u")
    await scene.recorder.save()
    (batch,) = taken
    assert [t.new.value for t in batch.transitions] == ["down"]
    assert [n.kind for n in batch.notifications] == ["down"]
    assert scene.meter.lost == 4
    assert [n.stored for n in scene.told] == [False], "not all of it was"


async def test_what_went_stale_is_found_in_the_middle_of_a_storm(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uptime.recorder.COMMIT_EVERY", 0.02)
    scene.time += 1000
    commit = scene.store.commit

    async def always_more(batch: Batch) -> None:
        scene.recorder.enter(entry("note", 1))
        await asyncio.sleep(0.001)
        await commit(batch)

    monkeypatch.setattr(scene.store, "commit", always_more)
    scene.recorder.enter(entry("note", 1))
    running = asyncio.create_task(scene.recorder.run())
    try:
        async with asyncio.timeout(5):
            while _statuses(scene)["gw"] != "unknown":
                await asyncio.sleep(0.005)
    finally:
        running.cancel()


@pytest.mark.looptime
async def test_steady_results_wait_for_more_of_them_and_nothing_else_does(scene: Scene) -> None:
    running = asyncio.create_task(scene.recorder.run())
    try:
        await scene.recorder.flushed()
        scene.store.batches.clear()

        def stored() -> list[int]:
            return [len(batch.results) for batch in scene.store.batches]

        scene.see("gw", "u")
        await asyncio.sleep(STEADY_EVERY - 1)
        scene.see("gw", "u")
        assert stored() == []
        await asyncio.sleep(1.1)
        assert stored() == [2]
        scene.see("gw", "f")  # it may be the beginning of something
        await asyncio.sleep(1.1)
        assert stored() == [2, 1]
        scene.see("gw", "u" * STEADY_MOST)
        await asyncio.sleep(1.1)
        assert stored() == [2, 1, STEADY_MOST]
    finally:
        running.cancel()


@pytest.mark.looptime
async def test_the_sign_of_life_comes_when_nothing_else_does(scene: Scene) -> None:
    running = asyncio.create_task(scene.recorder.run())
    try:
        await scene.recorder.flushed()
        first = len(scene.store.batches)
        await asyncio.sleep(3 * STEADY_EVERY)
        assert first + 2 <= len(scene.store.batches) <= first + 3
        assert scene.store.batches[-1].life is not None
    finally:
        running.cancel()


async def test_a_fault_in_telling_ends_neither_the_recorder_nor_who_waits_for_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(scene.recorder, "_tell", fault)
    running = asyncio.create_task(scene.recorder.run())
    try:
        scene.see("gw", "u")
        scene.see("web", "ff")
        scene.see("gw", "u")
        async with asyncio.timeout(5):
            await scene.recorder.flushed()
            await scene.recorder.flushed()
        assert _statuses(scene)["web"] == "down"
        assert not running.done()
    finally:
        running.cancel()


async def test_a_run_without_facts_does_not_make_its_check_forget_them(scene: Scene) -> None:
    scene.see("web", "u")
    known = scene.recorder.before("web")
    assert known == {"n": scene.numbers}
    scene.time += 10
    scene.numbers += 1
    missed = Result(
        "web", scene.numbers, round(scene.time * 1000), 0.0, Status.UNKNOWN, "self", "missed"
    )
    scene.recorder.record(missed)
    assert scene.recorder.before("web") == known
    assert scene.recorder.before("nobody") == {}


async def test_within_maintenance_nobody_is_told_and_who_is_down_at_its_end_is(
    scene: Scene,
) -> None:
    scene.recorder.maintain(frozenset({"web"}))
    assert scene.board.rows["web"].overlays == {Overlay.MAINTENANCE}
    scene.see("gw", "u")
    scene.see("web", "ff")
    scene.see("gw", "u")
    await scene.recorder.save()
    assert _statuses(scene)["web"] == "down"
    assert scene.told == []
    scene.see("web", "uu")
    await scene.recorder.save()
    assert scene.told == [], "it stayed within"
    scene.see("web", "ff")
    scene.see("gw", "u")
    await scene.recorder.save()
    assert scene.told == []
    scene.recorder.maintain(frozenset())
    await scene.recorder.save()
    assert [n.kind for n in scene.told] == ["down"]
    assert scene.board.rows["web"].overlays == frozenset()
    scene.see("web", "uu")
    await scene.recorder.save()
    assert [n.kind for n in scene.told] == ["down", "recovered"]


async def test_who_was_told_before_the_maintenance_is_told_of_the_recovery_within_it(
    scene: Scene,
) -> None:
    scene.see("gw", "u")
    scene.see("web", "ff")
    scene.see("gw", "u")
    await scene.recorder.save()
    scene.recorder.maintain(frozenset({"web"}))
    scene.see("web", "uu")
    await scene.recorder.save()
    assert [n.kind for n in scene.told] == ["down", "recovered"]


async def test_the_end_of_maintenance_tells_nothing_of_a_check_that_is_not_known(
    scene: Scene,
) -> None:
    scene.recorder.maintain(frozenset({"web"}))
    scene.see("gw", "u")
    scene.see("web", "ff?")
    scene.see("gw", "u")
    scene.recorder.maintain(frozenset())
    await scene.recorder.save()
    assert scene.told == [], "the last result is not fresh"
    scene.see("web", "f")
    await scene.recorder.save()
    assert [n.kind for n in scene.told] == ["down"]


async def test_a_reload_keeps_maintenance_and_pause_on_the_board(scene: Scene) -> None:
    scene.recorder.maintain(frozenset({"web"}))
    scene.pause("gw")
    scene.recorder.configure(await _config(scene.folder, CONFIG.replace("[checks.web]", SOONER)))
    assert scene.board.rows["web"].overlays == {Overlay.MAINTENANCE}
    assert scene.board.rows["gw"].overlays == {Overlay.PAUSED}


async def test_a_pause_is_one_batch_with_its_statement(scene: Scene) -> None:
    scene.pause("web")
    await scene.recorder.save()
    batch = scene.store.batches[-1]
    assert batch.urgent
    assert [o.check for o in batch.overlays if isinstance(o, Pause)] == ["web"]
    assert [e["type"] for e in batch.entries] == ["pause", "transition"]


def _run(scene: Scene, number: int, at: float, status: Status) -> Result:
    return Result("web", number, round(at * 1000), 0.1, status, facts={"n": number})


async def test_a_run_that_comes_after_a_younger_one_is_stored_and_not_shown(scene: Scene) -> None:
    last = scene.board.rows["web"].result
    assert last is not None
    state = scene.recorder.state("web")
    late = _run(scene, last.id - 1, scene.time - 15, Status.DOWN)
    assert scene.recorder.record(late) == state
    await scene.recorder.save()
    assert scene.board.rows["web"].result == last
    assert scene.recorder.before("web") == last.facts
    batch = scene.store.batches[-1]
    assert batch.results == (late,)
    assert batch.states["web"] == state, "what a start finds last is not what counted last"


async def test_a_run_that_is_told_twice_counts_once(scene: Scene) -> None:
    last = scene.board.rows["web"].result
    assert last is not None
    state = scene.recorder.state("web")
    assert scene.recorder.record(_run(scene, last.id, scene.time, Status.DOWN)) == state
    await scene.recorder.save()
    assert scene.store.batches[-1].results == ()
    assert scene.meter.lost == 1


async def test_a_gateway_that_falls_later_is_proposed_for_who_was_down_before(scene: Scene) -> None:
    scene.see("gw", "?")  # so that it is no witness
    scene.see("web", "ff")
    await scene.recorder.save()
    (incident,) = scene.board.incidents.values()
    assert incident.proposed is not None
    assert incident.proposed.rule == "answered"
    scene.see("gw", "ff")
    scene.recorder.reconsider()
    assert scene.board.incidents[incident.id] == incident, "not shown before it is stored"
    await scene.recorder.save()
    proposed = scene.board.incidents[incident.id].proposed
    assert proposed is not None
    assert (proposed.rule, proposed.evidence) == ("parent", ("gw",))
    stored = {each.id: each for batch in scene.store.batches for each in batch.incidents}
    assert stored[incident.id].proposed == proposed
    assert not any(each["type"] == "cause" for b in scene.store.batches for each in b.entries)


async def test_what_a_person_says_of_a_parent_is_proposed_for_its_children_while_they_last(
    scene: Scene,
) -> None:
    scene.see("gw", "ff")
    scene.see("web", "ff")
    await scene.recorder.save()
    scene.recorder.reconsider()
    gateway, child = sorted(scene.board.incidents.values(), key=lambda each: each.check or "")
    said = entry("cause", 1, incident=gateway.name, by="budi", cause="power")
    stating = asyncio.ensure_future(scene.recorder.revise(gateway.id, said, cause="power"))
    await asyncio.sleep(0)
    await scene.recorder.save()
    await stating
    scene.time += 61
    scene.recorder.reconsider()
    await scene.recorder.save()
    found = scene.board.incidents[child.id]
    assert found.proposed is not None
    assert (found.proposed.rule, found.cause) == ("said", None)
