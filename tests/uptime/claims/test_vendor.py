"""Vendors' lists, in all the forms that come by mail."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.claims.vendor import moment, read
from uptime.core.claim_match import Theirs

ZONE = ZoneInfo("Asia/Jakarta")
BEGAN = round(datetime(2026, 11, 3, 2, 10, tzinfo=ZONE).timestamp() * 1000)
ENDED = round(datetime(2026, 11, 3, 11, 30, tzinfo=ZONE).timestamp() * 1000)


@pytest.mark.parametrize(
    "text",
    [
        "03/11/2026 02.10",
        "3/11/2026 2:10",
        "03-11-2026 02.10.00",
        "03.11.2026 02:10:00",
        "2026-11-03 02:10",
        "2026-11-03T02:10:00",
        "2026-11-03T02:10:00.000+07:00",
        "2026-11-02T19:10:00Z",
        "3 Nov 2026 02.10",
        "3 November 2026, pukul 02.10 WIB",
        "03-Nov-2026 02:10",
        "3 nopember 2026 03.10 WITA",
        "  03/11/2026   02.10  WIB ",
        "2026-11-02 19:10 +00:00",
    ],
)
def test_a_time_is_read_as_it_is_meant(text: str) -> None:
    assert moment(text, ZONE) == BEGAN


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("11/13/2026 02.10", "month must be in 1..12"),
        ("31/02/2026 02.10", "is no time"),
        ("03/11/26 02.10", "is no time"),
        ("02.10", "is no time"),
        ("03/11/2026", "is no time"),
        ("03/11/2026 02.10 PM", "is no time"),
        ("3 Foo 2026 02.10", "no month that is known"),
        ("03/11/2026 25.10", "hour must be in"),
        ("03/11/2026 02.10 +99:00", "is no time"),
        ("\x1b[31m", "is no time"),
    ],
)
def test_what_is_no_time_says_how_to_write_one(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as error:
        moment(text, ZONE)
    assert "day first" in str(error.value)
    assert "\x1b" not in str(error.value)


def test_a_time_that_clocks_skipped_is_refused() -> None:
    with pytest.raises(ValueError, match="did not exist"):
        moment("29/03/2026 02.30", ZoneInfo("Europe/Berlin"))


@given(st.integers(631_152_000, 4_102_444_800))
def test_every_form_gives_back_the_time_it_was_made_of(second: int) -> None:
    when, expected = datetime.fromtimestamp(second, ZONE), second * 1000
    for form in (
        "%d/%m/%Y %H.%M.%S",
        "%d-%m-%Y %H:%M:%S",
        "%Y-%m-%d %H:%M:%S",
        "%d %b %Y %H.%M.%S",
    ):
        assert moment(when.strftime(form), ZONE) == expected
    assert moment(when.isoformat(), UTC) == expected


@pytest.mark.parametrize(
    "text",
    [
        "start,end,ticket\n03/11/2026 02.10,03/11/2026 11.30,T-1\n",
        "mulai;selesai;tiket\n03/11/2026 02.10;03/11/2026 11.30;T-1\n",
        "Tiket\tSelesai\tMulai\nT-1\t03/11/2026 11.30\t03/11/2026 02.10\n",
        "No. Tiket;Waktu Mulai (WIB);Waktu Selesai (WIB)\nT-1;03/11/2026 02.10;03/11/2026 11.30\n",
        "Tgl mulai,Jam mulai,Tgl pulih,Jam pulih,Tiket\n03/11/2026,02.10,03/11/2026,11.30,T-1\n",
        'sep=;\r\nstart;end;ticket\r\n"03/11/2026 02.10";"03/11/2026 11.30";"T-1"\r\n',
        "\n\nstart,end,ticket\n03/11/2026 02.10,03/11/2026 11.30,T-1,,\n\n,,\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_same_list_is_read_in_whatever_form(text: str, encoding: str) -> None:
    found, unread = read(text.encode(encoding), ZONE)
    assert unread == []
    assert [(t.began, t.ended, t.ticket) for t in found] == [(BEGAN, ENDED, "T-1")]


def test_windows_letters_are_read() -> None:
    found, _ = read(
        "start,end,ticket\n2026-11-03 02:10,2026-11-03 11:30,é–1".encode("cp1252"), ZONE
    )
    assert found[0].ticket == "é–1"


def test_bad_rows_are_told_with_their_lines_and_the_rest_is_read() -> None:
    text = (
        "start;end;note\n"
        "03/11/2026 02.10;03/11/2026 11.30;fine\n"
        "yesterday;03/11/2026 11.30;x\n"
        '03/11/2026 02.10;03/11/2026 11.30;"two\nlines"\n'
        "03/11/2026 02.10;;open\n"
        "03/11/2026 11.30;03/11/2026 02.10;turned\n"
        "03/11/2026 02.10;03/11/2026 11.30;a;b\n"
    )
    found, unread = read(text.encode(), ZONE)
    assert [t.line for t in found] == [2, 4]
    assert [(u.line, u.problem.partition(";")[0]) for u in unread] == [
        (3, '"yesterday" is no time'),
        (6, "the end is missing"),
        (7, "ends before it begins"),
        (8, "has 4 cells, the first line 3"),
    ]
    assert unread[0].text == "yesterday;03/11/2026 11.30;x"


def test_a_quote_that_stays_open_swallows_nothing_in_silence() -> None:
    text = 'start,end\n2026-11-03 02:10,2026-11-03 11:30\n"2026-11-04 02:10,2026\nx,y\n'
    found, unread = read(text.encode(), ZONE)
    assert len(found) == 1
    ((line, problem),) = [(u.line, u.problem) for u in unread]
    assert line == 3
    assert "neither it nor what follows was read" in problem


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "is empty; fix: a first line that names the columns"),
        (b"\n , \n", "is empty"),
        (b"a,b\n1,2\n", r"line 1: no column says when an outage starts \(columns: a, b\)"),
        (b"\nmulai,b\n1,2\n", "line 2: no column says when an outage ends"),
        (b"start,end\n" * 2_000_000, "is larger than 10 MB"),
    ],
)
def test_what_is_no_list_says_so(data: bytes, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read(data, ZONE)


def test_a_ticket_is_harmless_text() -> None:
    data = "start,end,ticket\n2026-11-03 02:10,2026-11-03 11:30,\x1b[31mred" + "x" * 200
    (found,) = read(data.encode(), ZONE)[0]
    assert "\x1b" not in found.ticket
    assert len(found.ticket) <= 80


CELL = st.text(st.characters(exclude_characters='"\r\n', exclude_categories=["Cs", "Cc"])).map(
    lambda text: f'"{text}"'
)


@given(st.lists(st.tuples(CELL, CELL), max_size=5))
def test_every_row_is_read_or_told(cells: list[tuple[str, str]]) -> None:
    lines = "".join(f"{a},{b}\n" for a, b in cells)
    found, unread = read(f"start,end\n{lines}".encode(), ZONE)
    filled = [n for n, (a, b) in enumerate(cells, 2) if (a + b).replace('"', "").strip()]
    assert sorted([t.line for t in found] + [u.line for u in unread]) == filled


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        found, _ = read(b"start,end\n" + data, ZONE)
    except ValueError:
        return
    assert all(isinstance(each, Theirs) for each in found)
