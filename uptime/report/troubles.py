"""What went wrong in a month: the long outages, and what stood behind them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from probes.base import safe_text
from uptime.core.causes import recognise
from uptime.core.claim_outages import Outage
from uptime.core.intervals import intersect, measure
from uptime.core.model import Incident
from uptime.core.repairs import Repairs
from uptime.report.model import Handling, Trouble

_FOREVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Happened:
    """One outage of one check; `down` ms of it lie in the window and were not planned. `root` is
    the incident of what stood behind it, itself if nothing did.
    """

    outage: Outage
    down: int
    incident: Incident | None
    root: Incident | None

    @property
    def stands_behind(self) -> bool:
        return self.root is not self.incident or bool(self.outage.behind)


def happened(
    outages: Iterable[Outage], incidents: Sequence[Incident], window: tuple[int, int]
) -> list[Happened]:
    """Outages that have downtime in the window, in the order of time; of each `down` is what
    counts.
    """
    above: dict[str, list[Incident]] = defaultdict(list)
    for incident in incidents:
        if incident.kind == "down":
            for child in incident.affected:
                above[child].append(incident)
    named = {incident.name: incident for incident in incidents}
    out = []
    for outage in outages:
        down = measure(intersect(outage.down, [window]))
        if down:
            own = named.get(outage.incident or "")
            out.append(Happened(outage, down, own, _root(own, above[outage.check])))
    return sorted(out, key=lambda each: (each.outage.began, each.outage.check))


def _root(own: Incident | None, above: Iterable[Incident]) -> Incident | None:
    """The longest incident above that overlaps; the own one where none does."""
    if own is None:
        return None
    meet = [each for each in above if each is not own and _overlap(own, each)]
    return max(meet, key=lambda each: _overlap(own, each), default=own)


def _overlap(one: Incident, other: Incident) -> int:
    ended = min(_FOREVER if i.ended is None else i.ended for i in (one, other))
    return max(0, ended - max(one.began, other.began))


def troubles(
    found: Sequence[Happened], names: Mapping[str, str], longer_than: int
) -> list[Trouble]:
    """Outages longer than that, longest first, without those behind which another stood."""
    behind: dict[int, int] = defaultdict(int)
    for each in found:
        if each.stands_behind and each.root is not None:
            behind[each.root.id] += 1
    out = []
    for each in found:
        outage, incident = each.outage, each.incident
        if each.down <= longer_than or each.stands_behind:
            continue
        cause, proposed = _cause(outage)
        out.append(
            Trouble(
                incident=outage.incident,
                check=outage.check,
                name=names.get(outage.check, outage.check),
                began=outage.began,
                bound=outage.bound,
                ended=outage.ended,
                ended_bound=outage.ended_bound,
                down=each.down,
                behind=behind[incident.id] if incident is not None else 0,
                cause=cause,
                proposed=proposed,
                follow_up=_follow_up(incident),
            )
        )
    return sorted(out, key=lambda each: (-each.down, each.began, each.check))


def _cause(outage: Outage) -> tuple[str | None, bool]:
    """What it was put down to, and whether that is only proposed."""
    if outage.cause is not None:
        known = recognise(outage.cause)
        return (safe_text(outage.cause, 60) if known is None else known.value), False
    return (None, False) if outage.proposed is None else (outage.proposed.value, True)


def _follow_up(incident: Incident | None) -> str | None:
    """The last thing a person wrote."""
    if incident is None:
        return None
    if incident.notes:
        return safe_text(incident.notes[-1].text, 200)
    return safe_text(incident.cause_reason, 200) if incident.cause_reason else None


def handling(figures: Repairs) -> Handling:
    return Handling(
        outages=figures.count,
        acknowledged=figures.acknowledged,
        mtta=figures.mtta_ms,
        restored=figures.restored,
        mttr=figures.mttr_ms,
        least=figures.mttr_least_ms,
        most=figures.mttr_most_ms,
    )
