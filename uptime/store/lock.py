"""One daemon a database: a lock that dies with its holder, with the holder's pid inside."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from uptime.store.errors import AlreadyRunning, StorageError


class Lock:
    """Held from construction until `release`; the file stays, since removing it would race."""

    def __init__(self, database: Path) -> None:
        path = database.with_name(database.name + ".lock")
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StorageError(
                f"{path}: {error.strerror}; fix: let this user write in {path.parent}"
            ) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._fd, 20, 0).strip()
            os.close(self._fd)
            raise AlreadyRunning(int(holder) if holder.isdigit() else None, database) from None
        try:
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, b"%d\n" % os.getpid(), 0)
        except OSError:
            pass  # a full disk: locked all the same, only nameless

    def release(self) -> None:
        os.close(self._fd)
