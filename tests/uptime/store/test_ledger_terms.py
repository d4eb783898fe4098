"""What a configuration changes in how things are judged, as the ledger is told."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from tests.uptime.store.helpers import NOW, sql
from uptime.config import load
from uptime.store import Store
from uptime.store.ledger_terms import Accepted
from uptime.terms import terms

BASE = """
[checks.web]
type = "http"
target = "https://portal.example/"
objective = 99.5
interval = "30s"
headers = { X-Key = "${KEY}" }

[checks.db]
type = "tcp"
target = "db.example:5432"
"""


async def accept(store: Store, folder: Path, text: str) -> None:
    file = folder / "checks.toml"
    file.write_text(text)
    config = await asyncio.to_thread(load, file, {"KEY": "canary-secret"})
    await store.configured(Accepted(config.digest, lambda: terms(config)), NOW)


def told(path: Path) -> list[dict[str, Any]]:
    return [json.loads(text) for (text,) in sql(path, "SELECT entry FROM ledger ORDER BY seq")]


async def test_the_first_configuration_is_told_whole_and_later_ones_by_what_they_change(
    path: Path, store: Store, tmp_path: Path
) -> None:
    await accept(store, tmp_path, BASE)
    configuration, first = told(path)
    assert configuration["type"] == "configuration"
    subjects = {line.partition(" {")[0]: line.partition(" {")[2] for line in first["changed"]}
    assert subjects.keys() == {"check db", "check web", "siaga"}
    web = json.loads("{" + subjects["check web"])
    assert (web["objective"], web["interval"], web["failure_threshold"]) == (99.5, 30.0, 3)
    assert web["probe.headers"] == {"X-Key": "***"}
    assert "canary" not in str(told(path))

    changed = BASE.replace("99.5", "99.9").replace('"30s"', '"1m"').replace("headers", "# headers")
    await accept(store, tmp_path, changed.partition("[checks.db]")[0])
    _, second = told(path)[2:]
    assert second["changed"] == [
        "check db null",
        'check web {"interval":60.0,"objective":99.9,"probe.headers":{}}',
    ]


async def test_what_only_names_a_thing_and_what_was_told_already_is_not_told_again(
    path: Path, store: Store, tmp_path: Path
) -> None:
    await accept(store, tmp_path, BASE)
    await accept(store, tmp_path, BASE)
    await accept(store, tmp_path, BASE.replace("[checks.db]", '[checks.db]\nname = "Basis data"'))
    kinds = [entry["type"] for entry in told(path)]
    assert kinds == ["configuration", "terms", "configuration", "configuration"]
