"""SMTP: a mail server, and a collector that keeps what it gets and shows it on a page."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from probes.base import safe_text
from uptime.simulate.server import Address, StreamServer
from uptime.simulate.web import Page

_KEPT = 500  # messages on the page
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as received."""

    at: datetime
    receivers: tuple[str, ...]
    message: EmailMessage

    @property
    def subject(self) -> str:
        return safe_text(str(self.message["Subject"] or ""), 200)

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain", "html"))
        content = part.get_content() if isinstance(part, EmailMessage) else ""
        return "\n".join(safe_text(line, 400) for line in str(content).splitlines())


@dataclass(slots=True)
class _Envelope:
    sender: str | None = None
    receivers: list[str] = field(default_factory=list)


class MailServer(StreamServer):
    """Takes every message and throws it away."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(reply: str) -> None:
            writer.write(f"{reply}\r\n".encode())
            await writer.drain()

        envelope = _Envelope()
        await say("220 surel.contoh.example ESMTP simulasi")
        while line := await reader.readline():
            verb, _, rest = line.decode("latin-1").strip().partition(" ")
            verb = verb.upper()
            if verb == "DATA" and envelope.receivers:
                await say("354 end with a dot")
                raw = await _data(reader)
                if raw is None:
                    await say("552 too large")
                    return
                self.take(envelope.receivers, raw)
                envelope = _Envelope()
                await say("250 taken")
            elif verb == "QUIT":
                await say("221 bye")
                return
            else:
                await say(_reply(verb, rest, envelope))

    def take(self, receivers: list[str], raw: bytes) -> None:
        """A whole message has come."""


class MailCollector(MailServer):
    """Keeps the last messages, newest first on its page."""

    def __init__(self, address: Address, on_mail: Callable[[Mail], None] = lambda _: None) -> None:
        super().__init__(address)
        self.mails: deque[Mail] = deque(maxlen=_KEPT)
        self._on_mail = on_mail

    def take(self, receivers: list[str], raw: bytes) -> None:
        message = message_from_bytes(raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        mail = Mail(datetime.now().astimezone(), tuple(receivers), message)
        self.mails.append(mail)
        self._on_mail(mail)

    def page(self) -> Page:
        """Everything, in plain text."""
        blocks = [
            f"{mail.at:%Y-%m-%d %H:%M:%S %Z}  to {', '.join(mail.receivers)}\n"
            f"{mail.subject}\n\n{mail.text}"
            for mail in reversed(self.mails)
        ]
        return Page(f"\n\n{'-' * 72}\n".join(blocks) or "no mail yet", "text/plain; charset=utf-8")


def _reply(verb: str, rest: str, envelope: _Envelope) -> str:
    match verb:
        case "EHLO":
            return (
                f"250-surel.contoh.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE {_LARGEST}"
            )
        case "HELO" | "NOOP" | "RSET":
            if verb == "RSET":
                envelope.sender = None
                envelope.receivers.clear()
            return "250 ok"
        case "MAIL":
            envelope.sender = _address(rest)
            return "250 ok"
        case "RCPT" if envelope.sender is not None:
            envelope.receivers.append(_address(rest))
            return "250 ok"
        case "RCPT" | "DATA":
            return "503 not yet"
        case _:
            return "502 not known here"


def _address(rest: str) -> str:
    """`TO:<piket@contoh.example> SIZE=1` → the address."""
    return safe_text(rest.partition("<")[2].partition(">")[0], 200)


async def _data(reader: asyncio.StreamReader) -> bytes | None:
    """Until the lone dot, unstuffed; None if there is no end to it."""
    lines: list[bytes] = []
    size = 0
    while True:
        line = await reader.readuntil(b"\n")
        if line in {b".\r\n", b".\n"}:
            return b"".join(lines)
        size += len(line)
        if size > _LARGEST:
            return None
        lines.append(line[1:] if line.startswith(b".") else line)
