"""Heads: what is said of a day once it is over, so that the record cannot be written anew.

What is hashed by what, from the inside out:

* A day's *results hash* covers every raw result begun on that local day that was stored when the
  day was closed (`uptime.store.heads_day` says how). A result that is stored later is no part of
  it: the ledger says which ones came late, with a hash of their own.
* The ledger's entry of type `head` holds the day and its results hash. It is linked to all
  entries before it like any other, so that its own hash speaks for the whole record up to it
  and for the results of the day. That hash is *the head of the day*: what is signed, published
  and asked for by `ledger verify --head`.
* The signature (Ed25519) covers day, number and hash of that entry and the results hash. It
  cannot be in the entry, whose hash it covers: it stands in a file apart from the database.
  Who can write the database alone cannot sign; who has the key, too, cannot take back what was
  published.
* The *tip* is the same for the newest entry: one signed line, replaced after every durable
  commit, so that a tail dropped today is missed before the day is over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from uptime.core.ledger import canonical

_HASH = re.compile(r"[0-9a-f]{64}")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")


class Day(NamedTuple):
    """A local day, half-open in ms: 23, 24 or 25 hours."""

    name: str
    began: int
    ended: int


def day_at(at: int, zone: tzinfo) -> Day:
    """The local day that an instant lies in."""
    date = datetime.fromtimestamp(at / 1000, zone).date()
    first, following = (
        datetime(each.year, each.month, each.day, tzinfo=zone)
        for each in (date, date + timedelta(days=1))
    )
    return Day(
        date.isoformat(), round(first.timestamp() * 1000), round(following.timestamp() * 1000)
    )


@dataclass(frozen=True, slots=True)
class SignedHead:
    """The head of a day as it leaves the machine; everything in hex but day and seq.

    `seq` and `hash` are those of the ledger's `head` entry, `key` the public key.
    """

    day: str
    seq: int
    hash: str
    results: str
    key: str
    signature: str

    @property
    def text(self) -> str:
        """What is signed."""
        return canonical({
            "type": "head", "day": self.day, "seq": self.seq, "hash": self.hash,
            "results": self.results,
        })  # fmt: skip

    @property
    def line(self) -> str:
        """Itself as a line of the file of heads."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Tip:
    """The newest entry of the ledger, signed."""

    seq: int
    hash: str
    key: str
    signature: str

    @property
    def text(self) -> str:
        return canonical({"type": "tip", "seq": self.seq, "hash": self.hash})

    @property
    def line(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))


def parse_head(line: str) -> SignedHead:
    """ValueError for what is no line of a file of heads."""
    got = _table(line)
    day = got.get("day")
    if not isinstance(day, str) or len(day) != len("2026-11-24"):
        raise ValueError("it has no day")
    results = _hex(got, "results", _HASH)
    return SignedHead(day, *_place(got), results, _hex(got, "key", _HASH), _signature(got))


def parse_tip(line: str) -> Tip:
    """ValueError for what is no tip."""
    got = _table(line)
    return Tip(*_place(got), _hex(got, "key", _HASH), _signature(got))


def _table(line: str) -> Mapping[str, object]:
    got = json.loads(line)  # its error is a ValueError, too
    if not isinstance(got, dict):
        raise ValueError("it is no JSON object")
    return got


def _place(got: Mapping[str, object]) -> tuple[int, str]:
    seq = got.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool) or seq < 0:
        raise ValueError("its seq is no number of an entry")
    return seq, _hex(got, "hash", _HASH)


def _signature(got: Mapping[str, object]) -> str:
    return _hex(got, "signature", _SIGNATURE)


def _hex(got: Mapping[str, object], name: str, form: re.Pattern[str]) -> str:
    value = got.get(name)
    if not isinstance(value, str) or form.fullmatch(value) is None:
        raise ValueError(f"its {name} is not what it should be")
    return value
