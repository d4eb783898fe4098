"""No byte of anybody's text controls the terminal (reliability E7, J1)."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import signal
import struct
import sys
import termios
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui import regency
from tests.tui.fake_api import FakeApi
from tests.tui.stage import NOW, stage
from tui.inert import LONGEST, inert
from uptime.schema import Acked, NoteRow, Told

CORPUS = [
    "\x1b]52;c;UFdORUQ=\x07PWNED",
    "\x1b[2J\x1b[31mPWNED",
    "\x9d52;c;UFdORUQ=\x9cPWNED",
    "\x9b2JPWNED",
    "a\x00b\x07c\x08d\x7f",
    "\u202egnitsaolf\u2066x\u2069",
    "[/x] [bold red]PWNED[/]",
    "[link=https://evil.example]PWNED[/link]",
    "{0.__class__} %s %(x)s",
    "line\r\nBcc: x\u2028y\u0085z",
    "e" + "\u0301" * 500,
    "x" * 5000,
    "漢字" * 200,
    "مرحبا بالعالم",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "<script>alert(1)</script>",
    "",
    "   ",
]


@pytest.mark.parametrize("text", CORPUS)
def test_what_is_harmful_is_taken_out(text: str) -> None:
    clean = inert(text)
    assert len(clean) <= LONGEST
    assert not [c for c in clean if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}]


@given(st.text())
def test_no_text_whatever_keeps_a_control_character(text: str) -> None:
    assert not re.search(
        r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", inert(text)
    )


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=100))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert inert(text) == text


def hostile() -> FakeApi:
    """Every text that can be a field of a row, an incident, a note, is one of the corpus."""
    rows, incidents = [], []
    for n, text in enumerate(CORPUS):
        rows.append(
            regency.row(
                f"c{n}{text}", name=text, group=text, type=text, target=text, severity=text,
                state="down" if n % 2 else "degraded", condition=text, reason=text, detail=text,
                since=text if n % 3 else regency.text(NOW), incident=f"INC-{n}", blame=text,
                overlays=[text, "acknowledged"], labels={text: text}, depends_on=[text],
                last_result=text,
            )
        )  # fmt: skip
        incidents.append(
            regency.incident(
                f"INC-{n}", kind=text, severity=text, check=f"c{n}{text}", name=text or None,
                affected=[text], began=text, began_bound=text, reason=text, detail=text,
                acked=Acked(by=text, at=text, until=text), cause=text, cause_reason=text,
                notes=[NoteRow(by=text, at=text, text=text)],
                told=[Told(id=n, channel=text, kind=text, state=text, created=text, delivered=None,
                           attempts=2, error=text)],
            )
        )  # fmt: skip
    api = FakeApi(rows, incidents, NOW)
    joined = " ".join(CORPUS[:6])
    api.monitor = regency.health(
        state="degraded", reasons=CORPUS[:3], config_errors=[joined], on_call=joined
    )
    return api


WALK = ["j", "enter", "escape", "i", "j", "j", "tab", "escape", "slash", "P", "enter", "p", "l"]


@pytest.mark.parametrize("size", [(80, 24), (200, 50), (40, 10)])
async def test_every_screen_survives_the_corpus_and_shows_none_of_its_controls(
    size: tuple[int, int],
) -> None:
    async with stage(hostile(), size=size) as on:
        for key in WALK:
            await on.press(key)
            shown = on.text().replace("\n", "")
            assert inert(shown[:LONGEST]) == shown[:LONGEST]
            assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e\u2066]", shown)


PROGRAM = """
import sys
from tui.app import run
run([sys.argv[1]], None, None, None)
"""


async def test_through_a_real_terminal_only_our_own_sequences_come_out() -> None:
    api = hostile()
    async with api.serve() as port:
        output = await _watched(f"http://127.0.0.1:{port}", [b"j", b"\r", b"\x1b", b"i", b"q"])
    assert b"PWNED" in output
    assert b"UFdORUQ" in output, "the text itself may be seen, as text"
    # What is left after the sequences that Textual writes must hold no control byte at all.
    rest = re.sub(
        rb"\x1b\]22;[a-z]+\x07|\x1b\[[0-9;?<>=$u]*[A-Za-z]|\x1b\[[0-9;?]*\$p|\x1b[78=>]",
        b"",
        output,
    )
    rest = rest.replace(b"\r", b"").replace(b"\n", b"").replace(b"\x1bP=1s\x1b\\", b"")
    rest = rest.replace(b"\x1bP=2s\x1b\\", b"")
    text = rest.decode("utf-8")
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e\u2066]", text)
    assert b"\x1b[2J\x1b[31m" not in output
    assert b"]52;" not in output.replace(b"]52;c;UFdORUQ=PWNED", b"") or b"\x1b]52" not in output


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP, b"\x03"])
async def test_however_it_ends_the_terminal_is_given_back(end: signal.Signals | bytes) -> None:
    api = FakeApi([regency.row("web", name="PWNED")], [], NOW)
    async with api.serve() as port:
        output = await _watched(f"http://127.0.0.1:{port}", [end])
    assert output.rfind(b"\x1b[?1049l") > output.rfind(b"\x1b[?1049h") > -1
    assert output.rfind(b"\x1b[?25h") > output.rfind(b"\x1b[?25l")


async def _watched(url: str, keys: Sequence[bytes | signal.Signals]) -> bytes:
    """Runs the UI on a pseudo-terminal, presses keys, returns every byte it wrote."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    env: dict[str, Any] = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(Path.cwd())}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, url,
        stdin=follower, stdout=follower, stderr=follower, env=env, start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    output = bytearray()
    loop = asyncio.get_running_loop()
    more = asyncio.Event()

    def readable() -> None:
        try:
            output.extend(os.read(leader, 65536))
        except OSError:  # the other side is closed
            loop.remove_reader(leader)
        more.set()

    loop.add_reader(leader, readable)
    try:
        await _quiet_after(more, output, b"PWNED")
        for key in keys:
            if isinstance(key, bytes):
                os.write(leader, key)
            else:
                process.send_signal(key)
            if key != keys[-1]:
                await _quiet_after(more, output, b"")
        assert await process.wait() == 0
        await asyncio.sleep(0)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        loop.remove_reader(leader)
        os.close(leader)
    return bytes(output)


async def _quiet_after(more: asyncio.Event, output: bytearray, wanted: bytes) -> None:
    """Until something wanted has come and then nothing for a moment."""
    start = len(output) if not wanted else 0
    while True:
        more.clear()
        try:
            await asyncio.wait_for(more.wait(), 0.3)
        except TimeoutError:
            if (wanted and wanted in output) or (not wanted and len(output) > start):
                return
