"""Names to addresses, on the loop: c-ares, a cache by TTL, one lookup for all who ask at once.

Never the thread pool: a few slow names would hold up everybody's. A name that does not exist
is the target's fault; a resolver that does not answer lies on the way. While the resolvers are
silent an address known before is used for five minutes more.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from probes.base import ProbeFailed, Reason
from probes.net.connect import Address

LEAST_TTL = 1.0  # a TTL of 0 would ask again for every probe of a tick
MOST_TTL = 300.0
STALE_FOR = 300.0
_TIMEOUT, _TRIES = 2.0, 2
_HOSTS = Path("/etc/hosts")
_FAMILIES = {
    "4": (socket.AF_INET,),
    "6": (socket.AF_INET6,),
    "any": (socket.AF_INET6, socket.AF_INET),
}
_Key = tuple[str, socket.AddressFamily]


class _NoSuchName(Exception):
    """The name, or this family of it, does not exist."""


class _NoAnswer(Exception):
    """No resolver gave an answer that counts."""


class Resolver:
    """`nameservers` are addresses; without them those of the system."""

    def __init__(self, nameservers: Sequence[str] | None = None) -> None:
        self._servers = list(nameservers) if nameservers is not None else None
        self._ares: Any = None
        self._cache: dict[_Key, tuple[list[Address], float]] = {}
        self._asking: dict[_Key, asyncio.Future[list[Address]]] = {}
        self._hosts: dict[str, list[Address]] = {}
        self._hosts_mtime = -1.0

    async def resolve(self, host: str, family: str = "any") -> list[Address]:
        """IPv6 before IPv4 where both are asked for. Raises ProbeFailed (`dns`)."""
        written = self._written(host)
        if written:
            fitting = [a for a in written if a.family in _FAMILIES[family]]
            if fitting:
                return fitting
        asked = await asyncio.gather(
            *(self._lookup(host, one) for one in _FAMILIES[family]), return_exceptions=True
        )
        found = [a for answer in asked if isinstance(answer, list) for a in answer]
        if found:
            return found
        for error in asked:
            if isinstance(error, _NoAnswer):
                text = f"no resolver answered for {host}: {error}"
                raise ProbeFailed(Reason.DNS, text, blame="path")
        for error in asked:
            if isinstance(error, BaseException) and not isinstance(error, _NoSuchName):
                raise error
        kind = {"4": "IPv4 address", "6": "IPv6 address", "any": "address"}[family]
        raise ProbeFailed(Reason.DNS, f"{host} has no {kind}")

    def close(self) -> None:
        if self._ares is not None:
            self._ares.cancel()
            self._ares = None

    async def _lookup(self, host: str, family: socket.AddressFamily) -> list[Address]:
        key = (host, family)
        known = self._cache.get(key)
        if known is not None and time.monotonic() < known[1]:
            return known[0]
        asking = self._asking.get(key)
        if asking is None:
            asking = asyncio.ensure_future(self._ask(key))
            self._asking[key] = asking
            asking.add_done_callback(lambda done: self._answered(key, done))
        try:
            # One who stops waiting (a deadline) does not take the answer from the others.
            return await asyncio.shield(asking)
        except _NoAnswer:
            if known is not None and time.monotonic() < known[1] + STALE_FOR:
                return known[0]
            raise

    def _answered(self, key: _Key, done: asyncio.Future[list[Address]]) -> None:
        self._asking.pop(key, None)
        if not done.cancelled():
            done.exception()

    async def _ask(self, key: _Key) -> list[Address]:
        import pycares

        host, family = key
        kind = "AAAA" if family == socket.AF_INET6 else "A"
        try:
            answer = await self._channel().query_dns(host, kind)
        except Exception as error:
            code = error.args[0] if error.args else None
            if code in {pycares.errno.ARES_ENOTFOUND, pycares.errno.ARES_ENODATA}:
                self._cache.pop(key, None)
                raise _NoSuchName(host) from None
            if isinstance(error, OSError) and error.errno in {errno.EMFILE, errno.ENFILE}:
                raise ProbeFailed(Reason.SELF, "out of descriptors", blame="self") from None
            why = pycares.errno.strerror(code) if isinstance(code, int) else type(error).__name__
            raise _NoAnswer(str(why).lower()) from None
        records = [r for r in answer.answer if r.type == getattr(pycares, f"QUERY_TYPE_{kind}")]
        if not records:
            raise _NoSuchName(host)
        ttl = min(max(min(r.ttl for r in records), LEAST_TTL), MOST_TTL)
        found = [Address(family, r.data.addr) for r in records[:64]]
        self._cache[key] = (found, time.monotonic() + ttl)
        return found

    def _channel(self) -> Any:
        if self._ares is None:
            import aiodns

            self._ares = aiodns.DNSResolver(
                nameservers=self._servers, timeout=_TIMEOUT, tries=_TRIES
            )
        return self._ares

    def _written(self, host: str) -> list[Address]:
        """Addresses of /etc/hosts; read again when the file has changed."""
        if self._servers is not None:
            return []
        try:
            mtime = _HOSTS.stat().st_mtime
            if mtime != self._hosts_mtime:
                self._hosts = _read_hosts(_HOSTS.read_text(errors="replace"))
                self._hosts_mtime = mtime
        except OSError:
            return []
        return self._hosts.get(host.lower().rstrip("."), [])


def _read_hosts(text: str) -> dict[str, list[Address]]:
    from probes.net import literal_address

    hosts: dict[str, list[Address]] = {}
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        address = literal_address(words[0]) if words else None
        if address is not None:
            for name in words[1:]:
                hosts.setdefault(name.lower(), []).append(address)
    return hosts
