"""Where keys stand, against what tomllib says is there."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from uptime.config.toml_index import Index, line_and_column

Path = tuple[str | int, ...]


def paths(value: Any, at: Path = ()) -> Iterator[Path]:
    """Every key and list position of what tomllib read."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in items:
        yield (*at, key)
        if isinstance(below, dict | list):
            yield from paths(below, (*at, key))


def test_tables_lists_and_dotted_keys_are_found() -> None:
    text = """\
# a comment with [brackets] and a = sign
title = "x" # another
[checks.web]
type = 'web'
"quoted key" = 1
expect.status = [200, "2xx", [1, {a = 2}]]

  [[routes]]
  channels = [
    "a", # first
    "b",
  ]
  [routes.match]
  severity = ["high"]
[[routes]]
[checks."a.b"]
time = 1979-05-27 07:32:00
text = \"\"\"
[not.a.table]
x = "\"\"\"
"""
    index = Index(text)
    assert index.stopped is None
    assert set(index.first) == set(paths(tomllib.loads(text)))
    places = {path: line_and_column(text, offset) for path, offset in index.first.items()}
    assert places["checks", "web"] == (3, 9)
    assert places["checks", "web", "quoted key"] == (5, 1)
    assert places["checks", "web", "expect", "status", 2, 1, "a"] == (6, 35)
    assert places["routes", 0, "channels", 1] == (11, 5)
    assert places["routes", 0, "match", "severity"] == (14, 3)
    assert places["routes", 1] == (15, 3)
    assert places["checks", "a.b"] == (16, 9)


def test_a_key_that_is_not_there_is_where_its_table_is() -> None:
    index = Index("[checks.web]\ntype = 1\n")
    assert index.locate(("checks", "web", "target")) == index.first["checks", "web"]
    assert index.locate(("nothing",)) == 0


@pytest.mark.parametrize(
    ("text", "stopped"),
    [
        ('a = 1\nb = "x\nc = 2', 10),
        ("a = '''x", 4),
        ('a = ["x" 2]', 9),
        ("[a", 0),
        ("a : 1", 2),
        ('"\\x" = 1', 4),
    ],
)
def test_what_is_no_toml_ends_the_walk_at_that_place(text: str, stopped: int) -> None:
    assert Index(text).stopped == stopped


KEYS = st.sampled_from(
    ["a", "b", "c-1", "_d", "1", '"q q"', "'l.l'", '"\\u0061"', '"]"', '"#"', "'='", '"\\""']
)
SPACE = st.sampled_from(["", " ", "\t "])
LINES = st.sampled_from(["", " ", "\n", ' # c, ] } "\n  ', "\n\n"])
SCALARS = st.sampled_from([
    "1", "-1.5e3", "true", "inf", "0xff", "1979-05-27", "1979-05-27 07:32:00Z", "07:32:00",
    '""', '"a # b"', '"\\"]"', "'\\'", '"""x"""', '"""\n"q" ""\n"""', '""""""', '"""a\\""""',
    '"""a"""""', "'''\n'a' ''b\n'''", "''''x'''", "'''x'''''", '"[a]"', '"""\\\n  # x"""',
])  # fmt: skip


def joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


DOTTED = st.lists(KEYS, min_size=1, max_size=3).flatmap(
    lambda keys: SPACE.map(lambda space: f"{space}.{space}".join(keys))
)


def _containers(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    element = joined(LINES, values, LINES)
    lists = st.lists(element, max_size=3).flatmap(
        lambda items: st.sampled_from(["", ","] if items else ["", "\n"]).map(
            lambda end: "[" + ",".join(items) + end + "]"
        )
    )
    pair = joined(SPACE, DOTTED, SPACE, st.just("="), SPACE, values, SPACE)
    return lists | st.lists(pair, max_size=3).map(lambda pairs: "{" + ",".join(pairs) + "}")


VALUES = st.recursive(SCALARS, _containers, max_leaves=6)
PAIRS = joined(SPACE, DOTTED, SPACE, st.just("="), SPACE, VALUES, SPACE)
HEADERS = st.tuples(SPACE, DOTTED, SPACE).flatmap(
    lambda parts: st.sampled_from(["[{}]", "[[{}]]"]).map(lambda form: form.format("".join(parts)))
)
STATEMENTS = st.one_of(PAIRS, HEADERS, st.just("# comment [x] = 'y'"), st.just(""))


@settings(max_examples=400)
@given(st.lists(STATEMENTS, max_size=8))
def test_the_index_knows_exactly_the_keys_that_tomllib_knows(statements: list[str]) -> None:
    text = ""
    for statement in statements:
        # A statement that tomllib refuses here (a key twice, say) is left out.
        try:
            tomllib.loads(text + statement)
        except tomllib.TOMLDecodeError:
            continue
        text += statement + "\n"
    assume(text)
    index = Index(text)
    assert index.stopped is None
    assert set(index.first) == set(paths(tomllib.loads(text)))
    for path, offset in index.first.items():
        if isinstance(path[-1], str):
            spelt = text[offset:].split("=")[0] if text[offset] not in "\"'" else text[offset:]
            assert _spells(spelt, path[-1])


def _spells(text: str, key: str) -> bool:
    """Whether a text begins with a spelling of a key."""
    for end in range(1, len(text) + 1):
        try:
            if next(iter(tomllib.loads(text[:end] + " = 0"))) == key:
                return True
        except tomllib.TOMLDecodeError:
            continue
    return False


@given(st.text(alphabet="ab.=[]{}\"'\\\n#, 1", max_size=60))
def test_no_text_makes_the_walk_raise(text: str) -> None:
    index = Index(text)
    assert index.stopped is None or 0 <= index.stopped <= len(text)
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(index.first) == set(paths(read))
