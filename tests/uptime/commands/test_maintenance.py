"""`siaga maintenance`: what is refused before anybody is asked; the rest is seen with a daemon."""

from __future__ import annotations

from pathlib import Path

import pytest

from uptime.cli import USAGE, main


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "--for", "2h"], "name what is covered"),
        (["add", "--check", "a"], "--for 2h"),
        (["add", "--label", "opd", "--for", "2h"], "NAME=TEXT"),
        (["end"], "such as MNT-12"),
    ],
)
def test_what_is_missing_is_said(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["maintenance", *arguments, "-c", str(tmp_path / "checks.toml")]) == USAGE
    assert said in capsys.readouterr().err
