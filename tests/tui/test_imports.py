"""The terminal UI knows the wire models and nothing else of the daemon."""

from __future__ import annotations

import subprocess
import sys

SHOW = "import sys, tui.app; print(*sorted(m for m in sys.modules if m.split('.')[0] in {names}))"


def test_of_the_daemon_only_the_wire_models_are_loaded() -> None:
    names = "{'uptime', 'probes', 'fastapi', 'sqlmodel', 'apprise', 'uvicorn'}"
    loaded = subprocess.run(
        [sys.executable, "-c", SHOW.format(names=names)], capture_output=True, text=True, check=True
    ).stdout.split()
    assert loaded == ["uptime", "uptime.schema"]
