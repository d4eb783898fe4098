"""The twenty invariants of availability, by number: who holds one says so.

What each says, and which tests hold it, stands in tests/uptime/core/invariants.md. They are
tried with 500 examples by `make test` and with 20,000 by `make test-long` (which selects them
by their mark and Hypothesis' profile `long`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import settings

T = TypeVar("T", bound=Callable[..., object])

NUMBERS = range(1, 21)
EXAMPLES = max(500, settings().max_examples)
_MINUTES = 60.0


def invariant(*numbers: int) -> Callable[[T], T]:
    """Marks a property with those it holds."""
    assert numbers
    assert set(numbers) <= set(NUMBERS)

    def mark(test: T) -> T:
        if hasattr(test, "hypothesis"):
            settings(max_examples=EXAMPLES)(test)
        if EXAMPLES == 500:
            pytest.mark.timeout(5 * _MINUTES)(test)
        pytest.mark.invariant(*numbers)(test)
        return test

    return mark
