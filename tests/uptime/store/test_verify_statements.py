"""Maintenance, pauses and tokens edited in the database are found by the ledger's entries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.uptime.small_daemon import SmallDaemon
from uptime.core.statements import of_revocation, of_token
from uptime.store import accept, credentials

pytestmark = pytest.mark.blocks  # the record is in memory


@pytest.fixture
def daemon() -> Iterator[SmallDaemon]:
    """Two plans, one taken back; a pause that ended and one that lasts; two tokens."""
    one = SmallDaemon({"a": 10, "b": 10})
    one.plan("a", 100, 600)
    one.withdraw(one.plan("b", 200, 600).id)
    one.pass_(60)
    one.pause("a")
    one.pass_(60)
    one.resume("a")
    one.pause("b")
    for name in ("grafana", "budi"):
        number = credentials.add_token(one.db, name, name * 4, frozenset({"read"}), 5, None)
        entry = of_token(number, name, name * 4, ["read"], 5, None, "sari")
        one.store.write(lambda book: book.enter([entry]))  # noqa: B023 - at once
    credentials.revoke_token(one.db, 1, 9)
    one.store.write(lambda book: book.enter([of_revocation(1, 9, "sari")]))
    yield one
    one.close()


def test_what_nobody_touched_is_whole(daemon: SmallDaemon) -> None:
    assert daemon.audit().findings == ()
    daemon.reload({"a": 10})  # its pause ends with it
    assert daemon.audit().findings == ()


def test_a_check_that_was_renamed_keeps_its_plan_and_its_pauses(daemon: SmallDaemon) -> None:
    now = daemon.clock.now()
    checks = {"aa": "a", "bb": "b"}
    daemon.store.write(lambda book: accept.accept(book, checks, now, {"bb"}))
    assert daemon.audit().findings == ()


MAINTENANCE = [
    "UPDATE overlay SET start = '2026-11-23T00:00:00+00:00' WHERE id = 1",
    "UPDATE overlay SET start = 'x' WHERE id = 1",
    "UPDATE overlay SET duration = duration + 60000 WHERE id = 1",
    "UPDATE overlay SET entered = entered - 3600000 WHERE id = 1",
    "UPDATE overlay SET announced = 5 WHERE id = 1",
    "UPDATE overlay SET reason = 'planned' WHERE id = 1",
    "UPDATE overlay SET rrule = 'FREQ=DAILY' WHERE id = 1",
    "UPDATE overlay SET zone = 'UTC' WHERE id = 1",
    "UPDATE overlay SET source = 'file' WHERE id = 1",
    "UPDATE overlay SET entered_by = 'sari' WHERE id = 1",
    "UPDATE overlay SET covers = replace(covers, '[1]', '[2]') WHERE id = 1",
    "UPDATE overlay SET covers = '{}' WHERE id = 1",
    "UPDATE overlay SET id = 77 WHERE id = 1",
    "UPDATE overlay SET kind = 'plan' WHERE id = 1",
    "UPDATE overlay SET withdrawn = NULL WHERE id = 2",
    "UPDATE overlay SET withdrawn = withdrawn + 1 WHERE id = 2",
    "UPDATE overlay SET withdrawn = 5, withdrawn_by = 'x' WHERE id = 1",
    "DELETE FROM overlay WHERE id = 1",
    (
        "INSERT INTO overlay (id, kind, source, entered, entered_by) VALUES"
        " (9, 'maintenance', 'person', 5, 'budi')"
    ),
]
PAUSES = [
    "UPDATE overlay SET entered = entered + 1 WHERE id = 3",
    "UPDATE overlay SET withdrawn = NULL WHERE id = 3",
    "UPDATE overlay SET withdrawn = 5 WHERE id = 4",
    "UPDATE overlay SET check_key = 1 WHERE id = 4",
    "UPDATE overlay SET entered_by = 'x' WHERE id = 4",
    "DELETE FROM overlay WHERE id = 3",
]
TOKENS = [
    "UPDATE token SET scopes = 'read admin' WHERE id = 2",
    "UPDATE token SET hash = 'x' WHERE id = 2",
    "UPDATE token SET name = 'x' WHERE id = 2",
    "UPDATE token SET expires = 5 WHERE id = 2",
    "UPDATE token SET revoked = NULL WHERE id = 1",
    "DELETE FROM token WHERE id = 2",
    "INSERT INTO token (name, hash, scopes, created) VALUES ('x', 'y', 'admin', 5)",
]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        *(("maintenance", change) for change in MAINTENANCE),
        *(("pause", change) for change in PAUSES),
        *(("token", change) for change in TOKENS),
    ],
)
def test_a_row_that_was_edited_added_or_dropped_is_named(
    daemon: SmallDaemon, kind: str, change: str
) -> None:
    assert daemon.db.execute(change).rowcount == 1
    found = daemon.audit().findings
    assert {one.kind for one in found} == {kind}
    says = ("is not what entry", "is gone", "is in no entry", "is none")
    assert all(any(words in one.text for words in says) for one in found), found
