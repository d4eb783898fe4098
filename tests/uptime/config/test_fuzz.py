"""Whatever a file holds: a configuration or ConfigErrors, nothing else."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.uptime.config.fakes import load
from tests.uptime.config.test_load import ENVIRON, FULL
from uptime.config import ConfigErrors

SAMPLE = FULL.encode()
TOKENS = st.sampled_from([
    b"[", b"]", b"{", b"}", b'"', b"'", b"=", b"\n", b",", b".", b"\\", b"\x00", b"\xff", b"nan",
    b"[[", b'"""', b"1e999", b"-1", b"true", b"{}", b"[]", b'""', b"2026-01-01", b"9" * 5000,
    b"${", b"[checks]", b"\n[siaga]\n", b"checks", b"0", b'"\\ud800"', b'"\\u202e"', b"{ a = 1 }",
])  # fmt: skip
EDITS = st.lists(
    st.tuples(st.integers(0, len(SAMPLE)), st.integers(0, 30), TOKENS | st.binary(max_size=3)),
    min_size=1,
    max_size=4,
)


def tried(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "checks.toml")
        path.write_bytes(content)
        found: ConfigErrors | None = None
        try:
            assert load(path, ENVIRON).checks
        except ConfigErrors as errors:
            found = errors
    if found is not None:
        assert found.errors
        for error in found.errors:
            assert error.line >= 1
            assert error.column >= 1
            assert error.problem
            assert error.fix
            assert str(error).isprintable()
        for secret in ("hunter2", "t0ken", "1:abc"):
            assert secret not in str(found)


@settings(max_examples=200, deadline=None)
@given(EDITS)
def test_no_edit_of_a_good_file_raises_anything_else(edits: list[tuple[int, int, bytes]]) -> None:
    content = SAMPLE
    for at, length, new in edits:
        content = content[:at] + new + content[at + length :]
    tried(content)


VALUES = [
    "3", "-1", "1.5", "nan", "true", '""', '"x"', "[]", "[1]", '["x"]', "{}", "{ a = 1 }",
    "[[]]", "2026-01-01", '"30s"', '"${X}"', '{ file = "/" }', '[["web"]]', "[{}]", "1e400",
]  # fmt: skip
TABLES = [
    "siaga", "history", "defaults", "groups", "checks", "channels", "routes", "contracts",
    "calendars", "maintenance", "calendars.x", "groups.x", "checks.web",
    "channels.x", "contracts.x", "groups.x.defaults", "checks.b.expect",
]  # fmt: skip
LINES = [i for i, line in enumerate(FULL.split("\n")) if " = " in line]


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(LINES), st.sampled_from(VALUES), st.sampled_from(LINES), st.sampled_from(VALUES)
)
def test_no_value_in_the_place_of_another_raises_anything_else(
    one: int, first: str, two: int, second: str
) -> None:
    lines = FULL.split("\n")
    for number, value in ((one, first), (two, second)):
        lines[number] = f"{lines[number].partition(' = ')[0]} = {value}"
    tried("\n".join(lines).encode())


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(TABLES), st.sampled_from(VALUES))
def test_no_value_in_the_place_of_a_table_raises_anything_else(table: str, value: str) -> None:
    check = '[checks.a]\ntype = "ping"\ntarget = "192.0.2.1"\ngroup = "x"\n'
    tried(f"{table} = {value}\n{check}".encode())
