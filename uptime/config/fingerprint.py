"""One text for one meaning: what a digest and a fingerprint are made of.

Written differently (order, comments, `60s` or `1m`, one file or five) a configuration keeps
its digest. Secrets are left out of it; a fingerprint notices that one changed, by a keyed hash
that means nothing outside this process.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath
from typing import Any

import orjson

from uptime.config.errors import Path, dotted

_KEY = os.urandom(32)
_FORM = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def canonical(value: Any) -> bytes:
    """JSON with sorted keys."""
    return orjson.dumps(value, default=_plain, option=_FORM)


def digest(meaning: Any, checks: Mapping[str, bytes]) -> str:
    """SHA-256 of a whole configuration, from all but the checks and their canonical forms."""
    hashed = hashlib.sha256(canonical(meaning))
    for name in sorted(checks):
        hashed.update(b"\n" + checks[name])
    return hashed.hexdigest()


def fingerprint(form: bytes, secrets: Iterable[tuple[Path, str]]) -> str:
    """Equal for checks that are equal in everything, secrets included; of this process only."""
    hashed = hashlib.blake2b(form, digest_size=16, key=_KEY)
    for path, value in sorted(secrets, key=str):
        hashed.update(dotted(path).encode() + b"\0" + value.encode("utf-8", "replace") + b"\0")
    return hashed.hexdigest()


def _plain(value: Any) -> Any:
    match value:
        case frozenset() | set():
            return sorted(value, key=str)
        case Mapping():  # a read-only view
            return dict(value)
        case bytes():
            return value.hex()
        case FilePath():
            return str(value)
        case _ if hasattr(value, "pattern"):  # a compiled pattern of re or re2
            return value.pattern
        case _:
            # Without its address, which is another in every process.
            return type(value).__qualname__
