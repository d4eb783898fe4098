"""What deploy/ gives away, judged by the programs it is for."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.real

DEPLOY = Path(__file__).parent.parent.parent / "deploy"


def said(*command: str | Path) -> str:
    run = subprocess.run(
        command, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert run.returncode == 0, run.stdout
    return run.stdout


def test_systemd_takes_the_unit_without_a_word(tmp_path: Path) -> None:
    text = (DEPLOY / "siaga.service").read_text("utf-8")
    unit = tmp_path / "siaga.service"
    unit.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE))
    assert said("systemd-analyze", "verify", unit) == ""


def test_the_unit_exposes_little() -> None:
    text = said("systemd-analyze", "security", "--offline=true", DEPLOY / "siaga.service")
    found = re.search(r"exposure level for siaga.service: ([\d.]+)", text)
    assert found is not None
    assert float(found[1]) <= 2.0


def test_prometheus_takes_the_scrape_configuration() -> None:
    assert "SUCCESS" in said("promtool", "check", "config", DEPLOY / "prometheus.yml")
