"""`siaga store check`: is the database sound, and is the record what its ledger says."""

from __future__ import annotations

import os
from argparse import Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from uptime.cli import NO, OK
from uptime.commands.history import read
from uptime.commands.output import dump, fail, say
from uptime.commands.progress import progress

if TYPE_CHECKING:
    from uptime.store.history import History

LEAST_FREE = 64 << 20
"""Bytes; with less the next busy hour may not fit."""


def main(arguments: Namespace) -> int:
    return read(arguments, lambda _, history: _check(history, arguments))


def _check(history: History, arguments: Namespace) -> int:
    from uptime.store.backup import sound
    from uptime.store.ledger_verify import audit

    path = history.path
    with progress(shown=not arguments.json) as report:
        problems = sound(path, full=arguments.full, progress=report)
        # In a damaged file nothing else can be trusted, or even read.
        found = None if problems else audit(history, progress=report)
    disk = os.statvfs(path.parent)
    free = disk.f_bavail * disk.f_frsize
    texts = [f"{path}: is damaged: {text}; fix: siaga restore" for text in problems]
    texts += [one.text for one in found.findings] if found is not None else []
    if free < LEAST_FREE:
        texts.append(f"{path.parent}: {free >> 20} MiB are free; fix: make room")
    if arguments.json:
        dump({
            "ok": not texts, "problems": texts, "bytes": path.stat().st_size,
            "free_bytes": None if problems else history.spare(), "disk_free_bytes": free,
            "entries": None if found is None else found.count,
            "findings": [] if found is None else [asdict(one) for one in found.findings],
        })  # fmt: skip
    elif found is not None and not texts:
        say(
            f"{path}: sound; {path.stat().st_size >> 20} MiB, {free >> 20} MiB free on the disk; "
            f"{found.count} entries, spans of {found.checks} checks, results of {found.days} days"
        )
    for text in [] if arguments.json else texts:
        fail(text)
    return NO if texts else OK
