"""Which outages count, and that every millisecond is accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from uptime.core.causes import Cause
from uptime.core.claim import Claim, Reason, Remark, Row, claim
from uptime.core.claim_money import Terms
from uptime.core.claim_outages import Outage

MINUTE = 60_000
TERMS = Terms(Fraction(995, 1000), 18_500_000, "selisih")
WINDOW = (0, 1000 * MINUTE)


def down(
    began: int, ended: int, cause: str | None = "vendor", check: str = "a", edge: int = 0
) -> Outage:
    """Minutes; `edge` is how many lie between the last result before a change and the first."""
    return Outage(
        check,
        began * MINUTE,
        (began - edge) * MINUTE,
        ended * MINUTE,
        max(began, ended - edge) * MINUTE,
        ((began * MINUTE, ended * MINUTE),),
        cause=cause,
    )


def judged(
    outages: Sequence[Outage],
    terms: Terms = TERMS,
    window: tuple[int, int] = WINDOW,
    held: Mapping[str, Sequence[tuple[int, int | None]]] | None = None,
) -> Claim:
    maintenance = {
        check: [(a * MINUTE, None if b is None else b * MINUTE) for a, b in intervals]
        for check, intervals in (held or {}).items()
    }
    return claim(terms, window, WINDOW[1], outages, maintenance=maintenance)


def reasons(found: Claim) -> list[Reason]:
    return [row.reason for row in found.rows]


def counted(found: Claim) -> int:
    """Minutes."""
    assert found.counted % MINUTE == 0
    return found.counted // MINUTE


def test_the_test_vector_counts_560_of_812_minutes() -> None:
    """domain.md 2.4: less maintenance 95, power 140, short 17."""
    month = (0, 44_640 * MINUTE)
    outages = [
        down(1000, 1560),
        down(5000, 5140, "listrik"),
        down(10_000, 10_095, None),
        *(down(at, at + 5) for at in (20_000, 20_100, 20_200)),
        down(30_000, 30_002),
    ]
    found = claim(
        TERMS, month, month[1], outages, maintenance={"a": [(10_000 * MINUTE, 10_095 * MINUTE)]}
    )
    assert found.down == 812 * MINUTE
    assert (found.maintenance, found.short) == (95 * MINUTE, 17 * MINUTE)
    assert found.excluded == {Cause.POWER: 140 * MINUTE}
    assert found.counted == 560 * MINUTE
    assert found.refund.rupiah == 139_578


def test_an_outage_counts_when_it_is_longer_than_the_minimum() -> None:
    found = judged([down(10, 15), down(20, 26)])
    assert reasons(found) == [Reason.SHORT, Reason.COUNTED]
    assert counted(found) == 6
    assert counted(judged([down(10, 15)], replace(TERMS, minimum=0))) == 5


def test_an_outage_over_the_edge_of_the_month_is_judged_whole() -> None:
    found = judged([down(-3, 4), down(996, 1003)])
    assert reasons(found) == [Reason.COUNTED, Reason.COUNTED]
    assert counted(found) == 8


def test_what_lies_in_maintenance_is_taken_out_and_the_rest_must_be_long_enough() -> None:
    found = judged([down(10, 40)], held={"a": [(15, 20)]})
    (row,) = found.rows
    assert (row.reason, row.counted, row.maintenance) == (
        Reason.COUNTED, 25 * MINUTE, 5 * MINUTE,
    )  # fmt: skip
    overrun = judged([down(10, 44)], held={"a": [(10, 40)]})
    assert [(r.maintenance, r.short) for r in overrun.rows] == [(30 * MINUTE, 4 * MINUTE)]
    assert reasons(judged([down(10, 40)], held={"a": [(0, None)]})) == [Reason.MAINTENANCE]
    assert counted(judged([down(10, 40)], held={"b": [(0, None)]})) == 30


def test_a_cause_the_contract_excludes_is_not_counted_and_every_other_is() -> None:
    outages = [
        down(10, 20, "listrik"),
        down(30, 40, "vendor"),
        down(50, 60, None),
        down(70, 80, "tikus"),
    ]
    found = judged(outages)
    assert [(r.reason, r.cause, r.remark) for r in found.rows] == [
        (Reason.CAUSE, Cause.POWER, None),
        (Reason.COUNTED, Cause.VENDOR, None),
        (Reason.COUNTED, None, Remark.NO_CAUSE),
        (Reason.COUNTED, None, Remark.NOT_RECOGNISED),
    ]
    everything = judged(outages, replace(TERMS, exclude=frozenset()))
    assert counted(everything) == 40


def test_circuits_that_are_down_together_are_counted_once() -> None:
    found = judged([down(10, 40), down(20, 50, check="b"), down(25, 30, check="c")])
    assert [(r.reason, r.counted, r.overlap) for r in found.rows] == [
        (Reason.COUNTED, 30 * MINUTE, 0),
        (Reason.COUNTED, 10 * MINUTE, 20 * MINUTE),
        (Reason.OVERLAP, 0, 5 * MINUTE),
    ]
    assert counted(found) == 40


def test_short_outages_of_circuits_that_overlap_are_one_long_one() -> None:
    found = judged([down(10, 14), down(12, 17, check="b")])
    assert reasons(found) == [Reason.COUNTED, Reason.COUNTED]
    assert counted(found) == 7
    assert counted(judged([down(10, 14), down(15, 19, check="b")])) == 0


def test_an_excluded_outage_takes_nothing_from_another_circuit() -> None:
    found = judged([down(10, 40, "listrik"), down(20, 50, check="b")])
    assert counted(found) == 30
    assert found.excluded == {Cause.POWER: 10 * MINUTE}
    assert [r.overlap for r in found.rows] == [20 * MINUTE, 0]


def test_the_edges_of_counted_outages_bound_the_downtime() -> None:
    found = judged([down(100, 200, edge=2), down(300, 400, "listrik", edge=9)])
    assert (found.least, found.counted, found.most) == (98 * MINUTE, 100 * MINUTE, 102 * MINUTE)


def test_an_outage_outside_the_window_is_not_listed() -> None:
    assert judged([down(-20, 0), down(1000, 1010)]).rows == ()


# ---- against a slow oracle: one cell a minute ----

CELLS = 60
CAUSES = st.sampled_from([None, "vendor", "power", "tikus"])


@st.composite
def circuits(draw: st.DrawFn) -> list[Outage]:
    """Disjoint outages of up to three checks, some with a hole that is not known."""
    found = []
    for check in "abc"[: draw(st.integers(1, 3))]:
        cuts = sorted(draw(st.sets(st.integers(0, CELLS), max_size=10)))
        for a, b in zip(cuts[::2], cuts[1::2], strict=False):
            outage = down(a, b, draw(CAUSES), check, edge=draw(st.integers(0, 2)))
            if b - a > 2 and draw(st.booleans()):
                hole = draw(st.integers(a + 1, b - 2))
                pieces = ((a * MINUTE, hole * MINUTE), ((hole + 1) * MINUTE, b * MINUTE))
                outage = replace(outage, down=pieces)
            found.append(outage)
    return found


Held = Mapping[str, Sequence[tuple[int, int]]]
PAIRS = st.tuples(st.integers(0, CELLS), st.integers(0, CELLS))
HELD = st.dictionaries(st.sampled_from("abc"), st.lists(PAIRS, max_size=3))
MINIMA = st.integers(0, 12)
WINDOWS = PAIRS.map(sorted).map(tuple)


def cells(outage: Outage) -> set[int]:
    return {c for a, b in outage.down for c in range(a // MINUTE, b // MINUTE)}


def oracle(outages: Sequence[Outage], held: Held, minimum: int) -> set[int]:
    """The cells that count."""
    free = []
    for outage in outages:
        work = {c for a, b in held.get(outage.check, []) for c in range(a, b)}
        if outage.cause != "power" and cells(outage) - work:
            free.append(cells(outage) - work)
    merging = True
    while merging:
        merging = False
        for left in free:
            for right in free:
                touch = min(right) <= max(left) + 1 and min(left) <= max(right) + 1
                if left is not right and touch:
                    free.remove(right)
                    left |= right
                    merging = True
                    break
            if merging:
                break
    return {c for each in free if len(each) > minimum for c in each}


@given(circuits(), HELD, MINIMA, WINDOWS)
def test_what_counts_is_what_a_slow_count_finds(
    outages: list[Outage],
    held: Held,
    minimum: int,
    window: tuple[int, int],
) -> None:
    terms = replace(TERMS, minimum=minimum * MINUTE)
    a, b = window
    found = judged(outages, terms, (a * MINUTE, b * MINUTE), held)
    inside = set(range(a, b))
    assert counted(found) == len(oracle(outages, held, minimum) & inside)
    assert found.down == len(set().union(*map(cells, outages)) & inside) * MINUTE


def parts(row: Row) -> int:
    return row.counted + row.maintenance + row.excluded + row.short + row.overlap


@given(circuits(), HELD, MINIMA, WINDOWS)
def test_every_millisecond_of_downtime_has_one_reason(
    outages: list[Outage],
    held: Held,
    minimum: int,
    window: tuple[int, int],
) -> None:
    terms = replace(TERMS, minimum=minimum * MINUTE)
    found = judged(outages, terms, (window[0] * MINUTE, window[1] * MINUTE), held)
    total = found.counted + found.maintenance + sum(found.excluded.values()) + found.short
    assert total == found.down
    for row in found.rows:
        assert parts(row) == row.down > 0
        assert (row.counted > 0) == (row.reason is Reason.COUNTED)
    assert found.least <= found.counted <= found.most


@given(circuits(), HELD, MINIMA, st.lists(st.integers(0, CELLS), min_size=3, max_size=3))
def test_months_add_up(outages: list[Outage], held: Held, minimum: int, cuts: list[int]) -> None:
    terms = replace(TERMS, minimum=minimum * MINUTE)
    a, x, b = (cut * MINUTE for cut in sorted(cuts))

    def of(start: int, end: int) -> int:
        return judged(outages, terms, (start, end), held).counted

    assert of(a, x) + of(x, b) == of(a, b)


@given(circuits(), HELD, MINIMA, st.randoms())
def test_the_order_of_outages_and_a_window_given_twice_change_nothing(
    outages: list[Outage],
    held: Held,
    minimum: int,
    random: Random,
) -> None:
    terms = replace(TERMS, minimum=minimum * MINUTE)
    shuffled = list(outages)
    random.shuffle(shuffled)
    twice = {check: [*reversed(each), *each] for check, each in held.items()}
    assert judged(outages, terms, held=held) == judged(shuffled, terms, held=twice)


@given(circuits(), HELD, MINIMA)
def test_a_longer_minimum_and_more_exclusions_never_raise_a_claim(
    outages: list[Outage], held: Held, minimum: int
) -> None:
    terms = replace(TERMS, minimum=minimum * MINUTE, exclude=frozenset())
    base = judged(outages, terms, held=held).counted
    stricter = replace(terms, minimum=terms.minimum + MINUTE)
    assert judged(outages, stricter, held=held).counted <= base
    excluding = replace(terms, exclude=frozenset({Cause.VENDOR}))
    assert judged(outages, excluding, held=held).counted <= base
