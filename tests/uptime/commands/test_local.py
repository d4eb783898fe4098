"""Times on a terminal are those of the configuration's zone."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from uptime.commands.local import Local


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('[siaga]\ntimezone = "Asia/Jakarta"\n', "2026-11-24 10:04:05 WIB"),
        ('[siaga]\ntimezone = "Asia/Jayapura"\n', "2026-11-24 12:04:05 WIT"),
        ('[siaga]\ntimezone = "Asia/Jakart"\n', "2026-11-24 03:04:05 UTC"),
        ("[siaga]\ntimezone = 7\n", "2026-11-24 03:04:05 UTC"),
        ("[siaga", "2026-11-24 03:04:05 UTC"),
        ("", "2026-11-24 03:04:05 UTC"),
    ],
)
def test_an_instant_is_written_in_the_zone_of_the_file(
    tmp_path: Path, text: str, shown: str
) -> None:
    path = tmp_path / "checks.toml"
    path.write_text(text)
    local = Local(Namespace(config=path))
    assert local("2026-11-24T03:04:05.678Z") == shown
    assert local(None) is None
