"""`make bench`, or `python -m bench startup latency load` for some of it."""

from __future__ import annotations

import sys

from bench import floor, latency, load, startup
from bench.machine import describe
from bench.targets import nginx

LOADS = (
    ("http", 1000, 10), ("http", 10_000, 10), ("tcp", 1000, 10), ("tcp", 10_000, 10),
    ("icmp", 1000, 10), ("icmp", 10_000, 10),
)  # fmt: skip


def main() -> None:
    wanted = set(sys.argv[1:]) or {"startup", "latency", "load"}
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # also into a file
    print(describe())
    print(f"command: python -m bench {' '.join(sorted(wanted))}")
    with nginx():
        floor.run()
        if "startup" in wanted:
            startup.run()
        if "latency" in wanted:
            latency.run()
        for kind, count, interval in LOADS:
            if "load" in wanted or f"{kind}{count}" in wanted:
                load.run(kind, count, interval)


main()
