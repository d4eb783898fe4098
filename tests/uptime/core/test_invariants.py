"""Invariants of availability that no other file holds, each by a property of its own.

The table of all twenty is invariants.md; most of what is here is tried by the rule-based machine,
too (tests/uptime/test_machine.py), where everything happens at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.builders import INTERVAL, STATUSES, V, letters, play
from tests.invariants import NUMBERS, invariant
from tests.uptime.small_daemon import BASE, SmallDaemon
from uptime.core.maintenance import Entered, Plan, windows
from uptime.core.match import Match
from uptime.core.model import CheckState, Condition, Policy, Result, Span, Transition
from uptime.core.sla import TimeLedger, account, percent
from uptime.core.spans import respan, tail_from
from uptime.core.state import expire, observe
from uptime.recurrence import occurrences

RUNS = st.text("udf?.", min_size=1, max_size=30)
MS = st.integers(0, 40 * 86_400_000)
ALWAYS = [(0, None)]
HERE = Path(__file__).parent
SECOND, HOUR = 1000, 3_600_000


def follow(
    results: list[tuple[int, str]], policy: Policy, *, now: int | None = None
) -> tuple[CheckState, list[Span]]:
    """State and spans after results at any instant (ms), and at `now`."""
    state, spans = CheckState(), list[Span]()

    def take(transition: Transition | None) -> None:
        if transition is not None:
            start = tail_from(transition)
            keep = [s for s in spans if s.ended is not None and s.ended <= start]
            tail = [s for s in spans if s.ended is None or s.ended > start]
            spans[:] = keep + respan(tail, transition)

    for number, (at, letter) in enumerate(results, 1):
        state, transition = expire("c", state, at)
        take(transition)
        state, transition = observe(state, Result("c", number, at, 0.0, STATUSES[letter]), policy)
        take(transition)
    if now is not None:
        state, transition = expire("c", state, now)
        take(transition)
    return state, spans


# ---- 2: the range ----


@invariant(2, 19)
@given(MS, MS, MS, MS, MS)
@example(0, 0, 0, 5, 0)
@example(40 * 86_400_000, 0, 1, 0, 0)
@example(1, 0, 40 * 86_400_000, 0, 0)
def test_a_percentage_is_of_what_was_measured_and_floored(
    up: int, degraded: int, down: int, unknown: int, held: int
) -> None:
    ledger = TimeLedger(up, degraded, down, held, unknown, 0)
    if up + degraded + down == 0:
        assert ledger.availability is None, "no data is neither 0 nor 100 %"
        return
    a, c = ledger.availability, ledger.coverage
    worst, best = ledger.worst, ledger.best
    assert a is not None
    assert c is not None
    assert worst is not None
    assert best is not None
    assert 0 <= worst <= a <= best <= 100
    assert (a == 100) == (down == 0), "100 means all of it"
    exact = Fraction((up + degraded) * 100, up + degraded + down)
    assert 0 <= exact - Fraction(str(a)) < Fraction(1, 1000)
    assert (c == 100) == (unknown == 0)


# ---- 5, 6, 7: the order of arrival, runs told twice, runs told late ----

Told = list[tuple[str, int, str]]  # check, second, letter


@st.composite
def told(draw: st.DrawFn) -> tuple[Told, Told]:
    """Results of two checks, and the same in another order that keeps each check's own."""
    each = {}
    for check in ("a", "b"):
        runs = draw(st.text("udf?", max_size=12))
        each[check] = [(check, number * 7, letter) for number, letter in enumerate(runs)]

    def merged() -> Told:
        rest, out = {check: list(found) for check, found in each.items()}, Told()
        while rest["a"] or rest["b"]:
            take_a = bool(draw(st.booleans()))
            out.append(rest["a" if rest["a"] and (take_a or not rest["b"]) else "b"].pop(0))
        return out

    return merged(), merged()


def _recorded(results: Told, save_every: int, *, twice: str | None = None) -> tuple[object, ...]:
    """Spans, incidents and stored runs of both checks after results in an order of arrival."""
    daemon = SmallDaemon({"a": 10, "b": 10})
    numbers: dict[str, int] = {}
    try:
        daemon.pass_(100)
        for index, (check, at, letter) in enumerate(results):
            number = numbers[check] = numbers.get(check, 1 << 41) + 2
            daemon.result(check, letter, number=number, at=at)
            if twice is not None:
                daemon.result(check, twice, number=number, at=at)
            if index % save_every == 0:
                daemon.store_now()
        daemon.store_now()
        spans = {check: daemon.spans(check) for check in ("a", "b")}
        runs = {check: daemon.runs(check) for check in ("a", "b")}
        incidents = daemon.db.execute(
            "SELECT checks.id, kind, began, ended, closing FROM incident JOIN checks"
            " ON check_key = key ORDER BY checks.id, began"
        ).fetchall()
        assert daemon.audit().findings == ()
    finally:
        daemon.close()
    return spans, runs, incidents


@pytest.mark.blocks
@invariant(5)
@given(told(), st.integers(1, 6), st.integers(1, 6))
def test_in_which_order_results_of_several_checks_come_changes_nothing(
    orders: tuple[Told, Told], one: int, other: int
) -> None:
    """Nor in which commits; the results of one check are in the order of its runs, and what
    comes later than a younger run is history (invariant 7).
    """
    assert _recorded(orders[0], one) == _recorded(orders[1], other)


@pytest.mark.blocks
@invariant(6)
@given(told(), st.sampled_from("udf?"))
def test_a_run_that_is_told_twice_counts_once_as_it_was_told_first(
    orders: tuple[Told, Told], other: str
) -> None:
    assert _recorded(orders[0], 3, twice=other) == _recorded(orders[0], 3)


# ---- 8, 15: what was not measured; what is still to come ----


@invariant(8)
@given(RUNS)
@example("f......ff")
@example("d?dd")
@example("ufff?u......fff")
def test_nothing_is_up_or_down_but_within_the_validity_of_a_result_that_said_so(runs: str) -> None:
    results = [(at, letter) for at, letter in letters(runs) if letter != "?"]
    end = len(runs) * INTERVAL
    _, spans = follow(list(letters(runs)), Policy(validity_ms=V), now=end + V + 1)
    for at in range(0, end + V, 5 * SECOND):
        ledger = account((at, at + 1), spans, ALWAYS, until=end + V)
        if ledger.measured:
            assert any(began <= at < began + V for began, _ in results), (at, spans)


@invariant(8)
@given(RUNS, RUNS, st.integers(0, 40 * 3600))
@example("uuu", "uuu", 5 * 3600)  # a monitor that was off for five hours
@example("f", "ff", 5 * 3600)
def test_an_absence_of_the_monitor_is_unknown_but_for_a_validity(
    before: str, after: str, seconds: int
) -> None:
    gap = seconds * SECOND
    start = len(before) * INTERVAL
    results = [*letters(before), *((start + gap + at, x) for at, x in letters(after))]
    last = max((at for at, _ in letters(before)), default=0)
    state, spans = follow(results, Policy(validity_ms=V))
    ledger = account((last, start + gap), spans, ALWAYS, until=state.valid_until)
    assert ledger.unknown >= start + gap - last - V


@invariant(15)
@given(RUNS, st.integers(0, 100 * SECOND), st.integers(1, 10 * 3600 * SECOND))
def test_what_was_said_of_the_past_is_not_changed_by_waiting(
    runs: str, at: int, waited: int
) -> None:
    results = list(letters(runs))
    now = len(runs) * INTERVAL + at
    _, then = follow(results, Policy(validity_ms=V), now=now)
    _, later = follow(results, Policy(validity_ms=V), now=now + waited)
    said = account((0, now), then, ALWAYS, until=now)
    assert account((0, now), later, ALWAYS, until=now + waited) == said
    assert account((now, now + waited), then, ALWAYS, until=now).measured == 0, "no future"


# ---- 9: how often a target is looked at ----


@invariant(9)
@given(RUNS, st.sets(st.integers(0, 29)), st.integers(1, INTERVAL - 1))
def test_one_more_result_of_the_state_in_force_changes_nothing(
    runs: str, where: set[int], offset: int
) -> None:
    """This is what kills availability by counting."""
    policy = Policy(validity_ms=V)
    results = list(letters(runs))
    more: list[tuple[int, str]] = []
    for index, (at, letter) in enumerate(results):
        more.append((at, letter))
        state, _ = follow(results[: index + 1], policy)
        following = results[index + 1][0] if index + 1 < len(results) else None
        in_force = state.known and STATUSES[letter].value == state.condition.value
        steady = not state.suspect and (letter != "u" or state.ups >= policy.success_threshold)
        if following and in_force and steady and index in where and following <= at + V:
            more.append((at + offset, letter))
    end = results[-1][0] if results else 0
    _, spans = follow(results, policy)
    _, denser = follow(more, policy)
    ledger = account((0, end), spans, ALWAYS, until=end)
    assert account((0, end), denser, ALWAYS, until=end) == ledger


@invariant(9)
@given(st.sampled_from("udf"), st.integers(4, 40), st.integers(2, 5))
def test_a_target_that_does_not_change_is_the_same_at_any_interval(
    letter: str, runs: int, faster: int
) -> None:
    policy, step = Policy(1, 1, V), INTERVAL // faster
    end = (runs - 1) * INTERVAL
    _, spans = follow([(n * INTERVAL, letter) for n in range(runs)], policy)
    _, often = follow([(at, letter) for at in range(0, end + 1, step)], policy)
    ledger = account((0, end), spans, ALWAYS, until=end)
    assert account((0, end), often, ALWAYS, until=end) == ledger
    assert ledger.measured == end


# ---- 10, 11: confirmation and incidents ----


def _outages(runs: str, policy: Policy) -> Iterator[tuple[int, int]]:
    """From the first failing result of a streak long enough to the first good one of another,
    looked for in the whole list.
    """
    seen = [(at, letter) for at, letter in letters(runs) if letter != "?"]
    index = 0
    while index < len(seen):
        streak = [letter for _, letter in seen[index : index + policy.failure_threshold]]
        if streak != ["f"] * policy.failure_threshold:
            index += 1
            continue
        began, end = seen[index][0], None
        for other in range(index, len(seen)):
            good = [letter for _, letter in seen[other : other + policy.success_threshold]]
            if good == ["u"] * policy.success_threshold:
                index, end = other, seen[other][0]
                break
        if end is None:
            yield began, len(runs) * INTERVAL
            return
        yield began, end


@invariant(10, 11)
@given(st.text("uf", min_size=1, max_size=60), st.integers(1, 4), st.integers(1, 3))
@example("uufffuu", 3, 2)
@example("fuffuffu", 3, 2)
def test_down_is_the_length_of_the_confirmed_outages_and_no_more(
    runs: str, bad: int, good: int
) -> None:
    policy = Policy(bad, good, V)
    end = len(runs) * INTERVAL
    _, transitions, spans = play(runs, policy)
    wanted = list(_outages(runs, policy))
    ledger = account((0, end), spans, ALWAYS, until=end)
    assert ledger.down == sum(b - a for a, b in wanted)
    assert [t.began for t in transitions if t.changed and t.new is Condition.DOWN] == [
        began for began, _ in wanted
    ]
    for (_, ended), (began, _) in pairwise(wanted):
        assert ended < began
    failing = {at for at, letter in letters(runs) if letter == "f"}
    for began, ended in wanted:
        assert sum(began <= at < ended for at in failing) >= bad


@invariant(10)
@given(RUNS, st.integers(1, 4), st.integers(1, 3))
def test_asking_for_one_more_failing_result_never_makes_more_down(
    runs: str, bad: int, good: int
) -> None:
    assume("d" not in runs)
    end = len(runs) * INTERVAL
    found = []
    for threshold in (bad, bad + 1):
        state, _, spans = play(runs, Policy(threshold, good, V))
        found.append(account((0, end), spans, ALWAYS, until=min(end, state.valid_until)).down)
    assert found[1] <= found[0]


# ---- the ready examples of reliability.md: what others got wrong ----


def test_a_job_that_reports_once_a_day_and_fails_for_twenty_seconds_lost_twenty_seconds() -> None:
    """Counted, it would be 75 %."""
    day = 86_400 * SECOND
    policy = Policy(1, 1, day + HOUR)
    results = [(0, "u"), (day // 2, "f"), (day // 2 + 20 * SECOND, "u"), (day, "u")]
    _, spans = follow(results, policy)
    ledger = account((0, day), spans, ALWAYS, until=day)
    assert (ledger.down, ledger.unknown) == (20 * SECOND, 0)
    assert ledger.availability == percent(day - 20 * SECOND, day) == 99.976


@pytest.mark.blocks
def test_a_clock_three_seconds_back_between_two_beats_loses_and_doubles_nothing() -> None:
    daemon = SmallDaemon({"a": 10, "b": 10}, 100)
    try:
        for _ in range(3):
            daemon.pass_(10)
            daemon.result("a", "u")
            daemon.save()
        daemon.step(-3)
        daemon.pass_(1)  # dated before the one it follows
        daemon.result("a", "u")
        daemon.save()
        last = daemon.line("a", 128)[-1]
        assert (last.began, last.ended, last.kind) == (
            (BASE + 110) * SECOND, (BASE + 128) * SECOND, "up",
        )  # fmt: skip
        assert len(daemon.numbers("a")) == 4
        daemon.pass_(21)
        daemon.save()
        assert [p.kind for p in daemon.line("a", 149)][-1] == "unknown", "from 20 s after the last"
    finally:
        daemon.close()


@pytest.mark.parametrize("rule", [None, "FREQ=WEEKLY;BYDAY=SU"])
def test_maintenance_at_an_hour_that_comes_twice_is_in_force_once(rule: str | None) -> None:
    zone = ZoneInfo("Europe/Berlin")
    local = datetime.fromisoformat("2026-10-25T02:30")
    plan = Plan(Match(), local, HOUR, zone.key, rule)
    day = [
        round(datetime.fromisoformat(text).timestamp() * 1000)
        for text in ("2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00", "2026-10-25T02:30+02:00")
    ]
    (found,) = windows(Entered(1, plan, "budi", 0), zone, (day[0], day[1]), occurrences)
    assert (found.start, found.end) == (day[2], day[2] + HOUR)
    ledger = account(
        (day[0], day[1]), [Span(0, None, Condition.UP, True)], ALWAYS, until=day[1],
        maintenance=[(found.start, found.end)],
    )  # fmt: skip
    assert (ledger.up, ledger.maintenance) == (24 * HOUR, HOUR), "of a day of 25 hours"


# ---- the table ----


def test_every_invariant_names_tests_that_are_there_and_hold_it() -> None:
    table = (HERE / "invariants.md").read_text()
    rows = re.findall(r"^\| (\d+) \|.*\| (.*) \|$", table, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(NUMBERS)
    for number, cell in rows:
        named = re.findall(r"`([\w/]+\.py)::(\w+)`", cell)
        assert named, f"invariant {number} has no test"
        for file, name in named:
            text = (HERE.parents[2] / file).read_text()
            found = re.search(rf"((?:^[@ )].*\n)*)^(?:async )?def {name}\(", text, re.MULTILINE)
            assert found, f"{file} has no {name}"
            marks = re.findall(r"@invariant\(([\d, ]+)\)", found[1])
            held = {int(each) for mark in marks for each in mark.split(",")}
            assert int(number) in held, f"{name} does not say that it holds {number}"
