"""A vendor's list of outages, as they send it: CSV of whatever spreadsheet.

Tolerated are `,`, `;` and tab between cells, UTF-8, UTF-16 and Windows' encoding, names of
columns in Indonesian or English, a date and a time in two columns, and times such as
`03/11/2026 02.10`, `3 Nov 2026 02:10:05 WIB` or ISO 8601. What cannot be read is told with its
line; no row is dropped in silence.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from io import StringIO
from zoneinfo import ZoneInfo

from probes.base import safe_text
from uptime.core.claim_match import Theirs

LARGEST = 10_000_000  # bytes
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_START = {"start", "started", "begin", "began", "mulai", "awal"}
_END = {"end", "ended", "finish", "finished", "recovered", "selesai", "akhir", "berakhir", "pulih"}
_TICKET = {"ticket", "tiket"}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan januari january", "feb februari february", "mar maret march", "apr april",
            "mei may", "jun juni june", "jul juli july", "agu ags agt agustus aug august",
            "sep sept september", "okt oktober oct october", "nov november nopember",
            "des desember dec december",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_ZONES = {"WIB": 7, "WITA": 8, "WIT": 9, "UTC": 0, "GMT": 0, "Z": 0}
_TIME = re.compile(
    r"""(?: (?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})
          | (?P<d2>\d{1,2})[/.-](?P<m2>\d{1,2})[/.-](?P<y2>\d{4})
          | (?P<d3>\d{1,2})[ -](?P<name>[A-Za-z]{3,9})\.?[ -](?P<y3>\d{4}) )
        (?:T|,?\s+(?:(?:pukul|jam)\s+)?)
        (?P<hour>\d{1,2})[.:](?P<minute>\d{2})(?:[.:](?P<second>\d{2})(?:[.,](?P<part>\d{1,6}))?)?
        (?: \s*(?P<zone>WIB|WITA|WIT|UTC|GMT|Z|[+-]\d{2}:?\d{2}) )?""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_REMEDY = 'write it like "03/11/2026 02.10" (day first) or "2026-11-03T02:10"'


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that is not compared, and what to do about it; `text` is what stands there."""

    line: int
    problem: str
    text: str


def read(data: bytes, zone: ZoneInfo) -> tuple[list[Theirs], list[Unread]]:
    """The outages of a file, times without a zone in `zone`, and the rows that are none.

    ValueError if it is no such list at all.
    """
    if len(data) > LARGEST:
        raise ValueError(f"is larger than {LARGEST // 1_000_000} MB; fix: send one month's list")
    lines = _decoded(data).splitlines(keepends=True)
    skipped = 0
    delimiter = None
    if lines and lines[0].lower().startswith("sep=") and len(lines[0].strip()) == 5:
        delimiter, skipped = lines[0].strip()[4], 1
    while skipped < len(lines) and not lines[skipped].strip(" \t\r\n,;"):
        skipped += 1
    if skipped == len(lines):
        raise ValueError("is empty; fix: a first line that names the columns, such as start,end")
    delimiter = delimiter or max(",;\t", key=lines[skipped].count)
    rows = _rows("".join(lines[skipped:]), delimiter, skipped)
    line, head, problem = next(rows)
    if problem is not None:
        raise ValueError(f"line {line}: {problem}")
    columns = _columns(line, head)
    found, unread = list[Theirs](), list[Unread]()
    for line, cells, problem in rows:
        try:
            if problem is not None:
                raise ValueError(problem)
            if any(cell.strip() for cell in cells):
                found.append(_outage(line, cells, len(head), columns, zone))
        except ValueError as error:
            unread.append(Unread(line, str(error), safe_text(delimiter.join(cells), 200)))
    return found, unread


def moment(text: str, zone: tzinfo) -> int:
    """Milliseconds of a time as people write it; ValueError with the remedy."""
    shown = safe_text(text, 40)
    got = _TIME.fullmatch(" ".join(text.split()))
    if got is None:
        raise ValueError(f'"{shown}" is no time; fix: {_REMEDY}')
    month = got["m"] or got["m2"] or _MONTHS.get((got["name"] or "").lower())
    if month is None:
        raise ValueError(f'"{shown}" has no month that is known; fix: {_REMEDY}')
    part = (got["part"] or "").ljust(3, "0")[:3]
    try:
        naive = datetime(  # noqa: DTZ001 - its zone follows
            int(got["y"] or got["y2"] or got["y3"]), int(month),
            int(got["d"] or got["d2"] or got["d3"]), int(got["hour"]), int(got["minute"]),
            int(got["second"] or 0), int(part) * 1000,
        )  # fmt: skip
        aware = naive.replace(tzinfo=_zone(got["zone"]) or zone)
    except ValueError as error:
        raise ValueError(f'"{shown}" is no time ({error}); fix: {_REMEDY}') from None
    utc = aware.astimezone(UTC)
    if utc.astimezone(aware.tzinfo).replace(tzinfo=None) != naive:
        raise ValueError(f'"{shown}" did not exist: clocks were set forward; fix: correct it')
    return (utc - _EPOCH) // timedelta(milliseconds=1)


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    if name.upper() in _ZONES:
        return timezone(timedelta(hours=_ZONES[name.upper()]))
    digits = name.replace(":", "")
    length = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5]))
    return timezone(-length if digits[0] == "-" else length)


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _rows(
    text: str, delimiter: str, skipped: int
) -> Iterator[tuple[int, Sequence[str], str | None]]:
    """Line, cells and, for what is no CSV, the problem; quotes that stay open would swallow
    rows, so they end the reading with all that is left as one.
    """
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = skipped + 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problem = f"{error}; neither it nor what follows was read; fix: correct its quotes"
            yield line, text.splitlines()[line - skipped - 1 :], problem
            return
        yield line, cells, None
        line = skipped + reader.line_num + 1


def _columns(line: int, head: Sequence[str]) -> dict[str, list[int]]:
    words = [set(re.findall(r"[a-z]+", name.casefold())) for name in head]
    found = {
        kind: [n for n, each in enumerate(words) if each & known]
        for kind, known in (("start", _START), ("end", _END), ("ticket", _TICKET))
    }
    for kind, example in (("start", "start or mulai"), ("end", "end or selesai")):
        if not found[kind]:
            names = safe_text(", ".join(head), 200)
            raise ValueError(
                f"line {line}: no column says when an outage {kind}s (columns: {names}); "
                f"fix: name it {example}"
            )
    return found


def _outage(
    line: int, cells: Sequence[str], width: int, columns: dict[str, list[int]], zone: ZoneInfo
) -> Theirs:
    if any(cell.strip() for cell in cells[width:]):
        raise ValueError(
            f"has {len(cells)} cells, the first line {width}; "
            "fix: put cells that hold the delimiter in quotes"
        )

    def joined(kind: str) -> str:
        return " ".join(cells[n].strip() for n in columns[kind] if n < len(cells)).strip()

    times = []
    for kind in ("start", "end"):
        if not joined(kind):
            raise ValueError(f"the {kind} is missing; fix: {_REMEDY}")
        times.append(moment(joined(kind), zone))
    began, ended = times
    if ended < began:
        raise ValueError("ends before it begins; fix: correct one of the times")
    return Theirs(line, began, ended, safe_text(joined("ticket"), 80))
