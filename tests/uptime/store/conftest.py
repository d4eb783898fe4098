"""A store in a directory of the test's own, opened before its loop and closed after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.uptime.store.helpers import opened
from uptime.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "siaga.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with opened(path) as store:
        yield store
