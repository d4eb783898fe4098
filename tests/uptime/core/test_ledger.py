"""The chain against what could be done to it."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.core.ledger import GENESIS, Row, canonical, link, verify

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ENTRY = st.dictionaries(TEXT, TEXT | st.integers() | st.lists(TEXT), max_size=5)


def chain(*entries: dict[str, object]) -> list[Row]:
    rows, prev = [], GENESIS
    for number, entry in enumerate(entries, 1):
        text = canonical(entry)
        rows.append((number, text, prev, link(prev, text)))
        prev = rows[-1][3]
    return rows


ROWS = chain(*({"type": "note", "at": number, "text": f"entry {number}"} for number in range(6)))


def test_an_entry_has_one_text() -> None:
    assert canonical({"b": ["x", "é"], "a": 1}) == '{"a":1,"b":["x","é"]}'


@given(ENTRY)
def test_the_text_of_an_entry_says_all_of_it_in_any_order(entry: dict[str, object]) -> None:
    text = canonical(entry)
    assert json.loads(text) == entry
    assert canonical(dict(reversed(entry.items()))) == text
    text.encode()


@pytest.mark.parametrize(
    "value", [1.5, True, None, {"a": 1}, ["a", 1], ("a",), b"a", float("nan"), "\ud800", ["\udfff"]]
)
def test_what_has_two_spellings_is_no_entry(value: object) -> None:
    with pytest.raises(TypeError, match="key"):
        canonical({"key": value})


def test_a_key_that_is_no_text_is_no_entry() -> None:
    with pytest.raises(TypeError):
        canonical({1: "x"})  # type: ignore[dict-item]


def test_the_hash_is_what_the_manual_says() -> None:
    assert link("ab", "é") == hashlib.sha256("abé".encode()).hexdigest()
    assert GENESIS == "0" * 64


@given(st.lists(ENTRY, max_size=6))
def test_a_chain_verifies(entries: list[dict[str, object]]) -> None:
    assert verify(chain(*entries)) is None


@pytest.mark.parametrize("index", range(6))
def test_an_altered_entry_is_named(index: int) -> None:
    number, entry, prev, digest = ROWS[index]
    altered = [*ROWS]
    altered[index] = (number, entry.replace("entry", "Entry"), prev, digest)
    assert verify(altered) == index + 1


@pytest.mark.parametrize("index", range(6))
def test_an_altered_entry_with_its_hash_made_anew_shows_at_the_next(index: int) -> None:
    number, entry, prev, _ = ROWS[index]
    entry = entry.replace("entry", "Entry")
    altered = [*ROWS]
    altered[index] = (number, entry, prev, link(prev, entry))
    assert verify(altered) == (index + 2 if index < 5 else None)


@pytest.mark.parametrize("index", range(5))
def test_a_dropped_entry_is_named(index: int) -> None:
    assert verify(ROWS[:index] + ROWS[index + 1 :]) == index + 1


def test_two_entries_that_changed_places_are_found() -> None:
    assert verify([ROWS[0], ROWS[2], ROWS[1], *ROWS[3:]]) == 2


def test_an_entry_twice_is_found() -> None:
    assert verify([*ROWS[:3], ROWS[2]]) == 3


def test_an_entry_that_is_no_text_any_more_is_found() -> None:
    assert verify([(1, 5, GENESIS, ROWS[0][3])]) == 1  # type: ignore[list-item]


def test_a_later_part_verifies_from_the_head_before_it() -> None:
    assert verify(ROWS[3:], seq=4, prev=ROWS[2][3]) is None
    assert verify(ROWS[3:], seq=4, prev=GENESIS) == 4
