"""The past rebuilt from entries is the past that was written, whatever happened."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.uptime.store.helpers import HOUR, NOW, known, went
from uptime.core import statements
from uptime.core.model import Batch, CheckState, Condition, Policy, Result, Status
from uptime.core.rebuild import Past
from uptime.core.sla import account
from uptime.core.state import blind, observe
from uptime.store import ledger_past, migrate, rows
from uptime.store.accept import accept
from uptime.store.batches import Book

MANUAL = Path(__file__).parents[3] / "docs" / "ledger.md"
SCRIPT = re.search(r"```python\n(.*?)```", MANUAL.read_text(), re.DOTALL)
POLICY = Policy(failure_threshold=2, success_threshold=2, validity_ms=20_000)
STATUS = st.sampled_from(list(Status))
STEP = st.sampled_from([1_000, 5_000, 10_000, 30_000, 60_000, -40_000])
CHECK = st.sampled_from(["a", "b"])
EVENT = st.one_of(
    st.tuples(st.just("result"), CHECK, STATUS, STEP),
    st.tuples(st.just("result"), CHECK, st.sampled_from([Status.UP, Status.DOWN]), STEP),
    st.tuples(st.just("blind"), CHECK, st.none(), STEP),
    st.tuples(st.just("toggle"), CHECK, st.none(), STEP),
    st.tuples(st.just("rename"), CHECK, st.none(), STEP),
    st.tuples(st.just("set back"), CHECK, st.none(), st.just(-40_000)),
)


class Life:
    """A recorder in small: what happens becomes batches, as the daemon makes them."""

    def __init__(self) -> None:
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.db.executescript(migrate.SCHEMA.read_text())
        self.book = Book(self.db)
        self.now = NOW
        self.states = {"a": CheckState(), "b": CheckState()}
        self.ids = {"a": "a", "b": "b"}
        self.watched = {"a", "b"}
        self.count = 0
        self._accept(NOW)

    def _accept(self, at: int, **was: str) -> None:
        checks = {self.ids[one]: was.get(one) for one in sorted(self.watched)}
        accept(self.book, checks, at)

    def live(self, kind: str, check: str, status: Status | None, step: int) -> None:
        self.count += 1
        forward = max(step, 1)
        at = self.now + step
        self.now += forward
        name, state = self.ids[check], self.states[check]
        match kind:
            case "result":
                assert status is not None
                result = Result(name, self.count, at, 0.01, status, reason="refused")
                self.states[check], transition = observe(state, result, POLICY)
                self._commit(transition, Batch(results=(result,)))
            case "blind":
                since = max(min(state.valid_until, self.now), state.since or 0)
                self.states[check], transition = blind(name, state, since, self.now)
                if transition is not None:
                    entries = statements.of_blindness([transition], self.now)
                    self.book.apply(Batch(transitions=(transition,), entries=tuple(entries)))
            case "toggle":
                self.watched ^= {check}
                self._accept(at)
            case "set back":
                self._accept(at)
            case "rename" if check in self.watched:
                self.ids[check] = f"{check}{self.count}"
                self._accept(self.now, **{check: name})

    def _commit(self, transition: Any, batch: Batch) -> None:
        if transition is not None:
            entry = statements.of_transition(transition, None)
            batch = Batch(batch.results, transitions=(transition,), entries=(entry,))
        self.book.apply(batch)

    def ledger(self) -> list[tuple[int, str, str, str]]:
        return self.db.execute("SELECT * FROM ledger ORDER BY seq").fetchall()


def past_of(life: Life, shelf: ledger_past.TemporaryShelf) -> Past:
    past = Past(shelf)
    for seq, text, *_ in life.ledger():
        past.take(seq, json.loads(text))
    return past


@settings(max_examples=500, deadline=None)
@given(st.lists(EVENT, min_size=5, max_size=80), st.sampled_from([1, 2, 32]))
def test_the_past_that_is_rebuilt_is_the_past_that_was_written(
    events: list[tuple[str, str, Status | None, int]], held: int
) -> None:
    life = Life()
    for event in events:
        life.live(*event)
    with (
        mock.patch("uptime.core.rebuild._HELD", held),
        closing(ledger_past.TemporaryShelf()) as shelf,
        closing(life.db),
    ):
        past = past_of(life, shelf)
        assert ledger_past.compare(life.db, past, 0)[1] == []
        assert ledger_past.unknown_checks(life.db, past) == []


@settings(max_examples=150, deadline=None)
@given(st.lists(EVENT, min_size=5, max_size=60))
def test_the_script_of_the_manual_agrees_with_our_arithmetic(
    events: list[tuple[str, str, Status | None, int]],
) -> None:
    """It keeps no spans at all: a slow oracle of rule and record."""
    life = Life()
    for event in events:
        life.live(*event)
    accept(life.book, {}, life.now + HOUR)  # so that all that is open has an end
    export = "".join(
        json.dumps({"seq": seq, "entry": text, "prev": prev, "hash": digest}) + "\n"
        for seq, text, prev, digest in life.ledger()
    )
    for check in life.ids.values():
        (key,) = life.db.execute("SELECT key FROM checks WHERE id = ?", (check,)).fetchone()
        spans = life.db.execute("SELECT * FROM span WHERE check_key = ? ORDER BY began", (key,))
        watched = life.db.execute(
            "SELECT began, ended FROM monitored WHERE check_key = ?", (key,)
        ).fetchall()
        ours = account(
            (NOW - HOUR, NOW + 100 * HOUR), [rows.to_span(row) for row in spans], watched,
            until=life.now + HOUR,
        )  # fmt: skip
        assert script(export, check) == ours.down
    life.db.close()


def script(export: str, check: str) -> int:
    assert SCRIPT is not None
    out = io.StringIO()
    words = ["check.py", "ledger.jsonl", check, "2025-11", "Asia/Jakarta"]
    with mock.patch.object(sys, "argv", words), redirect_stdout(out):
        exec(SCRIPT[1], {"open": lambda *_, **__: io.StringIO(export)})
    return int(json.loads(out.getvalue())["down_ms"])


@pytest.fixture
def life() -> Iterator[Life]:
    life = Life()
    yield life
    life.db.close()


def test_what_came_under_a_former_name_belongs_to_the_check_of_the_new_one(life: Life) -> None:
    life.live("rename", "a", None, 1_000)
    late = went("a", life.now, Condition.NONE, Condition.DOWN)
    entry = statements.of_transition(late, None)
    life.book.apply(Batch(transitions=(late,), entries=(entry,), states={"a": known(life.now)}))
    accept(life.book, {"a1": None, "b": None, "a": None}, life.now + 5)  # the name is given anew
    again = went("a", life.now + 9, Condition.NONE, Condition.UP)
    life.book.apply(Batch(transitions=(again,), entries=(statements.of_transition(again, None),)))
    with closing(ledger_past.TemporaryShelf()) as shelf:
        past = past_of(life, shelf)
        assert ledger_past.compare(life.db, past, 0)[1] == []
        assert [made.span.condition for made in past.spans(past.lines["a1"])] == ["down"]
        assert [made.span.condition for made in past.spans(past.lines["a"])] == ["up"]


def test_a_check_that_the_database_forgot_is_named(life: Life) -> None:
    life.live("result", "a", Status.UP, 1_000)
    life.db.execute("DELETE FROM checks WHERE id = 'a'")
    with closing(ledger_past.TemporaryShelf()) as shelf:
        (found,) = ledger_past.unknown_checks(life.db, past_of(life, shelf))
    assert (found.kind, found.entry) == ("check", 1)
    assert found.text == "check a: the ledger has it, the database not"


def test_a_clock_that_is_set_back_watches_from_the_new_time_on() -> None:
    """Even before the check came into the configuration: what is measured there counts."""
    life = Life()
    for check in ("a", "b"):
        life.live("set back", check, None, -40_000)
    rows = life.db.execute("SELECT began, ended FROM monitored ORDER BY check_key").fetchall()
    assert rows == [(NOW - 40_000, None)] * 2
    life.db.close()


def test_what_an_older_clock_said_of_later_times_holds_no_more() -> None:
    life = Life()
    accept(life.book, {"a": None}, NOW + HOUR)  # b leaves by a clock that is ahead
    accept(life.book, {"a": None, "b": None}, NOW + 1000)
    accept(life.book, {"a": None}, NOW + 2000)
    rows = life.db.execute(
        "SELECT began, ended FROM monitored WHERE check_key = 2 ORDER BY began"
    ).fetchall()
    assert rows == [(NOW, NOW + 1000), (NOW + 1000, NOW + 2000)]
    life.db.close()
