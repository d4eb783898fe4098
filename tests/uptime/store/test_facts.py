"""Facts are written when they change, and not at every run."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.uptime.store.helpers import NOW, count, result, sql
from uptime.core.model import Batch, Fact, Status
from uptime.store import Store
from uptime.store.facts import SAMPLE_MS

SAME: dict[str, Fact] = {"serial": "a", "alpn": ["h2", "http/1.1"]}


async def runs(store: Store, *facts: dict[str, Fact], every: int = 10_000, first: int = 1) -> None:
    for number, each in enumerate(facts, first):
        row = result(id=number, at=NOW + number * every, facts=each)
        await store.commit(Batch(results=(row,)))


async def test_a_fact_that_stays_is_one_row(path: Path, store: Store) -> None:
    await runs(store, *[SAME] * 20)
    assert count(path, "fact") == 2


async def test_what_was_known_at_an_instant_can_be_asked(store: Store) -> None:
    await runs(store, {"v": 1}, {"v": 2}, every=SAMPLE_MS)
    assert await store.facts("web", NOW) == {}
    assert await store.facts("web", NOW + SAMPLE_MS) == {"v": 1}
    assert await store.facts("web", NOW + 2 * SAMPLE_MS) == {"v": 2}
    assert await store.facts("nobody", NOW) == {}


async def test_a_fact_that_changes_at_every_run_is_sampled(path: Path, store: Store) -> None:
    await runs(store, *[{**SAME, "octets": n} for n in range(180)])  # half an hour
    values = [value for (value,) in sql(path, "SELECT value FROM fact WHERE name = 'octets'")]
    assert values == ["0", "60", "120"]


async def test_a_fact_that_changes_with_the_status_is_written_at_once(store: Store) -> None:
    good, bad = {"code": 200}, {"code": 503}
    for number, (status, facts) in enumerate(
        [(Status.UP, good), (Status.DOWN, bad), (Status.UP, good)], 1
    ):
        row = result(id=number, at=NOW + number, status=status, facts=facts)
        await store.commit(Batch(results=(row,)))
    assert [(await store.facts("web", NOW + n))["code"] for n in (1, 2, 3)] == [200, 503, 200]


async def test_a_failing_run_that_knows_less_takes_nothing_back(store: Store) -> None:
    await runs(store, {"serial": "a", "code": 200})
    await store.commit(
        Batch(results=(result(id=2, at=NOW + SAMPLE_MS * 2, status=Status.DOWN, facts={}),))
    )
    assert await store.facts("web", NOW + SAMPLE_MS * 3) == {"serial": "a", "code": 200}


async def test_a_fact_a_good_run_no_longer_has_is_gone(store: Store) -> None:
    await runs(store, {"serial": "a", "code": 200}, {"code": 200}, every=SAMPLE_MS)
    assert await store.facts("web", NOW + 2 * SAMPLE_MS) == {"code": 200}
    found = await asyncio.to_thread(store.recover, {"web": SAMPLE_MS})
    assert found.last["web"].facts == {"code": 200}


async def test_an_odd_fact_does_not_cost_the_batch(store: Store) -> None:
    odd: dict[str, Fact] = {
        "text": "a\ud800",
        "whole": 1 << 70,
        "ratio": float("nan"),
        "list": ["\udc00"],
    }
    await runs(store, odd)
    assert await store.facts("web", NOW * 2) == {"text": "a?", "whole": str(1 << 70), "list": ["?"]}
