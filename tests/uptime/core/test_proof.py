"""Which entries prove something: against a rule that looks at every entry by itself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from uptime.core.proof import Run, parts, runs

numbers = st.integers(1, 40)
stretches = st.lists(st.tuples(numbers, st.integers(0, 5)).map(lambda t: (t[0], t[0] + t[1])))


def oracle(wanted: list[tuple[int, int]], signed: list[int]) -> tuple[set[int], set[int]]:
    """Entries that are shown, and those of them that a signature speaks for."""
    shown: set[int] = set()
    for first, last in wanted:
        ends = [seq for seq in signed if seq >= last]
        shown |= set(range(first, (min(ends) if ends else last) + 1))
    proven = set()
    for entry in shown:
        walk = entry
        while walk not in signed and walk + 1 in shown:
            walk += 1
        if walk in signed:
            proven.add(entry)
    return shown, proven


@given(stretches, st.lists(numbers, unique=True))
def test_runs_show_what_is_wanted_up_to_the_next_signature(
    wanted: list[tuple[int, int]], signed: list[int]
) -> None:
    found = runs(wanted, signed)
    shown, proven = oracle(wanted, signed)
    assert {n for run in found for n in range(run.first, run.last + 1)} == shown
    assert [(run.first, run.last) for run in found] == parts(sorted(shown))
    for run in found:
        assert run.signed == (run.last in signed)
        if run.signed:
            assert set(range(run.first, run.last + 1)) <= proven


def test_what_is_not_signed_yet_ends_where_it_was_asked_for() -> None:
    assert runs([(3, 5), (9, 9)], [7]) == [Run(3, 7, True), Run(9, 9, False)]
    assert runs([], [7]) == []
