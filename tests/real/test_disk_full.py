"""A disk that is really full: a small tmpfs, filled to the last byte under the store."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.uptime.store.helpers import HOUR, NOW, living, outage, result, url
from uptime.core.model import Batch
from uptime.store import StorageError, Store, StoreBroken

pytestmark = pytest.mark.real


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", disk], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue
    return filler


def results(first: int) -> Batch:
    return Batch(
        results=tuple(result(id=n, at=NOW + n, detail="x" * 200) for n in range(first, first + 500))
    )


@pytest.mark.blocks
async def test_conclusions_wait_for_room_and_then_stand_once(small_disk: Path) -> None:
    async with living(small_disk / "siaga.db") as store:
        await store.maintain(NOW)  # takes its ballast
        await store.commit(outage(number=1))
        filler = fill(small_disk)
        waiting: list[Batch] = []
        for number in range(2, 60):  # the ballast lasts for a while
            for batch in (results(number * 1000), outage(number=number)):
                waiting.append(batch)
                try:
                    await store.commit(waiting[0])
                    waiting.pop(0)
                except StoreBroken:
                    continue
        assert not (small_disk / "siaga.db.ballast").exists()
        assert waiting, "the disk was never full"
        filler.unlink()
        for batch in waiting:
            await store.commit(batch)
        incidents = await store.incidents(limit=100)
        assert sorted(i.id for i in incidents) == list(range(1, 60))
        verified = await store.ledger_verify()
        assert (verified.count, verified.bad) == (59, None)


@pytest.mark.blocks
async def test_retention_makes_room_on_a_full_disk(small_disk: Path) -> None:
    path = small_disk / "siaga.db"
    dice = random.Random(5)
    async with living(path, raw_s=3600) as store:
        for number in range(20):  # three megabytes that do not deflate
            rows = (
                result(f"check-{number}", id=n, at=NOW + n, detail=dice.randbytes(300).hex())
                for n in range(500)
            )
            await store.commit(Batch(results=tuple(rows)))
        while await store.maintain(NOW + 2 * HOUR):
            pass
        fill(small_disk)
        for _ in range(100):
            try:
                while await store.maintain(NOW + 9 * HOUR):
                    pass
                break
            except StoreBroken:
                continue
        assert await store.runs("check-7", NOW, NOW + HOUR) == []
        for number in range(100, 200):
            await store.commit(outage(number=number))  # in the room that was made


@pytest.mark.blocks
def test_a_first_start_on_a_full_disk_leaves_no_database(small_disk: Path) -> None:
    filler = fill(small_disk)
    path = small_disk / "siaga.db"
    with pytest.raises(StorageError, match="fix: "):
        Store.open(url(path), clock=lambda: NOW)
    assert not path.exists()
    filler.unlink()
    Store.open(url(path), clock=lambda: NOW).close()
    assert path.exists()
