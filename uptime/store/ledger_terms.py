"""An accepted configuration in the ledger: its digest, and what changed in how things are judged.

What was last said of each subject is kept beside, so that only changes are entered: a field
that is gone is null, a subject that is gone is null itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import orjson

from uptime.core.statements import entry
from uptime.store.batches import Book

_DIGEST = ""  # the subject under which the digest of the last configuration is kept
_PART = 200  # subjects in one entry


class Accepted(NamedTuple):
    """A configuration: its digest, and its terms for when they are needed."""

    digest: str
    terms: Callable[[], Mapping[str, Mapping[str, object]]]


def enter(book: Book, accepted: Accepted, at: int) -> None:
    """Enter a configuration that was accepted, and what it changed."""
    entries = [entry("configuration", at, digest=accepted.digest)]
    known = dict(book.db.execute("SELECT subject, value FROM term"))
    if known.pop(_DIGEST, None) != accepted.digest:
        now = {
            subject: orjson.dumps(fields, option=orjson.OPT_SORT_KEYS).decode()
            for subject, fields in accepted.terms().items()
        }
        changed = [
            f"{subject} {_change(known.get(subject), now.get(subject))}"
            for subject in sorted(known.keys() | now.keys())
            if known.get(subject) != now.get(subject)
        ]
        entries += [
            entry("terms", at, changed=changed[start : start + _PART])
            for start in range(0, len(changed), _PART)
        ]
        book.db.executemany(
            "DELETE FROM term WHERE subject = ?", [(gone,) for gone in known.keys() - now.keys()]
        )
        book.db.executemany(
            "INSERT INTO term (subject, value) VALUES (?, ?)"
            " ON CONFLICT (subject) DO UPDATE SET value = excluded.value",
            [
                (_DIGEST, accepted.digest),
                *((s, value) for s, value in now.items() if known.get(s) != value),
            ],
        )
    book.enter(entries)


def _change(old: str | None, new: str | None) -> str:
    """The fields that are other than before, as JSON."""
    if new is None:
        return "null"
    before, after = orjson.loads(old or "{}"), orjson.loads(new)
    differ = {
        name: after.get(name)
        for name in before.keys() | after.keys()
        if name not in before or before[name] != after.get(name)
    }
    return orjson.dumps(differ, option=orjson.OPT_SORT_KEYS).decode()
