"""Bad files, each with the exact errors it gives.

`bad/messages.txt` is the table: under `## NAME` stand the errors of `bad/NAME.toml`, without
the file's name before them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.uptime.config.fakes import load
from uptime.config import ConfigErrors

BAD = Path(__file__).parent / "bad"
ENVIRON = {"TOKEN": "t0psecret"}
BLOCKS = re.split(r"^## ", (BAD / "messages.txt").read_text(), flags=re.MULTILINE)[1:]
TABLE = {lines[0]: lines[1:] for lines in (block.strip().split("\n") for block in BLOCKS)}


@pytest.mark.parametrize("name", TABLE)
def test_a_bad_file_gives_exactly_these_errors(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BAD)
    with pytest.raises(ConfigErrors) as caught:
        load(Path(f"{name}.toml"), ENVIRON)
    assert str(caught.value).split("\n") == [f"{name}.toml:{line}" for line in TABLE[name]]
    assert [str(error) for error in caught.value.errors] == str(caught.value).split("\n")
    for secret in ("hunter2", "t0psecret"):
        assert secret not in str(caught.value)
        assert secret not in repr(caught.value)


def test_every_bad_file_has_its_row() -> None:
    assert {path.stem for path in BAD.glob("*.toml")} == set(TABLE)


def test_every_message_has_the_promised_form() -> None:
    form = re.compile(r"\d+:\d+: [^ ].*: .+; fix: .+")
    assert all(form.fullmatch(line) for lines in TABLE.values() for line in lines)
