"""Servers from Debian, stopped, changed and started under the running daemon: found in time,
dated to within an interval, one message each way.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from tests.daemon_process import eventually
from tests.real.servers import Bind, Nginx, Postfix, Sshd, open_folder
from tests.real.watch import Change, watched

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]


async def test_nginx_stopped_and_started(tmp_path: Path) -> None:
    async with Nginx(tmp_path) as nginx:
        check = (
            f'type = "http"\ntarget = "http://127.0.0.1:{nginx.port}/"\n'
            'expect = { contains = "Kabupaten" }'
        )
        async with watched(tmp_path, check) as watch:
            await watch.outage(nginx.stop, nginx.start, "refused")


async def test_nginx_that_hangs_and_comes_to_itself(tmp_path: Path) -> None:
    async with Nginx(tmp_path) as nginx:
        check = f'type = "http"\ntarget = "http://127.0.0.1:{nginx.port}/"'
        async with watched(tmp_path, check) as watch:
            await watch.outage(nginx.freeze, nginx.thaw, "timeout")


async def test_https_stopped_and_started_and_with_a_certificate_that_expired(
    tmp_path: Path,
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    good = authority.issue_cert("127.0.0.1")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    expired = authority.issue_cert("127.0.0.1", not_after=yesterday.replace(tzinfo=None))
    pem = tmp_path / "server.pem"
    good.private_key_and_cert_chain_pem.write_to_path(pem)

    async with Nginx(tmp_path) as nginx:

        def serve(certificate: trustme.LeafCert) -> Change:
            async def swap() -> None:
                certificate.private_key_and_cert_chain_pem.write_to_path(pem)
                await nginx.reload()

            return swap

        check = (
            f'type = "http"\ntarget = "https://127.0.0.1:{nginx.tls_port}/"\n'
            f'ca_file = "{tmp_path}/ca.pem"'
        )
        async with watched(tmp_path, check) as watch:
            await watch.outage(nginx.stop, nginx.start, "refused")
            last = await watch.outage(serve(expired), serve(good), "certificate")
    assert last["facts"]["certificate_expires"][:10] == f"{yesterday:%Y-%m-%d}"


async def test_openssh_stopped_and_started(tmp_path: Path) -> None:
    async with Sshd(tmp_path) as sshd:
        check = f'type = "ssh"\ntarget = "127.0.0.1:{sshd.port}"\nhost_key = "{sshd.fingerprint()}"'
        async with watched(tmp_path, check) as watch:
            await watch.outage(sshd.stop, sshd.start, "refused")


async def test_openssh_with_another_host_key_than_the_one_seen_first(tmp_path: Path) -> None:
    sshd = Sshd(tmp_path)
    for name in ("first", "second"):
        sshd.new_key(name)
    sshd.show_key("first")

    def show(name: str) -> Change:
        async def change() -> None:
            sshd.show_key(name)
            await sshd.reload()

        return change

    async with sshd, watched(tmp_path, f'type = "ssh"\ntarget = "127.0.0.1:{sshd.port}"') as watch:
        last = await watch.outage(show("second"), show("first"), "host_key")
    expected, got = last["detail"].split("got", 1)
    assert sshd.fingerprint("first") in expected
    assert sshd.fingerprint("second") in got


async def test_a_host_key_changed_while_both_were_off_is_not_taken_for_the_first(
    tmp_path: Path,
) -> None:
    sshd = Sshd(tmp_path)
    for name in ("first", "second"):
        sshd.new_key(name)
    sshd.show_key("first")
    async with sshd, watched(tmp_path, f'type = "ssh"\ntarget = "127.0.0.1:{sshd.port}"') as watch:
        daemon = watch.daemon

        async def reinstalled() -> None:
            await sshd.stop()
            await daemon.wait_state("it", "down", 5)
            assert await daemon.terminate() == 0
            sshd.show_key("second")
            await sshd.start()
            daemon.start()
            await daemon.wait_ready()

            async def seen() -> bool:
                last = (await daemon.get("/checks/it"))["last"]
                assert last["status"] != "up"
                return bool(last["reason"] == "host_key")

            await eventually(seen, 5)

        watch.outages = 1
        await reinstalled()
        await asyncio.gather(watch.told(1), daemon.wait_state("it", "down", 3))
        sshd.show_key("first")
        await sshd.reload()
        await daemon.wait_state("it", "up", 5)
        await watch.told(2)


async def test_bind_stopped_and_started_and_with_another_answer(tmp_path: Path) -> None:
    async with Bind(tmp_path) as bind:

        def answering(address: str) -> Change:
            async def change() -> None:
                bind.address = address
                await bind.reload()

            return change

        check = (
            f'type = "dns"\ntarget = "127.0.0.1:{bind.port}"\nquery = "portal.contoh.example"\n'
            'expect = { answers = ["192.0.2.10"] }'
        )
        async with watched(tmp_path, check) as watch:
            await watch.outage(bind.stop, bind.start, "refused")
            last = await watch.outage(answering("192.0.2.66"), answering("192.0.2.10"), "assertion")
    assert "192.0.2.66" in last["detail"]


async def test_postfix_stopped_and_started(tmp_path: Path) -> None:
    with open_folder() as home:
        async with Postfix(home) as postfix:
            check = (
                f'type = "tcp"\ntarget = "127.0.0.1:{postfix.port}"\n'
                'expect = "220 mail.contoh.example ESMTP"'
            )
            async with watched(tmp_path, check) as watch:
                await watch.outage(postfix.stop, postfix.start, "refused")
