"""One piece of long work, in a process of its own: `python -m uptime.job`, started by jobs.py.

One line of JSON comes in on standard input, lines of JSON go out on standard output: how far it
is (`[stage, done, total]`), and at the end what became of it. Bounded in size and memory, last in
line for the processor and first to go when memory runs out, since what it must not do is disturb
what is being measured.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any, cast

from uptime.job_kinds import KINDS, Made, Work

MOST_BYTES = 512 * 1024 * 1024  # of the file, and of memory
_NICE = 10
_TELL_EVERY_S = 0.1


class _Teller:
    """Says how far the work is, ten times a second at most."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._told = 0.0
        self._stage = ""

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage != self._stage or now - self._told >= _TELL_EVERY_S:
            self._stage, self._told = stage, now
            self.say([stage, done, total])

    def say(self, value: object) -> None:
        self._out.write(json.dumps(value) + "\n")
        self._out.flush()


def main() -> None:
    # What a library prints must not come between our lines.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    tell = _Teller(out)
    with suppress(OSError):  # no Linux, or no /proc
        Path("/proc/self/oom_score_adj").write_text("1000")
    request = json.loads(sys.stdin.readline())
    os.nice(_NICE)
    os.umask(0o077)
    for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_DATA):
        resource.setrlimit(limit, (MOST_BYTES, MOST_BYTES))
    try:
        made = _make(request, tell)
        Path(request["output"]).write_bytes(made.data)
    except (ValueError, OSError, MemoryError) as error:
        tell.say({"failed": _why(error)})
    else:
        tell.say({"name": made.name, "media_type": made.media_type, "size": len(made.data)})


def _make(request: dict[str, Any], tell: _Teller) -> Made:
    from uptime.config import ConfigErrors, load
    from uptime.store import StorageError
    from uptime.store.history import History

    try:
        config = load(Path(request["config"]))
    except ConfigErrors as errors:
        raise ValueError(f"the file of the configuration has errors by now: {errors}") from None
    if config.digest != request["digest"]:
        raise ValueError(
            "the file of the configuration is not the one in force; "
            "fix: make the daemon read it (SIGHUP), then ask again"
        )
    module, _, function = KINDS[request["kind"]].work.partition(":")
    work = cast("Work", getattr(import_module(module), function))
    asked = {"language": config.siaga.language} | request["asked"]
    try:
        with History.open(config.siaga.database) as history:
            return work(config, history, asked, tell)
    except StorageError as error:
        raise ValueError(str(error)) from error


def _why(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return f"it needs more than {MOST_BYTES} bytes of memory; fix: use the command line"
    if isinstance(error, OSError):
        return f"the file cannot be written: {error.strerror}"
    return str(error)


if __name__ == "__main__":
    main()
