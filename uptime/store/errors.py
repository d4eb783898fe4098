"""How the store refuses: each says what is wrong and, where a person can help, what to do."""

from __future__ import annotations


class StorageError(Exception):
    """The database cannot be used; nothing was written. The text names the file and the fix."""


class NotAllowed(StorageError, PermissionError):
    """This user may not read the database; the text names one who may."""


class AlreadyRunning(Exception):
    """Another process holds the database."""

    def __init__(self, pid: int | None, path: object) -> None:
        holder = "another process" if pid is None else f"process {pid}"
        super().__init__(f"{path}: {holder} holds it; fix: stop that one first")
        self.pid = pid


class StoreBroken(Exception):
    """A commit or a query failed; the next one tries again."""
