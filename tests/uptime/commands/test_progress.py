"""A bar for people who wait, nothing for programs."""

from __future__ import annotations

import io
from unittest import mock

import pytest

from uptime.commands import progress as module
from uptime.commands.progress import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def work(*, shown: bool = True, to: io.StringIO | None = None) -> str:
    out = Terminal() if to is None else to
    # Not in a fixture: between it and the test pytest puts its own there.
    with mock.patch("sys.stderr", out), progress(shown=shown) as report:
        report("entries", 50, 100)
        report("looking", 1, 0)
        report("entries", 100, 100)
    return out.getvalue()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE_S", 0.0)
    monkeypatch.setenv("TERM", "xterm")


def test_what_is_done_within_a_second_shows_no_bar() -> None:
    assert work() == ""


def test_what_takes_longer_shows_how_far_it_is(impatient: None) -> None:
    shown = work()
    assert "entries" in shown
    assert "100%" in shown
    assert "looking" in shown


def test_neither_programs_nor_pipes_see_a_bar(impatient: None) -> None:
    assert work(shown=False) == ""
    assert work(to=io.StringIO()) == ""
