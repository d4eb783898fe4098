"""The starter file."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.config.init import starter


def test_the_type_follows_from_the_form_of_the_target() -> None:
    text = starter(["https://portal.example/x", "db.example:5432", "[2001:db8::1]:53", "192.0.2.9"])
    checks = tomllib.loads(text)["checks"]
    assert {name: (c["type"], c["target"]) for name, c in checks.items()} == {
        "portal-example": ("http", "https://portal.example/x"),
        "db-example-5432": ("tcp", "db.example:5432"),
        "2001-db8-1-53": ("tcp", "[2001:db8::1]:53"),
        "192-0-2-9": ("icmp", "192.0.2.9"),
    }


def test_without_anything_it_shows_example_names() -> None:
    checks = tomllib.loads(starter())["checks"]
    assert [c["target"] for c in checks.values()] == [
        "https://portal.example/",
        "mail.example:25",
        "192.0.2.17",
    ]


def test_the_same_host_twice_gets_two_ids() -> None:
    assert list(tomllib.loads(starter(["a.example", "a.example"]))["checks"]) == [
        "a-example",
        "a-example-2",
    ]


def test_a_spreadsheet_becomes_checks_groups_and_labels() -> None:
    table = (
        "\ufeffNama;URL;Grup;Perangkat Daerah;Interval;Keparahan\r\n"
        'Portal "baru";https://portal.example/;Layanan Publik;Diskominfo;10s;critical\r\n'
        ";;;;;\r\n"
        "Bergas;192.0.2.17;Kecamatan;;;\r\n"
    )
    read = tomllib.loads(starter(table=table))
    assert read["groups"] == {
        "layanan-publik": {"name": "Layanan Publik"},
        "kecamatan": {"name": "Kecamatan"},
    }
    assert read["checks"]["portal-baru"] == {
        "type": "http",
        "target": "https://portal.example/",
        "name": 'Portal "baru"',
        "group": "layanan-publik",
        "interval": "10s",
        "severity": "critical",
        "labels": {"perangkat_daerah": "Diskominfo"},
    }
    assert read["checks"]["bergas"]["type"] == "icmp"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("name,group\nx,y\n", 'line 1: no column "target"'),
        ("target,job\nx,y\n", 'line 1: column "job" gives no label; fix: rename it'),
        ("target,name\n,x\n", "line 2: no target; fix: fill it in or delete the line"),
        ('target,name\n"x,y\n', "not a CSV file"),
    ],
)
def test_a_bad_spreadsheet_is_said_by_line(table: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        starter(table=table)


@given(st.lists(st.text(max_size=30), max_size=4), st.text(max_size=60))
def test_whatever_is_given_the_text_is_toml(targets: list[str], table: str) -> None:
    problem = ""
    try:
        text = starter(targets, table)
    except ValueError as error:
        problem = str(error)
    if problem:
        assert "; fix: " in problem
    else:
        assert tomllib.loads(text)["checks"]


def test_the_starter_says_nothing_of_real_hosts(tmp_path: Path) -> None:
    assert ".go.id" not in starter()
