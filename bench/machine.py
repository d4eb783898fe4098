"""What was measured on, and how a process is measured."""

from __future__ import annotations

import os
import platform
import sqlite3
import ssl
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROBER_CORE, SERVER_CORE = ({1}, {0}) if (os.cpu_count() or 1) > 1 else ({0}, {0})


def describe() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return (
        f"machine: {os.cpu_count()} cores, {model}; Linux {platform.release()}, "
        f"CPython {platform.python_version()}, {ssl.OPENSSL_VERSION.split(' (')[0]}, "
        f"SQLite {sqlite3.sqlite_version}"
    )


@dataclass(frozen=True, slots=True)
class Usage:
    """Of one process: CPU seconds, resident megabytes."""

    cpu: float
    rss: float


def usage(pid: int) -> Usage:
    """User and system time with all threads, and the memory now."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    cpu = (int(fields[11]) + int(fields[12])) / TICKS
    rss = next(
        int(line.split()[1]) / 1024
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    )
    return Usage(cpu, rss)


def spread(values: list[float], unit: str = "") -> str:
    """Median (smallest-largest)."""
    ordered = sorted(values)
    middle = ordered[len(ordered) // 2]
    return f"{middle:.3g}{unit} ({ordered[0]:.3g}-{ordered[-1]:.3g})"
