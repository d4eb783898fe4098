"""The engineer's walk through an outage, in tmux at 80x24, against the demo."""

from __future__ import annotations

import asyncio
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.daemon_process import eventually
from tests.real.servers import program

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]
ROOT = Path(__file__).parents[2]


class Terminal:
    """A tmux window of 80x24."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self._tmux = [program("tmux"), "-S", str(folder / "tmux.sock"), "-f", "/dev/null"]
        self._run("new-session", "-d", "-x", "80", "-y", "24", shlex.join(command))

    def _run(self, *arguments: str) -> str:
        done = subprocess.run([*self._tmux, *arguments], capture_output=True, text=True, check=True)
        return done.stdout

    @property
    def screen(self) -> str:
        return self._run("capture-pane", "-p")

    def press(self, *keys: str) -> None:
        self._run("send-keys", *keys)

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)

    async def shows(self, pattern: str, within: float = 20) -> str:
        async def there() -> bool:
            return re.search(pattern, self.screen) is not None

        await eventually(there, within, lambda: f"{pattern!r} is not on\n{self.screen}")
        return self.screen


async def test_an_outage_is_seen_opened_and_acknowledged(tmp_path: Path) -> None:
    state = tmp_path / "demo"
    siaga = [sys.executable, "-m", "uptime"]
    with (tmp_path / "demo.log").open("wb") as log:
        demo = subprocess.Popen(
            [*siaga, "demo", "--fast", "--state", str(state)], stdout=log, stderr=log, cwd=ROOT
        )
    terminal: Terminal | None = None
    try:
        configuration = state / "checks.toml"

        async def ready() -> bool:
            assert demo.poll() is None, (tmp_path / "demo.log").read_text()
            transport = httpx.AsyncHTTPTransport(uds=str(state / "siaga.sock"))
            try:
                async with httpx.AsyncClient(transport=transport) as client:
                    return (await client.get("http://siaga/readyz")).is_success
            except httpx.HTTPError:
                return False

        await eventually(ready, 30)
        terminal = Terminal(tmp_path, [*siaga, "tui", "-c", str(configuration)])
        await terminal.shows("Diskominfo Kabupaten Contoh")
        # The tower falls: it stands first, the districts behind it are marked.
        await terminal.shows(r"✗ MATI +Menara utama", 60)
        terminal.press("Enter")
        await terminal.shows(r"127\.33\.3\.1")
        terminal.press("a")
        await terminal.shows("Catatan untuk INC-")  # what is typed before would be keys
        terminal.press("Enter")

        async def acknowledged() -> bool:
            transport = httpx.AsyncHTTPTransport(uds=str(state / "siaga.sock"))
            async with httpx.AsyncClient(transport=transport) as client:
                items = (await client.get("http://siaga/api/v1/incidents")).json()["items"]
                return any(i["check"] == "twr-utama" and i["acked"] for i in items)

        screen = terminal
        await eventually(acknowledged, 10, lambda: screen.screen)
        terminal.press("Escape")
        await terminal.shows("KEADAAN")
        terminal.press("q")
    finally:
        if terminal is not None:
            terminal.close()
        demo.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(demo.wait, 20) == 0
