"""A file that is given up when the disk is full, so that the database can go on.

On a full disk deleting fails, too: every change is first written beside the database. What the
ballast frees is enough for conclusions to be stored and for retention to make room.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

SIZE = 2 << 20
_ROOM = 4 * SIZE


class Ballast:
    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".ballast")

    def release(self) -> bool:
        """Whether there was any left to give up."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True

    def restore(self) -> None:
        """Taken again once there is room for several of it."""
        try:
            if self._path.exists():
                return
            disk = os.statvfs(self._path.parent)
            if disk.f_bavail * disk.f_frsize < _ROOM:
                return
            fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(fd, 0, SIZE)
            finally:
                os.close(fd)
        except OSError:
            with contextlib.suppress(OSError):
                self._path.unlink()
