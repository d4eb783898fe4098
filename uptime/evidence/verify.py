"""A bundle checked again, wherever it lies: needs no database and no configuration.

Files against the manifest, the chain of each run and the signature that closes it, and every
file that is made of entries, made anew from the entries in the bundle. Whose key it is nobody
can say from here: it is printed, to be compared with what was published.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probes.base import safe_text
from uptime.core import ledger
from uptime.core.heads import Day, SignedHead, Tip, parse_head, parse_tip
from uptime.core.ledger import Row
from uptime.core.model import Result
from uptime.core.own_state import OwnState, parse_line
from uptime.core.proof import parts
from uptime.core.text import from_rfc3339, rfc3339
from uptime.evidence import days as days_of
from uptime.evidence import derived, own
from uptime.evidence.bundle import FORMAT, MANIFEST
from uptime.evidence.files import from_ledger, minutes, of_result
from uptime.paper.cells import guarded
from uptime.store.heads import signed

MOST_BYTES = 2**31  # of all files; more is no bundle of ours
_NOT_OURS = (
    ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError, csv.Error,
)  # fmt: skip
_NEEDED = ("incident.json", "ledger.jsonl", "results.csv", "signatures.jsonl", own.FILE)
_DAY = re.compile(r"results-(\d{4}-\d\d-\d\d)\.leaves")
_MINUTES = re.compile(r"monitor-(\d{4}-\d\d-\d\d)\.jsonl")
_HOUR = re.compile(r"results-(\d{4}-\d\d-\d\d)-(\d+)-(\d+)\.jsonl")


class Misfit(Exception):
    """The first thing that does not fit."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a bundle turned out to be; `signatures` are those that close its runs, `proven`
    the results that a signed day speaks for, `well` whether the monitor was, by what the bundle
    says of it (None: not known).
    """

    incident: str
    files: int
    entries: int
    results: int
    proven: int
    signatures: tuple[SignedHead | Tip, ...]
    well: bool | None


def verify(path: Path) -> Checked:
    """Raises Misfit with the name of the first file or the number of the first entry that does
    not fit, OSError where the file cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            files = _files(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise Misfit(f"{path} is no ZIP that can be read: {error}") from error
    manifest = _understood(MANIFEST, lambda: _manifest(files))
    rows = _understood("ledger.jsonl", lambda: _rows(files["ledger.jsonl"]))
    signatures = _understood("signatures.jsonl", lambda: _signatures(files["signatures.jsonl"]))
    closing = _chain(rows, signatures)
    incident = _understood("incident.json", lambda: _same(files, manifest, rows))
    results, proven = _understood("results.csv", lambda: _results(files, rows, signatures))
    well = _understood(own.FILE, lambda: _well(files, rows))
    return Checked(incident, len(files) - 1, len(rows), results, proven, closing, well)


def _understood(name: str, work: Callable[[], Any]) -> Any:
    """What cannot be read the way we write it is not of ours."""
    try:
        return work()
    except _NOT_OURS:
        raise Misfit(f"{name} is not what siaga evidence writes") from None


def _files(archive: zipfile.ZipFile) -> dict[str, bytes]:
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if len(set(names)) < len(names):
        raise Misfit("two files of the bundle have the same name")
    if sum(info.file_size for info in infos) > MOST_BYTES:
        raise Misfit(f"the files of the bundle are over {MOST_BYTES} bytes")
    if any(info.compress_type != zipfile.ZIP_STORED for info in infos):
        raise Misfit("a file of the bundle is compressed, which siaga evidence never does")
    return {info.filename: archive.read(info) for info in infos}


def _manifest(files: Mapping[str, bytes]) -> Mapping[str, Any]:
    if MANIFEST not in files:
        raise Misfit(f"{MANIFEST} is missing")
    manifest: Mapping[str, Any] = json.loads(files[MANIFEST])
    if manifest["format"] != FORMAT:
        raise Misfit(f"{MANIFEST}: format {manifest['format']!r} is unknown to this version")
    said = manifest["files"]
    for name in sorted(said.keys() | files.keys() | set(_NEEDED)):
        shown = safe_text(name, 80)
        if name == MANIFEST:
            continue
        if name not in files:
            raise Misfit(f"{shown} is missing")
        if name not in said:
            raise Misfit(f"{shown} is not in the manifest")
        data = files[name]
        found = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        if said[name] != found:
            raise Misfit(f"{shown} is not the file of the manifest")
    return manifest


def _rows(data: bytes) -> list[Row]:
    found = []
    for line in data.decode().split("\n"):
        if line:
            row = json.loads(line)
            seq, entry, prev, digest = row["seq"], row["entry"], row["prev"], row["hash"]
            if not (isinstance(seq, int) and isinstance(prev, str) and isinstance(digest, str)):
                raise TypeError(line)
            found.append((seq, entry, prev, digest))
    return found


def _signatures(data: bytes) -> dict[int, SignedHead | Tip]:
    found: dict[int, SignedHead | Tip] = {}
    for line in filter(None, data.decode().split("\n")):
        each = parse_head(line) if "day" in json.loads(line) else parse_tip(line)
        if not signed(each):
            raise Misfit(f"the signature of entry {each.seq} is not that of its key")
        found[each.seq] = each
    return found


def _chain(
    rows: Sequence[Row], signatures: Mapping[int, SignedHead | Tip]
) -> tuple[SignedHead | Tip, ...]:
    """The signatures that close the runs."""
    if not rows:
        raise Misfit("ledger.jsonl has no entries")
    by_seq = {row[0]: row for row in rows}
    if [row[0] for row in rows] != sorted(by_seq):
        raise Misfit("the entries of ledger.jsonl are not in order")
    for seq, each in signatures.items():
        if seq not in by_seq:
            raise Misfit(f"entry {seq} was signed and is not in ledger.jsonl")
        if by_seq[seq][3] != each.hash:
            raise Misfit(f"entry {seq} is not the one that was signed")
    closing = []
    for first, last in parts(by_seq):
        run = [by_seq[seq] for seq in range(first, last + 1)]
        bad = ledger.verify(run, first, run[0][2])
        if bad is not None:
            raise Misfit(f"entry {bad} does not fit: it or the one before was changed")
        end = signatures.get(last)
        if end is None:
            raise Misfit(f"entry {last}: nobody signed it or any after it, so that nothing vouches "
                         f"for the entries from {first} on")  # fmt: skip
        closing.append(end)
    return tuple(closing)


def _same(files: Mapping[str, bytes], manifest: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """The files that entries speak for are what the entries say; the name of the incident."""
    said = json.loads(files["incident.json"])
    incident = said["id"]
    if manifest["incident"] != incident or not isinstance(incident, str):
        raise Misfit("incident.json is of another incident than the manifest")
    window = from_rfc3339(said["window"]["from"]), from_rfc3339(said["window"]["to"])
    entries = tuple(derived.telling(rows, incident))
    for name, data in from_ledger(entries, incident, window).items():
        if files.get(name) != data:
            raise Misfit(f"{name} is not what the entries of the ledger say")
    transitions = [entry for _, entry in derived.transitions(entries, incident)]
    if transitions and said["began"] != rfc3339(transitions[0]["began"]):
        raise Misfit("incident.json began at another time than the ledger says")
    last = transitions[-1] if transitions else {}
    ends = last.get("new") == "up" and last.get("old") != "up"
    if ends and said["ended"] != rfc3339(last["began"]):
        raise Misfit("incident.json ended at another time than the ledger says")
    return incident


def _results(
    files: Mapping[str, bytes], rows: Sequence[Row], signatures: Mapping[int, SignedHead | Tip]
) -> tuple[int, int]:
    """How many results there are, and how many of them are proven."""
    said = json.loads(files["incident.json"])
    entries = tuple(derived.telling(rows, said["id"]))
    of = [entry["check"] for _, entry in derived.transitions(entries, said["id"])]
    numbers = {key for name in {*of, said["check"]} for key in derived.numbers(entries, name)}
    days = {each.day: each.results for each in signatures.values() if isinstance(each, SignedHead)}
    stored: dict[str, Mapping[int, Result]] = {}
    for name, data in files.items():
        day = _DAY.fullmatch(name)
        if day is not None and hashlib.sha256(data).hexdigest() != days.get(day[1]):
            raise Misfit(f"{name} is not what the signed head of {day[1]} speaks of")
        hour = _HOUR.fullmatch(name)
        if hour is not None:
            if int(hour[3]) not in numbers:
                raise Misfit(f"{name} is of another check than the ledger says")
            leaf = days_of.leaf_of(int(hour[2]), int(hour[3]), data)
            if leaf not in files[f"results-{hour[1]}.leaves"].splitlines(keepends=True):
                raise Misfit(f"{name} is no part of results-{hour[1]}.leaves")
            stored[name] = days_of.results_of("", data)
    shown = list(csv.DictReader(io.StringIO(files["results.csv"].decode(), newline="")))
    proven = 0
    for row in shown:
        if row["proof"]:
            found = stored[row["proof"]].get(int(row["id"]))
            phases = [name[6:-3] for name in row if name.startswith("phase_")]
            if found is None or _cells(of_result(found, phases)) != list(row.values())[2:]:
                raise Misfit(f"results.csv: result {row['id']} is not the one that was stored")
            proven += 1
    return len(shown), proven


def _well(files: Mapping[str, bytes], rows: Sequence[Row]) -> bool | None:
    """Whether the monitor was well, when its minutes and the ledger say what incident.json says."""
    said = json.loads(files["incident.json"])
    states = own.parse(files[own.FILE])
    if minutes(states) != files[own.FILE]:
        raise Misfit(f"{own.FILE} is not what siaga evidence writes")
    window = from_rfc3339(said["window"]["from"]), from_rfc3339(said["window"]["to"])
    until = from_rfc3339(said["known_until"])
    for day, told in _own_days(files, rows):
        there = [s for s in told if s.began < until and s.ended > window[0]]
        if there != [s for s in states if day.began <= s.began < day.ended]:
            raise Misfit(f"{own.FILE} is not what {own.day_file(day.name)} says of that time")
    began = from_rfc3339(said["began_bound"] or said["began"])
    ended = from_rfc3339(said["ended"] or said["known_until"])
    lives = derived.lives(tuple(derived.telling(rows, said["id"])), window)
    found = own.judged((began, ended), states, lives, until)
    if said["monitor"] != own.summary(found):
        raise Misfit(f"incident.json says another thing of the monitor than {own.FILE} does")
    return found.well


def _own_days(
    files: Mapping[str, bytes], rows: Sequence[Row]
) -> Iterator[tuple[Day, list[OwnState]]]:
    """The minutes of closed days, when they are those that the entries of the heads speak of."""
    heads = {
        entry["day"]: entry
        for entry in (json.loads(text) for _, text, _, _ in rows)
        if entry.get("type") == "head"
    }
    for name, data in files.items():
        named = _MINUTES.fullmatch(name)
        if named is None:
            continue
        entry = heads.get(named[1], {})
        if entry.get("minutes") != hashlib.sha256(data).hexdigest():
            raise Misfit(f"{name} is not what the head of {named[1]} speaks of")
        day = Day(named[1], entry["began"], entry["ended"])
        yield day, [parse_line(line) for line in data.split(b"\n")]


def _cells(values: Iterable[object]) -> list[str]:
    """As a reader of the CSV finds them."""
    return ["" if value is None else str(guarded(value)) for value in values]
