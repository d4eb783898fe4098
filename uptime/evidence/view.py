"""A bundle as a person reads it: sections, rows and cells, in the words of a language."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from probes.base import safe_text
from uptime.core.causes import WORDS as CAUSES
from uptime.core.causes import recognise
from uptime.core.heads import SignedHead
from uptime.core.model import Fact, Result
from uptime.core.own_state import OwnState
from uptime.evidence import derived
from uptime.evidence.files import NOT_RECORDED
from uptime.evidence.gather import AROUND, Evidence
from uptime.evidence.scan import Numbered
from uptime.evidence.words import WORDS
from uptime.notify.words import WORDS as MESSAGES
from uptime.paper import figures
from uptime.paper.own_state import sentence, span

NOTHING = "–"
_OTHERS = 60  # neighbours on the page
_MINUTES = 60  # of the monitor on the page
_LONG = 400  # characters of one cell
_PARTS = (
    ("first", {"last_good", "first_bad"}),
    ("last", {"last_bad", "first_good"}),
    ("newest", {"newest"}),
)
_SIGNS = {"up": "✓", "degraded": "▲", "down": "✗"}


class Cell(NamedTuple):
    """Text, and what a reader's eye shall find in it."""

    text: str
    mark: str = ""


class View:
    """The evidence in the words of one language; every text ready to be printed."""

    def __init__(self, evidence: Evidence, language: str) -> None:
        self.evidence, self.language = evidence, language
        self.words: Mapping[str, str] = WORDS[language]

    # ---- the answer ----

    @property
    def name(self) -> str:
        check = self.evidence.check
        return _clean(check.name if check else self.evidence.incident.check) or self.words["nobody"]

    @property
    def answer(self) -> str:
        incident, w = self.evidence.incident, self.words
        key = incident.kind if incident.kind in {"down", "degraded"} else "other"
        subject = w[key].format(name=self.name, kind=incident.kind)
        began = self.time(incident.began)
        if incident.ended is None:
            return (
                f"{subject} {w['open'].format(began=began, until=self.time(self.evidence.until))}"
            )
        ended, length = self.time(incident.ended), self.length(incident.ended - incident.began)
        how = "removed" if incident.closing == "removed" else "closed"
        return f"{subject} {w[how].format(began=began, ended=ended, length=length)}"

    @property
    def bounds(self) -> str | None:
        at = self.evidence.at
        good, bad, still, again = map(at, ("last_good", "first_bad", "last_bad", "first_good"))
        if good is None or bad is None or still is None or again is None:
            return None
        least, most = self.length(max(0, still - bad)), self.length(again - good)
        return self.words["bounds"].format(least=least, most=most)

    @property
    def well(self) -> Cell:
        """Whether the monitor itself was well then."""
        found = self.evidence.wellbeing
        mark = "unknown" if found.well is None else "up" if found.well else "down"
        return Cell(sentence(found, self.language), mark)

    @property
    def zone(self) -> str:
        zone = figures.zone_name(self.evidence.incident.began, self.evidence.zone)
        return self.words["zone"].format(zone=zone)

    @property
    def warnings(self) -> list[str]:
        found, w = self.evidence, self.words
        out = []
        if found.bad is not None:
            out.append(w["warning.bad"].format(entry=found.bad))
        out += [
            w["warning.unsigned"].format(first=run.first, last=run.last)
            for run in found.runs
            if not run.signed
        ]
        if found.retained is not None:
            until, entry = found.retained
            out.append(w["warning.dropped"].format(until=self.time(until), entry=entry))
        out += [w["warning.differ"].format(day=day) for day in found.days.differ]
        out += [w["warning.minutes"].format(day=day) for day in found.own_differ]
        if not found.results and found.incident.check is not None:
            out.append(w["warning.results"])
        return out

    @property
    def head(self) -> list[tuple[str, str]]:
        incident, w = self.evidence.incident, self.words
        terms, subject = self.evidence.terms, f"check {self.evidence.measured_as}"
        measured = [terms.value(subject, name) for name in ("type", "target")]
        cause = w["cause.none"]
        if incident.cause:
            cause = self._cause(incident.cause, incident.cause_reason)
        symptom = self._symptom(incident.reason, incident.detail)
        pairs = [
            (w["check"], incident.check or NOTHING),
            (w["kind"], " ".join(str(each) for each in measured if each) or NOTHING),
            (w["severity"], w[f"severity.{incident.severity.value}"]),
            (w["reason"], symptom or NOTHING),
            (w["cause"], cause),
            (w["runbook"], self.evidence.runbook or NOTHING),
        ]
        if incident.affected:
            pairs.append((w["affected"], ", ".join(incident.affected)))
        return [(name, _clean(text)) for name, text in pairs]

    # ---- edges and results ----

    @property
    def edges(self) -> list[tuple[str, str, Cell]]:
        by_time = {each.result.at: each.result for each in self.evidence.results}
        names = ["last_good", "first_bad"]
        if not self.evidence.incident.open:
            names += ["last_bad", "first_good"]
        out = []
        for name in names:
            at = self.evidence.at(name)
            result = None if at is None else by_time.get(at)
            if result is not None:
                cell = Cell(self._said(result), result.status.value)
            else:
                cell = Cell(self.words["edge.missing" if at is None else "edge.gone"])
            time = NOTHING if at is None else self.time(at)
            out.append((self.words[f"edge.{name}"], time, cell))
        return out

    @property
    def results(self) -> list[tuple[str, list[tuple[str, Cell, str, str, str, str, str]]]]:
        """Headings and their rows: around the beginning, around the end, the newest; those that
        overlap are one.
        """
        taken: list[tuple[str, set[int]]] = []
        for part, edges in _PARTS:
            indices = {
                index
                for index, each in enumerate(self.evidence.results)
                if edges.intersection(each.edges)
            }
            if taken and taken[-1][1] & indices:
                taken[-1] = ("both", taken[-1][1] | indices)
            elif indices:
                taken.append((part, indices))
        return [
            (
                self.words[f"results.{part}"],
                [self._row(self.evidence.results[index].result) for index in sorted(indices)],
            )
            for part, indices in taken
        ]

    @property
    def results_text(self) -> str:
        days, results = self.evidence.days, self.evidence.results
        proven = sum(days.file_of(each.result) is not None for each in results)
        return " ".join(
            (
                self.words["results.text"].format(around=AROUND),
                self.words["results.proven"].format(proven=proven, count=len(results)),
            )
        )

    def _row(self, r: Result) -> tuple[str, Cell, str, str, str, str, str]:
        edges = [e.name for e in self.evidence.edges if e.at == r.at]
        latency = NOTHING if r.latency is None else f"{self._number(r.latency * 1000)} ms"
        loss = NOTHING if r.loss is None else f"{self._number(r.loss * 100)} %"
        return (
            self.time(r.at),
            self._state(r.status.value),
            "" if r.status.value == "up" else self.words[f"blame.{r.blame}"],
            _clean(self._symptom(r.reason, r.detail)),
            latency,
            loss,
            ", ".join(self.words[f"edge.{name}"] for name in edges),
        )

    @property
    def lossy(self) -> bool:
        """Whether packets were counted at all."""
        return any(each.result.loss is not None for each in self.evidence.results)

    def _said(self, r: Result) -> str:
        text = self._symptom(r.reason, r.detail)
        state = self.words[f"state.{r.status.value}"]
        return _clean(f"{state} ({text})" if text else state)

    # ---- facts ----

    @property
    def fact_edges(self) -> list[str]:
        return [self.words[f"edge.{edge.name}"] for edge in self.evidence.edges]

    @property
    def facts(self) -> list[tuple[str, list[Cell]]]:
        found = self.evidence.facts
        out = []
        for name in sorted({name for facts in found.values() for name in facts}):
            cells: list[Cell] = []
            for edge in self.evidence.edges:
                entry = found.get(edge.name, {}).get(name)
                text = NOTHING if entry is None else _fact(entry[1])
                cells.append(Cell(text, "new" if cells and cells[-1].text != text else ""))
            out.append((name, cells))
        return out

    # ---- the monitor and the others ----

    @property
    def monitor_text(self) -> str:
        start, end = self.evidence.window
        return self.words["monitor.text"].format(start=self.time(start), end=self.time(end))

    @property
    def lives(self) -> list[tuple[int, str, str, str, str]]:
        return [
            (
                seq,
                self.words[f"event.{e['type']}"],
                self.time(e["at"]),
                self._time(e.get("began")),
                self._time(e.get("ended")),
            )
            for seq, e in self._lives
        ]

    @property
    def undisturbed(self) -> bool:
        start = self.evidence.window[0]
        return all(e["type"] == "start" and e["at"] < start for _, e in self._lives)

    @property
    def _lives(self) -> list[Numbered]:
        return derived.lives(self.evidence.entries, self.evidence.window)

    @property
    def blamed(self) -> str:
        blames = [each.result.blame for each in self.evidence.results]
        return self.words["monitor.self"].format(
            count=len(blames), self=blames.count("self"), path=blames.count("path")
        )

    @property
    def minutes(self) -> list[tuple[str, str, str, str, Cell, str, list[int]]]:
        """Those of the edges, and those that were not well."""
        edges = [edge.at for edge in self.evidence.edges]
        shown = [
            each
            for each in self.evidence.own
            if not each.well or any(each.began <= at < each.ended for at in edges)
        ]
        return [
            (
                self.time(s.began),
                self.time(s.ended),
                span(s.lag, self.language),
                span(s.late, self.language),
                Cell(self._clock(s), "" if s.synchronised and not s.step else "degraded"),
                f"{s.runs} / {s.unjudged}",
                [s.up, s.degraded, s.down, s.unknown],
            )
            for s in shown[:_MINUTES]
        ]

    @property
    def minutes_text(self) -> str:
        return self.words["minutes.text"].format(
            count=len(self.evidence.own),
            shown=len(self.minutes),
            proven=self.evidence.own_proven,
        )

    def _clock(self, state: OwnState) -> str:
        if state.step:
            return self.words["clock.set"].format(step=span(state.step, self.language))
        if state.synchronised and state.clock_error is not None:
            return f"± {span(state.clock_error / 1000, self.language)}"
        return self.words["clock.unknown" if state.synchronised is None else "clock.free"]

    @property
    def tallies(self) -> list[tuple[Cell, list[int]]]:
        kinds = ("up", "degraded", "down", "unknown", "unmonitored")
        tallies = self.evidence.others.tallies
        return [(self._state(kind), [tally.get(kind, 0) for tally in tallies]) for kind in kinds]

    @property
    def others(self) -> list[tuple[str, str, list[Cell], str]]:
        return [
            (
                _clean(o.name if o.name == o.check else f"{o.name} ({o.check})"),
                self.words[f"relation.{o.relation}"],
                [self._state(state) for state in o.states],
                self.length(o.down) if o.down else NOTHING,
            )
            for o in self.evidence.others.listed[:_OTHERS]
        ]

    @property
    def others_more(self) -> str | None:
        others = self.evidence.others
        rest = len(others.listed) + others.unlisted - _OTHERS
        if rest <= 0:
            return None
        return self.words["others.more"].format(shown=_OTHERS, rest=rest)

    # ---- terms, people, messages ----

    @property
    def terms_text(self) -> str | None:
        terms = self.evidence.terms
        if not terms.terms:
            return None
        return self.words["terms.text"].format(
            digest=terms.digest or NOTHING, entry=terms.digest_seq or NOTHING
        )

    @property
    def terms(self) -> list[tuple[str, str, int]]:
        """Those that are set to something."""
        return [
            (f"{t.subject}: {t.name}", _json(t.value), t.seq)
            for t in self.evidence.terms.terms
            if _is_set(t.value)
        ]

    @property
    def unset(self) -> str | None:
        found = self.evidence.terms.terms
        names = ", ".join(f"{t.subject}: {t.name}" for t in found if not _is_set(t.value))
        return self.words["terms.unset"].format(names=names) if names else None

    @property
    def changed(self) -> list[tuple[str, str, int]]:
        return [
            (f"{t.subject}: {t.name}", _json(t.value), t.seq) for t in self.evidence.terms.changed
        ]

    @property
    def statements(self) -> list[tuple[int, str, str, str, str]]:
        name = self.evidence.incident.name
        return [
            (
                seq,
                self.time(e["at"]),
                self.words.get(f"said.{e['type']}", e["type"]),
                _clean(e.get("by")) or NOTHING,
                _clean(self._stated(e)),
            )
            for seq, e in derived.statements(self.evidence.entries, name)
        ]

    @property
    def messages(self) -> list[tuple[str, str, str, str, str]]:
        w = self.words
        return [
            (
                _clean(n.channel),
                w.get(f"message.{n.kind}", n.kind),
                w[f"message.{n.state.value}"],
                self.time(n.created),
                self._time(n.delivered),
            )
            for n in self.evidence.messages
        ]

    @property
    def work(self) -> list[tuple[str, str, str, str, str, str, str]]:
        return [
            (
                e.name,
                self.time(window.start),
                self.time(window.end),
                self._time(window.announced),
                self.time(e.entered),
                _clean(e.by),
                _clean(e.plan.reason) or NOTHING,
            )
            for e, windows in self.evidence.work
            for window in windows
        ]

    # ---- proof ----

    @property
    def runs(self) -> list[tuple[str, str]]:
        signed = {each.seq: each for each in self.evidence.signatures}
        out = []
        for run in self.evidence.runs:
            text = self.words["proof.unsigned"]
            match signed.get(run.last):
                case None:
                    pass
                case SignedHead(day=day, hash=digest):
                    text = self.words["proof.head"].format(day=day, hash=digest)
                case tip:
                    text = self.words["proof.tip"].format(hash=tip.hash)
            out.append((self.words["proof.run"].format(first=run.first, last=run.last), text))
        return out

    @property
    def keys(self) -> list[str]:
        keys = dict.fromkeys(each.key for each in self.evidence.signatures)
        return [self.words["proof.key"].format(key=key) for key in keys]

    @property
    def missing(self) -> list[str]:
        return [self.words[f"missing.{name}"] for name in NOT_RECORDED]

    # ---- figures ----

    def time(self, ms: int) -> str:
        """To the millisecond."""
        point = "," if self.language == "id" else "."
        moment = figures.moment(ms, self.evidence.zone, self.language)
        return f"{moment}{point}{ms % 1000:03d}"

    def length(self, ms: int) -> str:
        """`1:02:03.456`, in Indonesian `1:02:03,456`."""
        seconds, rest = divmod(ms, 1000)
        point = "," if self.language == "id" else "."
        hours, seconds = divmod(seconds, 3600)
        return f"{hours}:{seconds // 60:02}:{seconds % 60:02}{point}{rest:03d}"

    def _stated(self, entry: Mapping[str, Any]) -> str:
        match entry["type"]:
            case "cause" | "cause withdrawn":
                return self._cause(str(entry["cause"]), entry.get("reason"))
            case "ticket":
                times = ("reported", "acknowledged", "restored")
                told = [
                    f"{self.words[f'ticket.{name}']} {self.time(entry[name])}"
                    for name in times
                    if entry.get(name) is not None
                ]
                return "; ".join((str(entry["number"]), *told))
            case _:
                return derived.said(entry)

    def _symptom(self, reason: str | None, detail: str) -> str:
        """A reason of the set in words; what it says in detail stays as the probe wrote it."""
        said = None if reason is None else MESSAGES[self.language].get(f"reason.{reason}", reason)
        return ": ".join(filter(None, (said, detail)))

    def _cause(self, said: str, reason: str | None) -> str:
        known = recognise(said)
        text = said if known is None else CAUSES[self.language][known]
        return f"{text} ({reason})" if reason else text

    def _time(self, ms: int | None) -> str:
        return NOTHING if ms is None else self.time(ms)

    def _number(self, value: float) -> str:
        text = f"{value:.2f}"
        return text.replace(".", ",") if self.language == "id" else text

    def _state(self, name: str) -> Cell:
        return Cell(f"{_SIGNS.get(name, '?')} {self.words[f'state.{name}']}", name)


def _fact(value: Fact | Sequence[str]) -> str:
    if isinstance(value, list):
        return _clean(", ".join(value))
    return _clean(value) if isinstance(value, str) else _json(value)


def _is_set(value: object) -> bool:
    """Not null, and not a table or list with nothing in it."""
    if isinstance(value, dict):
        return any(_is_set(each) for each in value.values())
    return value is not None and value != []


def _json(value: object) -> str:
    return _clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _clean(text: str | None) -> str:
    return safe_text(text or "", _LONG)
