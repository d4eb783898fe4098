"""Servers from Debian, stopped and started under the running daemon: found in time, dated to
within an interval, one message each way.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.daemon_process import DaemonProcess, eventually
from tests.http_collector import HttpCollector
from tests.real.servers import Bind, Nginx, Sshd
from uptime.core.text import from_rfc3339

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

INTERVAL, TIMEOUT, THRESHOLD = 1.0, 0.8, 2
SLACK = 1.0
FOUND_WITHIN = INTERVAL * THRESHOLD + TIMEOUT + SLACK
HEAD = f"""
[defaults]
interval = "{INTERVAL:g}s"
timeout = "{TIMEOUT * 1000:g}ms"
retry_interval = "200ms"
failure_threshold = {THRESHOLD}
success_threshold = {THRESHOLD}

[[routes]]
channels = ["piket"]
group_wait = "0s"
"""


class Watch:
    """A daemon with one check, `it`, and a collector of its messages."""

    def __init__(self, daemon: DaemonProcess, collector: HttpCollector) -> None:
        self.daemon = daemon
        self.collector = collector

    async def outage(
        self, begin: Callable[[], Awaitable[None]], end: Callable[[], Awaitable[None]], reason: str
    ) -> dict[str, Any]:
        """Begin it, see it found; end it, see that too; judge times and messages."""
        messages = len(self.collector.accepted)
        began = time.time()
        await begin()
        over = time.time()
        row = await self.daemon.wait_state("it", "down", FOUND_WITHIN + over - began)
        assert row["reason"] == reason
        last = await self.daemon.get("/checks/it")
        self._dated(row["since"], began, over)
        await self.collector.wait(messages + 1)
        began = time.time()
        await end()
        over = time.time()
        row = await self.daemon.wait_state("it", "up", FOUND_WITHIN + over - began)
        self._dated(row["since"], began, over)
        down, recovered = (await self.collector.wait(messages + 2))[messages:]
        for message in (down, recovered):
            assert "Yang diawasi" in message.title + message.message

        async def delivered() -> bool:
            return bool((await self.daemon.get("/status"))["monitor"]["outbox_pending"] == 0)

        await eventually(delivered, 5)
        assert len(self.collector.accepted) == messages + 2, "one message each way"
        return dict(last["last"])

    @staticmethod
    def _dated(since: str, began: float, over: float) -> None:
        """Within one interval after the change; the change itself took from began to over."""
        at = from_rfc3339(since) / 1000
        assert began - 0.05 <= at <= over + INTERVAL + 0.3


async def _watch(folder: Path, check: str, test: Callable[[Watch], Awaitable[None]]) -> None:
    async with HttpCollector() as collector:
        config = (
            f'{HEAD}\n[channels.piket]\nurl = "{collector.url}"\nlanguage = "en"\n\n'
            f'[checks.it]\nname = "Yang diawasi"\n{check}'
        )
        async with DaemonProcess(folder, config) as daemon:
            await daemon.wait_state("it", "up", 10)
            await test(Watch(daemon, collector))


async def test_nginx_stopped_and_started(tmp_path: Path) -> None:
    nginx = Nginx(tmp_path)
    await nginx.start()

    async def test(watch: Watch) -> None:
        await watch.outage(nginx.stop, nginx.start, "refused")

    check = f'type = "http"\ntarget = "http://127.0.0.1:{nginx.port}/"\n'
    try:
        await _watch(tmp_path, check + 'expect = { contains = "Kabupaten" }\n', test)
    finally:
        await nginx.stop()


async def test_a_certificate_of_nginx_that_expires_and_is_renewed(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    good = authority.issue_cert("127.0.0.1")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    expired = authority.issue_cert("127.0.0.1", not_after=yesterday.replace(tzinfo=None))
    good.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    nginx = Nginx(tmp_path)
    await nginx.start()

    def serve(certificate: trustme.LeafCert) -> Callable[[], Awaitable[None]]:
        async def swap() -> None:
            certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
            nginx.reload()

        return swap

    async def test(watch: Watch) -> None:
        last = await watch.outage(serve(expired), serve(good), "certificate")
        assert last["facts"]["certificate_expires"][:10] == f"{yesterday:%Y-%m-%d}"

    check = (
        f'type = "http"\ntarget = "https://127.0.0.1:{nginx.tls_port}/"\n'
        f'ca_file = "{tmp_path}/ca.pem"\n'
    )
    try:
        await _watch(tmp_path, check, test)
    finally:
        await nginx.stop()


async def test_openssh_stopped_and_started_and_with_another_host_key(tmp_path: Path) -> None:
    sshd = Sshd(tmp_path)
    await sshd.start()
    first = (tmp_path / "host_key").read_bytes(), (tmp_path / "host_key.pub").read_bytes()

    async def other_key() -> None:
        await sshd.stop()
        sshd.new_key()
        await sshd.start()

    async def first_key_again() -> None:
        await sshd.stop()
        (tmp_path / "host_key").write_bytes(first[0])
        (tmp_path / "host_key.pub").write_bytes(first[1])
        await sshd.start()

    async def test(watch: Watch) -> None:
        await watch.outage(sshd.stop, sshd.start, "refused")
        last = await watch.outage(other_key, first_key_again, "host_key")
        assert last["detail"].count("SHA256:") >= 2, "both fingerprints"

    try:
        await _watch(tmp_path, f'type = "ssh"\ntarget = "127.0.0.1:{sshd.port}"\n', test)
    finally:
        await sshd.stop()


async def test_bind_stopped_and_started_and_with_another_answer(tmp_path: Path) -> None:
    bind = Bind(tmp_path)
    await bind.start()

    def answering(address: str) -> Callable[[], Awaitable[None]]:
        async def change() -> None:
            await bind.stop()
            bind.address = address
            await bind.start()

        return change

    async def test(watch: Watch) -> None:
        await watch.outage(bind.stop, bind.start, "refused")
        await watch.outage(answering("192.0.2.66"), answering("192.0.2.10"), "assertion")

    check = (
        f'type = "dns"\ntarget = "127.0.0.1:{bind.port}"\nquery = "portal.contoh.example"\n'
        'expect = { answers = ["192.0.2.10"] }\n'
    )
    try:
        await _watch(tmp_path, check, test)
    finally:
        await bind.stop()
