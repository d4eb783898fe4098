"""Messages through real mail servers on loopback, first of all a postfix of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from probes.base import Secret
from tests.daemon_process import DaemonProcess
from tests.mail_collector import MailCollector
from tests.real.servers import Nginx, Postfix, open_folder
from tests.real.watch import FOUND_WITHIN, NAME, configuration, watching
from tests.uptime.notify.test_end_to_end import notifier, settled
from tests.uptime.notify.world import Channel, World, running

pytestmark = [pytest.mark.real, pytest.mark.timeout(90)]


@pytest.fixture
async def postfix() -> AsyncIterator[Postfix]:
    with open_folder() as home:
        async with Postfix(home) as server:
            yield server


async def test_an_outage_and_its_recovery_arrive_and_survive_a_stop_of_the_server(
    postfix: Postfix,
) -> None:
    world = World()
    world.channels = {"piket": Channel("piket", Secret(postfix.url), "id")}
    async with running(notifier(world)) as ours:
        ours.offer([world.owe("down", 1)])
        (first,) = await postfix.mails(1)
        assert first["Subject"] == "[P2 TINGGI] GANGGUAN: Name of check-1"
        assert "Gejala: tidak menjawab sampai batas waktu." in first.get_content()

        await postfix.stop()
        ours.offer([world.owe("down", 2)])
        async with asyncio.timeout(10):
            while not any(row.error for row in world.history):
                await asyncio.sleep(0.05)
        assert {row.error for row in world.history if row.error} == {"connection refused"}
        ours.offer([world.recover(2)])
        await postfix.start()
        mails = await postfix.mails(2)
        await settled(world)
    subjects = {str(mail["Subject"]).split(" (")[0] for mail in mails}
    assert "SUDAH PULIH: Name of check-2" in subjects
    assert len(mails) == 2


async def test_the_daemon_tells_by_mail(tmp_path: Path, postfix: Postfix) -> None:
    def texts() -> list[str]:
        return [f"{mail['Subject']}\n{mail.get_content()}" for mail in postfix.delivered()]

    async with Nginx(tmp_path) as nginx:
        check = f'type = "http"\ntarget = "http://127.0.0.1:{nginx.port}/"'
        async with watching(tmp_path, check, postfix.url, texts) as watch:
            await watch.outage(nginx.stop, nginx.start, "refused")


async def test_the_daemon_tells_a_mail_server_that_is_busy_at_first(tmp_path: Path) -> None:
    async with MailCollector(["451"]) as mail, Nginx(tmp_path) as nginx:

        def texts() -> list[str]:
            return [f"{each.subject}\n{each.text}" for each in mail.mails]

        check = f'type = "http"\ntarget = "http://127.0.0.1:{nginx.port}/"'
        async with watching(tmp_path, check, mail.url, texts) as watch:
            await watch.outage(nginx.stop, nginx.start, "refused")


async def test_an_outage_of_the_mail_server_itself_is_told_as_over_once_it_is_back(
    tmp_path: Path, postfix: Postfix
) -> None:
    check = f'type = "tcp"\ntarget = "127.0.0.1:{postfix.port}"\nexpect = "220 "'
    async with DaemonProcess(tmp_path, configuration(check, postfix.url)) as daemon:
        await daemon.wait_state("it", "up", 10)
        await postfix.stop()
        await daemon.wait_state("it", "down", FOUND_WITHIN)
        await postfix.start()
        await daemon.wait_state("it", "up", FOUND_WITHIN)
        await postfix.mails(1, within=10)
        assert await daemon.terminate() == 0
    (mail,) = postfix.delivered()
    assert mail["Subject"].startswith(f"ALREADY RECOVERED: {NAME} (was down ")
