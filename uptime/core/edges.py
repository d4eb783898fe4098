"""The two ways in which a record may err by the edges of its outages.

An outage began between the last good result before it and its first failing one, and ended
between its last failing and the first good one after it. A record has the later of each; here
the same spans are moved to what gives most, and to what gives least downtime.
"""

from __future__ import annotations

from collections.abc import Sequence

from uptime.core.model import Condition, Span


def most_down(spans: Sequence[Span]) -> list[Span]:
    """Every outage begins right after the last good result. `spans` are in order."""
    return _moved(spans, into_down=True)


def least_down(spans: Sequence[Span]) -> list[Span]:
    """Every outage ends right after its last failing result."""
    return _moved(spans, into_down=False)


def _moved(spans: Sequence[Span], *, into_down: bool) -> list[Span]:
    out: list[Span] = []
    for span in spans:
        before = out[-1] if out else None
        if (
            before is not None
            and before.ended == span.began
            and span.bound is not None
            and span.bound < span.began
            and (span.condition is Condition.DOWN) is into_down
            and (before.condition is Condition.DOWN) is not into_down
        ):
            began = max(span.bound, before.began)
            out[-1] = before._replace(ended=began)
            span = span._replace(began=began)
            if out[-1].began == began:
                out.pop()
        out.append(span)
    return out
