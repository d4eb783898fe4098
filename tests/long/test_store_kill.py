"""SIGKILL at any moment: what was answered for is there, whole, once, and the chain holds.

The victim is a process of its own that commits outages with everything that hangs on them and
prints a number once its commit has returned; upkeep runs in between, with slices made small.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.uptime.store.helpers import HOUR, NOW, count, opened, sql, url
from uptime.store.history import History
from uptime.store.ledger_verify import audit

pytestmark = pytest.mark.long

KILLS = 60
VICTIM = """
import asyncio, sys
from pathlib import Path
from tests.uptime.store.helpers import HOUR, NOW, open_store, outage, result
from uptime.core.model import Batch
from uptime.store import upkeep

upkeep.READ_ROWS, upkeep.DELETE_ROWS, upkeep.CHUNKS = 200, 50, 5

async def main(store, number):
    while True:
        burst = [outage(f"check-{n % 7}", n, NOW + n * 1000) for n in range(number, number + 5)]
        steady = Batch(
            results=tuple(
                result(f"steady-{n % 50}", number * 50 + n, NOW + number * 1000 + n, facts={"v": n})
                for n in range(50)
            ),
            life=NOW + number * 1000,
        )
        await asyncio.gather(*(store.commit(batch) for batch in (*burst, steady)))
        number += 5
        print(number - 1, flush=True)
        for _ in range(3):
            await store.maintain(NOW + number * 1000 + 2 * HOUR)

store = open_store(Path(sys.argv[1]))
number = store.recover({}).next_incident
print(number - 1, flush=True)
asyncio.run(main(store, number))
"""

# Ten minutes a round, so that days are rolled up, lose their results and then their minutes.
DAYS = """
import asyncio, sys
from pathlib import Path
from tests.uptime.store.helpers import HOUR, NOW, open_store, result
from uptime.core.model import Batch
from uptime.store import upkeep

upkeep.READ_ROWS, upkeep.DELETE_ROWS, upkeep.CHUNKS, upkeep.ROLL_ROWS = 40, 40, 5, 2
upkeep.MINUTES_KEPT_MS = 30 * HOUR

async def main(store, number):
    while True:
        rows = [
            result(f"c{n}", number * 10 + n, NOW + number * HOUR // 6 + n, latency=n / 1000)
            for n in range(6)
        ]
        late = result("c6", number * 10 + 6, NOW + (number - 24) * HOUR // 6, latency=1.0)
        await store.commit(Batch(results=(*rows, late), life=NOW + number * HOUR // 6))
        print(number, flush=True)
        number += 1
        for _ in range(12):
            await store.maintain(NOW + number * HOUR // 6)

store = open_store(Path(sys.argv[1]), raw_s=8 * 3600)
store.recover({})
number = int(sys.argv[2])
print(number - 1, flush=True)
asyncio.run(main(store, number))
"""


def live_and_die(path: Path, seconds: float, code: str = VICTIM, *arguments: str) -> int:
    """The last number that was answered for."""
    victim = subprocess.Popen(
        [sys.executable, "-c", code, str(path), *arguments],
        cwd=Path.cwd(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert victim.stdout is not None
    answered = int(victim.stdout.readline())  # it stands; what follows is cut anywhere
    try:
        victim.wait(seconds)
    except subprocess.TimeoutExpired:
        victim.send_signal(signal.SIGKILL)
    rest, _ = victim.communicate()
    assert victim.returncode == -signal.SIGKILL, rest
    whole_lines = rest[: rest.rfind("\n") + 1].split()
    return int(whole_lines[-1]) if whole_lines else answered


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "siaga.db"


@pytest.mark.timeout(600)
def test_what_was_answered_for_survives_every_kill(path: Path) -> None:
    dice = random.Random()
    for _ in range(KILLS):
        answered = live_and_die(path, dice.uniform(0.01, 0.7))
        with History.open(url(path)) as history:
            verified = history.ledger_verify()
            incidents = [i.id for i in history.incidents(limit=1_000_000)]
        stored = count(path, "incident")
        assert stored >= answered, "a commit that returned is gone"
        assert sorted(incidents) == list(range(1, stored + 1)), "a gap, or one twice"
        assert verified.bad is None
        for table in ("ledger", "transition", "notification"):
            assert count(path, table) == stored, f"{table} is not of one piece with incident"
        assert sql(path, "PRAGMA quick_check") == [("ok",)]
    assert stored > KILLS


@pytest.mark.timeout(600)
def test_upkeep_cut_anywhere_keeps_every_result_once(path: Path) -> None:
    dice = random.Random()
    for _ in range(KILLS // 3):
        answered = live_and_die(path, dice.uniform(0.3, 1.2))
    rounds = answered // 5
    with opened(path), History.open(url(path)) as history:
        for number in range(50):
            ids = [run.id for run in history.runs(f"steady-{number}", NOW - HOUR, NOW + 99 * HOUR)]
            assert len(ids) == len(set(ids))
            assert len(ids) >= rounds


@pytest.mark.timeout(600)
def test_rollup_and_retention_cut_anywhere_count_every_result_once(path: Path) -> None:
    dice = random.Random()
    number = stored = 0
    for _ in range(KILLS // 2):
        answered = live_and_die(path, dice.uniform(0.5, 1.5), DAYS, str(number))
        with History.open(url(path)) as history:
            last = history.runs("c0", NOW + answered * HOUR // 6, NOW + 9999 * HOUR)
            under_way = any(run.id == (answered + 1) * 10 for run in last)
            stored += answered + 1 - number + under_way
            number = answered + 2
            for check in ("c0", "c5", "c6"):
                found = history.results(check, NOW - 9 * HOUR, NOW + 9999 * HOUR, 24 * HOUR)
                counts = [point.count for point in found.points]
                assert sum(counts) == stored
                assert found.whole is None or found.whole.count == stored
            assert audit(history, tip=False).findings == (), "rows and ledger are one commit"
    assert stored > 500
    assert sql(path, "SELECT 1 FROM ledger WHERE entry ->> 'type' = 'rollup late' LIMIT 1")
    assert {"minute", "hour"} <= {finest for (finest,) in sql(path, "SELECT finest FROM rolled")}


@pytest.mark.timeout(120)
def test_a_first_start_cut_anywhere_leaves_a_database_or_none(path: Path) -> None:
    for step in range(12):
        victim = subprocess.Popen(
            [sys.executable, "-c", VICTIM, str(path)], cwd=Path.cwd(), stdout=subprocess.DEVNULL
        )
        try:
            victim.wait(0.4 + step * 0.15)
        except subprocess.TimeoutExpired:
            victim.kill()
            victim.wait()
        if path.exists():
            assert sql(path, "SELECT version_num FROM alembic_version") == [("0001",)]
            for file in path.parent.iterdir():
                file.unlink()
