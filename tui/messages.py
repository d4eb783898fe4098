"""What the poller tells the app."""

from __future__ import annotations

from datetime import tzinfo

from textual.message import Message

from uptime.schema import Me, Status


class Introduced(Message):
    """The daemon has said who we are to it, and in what time zone it lives."""

    def __init__(self, me: Me, zone: tzinfo) -> None:
        super().__init__()
        self.me = me
        self.zone = zone


class StatusReceived(Message):
    def __init__(self, status: Status) -> None:
        super().__init__()
        self.status = status


class ConnectionLost(Message):
    """`retry_in` seconds from now it is tried again."""

    def __init__(self, reason: str, retry_in: float) -> None:
        super().__init__()
        self.reason = reason
        self.retry_in = retry_in
