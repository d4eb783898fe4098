"""What is probed: nginx on loopback with a body of 2 kB, on its own core."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from bench.machine import SERVER_CORE


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


PORT = _free_port()


def addresses(count: int) -> list[str]:
    """Loopback addresses, one a target: a single port hammered would cost the kernel more."""
    return [f"127.{10 + n // 62500}.{n // 250 % 250 + 1}.{n % 250 + 1}" for n in range(count)]


@contextlib.contextmanager
def nginx() -> Iterator[None]:
    """One worker, no access log, any address of 127/8."""
    program = shutil.which("nginx")
    if program is None:
        raise SystemExit("bench needs nginx: apt-get install nginx-light")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "index.html").write_text("x" * 2048)
        (folder / "nginx.conf").write_text(
            f"""worker_processes 1; daemon off; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 8192; }}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen {PORT} backlog=8192; root {folder}; }} }}
"""
        )
        process = subprocess.Popen(
            [program, "-c", str(folder / "nginx.conf"), "-p", name],
            preexec_fn=lambda: os.sched_setaffinity(0, SERVER_CORE),
            stderr=subprocess.PIPE,
        )
        try:
            for _ in range(100):
                with contextlib.suppress(httpx.HTTPError):
                    httpx.get(f"http://127.0.0.1:{PORT}/", trust_env=False).raise_for_status()
                    break
                time.sleep(0.05)
            else:
                raise SystemExit(
                    f"nginx did not start: {process.stderr and process.stderr.read()!r}"
                )
            yield
        finally:
            process.terminate()
            process.wait()
