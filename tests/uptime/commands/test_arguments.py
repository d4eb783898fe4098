"""The order in which a command line is written does not matter."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from uptime import cli


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("replay web --last 30d failure_threshold=5", "options", ["failure_threshold=5"]),
        ("replay web a=1 --last 30d b=2", "options", ["a=1", "b=2"]),
        ("maintenance end -c x.toml MNT-1", "id", "MNT-1"),
        ("maintenance end MNT-1 -c x.toml", "id", "MNT-1"),
        ("token revoke -c x.toml 3", "name", "3"),
        (
            "probe http -c x.toml https://portal.example/",
            "what",
            ["http", "https://portal.example/"],
        ),
        ("init -o x.toml portal.example", "target", ["portal.example"]),
    ],
)
def test_what_comes_after_an_option_is_taken_as_well(
    monkeypatch: pytest.MonkeyPatch, line: str, name: str, value: object
) -> None:
    seen: list[Namespace] = []

    class Command:
        @staticmethod
        def main(arguments: Namespace) -> int:
            seen.append(arguments)
            return cli.OK

    monkeypatch.setattr(cli, "import_module", lambda _: Command)
    assert cli.main(line.split()) == cli.OK
    assert getattr(seen[0], name) == value
    assert seen[0].config in (None, Path("x.toml"))


@pytest.mark.parametrize(
    "line",
    ["status web", "maintenance end MNT-1 -c x.toml MNT-2", "replay web --no-such x=1", "sla x y"],
)
def test_what_nobody_takes_is_an_error(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(line.split())
    assert ended.value.code == cli.USAGE
    assert "unrecognized arguments" in capsys.readouterr().err
