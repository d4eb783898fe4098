"""The report that is asked for, and its forms as bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from uptime.report.gather import gather
from uptime.report.kept import report_of
from uptime.report.model import Report

if TYPE_CHECKING:
    from uptime.config import Config
    from uptime.store.history import History

FORMS = ("pdf", "html", "csv", "xlsx", "json")


def found(
    config: Config, history: History, month: str, now: int, revision: int | None = None
) -> Report:
    """What was kept, if the month is closed: the newest revision unless another is asked for.

    ValueError says what is wrong with the question and what to do.
    """
    there = {kept.revision: kept for kept in history.reports(month)}
    wanted = max(there, default=None) if revision is None else revision
    if wanted is None:
        return gather(config, history, month, now)
    if wanted not in there:
        names = ", ".join(map(str, there)) or "none: the month is open"
        raise ValueError(f"{month} has no revision {wanted}; fix: one of those there are: {names}")
    return report_of(there[wanted].text)


def made(report: Report, language: str, form: str) -> bytes:
    """One of FORMS."""
    match form:
        case "csv":
            from uptime.report.sheets import as_csv

            return as_csv(report, language).encode()
        case "xlsx":
            from uptime.report.sheets import as_xlsx

            return as_xlsx(report, language)
        case "pdf":
            from uptime.report.pdf import as_pdf

            return as_pdf(report, language)
        case "html":
            from uptime.report.html import as_html

            return as_html(report, language).encode()
    from uptime.report.document import document

    return (json.dumps(document(report, language), ensure_ascii=False, indent=2) + "\n").encode()
