"""What is packed comes out again, and is small."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.core.model import Status
from uptime.core.rollup import Histogram, Rollup
from uptime.store.codes import REASONS
from uptime.store.rollup_pack import Dated, pack, unpack

HOUR = 3_600_000
MINUTE = 60_000


@st.composite
def rollups(draw: st.DrawFn) -> Rollup:
    runs = draw(
        st.lists(
            st.tuples(st.sampled_from(Status), st.sampled_from(REASONS)), min_size=1, max_size=9
        )
    )
    latencies = draw(st.lists(st.integers(0, 0xFFFF_FFFE), max_size=len(runs)))
    losses = draw(st.lists(st.integers(0, 1000), max_size=len(runs)))
    return Rollup(Counter(runs), Histogram.of(latencies), len(losses), sum(losses))


@given(st.lists(st.tuples(st.integers(0, 2**45), rollups()), max_size=12))
def test_every_rollup_comes_out_of_its_pack(buckets: list[Dated]) -> None:
    buckets.sort(key=lambda each: each[0])
    assert unpack(pack(buckets)) == buckets


def test_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown format"):
        unpack(b"\x02" + pack([])[1:])


def a_day(width: int) -> list[Dated]:
    """Runs every 30 s around 20 ms, two in a thousand without an answer."""
    dice = random.Random(2)
    out = []
    for at in range(0, 24 * HOUR, width):
        answered = [dice.random() > 0.002 for _ in range(width // 30_000)]
        latencies = [round(2000 * dice.lognormvariate(0, 0.25)) for good in answered if good]
        runs = [(Status.UP, None) if good else (Status.DOWN, "timeout") for good in answered]
        out.append((at, Rollup(Counter(runs), Histogram.of(latencies))))
    return out


@pytest.mark.parametrize(("width", "most"), [(24 * HOUR, 130), (HOUR, 900), (MINUTE, 6000)])
def test_a_day_is_as_small_as_the_readme_says(width: int, most: int) -> None:
    assert len(pack(a_day(width))) < most
