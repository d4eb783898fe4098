"""Comparisons and paths: what holds, what does not, what cannot be compared."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from probes.expect import Comparison, Path, pattern, statuses


@pytest.mark.parametrize(
    ("written", "found", "holds"),
    [
        ("ok", "ok", True),
        ("ok", "OK", False),
        ("5", 5, True),
        (5, 5, True),
        (5, 5.0, True),
        (5, "5", True),
        (1, True, False),
        (True, True, True),
        (True, "true", False),
        ("true", True, True),
        ("null", None, True),
        (">= 3", 3, True),
        (">= 3", "3.5", True),
        ("> 3", 3, False),
        ("< -1.5", -2, True),
        ("!= ok", "ok", False),
        ("!= ok", None, True),
        ("!= 3", 3, False),
        ("!= 3", 4, True),
        ("== > 3", "> 3", True),
        ("~ ^v[0-9]+$", "v12", True),
        ("~ ^v[0-9]+$", "v12x", False),
        ("~ ^1", 12, True),
    ],
)
def test_a_comparison_holds_or_not(written: str | int | bool, found: object, holds: bool) -> None:
    assert Comparison(written).holds(found) is holds


@pytest.mark.parametrize("found", ["ya", None, True, [], {}])
def test_what_is_no_number_cannot_be_compared_with_one(found: object) -> None:
    with pytest.raises(TypeError, match="is no number"):
        Comparison("> 3").holds(found)


@pytest.mark.parametrize(
    ("written", "document", "found"),
    [
        ("a", {"a": 1}, 1),
        ("a.b[1].c", {"a": {"b": [0, {"c": "x"}]}}, "x"),
        ("a.0", {"a": [7]}, 7),
        ("[1]", [1, 2], 2),
        ("a.1", {"a": {"1": "objek"}}, "objek"),
    ],
)
def test_a_path_finds_its_place(written: str, document: object, found: object) -> None:
    assert Path(written).find(document) == found


@pytest.mark.parametrize("written", ["a.b", "a[0]", "a.x", "b"])
def test_a_place_that_is_not_there_is_told(written: str) -> None:
    with pytest.raises(LookupError):
        Path(written).find({"a": 5})


@given(st.text(max_size=30), st.recursive(st.none() | st.integers() | st.text(), st.lists))
@example("¹", [])  # a digit to str.isdigit, none to int
def test_no_path_and_no_document_does_anything_unforeseen(written: str, document: object) -> None:
    try:
        path = Path(written)
    except ValueError:
        return
    try:
        path.find(document)
    except LookupError:
        return


def test_statuses_are_codes_and_classes() -> None:
    assert statuses((301, "2xx")) == {301, *range(200, 300)}


@given(st.text(max_size=40))
def test_a_pattern_compiles_or_says_what_is_wrong(text: str) -> None:
    try:
        compiled = pattern(text)
    except UnicodeEncodeError:
        return
    except ValueError as error:
        said = str(error)
    else:
        compiled.search(b"apa saja")
        return
    assert "; fix: " in said
