"""The collector rests while much is built, and does not walk what stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from uptime import memory


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    yield
    memory.restore()


def test_what_was_built_is_frozen_and_what_comes_later_is_collected() -> None:
    memory.hold()
    assert not gc.isenabled()
    kept = [[number] for number in range(1000)]
    memory.settle()
    assert gc.get_freeze_count() > len(kept)
    memory.release()
    assert gc.isenabled()
    assert not any(each is kept for each in gc.get_objects())
    ring: list[object] = []
    ring.append(ring)
    del ring
    assert gc.collect() >= 1


def test_it_can_be_had_as_it_was() -> None:
    before = gc.get_threshold()
    memory.hold()
    memory.release()
    assert gc.get_threshold() != before
    memory.restore()
    assert (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()) == (True, before, 0)
