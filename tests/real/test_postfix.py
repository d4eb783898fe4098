"""Messages through a real mail server: a postfix of the test's own, on loopback."""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from probes.base import Secret
from tests.uptime.notify.test_end_to_end import notifier, settled
from tests.uptime.notify.world import Channel, World, running

pytestmark = [pytest.mark.real, pytest.mark.timeout(90)]

SERVICES = Path("/usr/share/postfix/master.cf.dist")
MAIN = """
compatibility_level = 3.6
queue_directory = {home}/spool
data_directory = {home}/data
maillog_file = {home}/log
maillog_file_prefixes = {home}
myhostname = mail.contoh.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
virtual_mailbox_domains = contoh.example
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = static:piket/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 100
smtputf8_enable = no
"""


@dataclass
class Postfix:
    home: Path
    port: int

    async def ctl(self, verb: str) -> None:
        process = await asyncio.create_subprocess_exec(
            "postfix", "-c", str(self.home / "etc"), verb,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert await process.wait() == 0, f"postfix {verb}"

    def delivered(self) -> list[EmailMessage]:
        new = self.home / "mail" / "piket" / "new"
        raw = [path.read_bytes() for path in new.iterdir()] if new.exists() else []
        return [message_from_bytes(each, policy=policy.default) for each in raw]

    async def mails(self, count: int) -> list[EmailMessage]:
        async with asyncio.timeout(30):
            while len(self.delivered()) < count:
                await asyncio.sleep(0.05)
        return self.delivered()


@pytest.fixture
def home() -> Iterator[Path]:
    """Not tmp_path: postfix's own users must be able to reach it."""
    path = Path(tempfile.mkdtemp(prefix="siaga-postfix-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def write_configuration(home: Path, port: int) -> None:
    """Debian's own services, outside their chroot, the SMTP one on our port."""
    for name in ("etc", "spool", "data", "mail"):
        (home / name).mkdir()
    shutil.chown(home / "data", "postfix")
    shutil.chown(home / "mail", "nobody", "nogroup")
    (home / "etc" / "main.cf").write_text(MAIN.format(home=home))
    services = []
    for line in SERVICES.read_text().splitlines():
        fields = line.split(maxsplit=7)
        if len(fields) == 8 and not line.startswith(("#", " ", "\t")):
            ours = fields[:2] == ["smtp", "inet"]
            name = f"127.0.0.1:{port}" if ours else fields[0]
            services.append("\t".join([name, *fields[1:4], "n", *fields[5:]]))
    (home / "etc" / "master.cf").write_text("\n".join(services) + "\n")


@pytest.fixture
async def postfix(home: Path) -> AsyncIterator[Postfix]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    write_configuration(home, port)
    server = Postfix(home, port)
    await server.ctl("start")
    yield server
    await server.ctl("stop")


async def test_an_outage_and_its_recovery_arrive_and_survive_a_stop_of_the_server(
    postfix: Postfix,
) -> None:
    world = World()
    addresses = "from=siaga@contoh.example&to=piket@contoh.example"
    url = f"mailto://127.0.0.1:{postfix.port}/?{addresses}&mode=insecure&format=text"
    world.channels = {"piket": Channel("piket", Secret(url), "id")}
    async with running(notifier(world)) as ours:
        ours.offer([world.owe("down", 1)])
        (first,) = await postfix.mails(1)
        assert first["Subject"] == "[P2 TINGGI] GANGGUAN: Name of check-1"
        assert "Gejala: tidak menjawab sampai batas waktu." in first.get_content()

        await postfix.ctl("stop")
        ours.offer([world.owe("down", 2)])
        async with asyncio.timeout(10):
            while not any(row.error for row in world.history):
                await asyncio.sleep(0.05)
        assert {row.error for row in world.history if row.error} == {"connection refused"}
        ours.offer([world.recover(2)])
        await postfix.ctl("start")
        mails = await postfix.mails(2)
        await settled(world)
    subjects = {str(mail["Subject"]).split(" (")[0] for mail in mails}
    assert "SUDAH PULIH: Name of check-2" in subjects
    assert len(mails) == 2
