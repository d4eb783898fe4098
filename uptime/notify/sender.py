"""Carries one message to one address and says how it went.

Decides what a failure means; leaves to the queue when to try again. Apprise blocks, so every
attempt has a thread of its own with a deadline of ours; a thread that outlives it cannot be
stopped, only counted, and a channel with too many of them sends nothing more.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from probes.base import Secret, safe_text
from uptime.notify.library import overhear, service
from uptime.notify.render import Message
from uptime.notify.threads import in_thread
from uptime.notify.urls import scrub, secret_parts

DEADLINE_S = 15.0
MAX_THREADS = 3
MAX_ERROR = 200


class Verdict(StrEnum):
    """How an attempt ended."""

    DELIVERED = "delivered"
    FAILED = "failed"  # certainly not delivered; worth another try
    UNKNOWN = "unknown"  # it may have arrived
    REFUSED = "refused"  # the service does not take this sender (401, 403, 404, chat gone)
    MALFORMED = "malformed"  # the service does not take this text (400, 413)


@dataclass(frozen=True, slots=True)
class Sent:
    """A verdict with its reason, free of secrets, and the wait the service asked for."""

    verdict: Verdict
    error: str | None = None
    retry_after: float | None = None


class Sender(Protocol):
    """One address."""

    async def send(self, message: Message) -> Sent:
        """One attempt; raises nothing but cancellation."""

    async def warm(self) -> None:
        """Load what sending needs, so that the first message does not wait for it."""


class AppriseSender:
    """One Apprise service; its address is shown nowhere."""

    def __init__(self, channel: str, url: Secret, *, deadline: float = DEADLINE_S) -> None:
        self._channel = channel
        self._url = url
        self._deadline = deadline
        self._secrets = secret_parts(url.reveal())
        self._loading = threading.Lock()
        self._service: Any = None
        self._threads = threading.BoundedSemaphore(MAX_THREADS)

    async def warm(self) -> None:
        await in_thread(self._load, f"notify-{self._channel}")

    async def send(self, message: Message) -> Sent:
        if not self._threads.acquire(blocking=False):
            return Sent(Verdict.FAILED, "earlier attempts still hang")
        attempt = in_thread(lambda: self._attempt(message), f"notify-{self._channel}")
        try:
            return await asyncio.wait_for(attempt, self._deadline)
        except TimeoutError:
            return Sent(Verdict.UNKNOWN, f"no answer within {self._deadline:g} s")

    def _attempt(self, message: Message) -> Sent:
        try:
            return self._deliver(message)
        except Exception as error:  # a plug-in's own fault; its text may hold the address
            return Sent(Verdict.UNKNOWN, f"the service's plug-in failed ({type(error).__name__})")
        finally:
            self._threads.release()

    def _deliver(self, message: Message) -> Sent:
        target = self._load()
        if target is None:
            return Sent(Verdict.REFUSED, "the address is not accepted by its service")
        with overhear() as heard:
            delivered = target.notify(
                title=message.title,
                body=message.body,
                notify_type=message.tone,
                body_format="text",
            )
        return Sent(Verdict.DELIVERED) if delivered else judge(heard, self._secrets)

    def _load(self) -> Any:
        with self._loading:
            if self._service is None:
                self._service = service(self._url.reveal())
            return self._service


_HTTP = re.compile(r"\berror=(\d{3})\b")
_SMTP = re.compile(r"(?:refused: |Exception: \(|\{.*?\()([2-5]\d\d)\b")
_RETRY_AFTER = re.compile(r"retry[ _-]after\W{0,4}(\d+(?:\.\d+)?)", re.IGNORECASE)
_CHAT_GONE = re.compile(
    r"chat not found|chat_id is empty|upgraded to a supergroup|bot was (kicked|blocked)"
    r"|not enough rights|user is deactivated",
    re.IGNORECASE,
)
# What tells that nothing was sent, in the words of requests, urllib3, ssl and smtplib.
_NEVER_SENT = {
    "connection refused": re.compile(r"Connection refused|Errno 111"),
    "name not found": re.compile(r"NameResolutionError|Name or service not known|Errno -[235]\b"),
    "no connection in time": re.compile(r"ConnectTimeout"),
    "address unreachable": re.compile(r"No route to host|unreachable|Errno 1(01|13)\b"),
    "secure connection failed": re.compile(r"SSLError|SSL:|certificate verify failed"),
    "proxy failed": re.compile(r"ProxyError"),
    "no connection": re.compile(r"NewConnectionError"),
}
_CUT_OFF = re.compile(
    r"reset by peer|RemoteDisconnected|Connection aborted|unexpectedly closed|Broken pipe"
    r"|BadStatusLine|IncompleteRead"
)
_EXCEPTIONS = ("Socket Exception", "SMTP recipient", "Notification Exception")
_SILENT = re.compile(r"timed out|ReadTimeout", re.IGNORECASE)


def judge(lines: Sequence[tuple[str, str]], secrets: tuple[str, ...]) -> Sent:
    """What a failed call was about, from the (level, text) records it left.

    Debug records are only matched, never shown: they hold whole addresses. What is shown is
    the last warning, with everything that could be secret masked.
    """
    # Not the payload's record: our own message may speak of a refused connection.
    raised = "\n".join(text for _, text in lines if text.startswith(_EXCEPTIONS))
    told = [text for level, text in lines if level in {"WARNING", "ERROR", "CRITICAL"}]
    spoken = safe_text(scrub(told[-1], secrets), MAX_ERROR) if told else "no reason given"
    partly = any(level == "INFO" and text.startswith("Sent ") for level, text in lines)
    if partly:
        return Sent(Verdict.UNKNOWN, f"only part of the receivers: {spoken}")
    if http := _HTTP.search("\n".join(told)):
        answer = "\n".join([*told, *(t for _, t in lines if t.startswith("Response Details"))])
        return _judge_http(int(http[1]), spoken, answer)
    for words, pattern in _NEVER_SENT.items():
        if pattern.search(raised):
            return Sent(Verdict.FAILED, words)
    if smtp := _SMTP.search("\n".join([raised, *told])):
        # 4xx asks for another try; 5xx is about this sender or receiver, not the moment.
        verdict = Verdict.REFUSED if smtp[1].startswith("5") else Verdict.FAILED
        return Sent(verdict, f"{spoken} ({smtp[1]})")
    if _CUT_OFF.search(raised):
        return Sent(Verdict.UNKNOWN, "connection cut off before the answer")
    if _SILENT.search(raised):
        return Sent(Verdict.UNKNOWN, "no answer in time")
    return Sent(Verdict.UNKNOWN, spoken)


def _judge_http(status: int, spoken: str, answer: str) -> Sent:
    if match := _RETRY_AFTER.search(answer):
        return Sent(Verdict.FAILED, spoken, float(match[1]))
    if status in {401, 403, 404, 410} or _CHAT_GONE.search(answer):
        return Sent(Verdict.REFUSED, spoken)
    if status in {400, 413, 422}:
        return Sent(Verdict.MALFORMED, spoken)
    if status in {502, 504}:
        return Sent(Verdict.UNKNOWN, spoken)  # a gateway lost the answer
    return Sent(Verdict.FAILED, spoken)
