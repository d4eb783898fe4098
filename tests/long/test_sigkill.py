"""Three hundred SIGKILLs at random moments while checks flip: nothing committed is lost, no
incident stands twice, every outage is told, the file is sound.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from tests.daemon_process import DaemonProcess, eventually
from tests.http_collector import HttpCollector
from tests.uptime.test_end_to_end import FAST, Door
from uptime.core.ledger import GENESIS, link
from uptime.store.history import History
from uptime.store.ledger_verify import audit

KILLS = int(os.environ.get("SIAGA_KILLS", "300"))
CHECKS = 12

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


def _ledger(database: Path) -> list[tuple[int, str, str, str]]:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        return list(db.execute("SELECT seq, entry, prev, hash FROM ledger ORDER BY seq"))


async def _flip(door: Door, rng: random.Random) -> None:
    while True:
        await door.open()
        await asyncio.sleep(rng.uniform(1.0, 4.0))
        await door.close()
        await asyncio.sleep(rng.uniform(1.0, 4.0))


async def test_sigkill_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    rng = random.Random(20261124)
    doors = [Door() for _ in range(CHECKS)]
    async with HttpCollector() as collector:
        config = (
            FAST
            + "".join(
                f'[checks.c{n}]\ntype = "tcp"\ntarget = "127.0.0.1:{door.port}"\n'
                for n, door in enumerate(doors)
            )
            + (
                f'[channels.piket]\nurl = "{collector.url}"\nlanguage = "en"\n'
                '[[routes]]\nchannels = ["piket"]\ngroup_wait = "0s"\n'
            )
        )
        flipping = [asyncio.create_task(_flip(door, rng)) for door in doors]
        daemon = DaemonProcess(tmp_path, config)
        database = tmp_path / "siaga.db"
        seen: list[tuple[int, str, str, str]] = []
        for _ in range(KILLS):
            daemon.start()
            await daemon.wait_ready()
            await asyncio.sleep(rng.uniform(0.05, 1.2))
            daemon.kill()
            now = _ledger(database)
            assert now[: len(seen)] == seen, "a committed entry was lost or changed"
            seen = now
        for task in flipping:
            task.cancel()
        await asyncio.gather(*flipping, return_exceptions=True)
        for door in doors:
            await door.close()
            await door.open()
        daemon.start()
        await daemon.wait_ready()

        async def calm() -> bool:
            status = await daemon.get("/status")
            return status["monitor"]["outbox_pending"] == 0 and all(
                row["state"] == "up" for row in status["checks"]
            )

        await eventually(calm, 120, daemon.said)
        assert await daemon.terminate() == 0
        await daemon.api.aclose()
        for door in doors:
            await door.close()
        await asyncio.to_thread(_judge, database, collector)


def _judge(database: Path, collector: HttpCollector) -> None:
    prev = GENESIS
    for _, entry, before, digest in _ledger(database):
        assert (before, digest) == (prev, link(prev, entry))
        prev = digest
    with History.open(f"sqlite:///{database}") as history:
        assert audit(history).findings == ()
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        assert db.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        incidents = list(db.execute("SELECT id, check_key, began, ended FROM incident ORDER BY id"))
        rows = list(db.execute("SELECT incident, kind, state FROM notification"))
    assert len(incidents) > KILLS // 10, "the checks flipped"
    assert all(ended is not None for *_, ended in incidents)
    for check in {check for _, check, *_ in incidents}:
        own = sorted((b, e) for _, c, b, e in incidents if c == check)
        for (_, end), (start, _) in itertools.pairwise(own):
            assert end <= start, f"incidents of {check} overlap"
    assert {state for *_, state in rows} <= {"delivered", "merged"}
    owed = Counter(kind for _, kind, _ in rows)
    assert owed["down"] == owed["recovered"] == len(incidents)
    said = " ".join(post.title + post.message for post in collector.accepted)
    for number, *_ in incidents:
        assert f"INC-{number}" in said, f"INC-{number} was never told"
