"""What people said of incidents, edited in the database, is found by the ledger's entries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.uptime.small_daemon import BASE, SmallDaemon

pytestmark = pytest.mark.blocks  # the record is in memory


def goes(daemon: SmallDaemon, check: str, letter: str) -> None:
    """Confirmed by any threshold there is by default."""
    for _ in range(5):
        daemon.pass_(10)
        daemon.result(check, letter)
    daemon.save()


@pytest.fixture
def daemon() -> Iterator[SmallDaemon]:
    """INC-1 of which everything was said, INC-2 of which all was taken back, INC-3 of which
    nothing was said, INC-4 that got worse after it was acknowledged.
    """
    one = SmallDaemon({"a": 10, "b": 10, "c": 10, "d": 10})
    for check in "abcd":
        goes(one, check, "u")
    for check in "abc":
        goes(one, check, "f")
    for number in (1, 2):
        one.say(lambda desk: desk.acknowledge(number, "budi", "on my way", 2**42))  # noqa: B023
        one.say(lambda desk: desk.note(number, "sari", "the mast is down"))  # noqa: B023
        one.say(lambda desk: desk.cause(number, "sari", "power", None))  # noqa: B023
        one.say(lambda desk: desk.cause(number, "sari", "vendor", "fibre cut"))  # noqa: B023
        ticket = {"number": "TT-1", "reported": (BASE + one.wall) * 1000}
        one.say(lambda desk: desk.ticket(number, "budi", ticket))  # type: ignore[arg-type]  # noqa: B023
    goes(one, "a", "u")
    one.say(lambda desk: desk.ticket(1, "budi", {"restored": (BASE + one.wall) * 1000}))
    one.say(lambda desk: desk.unacknowledge(2, "budi"))
    one.say(lambda desk: desk.cause_withdraw(2, "budi"))
    one.say(lambda desk: desk.ticket_withdraw(2, "budi"))
    goes(one, "d", "d")
    one.say(lambda desk: desk.acknowledge(4, "budi", None, None))
    yield one
    one.close()


def test_what_nobody_touched_is_whole(daemon: SmallDaemon) -> None:
    assert daemon.audit().findings == ()
    kinds = daemon.db.execute("SELECT kind, acked IS NULL FROM incident ORDER BY id").fetchall()
    assert kinds == [("down", 0), ("down", 1), ("down", 1), ("degraded", 0)]
    goes(daemon, "d", "f")
    assert daemon.db.execute("SELECT kind, acked FROM incident WHERE id = 4").fetchone() == (
        "down", None,
    )  # fmt: skip
    assert daemon.audit().findings == ()
    daemon.start()
    assert daemon.audit().findings == ()
    daemon.say(lambda desk: desk.acknowledge(4, "sari", None, None))
    goes(daemon, "d", "u")
    assert daemon.audit().findings == ()


def _json(column: str, path: str, value: object) -> str:
    text = json.dumps(value)
    return f"UPDATE incident SET {column} = json_set({column}, '${path}', json('{text}'))"


SAID = [  # of INC-1
    ("acknowledgement", _json("acked", ".by", "sari")),
    ("acknowledgement", _json("acked", ".at", 5)),
    ("acknowledgement", _json("acked", ".until", None)),
    ("acknowledgement", _json("acked", ".note", "x")),
    ("acknowledgement", "UPDATE incident SET acked = NULL"),
    ("acknowledgement", "UPDATE incident SET acked = 'x'"),
    ("acknowledgement", "UPDATE incident SET acked = '{}'"),
    ("acknowledgement", "UPDATE incident SET acked = 5"),
    ("cause", "UPDATE incident SET cause = 'power'"),
    ("cause", "UPDATE incident SET cause = NULL"),
    ("cause", "UPDATE incident SET cause_reason = 'planned'"),
    ("cause", "UPDATE incident SET cause_by = 'budi'"),
    ("cause", "UPDATE incident SET cause_at = cause_at - 1"),
    ("notes", "UPDATE incident SET notes = '[]'"),
    ("notes", "UPDATE incident SET notes = 'null'"),
    ("notes", "UPDATE incident SET notes = '{\"by\":1}'"),
    ("notes", "UPDATE incident SET notes = json_remove(notes, '$[0]')"),
    ("notes", _json("notes", "[1].text", "nothing")),
    ("notes", _json("notes", "[2]", {"by": "x", "at": 5, "text": "y"})),
    ("ticket", _json("ticket", ".number", "TT-2")),
    ("ticket", _json("ticket", ".reported", 5)),
    ("ticket", _json("ticket", ".acknowledged", 5)),
    ("ticket", _json("ticket", ".restored", 5)),
    ("ticket", _json("ticket", ".by", "sari")),
    ("ticket", _json("ticket", ".at", 5)),
    ("ticket", "UPDATE incident SET ticket = NULL"),
]
UNSAID = [
    ("acknowledgement", 'UPDATE incident SET acked = \'{"by":"x","at":5,"until":null,"note":""}\''),
    ("cause", "UPDATE incident SET cause = 'vendor'"),
    ("cause", "UPDATE incident SET cause_reason = 'x'"),
    ("cause", "UPDATE incident SET cause_by = 'x'"),
    ("cause", "UPDATE incident SET cause_at = 5"),
    ("notes", 'UPDATE incident SET notes = \'[{"by":"x","at":5,"text":"y"}]\''),
    ("ticket", "UPDATE incident SET ticket = '{}'"),
]


def tampered(daemon: SmallDaemon, change: str, number: int) -> tuple[str, int | None]:
    """The text and the entry of the one finding."""
    assert daemon.db.execute(f"{change} WHERE id = {number}").rowcount == 1
    found = daemon.audit()
    assert not found.ok
    (one,) = found.findings
    assert one.kind == "incident"
    return one.text, one.entry


def entry_of(daemon: SmallDaemon, kind: str, incident: int) -> int:
    """The last of a kind."""
    found = daemon.db.execute(
        "SELECT max(seq) FROM ledger WHERE entry ->> 'type' = ? AND entry ->> 'incident' = ?",
        (kind, f"INC-{incident}"),
    )
    return int(found.fetchone()[0])


@pytest.mark.parametrize(("field", "change"), SAID)
def test_a_statement_that_was_edited_is_named_with_its_entry(
    daemon: SmallDaemon, field: str, change: str
) -> None:
    seq = entry_of(daemon, "note" if field == "notes" else field, 1)
    says = f"incident INC-1: its {field} is not what entry {seq} says"
    assert tampered(daemon, change, 1) == (says, seq)


@pytest.mark.parametrize(("field", "change"), UNSAID)
def test_a_statement_that_was_taken_back_and_stands_there_again_is_named(
    daemon: SmallDaemon, field: str, change: str
) -> None:
    seq = entry_of(daemon, "note" if field == "notes" else f"{field} withdrawn", 2)
    says = f"incident INC-2: its {field} is not what entry {seq} says"
    assert tampered(daemon, change, 2) == (says, seq)


@pytest.mark.parametrize(("field", "change"), UNSAID)
def test_a_statement_that_nobody_made_is_named(
    daemon: SmallDaemon, field: str, change: str
) -> None:
    says = f"incident INC-3: its {field} is in no entry"
    assert tampered(daemon, change, 3) == (says, None)


def test_the_acknowledgement_of_something_lesser_put_back_is_named(daemon: SmallDaemon) -> None:
    goes(daemon, "d", "f")
    worse = entry_of(daemon, "transition", 4)
    text, seq = tampered(daemon, UNSAID[0][1], 4)
    assert (text, seq) == (
        f"incident INC-4: its acknowledgement is not what entry {worse} says", worse,
    )  # fmt: skip


def test_an_incident_that_is_gone_with_what_was_said_of_it_is_named(daemon: SmallDaemon) -> None:
    seq = entry_of(daemon, "ticket", 1)
    says = f"incident INC-1: the one of entry {seq} is gone"
    assert tampered(daemon, "DELETE FROM incident", 1) == (says, seq)


def test_statements_that_changed_their_incidents_are_named(daemon: SmallDaemon) -> None:
    daemon.db.execute("UPDATE incident SET id = -1 WHERE id = 1")
    daemon.db.execute("UPDATE incident SET id = 1 WHERE id = 3")
    found = daemon.audit().findings
    assert {one.kind for one in found} == {"incident"}
    assert any("INC--1: its cause is in no entry" in one.text for one in found)
    assert any("INC-1: its cause is not what entry" in one.text for one in found)


@pytest.mark.parametrize(
    "entry",
    [
        {"type": "cause", "at": 5, "by": "x", "cause": "power"},
        {"type": "cause", "at": 5, "by": "x", "cause": "power", "incident": "a"},
        {"type": "note", "at": 5, "by": "x", "incident": "INC-1"},
        {"type": "note", "at": 5, "by": "x", "incident": 1},
        {"type": "note", "at": 5, "by": "x", "incident": "INC-99"},
        {"type": "note", "at": 5, "by": "x", "incident": f"INC-{1 << 64}", "text": "y"},
        {"type": "transition", "at": 5, "new": "down", "old": "up", "incident": "x"},
    ],
)
def test_a_statement_that_no_daemon_entered_is_named(
    daemon: SmallDaemon, entry: dict[str, Any]
) -> None:
    head = daemon.store.write(lambda book: book.enter([entry]))
    first = daemon.audit().findings[0]
    assert (first.kind, first.entry) == ("entry", head.seq)
