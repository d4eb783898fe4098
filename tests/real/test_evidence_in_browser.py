"""The page of a bundle in a real browser: hostile text runs nothing and breaks no policy."""

from __future__ import annotations

import asyncio
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.real.test_page_in_browser import browser
from tests.uptime.evidence.world import record, siaga

pytestmark = pytest.mark.real


@pytest.mark.timeout(180)
async def test_the_page_of_a_hostile_outage_is_painted_and_runs_nothing(tmp_path: Path) -> None:
    await record(tmp_path)
    for language in ("id", "en"):
        bundle = tmp_path / f"{language}.zip"
        words = ("evidence", "INC-1", "-o", str(bundle), "--language", language)
        assert (await asyncio.to_thread(siaga, tmp_path, *words))[0] == 0
        with ZipFile(bundle) as archive:
            page = Path(archive.extract("page.html", tmp_path / language)).as_uri()
        dom, log = await browser(tmp_path, "--dump-dom", page)
        assert "alert(1)" in dom  # as text
        assert "<script" not in dom
        assert "Content Security Policy" not in log
        assert "CONSOLE" not in log
        picture = tmp_path / f"{language}.png"
        await browser(tmp_path, "--window-size=900,1800", f"--screenshot={picture}", page)
        assert picture.stat().st_size > 50_000
