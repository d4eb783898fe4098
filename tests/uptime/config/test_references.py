"""Dependencies: every cycle is found, and nothing that is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.uptime.config.fakes import load, write
from uptime.config import ConfigErrors
from uptime.config.references import Mentions, _cycles

NODES = "abcdef"
GRAPHS = st.fixed_dictionaries({n: st.lists(st.sampled_from(NODES), max_size=3) for n in NODES})


def mentions(graph: dict[str, list[str]]) -> dict[str, Mentions]:
    return {
        name: Mentions(name, None, None, tuple((parent,) for parent in parents), None)
        for name, parents in graph.items()
    }


@given(GRAPHS)
def test_a_cycle_is_found_where_a_walk_comes_back(graph: dict[str, list[str]]) -> None:
    graph = {name: [p for p in parents if p != name] for name, parents in graph.items()}
    reach = {name: set(parents) for name, parents in graph.items()}
    for _ in NODES:
        reach = {n: s.union(*(reach[m] for m in s)) for n, s in reach.items()}
    found = list(_cycles(mentions(graph)))
    assert bool(found) == any(name in reach[name] for name in NODES)
    for cycle in found:
        for child, parent in zip(cycle, (*cycle[1:], cycle[0]), strict=True):
            assert parent in graph[child]


def test_a_chain_of_fifty_thousand_is_no_cycle() -> None:
    chain = {str(i): [str(i + 1)] for i in range(50_000)}
    assert list(_cycles(mentions(chain))) == []


def test_a_tangle_gives_a_bounded_number_of_errors(tmp_path: Path) -> None:
    ids = [f"c{i}" for i in range(60)]
    text = "".join(
        f'[checks.{c}]\ntype = "ping"\ntarget = "192.0.2.1"\n'
        f"depends_on = {[other for other in ids if other != c]}\n"
        for c in ids
    )
    with pytest.raises(ConfigErrors, match="cycle: c0 → c1 → c0") as caught:
        load(write(tmp_path, text))
    assert caught.value.total <= 50


def test_an_unknown_parent_does_not_hide_behind_another_fault(tmp_path: Path) -> None:
    text = '[checks.a]\ntype = "ping"\ntarget = "192.0.2.1"\ninterval = 3\ndepends_on = ["b"]\n'
    with pytest.raises(ConfigErrors) as caught:
        load(write(tmp_path, text))
    assert [error.key for error in caught.value.errors] == [
        "checks.a.interval",
        "checks.a.depends_on",
    ]
