"""A check's runbook: a file beside the configuration, or an address to go to."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

LIMIT = 256 * 1024


async def runbook_of(where: str, config: Path) -> str | None:
    """Markdown; None if the file is not there, not a file or not readable."""
    if "://" in where:
        return f"<{where}>\n"
    return await asyncio.to_thread(_read, config.parent / where)


def _read(path: Path) -> str | None:
    try:
        # Not blocking: a named pipe in its place would never open.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        return None
    with os.fdopen(fd, "rb") as file:
        text = file.read(LIMIT).decode("utf-8", "replace")
    # Nothing but tabs and line ends below the blank: this is shown on terminals.
    return "".join(c for c in text if c in "\t\n" or c.isprintable())
