"""The outermost ring of every answer: its number, its headers, its size, its last resort.

Nothing behind it may answer with a stack, and nothing in front of it knows our routes.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from email.utils import formatdate

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from uptime.web.problems import Refused, problem

log = logging.getLogger(__name__)

BODY_LIMIT = 64 * 1024

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'none'; "
    "connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_API_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


class Gate:
    """ASGI middleware, inside Starlette's own error page and outside everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._date = (0, b"")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        number = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = number
        started = False
        seen = 0

        async def bounded() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > BODY_LIMIT:
                raise _too_large()
            return message

        async def dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = message["headers"] = list(message.get("headers", ()))
                headers += _HEADERS
                headers.append((b"date", self._now()))
                headers.append((b"x-request-id", number.encode()))
                if not any(name == b"content-security-policy" for name, _ in headers):
                    headers.append((b"content-security-policy", _API_POLICY.encode()))
                if not any(name == b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", b"no-store"))
            await send(message)

        answer = None
        try:
            await (self._app if _declared_length(scope) <= BODY_LIMIT else _refuse)(
                scope, bounded, dressed
            )
        except HTTPException as error:
            answer = problem(
                error.status_code, error.detail, request_id=number, headers=error.headers
            )
        except ClientDisconnect:
            return
        except asyncio.CancelledError:
            answer = problem(503, "the daemon is stopping", request_id=number)
        except Exception:
            log.exception("request %s: %s %s", number, scope["method"], scope["path"][:200])
            answer = problem(500, "an error of ours; the log has it", request_id=number)
        if answer is not None and not started:
            await answer(scope, receive, dressed)

    def _now(self) -> bytes:
        second = int(time.time())
        if self._date[0] != second:
            self._date = (second, formatdate(second, usegmt=True).encode())
        return self._date[1]


async def _refuse(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise _too_large()


def _too_large() -> Refused:
    # The rest of the body is not read, so the connection cannot be used again.
    return Refused(413, f"the body is over {BODY_LIMIT} bytes", headers={"Connection": "close"})


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:12])
    return 0
