"""How the monitor fared, in the database: once, in its time, for four hundred days, and small."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.uptime.store.helpers import NOW, count, opened, sql
from uptime.core.model import Batch
from uptime.core.own_state import MERGED_MS, MINUTE_MS, OwnState
from uptime.store import Store, upkeep
from uptime.store.history import History

DAY = 86_400_000


def minute(n: int = 0, **values: Any) -> OwnState:
    usual: dict[str, Any] = {
        "lag": 4, "late": 12, "synchronised": True, "clock_error": 1800, "runs": 10_000,
        "up": 998, "unknown": 2,
    }  # fmt: skip
    return OwnState(NOW + n * MINUTE_MS, NOW + (n + 1) * MINUTE_MS, **(usual | values))


async def test_what_is_written_is_read_again(store: Store) -> None:
    given = [
        minute(0),
        minute(1, synchronised=None, clock_error=None, step=-7000, slept=3, unstored=9),
        minute(2, synchronised=False, clock_error=None, unjudged=4, missed=5, outbox=6, down=7),
    ]
    batch = Batch(own=tuple(given))
    await store.commit(batch)
    await store.commit(batch)  # as after a failure of unknown outcome
    assert not batch.urgent
    for start, end, found in (
        (0, 3, given), (1, 2, given[1:2]), (-1, 0, []), (1.1, 1.2, given[1:2]), (3, 9, []),
    ):  # fmt: skip
        window = NOW + round(start * MINUTE_MS), NOW + round(end * MINUTE_MS)
        assert await store.ask(partial(History.own_states, start=window[0], end=window[1])) == found


async def test_it_is_kept_for_a_year_and_some_weeks_longer_than_results(
    path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "CHUNKS", 3)
    await store.commit(Batch(own=tuple(minute(n) for n in range(10))))
    for days, left in ((399, 10), (400, 4), (401, 0)):
        while await store.maintain(NOW + days * DAY + 6 * MINUTE_MS + 30_000):
            pass
        assert count(path, "own_state") == left, days


def test_a_year_is_a_few_megabytes(path: Path) -> None:
    """In which all was well; one in which every minute was different is five times as much."""
    with opened(path) as store:
        rows = tuple(
            OwnState(
                NOW + n * MERGED_MS, NOW + (n + 1) * MERGED_MS, n % 90, n % 40,
                synchronised=True, clock_error=1000 + n, runs=166_000 + n % 100, up=4990, down=10,
            )
            for n in range(2000)
        )  # fmt: skip
        store._writer.commit(Batch(own=rows)).result()
    (size,) = sql(path, "SELECT sum(pgsize) FROM dbstat WHERE name = 'own_state'")[0]
    assert size / 2000 * (365 * DAY / MERGED_MS) < 6e6
