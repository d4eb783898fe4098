"""What stands on the pages of a PDF, read back by a program that is not the typesetter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pypdfium2

_TOUCH = 1.5  # points by which letters of one word may reach into each other


def pages(pdf: bytes) -> list[str]:
    """The text of each page; lines are not broken where they are on paper."""
    return [" ".join(page.get_text_bounded().split()) for page in _text_pages(pdf)]


def printed_over(pdf: bytes) -> list[str]:
    """Letters that stand on another letter of their line, or outside of the paper; each with its
    page and what stands around it.
    """
    found = []
    for number, page in enumerate(_text_pages(pdf), 1):
        text, count = page.get_text_range(), page.count_chars()
        width, _ = page.page.get_size()
        lines: dict[int, list[tuple[float, float, int]]] = defaultdict(list)
        for index in range(count):
            left, bottom, right, _ = page.get_charbox(index, loose=True)
            letter = page.get_text_range(index, 1)
            if not letter.strip():
                continue
            if left < 0 or right > width:
                around = text[max(0, index - 20) : index + 20]
                found.append(f"page {number}, over the edge: {around}")
            lines[round(bottom)].append((left, right, index))
        for line in lines.values():
            line.sort()
            for (_, right, one), (left, _, other) in zip(line, line[1:], strict=False):
                # The letters of a ligature share its box.
                if right - left > _TOUCH and abs(one - other) > 1:
                    around = text[max(0, one - 20) : one + 4]
                    found.append(f"page {number}: {around!r} under {text[other : other + 8]!r}")
    return found


def _text_pages(pdf: bytes) -> Iterator[pypdfium2.PdfTextPage]:
    document = pypdfium2.PdfDocument(pdf)
    for number in range(len(document)):
        yield document[number].get_textpage()
