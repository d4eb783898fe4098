"""A report made by a process of its own, so that reckoning disturbs no measuring.

`made_apart` is asked by the daemon; `python -m uptime.report.apart` is what it starts. A line of
JSON goes in; a line of JSON comes out, and behind it the text of the report.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from uptime.store.reports import Closed

if TYPE_CHECKING:
    from uptime.config import Config

LONGEST_S = 900.0
_NICE = 10


async def made_apart(config: Config, month: str, now: int, by: str, reason: str | None) -> Closed:
    """As `closing.made`; ValueError also where the file is not the configuration in force."""
    asked = json.dumps([str(config.path), config.digest, month, now, by, reason])
    process = await asyncio.to_thread(_start)
    try:
        async with asyncio.timeout(LONGEST_S):
            out, _ = await asyncio.to_thread(process.communicate, asked.encode())
    except TimeoutError:
        raise ValueError(f"{month}: it took longer than {LONGEST_S:.0f} s") from None
    finally:
        process.kill()  # of a daemon that ends, too; nothing happens to one that is over
    head, _, text = out.partition(b"\n")
    if process.returncode or not head:
        raise ValueError(f"{month}: the report could not be made; the log of the daemon has it")
    found = json.loads(head)
    if "failed" in found:
        raise ValueError(found["failed"])
    return Closed(month, found["revision"], found["head"], by, reason, text.decode())


def _start() -> subprocess.Popen[bytes]:
    path = os.pathsep.join(filter(None, sys.path))  # its modules are ours, not the folder's
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "uptime.report.apart"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )


def main() -> None:
    from uptime.config import ConfigErrors, load
    from uptime.report.closing import made
    from uptime.store import StorageError, StoreBroken
    from uptime.store.history import History

    path, digest, month, now, by, reason = json.loads(sys.stdin.readline())
    os.nice(_NICE)
    try:
        config = load(Path(path))
        if config.digest != digest:
            raise ValueError(
                f"{path} is not the configuration in force; "
                "fix: make the daemon read it (SIGHUP), then close the month"
            )
        with History.open(config.siaga.database) as history:
            closed = made(config, history, month, now, by, reason)
    except (ConfigErrors, StorageError, StoreBroken, ValueError) as error:
        sys.stdout.write(json.dumps({"failed": str(error)}) + "\n")
        return
    sys.stdout.write(json.dumps({"revision": closed.revision, "head": closed.head}) + "\n")
    sys.stdout.flush()
    sys.stdout.buffer.write(closed.text.encode())


if __name__ == "__main__":
    main()
