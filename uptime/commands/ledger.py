"""`siaga ledger verify|export|head`: the hash-chained record, checked or written out."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from uptime.cli import NO, OK, USAGE
from uptime.commands.history import read
from uptime.commands.output import dump, fail, say
from uptime.commands.progress import progress

if TYPE_CHECKING:
    from uptime.config import Config
    from uptime.core.ledger import Row
    from uptime.store import Audit
    from uptime.store.history import History

_PAGE = 1000


def main(arguments: Namespace) -> int:
    match arguments.action:
        case "export":
            return read(arguments, _export)
        case "head":
            return read(arguments, lambda _, history: _head(history, arguments))
        case _:
            return read(arguments, lambda _, history: _verify(history, arguments))


def _verify(history: History, arguments: Namespace) -> int:
    from uptime.store.ledger_verify import audit

    try:
        with progress(shown=not arguments.json) as report:
            found = audit(history, heads=arguments.heads, head=arguments.head, progress=report)
    except OSError as error:
        fail(f"{arguments.heads}: {error.strerror}; fix: name a file of signed heads")
        return USAGE
    if arguments.json:
        dump(as_json(found, arguments.head))
    else:
        for one in found.findings:
            fail(one.text)
        if found.ok:
            say(
                f"{found.count} entries, each fits the one before; spans of {found.checks} checks "
                f"rebuilt, {found.heads} heads, results of {found.days} days and rollups of "
                f"{found.rollups} compared; head {found.head}"
            )
        if found.unsigned:
            say(
                f"{found.unsigned} entries were there before anybody signed them: a daemon that "
                "was killed leaves such; look at what they say (type unsigned)"
            )
    return OK if found.ok else NO


def as_json(found: Audit, head: str | None) -> dict[str, Any]:
    """Fields are promised: see docs/ledger.md."""
    entries = (one.entry for one in found.findings if one.entry is not None)
    missing = any(one.kind == "wanted" for one in found.findings)
    return {
        "ok": found.ok,
        "entries": found.count,
        "head": found.head,
        "first_bad": next(entries, None),
        "head_found": None if head is None or found.bad is not None else not missing,
        "heads": found.heads,
        "checks": found.checks,
        "days": found.days,
        "rollups": found.rollups,
        "unsigned": found.unsigned,
        "findings": [asdict(one) for one in found.findings],
    }


def _export(_: Config, history: History) -> int:
    for seq, entry, prev, digest in _lines(history):
        row = {"seq": seq, "entry": entry, "prev": prev, "hash": digest}
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    return OK


def _head(history: History, arguments: Namespace) -> int:
    """What to compare with what was published, and where key and heads are; never the key."""
    from uptime.store.heads import heads_path, key_path, last_published

    found = last_published(history.path)
    if arguments.json:
        dump({
            "published": None if found is None else asdict(found),
            "key_file": str(key_path(history.path)),
            "heads_file": str(heads_path(history.path)),
        })  # fmt: skip
        return OK
    if found is None:
        say("no day was closed yet")
    else:
        say(f"head of {found.day}: {found.hash} (entry {found.seq})")
        say(f"results of that day: {found.results}")
        say(f"public key: {found.key}")
    say(f"signed heads: {heads_path(history.path)}")
    say(f"key (secret): {key_path(history.path)}")
    return OK


def _lines(history: History) -> Iterator[Row]:
    after = 0
    while page := history.ledger(after, _PAGE):
        yield from page
        after = page[-1][0]
