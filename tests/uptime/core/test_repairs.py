"""How often and how fast: stories with their figures, and an oracle that counts milliseconds."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import play
from uptime.core.claim_outages import Outage, outages_of
from uptime.core.repairs import Offender, Repairs, offenders, repairs
from uptime.core.sla import account

MINUTE = 60_000


def outage(began: int, ended: int | None, until: int = 1000, **more: object) -> Outage:
    """In minutes, with its edges known to the minute before."""
    down = ((began * MINUTE, (until if ended is None else ended) * MINUTE),)
    found = Outage(
        "c",
        began * MINUTE,
        (began - 1) * MINUTE,
        None if ended is None else ended * MINUTE,
        None if ended is None else (ended - 1) * MINUTE,
        down,
    )
    return replace(found, **more)  # type: ignore[arg-type]


def of(*found: Outage, window: tuple[int, int] = (0, 1000), operating: int = 900) -> Repairs:
    return repairs(found, (window[0] * MINUTE, window[1] * MINUTE), operating * MINUTE)


def test_nothing_failed_and_there_is_nothing_to_take_a_mean_of() -> None:
    assert of() == Repairs(operating_ms=900 * MINUTE)


def test_three_outages_with_their_means() -> None:
    found = of(
        outage(100, 110, acked=103 * MINUTE),
        outage(200, 230),
        outage(500, 520, acked=511 * MINUTE),
    )
    assert (found.count, found.began, found.restored, found.open) == (3, 3, 3, 0)
    assert (found.down_ms, found.longest_ms) == (60 * MINUTE, 30 * MINUTE)
    assert found.mttr_ms == 20 * MINUTE
    assert (found.mttr_least_ms, found.mttr_most_ms) == (19 * MINUTE, 21 * MINUTE)
    assert found.mtbf_ms == 300 * MINUTE
    assert (found.acknowledged, found.mtta_ms) == (2, 7 * MINUTE)


def test_short_outages_are_summed_apart_and_edges_bound_the_whole() -> None:
    found = of(
        outage(100, 105), outage(200, 202), outage(300, 306), outage(950, None),
        window=(101, 955),
    )  # fmt: skip
    assert (found.short, found.short_ms) == (2, 7 * MINUTE)
    assert found.down_ms == (4 + 2 + 6 + 5) * MINUTE
    assert found.down_least_ms == (3 + 1 + 5 + 5) * MINUTE
    assert found.down_most_ms == (4 + 3 + 7 + 6) * MINUTE


def test_an_outage_that_lasts_is_not_restored_and_may_be_the_longest() -> None:
    found = of(outage(10, 20), outage(900, None))
    assert (found.open, found.restored, found.mttr_ms) == (1, 1, 10 * MINUTE)
    assert (found.longest_ms, found.longest_least_ms) == (100 * MINUTE, 100 * MINUTE)
    assert found.longest_most_ms == 101 * MINUTE


def test_what_began_before_the_window_is_restored_in_it_whole_and_did_not_fail_in_it() -> None:
    found = of(outage(50, 120), window=(100, 200), operating=80)
    assert (found.count, found.began, found.mtbf_ms) == (1, 0, None)
    assert (found.down_ms, found.mttr_ms, found.longest_ms) == (
        20 * MINUTE,
        70 * MINUTE,
        70 * MINUTE,
    )


def test_what_comes_after_the_window_changes_nothing_in_it() -> None:
    at_the_time = of(outage(150, None, until=200), window=(100, 200))
    later = of(outage(150, 320, acked=300 * MINUTE), window=(100, 200))
    assert later == at_the_time
    assert (later.open, later.acknowledged, later.longest_ms) == (1, 0, 50 * MINUTE)


def test_an_outage_of_which_nothing_counts_in_the_window_is_none() -> None:
    blind = outage(50, 150, down=((50 * MINUTE, 90 * MINUTE),))
    assert of(blind, outage(300, 310), outage(10, 20), window=(100, 200)).count == 0
    assert of(outage(10, 20, down=())).count == 0


def test_an_acknowledgement_before_the_first_failing_result_took_no_time() -> None:
    assert of(outage(10, 20, acked=9 * MINUTE)).mtta_ms == 0


def test_outages_behind_a_parent_are_told_apart() -> None:
    found = of(outage(10, 20), outage(100, 140, behind=("twr-utama",)))
    assert (found.count, found.behind, found.own) == (2, 1, 1)
    assert (found.down_ms, found.behind_down_ms, found.own_down_ms) == (
        50 * MINUTE, 40 * MINUTE, 10 * MINUTE,
    )  # fmt: skip


def test_offenders_are_ranked_by_how_often_then_by_how_long() -> None:
    figures = {
        "kec-bergas": of(outage(1, 2), outage(3, 4)),
        "kec-susukan": of(outage(1, 2), outage(3, 40)),
        "kec-suruh": of(outage(1, 2), outage(3, 4), outage(5, 6)),
        "kec-jambu": of(*(outage(i, i + 1, behind=("twr-utama",)) for i in (1, 3, 5, 7))),
        "web-portal": of(outage(1, 900)),
        "kec-bancak": of(outage(1, 2), outage(3, 4)),
    }
    assert offenders(figures) == [
        Offender(1, "kec-suruh", figures["kec-suruh"]),
        Offender(2, "kec-susukan", figures["kec-susukan"]),
        Offender(3, "kec-bancak", figures["kec-bancak"]),
        Offender(4, "kec-bergas", figures["kec-bergas"]),
    ]


@st.composite
def _outages(draw: st.DrawFn) -> list[Outage]:
    """Apart from each other, some of the time between their edges not known."""
    edges = sorted(draw(st.sets(st.integers(0, 60), max_size=8)))
    found = []
    for began, ended in zip(edges[::2], edges[1::2], strict=False):
        known = [i for i in range(began, ended) if draw(st.booleans())]
        acked = draw(st.none() | st.integers(0, 70))
        parents = draw(st.sampled_from([(), ("gw",)]))
        pieces = tuple((i, i + 1) for i in known)
        found.append(Outage("c", began, None, ended, None, pieces, acked=acked, behind=parents))
    return found


@given(_outages(), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_the_figures_are_those_of_who_counts_every_millisecond(
    found: list[Outage], a: int, b: int, operating: int
) -> None:
    start, end = sorted((a, b))
    count = down = began = still = behind = 0
    lengths, longest, waits = [], 0, []
    for each in found:
        known = [i for i in range(start, end) if (i, i + 1) in each.down]
        if not known:
            continue
        assert each.ended is not None
        so_far = sum((i, i + 1) in each.down for i in range(end))
        count, down = count + 1, down + len(known)
        began += each.began in range(start, end)
        behind += bool(each.behind)
        longest = max(longest, so_far)
        if each.ended < end:
            lengths.append(so_far)
        else:
            still += 1
        if each.acked in range(start, end):
            waits.append(max(0, (each.acked or 0) - each.began))
    figures = repairs(found, (start, end), operating)
    assert (figures.count, figures.down_ms, figures.began) == (count, down, began)
    assert (figures.open, figures.restored, figures.behind) == (still, len(lengths), behind)
    assert figures.longest_ms == (longest or None)
    assert figures.mttr_ms == (sum(lengths) // len(lengths) if lengths else None)
    assert figures.mtta_ms == (sum(waits) // len(waits) if waits else None)
    assert figures.mtbf_ms == (operating // began if began else None)
    if figures.mttr_ms is not None:
        assert figures.mttr_ms <= (figures.longest_ms or 0)


@given(st.text("udf?.", max_size=30), st.integers(0, 300), st.integers(0, 300))
def test_the_down_of_all_outages_is_the_down_of_the_time_ledger(runs: str, a: int, b: int) -> None:
    window = (min(a, b) * 1000, max(a, b) * 1000)
    state, _, spans = play(runs)
    ledger = account(window, spans, [(0, None)], until=state.valid_until)
    found = outages_of("c", spans, [(0, None)], (), until=state.valid_until)
    assert repairs(found, window, ledger.good).down_ms == ledger.down
