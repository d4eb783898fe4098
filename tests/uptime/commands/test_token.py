"""`siaga token`: what it asks of the daemon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from uptime.cli import OK, USAGE, main
from uptime.commands import token


class Daemon:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def post(self, path: str, body: dict[str, Any]) -> dict[str, str]:
        self.asked.append((path, body))
        return {"token": "siaga_x"}


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Daemon:
    found = Daemon()
    monkeypatch.setattr(token, "connect", lambda arguments: found)
    return found


def test_a_token_expires_after_the_duration_given(
    daemon: Daemon, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["token", "new", "grafana", "--scope", "read", "--expires", "30d"]) == OK
    ((path, body),) = daemon.asked
    assert (path, body["name"], body["scopes"]) == ("/tokens", "grafana", ["read"])
    left = datetime.fromisoformat(body["expires"]) - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < left < timedelta(days=30, seconds=1)
    assert capsys.readouterr().out == "siaga_x\n"


def test_a_duration_without_its_unit_is_refused_before_anything_is_asked(
    daemon: Daemon, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["token", "new", "grafana", "--expires", "30"]) == USAGE
    assert daemon.asked == []
    assert 'write a unit: "30s"' in capsys.readouterr().err
