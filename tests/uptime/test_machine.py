"""The rule-based machine of reliability.md section 4: the real recorder on the real record,
whatever happens to them, beside an oracle of one cell a second.
"""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from hypothesis.stateful import invariant as always

from tests.invariants import EXAMPLES, invariant
from tests.uptime.oracle import Story
from tests.uptime.small_daemon import BASE, SPARE, TIMEOUT, SmallDaemon
from uptime.core.model import Result
from uptime.core.sla import added_up
from uptime.core.timeline import Class, Piece

pytestmark = pytest.mark.blocks  # the record is in memory

STEPS = 25
PHASES = set(Phase) - {Phase.explain}  # it traces every line
LENGTH = 7200  # seconds: the window
FIRST = 900  # the clock may be set back, and stays in the window
CHECK = st.sampled_from(("a", "b"))
INTERVALS = (10, 30)
INTERVAL = st.sampled_from(INTERVALS)
LONGEST = max(INTERVALS) + TIMEOUT + SPARE  # a result holds at most
AFTER = st.sampled_from((1, 5, 10, 20, 21, 40, 90))
AWAY = st.sampled_from((1, 15, 60, 1200))


class Machine(RuleBasedStateMachine):
    """What happens is told to both; what they say of every second past must be the same."""

    daemon: SmallDaemon

    def __init__(self) -> None:
        super().__init__()
        self.stories = {"a": Story(LENGTH), "b": Story(LENGTH)}
        self.held: dict[int, tuple[str, int, int]] = {}
        self.was_set_back = False  # seconds were there twice
        self.measuring = 0  # seconds with the daemon on, by the monotonic clock
        self.segments = 1
        self.last: dict[str, Result] = {}
        self.stored: dict[str, set[int]] = {"a": set(), "b": set()}
        self.dropped = False

    @initialize(a=INTERVAL, b=INTERVAL)
    def begin(self, a: int, b: int) -> None:
        self.daemon = SmallDaemon({"a": a, "b": b}, FIRST)
        for story in self.stories.values():
            story.watch(FIRST)

    def teardown(self) -> None:
        if hasattr(self, "daemon"):
            self.ends()
            self.daemon.close()

    # ---- rules ----

    @rule(check=CHECK, letters=st.text("uf?d", min_size=1, max_size=6), after=AFTER)
    def result(self, check: str, letters: str, after: int) -> None:
        for letter in letters:
            if self._passes(after) and self._measured(check):
                self._see(check, letter)
        self.daemon.save()

    @rule(check=CHECK, runs=st.integers(5, 40))
    def steady(self, check: str, runs: int) -> None:
        """Up, at its interval: nearly all there is."""
        for _ in range(runs):
            if self._measured(check) and self._passes(self.daemon.checks[check]):
                self._see(check, "u")
        self.daemon.save()

    @rule(check=CHECK, other=st.sampled_from("udf"))
    def duplicate(self, check: str, other: str) -> None:
        """The same run again, also with another outcome: it was told already."""
        if check in self.last and self._measured(check):
            again, lost = self.last[check], self.daemon.meter.lost
            self.daemon.result(check, other, number=again.id, at=again.at // 1000 - BASE)
            self.daemon.save()
            assert self.daemon.meter.lost == lost + 1

    @rule(check=CHECK, letter=st.sampled_from("udf"), back=st.integers(1, 900))
    def late(self, check: str, letter: str, back: int) -> None:
        """A run before the last one: history, not news."""
        if check not in self.last or not self._measured(check):
            return
        number, at = self.last[check].id - 1, max(0, self.daemon.now - back)
        if number not in self.stored[check]:
            self.daemon.result(check, letter, number=number, at=at)
            self.stored[check].add(number)
            self.daemon.save()

    @rule(seconds=AWAY)
    def nothing_comes(self, seconds: int) -> None:
        self._passes(seconds)
        self.daemon.save()

    @rule(seconds=AWAY, lost=st.text("uf", max_size=2), check=CHECK)
    def restart(self, seconds: int, lost: str, check: str) -> None:
        """Killed, with results that were not stored yet; on again after a while."""
        life = self.daemon.now
        for letter in lost:
            if self._passes(1) and self._measured(check):
                self.daemon.result(check, letter)
        if not self._passes(seconds, on=False):
            seconds = 0
        for story in self.stories.values():
            story.blind(life)
        self.last.clear()  # no run of another process comes again
        self.daemon.start()

    @rule(seconds=AWAY)
    def freeze(self, seconds: int) -> None:
        since = self.daemon.now
        if since + seconds < LENGTH:
            self.daemon.froze(seconds)
            for story in self.stories.values():
                story.blind(since)
            self.daemon.save()

    @rule(seconds=st.sampled_from((-600, -90, -3, 3, 90, 600)))
    def wall_step(self, seconds: int) -> None:
        now = self.daemon.now
        if 0 <= now + seconds < LENGTH:
            self.daemon.step(seconds)
            self.segments += 1
            self.was_set_back |= seconds < 0
            for check, story in self.stories.items() if seconds < 0 else ():
                if check in self.daemon.checks:
                    story.set_back(now + seconds, seconds)
                else:
                    story.unwatch_after(now + seconds)
            self.daemon.save()

    @rule(check=CHECK)
    def pause_or_resume(self, check: str) -> None:
        if check in self.daemon.paused:
            self.daemon.resume(check)
            self.stories[check].watch(self.daemon.now)
        elif check in self.daemon.checks:
            self.stories[check].unwatch(self.daemon.now)
            self.stories[check].blind(self.daemon.now)
            self.daemon.pause(check)

    @rule(check=CHECK, interval=INTERVAL)
    def edit_interval(self, check: str, interval: int) -> None:
        if check in self.daemon.checks:
            self.daemon.reload({**self.daemon.checks, check: interval})

    @rule(check=CHECK, interval=INTERVAL)
    def leave_or_come_back(self, check: str, interval: int) -> None:
        story, now = self.stories[check], self.daemon.now
        others = {name: each for name, each in self.daemon.checks.items() if name != check}
        if check in self.daemon.checks:
            if check not in self.daemon.paused:
                story.unwatch(now)
            story.blind(now)
            story.forget(now)
            self.last.pop(check, None)  # the daemon turns away what was under way
            self.daemon.reload(others)
        else:
            story.watch(now)
            self.daemon.reload({**others, check: interval})

    @rule(check=CHECK, ahead=st.integers(-300, 600), seconds=st.integers(1, 900))
    def add_maintenance(self, check: str, ahead: int, seconds: int) -> None:
        if check in self.daemon.checks:
            now = self.daemon.now
            plan = self.daemon.plan(check, now + ahead, seconds)
            self.held[plan.id] = (check, max(now + ahead, now), now + ahead + seconds)

    @rule(which=st.integers(0, 9))
    def withdraw_maintenance(self, which: int) -> None:
        standing = [e for e in self.daemon.plans.entered if e.withdrawn is None]
        if which < len(standing):
            number = standing[which].id
            check, start, end = self.held[number]
            self.held[number] = (check, start, min(end, self.daemon.now))
            self.daemon.withdraw(number)

    @rule(check=CHECK)
    def somebody_says_something(self, check: str) -> None:
        """Acknowledged, noted, its cause named: no figure knows of it."""
        self.daemon.acknowledge(check)

    @rule()
    def tend(self) -> None:
        """Compaction, retention, days closed."""
        self.daemon.tend()

    # ---- what must hold ----

    @always()
    def every_second_is_what_the_oracle_says(self) -> None:
        if not hasattr(self, "daemon"):
            return
        now = self.daemon.now
        for check, story in self.stories.items():
            held = [(a, b) for of, a, b in self.held.values() if of == check and self._planned(of)]
            wanted = story.cells(held)[:now]
            found = _cells(self.daemon.line(check, now))
            assert len(found) == now
            if found != wanted:
                differ = [
                    (at, f"record {chr(found[at])}, oracle {chr(wanted[at])}")
                    for at in range(now)
                    if found[at] != wanted[at]
                ]
                assert not differ, (check, differ[0], differ[-1], now, story.events)

    def ends(self) -> None:
        daemon = self.daemon
        for check, story in self.stories.items():
            ledger = added_up(daemon.line(check, daemon.now))
            most = self.measuring + LONGEST * self.segments
            assert ledger.measured <= most * 1000, "no more than was measured"
            incidents = daemon.db.execute(
                "SELECT incident.kind, began, ended FROM incident JOIN checks"
                " ON check_key = key WHERE checks.id = ? ORDER BY incident.id", (check,)
            ).fetchall()  # fmt: skip
            still_open = [each for each in incidents if each[2] is None]
            is_out = check in daemon.checks and story.condition in {"f", "d"}
            assert len(still_open) == is_out
            assert sum(kind == "down" for kind, *_ in incidents) == story.downs()
            if not self.was_set_back:
                for (_, _, ended), (_, began, _) in zip(incidents, incidents[1:], strict=False):
                    assert ended <= began
            numbers = daemon.numbers(check)
            assert len(numbers) == len(set(numbers))
            assert set(numbers) <= self.stored[check]
        found = daemon.audit()
        assert found.findings == ()
        assert found.spans

    # ---- words of the above ----

    def _planned(self, check: str) -> bool:
        """A plan covers what is configured now."""
        return check in self.daemon.checks

    def _measured(self, check: str) -> bool:
        return check in self.daemon.checks and check not in self.daemon.paused

    def _passes(self, seconds: int, *, on: bool = True) -> bool:
        if self.daemon.now + seconds >= LENGTH:
            return False
        self.daemon.pass_(seconds)
        self.measuring += seconds if on else 0
        return True

    def _see(self, check: str, letter: str) -> None:
        self.daemon.recorder.expire()
        self.last[check] = self.daemon.result(check, letter)
        self.stored[check].add(self.last[check].id)
        self.stories[check].result(self.daemon.now, letter, self.daemon.holds(check))


LETTERS = {
    Class.UP: b"u", Class.DEGRADED: b"d", Class.DOWN: b"f", Class.MAINTENANCE: b"m",
    Class.UNKNOWN: b"k", Class.UNMONITORED: b"-",
}  # fmt: skip


def _cells(line: list[Piece]) -> bytes:
    """One a second; edges are whole seconds."""
    assert all(piece.began % 1000 == piece.ended % 1000 == 0 for piece in line)
    return b"".join(LETTERS[kind] * ((end - began) // 1000) for began, end, kind in line)


@invariant(1, 6, 7, 8, 10, 11, 12, 13, 14, 15, 18, 20)
def test_whatever_happens_every_second_is_what_the_oracle_says() -> None:
    run_state_machine_as_test(
        Machine, settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, phases=PHASES)
    )
