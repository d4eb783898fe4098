"""Where the database is, and whether what lies there may be opened at all."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from uptime.store.errors import NotAllowed, StorageError

_PREFIX = "sqlite:///"
_MAGIC = b"SQLite format 3\0"


def path_of(url: str) -> Path:
    """The file of a SQLAlchemy URL such as `sqlite:////var/lib/siaga/siaga.db`."""
    if not url.startswith(_PREFIX) or url.removeprefix(_PREFIX) in ("", ":memory:"):
        scheme = url.partition(":")[0]
        raise StorageError(
            f'database: "{scheme}" with this address is not supported; '
            f'fix: write "{_PREFIX}" and the path of a file'
        )
    return Path(url.removeprefix(_PREFIX).partition("?")[0])


def inspect(path: Path, *, write: bool) -> bool:
    """Whether there is a database. Raises StorageError for what is no database of ours to use.

    Looks only; a file that is not understood is never touched.
    """
    try:
        return _inspect(path, write=write)
    except OSError as error:
        if isinstance(error, StorageError):
            raise
        raise StorageError(f"{path}: {error.strerror}; fix: check the path and the disk") from error


def _inspect(path: Path, *, write: bool) -> bool:
    if path.is_dir():
        raise StorageError(f"{path}: is a directory; fix: name a file in it")
    if not path.parent.is_dir():
        raise StorageError(f"{path}: its directory does not exist; fix: mkdir -p {path.parent}")
    wanted = os.R_OK | os.W_OK if write else os.R_OK
    if write and not os.access(path.parent, os.W_OK | os.X_OK):
        raise NotAllowed(who_may(path.parent, "write in this directory"))
    if not path.exists():
        return False
    if not os.access(path, wanted):
        raise NotAllowed(who_may(path, "write this file" if write else "read this file"))
    with path.open("rb") as file:
        head = file.read(len(_MAGIC))
    if not head:
        raise StorageError(
            f"{path}: is empty; fix: restore a backup, or remove the file to start a new history"
        )
    if head != _MAGIC:
        raise StorageError(f"{path}: is not a database; fix: name another file, or move it away")
    return True


def who_may(path: Path, what: str) -> str:
    """That this user may not, and who may."""
    uid = path.stat().st_uid
    try:
        owner = pwd.getpwuid(uid).pw_name
    except KeyError:
        owner = str(uid)
    return f"{path}: this user may not {what}; fix: run as {owner} (sudo -u {owner} ...)"
