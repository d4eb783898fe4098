from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage

import pytest

from tests.uptime.simulate.helpers import ANYWHERE, CLOSED, connects, get, running
from uptime.simulate.fault import Fault, Kind
from uptime.simulate.mail import Mail, MailCollector, MailServer
from uptime.simulate.server import Address
from uptime.simulate.web import WebServer


def message(subject: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        "siaga@contoh.example",
        "piket@contoh.example",
        subject,
    )
    mail.set_content(text)
    return mail


async def send(address: Address, *mails: EmailMessage) -> None:
    def blocking() -> None:
        with smtplib.SMTP(*address, "tes", timeout=5) as client:
            for mail in mails:
                client.send_message(mail)

    await asyncio.to_thread(blocking)


async def test_a_message_arrives_whole_and_is_told() -> None:
    told: list[Mail] = []
    collector = MailCollector(ANYWHERE, told.append)
    async with running(collector):
        text = "Sejak 10.15 WIB.\n.titik di depan\n..\nselesai — ya\n"
        await send(
            collector.address, message("GANGGUAN: Portal", text), message("PULIH: Portal", "ok")
        )
    assert [mail.subject for mail in told] == ["GANGGUAN: Portal", "PULIH: Portal"]
    assert told[0].receivers == ("piket@contoh.example",)
    assert told[0].text.splitlines() == text.splitlines()


async def test_the_page_shows_the_newest_first() -> None:
    collector = MailCollector(ANYWHERE)
    async with running(collector), running(WebServer(ANYWHERE, lambda _: collector.page())) as web:
        assert (await get(f"http://{web.address}/")).text == "no mail yet"
        await send(collector.address, message("pertama", "satu"), message("kedua", "dua"))
        page = (await get(f"http://{web.address}/")).text
    assert page.index("kedua") < page.index("dua") < page.index("pertama") < page.index("satu")


async def test_foreign_text_reaches_the_screen_without_its_escapes() -> None:
    collector = MailCollector(ANYWHERE)
    async with running(collector):
        await send(collector.address, message("merah", "\x1b[31mmerah\x07"))
    assert "\x1b" not in collector.page().body
    assert "\x07" not in collector.page().body


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        (["DATA"], "503"),
        (["RCPT TO:<a@b.example>"], "503"),
        (["MAIL FROM:<a@b.example>", "RSET", "RCPT TO:<a@b.example>"], "503"),
        (["HELO x", "NOOP"], "250"),
        (["EXPN x"], "502"),
        (["QUIT"], "221"),
    ],
)
async def test_the_order_of_smtp_is_kept(lines: list[str], last: str) -> None:
    async with running(MailServer(ANYWHERE)) as server:
        reader, writer = await asyncio.open_connection(*server.address)
        assert (await reader.readline()).startswith(b"220 ")
        for line in lines:
            writer.write(f"{line}\r\n".encode())
            reply = await reader.readline()
        assert reply.decode()[:3] == last
        writer.close()
        await writer.wait_closed()


async def test_a_message_without_end_is_refused() -> None:
    collector = MailCollector(ANYWHERE)
    async with running(collector):
        with pytest.raises(smtplib.SMTPDataError):
            await send(collector.address, message("besar", "x" * 60 + "\n" * (1 << 20)))
    assert not collector.mails


async def test_the_greeting_can_be_late_or_missing() -> None:
    async with running(MailServer(ANYWHERE)) as server:
        await server.suffer(Fault(Kind.SLOW, 0.2))
        loop = asyncio.get_running_loop()
        began = loop.time()
        reader, writer = await asyncio.open_connection(*server.address)
        assert (await reader.readline()).startswith(b"220 ")
        assert loop.time() - began >= 0.2
        writer.close()
        await writer.wait_closed()
        await server.suffer(CLOSED)
        assert not await connects(server.address)
