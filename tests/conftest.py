"""What every test gets: a clean environment and a loop that nobody blocks."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from blockbuster import BlockBuster
from hypothesis import settings

# The time one example takes says more of the machine's other work than of the code.
settings.register_profile("siaga", deadline=None)
settings.register_profile("long", deadline=None, max_examples=20_000)
settings.load_profile("siaga")

# looptime's plug-in makes a loop for a synchronous test and never closes it, unless there is
# none to be had; its ResourceWarning would fail some other test at random.
asyncio.set_event_loop(None)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine's own settings reaches a test (reliability C14)."""
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "NETRC",
        "SIAGA_TOKEN_FILE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(autouse=True)
def _nobody_blocks_the_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """A blocking call made on the event loop by our packages fails the test.

    A test that means to block (it plays the bad probe) is marked `blocks`.
    """
    if request.node.get_closest_marker("blocks") is not None:
        yield
        return
    guard = BlockBuster(scanned_modules=["uptime", "probes", "tui"])
    guard.activate()
    try:
        yield
    finally:
        guard.deactivate()


def _nothing_may_be_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Where everything was installed (.ci/run) a skipped test is a failed one."""
    expected_to_fail = hasattr(report, "wasxfail")
    if report.skipped and not expected_to_fail and os.environ.get("SIAGA_NO_SKIP"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tests that skip themselves or are marked so."""
    report = yield
    _nothing_may_be_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Modules that skip all they have."""
    report = yield
    _nothing_may_be_skipped(report)
    return report
