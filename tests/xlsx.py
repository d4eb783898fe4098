"""What stands in a spreadsheet, read back without what wrote it."""

from __future__ import annotations

import zipfile
from io import BytesIO
from xml.etree import ElementTree as ET

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

Cell = str | float | None


def sheets(book: bytes) -> dict[str, list[list[Cell]]]:
    """Rows of each sheet by its name; a cell that is not there is None."""
    with zipfile.ZipFile(BytesIO(book)) as parts:

        def root(path: str) -> ET.Element:
            return ET.fromstring(parts.read(path))

        shared = [
            "".join(text.text or "" for text in item.iter(f"{_MAIN}t"))
            for item in root("xl/sharedStrings.xml")
        ]
        names = [sheet.attrib["name"] for sheet in root("xl/workbook.xml").iter(f"{_MAIN}sheet")]
        return {
            name: _rows(root(f"xl/worksheets/sheet{number}.xml"), shared)
            for number, name in enumerate(names, 1)
        }


def _rows(sheet: ET.Element, shared: list[str]) -> list[list[Cell]]:
    found = []
    for row in sheet.iter(f"{_MAIN}row"):
        cells = {_column(cell.attrib["r"]): _value(cell, shared) for cell in row}
        found.append([cells.get(x) for x in range(1, max(cells, default=0) + 1)])
    return found


def _column(place: str) -> int:
    """3 of `C7`."""
    number = 0
    for letter in place.rstrip("0123456789"):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _value(cell: ET.Element, shared: list[str]) -> Cell:
    text = cell.findtext(f"{_MAIN}v")
    if text is None:
        return None
    return shared[int(text)] if cell.get("t") == "s" else round(float(text), 9)
