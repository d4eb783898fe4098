"""The files of a bundle that programs read: CSV with times in UTC, JSON, lines of the ledger.

Names of files and columns are promised (docs/evidence.md). Text that a spreadsheet would run
gets an apostrophe.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence

from uptime.core.model import Result
from uptime.core.own_state import OwnState
from uptime.core.text import rfc3339
from uptime.evidence import derived, own
from uptime.evidence.derived import Terms
from uptime.evidence.gather import Evidence
from uptime.evidence.scan import Numbered, Window
from uptime.paper.cells import guarded


def files(evidence: Evidence) -> dict[str, bytes]:
    """By name."""
    incident = evidence.incident
    return {
        "incident.json": as_json(_incident(evidence)),
        "results.csv": _results(evidence),
        "facts.csv": _facts(evidence),
        "spans.csv": _spans(evidence),
        "siblings.csv": _siblings(evidence),
        "maintenance.csv": _maintenance(evidence),
        "messages.csv": _messages(evidence),
        own.FILE: minutes(evidence.own),
        "ledger.jsonl": evidence.ledger,
        "signatures.jsonl": "".join(f"{each.line}\n" for each in evidence.signatures).encode(),
        **{name: data for day in evidence.days.proven for name, data in day.files.items()},
        **{own.day_file(each.day.name): each.lines for each in evidence.own_days},
        **from_ledger(evidence.entries, incident.name, evidence.window),
    }


def from_ledger(entries: Sequence[Numbered], incident: str, window: Window) -> dict[str, bytes]:
    """The files that say nothing but what the entries say."""
    transitions = derived.transitions(entries, incident)
    return {
        "transitions.csv": as_csv(
            ("seq", "at", "check", "old", "new", "state", "began", "bound", "unknown_from",
             "unknown_until", "reason", "detail", "result"),
            (
                (
                    seq, rfc3339(e["at"]), e.get("check"), e.get("old"), e.get("new"),
                    e.get("state"), *(
                        rfc3339(e.get(name))
                        for name in ("began", "bound", "unknown_from", "unknown_until")
                    ),
                    e.get("reason"), e.get("detail"), e.get("result"),
                )
                for seq, e in transitions
            ),
        ),
        "statements.csv": as_csv(
            ("seq", "at", "type", "by", "text"),
            (
                (seq, rfc3339(e["at"]), e["type"], e.get("by"), derived.said(e))
                for seq, e in derived.statements(entries, incident)
            ),
        ),
        "monitor.csv": as_csv(
            ("seq", "at", "type", "began", "ended", "checks", "version"),
            (
                (
                    seq, rfc3339(e["at"]), e["type"], rfc3339(e.get("began")),
                    rfc3339(e.get("ended")), len(e["checks"]) if "checks" in e else None,
                    e.get("version"),
                )
                for seq, e in derived.lives(entries, window)
            ),
        ),
        "configuration.json": as_json(_terms(derived.terms(entries, transitions))),
    }  # fmt: skip


def minutes(states: Iterable[OwnState]) -> bytes:
    return as_csv(own.COLUMNS, map(own.cells, states))


def as_json(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
    return text.encode("utf-8", "replace") + b"\n"


def as_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8", "replace")


def _incident(evidence: Evidence) -> Mapping[str, object]:
    incident, check = evidence.incident, evidence.check
    return {
        "id": incident.name,
        "kind": incident.kind,
        "state": "open" if incident.open else "closed",
        "closing": incident.closing,
        "severity": incident.severity.value,
        "check": incident.check,
        "name": None if check is None else check.name,
        "organisation": evidence.organisation,
        "timezone": evidence.zone.key,
        "reason": incident.reason,
        "detail": incident.detail or None,
        "affected": list(incident.affected),
        "cause": incident.cause,
        "cause_reason": incident.cause_reason,
        "runbook": evidence.runbook,
        "began": rfc3339(incident.began),
        "began_bound": rfc3339(incident.began_bound),
        "ended": rfc3339(incident.ended),
        "ended_bound": rfc3339(incident.ended_bound),
        "known_until": rfc3339(evidence.until),
        "window": {"from": rfc3339(evidence.window[0]), "to": rfc3339(evidence.window[1])},
        "edges": {each.name: rfc3339(each.at) for each in evidence.edges},
        "states_of_all_others": {
            edge.name: dict(tally)
            for edge, tally in zip(evidence.edges, evidence.others.tallies, strict=True)
        },
        "siblings_not_listed": evidence.others.unlisted,
        "monitor": own.summary(evidence.wellbeing),
        "results_dropped_before": None
        if evidence.retained is None
        else rfc3339(evidence.retained[0]),
        "ledger": {
            "first_bad": evidence.bad,
            "runs": [run._asdict() for run in evidence.runs],
            "days": [day.day for day in evidence.days.proven],
            "days_that_differ": list(evidence.days.differ),
            "monitor_days": [each.day.name for each in evidence.own_days],
            "monitor_days_that_differ": list(evidence.own_differ),
        },
        "not_recorded": list(NOT_RECORDED),
    }


NOT_RECORDED = ("path", "clock_offset", "anchors")
"""What a bundle would have and this version does not record; the page says it in words."""


def _terms(found: Terms) -> Mapping[str, object]:
    subjects: dict[str, dict[str, object]] = {}
    for term in found.terms:
        subjects.setdefault(term.subject, {})[term.name] = {"value": term.value, "seq": term.seq}
    return {
        "digest": found.digest,
        "digest_seq": found.digest_seq,
        "accepted": rfc3339(found.accepted),
        "terms": subjects,
        "changed": [
            {"subject": t.subject, "field": t.name, "value": t.value, "seq": t.seq}
            for t in found.changed
        ],
    }


def _results(evidence: Evidence) -> bytes:
    phases = evidence.phases
    return as_csv(
        ("edges", "proof", *RESULT, *(f"phase_{name}_ms" for name in phases)),
        (
            (" ".join(edges), evidence.days.file_of(result), *of_result(result, phases))
            for edges, result in evidence.results
        ),
    )


RESULT = (
    "id", "at", "status", "blame", "reason", "detail", "duration_ms", "latency_ms", "loss",
)  # fmt: skip


def of_result(r: Result, phases: Iterable[str]) -> tuple[object, ...]:
    """The cells of a result, those of the phases behind."""
    return (
        r.id, rfc3339(r.at), r.status.value, r.blame, r.reason, r.detail,
        milliseconds(r.duration), milliseconds(r.latency),
        None if r.loss is None else f"{r.loss:.3f}",
        *(milliseconds(r.phases.get(name)) for name in phases),
    )  # fmt: skip


def milliseconds(seconds: float | None) -> str | None:
    """As fine as it is stored."""
    return None if seconds is None else f"{seconds * 1000:.2f}"


def _facts(evidence: Evidence) -> bytes:
    return as_csv(
        ("edge", "at", "name", "since", "value"),
        (
            (
                edge.name, rfc3339(edge.at), name, rfc3339(since),
                json.dumps(value, ensure_ascii=False),
            )
            for edge in evidence.edges
            for name, (since, value) in sorted(evidence.facts.get(edge.name, {}).items())
        ),
    )  # fmt: skip


def _spans(evidence: Evidence) -> bytes:
    return as_csv(
        ("began", "bound", "ended", "condition", "known"),
        (
            (rfc3339(s.began), rfc3339(s.bound), rfc3339(s.ended), s.condition.value, int(s.known))
            for s in evidence.spans
        ),
    )


def _siblings(evidence: Evidence) -> bytes:
    return as_csv(
        ("check", "name", "relation", *(edge.name for edge in evidence.edges), "down_ms",
         "unknown_ms"),
        ((o.check, o.name, o.relation, *o.states, o.down, o.unknown)
         for o in evidence.others.listed),
    )  # fmt: skip


def _maintenance(evidence: Evidence) -> bytes:
    return as_csv(
        ("id", "from", "to", "planned", "announced", "entered", "by", "source", "withdrawn",
         "withdrawn_by", "reason"),
        (
            (
                e.name, rfc3339(w.start), rfc3339(w.end), rfc3339(w.planned), rfc3339(w.announced),
                rfc3339(e.entered), e.by, e.source, rfc3339(e.withdrawn), e.withdrawn_by,
                e.plan.reason,
            )
            for e, windows in evidence.work
            for w in windows
        ),
    )  # fmt: skip


def _messages(evidence: Evidence) -> bytes:
    """Channels by their names; errors are left out, since they may hold an address."""
    return as_csv(
        ("id", "channel", "kind", "state", "created", "attempted", "attempts", "delivered"),
        (
            (n.id, n.channel, n.kind, n.state.value, rfc3339(n.created), rfc3339(n.attempted),
             n.attempts, rfc3339(n.delivered))
            for n in evidence.messages
        ),
    )  # fmt: skip
