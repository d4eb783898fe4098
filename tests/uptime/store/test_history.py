"""What commands read when no daemon answers, and what tampering looks like from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.uptime.store.helpers import NOW, count, incident, opened, outage, sql, url
from uptime.core.blips import Blips
from uptime.core.model import Batch, Blip, Condition, Span
from uptime.store import StorageError, Store, StoreBroken
from uptime.store.accept import accept
from uptime.store.history import History


def commit(store: Store, *batches: Batch) -> None:
    """As the daemon does, without a loop."""
    for batch in batches:
        store._writer.commit(batch).result()


def fill(path: Path, outages: int = 6) -> None:
    with opened(path) as store:
        store._writer.call(lambda book: accept(book, {"web": None}, NOW)).result()
        commit(store, *(outage(number=n, at=NOW + n) for n in range(1, outages + 1)))


def test_the_record_is_read_without_a_daemon_and_nothing_is_left_beside_it(
    path: Path,
) -> None:
    fill(path)
    files = sorted(path.parent.iterdir())
    with History.open(url(path)) as history:
        assert history.spans("web", NOW, NOW + 10)[-1] == Span(NOW + 1, None, Condition.DOWN, True)
        assert history.monitored("web") == [(NOW, None)]
        assert history.incidents(limit=1) == [incident(6, began=NOW + 6)]
        assert history.records(None, 0, NOW * 2)["web"].monitored == [(NOW, None)]
        assert history.life() == NOW + 6
        assert len(history.ledger(after_seq=2)) == 5
        verified = history.ledger_verify()
        assert (verified.count, verified.bad) == (7, None)
        assert verified.head == history.ledger(6)[0][3]
    assert sorted(path.parent.iterdir()) == files


def test_the_record_is_read_while_a_daemon_writes(path: Path, store: Store) -> None:
    commit(store, outage(number=1))
    history = History.open(url(path))
    assert len(history.incidents()) == 1
    commit(store, outage(number=2))
    assert len(history.incidents()) == 2
    history.close()


def test_what_a_killed_daemon_left_in_its_wal_is_read(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "killed" / "siaga.db"
    copy.parent.mkdir()
    with opened(path) as store:
        commit(store, outage())
        for suffix in ("", "-wal"):
            copy.with_name(f"siaga.db{suffix}").write_bytes(
                path.with_name(f"siaga.db{suffix}").read_bytes()
            )
    with History.open(url(copy)) as history:
        assert len(history.incidents()) == 1


def test_blips_are_counted_by_when_they_began_and_a_batch_that_comes_again_adds_none(
    path: Path, store: Store
) -> None:
    batch = Batch(
        blips=(
            Blip("web", NOW - 1, NOW + 5, 1),
            Blip("web", NOW, NOW + 2_000, 2),
            Blip("web", NOW + 9_000, NOW + 9_500, 1),
            Blip("db", NOW + 10_000, NOW + 10_001, 1),
        )
    )
    commit(store, batch, batch)
    with History.open(url(path)) as history:
        assert history.blips(None, NOW, NOW + 10_000) == {"web": Blips(2, 2_500)}
        assert history.blips(["db"], NOW, NOW + 10_001) == {"db": Blips(1, 1)}
        assert history.blips(["nobody"], NOW, NOW + 10_001) == {}


def test_a_reader_cannot_write(path: Path) -> None:
    with opened(path), History.open(url(path)) as history:
        with pytest.raises(StoreBroken, match="readonly"):
            history._read(lambda db: db.exec_driver_sql("DELETE FROM ledger"))


def test_a_database_that_is_not_there_says_how_it_comes_to_be(path: Path) -> None:
    with pytest.raises(StorageError, match="does not exist; fix: start the daemon"):
        History.open(url(path))
    assert list(path.parent.iterdir()) == []


def test_an_empty_ledger_verifies(path: Path) -> None:
    with opened(path), History.open(url(path)) as history:
        verified = history.ledger_verify()
    assert (verified.count, verified.head, verified.bad) == (0, "0" * 64, None)


@pytest.mark.parametrize(
    ("statement", "bad"),
    [
        ("UPDATE ledger SET entry = replace(entry, 'down', 'up') WHERE seq = 3", 3),
        ("UPDATE ledger SET hash = prev WHERE seq = 4", 4),
        ("DELETE FROM ledger WHERE seq = 2", 2),
        ("DELETE FROM ledger WHERE seq = 1", 1),
        ("UPDATE ledger SET entry = 7 WHERE seq = 5", 5),
        ("UPDATE ledger SET entry = x'ff' WHERE seq = 5", 5),
        ("INSERT INTO ledger SELECT 8, entry, prev, hash FROM ledger WHERE seq = 7", 8),
    ],
)
@pytest.mark.parametrize("page", [10_000, 2])
def test_a_row_touched_by_another_program_is_named(
    path: Path, statement: str, bad: int, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uptime.store.history._PAGE", page)
    fill(path)
    sql(path, statement)
    with History.open(url(path)) as history:
        assert history.ledger_verify().bad == bad


def test_a_dropped_tail_shows_in_count_and_head(path: Path) -> None:
    fill(path)
    with History.open(url(path)) as history:
        whole = history.ledger_verify()
    sql(path, "DELETE FROM ledger WHERE seq > 4")
    with History.open(url(path)) as history:
        cut = history.ledger_verify()
    assert (cut.bad, cut.count) == (None, 4)
    assert cut.head != whole.head


def test_the_chain_goes_on_after_a_restart(path: Path) -> None:
    fill(path, 2)
    fill(path, 3)
    with History.open(url(path)) as history:
        verified = history.ledger_verify()
    assert (verified.count, verified.bad) == (6, None)


async def test_tokens_are_kept_without_their_text_and_revoked_once(store: Store) -> None:
    first = await store.token_add(
        "grafana", "ab" * 32, frozenset({"read", "ack"}), NOW, NOW + 9, "sari"
    )
    second = await store.token_add("budi", "cd" * 32, frozenset(), NOW, None, "sari")
    assert await store.token_revoke(first, NOW + 1, "sari")
    assert await store.token_revoke(first, NOW + 2, "sari")
    assert not await store.token_revoke(99, NOW, "sari")
    one, two = await store.tokens()
    assert (one.id, one.name, one.scopes) == (
        first,
        "grafana",
        frozenset({"read", "ack"}),
    )
    assert (one.created, one.expires, one.revoked) == (NOW, NOW + 9, NOW + 1)
    assert (two.id, two.scopes, two.expires, two.revoked) == (second, frozenset(), None, None)


async def test_the_first_answer_under_a_key_stays_the_answer(path: Path, store: Store) -> None:
    await store.remember("k", "budi", "hash", 201, b"{}", NOW)
    await store.remember("k", "budi", "other", 500, b"no", NOW)
    await store.remember("k", "sari", "hers", 200, b"", NOW)
    assert await store.remembered("k", "budi") == ("hash", 201, b"{}")
    assert await store.remembered("k", "sari") == ("hers", 200, b"")
    assert await store.remembered("k", "agus") is None
    while await store.maintain(NOW + 100 * 3_600_000):
        pass
    assert count(path, "idempotency") == 0


async def test_spans_of_all_checks_ever_are_found_under_their_last_name(store: Store) -> None:
    await store.accept({"old": None}, NOW)
    await store.commit(Batch(transitions=(outage("old").transitions)))
    await store.accept({"new": "old"}, NOW + 5)
    records = await store.records(None, 0, NOW * 2)
    assert list(records) == ["new"]
    assert len(records["new"].spans) == 1
