"""What the database adds up is what the time ledger says, or it is not added up there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.uptime.store.helpers import open_store, url
from uptime.availability import Tally
from uptime.core.sla import account, outages
from uptime.store.history import History

END = 60
INSTANT = st.integers(-10, END + 10)
CONDITIONS = ("none", "up", "degraded", "down")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tallies") / "siaga.db"
    open_store(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO checks (key, id, first) VALUES (1, 'web', 0)")
        db.commit()
    return path


@st.composite
def spans(draw: st.DrawFn) -> list[tuple[int, int | None, str, bool]]:
    """Disjoint, in order, no two neighbours alike, the last perhaps open."""
    cuts = sorted(draw(st.sets(INSTANT, min_size=1, max_size=9)))
    kinds = st.tuples(st.sampled_from(CONDITIONS), st.booleans())
    found: list[tuple[int, int | None, str, bool]] = []
    for began, ended in [*pairwise(cuts), (cuts[-1], None)]:
        condition, known = draw(kinds)
        alike = bool(found) and found[-1][1:] == (began, condition, known)
        if not alike and draw(st.integers(0, 4)) > 0:
            found.append((began, ended, condition, known))
    return found


WATCHED = st.lists(st.tuples(INSTANT, st.none() | INSTANT), max_size=2, unique_by=lambda i: i[0])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spans(), WATCHED, INSTANT, INSTANT, INSTANT)
def test_a_tally_is_the_time_ledger(
    file: Path,
    course: list[tuple[int, int | None, str, bool]],
    watched: list[tuple[int, int | None]],
    start: int,
    end: int,
    until: int,
) -> None:
    start, end = min(start, end), max(start, end)
    with closing(sqlite3.connect(file)) as db:
        db.execute("DELETE FROM span")
        db.execute("DELETE FROM monitored")
        db.executemany("INSERT INTO span VALUES (1, ?, ?, ?, ?, NULL)", course)
        db.executemany("INSERT INTO monitored VALUES (1, ?, ?)", watched)
        db.commit()
    with History.open(url(file)) as history:
        found = history.tallies(["web", "nobody"], (start, end), until)
        record = history.records(["web"], start, end)["web"]
    assert found.keys() <= {"web"}
    expected = Tally(
        account((start, end), record.spans, record.monitored, until=until),
        outages((start, end), record.spans, until),
    )
    if "web" in found:
        assert found["web"] == expected


def test_a_check_that_was_watched_all_the_time_is_added_up(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute("DELETE FROM span")
        db.execute("DELETE FROM monitored")
        db.execute("INSERT INTO monitored VALUES (1, 10, NULL)")
        course = [(10, 30, "up"), (30, 42, "down"), (42, None, "up")]
        db.executemany("INSERT INTO span VALUES (1, ?, ?, ?, 1, NULL)", course)
        db.commit()
    with History.open(url(file)) as history:
        tally = history.tallies(["web"], (0, 50), 48)["web"]
    ledger = tally.ledger
    assert (ledger.up, ledger.down, ledger.unknown, ledger.unmonitored) == (26, 12, 2, 10)
    assert tally.outages == 1
