"""The papers' pages in a real browser: nothing runs over the edge of what it stands in."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest

from tests.real.test_page_in_browser import browser
from tests.uptime.report.regency import regency
from tests.uptime.report.test_gather import report as gathered
from uptime.claims.html import as_html as claim_page
from uptime.report.html import as_html as report_page
from uptime.report.model import Report

pytestmark = pytest.mark.real

# What reaches out of its parent, unless that one scrolls; and how wide the page is.
MEASURE = """
<script>
const out = [];
for (const each of document.querySelectorAll("body *")) {
  if (each.closest("svg, head, script") || each.closest(".wide")) continue;
  const parent = each.parentElement;
  const [a, b] = [each.getBoundingClientRect(), parent.getBoundingClientRect()];
  const said = each.tagName + ": " + each.textContent.slice(0, 40);
  if (a.width && a.right > b.right + 1) out.push("reaches out: " + said);
  if (each.clientWidth && each.scrollWidth > each.clientWidth + 1) out.push("too full: " + said);
}
const wide = document.documentElement.scrollWidth - window.innerWidth;
const found = JSON.stringify([out, wide]).replace(/</g, "\\\\u003c");
document.body.innerHTML = "<pre>" + found + "</pre>";
</script>
"""


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return gathered(regency(tmp_path_factory.mktemp("month"), services=16, busy=2))


@pytest.mark.timeout(120)
@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(
    ("paper", "width"), [("report", 900), ("report", 500), ("claim", 900), ("claim", 500)]
)
def test_nothing_reaches_out_of_what_it_stands_in(
    month: Report, paper: str, width: int, language: str, tmp_path: Path
) -> None:
    page = report_page(month, language)
    if paper == "claim":
        page = claim_page(month.annexes[-1], language)
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    file = tmp_path / "page.html"
    file.write_text(page.replace("</body>", MEASURE + "</body>"), "utf-8")
    asked = (f"--window-size={width},900", "--dump-dom", file.as_uri())
    dom, _ = asyncio.run(browser(tmp_path, *asked))
    found = re.search(r"<pre>(.*)</pre>", dom, re.DOTALL)
    assert found is not None
    out, wide = json.loads(found[1].replace("&amp;", "&"))
    assert out == []
    assert wide <= 0
