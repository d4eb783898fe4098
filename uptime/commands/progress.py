"""A bar on standard error for what takes over a second; programs and pipes see none of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PATIENCE_S = 1.0

Report = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and how much there is."""


@contextmanager
def progress(*, shown: bool = True) -> Iterator[Report]:
    """Hands out what is to be told how far the work is."""
    bar = _Bar() if shown and sys.stderr.isatty() else None
    try:
        yield (lambda *_: None) if bar is None else bar
    finally:
        if bar is not None:
            bar.stop()


class _Bar:
    """One line a stage; Rich is imported once it is worth it."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._bar: Progress | None = None
        self._stages: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        if self._bar is None:
            if time.monotonic() - self._began < _PATIENCE_S:
                return
            self._bar = self._start()
        if stage not in self._stages:
            # Of some work nobody knows how much there is: a bar that moves.
            self._stages[stage] = self._bar.add_task(stage, total=total or None)
        self._bar.update(self._stages[stage], completed=done, total=total or None)

    def stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()

    @staticmethod
    def _start() -> Progress:
        from rich.console import Console
        from rich.progress import Progress

        bar = Progress(console=Console(stderr=True), transient=True)
        bar.start()
        return bar
