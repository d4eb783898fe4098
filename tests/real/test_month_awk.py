"""A program that is not ours recomputes a month from the export: the awk script of the manual."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.uptime.store.helpers import HOUR, NOW
from tests.uptime.store.test_ledger_past import EVENT, Life
from uptime.core.model import Status
from uptime.core.sla import TimeLedger, account
from uptime.core.statements import entry
from uptime.store import rows

pytestmark = [pytest.mark.real, pytest.mark.blocks]

MANUAL = Path(__file__).parents[2] / "docs" / "ledger.md"
SCRIPT = re.search(r"```awk\n(.*?)```", MANUAL.read_text(), re.DOTALL)


def recomputed(
    folder: Path, export: str, window: tuple[int, int], awk: str = "awk"
) -> dict[str, dict[str, int]]:
    """By check the milliseconds of each class, as the script says."""
    assert SCRIPT is not None
    (folder / "month.awk").write_text(SCRIPT[1])
    words = [awk, "-v", f"from={window[0]}", "-v", f"to={window[1]}", "-f", "month.awk"]
    out = subprocess.run(
        words, input=export.encode(), cwd=folder, capture_output=True, check=True
    ).stdout.decode()
    found = {}
    for line in out.splitlines():
        check, *pairs = line.split()
        found[check] = dict(zip(pairs[::2], map(int, pairs[1::2]), strict=True))
    return found


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(EVENT, min_size=5, max_size=60), st.integers(0, 900), st.integers(1, 3600))
def test_the_awk_script_of_the_manual_agrees_with_our_arithmetic(
    tmp_path: Path, events: list[tuple[str, str, Status | None, int]], start: int, length: int
) -> None:
    """It keeps no spans at all: a slow oracle of rule, record and time ledger."""
    life = Life()
    for event in events:
        life.live(*event)
    end = life.now + 2 * HOUR
    life.book.enter([entry("start", end)])  # there is an entry after what is looked at
    export = "".join(
        json.dumps({"seq": seq, "entry": text, "prev": prev, "hash": digest}) + "\n"
        for seq, text, prev, digest in life.ledger()
    )
    began = NOW + start * 1000
    window = (began, min(began + length * 1000, end))
    found = recomputed(tmp_path, export, window)
    for check in life.ids.values():
        key = life.book.keys[check]
        spans = life.db.execute("SELECT * FROM span WHERE check_key = ? ORDER BY began", (key,))
        watched = life.db.execute("SELECT began, ended FROM monitored WHERE check_key = ?", (key,))
        ours = account(
            window, [rows.to_span(row) for row in spans], watched.fetchall(), until=end
        )  # fmt: skip
        assert TimeLedger(**found[check]) == ours
    life.db.close()
