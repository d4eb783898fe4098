"""One record for all of these tests, and a copy of it for each."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.uptime.evidence.world import record


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evidence")
    asyncio.run(record(folder))
    return folder


@pytest.fixture
def folder(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded, tmp_path / "copy"))
