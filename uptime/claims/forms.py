"""A claim in each of its forms; the libraries of each are imported when it is asked for."""

from __future__ import annotations

import json

from uptime.claims.gather import Paper


def made(paper: Paper, language: str, form: str) -> bytes:
    match form:
        case "csv":
            from uptime.claims.sheets import as_csv

            return as_csv(paper, language).encode()
        case "xlsx":
            from uptime.claims.sheets import as_xlsx

            return as_xlsx(paper, language)
        case "pdf":
            from uptime.claims.pdf import as_pdf

            return as_pdf(paper, language)
        case "html":
            from uptime.claims.html import as_html

            return as_html(paper, language).encode()
    from uptime.claims.document import document

    return (json.dumps(document(paper, language), ensure_ascii=False, indent=2) + "\n").encode()
