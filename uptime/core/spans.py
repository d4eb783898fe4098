"""Spans: what a transition does to the record of a check.

A confirmed change is dated back to the first result of its streak, so it recolours what was
written since; what was not known is laid over the condition, never in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from uptime.core.model import Condition, Span, Transition


def tail_from(transition: Transition) -> int:
    """The instant from which a transition may change spans."""
    instants = [transition.began]
    if transition.unknown is not None:
        instants.extend(i for i in transition.unknown if i is not None)
    return min(instants)


def respan(tail: Sequence[Span], transition: Transition) -> list[Span]:
    """The spans that replace `tail`: every span of the check that is open or ends after
    `tail_from(transition)`, oldest first. May be empty for a check without history.
    """
    spans = list(tail)
    if transition.changed:
        spans = _recolour(spans, transition)
    match transition.unknown:
        case (start, None):
            return list(_merged(_as_now(spans, start, known=False)))
        case (start, end):
            spans = _mark(spans, start, end)
            if not transition.changed:
                spans = _as_now(spans, end, known=True)
            return list(_merged(spans))
    if transition.old is Condition.NONE:
        # The check stood in the configuration once before; it is known again from here on.
        spans = _mark(spans, transition.began, transition.began)
    return list(_merged(spans))


def _recolour(spans: list[Span], transition: Transition) -> list[Span]:
    began, out = transition.began, []
    for span in spans:
        if span.began >= began:
            out.append(Span(span.began, span.ended, transition.new, span.known, span.bound))
        elif span.ended is not None and span.ended <= began:
            out.append(span)
        else:
            out.append(_until(span, began))
            out.append(Span(began, span.ended, transition.new, span.known, transition.bound))
    if not out or out[-1].ended is not None:
        start = began if not out else max(began, out[-1].ended or began)
        out.append(Span(start, None, transition.new, True, transition.bound))
    return out


def _as_now(spans: list[Span], start: int, *, known: bool) -> list[Span]:
    """From `start` on it is what it is now: what an older clock said of later times, before
    this one was set back, holds no more.
    """
    if not spans:
        return []
    bound = next((span.bound for span in spans if span.began == start), None)
    before = [piece for span in spans for piece in _cut(span, start) if piece.began < start]
    return [*before, Span(start, None, spans[-1].condition, known, bound)]


def _mark(spans: list[Span], start: int, end: int) -> list[Span]:
    """Not known on [start, end), known again from `end` on."""
    out = []
    # After a backward step of the clock the end may lie before the start: the newer clock wins.
    start = min(start, end)
    for span in spans:
        for piece in _cut(span, start, end):
            if piece.began < start:
                out.append(piece)
            else:
                known = piece.began >= end
                out.append(Span(piece.began, piece.ended, piece.condition, known, piece.bound))
    return out


def _cut(span: Span, *instants: int) -> Iterable[Span]:
    for instant in sorted(set(instants)):
        if span.began < instant and (span.ended is None or instant < span.ended):
            yield _until(span, instant)
            span = Span(instant, span.ended, span.condition, span.known)
    yield span


def _until(span: Span, ended: int | None) -> Span:
    # dataclasses.replace takes six times as long, and an audit does this for every entry.
    return Span(span.began, ended, span.condition, span.known, span.bound)


def _merged(spans: Iterable[Span]) -> Iterable[Span]:
    """Without empty spans; neighbours of the same kind are one."""
    last: Span | None = None
    for span in spans:
        if span.ended is not None and span.ended <= span.began:
            continue
        if (
            last is not None
            and last.ended == span.began
            and (last.condition, last.known) == (span.condition, span.known)
        ):
            last = _until(last, span.ended)
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last
