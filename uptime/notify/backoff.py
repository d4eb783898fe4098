"""How long to wait after a failed delivery (design 4.7).

The first retry comes within five seconds; later ones double up to a minute, with jitter so
that channels of one dead relay do not knock together. Longer only if the service says so.
"""

from __future__ import annotations

import random

FIRST_S = (2.0, 4.0)
LONGEST_S = 60.0
LONGEST_TOLD_S = 3600.0


def delay(failures: int, told: float | None = None, *, refused: bool = False) -> float:
    """Seconds until the next attempt after `failures` failures in a row (1 for the first).

    `told` is what the service itself asked for; it is obeyed up to an hour. `refused` means
    that the service will not take this sender at all (a revoked token, a chat that is gone):
    after one quick retry only the longest wait makes sense.
    """
    if told is not None:
        return min(max(told, 0.0) + random.uniform(0.0, 1.0), LONGEST_TOLD_S)  # noqa: S311
    low, high = FIRST_S
    if failures <= 1:
        return random.uniform(low, high)  # noqa: S311
    if refused:
        return LONGEST_S
    ceiling = min(high * 2 ** min(failures - 1, 10), LONGEST_S)
    return random.uniform(ceiling / 2, ceiling)  # noqa: S311
