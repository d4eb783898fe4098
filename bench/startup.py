"""How long until it answers: the command line, and the daemon with a thousand checks."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from bench.machine import spread
from bench.targets import PORT, addresses

CHECKS = 1000


def run() -> None:
    siaga = str(Path(sys.executable).with_name("siaga"))
    times = [_timed([siaga, "--help"]) for _ in range(9)]
    print(f"siaga --help: {spread([t * 1000 for t in times], ' ms')}")
    ready, probing = zip(*(_daemon() for _ in range(3)), strict=True)
    print(
        f"siaga run, {CHECKS} checks: ready after {spread(list(ready), ' s')}, "
        f"first probe after {spread(list(probing), ' s')}"
    )


def _timed(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def _daemon() -> tuple[float, float]:
    """Seconds until `/readyz` says yes, and until the first probe of all began."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "checks.toml").write_text(
            '[siaga]\nlisten = "127.0.0.1:17424"\n[defaults]\ninterval = "10s"\n'
            + "".join(
                f'[checks.c{n}]\ntype = "tcp"\ntarget = "{a}:{PORT}"\n'
                for n, a in enumerate(addresses(CHECKS))
            )
        )
        began = time.time()
        process = subprocess.Popen(
            [sys.executable, "-m", "uptime", "run", "-c", str(folder / "checks.toml")],
            stderr=subprocess.DEVNULL,
        )
        try:
            with httpx.Client(
                transport=httpx.HTTPTransport(uds=str(folder / "siaga.sock")),
                base_url="http://siaga", timeout=30,
            ) as client:  # fmt: skip
                while True:
                    with contextlib.suppress(httpx.HTTPError):
                        if client.get("/readyz").status_code == 200:
                            break
                    time.sleep(0.005)
                ready = time.time() - began
                rows = client.get("/api/v1/status").json()["checks"]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
    from uptime.core.text import from_rfc3339

    results = [from_rfc3339(row["last_result"]) for row in rows if row["last_result"]]
    return ready, min(results, default=0) / 1000 - began
