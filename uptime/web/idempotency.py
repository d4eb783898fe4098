"""One effect per Idempotency-Key, however often a write arrives.

The same key with the same request replays the stored answer; with another request it is a
conflict. Who comes while the first is under way waits for it. Only what had an effect is
remembered: a refused write may be corrected and sent again under its key.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from uptime.web.problems import Refused
from uptime.web.services import Services

log = logging.getLogger(__name__)

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_IN_MEMORY = 1000

Answer = tuple[str, int, bytes]


class Once:
    """The memory of writes: the store's, and ours while that cannot write."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._locks: dict[tuple[str, str], tuple[asyncio.Lock, int]] = {}
        self._unstored: OrderedDict[tuple[str, str], Answer] = OrderedDict()

    async def __call__(
        self,
        request: Request,
        principal: str,
        handler: Callable[[Request], Awaitable[Response]],
    ) -> Response:
        key = request.headers.get("idempotency-key")
        if key is None:
            return await handler(request)
        if _KEY.fullmatch(key) is None:
            raise Refused(422, "write 1 to 200 visible ASCII characters", path="Idempotency-Key")
        digest = await _digest(request)
        async with self._alone(key, principal):
            known = await self._recall(key, principal)
            if known is not None:
                return _replay(known, digest)
            response = await handler(request)
            if response.status_code < 300:
                answer = (digest, response.status_code, bytes(response.body))
                await self._keep(key, principal, answer)
            return response

    def _alone(self, key: str, principal: str) -> _Alone:
        return _Alone(self._locks, (key, principal))

    async def _recall(self, key: str, principal: str) -> Answer | None:
        try:
            known = await self._services.store.remembered(key, principal)
        except Exception:  # the answer is owed all the same
            log.warning("idempotency keys cannot be read from the store", exc_info=True)
            known = None
        return known or self._unstored.get((key, principal))

    async def _keep(self, key: str, principal: str, answer: Answer) -> None:
        try:
            await self._services.store.remember(key, principal, *answer, self._services.clock.now())
        except Exception:  # the effect has happened; kept here, so that it happens once
            log.warning("idempotency keys cannot be stored", exc_info=True)
            self._unstored[key, principal] = answer
            if len(self._unstored) > _IN_MEMORY:
                self._unstored.popitem(last=False)


class _Alone:
    """A lock by name that leaves nothing behind when nobody holds or wants it."""

    def __init__(
        self, locks: dict[tuple[str, str], tuple[asyncio.Lock, int]], name: tuple[str, str]
    ) -> None:
        self._locks = locks
        self._name = name

    async def __aenter__(self) -> None:
        lock, users = self._locks.get(self._name, (asyncio.Lock(), 0))
        self._locks[self._name] = (lock, users + 1)
        try:
            await lock.acquire()
        except BaseException:
            self._leave()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._locks[self._name][0].release()
        self._leave()

    def _leave(self) -> None:
        lock, users = self._locks[self._name]
        if users > 1:
            self._locks[self._name] = (lock, users - 1)
        else:
            del self._locks[self._name]


def _replay(known: Answer, digest: str) -> Response:
    before, status, body = known
    if before != digest:
        raise Refused(409, "this Idempotency-Key was used for another request")
    return Response(
        body, status, {"Idempotency-Replayed": "true"}, "application/json" if body else None
    )


async def _digest(request: Request) -> str:
    digest = hashlib.sha256()
    for part in (
        request.method.encode(),
        request.url.path.encode("utf-8", "surrogatepass"),
        request.url.query.encode("utf-8", "surrogatepass"),
        await request.body(),
    ):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
