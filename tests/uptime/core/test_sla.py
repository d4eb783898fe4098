"""Spans and the time ledger against an oracle of cells, and the invariants of reliability 4."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import INTERVAL, V, letters, play
from tests.invariants import invariant
from uptime.core.counted import counted
from uptime.core.model import Condition, Span
from uptime.core.sla import TimeLedger, account, percent

RUNS = st.text(alphabet="udf?.", min_size=1, max_size=30)
INTERVALS = st.lists(
    st.tuples(st.integers(0, 300), st.one_of(st.none(), st.integers(0, 300))), max_size=5
)


def _condition(history: list[tuple[int, str]], condition: str) -> tuple[str, int | None]:
    """The new condition and its first result, or the old one and None."""

    def streak(kinds: str) -> list[int]:
        out: list[int] = []
        for at, letter in reversed(history):
            if letter not in kinds:
                break
            out.insert(0, at)
        return out

    fails, poors, goods, ups = (streak(k) for k in ("f", "df", "ud", "u"))
    if condition != "X" and len(fails) >= 3:
        return "X", fails[0]
    if condition == "?" and ups:
        return "U", ups[0]
    if condition in "?U" and len(poors) >= 3:
        return "D", poors[0]
    if condition == "D" and len(ups) >= 2:
        return "U", ups[0]
    if condition == "X" and len(goods) >= 2:
        return ("U" if len(ups) >= 2 else "D"), goods[0]
    return condition, None


@given(st.text(alphabet="udf", min_size=1, max_size=30))
def test_spans_are_the_condition_cell_by_cell_when_everything_was_measured(runs: str) -> None:
    _, _, spans = play(runs)
    end = (len(runs) - 1) * INTERVAL + 1
    colours = ["?"] * (len(runs))
    condition = "?"
    history: list[tuple[int, str]] = []
    for at, letter in letters(runs):
        history.append((at, letter))
        new, since = _condition(history, condition)
        if new != condition and since is not None:
            condition = new
            for i in range(since // INTERVAL, len(colours)):
                colours[i] = new
    names = {"U": "up", "D": "degraded", "X": "down"}
    for i, colour in enumerate(colours):
        ledger = account((i * INTERVAL, i * INTERVAL + 1), spans, [(0, None)], until=end)
        assert getattr(ledger, names.get(colour, "unknown")) == 1


@pytest.mark.parametrize(
    ("runs", "up", "down", "unknown", "why"),
    [
        ("uuuu", 40, 0, 0, "what is measured is known to its end"),
        ("u?uu", 30, 0, 10, "an unknown result is unknown until the next good one"),
        ("u......u", 45, 0, 35, "a result holds for its validity and no longer"),
        ("uffu", 40, 0, 0, "a blip counts as up"),
        ("ufffuu", 30, 30, 0, "down from the first failing to the first good result"),
        ("ufff?fuu", 30, 40, 10, "unknown within an outage is unknown, not down"),
        ("u?fff", 10, 30, 10, "a confirmed dissent is known from its first result"),
        ("u?ffu", 40, 0, 10, "an unconfirmed one was a blip"),
        ("uf?ff", 10, 30, 10, "the streak goes on over what was not known"),
        ("??u", 10, 0, 20, "before the first condition nothing is known"),
    ],
)
def test_the_time_ledger_of_a_story(runs: str, up: int, down: int, unknown: int, why: str) -> None:
    state, _, spans = play(runs)
    end = len(runs) * INTERVAL
    until = min(end, state.valid_until)
    ledger = account((0, end), spans, [(0, None)], until=until)
    assert (ledger.up, ledger.down, ledger.unknown) == (up * 1000, down * 1000, unknown * 1000), why


def _ledger(runs: str, start: int, end: int, **more: object) -> TimeLedger:
    state, _, spans = play(runs)
    return account((start, end), spans, [(0, None)], until=state.valid_until, **more)  # type: ignore[arg-type]


@invariant(1)
@given(RUNS, st.integers(0, 300_000), st.integers(0, 300_000), INTERVALS, INTERVALS)
def test_every_millisecond_is_exactly_one_of_six(
    runs: str,
    a: int,
    b: int,
    watched: list[tuple[int, int | None]],
    held: list[tuple[int, int | None]],
) -> None:
    a, b = min(a, b), max(a, b)
    state, _, spans = play(runs)
    scale = [(x * 1000, None if y is None else y * 1000) for x, y in watched]
    maintenance = [(x * 1000, None if y is None else y * 1000) for x, y in held]
    ledger = account((a, b), spans, scale, until=state.valid_until, maintenance=maintenance)
    parts = (
        ledger.up,
        ledger.degraded,
        ledger.down,
        ledger.maintenance,
        ledger.unknown,
        ledger.unmonitored,
    )
    assert sum(parts) == b - a
    assert min(parts) >= 0


@invariant(3)
@given(RUNS, st.integers(0, 300_000), st.integers(0, 300_000), st.integers(0, 300_000))
def test_windows_add_up(runs: str, a: int, b: int, c: int) -> None:
    a, b, c = sorted((a, b, c))
    assert _ledger(runs, a, b) + _ledger(runs, b, c) == _ledger(runs, a, c)


@invariant(12)
@given(RUNS, INTERVALS)
def test_maintenance_is_a_set_and_only_takes(runs: str, held: list[tuple[int, int | None]]) -> None:
    windows = [(x * 1000, None if y is None else y * 1000) for x, y in held]
    bare = _ledger(runs, 0, 300_000)
    once = _ledger(runs, 0, 300_000, maintenance=windows)
    twice = _ledger(runs, 0, 300_000, maintenance=[*reversed(windows), *windows])
    assert once == twice
    assert once.up <= bare.up
    assert once.down <= bare.down
    assert once.unknown <= bare.unknown


@invariant(8)
@given(RUNS, st.integers(0, 29))
def test_removing_results_never_makes_more_known(runs: str, index: int) -> None:
    """Restart gap: what was not measured is not up and not down (reliability, invariant 8)."""
    if index >= len(runs):
        return
    holed = runs[:index] + "?" * (len(runs) - index)
    end = len(runs) * INTERVAL
    assert _ledger(holed, 0, end).measured <= _ledger(runs[:index] or ".", 0, end).measured + V


@given(RUNS)
def test_spans_are_ordered_disjoint_and_end_open(runs: str) -> None:
    _, _, spans = play(runs)
    for left, right in zip(spans, spans[1:], strict=False):
        assert left.ended is not None
        assert left.began < left.ended <= right.began
    assert all(span.ended is None for span in spans[-1:])


CELLS = 120
CLOSED = st.lists(st.tuples(st.integers(-9, CELLS + 9), st.integers(0, 40)), max_size=6).map(
    lambda found: [(a, a + b) for a, b in found]
)
KINDS = st.tuples(st.sampled_from(list(Condition)), st.booleans(), st.integers(1, 30))


def _cells(intervals: list[tuple[int, int]]) -> set[int]:
    return {cell for a, b in intervals for cell in range(a, b)}


@invariant(1)
@given(st.lists(KINDS, max_size=12), st.integers(0, 60), CLOSED, CLOSED, st.none() | CLOSED)
def test_the_time_ledger_is_that_of_one_cell_per_second(
    kinds: list[tuple[Condition, bool, int]],
    first: int,
    watched: list[tuple[int, int]],
    held: list[tuple[int, int]],
    hours: list[tuple[int, int]] | None,
) -> None:
    """The slow oracle: precedence unmonitored, maintenance, unknown, condition (invariant 1)."""
    spans, at = [], first
    for condition, known, length in kinds:
        spans.append(Span(at, at + length, condition, known))
        at += length + length % 3
    count = dict.fromkeys(
        ("up", "degraded", "down", "maintenance", "unknown", "unmonitored", "outside"), 0
    )
    served = set(range(CELLS)) if hours is None else _cells(hours)
    for cell in range(CELLS):
        if cell not in _cells(watched):
            count["unmonitored"] += 1
        elif cell not in served:
            count["unmonitored"] += 1
            count["outside"] += 1
        elif cell in _cells(held):
            count["maintenance"] += 1
        else:
            span = next((s for s in spans if s.began <= cell < (s.ended or 0)), None)
            is_known = span is not None and span.known and span.condition is not Condition.NONE
            count[span.condition.value if span and is_known else "unknown"] += 1
    ledger = account((0, CELLS), spans, watched, until=CELLS, maintenance=held, hours=hours)
    assert ledger == TimeLedger(**count)
    backwards = account(
        (0, CELLS), spans[::-1], watched[::-1], until=CELLS, maintenance=held[::-1], hours=hours
    )
    assert backwards == ledger, "the order of anything is irrelevant"


@invariant(12, 13)
@given(RUNS, CLOSED, CLOSED)
def test_maintenance_only_moves_what_was_counted(
    runs: str, held: list[tuple[int, int]], more: list[tuple[int, int]]
) -> None:
    """Invariants 12 and 13: a set; deleting restores; all of down in it leaves none."""
    windows = [(a * 1000, b * 1000) for a, b in held]
    others = [(a * 1000, b * 1000) for a, b in more]
    bare = _ledger(runs, 0, 300_000)
    once = _ledger(runs, 0, 300_000, maintenance=windows)
    assert _ledger(runs, 0, 300_000, maintenance=[*windows[::-1], *windows]) == once
    for a, b in windows:
        inside = (a + (b - a) // 3, b - (b - a) // 3)
        assert _ledger(runs, 0, 300_000, maintenance=[*windows, inside]) == once
    both = _ledger(runs, 0, 300_000, maintenance=[*others, *windows])
    assert (
        both.maintenance
        <= once.maintenance + _ledger(runs, 0, 300_000, maintenance=others).maintenance
    )
    moved = (bare.up - once.up) + (bare.degraded - once.degraded) + (bare.down - once.down)
    assert moved + bare.unknown - once.unknown == once.maintenance
    assert min(bare.up - once.up, bare.down - once.down, bare.unknown - once.unknown) >= 0
    _, _, spans = play(runs)
    outages_of = [(s.began, s.ended) for s in spans if s.condition is Condition.DOWN]
    clean = _ledger(runs, 0, 300_000, maintenance=outages_of)
    assert clean.down == 0
    assert clean.availability in {None, 100.0}


def test_ten_thousand_spans_against_a_thousand_intervals_take_milliseconds() -> None:
    kinds = (Condition.UP, Condition.DOWN)
    spans = [Span(i * 100, i * 100 + 100, kinds[i % 2], True) for i in range(10_000)]
    held = [(i * 1000, i * 1000 + 150) for i in range(1000)]
    hours = [(i * 2000, i * 2000 + 1900) for i in range(500)]
    took = []
    for _ in range(5):
        began = time.thread_time()
        ledger = account(
            (0, 1_000_000), spans, held[::-1], until=1_000_000, maintenance=held, hours=hours
        )
        counted((0, 1_000_000), (), held, hours).outages(spans, 1_000_000)
        took.append(time.thread_time() - began)
    assert ledger.maintenance == 150_000
    assert ledger.unmonitored == 850_000
    assert min(took) < 0.1, "quadratic, it takes seconds"


def test_an_outage_within_maintenance_or_outside_the_hours_is_not_counted() -> None:
    spans = [
        Span(0, 10, Condition.UP, True),
        Span(10, 20, Condition.DOWN, True),
        Span(20, 50, Condition.UP, True),
        Span(50, 60, Condition.DOWN, True),
    ]
    assert counted((0, 100), ()).outages(spans, 60) == 2
    assert counted((0, 100), (), [(10, 20)]).outages(spans, 60) == 1
    assert counted((0, 100), (), [(10, 19)]).outages(spans, 60) == 2
    assert counted((0, 100), (), (), [(0, 50)]).outages(spans, 60) == 1
    assert counted((0, 100), (), (), []).outages(spans, 60) == 0


def test_percentages_are_floored_and_nothing_is_no_data() -> None:
    assert percent(0, 0) is None
    assert percent(999_999, 1_000_000) == 99.999
    assert percent(9_999_999, 10_000_000) == 99.999
    assert percent(1, 1) == 100.0


def test_the_error_budget_is_the_rest_of_the_objective() -> None:
    month = 30 * 86_400_000
    assert TimeLedger(up=month).budget_left(99.5) == 216 * 60_000
    assert TimeLedger(up=month).budget_left(99.982) == 466_560
    assert TimeLedger(up=month - 300 * 60_000, down=300 * 60_000).budget_left(99.5) == -84 * 60_000
    assert TimeLedger(up=1).budget_left(None) is None
    assert TimeLedger(up=month - 108 * 60_000, down=108 * 60_000).budget_ratio(99.5) == 0.5
    assert TimeLedger().budget_ratio(99.5) is None
    assert TimeLedger(up=month).budget_ratio(100) is None


def test_an_outage_with_an_unknown_stretch_is_one() -> None:
    spans = [
        Span(0, 10, Condition.UP, True),
        Span(10, 20, Condition.DOWN, True),
        Span(20, 30, Condition.DOWN, False),
        Span(30, 40, Condition.DOWN, True),
        Span(40, 50, Condition.UP, True),
        Span(50, None, Condition.DOWN, True),
    ]
    assert counted((0, 100), ()).outages(spans, 60) == 2
    assert counted((0, 50), ()).outages(spans, 60) == 1
