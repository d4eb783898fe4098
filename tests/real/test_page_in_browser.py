"""The status page in a real browser: hostile names run nothing, and it fits a phone."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest

from tests.uptime.web.fakes import FakeServices, running
from tests.uptime.web.hostile import HOSTILE
from uptime.core.model import Condition

pytestmark = pytest.mark.real


async def browser(directory: Path, *arguments: str) -> tuple[str, str]:
    """Output and log of one headless run."""
    process = await asyncio.create_subprocess_exec(
        "chromium",
        "--headless=new",
        "--no-sandbox",  # as root it has none
        "--disable-gpu",
        "--enable-logging=stderr",
        f"--user-data-dir={directory}/profile",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, log = await asyncio.wait_for(process.communicate(), 60)
    return out.decode(), log.decode("utf-8", "replace")


@pytest.mark.timeout(120)
async def test_hostile_names_run_nothing_and_break_no_policy(tmp_path: Path) -> None:
    services = FakeServices()
    for number, text in enumerate(HOSTILE.values()):
        services.add(f"check-{number}", Condition.DOWN, public=text)
    async with running(services, tmp_path) as web:
        dom, log = await browser(tmp_path, "--dump-dom", f"http://127.0.0.1:{web.public_port}/")
    assert "alert(1)" in dom  # as text
    assert "<script" not in dom
    assert "Content Security Policy" not in log
    assert "CONSOLE" not in log


@pytest.mark.timeout(120)
@pytest.mark.parametrize("size", ["360,740", "1280,900"])
async def test_the_page_is_painted(size: str) -> None:
    services = FakeServices()
    services.add("web-1", public="Portal Kabupaten Contoh")
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        async with running(services, directory) as web:
            await browser(
                directory,
                f"--window-size={size}",
                f"--screenshot={directory}/page.png",
                f"http://127.0.0.1:{web.public_port}/",
            )
        assert (directory / "page.png").stat().st_size > 5000
