"""What is packed comes out as it went in."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.uptime.store.helpers import HOUR, NOW, result
from uptime.core.model import Result, Status
from uptime.store import chunks, heads_day
from uptime.store.codes import REASONS, decode, encode
from uptime.store.ingest import Row, pack_phases, to_result, to_row, unpack_phases

UNITS = st.integers(0, 0xFFFF_FFFE)
PHASES = {0: 0, 1: 1, 2: 3, 7: 5}


@st.composite
def rows(draw: st.DrawFn) -> Row:
    phase_set = draw(st.sampled_from(sorted(PHASES)))
    width = PHASES[phase_set]
    values = draw(st.lists(UNITS, min_size=width, max_size=width))
    return Row(
        id=draw(st.integers(1, 1 << 58)),
        at=NOW + draw(st.integers(0, HOUR - 1)),
        code=draw(st.integers(0, 3)) | draw(st.integers(0, 22)) << 4,
        duration=draw(UNITS),
        latency=draw(st.none() | UNITS),
        loss=draw(st.none() | st.integers(0, 1000)),
        phase_set=phase_set,
        phases=pack_phases(values) if width else None,
        detail=draw(
            st.none() | st.just('x],["') | st.text(st.characters(exclude_categories=["Cs"]))
        ),
    )


@given(st.lists(rows(), min_size=1, max_size=40, unique_by=lambda row: row.id))
def test_every_row_comes_out_of_its_chunk(packed: list[Row]) -> None:
    expected = sorted(packed, key=lambda row: (row.at, row.id))
    assert chunks.unpack(chunks.pack(packed)) == expected


@given(
    st.lists(rows(), min_size=1, max_size=40, unique_by=lambda row: row.id),
    st.sampled_from(['["a","b"]', '["],[","b"]']),
)
def test_an_hours_lines_are_those_of_its_rows(packed: list[Row], odd: str) -> None:
    names = {1: '["x","y"]', 2: odd}
    data = chunks.pack(packed)
    each = [heads_day.line(row, names) for row in chunks.unpack(data)]
    assert heads_day.lines(chunks.unpack_columns(data), names) == b"\n".join(each)


@given(st.lists(UNITS, min_size=1, max_size=8))
def test_phases_come_out_as_they_went_in(values: list[int]) -> None:
    assert list(unpack_phases(pack_phases(values))) == values


def test_a_result_that_comes_twice_is_in_the_chunk_once() -> None:
    row = to_row(result(), lambda names: 0)
    assert chunks.unpack(chunks.pack([row, row])) == [row]


def test_a_chunk_of_another_format_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="format"):
        chunks.unpack(b"\x07" + chunks.pack([to_row(result(), lambda names: 0)])[1:])


def test_a_steady_hour_takes_four_bytes_a_result_and_nine_with_five_phases() -> None:
    dice = random.Random(7)

    def hour(phases: bool) -> bytes:
        out = []
        for number in range(120):
            latency = 0.012 * dice.lognormvariate(0, 0.15)
            shares = {str(i): latency / 5 * dice.lognormvariate(0, 0.2) for i in range(5)}
            out.append(
                result(
                    id=(3 << 40) + number,
                    at=NOW + number * 30_000 + dice.choice([0, 0, 1, 2, 5]),
                    latency=latency,
                    duration=latency + 0.0003,
                    phases=shares if phases else {},
                )
            )
        return chunks.pack(to_row(each, lambda names: 1) for each in out)

    assert len(hour(phases=False)) / 120 < 4
    assert len(hour(phases=True)) / 120 < 9


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("reason", REASONS)
def test_a_code_says_status_blame_and_reason(status: Status, reason: str | None) -> None:
    assert decode(encode(status, "path", reason)) == (status, "path", reason)


def test_every_reason_of_a_probe_has_a_number() -> None:
    from probes.base import Reason

    assert {reason.value for reason in Reason} <= set(REASONS)


def test_a_reason_nobody_knows_is_an_error() -> None:
    assert decode(encode("down", "target", "gremlins"))[2] == "error"


def test_a_result_is_kept_to_its_resolution() -> None:
    given = result(
        latency=0.0123456, loss=1 / 3, duration=0.98765, status=Status.DEGRADED, detail="slow",
        phases={"dns": 0.00123, "connect": 7.5},
    )  # fmt: skip
    row = to_row(given, lambda names: 4)
    assert to_result("web", row, {4: ("dns", "connect")}, {"a": 1}) == Result(
        check="web", id=1, at=NOW, duration=0.9876, status=Status.DEGRADED, detail="slow",
        latency=0.01235, loss=0.333, phases={"dns": 0.0012, "connect": 7.5}, facts={"a": 1},
    )  # fmt: skip


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -1.0, 1e300])
def test_an_odd_number_does_not_cost_the_batch(odd: float) -> None:
    row = to_row(result(latency=odd, duration=odd, loss=odd, phases={"x": odd}), lambda names: 1)
    assert chunks.unpack(chunks.pack([row])) == [row]


def test_text_that_is_not_unicode_does_not_cost_the_batch() -> None:
    row = to_row(result(detail="a\ud800b"), lambda names: 0)
    assert row.detail == "a?b"
