"""What a day's rollups were at first follows from what they are and how they were rewritten."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.core.rebuild_rollups import DAYS, NONE, RolledUps, at_first, whole

LEAVES = st.sampled_from("abcdef")
FIRST = st.dictionaries(st.integers(1, 6), LEAVES)
REWRITTEN = st.lists(st.tuples(st.integers(1, 6), LEAVES), max_size=8)


def rolled_up(first: dict[int, str]) -> dict[str, Any]:
    digest = whole(sorted(first.items()))
    return {"type": "rollup", "began": 5, "ended": 9, "finest": DAYS, "hash": digest}


def said(
    first: dict[int, str], rewritten: list[tuple[int, str]]
) -> tuple[RolledUps, dict[int, str]]:
    """The ledger of a day, and what stands in the database at its end."""
    found, now = RolledUps(), dict(first)
    found.take(1, rolled_up(first))
    for seq, (key, new) in enumerate(rewritten, 2):
        row = f"{key} {now.get(key, NONE)} {new}"
        found.take(seq, {"type": "rollup late", "began": 5, "rows": [row]})
        now[key] = new
    return found, now


@given(FIRST, REWRITTEN)
def test_rollups_that_nobody_edited_are_those_of_the_first_hash(
    first: dict[int, str], rewritten: list[tuple[int, str]]
) -> None:
    found, now = said(first, rewritten)
    day = found.days[5]
    leaves, wrong = at_first(sorted(now.items()), day.changes)
    assert (wrong, found.torn) == ([], [])
    assert leaves == sorted(first.items())
    assert whole(leaves) == day.hashes[DAYS].hash


@given(FIRST, REWRITTEN, st.integers(1, 6), st.none() | LEAVES)
def test_any_other_rollup_shows(
    first: dict[int, str], rewritten: list[tuple[int, str]], key: int, edited: str | None
) -> None:
    found, now = said(first, rewritten)
    if now.get(key) == edited:
        return
    there = {k: leaf for k, leaf in (now | {key: edited}).items() if leaf is not None}
    day = found.days[5]
    leaves, wrong = at_first(sorted(there.items()), day.changes)
    assert [k for k, _ in wrong] == ([key] if key in day.changes else [])
    assert wrong or whole(leaves) != day.hashes[DAYS].hash


def test_a_late_result_that_found_something_else_than_there_was_is_told() -> None:
    found, _ = said({1: "a"}, [(1, "b")])
    found.take(3, {"type": "rollup late", "began": 5, "rows": ["1 x c", "2 - d"]})
    assert [(day.began, key, seq) for day, key, seq in found.torn] == [(5, 1, 3)]
    assert found.days[5].changes[1][:2] == ("a", "c"), "what was there at first is not forgotten"


def test_a_day_is_read_from_where_its_last_entry_says() -> None:
    found, _ = said({1: "a"}, [])
    found.take(2, rolled_up({7: "m"}) | {"finest": "minute"})
    found.take(3, {"type": "rollup", "began": 5, "ended": 9, "finest": "hour"})
    day = found.days[5]
    assert (day.finest, day.seq) == ("hour", 3)
    assert {level: seq for level, (seq, _) in day.hashes.items()} == {DAYS: 1, "minute": 2}


@pytest.mark.parametrize(
    "entry",
    [
        {"type": "rollup", "began": 5},
        {"type": "rollup late", "began": 6, "rows": []},
        {"type": "rollup late", "began": 5, "rows": ["1 a"]},
        {"type": "rollup late", "began": 5, "rows": ["x a b"]},
        {"type": "rollup late", "began": 5, "rows": [f"{1 << 63} a b"]},
        {"type": "rollup", "began": 1 << 63, "ended": 9, "finest": "raw"},
        {"type": "rollup", "began": "5", "ended": 9, "finest": "raw"},
        {"type": "rollup", "began": 5, "ended": 9, "finest": "x"},
        {"type": "rollup", "began": 5, "ended": 9, "finest": ["raw"]},
    ],
)
def test_an_entry_that_is_none_is_refused(entry: dict[str, Any]) -> None:
    found, _ = said({1: "a"}, [])
    with pytest.raises((KeyError, TypeError, ValueError)):
        found.take(2, entry)
