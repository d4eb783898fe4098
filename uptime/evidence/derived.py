"""What can be said from entries of the ledger alone, so that whoever has them can say it again.

`siaga evidence` writes these files from the entries it puts into the bundle, `--verify` makes
them anew from those entries and compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from uptime.core.ledger import Row
from uptime.evidence.scan import LIVES, Numbered, Window

_TELLING = LIVES | {"configuration", "terms", "watched"}
_NOT_SAID = {"type", "at", "incident", "by"}


@dataclass(frozen=True, slots=True)
class Term:
    """One field of how something was judged, and the entry that said so."""

    subject: str
    name: str
    value: object
    seq: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What was accepted when the incident began, and what changed before it ended."""

    digest: str | None
    digest_seq: int | None
    accepted: int | None
    terms: tuple[Term, ...]
    changed: tuple[Term, ...]

    @property
    def seqs(self) -> set[int]:
        """The entries all of it stands in."""
        numbers = {term.seq for term in (*self.terms, *self.changed)}
        return numbers if self.digest_seq is None else numbers | {self.digest_seq}

    def value(self, subject: str, name: str) -> object:
        return next((t.value for t in self.terms if (t.subject, t.name) == (subject, name)), None)


def telling(lines: Iterable[Row], incident: str) -> Iterator[Numbered]:
    """Those entries that something is said from here; all others are links of the chain alone,
    and so is what no daemon wrote.
    """
    for seq, text, _, _ in lines:
        try:
            entry = orjson.loads(text)
            if not isinstance(entry["type"], str) or not isinstance(entry["at"], int):
                continue
        except (ValueError, TypeError, KeyError):
            continue
        if entry["type"] in _TELLING or _of(entry, incident):
            yield seq, entry


def transitions(entries: Iterable[Numbered], incident: str) -> list[Numbered]:
    return [(s, e) for s, e in entries if _of(e, incident) and e["type"] == "transition"]


def statements(entries: Iterable[Numbered], incident: str) -> list[Numbered]:
    """What people said of the incident; every entry of it that is no transition."""
    return [(s, e) for s, e in entries if _of(e, incident) and e["type"] != "transition"]


def said(entry: Mapping[str, Any]) -> str:
    """A statement as one text; where it has several fields, each with its name."""
    names = sorted(entry.keys() - _NOT_SAID)
    if len(names) == 1:
        return str(entry[names[0]])
    return "; ".join(f"{name}: {entry[name]}" for name in names)


def lives(entries: Sequence[Numbered], window: Window) -> list[Numbered]:
    """The monitor's own life: its last start before the window, and what touches the window."""
    found, before = [], None
    for seq, entry in entries:
        if entry["type"] not in LIVES:
            continue
        if entry["type"] == "start" and entry["at"] < window[0]:
            before = (seq, entry)
        began, ended = entry.get("began", entry["at"]), entry.get("ended", entry["at"])
        if began < window[1] and ended >= window[0]:
            found.append((seq, entry))
    return found if before is None else [before, *found]


def numbers(entries: Iterable[Numbered], check: str) -> set[int]:
    """Under which numbers the results of a check are kept, whatever it was called before."""
    by_name: dict[str, set[int]] = {}
    for _, entry in entries:
        if entry["type"] == "watched":
            renamed = entry.get("renamed", [])
            for was, now in zip(renamed[::2], renamed[1::2], strict=False):
                by_name.setdefault(now, set()).update(by_name.get(was, ()))
            for name, key in zip(entry.get("added", []), entry.get("keys", []), strict=False):
                by_name.setdefault(name, set()).add(int(key))
    return by_name.get(check, set())


def terms(entries: Iterable[Numbered], of: Sequence[Numbered]) -> Terms:
    """The terms of a check as the ledger had them when the first of its transitions `of` was
    entered, and what changed before the last one. Of its calendar and its contract, too.
    """
    if not of:
        return Terms(None, None, None, (), ())
    check, first, last = of[0][1]["check"], of[0][0], of[-1][0]
    standing: dict[tuple[str, str], Term] = {}
    changed: list[Term] = []
    digest, digest_seq, accepted = None, None, None
    for seq, entry in entries:
        if seq > last:
            break
        if entry["type"] == "configuration" and seq <= first:
            digest, digest_seq, accepted = entry["digest"], seq, entry["at"]
        for text in entry["changed"] if entry["type"] == "terms" else ():
            subject, fields = _change(text)
            found = [Term(subject, name, fields[name], seq) for name in sorted(fields)]
            if seq > first:
                changed += found
            elif not fields:
                standing = {key: term for key, term in standing.items() if key[0] != subject}
            else:
                standing |= {(subject, term.name): term for term in found}
    subjects = _subjects(standing, check)
    return Terms(
        digest,
        digest_seq,
        accepted,
        tuple(t for key, t in sorted(standing.items()) if key[0] in subjects),
        tuple(t for t in changed if t.subject in subjects),
    )


def _subjects(standing: Mapping[tuple[str, str], Term], check: str | None) -> set[str]:
    own = f"check {check}"
    found = {"siaga", own}
    for name in ("calendar", "contract"):
        term = standing.get((own, name))
        if term is not None and term.value is not None:
            found.add(f"{name} {term.value}")
    return found


def _change(text: str) -> tuple[str, Mapping[str, Any]]:
    """Subject and fields of one text of a `terms` entry; no fields: it is gone."""
    subject, brace, fields = text.partition(" {")
    if not brace:
        return text.removesuffix(" null"), {}
    return subject, orjson.loads(brace.strip() + fields)


def _of(entry: Mapping[str, Any], incident: str) -> bool:
    return bool(entry.get("incident") == incident)
