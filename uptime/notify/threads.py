"""Blocking work in a thread of its own, one thread a call.

Not an executor: its threads are joined when the interpreter ends, and one that hangs in a
foreign library would hold up the daemon's exit. These are daemonic and simply left behind.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def in_thread(work: Callable[[], T], name: str) -> asyncio.Future[T]:
    """Starts `work`; the future may be abandoned, the thread then ends unheard."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(value: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(value)  # type: ignore[arg-type]

    def run() -> None:
        value: T | None = None
        error: BaseException | None = None
        try:
            value = work()
        except BaseException as caught:  # handed over, whatever it was
            error = caught
        try:
            loop.call_soon_threadsafe(settle, value, error)
        except RuntimeError:
            return  # the loop is gone: nobody waits any more

    threading.Thread(target=run, name=name, daemon=True).start()
    return future
