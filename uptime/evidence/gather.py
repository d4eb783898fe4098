"""From the configuration and the record to the evidence of one incident, daemon or not.

What was measured is taken as it is stored; what it was judged by, who said what and how the
monitor itself was come out of the ledger, so that they can be proven.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import orjson

from uptime.config.model import Check, Config
from uptime.core import proof
from uptime.core.heads import SignedHead, Tip
from uptime.core.ledger import Row
from uptime.core.maintenance import Entered, Window
from uptime.core.model import Fact, Incident, Notification, Result, Span
from uptime.core.own_state import OwnState, Wellbeing
from uptime.core.proof import Run
from uptime.evidence import derived
from uptime.evidence.days import Days, prove
from uptime.evidence.derived import Terms
from uptime.evidence.others import Others, others
from uptime.evidence.own import Proven, judged
from uptime.evidence.own import prove as prove_own
from uptime.evidence.scan import Found, Numbered, Progress, rows, scan
from uptime.overlays import Overlays
from uptime.store.heads import heads_path, read_heads, read_tip
from uptime.store.history import History

AROUND = 20  # results on each side of an edge
MARGIN = 15 * 60_000  # ms before and after the incident in which the monitor itself is looked at
_HOUR = 3_600_000
_REACH = (1, 4, 16, 64, 256, 1024)  # hours in which results are looked for
_NAME = re.compile(r"INC-([1-9][0-9]{0,17})")
_MESSAGES = 10_000


class Edge(NamedTuple):
    """An instant that matters: last_good, first_bad, last_bad or first_good."""

    name: str
    at: int


class Measured(NamedTuple):
    """A result, and the edges it was taken for."""

    edges: tuple[str, ...]
    result: Result


class Work(NamedTuple):
    """Maintenance that reaches into the incident."""

    entered: Entered
    windows: Sequence[Window]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a bundle holds. `until` is where the record of this ends, `check` what is
    configured of the check now, if it still is; `ledger` has the entries of `runs`, a line
    each, `entries` those of them that tell something. `facts` are by edge and name, with since
    when they were recorded.
    """

    organisation: str
    zone: ZoneInfo
    incident: Incident
    check: Check | None
    runbook: str | None
    window: tuple[int, int]
    until: int
    edges: tuple[Edge, ...]
    results: tuple[Measured, ...]
    days: Days
    facts: Mapping[str, Mapping[str, tuple[int, Fact]]]
    spans: tuple[Span, ...]
    others: Others
    work: tuple[Work, ...]
    messages: tuple[Notification, ...]
    ledger: bytes
    entries: tuple[Numbered, ...]
    runs: tuple[Run, ...]
    signatures: tuple[SignedHead | Tip, ...]
    terms: Terms
    own: tuple[OwnState, ...]
    own_days: tuple[Proven, ...]
    own_differ: tuple[str, ...]
    retained: tuple[int, int] | None
    bad: int | None

    @property
    def measured_as(self) -> str | None:
        """What the check was called when the incident began."""
        found = derived.transitions(self.entries, self.incident.name)
        return found[0][1]["check"] if found else self.incident.check

    @property
    def wellbeing(self) -> Wellbeing:
        """How the monitor itself was while the incident lasted."""
        incident = self.incident
        began = incident.began if incident.began_bound is None else incident.began_bound
        ended = self.until if incident.ended is None else incident.ended
        lives = derived.lives(self.entries, self.window)
        return judged((began, ended), self.own, lives, self.until)

    @property
    def own_proven(self) -> int:
        """How many of the minutes the head of their day speaks for."""
        days = [each.day for each in self.own_days]
        return sum(any(d.began <= s.began < d.ended for d in days) for s in self.own)

    @property
    def phases(self) -> list[str]:
        """Names of phases in the order in which they are first seen."""
        return list(dict.fromkeys(p for each in self.results for p in each.result.phases))

    def at(self, edge: str) -> int | None:
        return next((each.at for each in self.edges if each.name == edge), None)


def number_of(name: str) -> int:
    """Of "INC-482"; ValueError says what to write."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f'"{name}" names no incident; fix: write it as siaga incidents does')
    return int(match[1])


def gather(
    config: Config, history: History, incident: int, progress: Progress = lambda *_: None
) -> Evidence:
    """ValueError where there is no such incident."""
    found = history.incident(incident)
    if found is None:
        raise ValueError(f"there is no incident INC-{incident}; fix: see siaga incidents")
    seen = history.life() or found.began
    window = _window(found, seen)
    until = min(seen, window[1])
    edges = _edges(found)
    own = found.check
    check = config.checks.get(own or "")
    interval = (found.began, until if found.ended is None else found.ended)
    signed = _signed(history.path)
    scanned = scan(history, found.name, window, [each.seq for each in signed], progress)
    if scanned.retained is not None and scanned.retained[0] <= window[0]:
        scanned.retained = None  # of no results of this incident
    signed = [each for each in signed if scanned.hashes.get(each.seq) == each.hash]
    results: tuple[Measured, ...] = ()
    days = Days()
    if own is not None:
        progress("results", 0, 2)
        results = _results(history, own, edges, until)
        progress("results", 1, 2)
        measured = [each.result for each in results]
        days = prove(history, own, measured, scanned.heads, signed, scanned.late, progress)
    own_days, own_differ = prove_own(history, scanned.heads, scanned.hashes, (window[0], until))
    closed = [*(day.seq for day in days.proven), *(day.seq for day in own_days)]
    runs, terms = _proof(history, scanned, signed, closed)
    ledger, entries = _shown(history, found.name, runs, progress)
    records = history.records(None, *window)
    progress("results", 2, 2)
    ends = {*(run.last for run in runs if run.signed), *closed}
    return Evidence(
        organisation=config.siaga.organisation,
        zone=ZoneInfo(config.siaga.timezone),
        incident=found,
        check=check,
        runbook=None if check is None else _runbook(config, check.runbook),
        window=window,
        until=until,
        edges=edges,
        results=results,
        days=days,
        facts={} if own is None else {e.name: history.facts_since(own, e.at) for e in edges},
        spans=() if own is None else tuple(history.spans(own, *window)),
        others=others(config, own, records, [e.at for e in edges], interval, until),
        work=() if own is None else _work(config, history, own, interval),
        messages=tuple(history.notifications(incident=incident, limit=_MESSAGES)[::-1]),
        ledger=ledger,
        entries=entries,
        runs=tuple(runs),
        signatures=_one_each([each for each in signed if each.seq in ends]),
        terms=terms,
        own=tuple(history.own_states(window[0], until)),
        own_days=own_days,
        own_differ=own_differ,
        retained=scanned.retained,
        bad=scanned.bad,
    )


def _runbook(config: Config, where: str | None) -> str | None:
    """As it stands in the file of the configuration: nobody else's matter where that lies."""
    if where is None or "://" in where:
        return where
    try:
        return str(Path(where).relative_to(config.path.parent.absolute()))
    except ValueError:
        return where


def _window(incident: Incident, seen: int) -> tuple[int, int]:
    began = incident.began if incident.began_bound is None else incident.began_bound
    ended = max(seen, incident.began) if incident.ended is None else incident.ended
    return began - MARGIN, ended + MARGIN


def _edges(incident: Incident) -> tuple[Edge, ...]:
    """Those that were observed; who was removed from the configuration did not recover."""
    recovered = incident.closing != "removed"
    named = (
        ("last_good", incident.began_bound),
        ("first_bad", incident.began),
        ("last_bad", incident.ended_bound if recovered else None),
        ("first_good", incident.ended if recovered else None),
    )
    return tuple(Edge(name, at) for name, at in named if at is not None)


def _results(
    history: History, check: str, edges: Sequence[Edge], until: int
) -> tuple[Measured, ...]:
    """Those around both edges, each once; of an incident that lasts, the newest ones, too."""
    kept: dict[int, tuple[set[str], Result]] = {}

    def keep(name: str, results: Sequence[Result]) -> None:
        for each in results:
            kept.setdefault(each.id, (set(), each))[0].add(name)

    for edge in edges:
        keep(edge.name, _before(history, check, edge.at + 1))
        keep(edge.name, _after(history, check, edge.at, until))
    if not any(edge.name == "first_good" for edge in edges):
        keep("newest", _before(history, check, until))
    order = [*(edge.name for edge in edges), "newest"]
    measured = [
        Measured(tuple(name for name in order if name in names), result)
        for names, result in kept.values()
    ]
    return tuple(sorted(measured, key=lambda each: (each.result.at, each.result.id)))


def _before(history: History, check: str, end: int) -> list[Result]:
    found: list[Result] = []
    for hours in _REACH:
        found = history.runs(check, end - hours * _HOUR, end)
        if len(found) >= AROUND:
            break
    return found[-AROUND:]


def _after(history: History, check: str, start: int, until: int) -> list[Result]:
    found: list[Result] = []
    for hours in _REACH:
        found = history.runs(check, start, min(start + hours * _HOUR, until + 1))
        if len(found) >= AROUND or start + hours * _HOUR > until:
            break
    return found[:AROUND]


def _work(
    config: Config, history: History, check: str, window: tuple[int, int]
) -> tuple[Work, ...]:
    overlays = Overlays(config, history.maintenance())
    found = []
    for entered in overlays.entered:
        if check in overlays.covered(entered.id):
            windows = overlays.windows(entered, window)
            if windows:
                found.append(Work(entered, windows))
    return tuple(found)


def _signed(database: Path) -> list[SignedHead | Tip]:
    """What was signed of this ledger, as far as the files beside it say."""
    found: list[SignedHead | Tip] = []
    with contextlib.suppress(OSError, ValueError):  # what is not signed says so
        found += [head for _, head in read_heads(heads_path(database))]
    tip = read_tip(database)
    return found if tip is None else [*found, tip]


def _one_each(signed: Sequence[SignedHead | Tip]) -> tuple[SignedHead | Tip, ...]:
    """Of a head and a tip of the same entry the head, which stays."""
    by_seq: dict[int, SignedHead | Tip] = {}
    for each in signed:
        by_seq.setdefault(each.seq, each)
    return tuple(by_seq[seq] for seq in sorted(by_seq))


def _proof(
    history: History, found: Found, signed: Sequence[SignedHead | Tip], closed: Sequence[int]
) -> tuple[list[Run], Terms]:
    """The entries that are shown: without a gap from before the incident until it was over, and
    alone what was accepted before, said after, and the heads of the days that were `closed`.
    """
    numbers = [seq for seq, _ in found.transitions]
    core = sorted({*numbers, *(found.inside or ())}) or found.own[:1] or [found.last]
    first, last = core[0], core[-1]
    accepted = (
        (seq, orjson.loads(text))
        for each in found.terms
        for seq, text, _, _ in rows(history, each, each)
    )
    terms = derived.terms(accepted, found.transitions)
    alone = {*found.own, *terms.seqs, *closed} | ({found.start} if found.start else set())
    if found.transitions:
        # It says under which number the results of the check are kept.
        alone |= {found.watched.get(found.transitions[0][1]["check"], first)}
    if found.retained is not None:
        alone.add(found.retained[1])
    wanted = [(first, last), *((seq, seq) for seq in alone if not first <= seq <= last)]
    runs = proof.runs(wanted, [each.seq for each in signed])
    return runs, terms


def _shown(
    history: History, incident: str, runs: Sequence[Run], progress: Progress
) -> tuple[bytes, tuple[Numbered, ...]]:
    """The entries as lines, and those of them that tell something: there may be a month of them,
    so that they are held once.
    """
    out = io.BytesIO()

    def written() -> Iterator[Row]:
        for run in runs:
            for row in rows(history, run.first, run.last):
                line = dict(zip(("seq", "entry", "prev", "hash"), row, strict=True))
                text = json.dumps(line, ensure_ascii=False) + "\n"
                out.write(text.encode("utf-8", "replace"))
                yield row
            progress("entries", run.last, runs[-1].last)

    entries = tuple(derived.telling(written(), incident))
    return out.getvalue(), entries
