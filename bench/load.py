"""The whole daemon under load: CPU per probe, lateness, lag, memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from bench.machine import PROBER_CORE, Usage, spread, usage
from bench.targets import PORT, addresses

WARM_UP = float(os.environ.get("BENCH_WARM", "75"))  # the first round and its aftermath
WINDOWS = 3
WINDOW = 20.0


@dataclass(frozen=True, slots=True)
class Sample:
    """Two readings of `/metrics` and of the process, a window apart."""

    probes: float
    cpu: float
    late: dict[float, float]


def run(kind: str, count: int, interval: int) -> None:
    """Print the figures of `count` checks of one kind at one interval."""
    targets = addresses(count)
    form: dict[str, Callable[[str], str]] = {
        "http": lambda a: f"http://{a}:{PORT}/",
        "tcp": lambda a: f"{a}:{PORT}",
        "icmp": lambda a: a,
    }
    extra = "count = 1\n" if kind == "icmp" else ""
    checks = "".join(
        f'[checks.c{n}]\ntype = "{kind}"\ntarget = "{form[kind](a)}"\n{extra}'
        for n, a in enumerate(targets)
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "checks.toml").write_text(
            f'[siaga]\nlisten = "127.0.0.1:17424"\n[defaults]\ninterval = "{interval}s"\n{checks}'
        )
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "uptime", "run", "-c", str(folder / "checks.toml")],
            preexec_fn=lambda: os.sched_setaffinity(0, PROBER_CORE),
            stderr=(folder / "log").open("wb"),
        )
        try:
            with httpx.Client(
                transport=httpx.HTTPTransport(uds=str(folder / "siaga.sock")),
                base_url="http://siaga", timeout=30,
            ) as client:  # fmt: skip
                ready = wait_ready(client, process, began)
                time.sleep(WARM_UP)
                _report(kind, count, interval, process.pid, client, ready)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def wait_ready(client: httpx.Client, process: subprocess.Popen[bytes], began: float) -> float:
    while True:
        if process.poll() is not None:
            raise SystemExit("the daemon did not start")
        try:
            if client.get("/readyz").status_code == 200:
                return time.monotonic() - began
        except httpx.HTTPError:
            time.sleep(0.01)


def _report(
    kind: str, count: int, interval: int, pid: int, client: httpx.Client, ready: float
) -> None:
    per_probe: list[float] = []
    rates: list[float] = []
    first = last = _sample(pid, client)
    for _ in range(WINDOWS):
        time.sleep(WINDOW)
        now = _sample(pid, client)
        per_probe.append((now.cpu - last.cpu) / (now.probes - last.probes) * 1e6)
        rates.append((now.probes - last.probes) / WINDOW)
        last = now
    text = client.get("/metrics").text
    lag = next(
        float(line.split()[1]) for line in text.splitlines() if line.startswith("siaga_loop_lag")
    )
    memory = usage(pid)
    down = sum(row["state"] != "up" for row in client.get("/api/v1/status").json()["checks"])
    late = {edge: last.late[edge] - first.late[edge] for edge in last.late}
    print(
        f"{kind:>5} {count:>6} @ {interval} s: CPU {spread(per_probe)} µs/probe at "
        f"{spread(rates)}/s, lateness p99 ≤ {_quantile(late, 0.99) * 1000:g} ms, "
        f"loop lag max {lag * 1000:.1f} ms, RSS {memory.rss:.0f} MB, ready after {ready:.2f} s, "
        f"not up: {down}"
    )


def _sample(pid: int, client: httpx.Client) -> Sample:
    """The scrape's own cost is part of the next window, as in real life."""
    text = client.get("/metrics").text
    own = text[text.rindex("# HELP siaga_probes_total") :]
    probes, late = 0.0, {}
    for family in text_string_to_metric_families(own):
        for sample in family.samples:
            if sample.name == "siaga_probes_total":
                probes += sample.value
            elif sample.name == "siaga_schedule_lateness_seconds_bucket":
                late[float(sample.labels["le"])] = sample.value
    used: Usage = usage(pid)
    return Sample(probes, used.cpu, late)


def _quantile(late: dict[float, float], share: float) -> float:
    """The smallest bucket edge that holds this share."""
    total = max(late.values())
    return next(edge for edge in sorted(late) if late[edge] >= share * total)
