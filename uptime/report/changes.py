"""What differs between two reports of one month: figures, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from uptime.report.model import Change, Report


def changes(old: Report, new: Report) -> list[Change]:
    """Rows first, then causes and claims; nothing for what is the same."""
    return [*_rows(old, new), *_causes(old, new), *_claims(old, new)]


def _rows(old: Report, new: Report) -> Iterator[Change]:
    before = {row.id: row for row in old.rows}
    after = {row.id: row for row in new.rows}
    for name in [*before, *(name for name in after if name not in before)]:
        was, now = before.get(name), after.get(name)
        if was is None and now is not None:
            yield Change(now.name, "new", 0, now.ledger.down)
        elif now is None and was is not None:
            yield Change(was.name, "gone", was.ledger.down, 0)
        elif was is not None and now is not None:
            if was.ledger.down != now.ledger.down:
                yield Change(now.name, "down", was.ledger.down, now.ledger.down)
            if was.ledger.unknown != now.ledger.unknown:
                yield Change(now.name, "unknown", was.ledger.unknown, now.ledger.unknown)
            if was.outages != now.outages:
                yield Change(now.name, "outages", was.outages, now.outages)


def _causes(old: Report, new: Report) -> Iterator[Change]:
    before, after = _by_cause(old), _by_cause(new)
    for name in sorted(before.keys() | after.keys()):
        if before.get(name, 0) != after.get(name, 0):
            yield Change(name, "cause", before.get(name, 0), after.get(name, 0))


def _by_cause(report: Report) -> Mapping[str, int]:
    """What a person said by its name or words, what nobody did by nothing."""
    sums: dict[str, int] = {}
    for each in report.causes:
        name = each.cause or "" if each.standing == "confirmed" else ""
        sums[name] = sums.get(name, 0) + each.down_ms
    return sums


def _claims(old: Report, new: Report) -> Iterator[Change]:
    before = {paper.contract.id: paper.claim.refund.rupiah for paper in old.annexes}
    after = {paper.contract.id: paper.claim.refund.rupiah for paper in new.annexes}
    for name in sorted(before.keys() | after.keys()):
        if before.get(name, 0) != after.get(name, 0):
            yield Change(name, "refund", before.get(name, 0), after.get(name, 0))
