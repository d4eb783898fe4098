"""Spreadsheets: one sheet a table, the same bytes for the same tables; nothing in them runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from io import BytesIO

from uptime.paper.cells import guarded

_A4 = 9  # as Excel numbers papers
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_NOT_IN_NAMES = str.maketrans("[]:*?/\\", "       ")
_LONGEST = 31  # letters of a sheet's name


class Workbook:
    """Made sheet by sheet; `done` gives its bytes."""

    def __init__(self, title: str) -> None:
        import xlsxwriter

        self._out = BytesIO()
        self._book = xlsxwriter.Workbook(self._out, {"in_memory": True})
        self._book.set_properties({"title": title, "created": _EPOCH})
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})
        self._bold = self._book.add_format({"bold": True})
        self._wrap = self._book.add_format({"text_wrap": True})
        self._names: set[str] = set()

    def sheet(
        self, name: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[object]]
    ) -> None:
        """Columns with their widths in letters; numbers and local times stay what they are."""
        page = self._book.add_worksheet(self._name(name))
        page.set_landscape()
        page.set_paper(_A4)
        page.fit_to_pages(1, 0)
        page.freeze_panes(1, 0)
        for x, (title, width) in enumerate(columns):
            page.set_column(x, x, width)
            page.write_string(0, x, title, self._bold)
        for y, row in enumerate(rows, 1):
            for x, cell in enumerate(row):
                if isinstance(cell, datetime):
                    page.write_datetime(y, x, cell, self._time)
                elif isinstance(cell, int | float):
                    page.write_number(y, x, cell)
                elif cell is not None:
                    page.write_string(y, x, str(guarded(cell)), self._wrap)

    def done(self) -> bytes:
        self._book.close()
        return self._out.getvalue()

    def _name(self, wanted: str) -> str:
        """One that a spreadsheet takes, and that is not there yet in whatever case."""
        plain = wanted.translate(_NOT_IN_NAMES).strip("' ")[:_LONGEST] or "-"
        name, number = plain, 1
        while name.lower() in self._names:
            number += 1
            name = f"{plain[: _LONGEST - 4]} {number}"
        self._names.add(name.lower())
        return name
