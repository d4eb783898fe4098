"""The ledger's chain: each entry is bound to all before it, so that nobody edits the past unseen.

`hash` is the SHA-256 of the previous hash followed by the entry's canonical text (design 4.5).
Who stores the rows, and who keeps a head elsewhere, is decided outside.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

GENESIS = "0" * 64

Row = tuple[int, str, str, str]
"""seq, entry, prev, hash."""


def canonical(entry: Mapping[str, object]) -> str:
    """The one text of an entry: sorted keys, no spaces, UTF-8, whole numbers and text only.

    Lists of text are allowed. Raises TypeError for anything else, since what has two
    spellings has two hashes.
    """
    for key, value in entry.items():
        if not (_is_text(key) and (_is_text(value) or _is_whole(value) or _is_texts(value))):
            raise TypeError(
                f"{key!r}: {value!r} is neither a whole number, nor text, nor a list of texts"
            )
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def link(prev: str, entry_text: str) -> str:
    """The hash that binds an entry to the one before it."""
    return hashlib.sha256((prev + entry_text).encode()).hexdigest()


def verify(rows: Iterable[Row], seq: int = 1, prev: str = GENESIS) -> int | None:
    """The first sequence number that does not fit, or None.

    `rows` are in order and begin with number `seq`, whose predecessor's hash is `prev`. A row
    that is missing is named by its own number. A dropped tail cannot be seen from here: that
    takes a head kept elsewhere.
    """
    for number, entry, said_prev, said_hash in rows:
        if number != seq or said_prev != prev or said_hash != _relink(prev, entry):
            return min(number, seq)
        seq, prev = seq + 1, said_hash
    return None


def _relink(prev: str, entry: object) -> str | None:
    """None for what cannot have been an entry (an edit may have left a number or a blob)."""
    return link(prev, entry) if isinstance(entry, str) and _is_text(entry) else None


def _is_text(value: object) -> bool:
    """Text that has a UTF-8 form: a lone surrogate has none."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(_is_text(item) for item in value)
