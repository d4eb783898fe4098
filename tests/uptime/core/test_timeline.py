"""Time lines and services against an oracle that looks at every millisecond by itself."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.invariants import invariant
from uptime.core.intervals import Interval
from uptime.core.model import Condition, Span
from uptime.core.service import Kind, combine
from uptime.core.timeline import Class, Piece, by_parts, timeline

END = 40
CONDITIONS = (Condition.UP, Condition.DEGRADED, Condition.DOWN)
INSTANT = st.integers(-5, END + 5)
INTERVALS = st.lists(st.tuples(INSTANT, st.one_of(st.none(), INSTANT)), max_size=4)


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    """Disjoint and in order, with gaps, the last one perhaps open."""
    cuts = sorted(draw(st.sets(INSTANT, max_size=8)))
    kinds = st.sampled_from(CONDITIONS)
    found = []
    for began, ended in pairwise(cuts):
        known: bool = draw(st.booleans())
        if draw(st.integers(0, 3)) > 0:
            found.append(Span(began, ended, draw(kinds), known))
    last_is_open: bool = draw(st.booleans())
    if cuts and last_is_open:
        found.append(Span(cuts[-1], None, draw(kinds), True))
    return found


def _within(at: int, intervals: list[Interval]) -> bool:
    return any(a <= at and (b is None or at < b) for a, b in intervals)


def _class(
    at: int,
    history: list[Span],
    monitored: list[Interval],
    held: list[Interval],
    hours: list[Interval] | None,
    until: int,
) -> Class:
    if not _within(at, monitored) or (hours is not None and not _within(at, hours)):
        return Class.UNMONITORED
    if _within(at, held):
        return Class.MAINTENANCE
    for span in history:
        ended = until if span.ended is None else span.ended
        if span.known and span.began <= at < ended:
            return Class(span.condition.value)
    return Class.UNKNOWN


def _cells(pieces: list[Piece]) -> list[Class]:
    return [piece.kind for piece in pieces for _ in range(piece.began, piece.ended)]


@invariant(1)
@given(spans(), INTERVALS, INTERVALS, st.none() | INTERVALS, st.integers(0, END))
def test_every_millisecond_is_the_first_of_the_classes_that_holds(
    history: list[Span],
    monitored: list[Interval],
    held: list[Interval],
    hours: list[Interval] | None,
    until: int,
) -> None:
    found = timeline((0, END), history, monitored, until=until, maintenance=held, hours=hours)
    cells = [_class(t, history, monitored, held, hours, until) for t in range(END)]
    assert _cells(found) == cells
    assert [(p.ended, p.kind is q.kind) for p, q in pairwise(found)] == [
        (q.began, False) for q in found[1:]
    ]


def test_an_empty_window_has_no_pieces() -> None:
    assert timeline((5, 5), [], [(0, None)], until=9) == []


@st.composite
def lines(draw: st.DrawFn, kinds: tuple[Class, ...] = tuple(Class)) -> list[Piece]:
    """Any time line of the window, in cells that are joined."""
    cells = draw(st.lists(st.sampled_from(kinds), min_size=END, max_size=END))
    cuts = sorted({0, END, *draw(st.sets(st.integers(1, END - 1), max_size=6))})
    return [Piece(a, b, cells[a]) for a, b in pairwise(cuts)]


def _service(kind: Kind, n: int, classes: list[Class]) -> Class:
    watched = [c for c in classes if c is not Class.UNMONITORED]
    if not watched:
        return Class.UNMONITORED
    wanted = {"all": len(watched), "any": 1, "at_least": min(n, len(watched))}[kind]

    def enough(*good: Class) -> bool:
        return sum(c in good for c in watched) >= wanted

    if enough(Class.UP):
        return Class.UP
    if enough(Class.UP, Class.DEGRADED):
        return Class.DEGRADED
    if enough(Class.UP, Class.DEGRADED, Class.UNKNOWN):
        return Class.UNKNOWN
    if enough(Class.UP, Class.DEGRADED, Class.UNKNOWN, Class.MAINTENANCE):
        return Class.MAINTENANCE
    return Class.DOWN


@invariant(20)
@given(
    st.sampled_from(("all", "any", "at_least")), st.lists(lines(), max_size=4), st.integers(1, 4)
)
def test_a_service_is_at_every_instant_what_its_members_make_it(
    kind: Kind, members: list[list[Piece]], n: int
) -> None:
    cells = [_cells(member) for member in members]
    wanted = [_service(kind, n, list(at)) for at in zip(*cells, strict=True)]
    assert _cells(combine(kind, members, n)) == wanted


MEASURED = (Class.UP, Class.DEGRADED, Class.DOWN)


def _availability(pieces: list[Piece]) -> float:
    return sum(p.ended - p.began for p in pieces if p.kind is not Class.DOWN) / END


@invariant(20)
@given(st.lists(lines(MEASURED), min_size=1, max_size=4))
def test_all_is_no_better_than_its_worst_member_and_any_no_worse_than_its_best(
    members: list[list[Piece]],
) -> None:
    found = [_availability(member) for member in members]
    assert _availability(combine("all", members)) <= min(found)
    assert _availability(combine("any", members)) >= max(found)


@given(st.lists(lines(), min_size=1, max_size=4))
def test_at_least_one_is_any_and_at_least_as_many_as_there_are_is_all(
    members: list[list[Piece]],
) -> None:
    assert combine("at_least", members, 1) == combine("any", members)
    assert combine("at_least", members, len(members)) == combine("all", members)


@given(history=spans(), cuts=st.sets(st.integers(1, END - 1), max_size=6))
def test_the_parts_of_a_time_line_put_together_are_the_whole(
    history: list[Span], cuts: set[int]
) -> None:
    whole = timeline((0, END), history, [(0, None)], until=END)
    edges = list(pairwise([0, *sorted(cuts), END]))
    parts = by_parts(whole, edges)
    for (start, end), part in zip(edges, parts, strict=True):
        assert (part[0].began, part[-1].ended) == (start, end)
    assert _cells([piece for part in parts for piece in part]) == _cells(whole)
