"""Refused writes in the ledger: told, but nobody fills it with them."""

from __future__ import annotations

from uptime.denials import EVERY, Denials


def test_a_refused_write_is_told_once_a_minute_and_the_rest_counted() -> None:
    denials = Denials()
    told = [denials.entry("POST /ack", 401, "192.0.2.9", "no token", at) for at in range(100)]
    assert told[0] == {
        "type": "denied", "at": 0, "action": "POST /ack", "status": 401, "who": "192.0.2.9",
        "why": "no token", "times": 1,
    }  # fmt: skip
    assert told[1:] == [None] * 99
    later = denials.entry("POST /ack", 401, "192.0.2.7", "no token", EVERY)
    assert later is not None
    assert (later["times"], later["who"]) == (100, "192.0.2.7")


def test_kinds_are_told_apart_and_a_clock_set_back_silences_nobody() -> None:
    denials = Denials()
    assert denials.entry("POST /ack", 401, "x", "", 1000) is not None
    assert denials.entry("POST /ack", 403, "x", "", 1000) is not None
    assert denials.entry("POST /note", 401, "x", "", 1000) is not None
    assert denials.entry("POST /note", 401, "x", "", 999) is not None
