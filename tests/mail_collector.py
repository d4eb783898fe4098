"""A mail server that keeps what it gets: real SMTP on loopback, failing by plan.

Each message takes the next step of the plan, then `ok` for ever: `ok` or a reply such as `451`.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class Mail:
    """One message as received; `raw` is what came over the wire."""

    at: float
    sender: str
    receivers: list[str]
    raw: bytes
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain", "html"))
        assert isinstance(part, EmailMessage)
        return str(part.get_content())


class MailCollector:
    """`async with MailCollector(["451"]) as collector: … collector.url`."""

    def __init__(self, plan: Iterable[str] = (), *, port: int = 0) -> None:
        self.mails: list[Mail] = []
        self.plan = deque(plan)
        self.port = port
        self._news = asyncio.Condition()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        addresses = "from=siaga@contoh.example&to=piket@contoh.example"
        return f"mailto://127.0.0.1:{self.port}/?{addresses}&mode=insecure&format=text"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="collector.example", loop=loop), "127.0.0.1", self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        step = self.plan.popleft() if self.plan else "ok"
        if step != "ok":
            return f"{step} not now"
        raw = envelope.content
        assert isinstance(raw, bytes)
        message = message_from_bytes(raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        receivers = [str(address) for address in envelope.rcpt_tos]
        mail = Mail(time.monotonic(), str(envelope.mail_from), receivers, raw, message)
        async with self._news:
            self.mails.append(mail)
            self._news.notify_all()
        return "250 taken"

    async def wait(self, count: int, *, seconds: float = 10.0) -> list[Mail]:
        """Returns once that many messages were taken."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: len(self.mails) >= count)
        return self.mails
