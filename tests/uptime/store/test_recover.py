"""A start finds the past as it was stored."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.uptime.store.helpers import (
    HOUR,
    NOW,
    incident,
    known,
    living,
    notification,
    result,
    url,
)
from uptime.core.maintenance import Entered, Plan
from uptime.core.match import Match
from uptime.core.model import Batch, CheckState, Condition, Delivery, Pause, Status
from uptime.store import Recovered, Store
from uptime.store.history import History


async def recovered(path: Path, validity: Mapping[str, int] | None = None) -> Recovered:
    async with living(path) as store:
        return await asyncio.to_thread(store.recover, validity or {})


async def stored(path: Path, *batches: Batch, upkeep_at: int | None = None) -> None:
    """One life of the daemon that commits these and is gone."""
    async with living(path) as store:
        await asyncio.to_thread(store.recover, {})
        for batch in batches:
            await store.commit(batch)
        while upkeep_at is not None and await store.maintain(upkeep_at):
            pass


async def test_the_first_start_finds_nothing(path: Path) -> None:
    assert await recovered(path) == Recovered({}, {}, [], [], [], [], None, 1, 1, 1, 1)


async def test_starts_are_counted_and_a_look_at_the_past_is_no_sign_of_life(path: Path) -> None:
    await stored(path, Batch(life=NOW))
    assert [(r.era, r.life) for r in [await recovered(path), await recovered(path)]] == [
        (2, NOW),
        (3, NOW),
    ]


async def test_a_result_is_a_sign_of_life_and_a_later_one_counts_even_if_it_says_earlier(
    path: Path,
) -> None:
    await stored(path, Batch(results=(result(at=NOW + 500, duration=0.25),), life=NOW + 900))
    assert (await recovered(path)).life == NOW + 750
    await stored(path, Batch(life=NOW + 9000))
    assert (await recovered(path)).life == NOW + 9000
    await stored(path, Batch(results=(result(id=2, at=NOW + 100, duration=0),), life=NOW + 200))
    assert (await recovered(path)).life == NOW + 100  # the clock was set back


async def test_times_of_a_state_are_those_of_the_last_result(path: Path) -> None:
    await stored(
        path,
        Batch(states={"web": known(NOW)}, life=NOW),
        Batch(results=(result(id=7, at=NOW + 60_000),), life=NOW + 61_000),
        Batch(results=(result(id=8, at=NOW + 90_000, status=Status.DEGRADED),), life=NOW + 91_000),
    )
    assert (await recovered(path, {"web": 30_000})).states["web"] == known(
        NOW,
        last_id=8,
        last_at=NOW + 90_000,
        last_known=NOW + 90_000,
        last_status=Status.DEGRADED,
        valid_until=NOW + 120_000,
    )


async def test_the_last_result_counts_though_the_clock_was_set_back_before_it(path: Path) -> None:
    await stored(
        path,
        Batch(states={"web": known(NOW)}, life=NOW),
        Batch(results=(result(id=7, at=NOW - 60_000),), life=NOW - 59_000),
    )
    found = (await recovered(path, {"web": 30_000})).states["web"]
    assert (found.last_known, found.valid_until) == (NOW - 60_000, NOW - 30_000)


async def test_an_unknown_result_moves_the_last_and_not_what_is_known(path: Path) -> None:
    state = CheckState(condition=Condition.UP, known=False, blind_from=NOW, last_at=NOW, last_id=1)
    blind = result(id=9, at=NOW + 5_000, status=Status.UNKNOWN, blame="self")
    await stored(path, Batch(states={"web": state}, results=(blind,), life=NOW + 6_000))
    found = (await recovered(path, {"web": 30_000})).states["web"]
    assert (found.last_id, found.last_at, found.last_known) == (9, NOW + 5_000, None)
    assert (found.known, found.valid_until) == (False, 0)


async def test_a_result_older_than_the_state_changes_nothing(path: Path) -> None:
    state = known(NOW, last_id=5)
    await stored(path, Batch(states={"web": state}, results=(result(id=4, at=NOW - 10),), life=NOW))
    assert (await recovered(path)).states == {"web": state}


@pytest.mark.parametrize("compacted", [False, True])
async def test_a_check_that_runs_once_in_hours_is_found_far_back(
    path: Path, compacted: bool
) -> None:
    """Its state was written days ago, its last result two hours before the end."""
    life = NOW + 75 * HOUR
    last = life - 2 * HOUR
    await stored(
        path,
        Batch(states={"rare": known(NOW, last_id=1)}, results=(result("rare", 1, NOW),)),
        Batch(results=(result("rare", 2, last, latency=0.5, facts={"serial": "a"}),)),
        Batch(results=tuple(result("web", n, life - 900_000 + n) for n in range(3, 9)), life=life),
        upkeep_at=life if compacted else None,
    )
    found = await recovered(path, {"rare": 6 * HOUR, "web": 45_000})
    assert found.states["rare"].last_at == last
    assert found.states["rare"].valid_until == last + 6 * HOUR
    assert found.last["rare"] == result("rare", 2, last, latency=0.5, facts={"serial": "a"})


async def test_the_last_result_comes_with_the_facts_of_the_check(path: Path) -> None:
    await stored(
        path,
        Batch(results=(result(id=1, facts={"version": "1", "serial": "a"}, phases={"dns": 0.5}),)),
        Batch(results=(result(id=2, at=NOW + 9, facts={"version": "1", "serial": "a"}),), life=NOW),
    )
    facts = {"version": "1", "serial": "a"}
    assert (await recovered(path, {"web": 1})).last == {
        "web": result(id=2, at=NOW + 9, facts=facts)
    }


async def test_open_incidents_and_what_is_owed_are_found(path: Path) -> None:
    await stored(
        path,
        Batch(
            incidents=(incident(1, ended=NOW), incident(2), incident(3, None, kind="self")),
            notifications=(
                notification(1, 1, state=Delivery.DELIVERED),
                notification(2, 1),
                notification(3, 2, state=Delivery.DELIVERED),
                notification(4, 2, state=Delivery.CLAIMED, seq=2),
                notification(5, 3, state=Delivery.DEAD),
                notification(6, None, state=Delivery.MERGED),
            ),
        ),
    )
    found = await recovered(path)
    assert found.incidents == [incident(2), incident(3, None, kind="self")]
    assert [owed.id for owed in found.notifications] == [2, 4]
    assert [told.id for told in found.told] == [3, 4, 5]
    assert (found.next_incident, found.next_notification) == (4, 7)


async def test_a_batch_of_an_earlier_process_does_not_keep_one_of_this_from_being_applied(
    path: Path,
) -> None:
    """Tokens begin anew with each process."""
    batch = Batch(incidents=(incident(),))
    await stored(path, batch)
    await stored(path, Batch(incidents=(incident(ended=NOW),), token=batch.token))
    assert (await recovered(path)).incidents == []


async def test_a_check_keeps_its_past_under_a_new_name(path: Path, store: Store) -> None:
    await store.accept({"old": None, "other": None}, NOW)
    await store.commit(Batch(states={"old": known(NOW)}, incidents=(incident(1, "old"),)))
    await store.accept({"new": "old", "other": None}, NOW + 5)
    found = await asyncio.to_thread(store.recover, {})
    assert found.states == {"new": known(NOW)}
    assert found.incidents[0].check == "new"
    assert await store.monitored("new") == [(NOW, None)]
    assert await store.monitored("old") == []


async def test_a_name_in_use_is_not_handed_over(store: Store) -> None:
    await store.accept({"a": None, "b": None}, NOW)
    await store.accept({"a": None, "b": "a"}, NOW + 5)  # a is still configured
    await store.accept({"b": "a"}, NOW + 9)  # b has a history of its own
    assert await store.monitored("a") == [(NOW, NOW + 9)]
    assert await store.monitored("b") == [(NOW, None)]


async def test_what_still_comes_under_a_former_id_belongs_to_the_same_check(store: Store) -> None:
    await store.accept({"old": None}, NOW)
    await store.commit(Batch(results=(result("old", 1, NOW),)))
    await store.accept({"new": "old"}, NOW + 5)
    await store.commit(Batch(results=(result("old", 2, NOW + 3), result("new", 3, NOW + 6))))
    assert len((await store.results("new", NOW, NOW + 10, None)).points) == 3
    await store.accept({"new": "old", "old": None}, NOW + 20)
    await store.commit(Batch(results=(result("old", 4, NOW + 21),)))
    assert len((await store.results("new", NOW, NOW + 30, None)).points) == 3, "now another check"
    assert len((await store.results("old", NOW, NOW + 30, None)).points) == 1


async def test_a_check_is_monitored_while_it_is_accepted(store: Store) -> None:
    await store.accept({"a": None, "b": None}, NOW)
    await store.accept({"b": None}, NOW + 10)
    await store.accept({"a": None, "b": None}, NOW + 20)
    await store.accept({}, NOW + 30)
    assert await store.monitored("a") == [(NOW, NOW + 10), (NOW + 20, NOW + 30)]
    assert await store.monitored("b") == [(NOW, NOW + 30)]
    assert await store.monitored("nobody") == []


async def test_a_check_that_returns_in_the_same_instant_was_never_gone(store: Store) -> None:
    await store.accept({"a": None}, NOW)
    await store.accept({}, NOW)
    await store.accept({"a": None}, NOW)
    assert await store.monitored("a") == [(NOW, None)]


async def test_records_of_many_checks_come_at_once(store: Store) -> None:
    await store.accept({"a": None, "b": None, "c": None}, NOW)
    await store.accept({"a": None, "b": None}, NOW + 100)
    found = await store.records(["a", "c", "nobody"], NOW + 50, NOW + 200)
    assert {check: record.monitored for check, record in found.items()} == {
        "a": [(NOW, None)],
        "c": [(NOW, NOW + 100)],
    }
    assert (await store.records(None, NOW + 100, NOW + 200))["c"].monitored == []


async def test_ten_thousand_checks_are_found_within_reason(path: Path) -> None:
    """The goal of 150 ms is for bench/; here only that no query walks through all for each."""
    names = [f"check-{n}" for n in range(10_000)]
    results = tuple(result(name, n + 1, NOW + n) for n, name in enumerate(names))
    await stored(path, Batch(states={name: known(NOW - 1) for name in names}))
    await stored(path, Batch(results=results, life=NOW + 10_000))
    found = await recovered(path, dict.fromkeys(names, 45_000))
    assert len(found.last) == 10_000
    assert found.states["check-9"].last_at == NOW + 9


async def test_what_is_laid_over_checks_comes_back_as_it_was_entered(path: Path) -> None:
    match = Match(frozenset({"high"}), frozenset({"g"}), {"opd": "*"}, frozenset({"web"}))
    start = datetime.fromisoformat("2026-12-01T22:00")
    plan = Plan(match, start, 7_200_000, "Asia/Jakarta", "FREQ=DAILY", "kabel", NOW - 9)
    exact = Plan(Match(), start.astimezone(ZoneInfo("Asia/Jakarta")), 1, "Asia/Jakarta")
    first = Entered(1, plan, "budi", NOW)
    second = Entered(2, exact, "configuration", NOW, "file")
    lasting, over = Pause(3, "web", "budi", NOW), Pause(4, "db", "sari", NOW)
    async with living(path) as store:
        await store.accept({"web": None, "db": None}, NOW)
        await store.commit(Batch(overlays=(first, second, lasting, over)))
        first = replace(first, withdrawn=NOW + 5, withdrawn_by="sari")
        over = replace(over, withdrawn=NOW + 5, withdrawn_by="budi")
        await store.commit(Batch(overlays=(first, over)))
    found = await recovered(path)
    assert found.maintenance == [first, second]
    assert found.next_overlay == 5
    async with living(path) as store:
        assert await asyncio.to_thread(store.pauses) == [lasting]
        await store.accept({"www": "web", "db": None}, NOW + 10, {"www"})
        renamed = replace(first, plan=replace(plan, match=match.renamed({"web": "www"})))
        assert await asyncio.to_thread(store.pauses) == [replace(lasting, check="www")], (
            "it follows the rename"
        )
        assert await store.monitored("www") == [(NOW, NOW + 10)]

    def offline() -> list[Entered]:
        with History.open(url(path)) as history:
            return history.maintenance()

    assert await asyncio.to_thread(offline) == [renamed, second]
