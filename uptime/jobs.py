"""Long work beside the daemon: asked for over the API, done by a process of its own, one at a time.

What is made is a file of the daemon's own directory, handed out until its time is over. Nothing
of this survives the daemon: who asked asks again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal, Protocol

from probes.base import safe_text

log = logging.getLogger(__name__)

MOST_WAITING = 8  # asked for and not done
MOST_KEPT = 20  # done or failed
KEPT_MS = 3_600_000
LONGEST_S = 900.0
COMMAND = (sys.executable, "-P", "-m", "uptime.job")

State = Literal["queued", "running", "done", "failed"]


class Full(Exception):
    """As many jobs wait as may."""


class ConfigLike(Protocol):
    """Where the configuration in force stands, and what names it."""

    @property
    def path(self) -> Path: ...
    @property
    def digest(self) -> str: ...


@dataclass(slots=True)
class Job:
    """One piece of work; `progress` is what is being done, how much of it, of how much. `name`,
    `media_type` and `size` are those of the file once it is there.
    """

    id: str
    kind: str
    asked: Mapping[str, str]
    by: str
    created: int
    state: State = "queued"
    progress: tuple[str, int, int] | None = None
    finished: int | None = None
    error: str | None = None
    name: str | None = None
    media_type: str | None = None
    size: int | None = None
    expiry: asyncio.TimerHandle | None = field(default=None, repr=False)

    @property
    def over(self) -> bool:
        return self.finished is not None

    @property
    def expires(self) -> int | None:
        return None if self.finished is None else self.finished + KEPT_MS


class Jobs:
    """All of them; the files lie in `directory`, which is emptied at the start and the end."""

    def __init__(
        self, directory: Path, config: Callable[[], ConfigLike], now: Callable[[], int]
    ) -> None:
        self._directory = directory
        self._config = config
        self._now = now
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._alone = asyncio.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._closing = False
        shutil.rmtree(directory, ignore_errors=True)

    def ask(self, kind: str, asked: Mapping[str, str], by: str) -> Job:
        """A new job, behind those that wait. Raises Full."""
        if sum(not job.over for job in self._jobs.values()) >= MOST_WAITING:
            raise Full
        job = Job(secrets.token_hex(16), kind, asked, by, self._now())
        self._jobs[job.id] = job
        self._start(self._run(job))
        return job

    def find(self, job: str) -> Job | None:
        return self._jobs.get(job)

    def path(self, job: Job) -> Path:
        """Where the file of a job that is done lies."""
        return self._directory / job.id

    async def close(self) -> None:
        """What is under way is given up, every file removed."""
        self._closing = True
        for job in self._jobs.values():
            if job.expiry is not None:
                job.expiry.cancel()
        for task in self._tasks:
            task.cancel()
        self._kill()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(shutil.rmtree, self._directory, ignore_errors=True)

    # ---- one of them ----

    async def _run(self, job: Job) -> None:
        try:
            async with self._alone, asyncio.timeout(LONGEST_S):
                job.state = "running"
                await self._work(job)
        except TimeoutError:
            self._kill()
            job.error = f"it took longer than {LONGEST_S:.0f} s"
        except Exception:
            log.exception("job %s (%s) came to nothing", job.id, job.kind)
            job.error = "an error of ours; the log has it"
        job.state = "done" if job.error is None else "failed"
        job.finished = self._now()
        job.expiry = asyncio.get_running_loop().call_later(KEPT_MS / 1000, self._forget, job.id)
        over = [each for each in self._jobs.values() if each.over]
        for old in sorted(over, key=lambda each: each.finished or 0)[:-MOST_KEPT]:
            self._forget(old.id)

    async def _work(self, job: Job) -> None:
        config = self._config()
        request = {
            "kind": job.kind, "asked": dict(job.asked), "config": str(config.path),
            "digest": config.digest, "output": str(self.path(job)),
        }  # fmt: skip

        # In a thread: the process is started without a copy of our memory, and its lines are
        # waited for without a hand on the loop: what is read of the job meanwhile is one tuple.
        code = await asyncio.to_thread(self._child_runs, job, json.dumps(request))
        if job.name is None and job.error is None:
            log.error("job %s (%s): its process ended with %d", job.id, job.kind, code)
            job.error = "an error of ours; the log has it"

    def _child_runs(self, job: Job, request: str) -> int:
        self._directory.mkdir(mode=0o700, exist_ok=True)
        path = os.pathsep.join(filter(None, sys.path))  # its modules are ours, not the folder's
        with subprocess.Popen(  # noqa: S603 - our own program
            COMMAND,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
            env={**os.environ, "PYTHONPATH": path},
        ) as child:  # fmt: skip
            self._child = child
            if self._closing:
                child.kill()
            with contextlib.suppress(BrokenPipeError):
                _pipe(child.stdin).write(request + "\n")
                _pipe(child.stdin).close()
            for line in _pipe(child.stdout):
                _take(job, json.loads(line))
        if self._child is child:
            self._child = None
        return child.returncode

    def _kill(self) -> None:
        child = self._child
        if child is not None:
            child.kill()

    def _forget(self, number: str) -> None:
        job = self._jobs.pop(number, None)
        if job is None:
            return
        if job.expiry is not None:
            job.expiry.cancel()
        self._start(asyncio.to_thread(self.path(job).unlink, missing_ok=True))

    def _start(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _take(job: Job, said: object) -> None:
    """One line of the process."""
    match said:
        case [str(stage), int(done), int(total)]:
            job.progress = (stage, done, total)
        case {"failed": str(why)}:
            job.error = safe_text(why, 500)
        case {"name": str(name), "media_type": str(media_type), "size": int(size)}:
            job.name, job.media_type, job.size = name, media_type, size


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe
