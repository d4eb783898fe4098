"""`siaga ledger verify|export`: the hash-chained record, checked or written out."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from uptime.cli import NO, OK
from uptime.commands.history import read
from uptime.commands.output import dump, fail, say

if TYPE_CHECKING:
    from uptime.config import Config
    from uptime.core.ledger import Row
    from uptime.store.history import History

_PAGE = 1000


def main(arguments: Namespace) -> int:
    if arguments.action == "export":
        return read(arguments, _export)
    return read(arguments, lambda _, history: _verify(history, arguments))


def _verify(history: History, arguments: Namespace) -> int:
    found = history.ledger_verify()
    head: str | None = arguments.head
    missing = head is not None and all(digest != head for *_, digest in _lines(history))
    ok = found.bad is None and not missing
    if arguments.json:
        dump({
            "ok": ok, "entries": found.count, "head": found.head, "first_bad": found.bad,
            "head_found": None if head is None else not missing,
        })  # fmt: skip
    elif found.bad is not None:
        fail(f"entry {found.bad} does not fit: it or the one before was changed or removed")
    elif missing:
        fail(f"no entry has the hash {head}: the record was cut or written anew")
    else:
        say(f"{found.count} entries, each fits the one before; head {found.head}")
    return OK if ok else NO


def _export(_: Config, history: History) -> int:
    for seq, entry, prev, digest in _lines(history):
        row = {"seq": seq, "entry": entry, "prev": prev, "hash": digest}
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    return OK


def _lines(history: History) -> Iterator[Row]:
    after = 0
    while page := history.ledger(after, _PAGE):
        yield from page
        after = page[-1][0]
